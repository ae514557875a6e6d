//go:build linux

package device_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/test/testtpm"
)

func noTPM() (device.Transport, error) { return nil, device.ErrNoTPM }

func start(t testing.TB, dir string) *testtpm.TPM {
	t.Helper()
	tpm, err := testtpm.Start(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tpm.Stop)
	return tpm
}

// options are those of a machine, by what protects its key.
func options(t testing.TB, p device.Protection) device.Options {
	t.Helper()
	o := device.Options{Path: filepath.Join(t.TempDir(), "e-onay", "device.json"), TPM: noTPM}
	switch p {
	case device.TPM:
		o.TPM = start(t, t.TempDir()).Open
	case device.Keyring:
		keyring.MockInit()
		o.Keyring = true
	}
	return o
}

var protections = []device.Protection{device.TPM, device.Keyring, device.File}

// A key signs and opens what was sealed to it, also after the program has started again, and nothing else.
func TestKeySignsAndOpens(t *testing.T) {
	for _, p := range protections {
		t.Run(string(p), func(t *testing.T) {
			o := options(t, p)
			if _, err := device.Open(t.Context(), o); !errors.Is(err, device.ErrNone) {
				t.Fatalf("before there is one: %v", err)
			}
			made, err := device.Make(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			opened, err := device.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if made.Public().ID() != opened.Public().ID() || opened.Protection() != p {
				t.Fatalf("made %s, opened %s protected by %s", made.Public().ID(), opened.Public().ID(), opened.Protection())
			}
			for _, k := range []*device.Key{made, opened} {
				works(t, k)
			}
			if mode := stat(t, o.Path).Mode().Perm(); mode != 0o600 {
				t.Errorf("device.json has mode %o", mode)
			}
		})
	}
}

func works(t *testing.T, k *device.Key) {
	t.Helper()
	message, claim, secret := []byte("iddia"), []byte("kart, kod, amaç"), []byte("93817264")
	info := release.Info(claim)
	signature, err := k.Sign(t.Context(), message)
	if err != nil {
		t.Fatal(err)
	}
	if !release.Verify(k.Public().Signing, message, signature) || release.Verify(k.Public().Signing, info, signature) {
		t.Error("the signature is not of this message alone")
	}
	machine, err := k.Describe("linux/amd64", "1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	if machine.ID() != k.Public().ID() {
		t.Errorf("two names for one machine: %s and %s", machine.ID(), k.Public().ID())
	}
	sealed, err := release.Seal(claim, machine, secret)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := k.Open(t.Context(), info, sealed)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := release.Unpad(plain); err != nil || !bytes.Equal(got, secret) {
		t.Fatalf("opened %q, %v", got, err)
	}
	if _, err := k.Open(t.Context(), message, sealed); !errors.Is(err, device.ErrSealed) {
		t.Errorf("opened for something else: %v", err)
	}
	for i := range sealed {
		broken := bytes.Clone(sealed)
		broken[i] ^= 1
		if _, err := k.Open(t.Context(), info, broken); !errors.Is(err, device.ErrSealed) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
	for _, n := range []int{0, 1, 64, 65, len(sealed) - 1} {
		if _, err := k.Open(t.Context(), info, sealed[:n]); !errors.Is(err, device.ErrSealed) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func stat(t *testing.T, path string) os.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// The private keys are in the file only where nothing better keeps them.
func TestFileHoldsNoKeyOfATPM(t *testing.T) {
	for _, p := range protections {
		o := options(t, p)
		if _, err := device.Make(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(o.Path)
		if err != nil {
			t.Fatal(err)
		}
		var record struct{ Private []byte }
		if err := json.Unmarshal(data, &record); err != nil {
			t.Fatal(err)
		}
		if (len(record.Private) > 0) != (p == device.File) {
			t.Errorf("%s: device.json has %d private bytes", p, len(record.Private))
		}
	}
}

// A TPM keeps the key through a power cut, and loses it when it is cleared; the file of one machine is of no use
// in another. Then a new key is made.
func TestLostKeyIsReplaced(t *testing.T) {
	dir := t.TempDir()
	tpm := start(t, dir)
	o := device.Options{Path: filepath.Join(t.TempDir(), "device.json"), TPM: tpm.Open}
	first, err := device.Make(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	tpm.Stop()
	tpm = start(t, dir)
	if k, err := device.Open(t.Context(), o); err != nil || k.Public().ID() != first.Public().ID() {
		t.Fatalf("after a power cut: %v", err)
	}
	for name, other := range map[string]func() (device.Transport, error){"another TPM": start(t, t.TempDir()).Open, "no TPM": noTPM} {
		if _, err := device.Open(t.Context(), device.Options{Path: o.Path, TPM: other}); !errors.Is(err, device.ErrLost) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := tpm.Clear(); err != nil {
		t.Fatal(err)
	}
	start(t, dir)
	if _, err := device.Open(t.Context(), o); !errors.Is(err, device.ErrLost) {
		t.Fatalf("after it was cleared: %v", err)
	}
	if _, err := first.Sign(t.Context(), []byte("iddia")); !errors.Is(err, device.ErrLost) {
		t.Errorf("a key that was open: %v", err)
	}
	second, err := device.Make(t.Context(), o)
	if err != nil || second.Public().ID() == first.Public().ID() {
		t.Fatalf("a new key: %v", err)
	}
	works(t, second)
}

// silent is a TPM that takes commands and answers none.
type silent struct{ closed chan struct{} }

func (s silent) Send([]byte) ([]byte, error) { <-s.closed; return nil, errors.New("closed") }
func (s silent) Close() error                { return nil }

// A TPM that does not answer is not waited for beyond its limit, and no weaker key is made.
func TestSilentTPMGivesNoWeakerKey(t *testing.T) {
	s := silent{make(chan struct{})}
	defer close(s.closed)
	o := options(t, device.TPM)
	k, err := device.Make(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	working := o.TPM
	o.TPM = func() (device.Transport, error) { return s, nil }
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := device.Open(ctx, o); !errors.Is(err, device.ErrUnavailable) {
		t.Errorf("open: %v", err)
	}
	fresh := device.Options{Path: filepath.Join(t.TempDir(), "device.json"), TPM: o.TPM}
	if _, err := device.Make(ctx, fresh); !errors.Is(err, device.ErrUnavailable) {
		t.Errorf("make: %v", err)
	}
	if _, err := os.Stat(fresh.Path); err == nil {
		t.Error("a key was made without the TPM")
	}
	if _, err := k.Sign(ctx, nil); !errors.Is(err, device.ErrUnavailable) {
		t.Errorf("a cancelled signature: %v", err)
	}
	o.TPM = working
	if _, err := device.Open(t.Context(), o); err != nil {
		t.Errorf("when it answers again: %v", err)
	}
}

// A keyring without the key has lost it; one that is closed may open again.
func TestKeyring(t *testing.T) {
	o := options(t, device.Keyring)
	k, err := device.Make(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := keyring.Delete("tr.eonay.host", k.Public().ID()); err != nil {
		t.Fatal(err)
	}
	if _, err := device.Open(t.Context(), o); !errors.Is(err, device.ErrLost) {
		t.Errorf("deleted: %v", err)
	}
	keyring.MockInitWithError(errors.New("the keyring is closed"))
	defer keyring.MockInit()
	if _, err := device.Open(t.Context(), o); !errors.Is(err, device.ErrUnavailable) {
		t.Errorf("closed: %v", err)
	}
	if made, err := device.Make(t.Context(), o); err != nil || made.Protection() != device.File {
		t.Errorf("without a keyring: %v", err)
	}
}

// What somebody has written into the file opens no other key.
func TestChangedFileOpensNoOtherKey(t *testing.T) {
	o := options(t, device.TPM)
	if _, err := device.Make(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	mine, err := os.ReadFile(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	another := device.Options{Path: filepath.Join(t.TempDir(), "device.json"), TPM: o.TPM}
	if _, err := device.Make(t.Context(), another); err != nil {
		t.Fatal(err)
	}
	theirs, err := os.ReadFile(another.Path)
	if err != nil {
		t.Fatal(err)
	}
	var a, b map[string]any
	if err := errors.Join(json.Unmarshal(mine, &a), json.Unmarshal(theirs, &b)); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"empty": "", "no JSON": "{", "version": strings.Replace(string(mine), `"version":1`, `"version":2`, 1),
		"protection":   strings.Replace(string(mine), `"tpm","`, `"file","`, 1),
		"too long":     strings.Repeat(" ", 17<<10) + string(mine),
		"other public": merged(t, a, "signing", b["signing"]),
		"other blobs":  merged(t, a, "tpm", b["tpm"]),
		"no blobs":     merged(t, a, "tpm", map[string]any{}),
	} {
		if err := os.WriteFile(o.Path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := device.Open(t.Context(), o); !errors.Is(err, device.ErrLost) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func merged(t *testing.T, record map[string]any, key string, value any) string {
	t.Helper()
	out := map[string]any{}
	for k, v := range record {
		out[k] = v
	}
	out[key] = value
	data, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// What stands in the file's place and is not a regular file does not block; it is set aside for a new key.
func TestFileThatIsNotRegular(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"pipe":        func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"full folder": func(path string) error { return os.MkdirAll(filepath.Join(path, "inside"), 0o700) },
		"loop":        func(path string) error { return os.Symlink(filepath.Base(path), path) },
		"huge":        func(path string) error { return errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, 1<<33)) },
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, device.File)
			if err := errors.Join(os.MkdirAll(filepath.Dir(o.Path), 0o700), put(o.Path), put(o.Path+".lock")); err != nil {
				t.Fatal(err)
			}
			if _, _, err := device.Known(o); !errors.Is(err, device.ErrLost) {
				t.Errorf("known: %v", err)
			}
			k, err := (&device.Installation{Options: o}).Key(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if again, err := device.Open(t.Context(), o); err != nil || again.Public().ID() != k.Public().ID() {
				t.Errorf("opened again: %v", err)
			}
			if _, err := os.Lstat(o.Path + ".broken"); (err == nil) != (name != "huge") {
				t.Errorf("set aside: %v", err)
			}
		})
	}
}

func FuzzRecord(f *testing.F) {
	for _, seed := range []string{``, `{}`, `{"version":1,"protection":"tpm","tpm":{}}`, `{"version":1,"protection":"file","private":"AA=="}`} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "device.json")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := device.Open(t.Context(), device.Options{Path: path, TPM: noTPM})
		if err != nil && !errors.Is(err, device.ErrLost) && !errors.Is(err, device.ErrUnavailable) {
			t.Errorf("%q: %v", data, err)
		}
	})
}

func BenchmarkDevice(b *testing.B) {
	for _, p := range []device.Protection{device.TPM, device.File} {
		o := options(b, p)
		b.Run(fmt.Sprintf("make/%s", p), func(b *testing.B) {
			for b.Loop() {
				if _, err := device.Make(b.Context(), o); err != nil {
					b.Fatal(err)
				}
			}
		})
		k, err := device.Make(b.Context(), o)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("sign/%s", p), func(b *testing.B) {
			for b.Loop() {
				if _, err := k.Sign(b.Context(), []byte("iddia")); err != nil {
					b.Fatal(err)
				}
			}
		})
		machine, err := k.Describe("linux/amd64", "1.0.0")
		if err != nil {
			b.Fatal(err)
		}
		sealed, err := release.Seal(nil, machine, []byte("93817264"))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("open/%s", p), func(b *testing.B) {
			for b.Loop() {
				if _, err := k.Open(b.Context(), release.Info(nil), sealed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Ten programs that start at once on a new machine come by one key; one that was lost is replaced by one.
func TestConcurrentStartsShareOneKey(t *testing.T) {
	o := options(t, device.File)
	ids := func() map[string]bool {
		found := make(chan string)
		for range 10 {
			i := &device.Installation{Options: o}
			go func() {
				k, err := i.Key(t.Context())
				if err != nil {
					found <- err.Error()
					return
				}
				found <- k.Public().ID()
			}()
		}
		all := map[string]bool{}
		for range 10 {
			all[<-found] = true
		}
		return all
	}
	first := ids()
	if len(first) != 1 {
		t.Fatalf("%d keys, or errors: %v", len(first), first)
	}
	if err := os.WriteFile(o.Path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	second := ids()
	if len(second) != 1 || maps.Equal(first, second) {
		t.Errorf("first %v, then %v", first, second)
	}
	o.TPM = func() (device.Transport, error) { return nil, device.ErrUnavailable }
	if err := os.Remove(o.Path); err != nil {
		t.Fatal(err)
	}
	if _, err := (&device.Installation{Options: o}).Key(t.Context()); !errors.Is(err, device.ErrUnavailable) {
		t.Errorf("beside a TPM that does not answer: %v", err)
	}
}
