package formats_test

import (
	"crypto/rand"
	"crypto/x509"
	"io"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// ownSigner is World.Signer as the signer of what this project makes.
func ownSigner(t testing.TB, w *validationtest.World) ades.Signer {
	t.Helper()
	hash, err := ades.HashFor(w.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return ades.Signer{Certificate: w.Signer, Chain: []*x509.Certificate{w.CA.Certificate}, Hash: hash, Time: validationtest.Signed}
}

// complete signs what was prepared, and returns the whole file.
func complete(t testing.TB, w *validationtest.World, documents []ades.Document, prepare func(ades.Signer) (ades.Prepared, error)) []byte {
	t.Helper()
	signer := ownSigner(t, w)
	prepared, err := prepare(signer)
	if err != nil {
		t.Fatal(err)
	}
	value, err := w.Key.Sign(rand.Reader, prepared.Digest(), signer.Hash)
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := prepared.Complete(value)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(pieces.Reader(documents))
	if err != nil {
		t.Fatal(err)
	}
	return whole
}
