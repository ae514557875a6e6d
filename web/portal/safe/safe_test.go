package safe

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// keyFile writes a PUK key made of one byte, and returns its path.
func keyFile(t *testing.T, of byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "puk.key")
	text := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{of}, 32)) + "\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func safeOf(t *testing.T, paths ...string) *Safe {
	t.Helper()
	safe, err := New(paths...)
	if err != nil {
		t.Fatal(err)
	}
	return safe
}

func TestPUKSafe(t *testing.T) {
	first, second := keyFile(t, 1), keyFile(t, 2)
	safe, puk := safeOf(t, first), []byte("12345678")
	sealed := safe.Seal("S1", puk)
	if bytes.Contains(sealed, puk) || bytes.Equal(sealed, safe.Seal("S1", puk)) {
		t.Errorf("not encrypted, or with a nonce that was used: %x", sealed)
	}
	for name, test := range map[string]struct {
		safe   *Safe
		serial string
		sealed []byte
		opens  bool
	}{
		"another process":        {safeOf(t, first), "S1", sealed, true},
		"after a new key":        {safeOf(t, second, first), "S1", sealed, true},
		"the key is gone":        {safeOf(t, second), "S1", sealed, false},
		"another card":           {safe, "S2", sealed, false},
		"changed":                {safe, "S1", append(bytes.Clone(sealed[:len(sealed)-1]), sealed[len(sealed)-1]^1), false},
		"cut":                    {safe, "S1", sealed[:20], false},
		"nothing":                {safe, "S1", nil, false},
		"by the new key, of two": {safeOf(t, second), "S1", safeOf(t, second, first).Seal("S1", puk), true},
	} {
		got, err := test.safe.Open(test.serial, test.sealed)
		if (err == nil) != test.opens || test.opens && !bytes.Equal(got, puk) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Only two PUKs that can be read, and are not the same, differ.
func TestPUKsDiffer(t *testing.T) {
	first, second := keyFile(t, 1), keyFile(t, 2)
	old, rotated := safeOf(t, first), safeOf(t, second, first)
	puk := func(s *Safe, text string) []byte { return s.Seal("S1", []byte(text)) }
	for name, test := range map[string]struct {
		safe          *Safe
		before, after []byte
		want          bool
	}{
		"the same":                   {old, puk(old, "12345678"), puk(old, "12345678"), false},
		"another":                    {old, puk(old, "12345678"), puk(old, "12345679"), true},
		"longer":                     {old, puk(old, "12345678"), puk(old, "123456780"), true},
		"the same, under a new key":  {rotated, puk(old, "12345678"), puk(rotated, "12345678"), false},
		"another, the old key gone":  {safeOf(t, second), puk(old, "12345678"), puk(rotated, "12345679"), false},
		"another, of another's card": {old, old.Seal("S2", []byte("12345678")), puk(old, "12345679"), false},
	} {
		if got := test.safe.Differ("S1", test.before, test.after); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestPUKKeys(t *testing.T) {
	good := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	for name, text := range map[string]string{
		"empty": "", "a line": "\n", "no base64": strings.Repeat("%", 44), "short": good[:40], "31 bytes": base64.StdEncoding.EncodeToString(make([]byte, 31)),
		"33 bytes": base64.StdEncoding.EncodeToString(make([]byte, 33)), "without padding": strings.TrimSuffix(good, "="), "two lines": good[:20] + "\n" + good[20:],
		"two ends": good + "\n\n", "CRLF": good + "\r\n", "space": " " + good, "URL's alphabet": strings.Repeat("-_", 21) + "c=",
		"loose bits": good[:42] + "d=", "long": good + strings.Repeat("A", 1000),
	} {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := New(path)
		if err == nil {
			t.Errorf("%s: taken", name)
		} else if text != "" && strings.Contains(err.Error(), good[:20]) {
			t.Errorf("%s: the error holds the key: %v", name, err)
		}
	}
	for _, text := range []string{good, good + "\n"} {
		if _, err := parseKey([]byte(text)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := New(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a key that is not there was read")
	}
}

func FuzzPUKKey(f *testing.F) {
	f.Add([]byte(base64.StdEncoding.EncodeToString(make([]byte, 32)) + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := parseKey(data); err == nil && base64.StdEncoding.EncodedLen(keySize) != len(bytes.TrimSuffix(data, []byte("\n"))) {
			t.Fatalf("a key of %d bytes was taken", len(data))
		}
	})
}

// TestKeyIsChangedWhileProcessesServe: two processes seal and open all the time, and are restarted one after the other for each step that
// docs/operation/keys.md has. Nothing that either has sealed is closed to the other at any time.
func TestKeyIsChangedWhileProcessesServe(t *testing.T) {
	old, next := keyFile(t, 1), keyFile(t, 2)
	var processes [2]atomic.Pointer[Safe]
	for i := range processes {
		processes[i].Store(safeOf(t, old))
	}
	var rounds atomic.Int64
	stop := make(chan struct{})
	var workers sync.WaitGroup
	for i := range processes {
		workers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				// The other one opens it as it is configured after it was sealed, as with a row that it reads.
				sealed := processes[i].Load().Seal("S1", []byte("12345678"))
				if _, err := processes[1-i].Load().Open("S1", sealed); err != nil {
					t.Errorf("process %d cannot open what %d has sealed: %v", 1-i, i, err)
					return
				}
				rounds.Add(1)
			}
		})
	}
	kept := safeOf(t, old).Seal("S1", []byte("12345678"))
	for _, step := range [][]string{{old, next}, {next, old}} {
		for i := range processes {
			for before := rounds.Load(); rounds.Load() < before+100 && !t.Failed(); {
				runtime.Gosched()
			}
			processes[i].Store(safeOf(t, step...))
		}
	}
	for before := rounds.Load(); rounds.Load() < before+100 && !t.Failed(); {
		runtime.Gosched()
	}
	close(stop)
	workers.Wait()
	if _, err := processes[0].Load().Open("S1", kept); err != nil {
		t.Errorf("what the old key has encrypted: %v", err)
	}
	if _, err := safeOf(t, old).Open("S1", processes[0].Load().Seal("S1", nil)); err == nil {
		t.Error("the old key encrypts still")
	}
}
