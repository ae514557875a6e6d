package formats_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/e-onay/e-onay/internal/xades"
)

// template is a document that xmlsec1 signs.
type template struct {
	canonicalization, method, digest string
	references                       string // "", or Reference elements with %DIGEST% in them
	document                         string // with %SIGNATURE% in it
	objects                          string
}

const (
	c14n      = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	c14n11    = "http://www.w3.org/2006/12/xml-c14n11"
	excC14n   = "http://www.w3.org/2001/10/xml-exc-c14n#"
	dsig      = "http://www.w3.org/2000/09/xmldsig#"
	more      = "http://www.w3.org/2001/04/xmldsig-more#"
	xmlSHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
	xpath     = "http://www.w3.org/TR/1999/REC-xpath-19991116"
	filter2   = "http://www.w3.org/2002/06/xmldsig-filter2"
	xslt      = "http://www.w3.org/TR/1999/REC-xslt-19991116"
	digested  = `<ds:DigestMethod Algorithm="%DIGEST%"/><ds:DigestValue></ds:DigestValue>`
)

// over writes a Reference with transforms, each an algorithm or a whole element.
func over(uri string, transforms ...string) string {
	var b strings.Builder
	b.WriteString(`<ds:Reference URI="` + uri + `">`)
	if len(transforms) > 0 {
		b.WriteString("<ds:Transforms>")
		for _, t := range transforms {
			if !strings.HasPrefix(t, "<") {
				t = `<ds:Transform Algorithm="` + t + `"/>`
			}
			b.WriteString(t)
		}
		b.WriteString("</ds:Transforms>")
	}
	b.WriteString(digested + "</ds:Reference>")
	return b.String()
}

func expression(algorithm, inner string) string {
	return `<ds:Transform Algorithm="` + algorithm + `">` + inner + `</ds:Transform>`
}

const signedNote = `<not xmlns="urn:x" xmlns:y="urn:y" xml:lang="tr"><metin Id="metin" y:k="1">Olur.<!-- not --></metin>%SIGNATURE%<son/></not>`

// text returns the document with the signature in it.
func (o template) text() string {
	set := func(to *string, value string) {
		if *to == "" {
			*to = value
		}
	}
	set(&o.canonicalization, c14n)
	set(&o.method, more+"rsa-sha256")
	set(&o.digest, xmlSHA256)
	set(&o.document, signedNote)
	signature := `<ds:Signature xmlns:ds="` + dsig + `" Id="s"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="` + o.canonicalization +
		`"/><ds:SignatureMethod Algorithm="` + o.method + `"/>` + o.references +
		`</ds:SignedInfo><ds:SignatureValue></ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate></ds:X509Certificate></ds:X509Data></ds:KeyInfo>` +
		o.objects + `</ds:Signature>`
	return strings.NewReplacer("%DIGEST%", o.digest).Replace(strings.Replace(o.document, "%SIGNATURE%", signature, 1))
}

// xmlsec signs a template with the key of a kind.
func (o template) sign(t *testing.T, dir, kind string) []byte {
	t.Helper()
	key := pkitest.Key(t, kind)
	certificate := pkitest.Root(t, "Deneme").Issue(t, key.Public())
	keyFile := pkitest.WriteKey(t, dir, "key.pem", key)
	certificateFile := pkitest.WriteCertificates(t, dir, "certificate.pem", certificate)
	in, out := filepath.Join(dir, "template.xml"), filepath.Join(dir, "signed.xml")
	if err := os.WriteFile(in, []byte(o.text()), 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command("xmlsec1", "--sign", "--privkey-pem", keyFile+","+certificateFile, "--id-attr:Id", "urn:x:metin",
		"--id-attr:Id", dsig+":Object", "--id-attr:Id", dsig+":Manifest", "--output", out, in).CombinedOutput()
	if err != nil {
		t.Fatalf("xmlsec1: %v %s", err, said)
	}
	signed, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// TestXMLSecSigns reads what xmlsec1 signs, in forms that are none of ours, and refuses it once it was changed. What is not known here is
// INDETERMINATE, though the signature is good.
func TestXMLSecSigns(t *testing.T) {
	const enveloped = dsig + "enveloped-signature"
	const subtract = `<f:XPath xmlns:f="` + filter2 + `" Filter="subtract">`
	for name, test := range map[string]struct {
		template
		kind string
		sub  validation.SubIndication // "" for an intact one
	}{
		"document":                {template{references: over("", enveloped)}, "RSA-2048", ""},
		"version 1.1":             {template{canonicalization: c14n11, references: over("#metin", c14n11+"#WithComments") + over("", enveloped, c14n11)}, "RSA-2048", ""},
		"exclusive":               {template{canonicalization: excC14n + "WithComments", references: over("#metin", excC14n)}, "RSA-2048", ""},
		"prefix list":             {template{references: over("#metin", expression(excC14n, `<e:InclusiveNamespaces xmlns:e="`+excC14n+`" PrefixList="y #default"/>`))}, "RSA-2048", ""},
		"element":                 {template{references: over("#metin")}, "RSA-2048", ""},
		"comments by XPointer":    {template{references: over("#xpointer(id('metin'))", c14n+"#WithComments") + over("#xpointer(/)", enveloped, c14n+"#WithComments")}, "RSA-2048", ""},
		"two canonical forms":     {template{references: over("#metin", excC14n, c14n+"#WithComments", excC14n)}, "RSA-2048", ""},
		"XPath":                   {template{references: over("", expression(xpath, "<ds:XPath> not( ancestor-or-self::ds:Signature )</ds:XPath>"))}, "RSA-2048", ""},
		"XPath of another prefix": {template{references: over("", expression(xpath, `<ds:XPath xmlns:q="`+dsig+`">not(ancestor-or-self::q:Signature)</ds:XPath>`))}, "RSA-2048", ""},
		"XPath like enveloped":    {template{references: over("", expression(xpath, "<ds:XPath>count(ancestor-or-self::ds:Signature | here()/ancestor::ds:Signature[1]) > count(ancestor-or-self::ds:Signature)</ds:XPath>"), excC14n)}, "RSA-2048", ""},
		"XPath Filter 2":          {template{references: over("", expression(filter2, subtract+"/descendant::ds:Signature</f:XPath>"), excC14n)}, "RSA-2048", ""},
		"XPath Filter 2 below":    {template{references: over("", expression(filter2, subtract+"/*/ds:Signature</f:XPath>"))}, "RSA-2048", ""},
		"XPath Filter 2 here":     {template{references: over("", expression(filter2, subtract+"here()/ancestor::ds:Signature[1]</f:XPath>"))}, "RSA-2048", ""},
		"base64":                  {template{document: "%SIGNATURE%", references: over("#o", dsig+"base64"), objects: `<ds:Object Id="o">T2x<!-- x -->1c<b>i4=</b></ds:Object>`}, "RSA-2048", ""},
		"base64 of XML":           {template{document: "%SIGNATURE%", references: over("#o", dsig+"base64", c14n), objects: `<ds:Object Id="o">PGEgYj0nMScvPg==</ds:Object>`}, "RSA-2048", ""},
		"SHA-1":                   {template{method: dsig + "rsa-sha1", digest: dsig + "sha1", references: over("", enveloped)}, "RSA-2048", ""},
		"SHA-224":                 {template{method: more + "rsa-sha224", digest: more + "sha224", references: over("", enveloped)}, "RSA-2048", ""},
		"SHA-384":                 {template{method: more + "rsa-sha384", digest: more + "sha384", references: over("", enveloped)}, "RSA-2048", ""},
		"SHA-512":                 {template{method: more + "rsa-sha512", digest: "http://www.w3.org/2001/04/xmlenc#sha512", references: over("", enveloped)}, "RSA-2048", ""},
		"P-256":                   {template{method: more + "ecdsa-sha256", references: over("", enveloped)}, "P-256 judged", ""},
		"P-384 with SHA-1":        {template{method: more + "ecdsa-sha1", references: over("", enveloped)}, "P-384 judged", ""},
		"MD5":                     {template{digest: more + "md5", references: over("", enveloped)}, "RSA-2048", validation.CryptoConstraintsFailure},
		"RIPEMD-160":              {template{digest: "http://www.w3.org/2001/04/xmlenc#ripemd160", references: over("", enveloped)}, "RSA-2048", validation.CryptoConstraintsFailure},
		"another XPath":           {template{references: over("", enveloped, expression(xpath, "<ds:XPath>not(self::comment())</ds:XPath>"))}, "RSA-2048", validation.SigConstraintsFailure},
		"XPath of a false prefix": {template{references: over("", expression(xpath, `<ds:XPath xmlns:q="urn:q">not(ancestor-or-self::q:Signature) and not(ancestor-or-self::ds:Signature)</ds:XPath>`))},
			"RSA-2048", validation.SigConstraintsFailure},
		"XPath Filter 2 intersect": {template{references: over("", expression(filter2, strings.Replace(subtract, "subtract", "intersect", 1)+"//*[not(self::ds:Signature)]</f:XPath>"))},
			"RSA-2048", validation.SigConstraintsFailure},
		"XSLT": {template{references: over("#metin", expression(xslt, `<x:stylesheet version="1.0" xmlns:x="http://www.w3.org/1999/XSL/Transform"><x:template match="/"><a/></x:template></x:stylesheet>`))},
			"RSA-2048", validation.SigConstraintsFailure},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			signed := test.sign(t, t.TempDir(), test.kind)
			judged := func(file []byte) *validation.SignatureReport {
				signatures, err := formats.Read(content(file))
				if err != nil {
					t.Fatal(err)
				}
				return validation.Validate(validation.Input{Signatures: signatures, Policy: validation.DefaultPolicy(), Moment: time.Now()}).Signatures[0]
			}
			got := judged(signed)
			if got.Intact != (test.sub == "") || test.sub != "" && (got.Indication != validation.Indeterminate || got.SubIndication != test.sub) {
				t.Fatalf("intact %t, %s %s %+v\n%s", got.Intact, got.Indication, got.SubIndication, got.Reasons, signed)
			}
			if test.sub != "" {
				return
			}
			for _, pair := range [][2]string{{"Olur.", "Olmaz"}, {`"o">T2x`, `"o">T3x`}, {`"o">PGEgYj`, `"o">PGEgYz`}} {
				changed := bytes.Replace(signed, []byte(pair[0]), []byte(pair[1]), 1)
				if bytes.Equal(changed, signed) {
					continue
				}
				if got := judged(changed); got.Intact || got.Indication != validation.Failed && name != "base64 of XML" {
					t.Errorf("changed, and %s %s", got.Indication, got.SubIndication)
				}
			}
		})
	}
}

// TestXAdESOracle judges what xmlsec1 has signed in the Turkish forms, and what was spoilt afterwards.
func TestXAdESOracle(t *testing.T) {
	suite := pkitest.Suite(t, "xades-oracle")
	data, err := os.ReadFile(filepath.Join(suite, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string]struct{ Verdict string }
	if err := json.Unmarshal(data, &expected); err != nil || len(expected) != 8 {
		t.Fatalf("%d cases, %v", len(expected), err)
	}
	tally := pkitest.NewTally(t, "xades-oracle", "validation")
	for name, want := range expected {
		tally.Judged("")
		file, err := os.ReadFile(filepath.Join(suite, name))
		if err != nil {
			t.Fatal(err)
		}
		signatures, err := formats.Read(content(file))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := validation.Validate(validation.Input{Signatures: signatures, Policy: validation.DefaultPolicy(), Moment: time.Now()}).Signatures[0]
		isIntact := want.Verdict == "intact"
		if got.Intact != isIntact || !isIntact && got.Indication != validation.Failed || got.Form != "BES" || got.Covers.Uncovered != nil {
			t.Errorf("%s, %s: intact %t, %s %s %+v, form %q, uncovered %q", name, want.Verdict, got.Intact, got.Indication, got.SubIndication, got.Reasons, got.Form, got.Covers.Uncovered)
		}
		if got.Covers.Parts[0].Name != "" && strings.Contains(name, "efatura") {
			t.Errorf("%s covers %+v", name, got.Covers)
		}
	}
}

// TestUBLTR judges Turkish e-documents that internal/xades signs: they are covered as a whole.
func TestUBLTR(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(pkitest.Suite(t, "ubl-tr"), "*.xml"))
	if err != nil || len(files) != 8 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	w := validationtest.New(t)
	tally := pkitest.NewTally(t, "ubl-tr", "validation")
	for _, file := range files {
		tally.Judged("")
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got := judgeXML(w, signXML(w, xades.Options{Dialect: xades.UBLTR}, ades.NewDocument("fatura.xml", "text/xml", source))).Signatures[0]
		if got.Indication != validation.Passed || got.Form != "BES" || len(got.Covers.Parts) != 1 || got.Covers.Parts[0].Name != "" || got.Covers.Uncovered != nil {
			t.Errorf("%s: %s %s %+v, covers %+v", filepath.Base(file), got.Indication, got.SubIndication, got.Reasons, got.Covers)
		}
	}
}

// TestBadXML reads documents that attack readers, as they are and with a signature's namespace in them.
func TestBadXML(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(pkitest.Suite(t, "bad-xml"), "*.xml"))
	if err != nil || len(files) != 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	tally := pkitest.NewTally(t, "bad-xml", "validation")
	for _, file := range files {
		tally.Judged("")
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, tail := range []string{"", "<!-- " + dsig + " -->"} {
			if _, err := formats.Read(content(append(bytes.Clone(source), tail...))); err == nil {
				t.Errorf("%s is read", filepath.Base(file))
			}
		}
	}
}
