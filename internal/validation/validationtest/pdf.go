package validationtest

import (
	"crypto"
	"crypto/x509"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/pades"
)

// SignPDF has the signer sign a PDF, as our own host does: PAdES-B, with a time in the dictionary alone.
func (w *World) SignPDF(file []byte, at time.Time, o pades.Options) []byte {
	w.T.Helper()
	return w.SignPDFUnder(nil, file, at, o)
}

// SignPDFUnder is SignPDF with a signature policy; nil names none.
func (w *World) SignPDFUnder(policy *ades.Policy, file []byte, at time.Time, o pades.Options) []byte {
	w.T.Helper()
	s := ades.Signer{Certificate: w.Signer, Chain: []*x509.Certificate{w.CA.Certificate}, Hash: crypto.SHA256, Time: at, Policy: policy}
	documents := []ades.Document{ades.NewDocument("belge.pdf", "application/pdf", file)}
	prepared, err := pades.Prepare(s, documents, o)
	if err != nil {
		w.T.Fatal(err)
	}
	return w.Complete(prepared, documents)
}
