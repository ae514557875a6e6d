package relyingparty

import (
	"crypto"
	"crypto/x509"
	"time"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/revocation"
)

// Evidence is everything that shows, years later and without any of the parties, that a signature was good
// when it was accepted. Keep all of it, together with the document. Of a certificate without a signature it shows
// how it stood.
type Evidence struct {
	// Signature is the CMS signature as it came, in DER.
	Signature []byte
	// Digest is the document's, made with DigestAlgorithm.
	Digest          []byte
	DigestAlgorithm crypto.Hash
	// SignatureAlgorithm is what the signer's key made the signature with.
	SignatureAlgorithm x509.SignatureAlgorithm
	// Signer is the signer's certificate.
	Signer *pki.Certificate
	// Path leads from the signer's certificate, first, to the trust anchor, last.
	Path []*x509.Certificate
	// OCSP is the answer on the signer's certificate.
	OCSP *revocation.Answer
	// CRLs are the lists on the CAs between signer and anchor: CRLs[i] on Path[i+1].
	CRLs []*revocation.Answer
	// SigningTime is what the signer claims; it was within tolerance of VerifiedAt.
	SigningTime time.Time
	// VerifiedAt is when all was checked, by the verifier's clock.
	VerifiedAt time.Time
	// Holder is the signer's name, fit to be shown.
	Holder string
	// CitizenNumber is the signer's, for comparison with the person who is logged in; empty where the
	// certificate has none. Personal data: mask it (pki.MaskCitizenNumber) in lists and logs.
	CitizenNumber string
}
