// Package cades makes and reads detached electronic signatures: CMS SignedData (RFC 5652) with the
// attributes of CAdES baseline-B (ETSI EN 319 122-1, clause 6.3, table 1), which is profile P1 (BES) of
// the Turkish guide on signature profiles.
//
// # What a signature holds
//
// One SignerInfo, with the signed attributes content-type (id-data), message-digest, signing-time and
// signing-certificate-v2 (RFC 5035), and the signer's certificate. P1 knows no signature policy: the
// attribute is neither written nor accepted. Profiles P2, P3 and P4 begin as a signature that names one, with its digest and where
// it is (signature-policy-identifier, EN 319 122-1, clause 5.2.9); time stamps and what follows are the site's. There are no unsigned attributes, so that every byte kept as
// evidence is either signed or checked against what is signed. Two further signed attributes are read, because OpenSSL
// and BouncyCastle write them: S/MIME capabilities and CMS algorithm protection. Any other is refused: it may say
// something that this package does not know, and that another reader refuses the signature for.
//
// A signature in a PDF (PAdES, [Request.InPDF], [Rules]) differs in one attribute: it has no signing-time, which stands in
// the PDF's signature dictionary instead (EN 319 142-1, clause 6.3). Each of the two readers refuses what is for the other.
//
// # Who may trust what
//
// [Sign] trusts its caller and distrusts the card: what the card returns is verified before it is used.
// [Parse] and [Signature.Verify] trust nothing. They say that the holder of the key in
// [Signature.Certificate] signed the content with that certificate, claiming [Signature.SigningTime];
// whether the certificate is to be believed is for internal/pki and internal/revocation.
//
// # Algorithms
//
// SHA-256, SHA-384 and SHA-512; RSA (PKCS #1 v1.5) from 2048 to 8192 bits; ECDSA on P-256, P-384 and
// P-521.
//
// Functions are safe for concurrent use; a [Signature] must not be changed while it is used.
package cades

import "encoding/asn1"

// MaxSignature is the largest signature that is made or read, in bytes of DER.
const MaxSignature = 128 << 10

// Limits on a signature's parts, beside pki.MaxCertificate.
const (
	maxCertificates = 16
	maxAttributes   = 32
)

// MaxFile is the largest file that ParseFile reads, without its content, in bytes of DER.
const MaxFile = 1 << 20

// Limits on the parts of a file.
const (
	maxFileSigners      = 32
	maxFileCertificates = 128
)

// Content types and attributes.
var (
	oidData       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1} // RFC 5652, 4
	oidSignedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2} // RFC 5652, 5.1

	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3} // RFC 5652, 11.1
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4} // RFC 5652, 11.2
	oidSigningTime   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5} // RFC 5652, 11.3
	oidCounter       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 6} // RFC 5652, 11.4

	oidSignaturePolicy      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 15} // EN 319 122-1, 5.2.9.1
	oidSPuri                = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 5, 1}  // EN 319 122-1, 5.2.9.2
	oidSigningCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47} // RFC 5035, 3
	oidCapabilities         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 15}        // RFC 8551, 2.5.2
	oidAlgorithmProtection  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 52}        // RFC 6211, 2
)
