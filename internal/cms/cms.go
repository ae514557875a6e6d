// Package cms reads the CMS SignedData (RFC 5652) of other programs, and adds signatures to it. Whoever reads a signature that
// this project has made uses internal/cades, which is strict; this package is tolerant, so that what others have signed can be
// shown and signed again.
//
// # What is read
//
// BER (X.690) with definite and indefinite lengths and strings in pieces; SignedData of versions 1 to 5; any number of
// digest algorithms, certificates and signers up to the limits below; signers named by issuer and serial number or by key
// identifier; the content inside or outside. Unsigned attributes are kept as bytes, and counter-signatures among them
// are read. The content is never loaded: it is read where it lies, so that a file of 1 GiB takes no memory.
//
// # What is said of a signature
//
// [SignedData.Verify] gives one [Verdict] for each signature: who has made it, when as they claim, and whether it holds over the
// content. Whether the certificate is to be believed is for internal/pki and internal/revocation. What this package
// does not know (SHA-1, a certificate that is not there, content that is elsewhere) is [Unknown], with the reason; it is
// never called valid. So is a signature without signed attributes: who has somebody's signature over the attributes of one document
// can take the attributes away, and give them out as the document (docs/threats/formats.md).
//
// Who judges signatures of former years sets [SignedData.Legacy]: then SHA-1 is verified too, and [Verdict.Algorithms] says so.
//
// Functions are safe for concurrent use; what they return must not be changed while it is used.
package cms

import (
	"encoding/asn1"

	"github.com/e-onay/e-onay/internal/fault"
)

// MaxStructure is the largest SignedData without its content, in bytes.
const MaxStructure = 10 << 20

// Limits on parts of a SignedData.
const (
	maxNesting      = 64       // elements in each other
	maxHead         = 64 << 10 // bytes of one element before the content
	maxChunks       = 4 << 20  // pieces of a content in BER; at 1,000 bytes each 4 GiB
	maxAlgorithms   = 64
	maxCertificates = 256
	maxSigners      = 100 // counter-signatures counted
	maxAttributes   = 64  // of one signer, signed and unsigned each
	maxValues       = 256 // of one attribute
	maxSerial       = 64  // bytes; RFC 5280 has 20
	maxCounters     = 4   // counter-signatures of counter-signatures
)

// Content types and attributes.
var (
	OIDData       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1} // RFC 5652, 4
	OIDSignedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2} // RFC 5652, 5.1

	OIDContentType          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}         // RFC 5652, 11.1
	OIDMessageDigest        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}         // RFC 5652, 11.2
	OIDSigningTime          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}         // RFC 5652, 11.3
	OIDCounterSignature     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 6}         // RFC 5652, 11.4
	OIDSigningCertificate   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12} // RFC 5035, 5
	OIDSigningCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47} // RFC 5035, 3

	oidAlgorithmProtection = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 52} // RFC 6211, 2

	// The archive time stamps of TS 101 733 that cover the field of certificates as a whole.
	oidArchiveTimeStamp   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 27}
	oidArchiveTimeStampV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 48}
)

// malformed returns an error with fault.SignatureMalformed.
func malformed(format string, args ...any) error {
	return fault.Errorf(fault.SignatureMalformed, format, args...)
}
