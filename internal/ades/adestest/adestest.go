// Package adestest signs for tests of formats.
package adestest

import (
	"crypto"
	"crypto/rand"
	"io"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
)

// Sign has a key in memory sign what was prepared of these documents, and returns the signed file. opts is the hash, or how an RSA key
// signs with PSS.
func Sign(t testing.TB, key crypto.Signer, opts crypto.SignerOpts, prepared ades.Prepared, documents ...ades.Document) []byte {
	t.Helper()
	value, err := key.Sign(rand.Reader, prepared.Digest(), opts)
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := prepared.Complete(value)
	if err != nil {
		t.Fatal(err)
	}
	if err := pieces.Check(documents); err != nil {
		t.Fatal(err)
	}
	file, err := io.ReadAll(pieces.Reader(documents))
	if err != nil {
		t.Fatal(err)
	}
	return file
}
