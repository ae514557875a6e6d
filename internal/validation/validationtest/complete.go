package validationtest

import (
	"crypto"
	"crypto/rand"
	"io"

	"github.com/e-onay/e-onay/internal/ades"
)

// Complete has the signer sign what a format has prepared over documents with SHA-256, and returns the signed file.
func (w *World) Complete(prepared ades.Prepared, documents []ades.Document) []byte {
	w.T.Helper()
	value, err := w.Key.Sign(rand.Reader, prepared.Digest(), crypto.SHA256)
	if err != nil {
		w.T.Fatal(err)
	}
	pieces, err := prepared.Complete(value)
	if err != nil {
		w.T.Fatal(err)
	}
	signed, err := io.ReadAll(pieces.Reader(documents))
	if err != nil {
		w.T.Fatal(err)
	}
	return signed
}
