//go:build linux

package journal_test

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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

// newKey is a device key in a file.
func newKey(t testing.TB) *device.Key {
	t.Helper()
	o := device.Options{Path: filepath.Join(t.TempDir(), "device.json"), TPM: func() (device.Transport, error) { return nil, device.ErrNoTPM }}
	k, err := device.Make(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

var small = journal.Limits{Segment: 600, Segments: 3}

func act(n int) journal.Act {
	return journal.Act{
		Origin: "https://online.example.tr", Purpose: fmt.Sprint("E-Onay ", n), Kind: "sign", Outcome: "done",
		Documents: []journal.Document{{Name: "onay.txt", Digest: strings.Repeat("ab", 32)}},
	}
}

func fill(t testing.TB, j *journal.Journal, n int) {
	t.Helper()
	for i := range n {
		if _, err := j.Append(t.Context(), act(i+1)); err != nil {
			t.Fatal(err)
		}
	}
}

// purposes reads the journal and proves it.
func purposes(t testing.TB, j *journal.Journal, key *ecdsa.PublicKey) (out []string, err error) {
	t.Helper()
	err = j.Read(t.Context(), key, func(e journal.Entry) bool {
		out = append(out, e.Act.Purpose)
		return true
	})
	return out, err
}

func files(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	names, err := filepath.Glob(filepath.Join(dir, "*.json*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(name)] = data
	}
	return out
}

func TestAppendAndRead(t *testing.T) {
	dir, key := filepath.Join(t.TempDir(), "journal"), newKey(t)
	j := journal.New(dir, key, journal.DefaultLimits)
	if got, err := purposes(t, j, key.Public().Signing); err != nil || got != nil {
		t.Fatalf("before the first: %q, %v", got, err)
	}
	fill(t, j, 5)
	again := journal.New(dir, key, journal.DefaultLimits)
	entry, err := again.Append(t.Context(), act(6))
	if err != nil || entry.Number != 6 || entry.Before == "" {
		t.Fatalf("%+v, %v", entry, err)
	}
	got, err := purposes(t, j, key.Public().Signing)
	if err != nil || !slices.Equal(got, []string{"E-Onay 1", "E-Onay 2", "E-Onay 3", "E-Onay 4", "E-Onay 5", "E-Onay 6"}) {
		t.Fatalf("%q, %v", got, err)
	}
	if _, err := purposes(t, j, newKey(t).Public().Signing); !errors.Is(err, journal.ErrBroken) {
		t.Errorf("with another key: %v", err)
	}
	if _, err := j.Append(t.Context(), journal.Act{Purpose: strings.Repeat("a", 40<<10)}); !errors.Is(err, journal.ErrLarge) {
		t.Errorf("too large: %v", err)
	}
}

// Each change of each byte of what is kept, and each line that is gone, is seen.
func TestEachChangeIsDetected(t *testing.T) {
	dir, key := t.TempDir(), newKey(t)
	j := journal.New(dir, key, small)
	fill(t, j, 6)
	whole := files(t, dir)
	if len(whole) < 3 {
		t.Fatalf("only %d files", len(whole))
	}
	broken := func(what string) {
		t.Helper()
		if _, err := purposes(t, j, key.Public().Signing); !errors.Is(err, journal.ErrBroken) {
			t.Errorf("%s: %v", what, err)
		}
	}
	write := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range whole {
		for i := range data {
			changed := bytes.Clone(data)
			changed[i] ^= 0x20
			if bytes.EqualFold(changed, data) && strings.HasPrefix(name, "head") {
				continue // a digit of the digest in the other case is the same digest, and not the signed one
			}
			write(name, changed)
			broken(fmt.Sprintf("%s, byte %d", name, i))
		}
		write(name, data)
		if strings.HasPrefix(name, "head") {
			continue
		}
		lines := bytes.SplitAfter(data, []byte("\n"))
		for i := range lines[:len(lines)-1] {
			write(name, bytes.Join(slices.Delete(slices.Clone(lines), i, i+1), nil))
			broken(fmt.Sprintf("%s without line %d", name, i))
		}
		write(name, data)
	}
	if err := os.Remove(filepath.Join(dir, "head.json")); err != nil {
		t.Fatal(err)
	}
	broken("no head")
	write("head.json", whole["head.json"])
	if _, err := purposes(t, j, key.Public().Signing); err != nil {
		t.Errorf("as it was: %v", err)
	}
}

// A journal of old segments stays provable when the oldest are removed.
func TestRotation(t *testing.T) {
	dir, key := t.TempDir(), newKey(t)
	j := journal.New(dir, key, small)
	fill(t, j, 40)
	got, err := purposes(t, j, key.Public().Signing)
	if err != nil || len(got) == 40 || len(got) < 3 || got[len(got)-1] != "E-Onay 40" {
		t.Fatalf("%q, %v", got, err)
	}
	segments, err := filepath.Glob(filepath.Join(dir, "entries-*"))
	if err != nil || len(segments) != small.Segments {
		t.Fatalf("%q, %v", segments, err)
	}
	if err := os.Remove(segments[1]); err != nil {
		t.Fatal(err)
	}
	if _, err := purposes(t, j, key.Public().Signing); !errors.Is(err, journal.ErrBroken) {
		t.Errorf("without one in the middle: %v", err)
	}
}

// A list that is not whole is set aside before its oldest segment is removed: a fault is not forgotten with a segment.
func TestRotationKeepsFaults(t *testing.T) {
	i := newInstallation(t)
	limits := journal.Limits{Segment: 600, Segments: 4}
	j := journal.New(i.journal(), i.key, limits)
	fill(t, j, 6)
	replaceIn(t, segment(t, i.journal(), 0), "E-Onay 1", "E-Onay 7")
	for n := range 40 {
		appendAct(t, j, n)
		if p := i.look(t, protocol.HostJournalBody{Limit: 1}, math.MaxInt); (p.State == protocol.JournalWhole) != (p.SetAside == 1) || p.State == protocol.JournalWhole && p.Warnings == 0 && n < 10 {
			t.Fatalf("after %d acts: %+v", n, p)
		}
	}
	if found := everyLine(t, i.journal()); !slices.ContainsFunc(slices.Collect(maps.Keys(found)), func(line string) bool { return strings.Contains(line, "E-Onay 7") }) {
		t.Error("the changed line is gone")
	}
}

// A segment that a crash has kept from being removed is as if it were not there.
func TestRotationSurvivesACrash(t *testing.T) {
	i := newInstallation(t)
	j := journal.New(i.journal(), i.key, small)
	fill(t, j, 6)
	old := files(t, i.journal())
	fill(t, j, 6)
	left := 0
	for name, data := range old {
		if name != "head.json" {
			if _, err := os.Stat(filepath.Join(i.journal(), name)); err != nil {
				put(t, i.journal(), name, data)
				left++
			}
		}
	}
	before := i.look(t, protocol.HostJournalBody{Limit: 50}, math.MaxInt)
	if left == 0 || before.State != protocol.JournalWhole || before.First == 1 {
		t.Fatalf("%d segments left, %+v", left, before)
	}
	appendAct(t, j, 13)
	if p := i.look(t, protocol.HostJournalBody{Limit: 50}, math.MaxInt); p.State != protocol.JournalWhole || len(all(t, i.journal())) > small.Segments {
		t.Errorf("%+v, %d segments", p, len(all(t, i.journal())))
	}
}

// A list of an earlier version, whose head does not say where it begins, is shown and goes on; from then on it says so.
func TestListOfAnEarlierVersion(t *testing.T) {
	i := newInstallation(t)
	j := journal.New(i.journal(), i.key, journal.DefaultLimits)
	fill(t, j, 3)
	var h map[string]any
	if err := json.Unmarshal(files(t, i.journal())["head.json"], &h); err != nil {
		t.Fatal(err)
	}
	signature, err := i.key.Sign(t.Context(), fmt.Appendf(nil, "tr.eonay.journal v1\n%v\n%v\n%v\n", h["number"], h["digest"], h["offset"]))
	if err != nil {
		t.Fatal(err)
	}
	old := fmt.Sprintf(`{"number":%v,"digest":%q,"offset":%v,"key":%q,"signature":%q}`, h["number"], h["digest"], h["offset"], h["key"],
		base64.StdEncoding.EncodeToString(signature))
	put(t, i.journal(), "head.json", []byte(old))
	lines := read(t, segment(t, i.journal(), 0))
	_, cut, _ := bytes.Cut(lines, []byte("\n"))
	remove(t, segment(t, i.journal(), 0))
	put(t, i.journal(), "entries-000000000002.jsonl", cut)
	if p := i.look(t, protocol.HostJournalBody{Limit: 9}, math.MaxInt); p.State != protocol.JournalBroken {
		t.Errorf("cut: %+v", p)
	}
	remove(t, segment(t, i.journal(), 0))
	put(t, i.journal(), oldest, lines)
	if p := i.look(t, protocol.HostJournalBody{Limit: 9}, math.MaxInt); p.State != protocol.JournalWhole || p.Total != 3 {
		t.Errorf("as it was: %+v", p)
	}
	appendAct(t, j, 4)
	if p := i.look(t, protocol.HostJournalBody{Limit: 9}, math.MaxInt); p.State != protocol.JournalWhole || p.Total != 4 {
		t.Errorf("it goes on: %+v", p)
	}
	if head := files(t, i.journal())["head.json"]; !bytes.Contains(head, []byte(`"version":2,"first":{"number":1,`)) {
		t.Errorf("%s", head)
	}
}

// A broken list does not prevent signing: it is set aside and kept.
func TestBrokenListIsSetAside(t *testing.T) {
	dir, key := t.TempDir(), newKey(t)
	j := journal.New(dir, key, small)
	fill(t, j, 6)
	whole := files(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "head.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(t.Context(), act(7)); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	var aside string
	err := j.Read(t.Context(), key.Public().Signing, func(e journal.Entry) bool {
		kinds = append(kinds, e.Act.Kind)
		if e.Act.Kind == journal.KindBroken {
			aside = e.Act.Purpose
		}
		return true
	})
	if err != nil || !slices.Equal(kinds, []string{journal.KindBroken, "sign"}) {
		t.Fatalf("%q, %v", kinds, err)
	}
	for name, data := range files(t, filepath.Join(dir, aside)) {
		if name != "head.json" && !bytes.Equal(data, whole[name]) {
			t.Errorf("%s is not as it was", name)
		}
		delete(whole, name)
	}
	if len(whole) != 0 {
		t.Errorf("not set aside: %v", whole)
	}
}

// A crash, or a disk that is full, between setting aside and the first entry after it leaves no list that does not tell.
func TestSetAsideIsTold(t *testing.T) {
	dir, key := t.TempDir(), newKey(t)
	for _, name := range []string{"set-aside-20260102T030405.000000000", "set-aside-20260102T030406.000000000"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	j := journal.New(dir, key, journal.DefaultLimits)
	fill(t, j, 2)
	if got, err := purposes(t, j, key.Public().Signing); err != nil || !slices.Equal(got, []string{"set-aside-20260102T030406.000000000", "E-Onay 1", "E-Onay 2"}) {
		t.Errorf("%q, %v", got, err)
	}
}

// A list that another device key has signed is set aside, and the new one says so.
func TestListOfAnotherKeyIsSetAside(t *testing.T) {
	dir, first, second := t.TempDir(), newKey(t), newKey(t)
	fill(t, journal.New(dir, first, journal.DefaultLimits), 2)
	j := journal.New(dir, second, journal.DefaultLimits)
	fill(t, j, 1)
	var kinds []string
	aside := ""
	err := j.Read(t.Context(), second.Public().Signing, func(e journal.Entry) bool {
		kinds = append(kinds, e.Act.Kind)
		if e.Act.Kind == journal.KindKeyChanged {
			aside = e.Act.Purpose
		}
		return true
	})
	if err != nil || !slices.Equal(kinds, []string{journal.KindKeyChanged, "sign"}) {
		t.Fatalf("%q, %v", kinds, err)
	}
	if got, err := purposes(t, journal.New(filepath.Join(dir, aside), nil, journal.DefaultLimits), first.Public().Signing); err != nil || len(got) != 2 {
		t.Errorf("what was set aside: %q, %v", got, err)
	}
}

// Whatever the files hold, a list that is taken for whole is the one that was written, the next act is written down, and no
// line is lost by that.
func FuzzJournal(f *testing.F) {
	dir, key := filepath.Join(f.TempDir(), "journal"), newKey(f)
	j := journal.New(dir, key, journal.DefaultLimits)
	fill(f, j, 2)
	f.Add(files(f, dir)["head.json"], true)
	fill(f, j, 1)
	whole := files(f, dir)
	for _, data := range whole {
		f.Add(data, true)
		f.Add(data, false)
		f.Add(append(bytes.Clone(data), "{\n"...), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, head bool) {
		if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)); err != nil {
			t.Fatal(err)
		}
		for name, original := range whole {
			if head == strings.HasPrefix(name, "head") {
				original = data
			}
			put(t, dir, name, original)
		}
		got, err := purposes(t, j, key.Public().Signing)
		if err == nil && (len(got) < 2 || len(got) > 3) {
			t.Errorf("%d entries", len(got))
		}
		if err != nil && !errors.Is(err, journal.ErrBroken) {
			t.Error(err)
		}
		had := everyLine(t, dir)
		appendAct(t, j, 4)
		has := everyLine(t, dir)
		for line := range had {
			if strings.HasSuffix(line, "\n") && !has[line] {
				t.Errorf("lost: %q", line)
			}
		}
	})
}
