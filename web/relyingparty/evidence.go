package relyingparty

import (
	"crypto"
	"crypto/x509"
	"time"

	"github.com/e-onay/e-onay/internal/revocation"
)

// Answer is a genuine answer that a certificate is not revoked, with what is needed to show so later: OCSP or CRL, in DER.
type Answer = revocation.Answer

// Evidence is everything that shows, years later and without any of the parties, that a signature was good
// when it was accepted. Keep all of it, together with the document. Of a certificate without a signature it shows
// how it stood.
type Evidence struct {
	// Signature is the CMS signature as it came, in DER; nil of VerifyFile, for which the site keeps the signed file.
	Signature []byte
	// Digest is the document's, of VerifyFile that of the signed file, made with DigestAlgorithm.
	Digest          []byte
	DigestAlgorithm crypto.Hash
	// SignatureAlgorithm is what the signer's key made the signature with.
	SignatureAlgorithm x509.SignatureAlgorithm
	// Signer is the signer's certificate.
	Signer *x509.Certificate
	// Path leads from the signer's certificate, first, to the trust anchor, last.
	Path []*x509.Certificate
	// OCSP is the answer on the signer's certificate; nil where there is CRL.
	OCSP *Answer
	// CRL is the list on the signer's certificate, by Verifier.CRLFallback.
	CRL *Answer
	// CRLs are the lists on the CAs between signer and anchor: CRLs[i] on Path[i+1]. Where more was needed it follows, in the
	// order in which it was judged: for each certificate of Path, CRL's too, the further lists (Answer.Further: its delta, lists
	// on other reasons), and those on the certificate of whoever has signed lists on it (CRLSigners).
	CRLs []*Answer
	// CRLSigners are certificates that are not in Path and have signed lists: of another key of a CA, or of another issuer of
	// lists. A CA of Path has issued each.
	CRLSigners []*x509.Certificate
	// SigningTime is what the signer claims; it was within tolerance of the time of arrival.
	SigningTime time.Time
	// VerifiedAt is when all was checked, by the verifier's clock.
	VerifiedAt time.Time
	// Holder is the signer's name, fit to be shown.
	Holder string
	// CitizenNumber is the signer's, for comparison with the person who is logged in; empty where the
	// certificate has none. Personal data: mask it (MaskCitizenNumber) in lists and logs.
	CitizenNumber string
	// Others are signatures of the file beside this one, of VerifyFile.
	Others []OtherSignature

	more  []*x509.Certificate // came along with Signer; not trusted
	nonce []byte              // for OCSP, of what was signed; nil for a certificate alone
}

// Of refuses evidence of anybody but the person with this citizen number, with CodeCertificateOfAnother. A certificate
// without a number is nobody's, and so is a person without one.
func (e *Evidence) Of(citizenNumber string) error {
	if citizenNumber == "" || e.CitizenNumber != citizenNumber {
		return NewError(CodeCertificateOfAnother, nil)
	}
	return nil
}
