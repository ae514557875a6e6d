package production_test

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/e-onay/e-onay/web/production"
)

const portalSite = "https://portal.example"

func newReturn() production.Return {
	return production.Return{Site: portalSite, Reference: "D1", MadeAt: at, Entries: []production.Made{{
		Reference: "A", Version: 7, Certificate: []byte("SERIALNUMBER=11111111101"),
	}}}
}

func sealReturn(t testing.TB, r production.Return, producer *ecdsa.PrivateKey, to ...*ecdsa.PublicKey) []byte {
	t.Helper()
	data, err := r.Seal(producer, to...)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestReturnIsForItsPortal: each of the portal's keys opens it, no other does, and nothing of a person can be read without.
func TestReturnIsForItsPortal(t *testing.T) {
	producer, old, next, other := newKey(t), newKey(t), newKey(t), newKey(t)
	made := newReturn()
	data := sealReturn(t, made, producer, &old.PublicKey, &next.PublicKey)
	for name, keys := range map[string][]*ecdsa.PrivateKey{"old": {old}, "new": {next}, "with another": {other, old}} {
		got, digest, err := production.ReadReturn(data, portalSite, &producer.PublicKey, keys...)
		if err != nil || !reflect.DeepEqual(got, made) || len(digest) != 64 {
			t.Errorf("%s: %+v, %q: %v", name, got, digest, err)
		}
	}
	for name, keys := range map[string][]*ecdsa.PrivateKey{"another": {other}, "none": nil, "the producer's": {producer}} {
		if _, _, err := production.ReadReturn(data, portalSite, &producer.PublicKey, keys...); !errors.Is(err, production.ErrRecipient) {
			t.Errorf("%s: %v", name, err)
		}
	}
	e, manifest := envelopeOf(t, data)
	if personal := []byte("11111111101"); bytes.Contains(manifest, personal) || bytes.Contains(e.Boxes[0].Data, personal) {
		t.Errorf("the file shows %q", personal)
	}
}

// TestReturnsAreRefused: of another key, to another portal, of the other kind or of before, changed by a bit, with an entry twice, too many, or in
// another form.
func TestReturnsAreRefused(t *testing.T) {
	producer, portal := newKey(t), newKey(t)
	good := sealReturn(t, newReturn(), producer, &portal.PublicKey)
	read := func(data []byte, site string, from *ecdsa.PrivateKey) error {
		_, _, err := production.ReadReturn(data, site, &from.PublicKey, portal)
		return err
	}
	if err := read(good, portalSite, producer); err != nil {
		t.Fatal(err)
	}
	if err := read(good, portalSite, newKey(t)); !errors.Is(err, production.ErrSignature) {
		t.Errorf("another key: %v", err)
	}
	if err := read(good, "https://other.example", producer); err == nil {
		t.Error("another portal's: taken")
	}
	handover, err := newHandover().Seal(producer, &portal.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	if err := read(handover, portalSite, producer); !errors.Is(err, production.ErrSignature) {
		t.Errorf("a hand-over: %v", err)
	}
	plain, err := json.Marshal(newReturn())
	if err != nil {
		t.Fatal(err)
	}
	if err := read(signedAs(t, "tr.eonay.return v1", plain, producer), portalSite, producer); !errors.Is(err, production.ErrSignature) {
		t.Errorf("one of before, which anybody reads: %v", err)
	}
	if err := read(signedAs(t, "tr.eonay.return v2", plain, producer), portalSite, producer); err == nil {
		t.Error("one that anybody reads: taken")
	}
	twice, many := newReturn(), newReturn()
	twice.Entries = append(twice.Entries, twice.Entries[0])
	for i := range production.MaxEntries {
		many.Entries = append(many.Entries, production.Made{Reference: fmt.Sprint("R", i)})
	}
	nameless := newReturn()
	nameless.Entries[0].Reference = ""
	for name, r := range map[string]production.Return{"an entry twice": twice, "too many": many, "no reference": nameless} {
		if err := read(sealReturn(t, r, producer, &portal.PublicKey), portalSite, producer); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// TestBrokenFiles: whatever is not a file with a manifest and its signature is refused before anything is parsed or decrypted.
func TestBrokenFiles(t *testing.T) {
	producer, portal := newKey(t), newKey(t)
	good := sealReturn(t, newReturn(), producer, &portal.PublicKey)
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
		if _, _, err := production.ReadReturn(changed(other, f.Signature), portalSite, &producer.PublicKey, portal); !errors.Is(err, production.ErrSignature) {
			t.Fatalf("byte %d of the manifest: %v", i, err)
		}
	}
	for name, data := range map[string][]byte{
		"empty": nil, "too large": make([]byte, production.MaxFile+1), "null": []byte("null"), "another object": []byte(`{"a":1}`),
		"no signature": changed(f.Manifest, nil), "a signature of zeros": changed(f.Manifest, []byte{0x30, 6, 2, 1, 0, 2, 1, 0}), "more": append(bytes.Clone(good), '{'),
	} {
		if _, _, err := production.ReadReturn(data, portalSite, &producer.PublicKey, portal); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// FuzzReadReturn reads what a producer may have signed and whoever stands between may send; what it has encrypted is taken with bounded entries,
// each with a reference of its own.
func FuzzReadReturn(f *testing.F) {
	producer, portal := newKey(f), newKey(f)
	f.Add([]byte(`{"manifest":"e30=","signature":"MAYCAQECAQE="}`))
	f.Add([]byte(`{"site":"https://portal.example","reference":"D1","made_at":"2026-11-23T09:00:00Z","entries":[{"reference":"A","version":1,"certificate":"AQI="}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, _, err := production.ReadReturn(data, portalSite, &producer.PublicKey, portal); err == nil {
			t.Fatalf("a file that was signed by no key was taken: %+v", r)
		}
		if r, _, err := production.ReadReturn(signedAs(t, "tr.eonay.return v2", data, producer), portalSite, &producer.PublicKey, portal); err == nil {
			t.Fatalf("what nobody has encrypted was taken: %+v", r)
		}
		var made production.Return
		if json.Unmarshal(data, &made) != nil {
			return
		}
		sealed, err := made.Seal(producer, &portal.PublicKey)
		if err != nil {
			return
		}
		if got, _, err := production.ReadReturn(sealed, portalSite, &producer.PublicKey, portal); err == nil && len(got.Entries) > production.MaxEntries {
			t.Errorf("%d entries", len(got.Entries))
		}
	})
}
