package production_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/production"
)

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

var at = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func TestFilesComeBackAsTheyWere(t *testing.T) {
	key := newKey(t)
	made := production.Return{MadeAt: at, Entries: []production.Made{{Reference: "A", Version: 7, Certificate: []byte{1, 2}}}}
	data, err := made.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	got, digest, err := production.ReadReturn(data, &key.PublicKey)
	if err != nil || !reflect.DeepEqual(got, made) || len(digest) != 64 {
		t.Errorf("%+v, %q: %v", got, digest, err)
	}
}

// TestFilesAreRefused: of another key, of the other kind, changed by a bit, with an entry twice, too many, or in another form.
func TestFilesAreRefused(t *testing.T) {
	key, made := newKey(t), production.Return{MadeAt: at, Entries: []production.Made{{Reference: "A", Version: 7, Certificate: []byte{1, 2}}}}
	good, err := made.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := production.ReadReturn(good, &newKey(t).PublicKey); !errors.Is(err, production.ErrSignature) {
		t.Errorf("another key: %v", err)
	}
	var f struct{ Manifest, Signature []byte }
	if err := json.Unmarshal(good, &f); err != nil {
		t.Fatal(err)
	}
	changed := func(manifest, signature []byte) []byte {
		text, err := json.Marshal(map[string][]byte{"manifest": manifest, "signature": signature})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for i := range f.Manifest {
		other := bytes.Clone(f.Manifest)
		other[i] ^= 1
		if _, _, err := production.ReadReturn(changed(other, f.Signature), &key.PublicKey); !errors.Is(err, production.ErrSignature) {
			t.Fatalf("byte %d of the manifest: %v", i, err)
		}
	}
	twice, many := made, production.Return{}
	twice.Entries = append(twice.Entries, twice.Entries[0])
	for i := range production.MaxEntries + 1 {
		many.Entries = append(many.Entries, production.Made{Reference: fmt.Sprint("R", i)})
	}
	for name, r := range map[string]production.Return{"an entry twice": twice, "too many": many, "no reference": {Entries: []production.Made{{Version: 1}}}} {
		data, err := r.Sign(key)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := production.ReadReturn(data, &key.PublicKey); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	for name, data := range map[string][]byte{
		"empty": nil, "too large": make([]byte, production.MaxFile+1), "null": []byte("null"), "another object": []byte(`{"a":1}`),
		"no signature": changed(f.Manifest, nil), "a signature of zeros": changed(f.Manifest, []byte{0x30, 6, 2, 1, 0, 2, 1, 0}), "more": append(bytes.Clone(good), '{'),
	} {
		if _, _, err := production.ReadReturn(data, &key.PublicKey); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// FuzzReadReturn reads what the producer may send; what is taken has bounded entries, each with a reference of its own.
func FuzzReadReturn(f *testing.F) {
	private := newKey(f)
	f.Add([]byte(`{"manifest":"e30=","signature":"MAYCAQECAQE="}`))
	f.Add([]byte(`{"made_at":"2026-11-23T09:00:00Z","entries":[{"reference":"A","version":1,"certificate":"AQI="}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, _, err := production.ReadReturn(data, &private.PublicKey)
		if err == nil {
			t.Fatalf("a file that was signed by no key was taken: %+v", r)
		}
		var made production.Return
		if json.Unmarshal(data, &made) != nil {
			return
		}
		signed, err := made.Sign(private)
		if err != nil {
			return
		}
		if got, _, err := production.ReadReturn(signed, &private.PublicKey); err == nil && len(got.Entries) > production.MaxEntries {
			t.Errorf("%d entries", len(got.Entries))
		}
	})
}
