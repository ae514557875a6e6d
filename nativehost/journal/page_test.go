//go:build linux

package journal_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/journal"
)

// An installation has a key in a file, and a journal beside it.
type installation struct {
	dir     string
	options device.Options
	key     *device.Key
}

func newInstallation(t testing.TB) *installation {
	t.Helper()
	i := &installation{dir: t.TempDir()}
	i.options = device.Where{Path: filepath.Join(i.dir, "device.json"), TPM: device.NoTPM}.Options()
	var err error
	if i.key, err = device.Make(t.Context(), i.options); err != nil {
		t.Fatal(err)
	}
	return i
}

func (i *installation) journal() string { return filepath.Join(i.dir, "journal") }

func (i *installation) look(t testing.TB, want protocol.HostJournalBody, limit int) *journal.Page {
	t.Helper()
	page, err := journal.ReadPage(t.Context(), i.journal(), i.options, want, limit)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func numbers(p *journal.Page) (out []uint64) {
	for _, e := range p.Entries {
		out = append(out, e.Number)
	}
	return out
}

func TestReadPage(t *testing.T) {
	i := newInstallation(t)
	everything := protocol.HostJournalBody{Limit: math.MaxInt}
	if p := i.look(t, everything, math.MaxInt); p.State != protocol.JournalEmpty || p.Total != 0 || p.Entries == nil || p.Protection != protocol.ProtectionFile {
		t.Errorf("before the first: %+v", p)
	}
	if _, err := os.Stat(i.journal()); !os.IsNotExist(err) {
		t.Errorf("looking has made it: %v", err)
	}
	j := journal.New(i.journal(), i.key, small)
	words := []string{"Işık", "ışık", "IŞIK", "İSTANBUL", "istanbul", "a<b", "Başka"}
	for n := range 40 {
		a := act(n + 1)
		a.Documents[0].Name = words[n%len(words)]
		a.Issuer, a.Serial, a.Outcome = "Kurum", fmt.Sprintf("%X", n), "pin_incorrect"
		if _, err := j.Append(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	all := numbers(i.look(t, everything, math.MaxInt))
	first := all[len(all)-1]
	if all[0] != 40 || uint64(len(all)) != 41-first || first == 1 {
		t.Fatalf("all: %d", all)
	}
	var paged []uint64
	for want := (protocol.HostJournalBody{Limit: 2}); ; {
		p := i.look(t, want, math.MaxInt)
		if p.State != protocol.JournalWhole || p.Total != uint64(len(all)) || p.First != first || p.Broken != nil {
			t.Fatalf("%+v", p)
		}
		paged = append(paged, numbers(p)...)
		if !p.More {
			break
		}
		want.Before = paged[len(paged)-1]
	}
	if !slices.Equal(paged, all) {
		t.Errorf("paged %d, all %d", paged, all)
	}
	if p := i.look(t, everything, 1500); len(p.Entries) == 0 || len(p.Entries) > 4 || !p.More || p.Entries[0].Number != 40 {
		t.Errorf("in 1500 bytes: %d, more %v", numbers(p), p.More)
	}
	if p := i.look(t, protocol.HostJournalBody{Limit: 5, Before: first}, math.MaxInt); len(p.Entries) != 0 || p.More {
		t.Errorf("before the oldest: %d, more %v", numbers(p), p.More)
	}
}

func TestSearch(t *testing.T) {
	i := newInstallation(t)
	j := journal.New(i.journal(), i.key, journal.DefaultLimits)
	for _, a := range []journal.Act{
		{Origin: "https://Işık.example", Outcome: "done"},
		{Purpose: "IŞIK <ve> \"ses\"", Outcome: "done"},
		{Documents: []journal.Document{{Name: "İSTANBUL.txt", Digest: "abcdef"}}, Outcome: "pin_incorrect"},
		{Issuer: "Kurum", Serial: "1F", Outcome: "token_removed"},
	} {
		if _, err := j.Append(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	for search, want := range map[string][]uint64{
		"ışık": {2, 1}, "işik": {2, 1}, "istanbul": {3}, "ISTANBUL": {3}, "<ve> \"": {2}, "ABCDEF": {3},
		"kurum": {4}, "1f": {4}, "PIN_INC": {3}, "done": {2, 1}, "none": nil, "number": nil, "": {4, 3, 2, 1},
	} {
		if p := i.look(t, protocol.HostJournalBody{Limit: 10, Search: search}, math.MaxInt); !slices.Equal(numbers(p), want) || p.More || p.Total != 4 {
			t.Errorf("%q: %d, want %d", search, numbers(p), want)
		}
	}
	if p := i.look(t, protocol.HostJournalBody{Limit: 1, Search: "done"}, math.MaxInt); !slices.Equal(numbers(p), []uint64{2}) || !p.More {
		t.Errorf("one: %d, more %v", numbers(p), p.More)
	}
	if p := i.look(t, protocol.HostJournalBody{Limit: 1, Search: "done", Before: 2}, math.MaxInt); !slices.Equal(numbers(p), []uint64{1}) || p.More {
		t.Errorf("the last: %d, more %v", numbers(p), p.More)
	}
}

// Whoever changes the list, or the key's file, is seen; what can be read is shown all the same.
func TestReadPageOfABrokenJournal(t *testing.T) {
	replace := func(old, new string) func(*installation) error {
		return edit(func(text string) string { return strings.Replace(text, old, new, 1) })
	}
	remove := func(name string) func(*installation) error {
		return func(i *installation) error { return os.Remove(filepath.Join(i.dir, name)) }
	}
	for name, tt := range map[string]struct {
		harm func(*installation) error
		left int // entries that can be read
	}{
		"a word changed": {replace("E-Onay 3", "E-Onay 8"), 6},
		"a line removed": {edit(func(text string) string {
			return text[:strings.Index(text, `{"number":3,`)] + text[strings.Index(text, `{"number":4,`):]
		}), 5},
		"no JSON":            {replace(`{"number":3,`, `"number":3,`), 5},
		"truncated":          {edit(func(text string) string { return text[:strings.Index(text, "E-Onay 6")] }), 5},
		"a very long line":   {replace("E-Onay 3", strings.Repeat("a", 40<<10)), 2},
		"no lines":           {remove("journal/" + oldest), 0},
		"no head":            {remove("journal/head.json"), 6},
		"no key":             {remove("device.json"), 6},
		"a key that is none": {func(i *installation) error { return os.WriteFile(i.options.Path, []byte("{}"), 0o600) }, 6},
		"another key":        {func(i *installation) error { _, err := device.Make(t.Context(), i.options); return err }, 6},
	} {
		t.Run(name, func(t *testing.T) {
			i := newInstallation(t)
			fill(t, journal.New(i.journal(), i.key, journal.DefaultLimits), 6)
			if err := tt.harm(i); err != nil {
				t.Fatal(err)
			}
			p := i.look(t, protocol.HostJournalBody{Limit: 50}, math.MaxInt)
			state := protocol.JournalBroken
			if strings.Contains(name, "key") {
				state = protocol.JournalOtherKey
			}
			if p.State != state || p.Broken == nil || len(p.Entries) != tt.left {
				t.Errorf("%s, %v, %d entries", p.State, p.Broken, len(p.Entries))
			}
		})
	}
	i := newInstallation(t)
	fill(t, journal.New(i.journal(), i.key, journal.DefaultLimits), 2)
	if err := replace("E-Onay 2", "E-Onay 3")(i); err != nil {
		t.Fatal(err)
	}
	fill(t, journal.New(i.journal(), i.key, journal.DefaultLimits), 1)
	if p := i.look(t, protocol.HostJournalBody{Limit: 50}, math.MaxInt); p.State != protocol.JournalWhole || p.SetAside != 1 || p.Total != 2 {
		t.Errorf("after it was set aside: %+v", p)
	}
}

// oldest is the name of a journal's first segment.
const oldest = "entries-000000000001.jsonl"

// edit changes the lines.
func edit(change func(text string) string) func(*installation) error {
	return func(i *installation) error {
		path := filepath.Join(i.journal(), oldest)
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, []byte(change(string(data))), 0o600)
	}
}
