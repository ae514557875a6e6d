//go:build linux

package journal_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/journal"
)

// short has a segment for each two entries, and as many as the product.
var short = journal.Limits{Segment: 600, Segments: 16}

// faults is what a look shows, and what the next act makes of it, for each head and each harm to the lines:
//
//	shown, entries of the journal's own that the next act adds, shown then
//
// "-" adds none. What is broken between its ends goes on and stays broken; what does not end as its head says, or has none
// of ours, is set aside.
const faults = `
head        lines            shown       adds         then
own         whole            whole       -            whole
own         front cut        broken      -            broken
own         first line cut   broken      -            broken
own         end cut          broken      set-aside    whole
own         line changed     broken      -            broken
own         last changed     broken      set-aside    whole
own         segment missing  broken      -            broken
own         line added       whole       unproven     whole
own         lines added      head-older  unproven     whole
own         noise added      whole       set-aside    whole
own         all gone         broken      set-aside    whole
one older   whole            whole       unproven     whole
one older   front cut        broken      unproven     broken
one older   end cut          whole       -            whole
one older   line changed     broken      unproven     broken
one older   last changed     whole       unproven     whole
one older   segment missing  broken      unproven     broken
one older   line added       head-older  unproven     whole
older       whole            head-older  unproven     whole
older       front cut        broken      unproven     broken
older       first line cut   broken      unproven     broken
older       end cut          head-older  unproven     whole
older       line changed     broken      unproven     broken
older       segment missing  broken      set-aside    whole
older       lines added      head-older  unproven     whole
older       noise added      head-older  unproven,set-aside  whole
older       all gone         broken      set-aside    whole
newer       whole            broken      set-aside    whole
newer       front cut        broken      set-aside    whole
newer       end cut          broken      set-aside    whole
newer       line added       broken      set-aside    whole
newer       all gone         broken      set-aside    whole
other key   whole            other-key   key-changed  whole
other key   front cut        other-key   key-changed  whole
other key   end cut          other-key   key-changed  whole
other key   line changed     other-key   key-changed  whole
other key   lines added      other-key   key-changed  whole
other key   all gone         other-key   key-changed  whole
forged      whole            other-key   key-changed  whole
unreadable  whole            broken      set-aside    whole
unreadable  front cut        broken      set-aside    whole
unreadable  all gone         broken      set-aside    whole
missing     whole            broken      set-aside    whole
missing     end cut          broken      set-aside    whole
missing     line added       broken      set-aside    whole
missing     all gone         empty       -            whole
missing     only the first   whole       unproven     whole
`

// heads put a head into the journal's folder; heads[n] is how the head was after n acts.
var heads = map[string]func(t *testing.T, dir string, head map[int][]byte){
	"own":        func(t *testing.T, dir string, head map[int][]byte) { put(t, dir, "head.json", head[8]) },
	"one older":  func(t *testing.T, dir string, head map[int][]byte) { put(t, dir, "head.json", head[7]) },
	"older":      func(t *testing.T, dir string, head map[int][]byte) { put(t, dir, "head.json", head[5]) },
	"newer":      func(t *testing.T, dir string, head map[int][]byte) { put(t, dir, "head.json", head[9]) },
	"unreadable": func(t *testing.T, dir string, _ map[int][]byte) { put(t, dir, "head.json", []byte("{}")) },
	"missing": func(t *testing.T, dir string, _ map[int][]byte) {
		if err := os.Remove(filepath.Join(dir, "head.json")); err != nil {
			t.Fatal(err)
		}
	},
	"other key": func(t *testing.T, dir string, _ map[int][]byte) {
		other := t.TempDir()
		fill(t, journal.New(other, newKey(t), short), 8)
		put(t, dir, "head.json", files(t, other)["head.json"])
	},
	"forged": func(t *testing.T, dir string, _ map[int][]byte) { // the whole list, by a key of the forger's
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		fill(t, journal.New(dir, newKey(t), short), 3)
	},
}

// harms change the lines.
var harms = map[string]func(t *testing.T, dir string){
	"whole":     func(*testing.T, string) {},
	"front cut": func(t *testing.T, dir string) { remove(t, segment(t, dir, 0)) },
	"first line cut": func(t *testing.T, dir string) {
		lines := bytes.SplitAfter(read(t, segment(t, dir, 0)), []byte("\n"))
		remove(t, segment(t, dir, 0))
		put(t, dir, "entries-000000000002.jsonl", bytes.Join(lines[1:], nil))
	},
	"end cut": func(t *testing.T, dir string) {
		name := segment(t, dir, -1)
		data := read(t, name)
		at := bytes.LastIndexByte(data[:len(data)-1], '\n') + 1
		if at == 0 {
			remove(t, name)
			return
		}
		put(t, dir, filepath.Base(name), data[:at])
	},
	"line changed":    func(t *testing.T, dir string) { replaceIn(t, segment(t, dir, 1), "https", "htttp") },
	"last changed":    func(t *testing.T, dir string) { replaceIn(t, segment(t, dir, -1), "E-Onay 8", "E-Onay 9") },
	"segment missing": func(t *testing.T, dir string) { remove(t, segment(t, dir, 1)) },
	"line added":      func(t *testing.T, dir string) { addLines(t, dir, 1) },
	"lines added":     func(t *testing.T, dir string) { addLines(t, dir, 2) },
	"noise added": func(t *testing.T, dir string) {
		if err := appendTo(segment(t, dir, -1), "noise\n"); err != nil {
			t.Fatal(err)
		}
	},
	"all gone": func(t *testing.T, dir string) {
		for len(all(t, dir)) > 0 {
			remove(t, segment(t, dir, 0))
		}
	},
	"only the first": func(t *testing.T, dir string) {
		for len(all(t, dir)) > 1 {
			remove(t, segment(t, dir, -1))
		}
		line, _, _ := bytes.Cut(read(t, segment(t, dir, 0)), []byte("\n"))
		put(t, dir, filepath.Base(segment(t, dir, 0)), append(line, '\n'))
	},
}

func all(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "entries-*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// segment returns the path of the nth segment, from the end where n is below 0.
func segment(t *testing.T, dir string, n int) string {
	t.Helper()
	names := all(t, dir)
	return names[(n+len(names))%len(names)]
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func put(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func replaceIn(t *testing.T, path, old, new string) {
	t.Helper()
	data := read(t, path)
	changed := bytes.Replace(data, []byte(old), []byte(new), 1)
	if bytes.Equal(data, changed) {
		t.Fatalf("no %q in %s", old, data)
	}
	put(t, filepath.Dir(path), filepath.Base(path), changed)
}

// addLines puts lines behind the end, as anybody can who has no key.
func addLines(t *testing.T, dir string, n int) {
	t.Helper()
	for range n {
		lines := bytes.Split(bytes.TrimSpace(read(t, segment(t, dir, -1))), []byte("\n"))
		var last journal.Entry
		if err := json.Unmarshal(lines[len(lines)-1], &last); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(lines[len(lines)-1])
		line, err := json.Marshal(journal.Entry{Number: last.Number + 1, Time: last.Time, Act: act(66), Before: hex.EncodeToString(sum[:])})
		if err != nil {
			t.Fatal(err)
		}
		if err := appendTo(segment(t, dir, -1), string(line)+"\n"); err != nil {
			t.Fatal(err)
		}
	}
}

// Each head with each harm to the lines: what is shown, what the next act does, and that it deletes no line.
func TestFaults(t *testing.T) {
	i := newInstallation(t)
	j := journal.New(i.journal(), i.key, short)
	head := map[int][]byte{}
	var lines map[string][]byte
	for n := 1; n <= 9; n++ {
		appendAct(t, j, n)
		head[n] = files(t, i.journal())["head.json"]
		if n == 8 {
			lines = files(t, i.journal())
		}
	}
	for _, row := range strings.Split(strings.TrimSpace(faults), "\n")[1:] {
		headName, lineName := strings.TrimSpace(row[:12]), strings.TrimSpace(row[12:29])
		want := strings.Fields(row[29:])
		t.Run(headName+", "+lineName, func(t *testing.T) {
			if err := os.RemoveAll(i.journal()); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(i.journal(), 0o700); err != nil {
				t.Fatal(err)
			}
			for name, data := range lines {
				put(t, i.journal(), name, data)
			}
			heads[headName](t, i.journal(), head)
			harms[lineName](t, i.journal())
			before := i.look(t, protocol.HostJournalBody{Limit: 50}, math.MaxInt)
			if before.State != want[0] || (before.Broken != nil) != (want[0] != protocol.JournalWhole && want[0] != protocol.JournalEmpty) {
				t.Fatalf("shown %s, %v", before.State, before.Broken)
			}
			had := everyLine(t, i.journal())
			appendAct(t, j, 99)
			after := i.look(t, protocol.HostJournalBody{Limit: 50}, math.MaxInt)
			if after.State != want[2] || after.Entries[0].Purpose != "E-Onay 99" {
				t.Errorf("then %s, %v; %+v", after.State, after.Broken, after.Entries[0])
			}
			var own []string
			for _, e := range slices.Backward(after.Entries) {
				if e.Kind != protocol.JournalSign {
					own = append(own, e.Kind)
				}
			}
			if got := strings.Join(own, ","); got != strings.Trim(want[1], "-") {
				t.Errorf("adds %q", got)
			}
			if after.Warnings != len(own) || (after.SetAside > 0) != (strings.Contains(want[1], "set-aside") || want[1] == "key-changed") {
				t.Errorf("%d warnings, %d set aside", after.Warnings, after.SetAside)
			}
			checkUnproven(t, after, map[string]uint64{"own": 8, "one older": 7, "older": 5}[headName])
			for line := range had {
				if !everyLine(t, i.journal())[line] {
					t.Errorf("gone: %s", line)
				}
			}
			appendAct(t, j, 100) // which finds nothing any more
			if last := i.look(t, protocol.HostJournalBody{Limit: 1}, math.MaxInt); last.State != want[2] || last.Total != after.Total+1 || last.Warnings != after.Warnings {
				t.Errorf("at last %+v", last)
			}
		})
	}
}

// checkUnproven wants those entries marked, and no others, that the last head had not named before the finding.
func checkUnproven(t *testing.T, page *journal.Page, signed uint64) {
	t.Helper()
	from, to := uint64(math.MaxUint64), uint64(0)
	for _, e := range page.Entries {
		if e.Kind == protocol.JournalUnproven {
			from, to = signed+1, e.Number-1
			if want := fmt.Sprintf("%d-%d", from, to); e.Purpose != want {
				t.Errorf("unproven are %s, want %s", e.Purpose, want)
			}
		}
	}
	for _, e := range page.Entries {
		if e.Unproven != (from <= e.Number && e.Number <= to) {
			t.Errorf("entry %d unproven: %v", e.Number, e.Unproven)
		}
	}
}

func appendAct(t *testing.T, j *journal.Journal, n int) {
	t.Helper()
	if _, err := j.Append(t.Context(), act(n)); err != nil {
		t.Fatal(err)
	}
}

// everyLine is what all files of a folder have, in whatever folder of it.
func everyLine(t *testing.T, dir string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Base(path) == "head.json" {
			return err
		}
		for line := range strings.Lines(string(read(t, path))) {
			out[line] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
