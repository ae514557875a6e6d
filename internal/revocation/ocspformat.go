package revocation

import (
	"bytes"
	"crypto"
	"crypto/sha1" // identifies, does not protect: see certID
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
)

// Limits on a response's parts.
const (
	maxResponses    = 16
	maxCertificates = 8
	maxExtensions   = 16
)

var (
	oidSHA1      = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidBasic     = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1} // RFC 6960, 4.2.1
	oidOCSPNonce = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2} // RFC 9654, 2.1

	oidArchiveCutoff = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 6} // RFC 6960, 4.4.4
)

// tagged returns the tag [n], constructed.
func tagged(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific().Constructed() }

// certID names a certificate to the responder (RFC 6960, 4.1.1). The hash of requests is SHA-1: it is the one that every
// responder keeps its index by (RFC 5019, 2.1.1, wants no other), and it only identifies. A collision
// gains nothing, because the answer's signature and the serial number are checked, and issuer here is
// already trusted.
type certID struct {
	hash              crypto.Hash
	nameHash, keyHash []byte
	serial            *big.Int
}

// idHashes are the hashes by which answers to others may name certificates.
var idHashes = map[string]crypto.Hash{
	oidSHA1.String():         crypto.SHA1,
	"2.16.840.1.101.3.4.2.1": crypto.SHA256,
	"2.16.840.1.101.3.4.2.2": crypto.SHA384,
	"2.16.840.1.101.3.4.2.3": crypto.SHA512,
}

func newCertID(hash crypto.Hash, leaf, issuer *x509.Certificate) (*certID, error) {
	key, err := subjectKey(issuer)
	if err != nil {
		return nil, err
	}
	sum := func(data []byte) []byte {
		h := hash.New()
		h.Write(data)
		return h.Sum(nil)
	}
	// The name is the certificate's own issuer field, however it is written (RFC 6960, 4.1.1).
	return &certID{hash: hash, nameHash: sum(leaf.RawIssuer), keyHash: sum(key), serial: leaf.SerialNumber}, nil
}

// subjectKey returns the bits of subjectPublicKey without tag, length and unused-bits octet, which is what
// issuerKeyHash and a responder's KeyHash are made of.
func subjectKey(c *x509.Certificate) ([]byte, error) {
	spki := cryptobyte.String(c.RawSubjectPublicKeyInfo)
	var inner cryptobyte.String
	var key []byte
	if !spki.ReadASN1(&inner, cbasn1.SEQUENCE) || !inner.SkipASN1(cbasn1.SEQUENCE) || !inner.ReadASN1BitStringAsBytes(&key) {
		return nil, errors.New("subjectPublicKeyInfo")
	}
	return key, nil
}

func (id *certID) add(b *cryptobyte.Builder) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oidSHA1)
			b.AddASN1NULL()
		})
		b.AddASN1OctetString(id.nameHash)
		b.AddASN1OctetString(id.keyHash)
		b.AddASN1BigInt(id.serial)
	})
}

// equal compares all of a CertID.
func (id *certID) equal(other *certID) bool {
	return id.hash == other.hash && bytes.Equal(id.nameHash, other.nameHash) && bytes.Equal(id.keyHash, other.keyHash) && id.serial.Cmp(other.serial) == 0
}

// ocspRequest writes OCSPRequest with one certificate and the nonce extension.
func ocspRequest(id *certID, nonce []byte) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { // OCSPRequest
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { // TBSRequest
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { // requestList
				b.AddASN1(cbasn1.SEQUENCE, id.add) // Request
			})
			b.AddASN1(tagged(2), func(b *cryptobyte.Builder) {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { // Extensions
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1ObjectIdentifier(oidOCSPNonce)
						b.AddASN1(cbasn1.OCTET_STRING, func(b *cryptobyte.Builder) { b.AddASN1OctetString(nonce) })
					})
				})
			})
		})
	})
	return b.Bytes()
}

// status is a CertStatus.
type status int

const (
	statusGood status = iota
	statusRevoked
	statusUnknown
)

// singleResponse is one SingleResponse.
type singleResponse struct {
	id                                *certID // nil where its hash is not among idHashes
	status                            status
	revokedAt, thisUpdate, nextUpdate time.Time
	reason                            int       // CRLReason, of a revoked certificate
	archiveCutoff                     time.Time // what expired after it is still answered for; zero: what has not expired
}

// ocspResponse is a BasicOCSPResponse; nothing in it has been verified.
type ocspResponse struct {
	responderName, responderKey []byte // one of the two
	producedAt                  time.Time
	responses                   []*singleResponse
	nonce                       []byte
	signedData                  []byte
	algorithm                   x509.SignatureAlgorithm
	signature                   []byte
	certificates                []*x509.Certificate
}

// isFrom reports whether c is the certificate that the response's ResponderID names.
func (r *ocspResponse) isFrom(c *x509.Certificate) bool {
	if r.responderName != nil {
		return pki.SameName(r.responderName, c.RawSubject)
	}
	key, err := subjectKey(c)
	hash := sha1.Sum(key)
	return err == nil && bytes.Equal(r.responderKey, hash[:])
}

// about returns the one statement on the certificate that all of ids name.
func (r *ocspResponse) about(ids ...*certID) (*singleResponse, error) {
	var found *singleResponse
	for _, single := range r.responses {
		if single.id == nil || !slices.ContainsFunc(ids, single.id.equal) {
			continue
		}
		if found != nil {
			return nil, invalid("OCSP answer has two statements on the certificate")
		}
		found = single
	}
	if found == nil {
		return nil, invalid("OCSP answer: %w", ErrOfAnother)
	}
	return found, nil
}

// parseOCSP reads OCSPResponse (RFC 6960, 4.2.1) from strict DER. A responder that says it cannot answer (internalError,
// tryLater, sigRequired, unauthorized) is unavailable; every other refusal is an invalid answer.
func parseOCSP(der []byte) (*ocspResponse, error) {
	input := cryptobyte.String(der)
	var response, explicit, responseBytes, octets cryptobyte.String
	var code int
	if !input.ReadASN1(&response, cbasn1.SEQUENCE) || !input.Empty() || !response.ReadASN1Enum(&code) {
		return nil, invalid("not an OCSP response in DER")
	}
	switch code {
	case 0:
	case 2, 3, 5, 6:
		return nil, fault.Errorf(fault.RevocationUnavailable, "OCSP responder answers with status %d", code)
	default:
		return nil, invalid("OCSP responder refuses with status %d", code)
	}
	var kind asn1.ObjectIdentifier
	if !response.ReadASN1(&explicit, tagged(0)) || !response.Empty() ||
		!explicit.ReadASN1(&responseBytes, cbasn1.SEQUENCE) || !explicit.Empty() ||
		!responseBytes.ReadASN1ObjectIdentifier(&kind) || !kind.Equal(oidBasic) ||
		!responseBytes.ReadASN1(&octets, cbasn1.OCTET_STRING) || !responseBytes.Empty() {
		return nil, invalid("not a basic OCSP response")
	}
	return readBasic(octets)
}
