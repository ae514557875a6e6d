package pki_test

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// Elements of a certificate, for Rewrite.
const (
	serialElement  = 1
	subjectElement = 5
	keyElement     = 6
)

func der(t testing.TB, v any) []byte {
	t.Helper()
	out, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// element replaces one element of a certificate.
func element(n int, by func(old []byte) []byte) func(int, []byte) []byte {
	return func(i int, old []byte) []byte {
		if i != n {
			return old
		}
		return by(old)
	}
}

// names is an extension of alternative names, each in DER.
func names(t testing.TB, names ...[]byte) []byte {
	return pkitest.TLV(t, 0x30, der(t, asn1.ObjectIdentifier{2, 5, 29, 17}), pkitest.TLV(t, 0x04, pkitest.TLV(t, 0x30, names...)))
}

func criticalNames(t testing.TB, names ...[]byte) []byte {
	return pkitest.TLV(t, 0x30, der(t, asn1.ObjectIdentifier{2, 5, 29, 17}), der(t, true), pkitest.TLV(t, 0x04, pkitest.TLV(t, 0x30, names...)))
}

func mail(t testing.TB, text string) []byte { return pkitest.TLV(t, 0x81, []byte(text)) }

// subject has a common name and a serial number in strings of the given types.
func subject(t testing.TB, nameTag byte, name string, numberTag byte, number string) func(int, []byte) []byte {
	attribute := func(n int, tag byte, value string) []byte {
		return pkitest.TLV(t, 0x31, pkitest.TLV(t, 0x30, der(t, asn1.ObjectIdentifier{2, 5, 4, n}), pkitest.TLV(t, tag, []byte(value))))
	}
	return element(subjectElement, func([]byte) []byte {
		return pkitest.TLV(t, 0x30, attribute(3, nameTag, name), attribute(5, numberTag, number))
	})
}

// key has an elliptic curve by its parameters.
func key(t testing.TB, parameters []byte) func(int, []byte) []byte {
	point := append([]byte{0, 4}, bytes.Repeat([]byte{1}, 64)...)
	return element(keyElement, func([]byte) []byte {
		return pkitest.TLV(t, 0x30, pkitest.TLV(t, 0x30, der(t, asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}), parameters), pkitest.TLV(t, 0x03, point))
	})
}

// Types of strings.
const ia5, printable = 0x16, 0x13

// Certificates that OpenSSL reads and x509 does not, for what nothing depends on. They are read, and lead to their anchor,
// as what they are.
func TestReadsWhatOthersRead(t *testing.T) {
	root := pkitest.Root(t, "Kök")
	sub := root.Sub(t, "Alt Kök")
	for _, test := range []struct {
		name   string
		change func(int, []byte) []byte
		holder string
	}{
		{"rfc822Name in UTF-8", pkitest.Extended(t, names(t, mail(t, "ayşe@ornek.test"))), "Ayşe Yılmaz"},
		{"URI in UTF-8", pkitest.Extended(t, names(t, pkitest.TLV(t, 0x86, []byte("http://örnek.test/")))), "Ayşe Yılmaz"},
		{"malformed URI", pkitest.Extended(t, names(t, pkitest.TLV(t, 0x86, []byte("http://a b:%/")))), "Ayşe Yılmaz"},
		{"dNSName in UTF-8", pkitest.Extended(t, names(t, pkitest.TLV(t, 0x82, []byte("örnek.test")))), "Ayşe Yılmaz"},
		{"one among others", pkitest.Extended(t, names(t, mail(t, "ayse@ornek.test"), mail(t, "ayşe@ornek.test"))), "Ayşe Yılmaz"},
		{"PrintableString with _", subject(t, printable, "AYSE_YILMAZ", printable, pkitest.Citizen), "AYSE_YILMAZ"},
		{"PrintableString in UTF-8", subject(t, printable, "AYŞE YILMAZ", printable, pkitest.Citizen), "AYŞE YILMAZ"},
		{"PrintableString in ISO 8859-1", subject(t, printable, "JOS\xc9", printable, pkitest.Citizen), "JOSÉ"},
		{"IA5String in UTF-8", subject(t, ia5, "AYŞE YILMAZ", printable, pkitest.Citizen), "AYŞE YILMAZ"},
		{"both", func(i int, old []byte) []byte {
			old = pkitest.Extended(t, names(t, mail(t, "ayşe@ornek.test")))(i, old)
			return subject(t, printable, "AYSE_YILMAZ", printable, pkitest.Citizen)(i, old)
		}, "AYSE_YILMAZ"},
	} {
		t.Run(test.name, func(t *testing.T) {
			raw := sub.Rewrite(t, sub.Issue(t, pkitest.Key(t, "P-256 leaf").Public()), test.change)
			if _, err := x509.ParseCertificate(raw); err == nil {
				t.Fatal("x509 reads it")
			}
			if err := openSSLVerify(t, root.Certificate.Raw, sub.Certificate.Raw, raw); err != nil {
				t.Fatal(err)
			}
			c, err := pki.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			if c.Holder() != test.holder || c.CitizenNumber() != pkitest.Citizen {
				t.Errorf("holder %q, citizen number %q", c.Holder(), c.MaskedCitizenNumber())
			}
			wantCode(t, c.Usable(time.Now()), "")
			_, err = pki.Path(c.Certificate, []*x509.Certificate{sub.Certificate}, []*x509.Certificate{root.Certificate}, time.Now())
			wantCode(t, err, "")
			isItself(t, c.Certificate, raw)
		})
	}
}

// isItself checks that what a certificate is known by, and what is signed of it, are its own bytes.
func isItself(t *testing.T, c *x509.Certificate, raw []byte) {
	t.Helper()
	var whole struct{ TBS, Algorithm, Signature asn1.RawValue }
	if _, err := asn1.Unmarshal(raw, &whole); err != nil {
		t.Fatal(err)
	}
	var elements [][]byte
	for rest := whole.TBS.Bytes; len(rest) > 0; {
		var v asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &v); err != nil {
			t.Fatal(err)
		}
		elements = append(elements, v.FullBytes)
	}
	for name, pair := range map[string][2][]byte{
		"Raw": {c.Raw, raw}, "RawTBSCertificate": {c.RawTBSCertificate, whole.TBS.FullBytes}, "RawIssuer": {c.RawIssuer, elements[3]},
		"RawSubject": {c.RawSubject, elements[5]}, "RawSubjectPublicKeyInfo": {c.RawSubjectPublicKeyInfo, elements[6]},
	} {
		if !bytes.Equal(pair[0], pair[1]) {
			t.Errorf("%s is not the certificate's", name)
		}
	}
	var extensions []pkix.Extension
	if _, err := asn1.UnmarshalWithParams(elements[7], &extensions, "explicit,tag:3"); err != nil {
		t.Fatal(err)
	}
	same := func(a, b pkix.Extension) bool {
		return a.Id.Equal(b.Id) && a.Critical == b.Critical && bytes.Equal(a.Value, b.Value)
	}
	if !slices.EqualFunc(c.Extensions, extensions, same) {
		t.Errorf("extensions %v", c.Extensions)
	}
}

func openSSLVerify(t *testing.T, root, sub, leaf []byte) error {
	t.Helper()
	dir := t.TempDir()
	file := func(name string, raw []byte) string {
		return pkitest.WriteCertificates(t, dir, name, &x509.Certificate{Raw: raw})
	}
	out, err := exec.Command("openssl", "verify", "-CAfile", file("root.pem", root), "-untrusted", file("sub.pem", sub), file("leaf.pem", leaf)).CombinedOutput()
	if err != nil {
		t.Logf("openssl: %s", out)
	}
	return err
}

// What is wrong otherwise stays unreadable, and the reason has no digits of a citizen number.
func TestReadRefuses(t *testing.T) {
	sub := pkitest.Root(t, "Kök")
	bad := mail(t, "ayşe@ornek.test")
	for name, change := range map[string]func(int, []byte) []byte{
		"names twice":              pkitest.Extended(t, names(t, bad), names(t, bad)),
		"names twice, one good":    pkitest.Extended(t, names(t, bad), names(t, mail(t, "a@ornek.test"))),
		"critical names":           pkitest.Extended(t, criticalNames(t, bad)),
		"not UTF-8":                pkitest.Extended(t, names(t, mail(t, "ay\xde"))),
		"address of three bytes":   pkitest.Extended(t, names(t, bad, pkitest.TLV(t, 0x87, []byte{1, 2, 3}))),
		"not names":                pkitest.Extended(t, names(t, bad, []byte{5, 0})),
		"another extension twice":  pkitest.Extended(t, names(t, bad), []byte{0x30, 6, 6, 2, 0x2a, 3, 4, 0}, []byte{0x30, 6, 6, 2, 0x2a, 3, 4, 0}),
		"a citizen number in them": pkitest.Extended(t, criticalNames(t, pkitest.TLV(t, 0x86, []byte("http://"+pkitest.Citizen+"%")))),
		"negative serial number":   element(serialElement, func([]byte) []byte { return []byte{2, 1, 0xfb} }),
		"VisibleString":            subject(t, 0x1a, "AYSE", printable, pkitest.Citizen),
		"P-256 without its point": element(keyElement, func([]byte) []byte {
			curve := der(t, asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7})
			return pkitest.TLV(t, 0x30, pkitest.TLV(t, 0x30, der(t, asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}), curve), pkitest.TLV(t, 0x03, []byte{0, 4, 1}))
		}),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := pki.Parse(sub.Rewrite(t, sub.Issue(t, pkitest.Key(t, "P-256 leaf").Public()), change))
			wantCode(t, err, fault.CertificateMalformed)
			if strings.Contains(err.Error(), pkitest.Citizen) {
				t.Errorf("%v", err)
			}
		})
	}
}

// Names that are not read pass no name constraint, and the signature covers them.
func TestUnreadNamesAreNotTrusted(t *testing.T) {
	constrained := func(c *x509.Certificate) { c.PermittedEmailAddresses = []string{"baska.test"} }
	for name, test := range map[string]struct {
		constraints pkitest.Edit
		change      func(int, []byte) []byte
		want        fault.Code
	}{
		"no constraints":   {func(*x509.Certificate) {}, pkitest.Extended(t, names(t, mail(t, "ayşe@ornek.test"))), ""},
		"mail":             {constrained, pkitest.Extended(t, names(t, mail(t, "ayşe@ornek.test"))), fault.CertificateUntrusted},
		"subject":          {constrained, subject(t, ia5, "ayşe@ornek.test", printable, pkitest.Citizen), fault.CertificateUntrusted},
		"names of no form": {constrained, pkitest.Extended(t, names(t, pkitest.TLV(t, 0x88, []byte{0x2a, 3}))), ""},
	} {
		t.Run(name, func(t *testing.T) {
			root := pkitest.Root(t, "Kök")
			sub := root.Sub(t, "Alt Kök", test.constraints)
			raw := sub.Rewrite(t, sub.Issue(t, pkitest.Key(t, "P-256 leaf").Public()), test.change)
			path := func(raw []byte) error {
				c, err := pki.Parse(raw)
				if err != nil {
					t.Fatal(err)
				}
				_, err = pki.Path(c.Certificate, []*x509.Certificate{sub.Certificate}, []*x509.Certificate{root.Certificate}, time.Now())
				return err
			}
			wantCode(t, path(raw), test.want)
			if got := openSSLVerify(t, root.Certificate.Raw, sub.Certificate.Raw, raw); got == nil && test.want != "" && name == "mail" {
				t.Error("openssl takes it")
			}
			if name == "no constraints" {
				wantCode(t, path(bytes.Replace(raw, []byte("ayşe@"), []byte("ayşa@"), 1)), fault.CertificateUntrusted)
			}
		})
	}
}

// Keys that make no signature here have a name, and are not called unreadable.
func TestKeysThatAreNotSupported(t *testing.T) {
	sub := pkitest.Root(t, "Kök")
	oid := func(n ...int) []byte { return der(t, asn1.ObjectIdentifier(n)) }
	for want, change := range map[string]func(int, []byte) []byte{
		"EC brainpoolP256r1": key(t, oid(1, 3, 36, 3, 3, 2, 8, 1, 1, 7)),
		"EC secp256k1":       key(t, oid(1, 3, 132, 0, 10)),
		"EC OID 1.2.3.4":     key(t, oid(1, 2, 3, 4)),
		"EC":                 key(t, pkitest.TLV(t, 0x30, []byte{2, 1, 1})), // explicit parameters
		"RSASSA-PSS": element(keyElement, func([]byte) []byte {
			return pkitest.TLV(t, 0x30, pkitest.TLV(t, 0x30, oid(1, 2, 840, 113549, 1, 1, 10)), []byte{3, 2, 0, 1})
		}),
		"OID 1.2.3.4": element(keyElement, func([]byte) []byte {
			return pkitest.TLV(t, 0x30, pkitest.TLV(t, 0x30, oid(1, 2, 3, 4)), []byte{3, 2, 0, 1})
		}),
	} {
		t.Run(want, func(t *testing.T) {
			raw := sub.Rewrite(t, sub.Issue(t, pkitest.Key(t, "P-256 leaf").Public()), change)
			c, err := pki.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			if c.Key() != want || c.PublicKey != nil {
				t.Errorf("%s", c.Key())
			}
			wantCode(t, c.Usable(time.Now()), fault.KeyUnsupported)
			isItself(t, c.Certificate, raw)
		})
	}
}
