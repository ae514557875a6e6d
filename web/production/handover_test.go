package production_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/production"
)

func newHandover() production.Handover {
	return production.Handover{Site: "https://portal.example", Reference: "4F7K-2M9Q", MadeAt: at, Entries: []production.Order{{
		Reference: "A", Version: 7, Kind: "nes", Subject: "IŞIL ÇİĞDEM ŞAHİN", SubjectNumber: "11111111101", Years: "3", NotBefore: &at, Mail: "isil@ornek.test",
	}}}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

var at = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// envelope is what is signed of a file.
type envelope struct {
	Site      string `json:"site"`
	Reference string `json:"reference"`
	Boxes     []struct {
		Key  string `json:"key"`
		Data []byte `json:"data"`
	} `json:"boxes"`
}

func envelopeOf(t *testing.T, data []byte) (e envelope, manifest []byte) {
	t.Helper()
	var f struct{ Manifest, Signature []byte }
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(f.Manifest, &e); err != nil {
		t.Fatal(err)
	}
	return e, f.Manifest
}

func seal(t testing.TB, h production.Handover, portal *ecdsa.PrivateKey, to ...*ecdsa.PrivateKey) []byte {
	t.Helper()
	var recipients []*ecdsa.PublicKey
	for _, key := range to {
		recipients = append(recipients, &key.PublicKey)
	}
	data, err := h.Seal(portal, recipients...)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestHandoverIsForItsProducer: each of the producer's keys opens it, in whatever order, no other does, and nothing of a person can be read without.
func TestHandoverIsForItsProducer(t *testing.T) {
	portal, old, next, other := newKey(t), newKey(t), newKey(t), newKey(t)
	order := newHandover()
	data := seal(t, order, portal, old, next)
	for name, keys := range map[string][]*ecdsa.PrivateKey{"old": {old}, "new": {next}, "both": {next, old}, "with another": {other, old}} {
		if got, err := production.ReadHandover(data, &portal.PublicKey, keys...); err != nil || !reflect.DeepEqual(got, order) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, keys := range map[string][]*ecdsa.PrivateKey{"another": {other}, "none": nil, "the portal's": {portal}} {
		if _, err := production.ReadHandover(data, &portal.PublicKey, keys...); !errors.Is(err, production.ErrRecipient) {
			t.Errorf("%s: %v", name, err)
		}
	}
	e, manifest := envelopeOf(t, data)
	for _, personal := range []string{"11111111101", "ÇİĞDEM", "isil@"} {
		if bytes.Contains(manifest, []byte(personal)) || bytes.Contains(e.Boxes[0].Data, []byte(personal)) {
			t.Errorf("the file shows %q", personal)
		}
	}
	for n, recipients := range [][]*ecdsa.PublicKey{nil, {&old.PublicKey, &next.PublicKey, &other.PublicKey}} {
		if _, err := order.Seal(portal, recipients...); err == nil {
			t.Errorf("%d: encrypted to %d keys", n, len(recipients))
		}
	}
}

// TestHandoversAreRefused: of another portal's key, changed, taken from another file, or with other content than it is sent as.
func TestHandoversAreRefused(t *testing.T) {
	portal, producer := newKey(t), newKey(t)
	order := newHandover()
	data := seal(t, order, portal, producer)
	if _, err := production.ReadHandover(data, &newKey(t).PublicKey, producer); !errors.Is(err, production.ErrSignature) {
		t.Errorf("another portal: %v", err)
	}
	if _, err := production.ReadHandover(sealReturn(t, newReturn(), portal, &producer.PublicKey), &portal.PublicKey, producer); !errors.Is(err, production.ErrSignature) {
		t.Errorf("a return: %v", err)
	}
	twice := order
	twice.Entries = append(twice.Entries, twice.Entries[0])
	if _, err := production.ReadHandover(seal(t, twice, portal, producer), &portal.PublicKey, producer); err == nil {
		t.Error("an entry twice: taken")
	}
	other := order
	other.Reference = "other"
	foreign, _ := envelopeOf(t, seal(t, other, portal, producer))
	for name, alter := range map[string]func(*envelope){
		"another portal's address": func(e *envelope) { e.Site = "https://other.example" },
		"another reference":        func(e *envelope) { e.Reference = "other" },
		"another file's box":       func(e *envelope) { e.Boxes = foreign.Boxes },
		"a changed box":            func(e *envelope) { e.Boxes[0].Data[100] ^= 1 },
		"a changed point":          func(e *envelope) { e.Boxes[0].Data[10] ^= 1 },
		"an empty box":             func(e *envelope) { e.Boxes[0].Data = nil },
		"half a point":             func(e *envelope) { e.Boxes[0].Data = e.Boxes[0].Data[:32] },
		"no box":                   func(e *envelope) { e.Boxes = nil },
		"many boxes":               func(e *envelope) { e.Boxes = append(e.Boxes, e.Boxes[0], e.Boxes[0]) },
		"another key's name":       func(e *envelope) { e.Boxes[0].Key = strings.Repeat("0", 64) },
	} {
		e, _ := envelopeOf(t, data)
		alter(&e)
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := production.ReadHandover(signedAs(t, "tr.eonay.handover v2", text, portal), &portal.PublicKey, producer); err == nil || errors.Is(err, production.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// signedAs is a file of a kind with any manifest.
func signedAs(t testing.TB, kind string, manifest []byte, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	digest := sha256.Sum256(append([]byte(kind+"\n"), manifest...))
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(map[string][]byte{"manifest": manifest, "signature": signature})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestHandoverIsHPKE opens a hand-over by RFC 9180 written out, for producers in other languages: without crypto/hpke, from ECDH, HKDF and
// AES-GCM alone.
func TestHandoverIsHPKE(t *testing.T) {
	portal, producer := newKey(t), newKey(t)
	order := newHandover()
	e, _ := envelopeOf(t, seal(t, order, portal, producer))
	id, err := production.KeyID(&producer.PublicKey)
	if err != nil || e.Boxes[0].Key != id {
		t.Fatalf("key %q, want %q: %v", e.Boxes[0].Key, id, err)
	}
	private, err := producer.ECDH()
	if err != nil {
		t.Fatal(err)
	}
	info := "tr.eonay.handover v2\n" + e.Site + "\n" + e.Reference + "\n" + id
	text, err := openBase(private, info, e.Boxes[0].Data)
	if err != nil {
		t.Fatal(err)
	}
	var got production.Handover
	if err := json.Unmarshal(text, &got); err != nil || !reflect.DeepEqual(got, order) {
		t.Errorf("%s: %v", text, err)
	}
}

// openBase is RFC 9180, 5.1.1 and 6.1, for DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM (7.1: 0x0010, 0x0001, 0x0002).
func openBase(own *ecdh.PrivateKey, info string, data []byte) ([]byte, error) {
	if len(data) < 65 {
		return nil, errors.New("no enc")
	}
	enc, ciphertext := data[:65], data[65:]
	peer, err := ecdh.P256().NewPublicKey(enc)
	if err != nil {
		return nil, err
	}
	dh, err := own.ECDH(peer)
	if err != nil {
		return nil, err
	}
	const kem, suite = "KEM\x00\x10", "HPKE\x00\x10\x00\x01\x00\x02"
	extract := func(suite, salt, label, secret string) string {
		key, err2 := hkdf.Extract(sha256.New, []byte("HPKE-v1"+suite+label+secret), []byte(salt))
		err = errors.Join(err, err2)
		return string(key)
	}
	expand := func(suite, secret, label, info string, size int) string {
		labeled := string(binary.BigEndian.AppendUint16(nil, uint16(size))) + "HPKE-v1" + suite + label + info
		key, err2 := hkdf.Expand(sha256.New, []byte(secret), labeled, size)
		err = errors.Join(err, err2)
		return string(key)
	}
	shared := expand(kem, extract(kem, "", "eae_prk", string(dh)), "shared_secret", string(enc)+string(own.PublicKey().Bytes()), 32)
	schedule := "\x00" + extract(suite, "", "psk_id_hash", "") + extract(suite, "", "info_hash", info)
	secret := extract(suite, shared, "secret", "")
	key, nonce := expand(suite, secret, "key", schedule, 32), expand(suite, secret, "base_nonce", schedule, 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return gcm.Open(nil, []byte(nonce), ciphertext, nil)
}

// FuzzReadHandover reads what a portal may have signed and whoever stands between may send: envelopes of any form.
func FuzzReadHandover(f *testing.F) {
	portal, producer := newKey(f), newKey(f)
	id, err := production.KeyID(&producer.PublicKey)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"site":"a","reference":"b","boxes":[]}`))
	f.Add([]byte(`{"site":"a","reference":"b","boxes":[{"key":"KEY","data":"AQI="}]}`)) // KEY becomes the producer's
	f.Add([]byte(`{"site":"a","site":"b","boxes":[null]}`))
	f.Fuzz(func(t *testing.T, manifest []byte) {
		if h, err := production.ReadHandover(manifest, &portal.PublicKey, producer); err == nil {
			t.Fatalf("what nobody has signed was taken: %+v", h)
		}
		if h, err := production.ReadHandover(signedAs(t, "tr.eonay.handover v2", bytes.ReplaceAll(manifest, []byte("KEY"), []byte(id)), portal), &portal.PublicKey, producer); err == nil {
			t.Fatalf("what nobody has encrypted was taken: %+v", h)
		}
	})
}
