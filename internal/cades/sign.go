package cades

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
)

// Request says what to sign and for whom.
type Request struct {
	// Signer's time is from 1950 to 9999. Its hash is that of ContentDigest, of the signed attributes and of
	// signing-certificate-v2.
	ades.Signer
	// ContentDigest is the digest of the detached content.
	ContentDigest []byte
	// InPDF says that the signature goes into a PDF's signature dictionary (PAdES). The time stands there, as /M, and
	// signing-time must not be here (EN 319 142-1, 6.3): Signer.Time is not written.
	InPDF bool

	// counter asks for a counter-signature: ContentDigest is that of another signature's value.
	counter bool
}

// Signer asks the card for a signature over digest, which Request.Hash made: for RSA a PKCS #1 v1.5 block
// (the signer builds the DigestInfo) or with Request.PSS one of RSASSA-PSS, for ECDSA the DER encoding of
// ECDSA-Sig-Value.
type Signer func(digest []byte) (signature []byte, err error)

// Sign returns a detached signature in DER, at most MaxSignature long. It calls sign once, and an
// error of sign comes back as it is. Other errors are those of Prepare and Complete.
func Sign(r Request, sign Signer) ([]byte, error) {
	u, err := Prepare(r)
	if err != nil {
		return nil, err
	}
	signature, err := sign(u.Digest())
	if err != nil {
		return nil, err
	}
	return u.Complete(signature)
}

// Unsigned is a signature that only the card's part is missing of. It does not change.
type Unsigned struct {
	request    Request
	algorithm  algorithm
	attributes []byte // the DER SET OF that is signed
	digest     []byte
}

// Prepare puts together what is to be signed. A key that is not supported gives fault.KeyUnsupported.
func Prepare(r Request) (*Unsigned, error) {
	a, err := r.check()
	if err != nil {
		return nil, err
	}
	attributes, err := signedAttributes(r, a)
	if err != nil {
		return nil, err
	}
	return &Unsigned{r, a, attributes, sum(r.Hash, attributes)}, nil
}

// Digest returns what the card signs.
func (u *Unsigned) Digest() []byte { return bytes.Clone(u.digest) }

// Complete returns the signature in DER. An answer of the card that does not verify with the certificate's key
// gives fault.TokenError.
func (u *Unsigned) Complete(signature []byte) ([]byte, error) {
	signerInfo, err := u.signerInfo(signature)
	if err != nil {
		return nil, err
	}
	der, err := signedData(u.request, u.algorithm, signerInfo)
	if err != nil {
		return nil, err
	}
	if len(der) > MaxSignature {
		return nil, fmt.Errorf("signature of %d bytes is over the limit of %d", len(der), MaxSignature)
	}
	return der, nil
}

// MaxSize returns how many bytes Complete's answer to r has at most: room that a file must keep before the card signs. The
// answer is shorter only where ECDSA's two integers are.
func MaxSize(r Request) (int, error) {
	u, err := Prepare(r)
	if err != nil {
		return 0, err
	}
	signerInfo, err := signerInfo(r, u.algorithm, u.attributes, make([]byte, maxValue(r.Certificate.PublicKey)))
	if err != nil {
		return 0, err
	}
	der, err := signedData(r, u.algorithm, signerInfo)
	return len(der), err
}

// maxValue returns the length of the longest signature that a key makes. check has accepted the key.
func maxValue(pub crypto.PublicKey) int {
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		return pub.Size()
	case *ecdsa.PublicKey:
		integer := pub.Curve.Params().N.BitLen()/8 + 1 // its first bit is the sign
		sequence := 2 * (2 + integer)
		if sequence < 0x80 {
			return 2 + sequence
		}
		return 3 + sequence
	}
	return 0
}

func (r *Request) scheme() ades.Scheme { return ades.SchemeOf(r.Certificate.PublicKey, r.PSS) }

// signerInfo returns SignerInfo in DER with the card's signature, which must verify with the certificate's key.
func (u *Unsigned) signerInfo(signature []byte) ([]byte, error) {
	r := u.request
	err := ades.CheckSignature(r.Certificate.PublicKey, r.scheme(), r.Hash, u.digest, signature)
	if err != nil {
		return nil, fault.Errorf(fault.TokenError, "the token's signature does not verify with the certificate's key: %w", err)
	}
	return signerInfo(r, u.algorithm, u.attributes, signature)
}

// check refuses requests that cannot become a signature which Parse accepts.
func (r *Request) check() (algorithm, error) {
	a, err := r.checkSigner()
	if err != nil {
		return algorithm{}, err
	}
	if len(r.ContentDigest) != r.Hash.Size() {
		return algorithm{}, fmt.Errorf("content digest of %d bytes for %v", len(r.ContentDigest), r.Hash)
	}
	return a, nil
}

// checkSigner is check without the content, for who has yet to read it.
func (r *Request) checkSigner() (algorithm, error) {
	if r.Certificate == nil {
		return algorithm{}, errors.New("request without a certificate")
	}
	_, err := ades.HashFor(r.Certificate.PublicKey)
	if err != nil {
		return algorithm{}, err
	}
	a, ok := algorithmOf(r.Hash)
	if !ok {
		return algorithm{}, fmt.Errorf("hash %v is not supported", r.Hash)
	}
	if len(r.Chain) >= maxCertificates {
		return algorithm{}, fmt.Errorf("chain of %d certificates is over the limit of %d", len(r.Chain), maxCertificates-1)
	}
	return a, nil
}

// signedData writes ContentInfo with SignedData (RFC 5652, 3 and 5.1), without the content. All versions are 1: id-data, X.509
// certificates only, and the signer named by issuer and serial number.
func signedData(r Request, a algorithm, signerInfo []byte) ([]byte, error) {
	before, after, err := aroundContent(r, a, signerInfo)
	if err != nil {
		return nil, err
	}
	return withoutContent(before, after)
}

// aroundContent writes what SignedData has before encapContentInfo, and after it.
func aroundContent(r Request, a algorithm, signerInfo []byte) (before, after []byte, err error) {
	var head, tail cryptobyte.Builder
	head.AddASN1Int64(1)
	head.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { addDigestAlgorithm(b, a) })
	tail.AddASN1(tagExplicit, func(b *cryptobyte.Builder) { b.AddBytes(bytes.Join(certificateSet(r), nil)) })
	tail.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(signerInfo) })
	if before, err = head.Bytes(); err != nil {
		return nil, nil, err
	}
	after, err = tail.Bytes()
	return before, after, err
}

// tagExplicit is [0], constructed: SignedData in ContentInfo, eContent in encapContentInfo, and the certificates.
const tagExplicit = cbasn1.Tag(0xa0)

// withoutContent writes ContentInfo with a SignedData whose content is elsewhere.
func withoutContent(before, after []byte) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oidSignedData)
		b.AddASN1(tagExplicit, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddBytes(before)
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidData) })
				b.AddBytes(after)
			})
		})
	})
	return b.Bytes()
}

// certificateSet returns the encodings of the certificates to embed, each once, in the order that DER
// wants of a SET OF (X.690, 11.6).
func certificateSet(r Request) [][]byte {
	set := [][]byte{r.Certificate.Raw}
	for _, c := range r.Chain {
		set = append(set, c.Raw)
	}
	slices.SortFunc(set, bytes.Compare)
	return slices.CompactFunc(set, bytes.Equal)
}

// signerInfo writes SignerInfo (RFC 5652, 5.3). attributes is the DER SET OF that was signed; inside
// SignerInfo it is tagged [0] IMPLICIT.
func signerInfo(r Request, a algorithm, attributes, signature []byte) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(r.Certificate.RawIssuer)
			b.AddASN1BigInt(r.Certificate.SerialNumber)
		})
		addDigestAlgorithm(b, a)
		b.AddBytes(append([]byte{tagSignedAttributes}, attributes[1:]...))
		addSignatureAlgorithm(b, a, r.scheme())
		b.AddASN1OctetString(signature)
	})
	return b.Bytes()
}

// x509Algorithm names the combination of scheme and hash.
func (a algorithm) x509Algorithm(how ades.Scheme) x509.SignatureAlgorithm {
	switch how {
	case ades.PKCS1:
		return a.rsa
	case ades.PSS:
		return a.pss
	}
	return a.ecdsa
}
