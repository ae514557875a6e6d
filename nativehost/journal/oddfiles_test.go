//go:build linux

package journal_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/journal"
)

// things are what may stand in a file's place.
var things = map[string]func(path string) error{
	"pipe":        func(path string) error { return syscall.Mkfifo(path, 0o600) },
	"folder":      func(path string) error { return os.Mkdir(path, 0o700) },
	"full folder": func(path string) error { return os.MkdirAll(filepath.Join(path, "inside"), 0o700) },
	"loop":        func(path string) error { return os.Symlink(filepath.Base(path), path) },
	"link":        func(path string) error { return os.Symlink("/nowhere/"+filepath.Base(path), path) },
	"device":      func(path string) error { return os.Symlink("/dev/zero", path) },
	"huge":        func(path string) error { return errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, 1<<33)) },
}

// Whatever stands in a file's place, a look ends, and the next act is written down; the thing is kept, and found.
func TestWhatStandsInAFilesPlace(t *testing.T) {
	for place, shown := range map[string]string{
		"head.json":                  protocol.JournalBroken,
		"head.json.new":              protocol.JournalWhole,
		"lock":                       protocol.JournalWhole,
		"entries-000000000001.jsonl": protocol.JournalBroken,
		"entries-000000000003.jsonl": protocol.JournalHeadOlder, // the next
		"entries-000000000009.jsonl": protocol.JournalHeadOlder,
		"entries-000000000000.jsonl": protocol.JournalWhole, // before the first
	} {
		for thing, put := range things {
			t.Run(place+" is a "+thing, func(t *testing.T) {
				i := newInstallation(t)
				j := journal.New(i.journal(), i.key, short)
				fill(t, j, 2)
				path := filepath.Join(i.journal(), place)
				if err := errors.Join(os.RemoveAll(path), put(path)); err != nil {
					t.Fatal(err)
				}
				before := i.look(t, protocol.HostJournalBody{Limit: 9}, math.MaxInt)
				if before.State != shown {
					t.Errorf("shown %s, %v", before.State, before.Broken)
				}
				appendAct(t, j, 3)
				after := i.look(t, protocol.HostJournalBody{Limit: 9}, math.MaxInt)
				if after.State != protocol.JournalWhole || after.Entries[0].Purpose != "E-Onay 3" {
					t.Errorf("then %s, %v", after.State, after.Broken)
				}
				if (shown == protocol.JournalBroken || shown == protocol.JournalHeadOlder) != (after.SetAside > 0 && after.Warnings > 0) {
					t.Errorf("%d set aside, %d warnings", after.SetAside, after.Warnings)
				}
			})
		}
	}
}

// What stands in the folder's place is set aside too.
func TestWhatStandsInTheFoldersPlace(t *testing.T) {
	for thing, put := range things {
		if thing == "folder" || thing == "full folder" {
			continue
		}
		t.Run(thing, func(t *testing.T) {
			i := newInstallation(t)
			if err := put(i.journal()); err != nil {
				t.Fatal(err)
			}
			if p := i.look(t, protocol.HostJournalBody{Limit: 9}, math.MaxInt); p.State != protocol.JournalBroken || p.Broken == nil {
				t.Errorf("shown %+v", p)
			}
			j := journal.New(i.journal(), i.key, short)
			if err := j.Ready(t.Context()); err != nil {
				t.Fatal(err)
			}
			appendAct(t, j, 1)
			p := i.look(t, protocol.HostJournalBody{Limit: 9}, math.MaxInt)
			if p.State != protocol.JournalWhole || p.Total != 2 || p.Entries[1].Kind != protocol.JournalSetAside || p.SetAside != 1 {
				t.Errorf("then %+v", p)
			}
		})
	}
}

// Where nothing can be written that is told before anything is done.
func TestReadyReportsWhatCannotBeWritten(t *testing.T) {
	i := newInstallation(t)
	if err := journal.New(i.journal(), i.key, short).Ready(t.Context()); err != nil {
		t.Error(err)
	}
	if err := journal.New(filepath.Join(i.options.Path, "journal"), i.key, short).Ready(t.Context()); err == nil {
		t.Error("a file has a folder in it")
	}
}

// So is a segment that goes on without end behind the last line.
func TestEndlessSegment(t *testing.T) {
	i := newInstallation(t)
	j := journal.New(i.journal(), i.key, journal.DefaultLimits)
	fill(t, j, 2)
	if err := os.Truncate(filepath.Join(i.journal(), oldest), 1<<33); err != nil {
		t.Fatal(err)
	}
	if p := i.look(t, protocol.HostJournalBody{Limit: 9}, math.MaxInt); p.State != protocol.JournalHeadOlder || p.Total != 2 {
		t.Errorf("shown %s, %d entries", p.State, p.Total)
	}
	appendAct(t, j, 3)
	if p := i.look(t, protocol.HostJournalBody{Limit: 9}, math.MaxInt); p.State != protocol.JournalWhole || p.SetAside == 0 || p.Warnings != 1 {
		t.Errorf("then %+v", p)
	}
}
