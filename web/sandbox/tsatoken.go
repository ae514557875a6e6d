package sandbox

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidSigningCertV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
)

// tsaInfo is a TSTInfo (RFC 3161, 2.4.2).
type tsaInfo struct {
	policy  asn1.ObjectIdentifier
	imprint []byte // MessageImprint in DER
	time    time.Time
	nonce   *big.Int // nil for none
}

// tsaAccuracy is how far the authority's clock may be from the right one, in seconds.
const tsaAccuracy = 1

func (i *tsaInfo) der() ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1ObjectIdentifier(i.policy)
		b.AddBytes(i.imprint)
		b.AddASN1BigInt(newSerial())
		b.AddASN1(der.GeneralizedTime, func(b *cryptobyte.Builder) {
			b.AddBytes([]byte(i.time.UTC().Format("20060102150405.999Z"))) // which leaves out zeros at the end
		})
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1Int64(tsaAccuracy) })
		if i.nonce != nil {
			b.AddASN1BigInt(i.nonce)
		}
	})
	return b.Bytes()
}

// stamper is a key that signs time stamps and its certificate.
type stamper struct {
	key           *ecdsa.PrivateKey
	certificate   []byte // DER
	issuer        []byte // Name, DER
	serial        *big.Int
	intermediates [][]byte // DER
}

// sign returns the token over a TSTInfo, with the certificates inside where they are wanted.
func (s *stamper) sign(info []byte, at time.Time, withCertificates bool) ([]byte, error) {
	attributes, err := s.attributes(info, at)
	if err != nil {
		return nil, err
	}
	var set cryptobyte.Builder
	set.AddASN1(der.SET, func(b *cryptobyte.Builder) { b.AddBytes(bytes.Join(attributes, nil)) })
	signed, err := set.Bytes()
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(signed)
	value, err := ecdsa.SignASN1(rand.Reader, s.key, digest[:])
	if err != nil {
		return nil, err
	}
	algorithm := func(oid asn1.ObjectIdentifier) func(*cryptobyte.Builder) {
		return func(b *cryptobyte.Builder) {
			b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oid) })
		}
	}
	context := func(n uint8) der.Tag { return der.Tag(n).ContextSpecific().Constructed() }
	var b cryptobyte.Builder
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) { // ContentInfo
		b.AddASN1ObjectIdentifier(oidSignedData)
		b.AddASN1(context(0), func(b *cryptobyte.Builder) {
			b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) { // SignedData
				b.AddASN1Int64(3)
				b.AddASN1(der.SET, algorithm(oidSHA256))
				b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(oidTSTInfo)
					b.AddASN1(context(0), func(b *cryptobyte.Builder) { b.AddASN1OctetString(info) })
				})
				if withCertificates {
					all := slices.SortedFunc(slices.Values(append([][]byte{s.certificate}, s.intermediates...)), bytes.Compare)
					b.AddASN1(context(0), func(b *cryptobyte.Builder) { b.AddBytes(bytes.Join(all, nil)) })
				}
				b.AddASN1(der.SET, func(b *cryptobyte.Builder) {
					b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) { // SignerInfo
						b.AddASN1Int64(1)
						b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
							b.AddBytes(s.issuer)
							b.AddASN1BigInt(s.serial)
						})
						algorithm(oidSHA256)(b)
						b.AddASN1(context(0), func(b *cryptobyte.Builder) { b.AddBytes(bytes.Join(attributes, nil)) })
						algorithm(oidECDSAWithSHA256)(b)
						b.AddASN1OctetString(value)
					})
				})
			})
		})
	})
	return b.Bytes()
}

// attributes are the signed attributes in the order of DER.
func (s *stamper) attributes(info []byte, at time.Time) ([][]byte, error) {
	digest, certificate := sha256.Sum256(info), sha256.Sum256(s.certificate)
	var all [][]byte
	for _, attribute := range []struct {
		oid   asn1.ObjectIdentifier
		value func(*cryptobyte.Builder)
	}{
		{oidContentType, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidTSTInfo) }},
		{oidMessageDigest, func(b *cryptobyte.Builder) { b.AddASN1OctetString(digest[:]) }},
		{oidSigningTime, func(b *cryptobyte.Builder) { b.AddASN1UTCTime(at.UTC()) }},
		{oidSigningCertV2, func(b *cryptobyte.Builder) { // by SHA-256, which DER leaves out (RFC 5035, 4)
			b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1OctetString(certificate[:]) })
				})
			})
		}},
	} {
		var b cryptobyte.Builder
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(attribute.oid)
			b.AddASN1(der.SET, attribute.value)
		})
		encoded, err := b.Bytes()
		if err != nil {
			return nil, err
		}
		all = append(all, encoded)
	}
	slices.SortFunc(all, bytes.Compare)
	return all, nil
}
