//go:build linux

package journal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"

	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/journal"
)

// What a crash leaves behind after the last acknowledged entry is as if it had not been.
func TestCrashLeavesNoEntry(t *testing.T) {
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
func TestConcurrentAppendsMakeOneChain(t *testing.T) {
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
func TestAppendStopsWaitingForTheLock(t *testing.T) {
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

// The program of TestAppendSurvivesAKill: it appends, and tells of each entry that was acknowledged, until it is killed.
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
func TestAppendSurvivesAKill(t *testing.T) {
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
func TestAppendOnAFullDisk(t *testing.T) {
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
