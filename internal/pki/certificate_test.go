package pki_test

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

func parse(t *testing.T, c *x509.Certificate) *pki.Certificate {
	t.Helper()
	out, err := pki.Parse(c.Raw)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func wantCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Fatalf("got %v, want no error", err)
		}
		return
	}
	if err == nil {
		t.Fatalf("got no error, want %s", want)
	}
	if got := fault.CodeOf(err); got != want {
		t.Fatalf("got %v, want %s", err, want)
	}
}

func TestParseReadsTheProfile(t *testing.T) {
	ca := pkitest.Root(t, "Deneme Kök SHS")
	c := parse(t, ca.Issue(t, pkitest.Key(t, "P-384").Public()))
	if got := c.Holder(); got != "Ayşe Yılmaz" {
		t.Errorf("Holder %q", got)
	}
	if got := c.IssuerName(); got != "Deneme Kök SHS" {
		t.Errorf("IssuerName %q", got)
	}
	if c.CitizenNumber() != pkitest.Citizen || c.MaskedCitizenNumber() != "100*****146" {
		t.Errorf("citizen number %q, masked %q", c.CitizenNumber(), c.MaskedCitizenNumber())
	}
	if !c.Qualified() {
		t.Error("not qualified")
	}
	if got := c.Key(); got != "EC P-384" {
		t.Errorf("Key %q", got)
	}
	if len(c.Policies) != 1 || c.Policies[0].String() != pkitest.Policy.String() {
		t.Errorf("Policies %v", c.Policies)
	}
	wantCode(t, c.Usable(time.Now()), "")
}

func TestKeyDescriptions(t *testing.T) {
	ca := pkitest.Root(t, "CA")
	for kind, want := range map[string]string{"RSA-2048": "RSA 2048", "P-256": "EC P-256", "P-521": "EC P-521"} {
		if got := parse(t, ca.Issue(t, pkitest.Key(t, kind).Public())).Key(); got != want {
			t.Errorf("%s: %q", kind, got)
		}
	}
}

func TestCitizenNumber(t *testing.T) {
	ca := pkitest.Root(t, "CA")
	for _, test := range []struct{ serial, number, masked string }{
		{"10000000146", "10000000146", "100*****146"},
		{"11111111110", "11111111110", "111*****110"},
		{"11111111101", "11111111101", "111*****101"}, // fails the checksum, in use all the same
		{"PNOTR-10000000146", "10000000146", "100*****146"},
		{"1000000014", "", ""}, // ten digits: a tax number
		{"PNOTR-1000000014", "", ""},
		{"PNOTR-PNOTR-10000000146", "", ""},
		{"PNOTR10000000146", "", ""},
		{"pnotr-10000000146", "", ""},
		{"PNODE-10000000146", "", ""}, // a number of another country
		{"PASTR-10000000146", "", ""}, // a passport's
		{"IDCTR-10000000146", "", ""},
		{"TINTR-10000000146", "", ""},
		{"100000001466", "", ""},
		{"1000000014x", "", ""},
		{"", "", ""},
	} {
		c := parse(t, ca.Issue(t, pkitest.Key(t, "P-256").Public(), func(c *x509.Certificate) { c.Subject.SerialNumber = test.serial }))
		if c.CitizenNumber() != test.number || c.MaskedCitizenNumber() != test.masked {
			t.Errorf("%q: %q, %q", test.serial, c.CitizenNumber(), c.MaskedCitizenNumber())
		}
	}
	number := func(value string) pkix.AttributeTypeAndValue {
		return pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, 5}, Value: value}
	}
	for name, subject := range map[string]pkix.RDNSequence{
		"another's beside it":      {{number("11111111110")}, {number(pkitest.Citizen)}},
		"twice in one RDN":         {{number(pkitest.Citizen), number(pkitest.Citizen)}},
		"digits of another script": {{number("١٢٣٤٥x")}},
		"a line end after it":      {{number(pkitest.Citizen + "\n")}},
	} {
		issued := ca.Issue(t, pkitest.Key(t, "P-256").Public(), func(c *x509.Certificate) { c.RawSubject = rdns(t, subject) })
		if parse(t, issued).CitizenNumber() != "" {
			t.Errorf("%s: a citizen number", name)
		}
	}
	// Eleven bytes, not eleven digits.
	if got := pki.MaskCitizenNumber("١٢٣٤٥x"); got != "" {
		t.Errorf("other digits: %q", got)
	}
}

func TestUsable(t *testing.T) {
	now := time.Now()
	expired := func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(-2*time.Hour), now.Add(-time.Hour) }
	statements := func(oids ...asn1.ObjectIdentifier) pkitest.Edit {
		return func(c *x509.Certificate) { c.ExtraExtensions = []pkix.Extension{pkitest.Statements(t, oids...)} }
	}
	usage := func(u x509.KeyUsage) pkitest.Edit { return func(c *x509.Certificate) { c.KeyUsage = u } }
	raw := func(value []byte) pkitest.Edit {
		return func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}, Value: value}}
		}
	}
	seal := func(n ...int) pkitest.Edit {
		oid := append(asn1.ObjectIdentifier{2, 16, 792, 1, 61, 0, 1, 5070}, n...)
		return statements(pkitest.QCCompliance, pkitest.QCTurkish, oid)
	}
	all := []pkitest.Edit{expired, usage(x509.KeyUsageDigitalSignature), statements(pkitest.QCCompliance)}
	for _, test := range []struct {
		name  string
		key   string
		edits []pkitest.Edit
		want  fault.Code
	}{
		{"qualified", "P-256", nil, ""},
		{"non-repudiation alone", "RSA-2048", []pkitest.Edit{usage(x509.KeyUsageContentCommitment)}, ""},
		{"number that fails the checksum", "P-256", []pkitest.Edit{func(c *x509.Certificate) { c.Subject.SerialNumber = "11111111101" }}, ""},
		{"expired", "P-256", []pkitest.Edit{expired}, fault.CertificateExpired},
		{"not yet valid", "P-256", []pkitest.Edit{func(c *x509.Certificate) { c.NotBefore = now.Add(time.Hour) }}, fault.CertificateNotYetValid},
		{"digitalSignature alone", "P-256", []pkitest.Edit{usage(x509.KeyUsageDigitalSignature)}, fault.CertificateKeyUsage},
		{"no key usage", "P-256", []pkitest.Edit{usage(0)}, fault.CertificateKeyUsage},
		{"a CA", "P-256", []pkitest.Edit{func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true }}, fault.CertificateKeyUsage},
		{"no QCStatements", "P-256", []pkitest.Edit{func(c *x509.Certificate) { c.ExtraExtensions = nil }}, fault.CertificateNotQualified},
		{"ETSI statement alone", "P-256", []pkitest.Edit{statements(pkitest.QCCompliance)}, fault.CertificateNotQualified},
		{"Turkish statement alone", "P-256", []pkitest.Edit{statements(pkitest.QCTurkish)}, fault.CertificateNotQualified},
		{"seal 1.3 beside them", "P-256", []pkitest.Edit{seal(1, 3)}, fault.CertificateNotQualified},
		{"seal 2.1 beside them", "P-256", []pkitest.Edit{seal(2, 1)}, fault.CertificateNotQualified},
		{"seal 2.2 beside them", "P-256", []pkitest.Edit{seal(2, 2)}, fault.CertificateNotQualified},
		{"another statement beside them", "P-256", []pkitest.Edit{seal(9, 9)}, ""},
		{"QCStatements of garbage", "P-256", []pkitest.Edit{raw([]byte("garbage"))}, fault.CertificateMalformed},
		{"QCStatements with a tail", "P-256", []pkitest.Edit{raw([]byte{0x30, 0, 0})}, fault.CertificateMalformed},
		{"QCStatement without identifier", "P-256", []pkitest.Edit{raw([]byte{0x30, 2, 0x30, 0})}, fault.CertificateMalformed},
		{"too many QCStatements", "P-256", []pkitest.Edit{raw(manyStatements(33))}, fault.CertificateMalformed},
		{"weak RSA", "RSA-1024", nil, fault.KeyUnsupported},
		{"weak curve", "P-224", nil, fault.KeyUnsupported},
		// With several reasons the most useful comes first.
		{"order: expiry before usage", "RSA-1024", all, fault.CertificateExpired},
		{"order: usage before qualification", "RSA-1024", all[1:], fault.CertificateKeyUsage},
		{"order: qualification before key", "RSA-1024", all[2:], fault.CertificateNotQualified},
		{"order: malformed before all", "RSA-1024", []pkitest.Edit{expired, raw([]byte{1})}, fault.CertificateMalformed},
	} {
		t.Run(test.name, func(t *testing.T) {
			ca := pkitest.Root(t, "CA")
			c := parse(t, ca.Issue(t, pkitest.Key(t, test.key).Public(), test.edits...))
			wantCode(t, c.Usable(now), test.want)
			if c.Qualified() && (test.want == fault.CertificateMalformed || test.want == fault.CertificateNotQualified) {
				t.Error("Qualified is true")
			}
		})
	}
}

func manyStatements(n int) []byte {
	one := []byte{0x30, 3, 0x06, 1, 0x2a}
	return append([]byte{0x30, 0x81, byte(n * len(one))}, bytes.Repeat(one, n)...)
}

func TestValidityIncludesItsEnds(t *testing.T) {
	from, until := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC)
	c := parse(t, pkitest.Root(t, "CA").Issue(t, pkitest.Key(t, "P-256").Public(), func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = from, until
	}))
	wantCode(t, c.Usable(from), "")
	wantCode(t, c.Usable(until), "")
	wantCode(t, c.Usable(from.Add(-time.Second)), fault.CertificateNotYetValid)
	wantCode(t, c.Usable(until.Add(time.Second)), fault.CertificateExpired)
	// RFC 5280, 4.1.2.5: without an end.
	c = parse(t, pkitest.Root(t, "CA").Issue(t, pkitest.Key(t, "P-256").Public(), func(c *x509.Certificate) {
		c.NotAfter = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	}))
	wantCode(t, c.Usable(time.Now()), "")
}

func TestParseRefusesWhatCardsHandOut(t *testing.T) {
	c := pkitest.Root(t, "CA").Issue(t, pkitest.Key(t, "P-256").Public())
	for _, test := range []struct {
		name string
		der  []byte
		ok   bool
	}{
		{"the certificate", c.Raw, true},
		{"zero padding", append(bytes.Clone(c.Raw), make([]byte, 500)...), true},
		{"0xff padding", append(bytes.Clone(c.Raw), bytes.Repeat([]byte{0xff}, 500)...), true},
		{"mixed padding", append(bytes.Clone(c.Raw), 0, 0xff), false},
		{"other padding", append(bytes.Clone(c.Raw), 0x20), false},
		{"a second certificate", append(bytes.Clone(c.Raw), c.Raw...), false},
		{"padding over the limit", append(bytes.Clone(c.Raw), make([]byte, pki.MaxCertificate)...), false},
		{"nothing", nil, false},
		{"zeros", make([]byte, 1024), false},
		{"truncated", c.Raw[:len(c.Raw)-1], false},
		{"empty sequence", []byte{0x30, 0}, false},
		{"indefinite length", append([]byte{0x30, 0x80}, append(bytes.Clone(c.Raw[4:]), 0, 0)...), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := pki.Parse(test.der)
			if !test.ok {
				wantCode(t, err, fault.CertificateMalformed)
				return
			}
			wantCode(t, err, "")
			if !bytes.Equal(got.Raw, c.Raw) {
				t.Error("Raw is not the certificate alone")
			}
		})
	}
}

func rdns(t *testing.T, name pkix.RDNSequence) []byte {
	t.Helper()
	der, err := asn1.Marshal(name)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestCrowdedNames has as many attributes as fit, and one more that does not: they cost little, and say nothing.
func TestCrowdedNames(t *testing.T) {
	ca := pkitest.Root(t, "CA")
	crowded := func(n int) []byte {
		var name pkix.RDNSequence
		for range n {
			name = append(name, pkix.RelativeDistinguishedNameSET{{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: "a"}})
		}
		return ca.Issue(t, pkitest.Key(t, "P-256").Public(), func(c *x509.Certificate) { c.RawSubject = rdns(t, name) }).Raw
	}
	c, err := pki.Parse(crowded(1000))
	if err != nil || c.Holder() != "a" || c.CitizenNumber() != "" {
		t.Errorf("1,000 attributes: %v", err)
	}
	_, err = pki.Parse(crowded(10_000))
	wantCode(t, err, fault.CertificateMalformed)
}

func TestNamesAreCleaned(t *testing.T) {
	ca := pkitest.Root(t, "CA")
	for _, test := range []struct{ name, want string }{
		{"Ayşe Yılmaz", "Ayşe Yılmaz"},
		{"İĞÜŞÖÇ ığüşöç", "İĞÜŞÖÇ ığüşöç"},
		{"  two\t\tspaces \n", "two spaces"},
		{"line\u2028end", "line end"},
		{"right\u202Eot tfel", "right ot tfel"},
		{"isolate\u2066x\u2069", "isolate x"},
		{"zero\u200Bwidth\uFEFF", "zero width"},
		{"escape\x1b[31m", "escape [31m"},
		{"null\x00byte", "null byte"},
		{"private\uE000use", "private use"},
		{"Z\u0323\u0302\u0301\u0300\u0308algo", "Z\u0323\u0302algo"},
		{"\u202e\u200f", ""},
		{strings.Repeat("ş", 100), strings.Repeat("ş", 100)},
		{strings.Repeat("ş", 101), strings.Repeat("ş", 99) + "…"},
		{strings.Repeat("\U0001F600", 3000), strings.Repeat("\U0001F600", 99) + "…"},
		{strings.Repeat("ş", 98) + " uzun ad", strings.Repeat("ş", 98) + "…"},
	} {
		issued := ca.Issue(t, pkitest.Key(t, "P-256").Public(), func(c *x509.Certificate) { c.Subject.CommonName = test.name })
		c := parse(t, issued)
		if got := c.Holder(); got != test.want {
			t.Errorf("%.40q: %q, want %q", test.name, got, test.want)
		}
		c.Issuer.CommonName = test.name
		if got := c.IssuerName(); got != test.want {
			t.Errorf("issuer %.40q: %q, want %q", test.name, got, test.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	ca := pkitest.Root(f, "CA")
	f.Add(ca.Certificate.Raw)
	f.Add(ca.Issue(f, pkitest.Key(f, "P-256").Public()).Raw)
	f.Add(append(ca.Certificate.Raw, 0, 0, 0))
	for _, change := range []func(int, []byte) []byte{
		pkitest.Extended(f, pkitest.Mail(f, "ayşe@ornek.test")), subject(f, ia5, "AYŞE", printable, "PNOTR-"+pkitest.Citizen),
		key(f, der(f, asn1.ObjectIdentifier{1, 3, 36, 3, 3, 2, 8, 1, 1, 7})),
	} {
		f.Add(ca.Rewrite(f, ca.Issue(f, pkitest.Key(f, "P-256").Public()), change))
	}
	now := time.Now()
	f.Fuzz(func(t *testing.T, der []byte) {
		c, err := pki.Parse(der)
		if err != nil {
			wantCode(t, err, fault.CertificateMalformed)
			return
		}
		if !bytes.HasPrefix(der, c.Raw) {
			t.Error("Raw is not what was read")
		}
		for _, part := range [][]byte{c.RawTBSCertificate, c.RawIssuer, c.RawSubject, c.RawSubjectPublicKeyInfo, c.Signature} {
			if !bytes.Contains(c.Raw, part) {
				t.Error("a part is not the certificate's own")
			}
		}
		for _, e := range c.Extensions {
			if !bytes.Contains(c.Raw, e.Value) {
				t.Errorf("extension %v is not the certificate's own", e.Id)
			}
		}
		for _, name := range []string{c.Holder(), c.IssuerName()} {
			if !utf8.ValidString(name) || utf8.RuneCountInString(name) > 100 || strings.ContainsAny(name, "\n\x00\u202e") {
				t.Errorf("name %q", name)
			}
		}
		if n := len(c.MaskedCitizenNumber()); n != 0 && n != 11 {
			t.Errorf("masked number of %d bytes", n)
		}
		if key := c.Key(); key == "" || utf8.RuneCountInString(key) > 80 {
			t.Errorf("key %q", key)
		}
		if c.Usable(now) == nil && !c.Qualified() {
			t.Error("usable, but not qualified")
		}
	})
}
