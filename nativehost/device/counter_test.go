//go:build linux

package device_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-tpm/tpm2"

	"github.com/e-onay/e-onay/nativehost/device"
)

// A key in a TPM has a counter that grows, through power cuts too, and that begins above where it was if it is removed.
// Other keys have their own, or none.
func TestCounter(t *testing.T) {
	dir := t.TempDir()
	tpm := start(t, dir)
	o := device.Options{Path: filepath.Join(t.TempDir(), "device.json"), TPM: device.TPMAt(tpm.Socket())}
	key, err := device.Make(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	c := key.Counter()
	if _, _, err := c.Read(t.Context()); !errors.Is(err, device.ErrNoCounter) {
		t.Fatalf("before it is made: %v", err)
	}
	if err := c.Define(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Read(t.Context()); !errors.Is(err, device.ErrNoCounter) {
		t.Fatalf("before it begins: %v", err)
	}
	index, begun, err := c.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Increment(t.Context()); err != nil {
		t.Fatal(err)
	}
	tpm.Stop() // as in a power cut
	tpm = start(t, dir)
	if at, value, err := c.Read(t.Context()); err != nil || at != index || value != begun+1 {
		t.Fatalf("%x: %d, %v; want %x: %d", at, value, err, index, begun+1)
	}
	known := device.CounterOf(o, key.Public(), device.TPM)
	if _, value, err := known.Read(t.Context()); err != nil || value != begun+1 {
		t.Errorf("by the public key: %d, %v", value, err)
	}

	if err := tpm.Undefine(tpm2.TPMHandle(index)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Read(t.Context()); !errors.Is(err, device.ErrNoCounter) {
		t.Errorf("removed: %v", err)
	}
	if _, value, err := begin(t, c); err != nil || value <= begun+1 {
		t.Errorf("made anew: %d, which was %d; %v", value, begun+1, err)
	}

	other, err := device.Make(t.Context(), device.Options{Path: filepath.Join(t.TempDir(), "device.json"), TPM: o.TPM})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := other.Counter().Read(t.Context()); !errors.Is(err, device.ErrNoCounter) {
		t.Errorf("another key's: %v", err)
	}
	file, err := device.Make(t.Context(), options(t, device.File))
	if err != nil || file.Counter() != nil {
		t.Errorf("a key in a file has a counter: %v", err)
	}
}

// begin makes a counter.
func begin(t testing.TB, c *device.Counter) (index uint32, value uint64, err error) {
	t.Helper()
	if err := c.Define(t.Context()); err != nil {
		return 0, 0, err
	}
	return c.Begin(t.Context())
}

// What stands in the counter's place is left alone, and another place taken; without a free one there is no counter.
func TestCounterBesideOthers(t *testing.T) {
	tpm := start(t, t.TempDir())
	o := device.Options{Path: filepath.Join(t.TempDir(), "device.json"), TPM: device.TPMAt(tpm.Socket())}
	key, err := device.Make(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	way, err := tpm.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer way.Close()
	taken := 0
	for {
		index, _, err := begin(t, device.CounterOf(o, key.Public(), device.TPM))
		if err != nil {
			break
		}
		taken++
		if err := tpm.Undefine(tpm2.TPMHandle(index)); err != nil {
			t.Fatal(err)
		}
		_, err = tpm2.NVDefineSpace{AuthHandle: tpm2.TPMRHOwner, PublicInfo: tpm2.New2B(tpm2.TPMSNVPublic{
			NVIndex: tpm2.TPMHandle(index), NameAlg: tpm2.TPMAlgSHA256, DataSize: 8,
			Attributes: tpm2.TPMANV{OwnerRead: true, OwnerWrite: true, NT: tpm2.TPMNTCounter},
		})}.Execute(way)
		if err != nil {
			t.Fatal(err)
		}
	}
	if taken != 4 {
		t.Errorf("%d places", taken)
	}
	if _, _, err := key.Counter().Read(t.Context()); !errors.Is(err, device.ErrNoCounter) {
		t.Errorf("another program's counter is taken for ours: %v", err)
	}
}

// A TPM whose owner has a password makes no counter, and the key works.
func TestCounterRefused(t *testing.T) {
	tpm := start(t, t.TempDir())
	o := device.Options{Path: filepath.Join(t.TempDir(), "device.json"), TPM: device.TPMAt(tpm.Socket())}
	key, err := device.Make(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	way, err := tpm.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer way.Close()
	refused := device.CounterOf(o, key.Public(), device.TPM)
	_, err = tpm2.HierarchyChangeAuth{AuthHandle: tpm2.TPMRHOwner, NewAuth: tpm2.TPM2BAuth{Buffer: []byte("sahip")}}.Execute(way)
	if err != nil {
		t.Fatal(err)
	}
	if err := refused.Define(t.Context()); err == nil || errors.Is(err, device.ErrNoCounter) {
		t.Errorf("made without the owner: %v", err)
	}
	if err := refused.Define(t.Context()); !errors.Is(err, device.ErrNoCounter) {
		t.Errorf("asked again: %v", err)
	}
}

func BenchmarkCounter(b *testing.B) {
	tpm := start(b, b.TempDir())
	o := device.Options{Path: filepath.Join(b.TempDir(), "device.json"), TPM: device.TPMAt(tpm.Socket())}
	key, err := device.Make(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	c := key.Counter()
	if _, _, err := begin(b, c); err != nil {
		b.Fatal(err)
	}
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := c.Read(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("increment", func(b *testing.B) {
		for b.Loop() {
			if err := c.Increment(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
