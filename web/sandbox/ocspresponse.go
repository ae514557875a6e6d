package sandbox

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/asn1"
	"time"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"
)

// ocspStatus is an OCSPResponseStatus (RFC 6960, 4.2.1).
type ocspStatus int64

const (
	ocspSuccessful       ocspStatus = 0
	ocspMalformedRequest ocspStatus = 1
	ocspInternalError    ocspStatus = 2
	ocspTryLaterStatus   ocspStatus = 3
	ocspUnauthorized     ocspStatus = 6
)

var (
	oidOCSPBasic       = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
	oidECDSAWithSHA256 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
)

// responder is a key that signs OCSP responses and its certificate (DER).
type responder struct {
	key         *ecdsa.PrivateKey
	certificate []byte
}

// ocspAnswer is a BasicOCSPResponse before it is signed.
type ocspAnswer struct {
	producedAt time.Time
	singles    []singleResponse
	nonce      []byte // nil for none
}

// singleResponse is the answer for one certificate.
type singleResponse struct {
	certID     []byte // DER
	status     certStatus
	revokedAt  time.Time // when status is certRevoked
	reason     crlReason // likewise
	thisUpdate time.Time
	nextUpdate time.Time
}

// certStatus is the tag of a CertStatus.
type certStatus uint8

const (
	certGood    certStatus = 0
	certRevoked certStatus = 1
	certUnknown certStatus = 2
)

// ocspFailure is a response without an answer.
func ocspFailure(status ocspStatus) []byte {
	var b cryptobyte.Builder
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1Enum(int64(status)) })
	return b.BytesOrPanic()
}

// sign returns the OCSPResponse with the responder's certificate inside.
func (a *ocspAnswer) sign(r *responder) ([]byte, error) {
	data, err := a.responseData(&r.key.PublicKey)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(data)
	signature, err := ecdsa.SignASN1(rand.Reader, r.key, digest[:])
	if err != nil {
		return nil, err
	}
	var basic cryptobyte.Builder
	basic.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(data)
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidECDSAWithSHA256) })
		b.AddASN1BitString(signature)
		b.AddASN1(der.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
			b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(r.certificate) })
		})
	})
	basicDER, err := basic.Bytes()
	if err != nil {
		return nil, err
	}
	var response cryptobyte.Builder
	response.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Enum(int64(ocspSuccessful))
		b.AddASN1(der.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
			b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidOCSPBasic)
				b.AddASN1OctetString(basicDER)
			})
		})
	})
	return response.Bytes()
}

// responseData is the part that is signed. The responder is named by the SHA-1 of its key, as
// RFC 6960, 4.2.2.3, prescribes.
func (a *ocspAnswer) responseData(public *ecdsa.PublicKey) ([]byte, error) {
	bits, err := keyBits(public)
	if err != nil {
		return nil, err
	}
	keyHash := sha1.Sum(bits)
	var b cryptobyte.Builder
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(der.Tag(2).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
			b.AddASN1OctetString(keyHash[:])
		})
		b.AddASN1GeneralizedTime(a.producedAt)
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
			for _, single := range a.singles {
				single.add(b)
			}
		})
		if a.nonce != nil {
			addNonce(b, a.nonce)
		}
	})
	return b.Bytes()
}

func (s singleResponse) add(b *cryptobyte.Builder) {
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(s.certID)
		tag := der.Tag(s.status).ContextSpecific()
		if s.status == certRevoked {
			b.AddASN1(tag.Constructed(), s.addRevokedInfo)
		} else {
			b.AddASN1(tag, func(*cryptobyte.Builder) {}) // IMPLICIT NULL
		}
		b.AddASN1GeneralizedTime(s.thisUpdate)
		b.AddASN1(der.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
			b.AddASN1GeneralizedTime(s.nextUpdate)
		})
	})
}

// addRevokedInfo adds since when and why it is revoked. What is not specified is left out (RFC 5280, 5.3.1).
func (s singleResponse) addRevokedInfo(b *cryptobyte.Builder) {
	b.AddASN1GeneralizedTime(s.revokedAt)
	if s.reason != reasonUnspecified {
		b.AddASN1(der.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) { b.AddASN1Enum(int64(s.reason)) })
	}
}

// addNonce adds responseExtensions with the nonce (RFC 9654, 2.1).
func addNonce(b *cryptobyte.Builder, nonce []byte) {
	b.AddASN1(der.Tag(1).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidNonce)
				b.AddASN1(der.OCTET_STRING, func(b *cryptobyte.Builder) { b.AddASN1OctetString(nonce) })
			})
		})
	})
}
