// Package timestamp reads time-stamp tokens (RFC 3161, updated by RFC 5816), and gets them from authorities.
//
// # Reading
//
// [Parse] is tolerant in encoding, as internal/cms is: BER, embedded certificates in any order, hashes and keys of former years.
// It is strict in what a token must be: SignedData of one signer over a TSTInfo of version 1, whose fields have the form that
// RFC 3161 gives them. [Token.Verify] verifies the signature with the certificate that a signing-certificate attribute binds, and
// says whether that certificate is for time stamps. Neither says that the authority is to be trusted, that its certificate was
// valid, or that the algorithms were strong enough at the time: the caller judges that, by Token.Algorithms and the certificate.
//
// # Asking
//
// A [Client] asks several authorities in turn. An answer counts only if it is to this very request: of the same digest, nonce and
// policy, at a time near to the clock, and with a signature that verifies.
//
// # Errors
//
//   - fault.TimestampInvalid: a token that is malformed, does not verify, or is not what was asked for.
//   - fault.SignatureAlgorithm: Verify does not know an algorithm of the signature.
//   - fault.TimestampUnavailable: no authority answered, or not in time. Asking later may help.
//   - fault.TimestampRefused: an authority answered that it gives no time stamp, and why.
//
// Functions are safe for concurrent use; what they return must not be changed while it is used.
package timestamp

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"time"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
)

// MaxToken is the largest token, in bytes, with all that later signatures and validations have put into it.
const MaxToken = cms.MaxStructure

// Limits on parts of a TSTInfo.
const (
	maxInfo       = 64 << 10 // bytes of the whole
	maxInteger    = 64       // bytes of serial number and nonce; RFC 3161, 2.4.2, has 20 for the serial number
	maxFraction   = 32       // digits of a fraction of a second
	maxExtensions = 32
)

var (
	oidTSTInfo     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4} // id-ct-TSTInfo (RFC 3161, 2.4.2)
	oidExtKeyUsage = asn1.ObjectIdentifier{2, 5, 29, 37}                      // RFC 5280, 4.2.1.12
)

// What Verify finds wrong; errors.Is tells it apart from the rest.
var (
	// ErrCertificate says that the signer's certificate is not at hand, or that none is bound by signing-certificate.
	ErrCertificate = errors.New("no certificate of the time stamp's signer")
	// ErrPurpose says that the signer's certificate is not for time stamps, or not for them alone.
	ErrPurpose = errors.New("the certificate is not for time stamps alone")
	// ErrSignature says that the signature does not verify.
	ErrSignature = errors.New("the time stamp's signature does not verify")
)

// Token is a time-stamp token (RFC 3161, 2.4.2) whose form has been checked. Nothing in it has been verified.
type Token struct {
	// DER is the ContentInfo as received, which may be BER, without the zeros that may follow it.
	DER []byte

	// Time is genTime, in UTC: the time that the authority vouches for.
	Time time.Time
	// Accuracy is how far Time may be from the right one, either way; 0 where the token says nothing of it.
	Accuracy time.Duration
	// Ordering says that tokens of the authority can be ordered by Time alone, whatever Accuracy is.
	Ordering bool
	// Policy is the authority's policy for this token.
	Policy asn1.ObjectIdentifier
	// SerialNumber is the authority's number for this token.
	SerialNumber *big.Int
	// Nonce is that of the request; nil where it had none.
	Nonce *big.Int

	// Imprint is the digest of what was stamped, by Hash.
	Imprint []byte
	// Hash is 0 where HashAlgorithm is not known here.
	Hash          crypto.Hash
	HashAlgorithm asn1.ObjectIdentifier

	// TSA is the GeneralName (RFC 5280, 4.2.1.6) that the token gives its authority, in DER; nil where it gives none. It is a hint:
	// who has signed is said by the certificate.
	TSA []byte
	// Extensions are those of the TSTInfo. None is critical.
	Extensions []pkix.Extension

	// Certificates, CRLs and OCSPs are embedded; the lists and OCSPResponses in DER.
	Certificates []*x509.Certificate
	CRLs, OCSPs  [][]byte

	// Algorithms are what the token was signed with; Hash is 0 where that is not known here.
	Algorithms cms.Algorithms
	// Signer is the signature, with the attributes that later time stamps or validations have added.
	Signer *cms.Signer

	signed *cms.SignedData
}

// Covers reports whether the token is of this digest.
func (t *Token) Covers(hash crypto.Hash, digest []byte) bool {
	return hash != 0 && t.Hash == hash && bytes.Equal(t.Imprint, digest)
}

func invalid(format string, args ...any) error {
	return fault.Errorf(fault.TimestampInvalid, format, args...)
}
