package sandbox_test

import (
	"regexp"
	"strings"
	"testing"
)

const sentence = "Bu sertifika, 5070 sayılı Elektronik İmza Kanununa göre nitelikli elektronik sertifikadır."

// squeeze makes openssl's layout comparable: one blank for any run of them.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestQualifiedProfile(t *testing.T) {
	w := start(t)
	for key, printed := range map[string]string{
		"RSA-2048": "Public-Key: (2048 bit)",
		"RSA-3072": "Public-Key: (3072 bit)",
		"P-256":    "NIST CURVE: P-256",
		"P-384":    "NIST CURVE: P-384",
	} {
		t.Run(key, func(t *testing.T) {
			certificate := w.issue(newKey(t, key), "valid")
			file := w.file(certificate.Certificate)
			text := squeeze(mustOpenSSL(t, "x509", "-in", file, "-noout", "-text", "-nameopt", "utf8,sep_comma_plus_space,sname"))
			for _, want := range []string{
				printed,
				"Version: 3 (0x2)",
				"Signature Algorithm: ecdsa-with-SHA384",
				"Issuer: C=TR, O=e-Onay Deneme ESHS (gerçek değildir), CN=Deneme ESHS Nitelikli Sertifika Hizmet Sağlayıcısı",
				"Subject: C=TR, serialNumber=10000000146, CN=Ayşe Yılmaz",
				"X509v3 Key Usage: critical Digital Signature, Non Repudiation X509v3",
				"Policy: 2.16.792.1.2.1.1.5.7.1.1 CPS: " + w.url + "/cps User Notice: Explicit Text: ",
				"OCSP - URI:" + w.url + "/ocsp",
				"CA Issuers - URI:" + w.url + "/aia/intermediate.cer",
				"CRL Distribution Points: Full Name: URI:" + w.url + "/crl/intermediate.crl",
			} {
				if !strings.Contains(text, want) {
					t.Errorf("openssl does not print %q in\n%s", want, text)
				}
			}
			for _, no := range []string{"Extended Key Usage", "Subject Alternative Name"} {
				if strings.Contains(text, no) {
					t.Errorf("openssl prints %q", no)
				}
			}
			mustOpenSSL(t, "verify", "-x509_strict", "-CAfile", w.path("anchors.pem"), "-untrusted", w.path("intermediates.pem"), file)
			mustOpenSSL(t, "verify", "-x509_strict", "-CAfile", w.path("chain.pem"), file)
		})
	}
}

// The extensions openssl has no words for are read as ASN.1.
func TestQualifiedStatements(t *testing.T) {
	w := start(t)
	file := w.file(w.issue(newKey(t, "P-384"), "valid").Certificate)
	policies := extension(t, file, "X509v3 Certificate Policies")
	wantInOrder(t, policies, "OBJECT :2.16.792.1.2.1.1.5.7.1.1", "OBJECT :Policy Qualifier CPS", "IA5STRING :"+w.url+"/cps",
		"OBJECT :Policy Qualifier User Notice", "UTF8STRING :"+sentence)
	statements := extension(t, file, "qcStatements")
	wantInOrder(t, statements, "OBJECT :0.4.0.1862.1.1", "OBJECT :2.16.792.1.61.0.1.5070.1.1", "UTF8STRING :"+sentence)
}

// extension returns openssl's reading of an extension's value.
func extension(t *testing.T, file, name string) string {
	t.Helper()
	outer := mustOpenSSL(t, "asn1parse", "-in", file, "-i")
	found := regexp.MustCompile(`OBJECT +:` + name + `\s+(\d+):d=\d+ +hl=\d+ l= *\d+ prim: +OCTET STRING`).FindStringSubmatch(outer)
	if found == nil {
		t.Fatalf("no extension %q in\n%s", name, outer)
	}
	inner := mustOpenSSL(t, "asn1parse", "-in", file, "-strparse", found[1])
	return strings.Join(strings.Fields(inner), " ")
}

func wantInOrder(t *testing.T, text string, wants ...string) {
	t.Helper()
	rest := text
	for _, want := range wants {
		_, after, ok := strings.Cut(rest, want)
		if !ok {
			t.Fatalf("%q is not (in this order) in\n%s", want, text)
		}
		rest = after
	}
}

func TestAuthorityCertificates(t *testing.T) {
	w := start(t)
	root := squeeze(mustOpenSSL(t, "x509", "-in", w.path("anchors.pem"), "-noout", "-text", "-nameopt", "utf8,sep_comma_plus_space,sname"))
	intermediate := squeeze(mustOpenSSL(t, "x509", "-in", w.path("intermediates.pem"), "-noout", "-text", "-nameopt", "utf8,sep_comma_plus_space,sname"))
	for name, text := range map[string]string{"root": root, "intermediate": intermediate} {
		for _, want := range []string{"NIST CURVE: P-384", "Signature Algorithm: ecdsa-with-SHA384",
			"Issuer: C=TR, O=e-Onay Deneme ESHS (gerçek değildir), CN=Deneme ESHS Kök Sertifikası",
			"Basic Constraints: critical CA:TRUE", "Key Usage: critical Certificate Sign, CRL Sign"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: openssl does not print %q in\n%s", name, want, text)
			}
		}
		if strings.Contains(text, "OCSP") {
			t.Errorf("%s: names an OCSP responder", name)
		}
	}
	if want := "CRL Distribution Points: Full Name: URI:" + w.url + "/crl/root.crl"; !strings.Contains(intermediate, want) {
		t.Errorf("intermediate: openssl does not print %q in\n%s", want, intermediate)
	}
	mustOpenSSL(t, "verify", "-x509_strict", "-CAfile", w.path("anchors.pem"), w.path("intermediates.pem"))
}

func TestKinds(t *testing.T) {
	w := start(t)
	const (
		person = "2.16.792.1.61.0.1.5070.1.1"
		seal   = "2.16.792.1.61.0.1.5070.2.1"
		policy = "2.16.792.1.2.1.1.5.7.1.1"
	)
	for _, c := range []struct {
		kind    string
		verdict string // of openssl verify; "" is OK
		has     []string
		lacks   []string
	}{
		{"valid", "", []string{person, policy, "Non Repudiation"}, []string{seal}},
		{"expired", "certificate has expired", []string{person, policy}, nil},
		{"not-yet-valid", "certificate is not yet valid", []string{person, policy}, nil},
		{"not-qualified", "", []string{"Non Repudiation"}, []string{person, policy, "qcStatements", "0.4.0.1862.1.1"}},
		{"no-signing-usage", "", []string{person, policy, "Key Agreement"}, []string{"Digital Signature", "Non Repudiation"}},
		{"untrusted", "certificate signature failure|unable to get local issuer certificate", []string{person, policy}, nil},
		{"other-policy", "", []string{person, "2.16.792.1.2.1.1.5.7.1.99"}, []string{policy + "\n"}},
		{"seal", "", []string{seal, "2.16.792.1.2.1.1.5.7.4.1", "1111111111,"}, []string{person, policy, "10000000146"}},
	} {
		t.Run(c.kind, func(t *testing.T) {
			file := w.file(w.issue(newKey(t, "P-256"), c.kind).Certificate)
			out, err := openssl("verify", "-CAfile", w.path("anchors.pem"), "-untrusted", w.path("intermediates.pem"), file)
			if c.verdict == "" && err != nil || c.verdict != "" && !regexp.MustCompile(c.verdict).MatchString(out) {
				t.Errorf("openssl verify says %q, want %q", out, c.verdict)
			}
			text := mustOpenSSL(t, "x509", "-in", file, "-noout", "-text", "-nameopt", "utf8,sep_comma_plus_space,sname") +
				mustOpenSSL(t, "asn1parse", "-in", file)
			if strings.Contains(text, "qcStatements") {
				text += extension(t, file, "qcStatements")
			}
			for _, want := range c.has {
				if !strings.Contains(text, want) {
					t.Errorf("lacks %q in\n%s", want, text)
				}
			}
			for _, no := range c.lacks {
				if strings.Contains(text, no) {
					t.Errorf("has %q", no)
				}
			}
		})
	}
}

// A certificate of the stranger verifies against its own chain: it is a good one, only not of ours.
func TestUntrustedIsWholeInItself(t *testing.T) {
	w := start(t)
	c := w.issue(newKey(t, "P-256"), "untrusted")
	mustOpenSSL(t, "verify", "-x509_strict", "-CAfile", w.file(c.Chain[1]), "-untrusted", w.file(c.Chain[0]), w.file(c.Certificate))
}
