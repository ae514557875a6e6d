package extend

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/revocation"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
)

// maxValues is how many elements of one values attribute are looked at.
const maxValues = 256

// explicit is the tag [n] of a constructed element.
func explicit(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific().Constructed() }

func contentOf(der []byte) formats.Content {
	return formats.Content{Reader: bytes.NewReader(der), Size: int64(len(der))}
}

// build returns what add writes. An error is a mistake of this package, or an element over the limits of DER.
func build(add func(*cryptobyte.Builder)) ([]byte, error) {
	var b cryptobyte.Builder
	add(&b)
	der, err := b.Bytes()
	if err != nil {
		return nil, fault.New(fault.Internal, err)
	}
	return der, nil
}

// hashIndex is the ats-hash-index-v3 of everything that is there (EN 319 122-1, 5.5.2): certificates and revocation data as they stand in the
// SignedData, and each value of each unsigned attribute with its type.
func (e *cadesEditor) hashIndex() ([]byte, error) {
	hash := e.target.Hash
	var attributes [][]byte
	for _, raw := range e.signer().RawUnsigned() {
		a, ok := cms.ReadAttribute(raw)
		if !ok {
			return nil, fault.Errorf(fault.SignatureMalformed, "an unsigned attribute that an archive time stamp cannot cover")
		}
		oid, err := asn1.Marshal(a.Type)
		if err != nil {
			return nil, fault.New(fault.SignatureMalformed, err)
		}
		for _, value := range a.Values {
			attributes = append(attributes, digestOf(hash, oid, value))
		}
	}
	digests := func(all [][]byte) (out [][]byte) {
		for _, raw := range all {
			out = append(out, digestOf(hash, raw))
		}
		return out
	}
	return build(func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addAlgorithm(b, hash)
			for _, list := range [][][]byte{digests(e.signed.RawCertificates()), digests(e.signed.RawRevocations()), attributes} {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					for _, digest := range list {
						b.AddASN1OctetString(digest)
					}
				})
			}
		})
	})
}

// addAlgorithm adds the AlgorithmIdentifier of a hash, without parameters (RFC 5754, 2).
func addAlgorithm(b *cryptobyte.Builder, hash crypto.Hash) {
	oid, err := cms.IdentifierOf(hash)
	if err != nil {
		b.SetError(err)
		return
	}
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oid) })
}

// valuesAttributes are certificate-values and revocation-values (EN 319 122-1, A.1.1.2 and A.1.1.4).
func valuesAttributes(data validation.Data) (certificates, revocations []byte, err error) {
	var answers [][]byte
	for _, der := range data.OCSPs {
		basic, err := cms.BasicOCSPResponse(der)
		if err != nil {
			return nil, nil, err
		}
		answers = append(answers, basic)
	}
	addAll := func(all [][]byte) func(*cryptobyte.Builder) {
		return func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				for _, der := range all {
					b.AddBytes(der)
				}
			})
		}
	}
	var raw [][]byte
	for _, c := range data.Certificates {
		raw = append(raw, c.Raw)
	}
	if certificates, err = build(addAll(raw)); err != nil {
		return nil, nil, err
	}
	revocations, err = build(func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			for tag, list := range [][][]byte{data.CRLs, answers} {
				if len(list) > 0 {
					b.AddASN1(explicit(uint8(tag)), addAll(list))
				}
			}
		})
	})
	return cms.NewAttribute(oidCertificateValues, certificates), cms.NewAttribute(oidRevocationValues, revocations), err
}

// elementsOfRevocationValues are the lists in RevocationValues, and its answers as OCSPResponse.
func elementsOfRevocationValues(der []byte) (all [][]byte) {
	input := cryptobyte.String(der)
	var values cryptobyte.String
	if !input.ReadASN1(&values, cbasn1.SEQUENCE) {
		return nil
	}
	for _, tag := range []cbasn1.Tag{explicit(0), explicit(1)} {
		var field cryptobyte.String
		var present bool
		if !values.ReadOptionalASN1(&field, &present, tag) || !present {
			continue
		}
		list, err := cms.Elements(field, maxValues)
		if err != nil {
			continue
		}
		for _, one := range list {
			if tag == explicit(1) {
				one = cms.OCSPResponse(one)
			}
			all = append(all, one)
		}
	}
	return all
}

// References adds complete-certificate-references and complete-revocation-references (EN 319 122-1, A.1.1.1 and A.1.1.3): the CAs of the
// signer's path in its order, and for the signer and each of them the revocation data on it. The anchor has no revocation data, and
// so an empty entry.
func (e *cadesEditor) References(data validation.Data) error {
	if e.has(oidCompleteCertificates) || e.has(oidCompleteRevocations) {
		return nil
	}
	names := func(c *x509.Certificate) bool { return e.signer().Names(c) }
	i := slices.IndexFunc(e.signed.Certificates, names)
	if i < 0 {
		return fault.Errorf(fault.Unsupported, "references of a signature without its signer's certificate")
	}
	certificates, err := e.certificateReferences(data.Certificates)
	if err != nil {
		return err
	}
	revocations, err := e.revocationReferences(slices.Insert(slices.Clone(data.Certificates), 0, e.signed.Certificates[i]), data)
	if err != nil {
		return err
	}
	return e.grow(cms.Growth{Attributes: []cms.NewUnsigned{
		{DER: cms.NewAttribute(oidCompleteCertificates, certificates)}, {DER: cms.NewAttribute(oidCompleteRevocations, revocations)},
	}})
}

// certificateReferences is CompleteCertificateRefs: of each certificate its digest, issuer and serial number.
func (e *cadesEditor) certificateReferences(path []*x509.Certificate) ([]byte, error) {
	return build(func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			for _, c := range path {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					e.addOtherHash(b, c.Raw)
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
							b.AddASN1(explicit(4), func(b *cryptobyte.Builder) { b.AddBytes(c.RawIssuer) })
						})
						b.AddASN1BigInt(c.SerialNumber)
					})
				})
			}
		})
	})
}

// addOtherHash adds an OtherHash, with its algorithm.
func (e *cadesEditor) addOtherHash(b *cryptobyte.Builder, data []byte) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		addAlgorithm(b, e.target.Hash)
		b.AddASN1OctetString(digestOf(e.target.Hash, data))
	})
}

// revocationReferences is CompleteRevocationRefs: one CrlOcspRef for each certificate of a path.
func (e *cadesEditor) revocationReferences(path []*x509.Certificate, data validation.Data) ([]byte, error) {
	return build(func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			for i, c := range path {
				var lists, answers [][]byte
				if i < len(path)-1 {
					lists, answers = about(c, path[i+1], data)
				}
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					e.addReferences(b, explicit(0), lists, addListID)
					e.addReferences(b, explicit(1), answers, addAnswerID)
				})
			}
		})
	})
}

// about returns the lists and answers that say something of a certificate.
func about(c, issuer *x509.Certificate, data validation.Data) (lists, answers [][]byte) {
	for _, der := range data.CRLs {
		if _, err := revocation.ReadCRL(der, c, issuer); err == nil {
			lists = append(lists, der)
		}
	}
	for _, der := range data.OCSPs {
		if _, err := revocation.ReadOCSP(der, c, issuer); err == nil {
			answers = append(answers, der)
		}
	}
	return lists, answers
}

// addReferences adds CRLListID or OcspListID: digest and name of each, a list's digest before its name, an answer's behind it.
func (e *cadesEditor) addReferences(b *cryptobyte.Builder, tag cbasn1.Tag, all [][]byte, addID func(*cryptobyte.Builder, []byte)) {
	if len(all) == 0 {
		return
	}
	b.AddASN1(tag, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				for _, der := range all {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
						if tag == explicit(0) {
							e.addOtherHash(b, der)
							addID(b, der)
							return
						}
						basic, err := cms.BasicOCSPResponse(der)
						if err != nil {
							b.SetError(err)
							return
						}
						addID(b, basic)
						e.addOtherHash(b, basic) // of what stands in revocation-values
					})
				}
			})
		})
	})
}

// addListID adds CrlIdentifier: issuer, thisUpdate, number. It is optional, and left out for a list that x509 does not read.
func addListID(b *cryptobyte.Builder, der []byte) {
	list, err := x509.ParseRevocationList(der)
	if err != nil || list.ThisUpdate.Year() >= 2050 { // UTCTime ends there
		return
	}
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(list.RawIssuer)
		b.AddASN1UTCTime(list.ThisUpdate)
		if list.Number != nil {
			b.AddASN1BigInt(list.Number)
		}
	})
}

// addAnswerID adds OcspIdentifier: responderID and producedAt, as they stand in ResponseData (RFC 6960, 4.2.1).
func addAnswerID(b *cryptobyte.Builder, basic []byte) {
	input := cryptobyte.String(basic)
	var response, data, responder, producedAt cryptobyte.String
	var tag cbasn1.Tag
	if !input.ReadASN1(&response, cbasn1.SEQUENCE) || !response.ReadASN1(&data, cbasn1.SEQUENCE) ||
		!data.SkipOptionalASN1(explicit(0)) || !data.ReadAnyASN1Element(&responder, &tag) ||
		!data.ReadASN1Element(&producedAt, cbasn1.GeneralizedTime) {
		b.SetError(fault.Errorf(fault.RevocationInvalid, "OCSP response without responder or time"))
		return
	}
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(responder)
		b.AddBytes(producedAt)
	})
}
