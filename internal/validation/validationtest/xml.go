package validationtest

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"io"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/xades"
)

// SignXML is a signature of World.Signer over documents, which says that it was made at a time, and may name a policy.
func (w *World) SignXML(at time.Time, policy *ades.Policy, o xades.Options, documents ...ades.Document) []byte {
	w.T.Helper()
	signer := ades.Signer{Certificate: w.Signer, Chain: []*x509.Certificate{w.CA.Certificate}, Hash: crypto.SHA256, Time: at, Policy: policy}
	prepared, err := xades.Prepare(signer, documents, o)
	if err != nil {
		w.T.Fatal(err)
	}
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
