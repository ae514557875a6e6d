package cades_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

const (
	ok           = fault.Code("")
	malformed    = fault.SignatureMalformed
	badValue     = fault.SignatureInvalid
	attributes   = fault.SignatureAttributes
	badAlgorithm = fault.SignatureAlgorithm
)

// verify parses and verifies over content.
func verify(der []byte) error {
	s, err := cades.Parse(der)
	if err != nil {
		return err
	}
	return s.Verify(content)
}

func wantCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	if want == ok {
		if err != nil {
			t.Fatalf("got %v, want no error", err)
		}
		return
	}
	if err == nil {
		t.Fatalf("accepted, want %s", want)
	}
	if got := fault.CodeOf(err); got != want {
		t.Fatalf("got %v, want %s", err, want)
	}
}

// mutation is one change to a good signature and what comes of it.
type mutation struct {
	name   string
	change func(f *forgery)
	want   fault.Code
}

func runMutations(t *testing.T, mutations []mutation) {
	for _, m := range mutations {
		t.Run(m.name, func(t *testing.T) {
			f := newForgery(newPerson(t, "P-256"))
			m.change(f)
			wantCode(t, verify(f.der(t)), m.want)
		})
	}
}

func TestSignedAttributes(t *testing.T) {
	put := func(name string, der []byte) func(*forgery) {
		return func(f *forgery) { f.attributes[name] = der }
	}
	at := func(tag byte, text string) func(*forgery) {
		return put("signing-time", attribute(attrTime, tlv(tag, []byte(text))))
	}
	mutations := []mutation{
		{"untouched", func(f *forgery) {}, ok},
		{"none at all", func(f *forgery) { f.noAttributes = true }, attributes},
		{"empty set", func(f *forgery) { f.attributes = nil }, attributes},
		{"not in DER order", func(f *forgery) { f.order = func(e [][]byte) { slices.Reverse(e) } }, attributes},
		{"attribute without set", func(f *forgery) { f.more = [][]byte{sequence(attrHints)} }, malformed},
		{"attribute with a tail", func(f *forgery) { f.more = [][]byte{sequence(attrHints, set(null), null)} }, malformed},
		{"attribute that is no sequence", func(f *forgery) { f.more = [][]byte{octets([]byte("x"))} }, malformed},
		{"33 attributes", func(f *forgery) {
			for i := range 29 {
				f.more = append(f.more, attribute(oid(1, 2, 3, i), null))
			}
		}, malformed},
		{"policy", func(f *forgery) { f.more = [][]byte{attribute(attrPolicy, sequence(oidData))} }, attributes},
		{"signing-certificate of SHA-1 beside", func(f *forgery) { f.more = [][]byte{attribute(attrCertificateV1, sequence(sequence()))} }, attributes},

		{"content-type of something else", put("content-type", attribute(attrContentType, oid(1, 2, 840, 113549, 1, 7, 2))), attributes},
		{"content-type with a tail", put("content-type", attribute(attrContentType, tlv(0x30, oidData))), attributes},
		{"message-digest short", put("message-digest", attribute(attrDigest, octets(make([]byte, 31)))), attributes},
		{"message-digest long", put("message-digest", attribute(attrDigest, octets(make([]byte, 48)))), attributes},
		{"message-digest of other content", put("message-digest", attribute(attrDigest, octets(make([]byte, 32)))), badValue},
		{"message-digest twice, right and wrong", func(f *forgery) {
			f.more = [][]byte{attribute(attrDigest, octets(make([]byte, 32))), attribute(attrDigest, octets(bytes.Repeat([]byte{0xff}, 32)))}
		}, attributes},
		{"signing-time twice, both right", func(f *forgery) {
			f.more = [][]byte{attribute(attrTime, tlv(0x17, []byte("260102030405Z")))}
		}, attributes},
		{"message-digest constructed", put("message-digest", attribute(attrDigest, tlv(0x24, octets(make([]byte, 32))))), malformed},

		{"GeneralizedTime in 2050", at(0x18, "20500101000000Z"), ok},
		{"GeneralizedTime before 2050", at(0x18, "20491231235959Z"), attributes},
		{"UTCTime without seconds", at(0x17, "2601020304Z"), attributes},
		{"UTCTime with offset", at(0x17, "260102030405+0300"), attributes},
		{"UTCTime with fraction", at(0x17, "260102030405.5Z"), attributes},
		{"GeneralizedTime with fraction", at(0x18, "20500101000000.5Z"), attributes},
		{"month 13", at(0x17, "261302030405Z"), attributes},
		{"time as text", at(0x0c, "260102030405Z"), attributes},
		{"time empty", at(0x17, ""), attributes},
	}
	for _, name := range []string{"content-type", "message-digest", "signing-time", "signing-certificate-v2"} {
		mutations = append(mutations,
			mutation{name + " missing", func(f *forgery) { delete(f.attributes, name) }, attributes},
			mutation{name + " twice, the same", func(f *forgery) { f.more = [][]byte{f.attributes[name]} }, attributes},
			mutation{name + " twice, different", func(f *forgery) { f.more = [][]byte{addValue(f.attributes[name], null)} }, attributes},
			mutation{name + " with two values", func(f *forgery) { f.attributes[name] = addValue(f.attributes[name], null) }, attributes},
			mutation{name + " without value", func(f *forgery) { f.attributes[name] = sequence(firstOID(f.attributes[name]), set()) }, attributes},
			mutation{name + " null", func(f *forgery) { f.attributes[name] = attribute(firstOID(f.attributes[name]), null) }, attributes},
		)
	}
	runMutations(t, mutations)
}

// firstOID returns the type of an attribute whose length takes one or two bytes.
func firstOID(attribute []byte) []byte {
	i := 2
	if attribute[1] > 0x80 {
		i += int(attribute[1] & 0x7f)
	}
	return attribute[i : i+2+int(attribute[i+1])]
}

// addValue returns the attribute with one more value after the one it has.
func addValue(a, value []byte) []byte {
	id := firstOID(a)
	values := a[bytes.Index(a, id)+len(id):]
	i := 2
	if values[1] > 0x80 {
		i += int(values[1] & 0x7f)
	}
	return attribute(id, values[i:], value)
}

func TestSigningCertificate(t *testing.T) {
	put := func(change func(f *forgery) []byte) func(*forgery) {
		return func(f *forgery) {
			f.attributes["signing-certificate-v2"] = attribute(attrCertificate, change(f))
		}
	}
	id := func(f *forgery) []byte { // ESSCertIDv2 without its SEQUENCE
		return octets(digest(crypto.SHA256, f.p.certificate.Raw))
	}
	runMutations(t, []mutation{
		{"without issuerSerial", put(func(f *forgery) []byte { return sequence(sequence(sequence(id(f)))) }), ok},
		{"SHA-512", put(func(f *forgery) []byte {
			return sequence(sequence(sequence(sequence(oidSHA512), octets(digest(crypto.SHA512, f.p.certificate.Raw)))))
		}), ok},
		{"default hash written out", put(func(f *forgery) []byte { return sequence(sequence(sequence(sequence(oidSHA256), id(f)))) }), attributes},
		{"SHA-1", put(func(f *forgery) []byte {
			return sequence(sequence(sequence(sequence(oidSHA1), octets(digest(crypto.SHA1, f.p.certificate.Raw)))))
		}), badAlgorithm},
		{"hash of another certificate", put(func(f *forgery) []byte {
			return sequence(sequence(sequence(octets(digest(crypto.SHA256, f.p.sub.Certificate.Raw)))))
		}), attributes},
		{"hash truncated", put(func(f *forgery) []byte {
			return sequence(sequence(sequence(octets(digest(crypto.SHA256, f.p.certificate.Raw)[:16]))))
		}), attributes},
		{"another issuer", put(func(f *forgery) []byte {
			return sequence(sequence(sequence(id(f), issuerSerial(f.p.certificate.RawSubject, f.p.certificate.SerialNumber))))
		}), attributes},
		{"another serial number", put(func(f *forgery) []byte {
			return sequence(sequence(sequence(id(f), issuerSerial(f.p.certificate.RawIssuer, big.NewInt(1)))))
		}), attributes},
		{"issuerSerial of garbage", put(func(f *forgery) []byte { return sequence(sequence(sequence(id(f), null))) }), attributes},
		{"tail in ESSCertIDv2", put(func(f *forgery) []byte { return f.signingCertificate(null) }), attributes},
		{"two certificates", put(func(f *forgery) []byte { return sequence(sequence(sequence(id(f)), sequence(id(f)))) }), attributes},
		{"policies", put(func(f *forgery) []byte {
			return sequence(sequence(sequence(id(f))), sequence(sequence(oidData)))
		}), attributes},
		{"no certificates", put(func(f *forgery) []byte { return sequence(sequence()) }), attributes},
	})
}

func TestAlgorithms(t *testing.T) {
	hash := func(h crypto.Hash, id, signature []byte) func(*forgery) {
		return func(f *forgery) {
			f.hash = h
			f.attributes["message-digest"] = attribute(attrDigest, octets(digest(h, content)))
			f.digestAlgorithms, f.digestAlgorithm, f.signatureAlg = sequence(id), sequence(id), sequence(signature)
		}
	}
	runMutations(t, []mutation{
		{"SHA-384", hash(crypto.SHA384, oidSHA384, oidECDSA384), ok},
		{"SHA-1", hash(crypto.SHA1, oidSHA1, oidECDSASHA1), badAlgorithm},
		{"SHA-1 in the signature alone", func(f *forgery) { f.signatureAlg = sequence(oidECDSASHA1) }, badAlgorithm},
		{"SHA-3", func(f *forgery) { f.digestAlgorithms, f.digestAlgorithm = sequence(oidSHA3), sequence(oidSHA3) }, badAlgorithm},
		{"digest parameters NULL", func(f *forgery) {
			f.digestAlgorithms, f.digestAlgorithm = sequence(oidSHA256, null), sequence(oidSHA256, null)
		}, ok},
		{"digest parameters something", func(f *forgery) { f.digestAlgorithm = sequence(oidSHA256, octets(nil)) }, badAlgorithm},
		{"digest algorithms differ", func(f *forgery) { f.digestAlgorithms = sequence(oidSHA384) }, malformed},
		{"two digest algorithms", func(f *forgery) {
			f.digestAlgorithms = append(sequence(oidSHA256), sequence(oidSHA384)...)
		}, malformed},
		{"no digest algorithm", func(f *forgery) { f.digestAlgorithms = nil }, malformed},
		{"signature with another hash", func(f *forgery) { f.signatureAlg = sequence(oidECDSA384) }, badAlgorithm},
		{"ECDSA parameters NULL", func(f *forgery) { f.signatureAlg = sequence(oidECDSA256, null) }, badAlgorithm},
		{"RSA with an EC key", func(f *forgery) { f.signatureAlg = sequence(oidRSA, null) }, badAlgorithm},
		{"PSS", func(f *forgery) { f.signatureAlg = sequence(oidPSS, sequence()) }, badAlgorithm},
		{"algorithm of garbage", func(f *forgery) { f.signatureAlg = sequence(null) }, malformed},
	})
}

func TestRSAIdentifiers(t *testing.T) {
	for _, test := range []struct {
		name string
		alg  []byte
		kind string
		want fault.Code
	}{
		{"rsaEncryption", sequence(oidRSA, null), "RSA-2048", ok},
		{"sha256WithRSAEncryption", sequence(oidSHA256RSA, null), "RSA-2048", ok},
		{"rsaEncryption without NULL", sequence(oidRSA), "RSA-2048", badAlgorithm},
		{"sha256WithRSAEncryption without NULL", sequence(oidSHA256RSA), "RSA-2048", ok},
		{"ECDSA with an RSA key", sequence(oidECDSA256), "RSA-2048", badAlgorithm},
		{"1024 bits", sequence(oidRSA, null), "RSA-1024", badAlgorithm},
		{"weak curve", sequence(oidECDSA256), "P-224", badAlgorithm},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newForgery(newPerson(t, test.kind))
			f.signatureAlg = test.alg
			wantCode(t, verify(f.der(t)), test.want)
		})
	}
}

func TestStructure(t *testing.T) {
	runMutations(t, []mutation{
		{"bytes after it", func(f *forgery) { f.tail = []byte{0} }, malformed},
		{"another content type outside", func(f *forgery) { f.outer = oidData }, malformed},
		{"version 3", func(f *forgery) { f.version = integer(big.NewInt(3)) }, malformed},
		{"version not minimal", func(f *forgery) { f.version = []byte{2, 2, 0, 1} }, malformed},
		{"signer version 3", func(f *forgery) { f.signerVersion = integer(big.NewInt(3)) }, malformed},
		{"content inside", func(f *forgery) { f.encapsulated = append(slices.Clone(oidData), tlv(0xa0, octets(content))...) }, malformed},
		{"content of another type", func(f *forgery) { f.encapsulated = oid(1, 2, 840, 113549, 1, 7, 2) }, malformed},
		{"CRLs", func(f *forgery) { f.crls = tlv(0xa1, sequence()) }, malformed},
		{"something after the signers", func(f *forgery) { f.moreSignedData = null }, malformed},
		{"two signers", func(f *forgery) { f.moreSignerInfos = sequence() }, malformed},
		{"unsigned attributes", func(f *forgery) { f.unsigned = tlv(0xa1, attribute(oidCounter, sequence())) }, attributes},
		{"signer by key identifier", func(f *forgery) { f.signerID = tlv(0x80, []byte("key")) }, malformed},
		{"signer with a tail", func(f *forgery) {
			f.signerID = sequence(f.p.certificate.RawIssuer, integer(f.p.certificate.SerialNumber), null)
		}, malformed},
		{"signer with another serial number", func(f *forgery) {
			f.signerID = sequence(f.p.certificate.RawIssuer, integer(big.NewInt(7)))
		}, malformed},
		{"signer with another issuer", func(f *forgery) {
			f.signerID = sequence(f.p.certificate.RawSubject, integer(f.p.certificate.SerialNumber))
		}, malformed},
		{"signer is the CA", func(f *forgery) {
			c := f.p.sub.Certificate
			f.signerID = sequence(c.RawIssuer, integer(c.SerialNumber))
		}, attributes},
		{"no certificates", func(f *forgery) { f.certificates = nil }, malformed},
		{"empty set of certificates", func(f *forgery) { f.certificates = [][]byte{} }, malformed},
		{"signer's certificate missing", func(f *forgery) { f.certificates = f.certificates[1:] }, malformed},
		{"certificates in another order", func(f *forgery) { slices.Reverse(f.certificates) }, ok},
		{"certificate twice", func(f *forgery) { f.certificates = append(f.certificates, f.certificates[0]) }, malformed},
		{"certificate of garbage", func(f *forgery) { f.certificates = append(f.certificates, sequence()) }, malformed},
		{"attribute certificate", func(f *forgery) { f.certificates = append(f.certificates, tlv(0xa2, sequence())) }, malformed},
		{"certificate of nearly 16 KiB", func(f *forgery) { f.certificates = append(f.certificates, large(t, f.p, 15<<10)) }, ok},
		{"certificate over 16 KiB", func(f *forgery) { f.certificates = append(f.certificates, large(t, f.p, 16<<10)) }, malformed},
		{"nearly 128 KiB", func(f *forgery) {
			f.certificates = append(f.certificates, slices.Repeat([][]byte{large(t, f.p, 15<<10)}, 8)...)
		}, ok},
		{"over 128 KiB", func(f *forgery) {
			f.certificates = append(f.certificates, slices.Repeat([][]byte{large(t, f.p, 15<<10)}, 9)...)
		}, malformed},
		{"17 certificates", func(f *forgery) {
			for range 15 {
				f.certificates = append(f.certificates, f.p.root.Certificate.Raw)
			}
		}, malformed},
		{"another's certificate with the same names", func(f *forgery) {
			other := f.p.sub.Issue(t, pkitest.Key(t, "P-256 other").Public(), func(c *x509.Certificate) { c.SerialNumber = f.p.certificate.SerialNumber })
			f.certificates[0] = other.Raw
		}, attributes},
		{"signature of zeros", func(f *forgery) { f.signature = make([]byte, 70) }, badValue},
		{"empty signature", func(f *forgery) { f.signature = []byte{} }, badValue},
		{"signature with a tail", func(f *forgery) { f.signatureAlg = append(f.signatureAlg, octets(nil)...) }, attributes},
	})
}

// large returns a certificate with an extension of n bytes.
func large(t *testing.T, p *person, n int) []byte {
	return p.sub.Issue(t, p.key.Public(), func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Value: octets(make([]byte, n))}}
	}).Raw
}

func TestRefusesAnotherKeyAndOtherContent(t *testing.T) {
	f := newForgery(newPerson(t, "P-256"))
	f.p.key = pkitest.Key(t, "P-256 other")
	wantCode(t, verify(f.der(t)), badValue)
	s, err := cades.Parse(newPerson(t, "RSA-2048").sign(t, content))
	wantCode(t, err, ok)
	wantCode(t, s.Verify(content), ok)
	wantCode(t, s.Verify(nil), badValue)
	wantCode(t, s.Verify(append(bytes.Clone(content), 0)), badValue)
	wantCode(t, s.Verify(bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))), badValue)
}

// TestVerifiesAttributesAsReceived makes a signature over a correct re-ordering of attributes that stand in
// another order: a reader that encodes them anew would accept it.
func TestVerifiesAttributesAsReceived(t *testing.T) {
	f := newForgery(newPerson(t, "P-256"))
	good := f.der(t)
	wantCode(t, verify(good), ok)
	s := tlv(0xa0, sortedAttributes(f)...)
	i := bytes.Index(good, s)
	reversed := sortedAttributes(f)
	slices.Reverse(reversed)
	bad := slices.Concat(good[:i], tlv(0xa0, reversed...), good[i+len(s):])
	wantCode(t, verify(bad), attributes)
}

func sortedAttributes(f *forgery) [][]byte {
	var out [][]byte
	for _, a := range f.attributes {
		out = append(out, a)
	}
	slices.SortFunc(out, bytes.Compare)
	return out
}

func TestRefusesBER(t *testing.T) {
	p := newPerson(t, "P-256")
	der := p.sign(t, content)
	inner := der[4:] // both lengths of ours take two bytes
	indefinite := slices.Concat([]byte{0x30, 0x80}, inner, []byte{0, 0})
	long := slices.Concat([]byte{0x30, 0x83, 0}, der[2:])
	for name, b := range map[string][]byte{
		"indefinite length": indefinite, "length not minimal": long, "streamed by openssl": opensslSign(t, p, "-cades", "-stream"),
		"empty": nil, "PEM": []byte("-----BEGIN CMS-----\n"), "too large": make([]byte, cades.MaxSignature+1),
	} {
		t.Run(name, func(t *testing.T) { wantCode(t, verify(b), malformed) })
	}
	for i := range der {
		if verify(der[:i]) == nil {
			t.Fatalf("accepted when cut to %d bytes", i)
		}
	}
}

// TestEveryBitCounts flips each bit of a signature without a chain. What may change and still verify is
// nothing at all: every byte is signed, or compared with what is.
func TestEveryBitCounts(t *testing.T) {
	f := newForgery(newPerson(t, "P-256"))
	f.certificates = f.certificates[:1]
	der := f.der(t)
	wantCode(t, verify(der), ok)
	for i := range der {
		for bit := range 8 {
			changed := bytes.Clone(der)
			changed[i] ^= 1 << bit
			if verify(changed) == nil {
				t.Errorf("bit %d of byte %d can be flipped", bit, i)
			}
		}
	}
}

func TestOpenSSLWithoutCAdES(t *testing.T) {
	wantCode(t, verify(opensslSign(t, newPerson(t, "P-256"), "-md", "sha256")), attributes)
	wantCode(t, verify(opensslSign(t, newPerson(t, "P-256"), "-md", "sha256", "-noattr")), attributes)
	wantCode(t, verify(opensslSign(t, newPerson(t, "P-256"), "-cades", "-md", "sha256", "-nodetach")), malformed)
	wantCode(t, verify(opensslSign(t, newPerson(t, "P-256"), "-cades", "-md", "sha256", "-nocerts")), malformed)
	wantCode(t, verify(opensslSign(t, newPerson(t, "P-256"), "-cades", "-md", "sha1")), badAlgorithm)
	wantCode(t, verify(opensslSign(t, newPerson(t, "RSA-2048"), "-cades", "-md", "sha256", "-keyopt", "rsa_padding_mode:pss")), badAlgorithm)
}
