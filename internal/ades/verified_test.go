package ades

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// A good signature is remembered, and nothing but the very same key, scheme, hash, digest and signature is taken for it.
func TestCheckSignatureRemembersNothingElse(t *testing.T) {
	key, other := pkitest.Key(t, "RSA-2048"), pkitest.Key(t, "RSA-3072")
	digest := sha256.Sum256([]byte("Onay"))
	signature, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := CheckSignature(key.Public(), PKCS1, crypto.SHA256, digest[:], signature); err != nil {
			t.Fatal(err)
		}
	}
	name, err := nameOf(key.Public(), PKCS1, crypto.SHA256, digest[:], signature)
	if err != nil || !verified.has(name) {
		t.Errorf("not remembered: %v", err)
	}
	changed := append([]byte(nil), signature...)
	changed[0] ^= 1
	another := sha256.Sum256([]byte("onay"))
	for what, err := range map[string]error{
		"another key":       CheckSignature(other.Public(), PKCS1, crypto.SHA256, digest[:], signature),
		"another scheme":    CheckSignature(key.Public(), PSS, crypto.SHA256, digest[:], signature),
		"another hash":      CheckSignature(key.Public(), PKCS1, crypto.SHA384, digest[:], signature),
		"another digest":    CheckSignature(key.Public(), PKCS1, crypto.SHA256, another[:], signature),
		"another signature": CheckSignature(key.Public(), PKCS1, crypto.SHA256, digest[:], changed),
		"a byte moved":      CheckSignature(key.Public(), PKCS1, crypto.SHA256, append(digest[:31:31], digest[31], signature[0]), signature[1:]),
	} {
		if err == nil {
			t.Errorf("%s is taken", what)
		}
	}
}

// Only the latest are remembered.
func TestVerificationsAreBounded(t *testing.T) {
	var v verifications
	number := func(i int) (name [sha256.Size]byte) {
		binary.BigEndian.PutUint64(name[:], uint64(i)+1)
		return name
	}
	for i := range 3 * remembered {
		v.add(number(i))
		v.add(number(i))
	}
	if len(v.known) != remembered || v.has(number(2*remembered-1)) || !v.has(number(2*remembered)) || !v.has(number(3*remembered-1)) {
		t.Errorf("%d are remembered", len(v.known))
	}
}
