//go:build linux

package journal_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

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

func TestJournal(t *testing.T) {
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
func TestChanged(t *testing.T) {
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

// A broken list keeps nobody from signing, and is kept.
func TestSetAside(t *testing.T) {
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

// Another device key goes on with the list, and the list says so.
func TestKeyChanged(t *testing.T) {
	dir, first, second := t.TempDir(), newKey(t), newKey(t)
	fill(t, journal.New(dir, first, journal.DefaultLimits), 2)
	j := journal.New(dir, second, journal.DefaultLimits)
	fill(t, j, 1)
	var kinds []string
	err := j.Read(t.Context(), second.Public().Signing, func(e journal.Entry) bool { kinds = append(kinds, e.Act.Kind); return true })
	if err != nil || !slices.Equal(kinds, []string{"sign", "sign", journal.KindKeyChanged, "sign"}) {
		t.Fatalf("%q, %v", kinds, err)
	}
}

// What a crash leaves behind after the last acknowledged entry is as if it had not been.
func TestLeftovers(t *testing.T) {
	for name, leave := range map[string]func(dir, newest string) error{
		"half a line":        func(dir, newest string) error { return appendTo(filepath.Join(dir, newest), `{"number":7,"ti`) },
		"a line, no head":    func(dir, newest string) error { return appendTo(filepath.Join(dir, newest), `{"number":7}`+"\n") },
		"a segment, no head": func(dir, _ string) error { return appendTo(filepath.Join(dir, "entries-000000000007.jsonl"), "{}\n") },
		"half a head":        func(dir, _ string) error { return appendTo(filepath.Join(dir, "head.json.new"), `{"num`) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, key := t.TempDir(), newKey(t)
			j := journal.New(dir, key, small)
			fill(t, j, 6)
			before, err := purposes(t, j, key.Public().Signing)
			if err != nil {
				t.Fatal(err)
			}
			segments, err := filepath.Glob(filepath.Join(dir, "entries-*"))
			if err != nil {
				t.Fatal(err)
			}
			if err := leave(dir, filepath.Base(segments[len(segments)-1])); err != nil {
				t.Fatal(err)
			}
			if got, err := purposes(t, j, key.Public().Signing); err != nil || !slices.Equal(got, before) {
				t.Errorf("read after it: %q, %v", got, err)
			}
			if _, err := j.Append(t.Context(), act(7)); err != nil {
				t.Fatal(err)
			}
			got, err := purposes(t, j, key.Public().Signing)
			if err != nil || got[len(got)-1] != "E-Onay 7" || slices.Contains(got, "") {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// Several processes' worth of journals on one folder make one chain.
func TestTogether(t *testing.T) {
	dir, key := t.TempDir(), newKey(t)
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() { fill(t, journal.New(dir, key, journal.DefaultLimits), 10) })
	}
	writers.Wait()
	if got, err := purposes(t, journal.New(dir, key, journal.DefaultLimits), key.Public().Signing); err != nil || len(got) != 80 {
		t.Fatalf("%d entries, %v", len(got), err)
	}
}

// Waiting for the lock ends with the context.
func TestLocked(t *testing.T) {
	dir, key := t.TempDir(), newKey(t)
	j := journal.New(dir, key, journal.DefaultLimits)
	fill(t, j, 1)
	err := j.Read(t.Context(), key.Public().Signing, func(journal.Entry) bool {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := j.Append(ctx, act(2)); !errors.Is(err, context.Canceled) {
			t.Errorf("locked: %v", err)
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The program of TestKilled: it appends, and tells of each entry that was acknowledged, until it is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("EONAY_JOURNAL"); dir != "" {
		k, err := device.Open(context.Background(), device.Options{Path: filepath.Join(dir, "device.json"), TPM: func() (device.Transport, error) { return nil, device.ErrNoTPM }})
		if err != nil {
			panic(err)
		}
		j := journal.New(filepath.Join(dir, "journal"), k, journal.Limits{Segment: 2000, Segments: 1000})
		for i := 1; ; i++ {
			e, err := j.Append(context.Background(), act(i))
			if err != nil {
				panic(err)
			}
			fmt.Println(e.Number)
		}
	}
	os.Exit(m.Run())
}

// kill -9 at whatever instruction loses no entry that was acknowledged, and leaves a list that is whole.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	k, err := device.Make(t.Context(), device.Options{Path: filepath.Join(dir, "device.json"), TPM: func() (device.Transport, error) { return nil, device.ErrNoTPM }})
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := uint64(0)
	for round := range 25 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "EONAY_JOURNAL="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for range 1 + round*3 { // then at once, whatever it is about to do
			if _, err := fmt.Fscanln(out, &acknowledged); err != nil {
				t.Fatal(err)
			}
		}
		if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		for { // what it had said before it died
			var n uint64
			if _, err := fmt.Fscanln(out, &n); err != nil {
				break
			}
			acknowledged = n
		}
		_ = cmd.Wait() // it was killed
		last := uint64(0)
		err = journal.New(filepath.Join(dir, "journal"), k, journal.DefaultLimits).Read(t.Context(), k.Public().Signing, func(e journal.Entry) bool {
			last = e.Number
			return true
		})
		if err != nil || last < acknowledged || last > acknowledged+1 {
			t.Fatalf("round %d: %d entries of %d, %v", round, last, acknowledged, err)
		}
	}
}

// A full disk is an error of Append; the list is as before, and goes on when there is room.
func TestFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("a disk that can be filled needs root: run `sudo make test`")
	}
	dir, key := t.TempDir(), newKey(t)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Fatal(err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	j := journal.New(filepath.Join(dir, "journal"), key, journal.DefaultLimits)
	fill(t, j, 3)
	filler := filepath.Join(dir, "filler")
	_ = os.WriteFile(filler, make([]byte, 1<<20), 0o600) // as much as fits
	n := 3
	for ; ; n++ {
		if _, err := j.Append(t.Context(), act(n+1)); err != nil {
			if !errors.Is(err, syscall.ENOSPC) {
				t.Fatal(err)
			}
			break
		}
	}
	if got, err := purposes(t, j, key.Public().Signing); err != nil || len(got) != n {
		t.Fatalf("%d entries of %d, %v", len(got), n, err)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	fill(t, j, 1)
	if got, err := purposes(t, j, key.Public().Signing); err != nil || len(got) != n+1 {
		t.Fatalf("%d entries of %d, %v", len(got), n+1, err)
	}
}

func FuzzJournal(f *testing.F) {
	dir, key := f.TempDir(), newKey(f)
	j := journal.New(dir, key, journal.DefaultLimits)
	fill(f, j, 3)
	for _, data := range files(f, dir) {
		f.Add(data, true)
		f.Add(data, false)
	}
	whole := files(f, dir)
	f.Fuzz(func(t *testing.T, data []byte, head bool) {
		for name, original := range whole {
			if head == strings.HasPrefix(name, "head") {
				original = data
			}
			if err := os.WriteFile(filepath.Join(dir, name), original, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err := purposes(t, j, key.Public().Signing)
		if err == nil && len(got) != 3 {
			t.Errorf("%d entries", len(got))
		}
		if err != nil && !errors.Is(err, journal.ErrBroken) {
			t.Error(err)
		}
	})
}
