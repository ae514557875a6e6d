package pki_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// nameOf writes a name of a country and a common name, whose value has the given tag.
func nameOf(t testing.TB, tag byte, common string) []byte {
	rdn := func(id asn1.ObjectIdentifier, value []byte) []byte {
		return tlv(0x31, tlv(0x30, append(marshal(t, id), value...)))
	}
	return tlv(0x30, append(rdn(asn1.ObjectIdentifier{2, 5, 4, 6}, tlv(0x13, []byte("TR"))), rdn(asn1.ObjectIdentifier{2, 5, 4, 3}, tlv(tag, []byte(common)))...))
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	der, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestSameName(t *testing.T) {
	plain := nameOf(t, 0x13, "Alt Kok")
	for name, other := range map[string][]byte{
		"the same":        plain,
		"UTF8String":      nameOf(t, 0x0c, "Alt Kok"),
		"another case":    nameOf(t, 0x13, "ALT KOK"),
		"spaces":          nameOf(t, 0x0c, " Alt   Kok "),
		"BMPString":       nameOf(t, 0x1e, "\x00A\x00l\x00t\x00 \x00K\x00o\x00k"),
		"UniversalString": nameOf(t, 0x1c, "\x00\x00\x00A\x00\x00\x00l\x00\x00\x00t\x00\x00\x00 \x00\x00\x00K\x00\x00\x00o\x00\x00\x00k"),
		"TeletexString":   nameOf(t, 0x14, "Alt Kok"),
	} {
		if !pki.SameName(plain, other) || !pki.SameName(other, plain) {
			t.Errorf("%s: another name", name)
		}
	}
	for name, pair := range map[string][2][]byte{
		"another word":               {plain, nameOf(t, 0x13, "Alt Kokk")},
		"no space":                   {plain, nameOf(t, 0x13, "AltKok")},
		"a part of it":               {plain, tlv(0x30, plain[2:15])},
		"empty":                      {{0x30, 0}, {0x30, 0}},
		"not a name":                 {{5, 0}, {5, 0}},
		"bytes that are no text":     {nameOf(t, 0x0c, "a\xff"), nameOf(t, 0x13, "a\xff")},
		"a tab":                      {nameOf(t, 0x13, "a b"), nameOf(t, 0x13, "a\tb")},
		"UTF-8 in a PrintableString": {nameOf(t, 0x0c, "Kök"), nameOf(t, 0x13, "Kök")},
		"a type of no string":        {nameOf(t, 0xc1, "a"), nameOf(t, 0xc1, "a")},
		"half a letter":              {nameOf(t, 0x1e, "a"), nameOf(t, 0x13, "a")},
		"Turkish letters in another": {nameOf(t, 0x0c, "KÖK"), nameOf(t, 0x0c, "kök")},
		"a plus sign in a value":     {nameOf(t, 0x13, "a"), nameOf(t, 0x13, "a+")},
	} {
		if pki.SameName(pair[0], pair[1]) {
			t.Errorf("%s: the same name", name)
		}
	}
}

// TestPathByName has leaves whose issuer is written otherwise than the subject of the CA.
func TestPathByName(t *testing.T) {
	root := pkitest.Root(t, "Kok")
	sub := root.Sub(t, "Alt Kok")
	leaf := func(issuer []byte, signer crypto.Signer) *x509.Certificate {
		plain := sub.Issue(t, pkitest.Key(t, "P-256 leaf").Public())
		return resign(t, plain, signer, bytes.Replace(plain.RawTBSCertificate, plain.RawIssuer, issuer, 1))
	}
	for name, issuer := range map[string][]byte{
		"UTF8String":    nameOf(t, 0x0c, "Alt Kok"),
		"another case":  nameOf(t, 0x13, "ALT KOK"),
		"TeletexString": nameOf(t, 0x14, "Alt Kok"),
	} {
		t.Run(name, func(t *testing.T) {
			h := hierarchy{leaf(issuer, sub.Key), []*x509.Certificate{sub.Certificate}, []*x509.Certificate{root.Certificate}}
			_, err := pki.Path(h.leaf, h.intermediates, h.anchors, time.Now())
			wantCode(t, err, "")
			opensslVerifies(t, h)
		})
	}
	namesake := leaf(nameOf(t, 0x0c, "ALT KOK"), pkitest.Key(t, "P-384 namesake"))
	_, err := pki.Path(namesake, []*x509.Certificate{sub.Certificate}, []*x509.Certificate{root.Certificate}, time.Now())
	wantCode(t, err, fault.CertificateUntrusted)
}

// resign signs another TBSCertificate of the same length as c's with a key on P-384.
func resign(t testing.TB, c *x509.Certificate, key crypto.Signer, tbs []byte) *x509.Certificate {
	t.Helper()
	var whole struct{ TBS, Algorithm, Signature asn1.RawValue }
	if _, err := asn1.Unmarshal(c.Raw, &whole); err != nil {
		t.Fatal(err)
	}
	h := crypto.SHA384.New()
	h.Write(tbs)
	signature, err := key.Sign(rand.Reader, h.Sum(nil), crypto.SHA384)
	if err != nil {
		t.Fatal(err)
	}
	whole.TBS = asn1.RawValue{FullBytes: tbs}
	whole.Signature = asn1.RawValue{FullBytes: marshal(t, asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)})}
	out, err := pki.ParseX509(marshal(t, whole))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
