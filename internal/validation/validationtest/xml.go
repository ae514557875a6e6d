package validationtest

import (
	"crypto"
	"crypto/x509"
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
	return w.Complete(prepared, documents)
}
