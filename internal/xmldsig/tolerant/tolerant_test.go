package tolerant_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmldsig/tolerant"
	"github.com/e-onay/e-onay/internal/xmltree"
)

const (
	dsig = xmldsig.Namespace
	c14n = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
)

// signature is the markup of a signature; parts come after SignatureValue.
func signature(method, references, parts string) string {
	return `<ds:Signature xmlns:ds="` + dsig + `" Id="s"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="` + c14n + `"/>` + method + references +
		`</ds:SignedInfo><ds:SignatureValue Id="v">AAAA</ds:SignatureValue>` + parts + `</ds:Signature>`
}

func methodOf(uri, parameters string) string {
	return `<ds:SignatureMethod Algorithm="` + uri + `">` + parameters + `</ds:SignatureMethod>`
}

var rsaSHA256 = methodOf("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "")

// reference is the markup of one; attributes are URI and others.
func reference(attributes, transforms string) string {
	if transforms != "" {
		transforms = "<ds:Transforms>" + transforms + "</ds:Transforms>"
	}
	return "<ds:Reference " + attributes + ">" + transforms + `<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>` +
		base64.StdEncoding.EncodeToString(make([]byte, 32)) + "</ds:DigestValue></ds:Reference>"
}

func external(name, content string) tolerant.External {
	return tolerant.External{
		Name: name, Size: int64(len(content)), Open: func() io.Reader { return strings.NewReader(content) },
		Digest: func(by crypto.Hash) ([]byte, error) {
			h := by.New()
			h.Write([]byte(content))
			return h.Sum(nil), nil
		},
	}
}

// TestExternalNames finds files by what references call them.
func TestExternalNames(t *testing.T) {
	for _, test := range []struct {
		attributes string
		files      []string
		found      string
	}{
		{`URI="a.txt"`, []string{"b.txt", "a.txt"}, "a.txt"},
		{`URI="iki%20%C3%BC%C3%A7.txt"`, []string{"b", "iki üç.txt"}, "iki üç.txt"},
		{`URI="d/a.txt"`, []string{"d/a.txt", "e/a.txt"}, "d/a.txt"},
		{`URI="a.txt"`, []string{"d/a.txt", "e/a.txt"}, ""},
		{`URI="a.txt"`, []string{"d/a.txt", "b.txt"}, "d/a.txt"},
		{`URI="http://x.example/d/a.txt?v=1"`, []string{"b.txt", "a.txt"}, "a.txt"},
		{`URI="a.txt"`, []string{"x"}, "x"},
		{`URI="a.txt"`, []string{""}, ""},
		{``, []string{"x"}, "x"},
		{``, []string{"x", "y"}, ""},
		{`URI="a.txt"`, nil, ""},
		{`URI="."`, []string{"x", "y"}, ""},
	} {
		var files []tolerant.External
		for _, name := range test.files {
			files = append(files, external(name, "content of "+name))
		}
		d, err := tolerant.Read("<a>"+signature(rsaSHA256, reference(test.attributes, ""), "")+"</a>", files...)
		if err != nil {
			t.Fatal(err)
		}
		file, err := d.Signatures[0].References[0].External()
		isNone := test.found == "" && !slices.Contains(test.files, "")
		if isNone != errors.Is(err, tolerant.ErrMissing) || !isNone && (err != nil || file.Name != test.found) {
			t.Errorf("%s of %q: %v, %v", test.attributes, test.files, file, err)
		}
	}
	two := reference(`URI="a.txt"`, "") + reference(``, "")
	d, err := tolerant.Read("<a>"+signature(rsaSHA256, two, "")+"</a>", external("x", "x"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range d.Signatures[0].References {
		if _, err := r.External(); !errors.Is(err, tolerant.ErrMissing) {
			t.Errorf("one file for two references: %v", err)
		}
	}
}

// TestTargets points references at elements: at one, or at nothing.
func TestTargets(t *testing.T) {
	const object = `<ds:Object Id="o"><x Id="x"/></ds:Object>`
	for attributes, want := range map[string]string{
		`URI=""`: "", `URI="#xpointer(/)"`: "", `URI="#x"`: "x", `URI="#xpointer(id('x'))"`: "x", `URI="#o" Type="` + dsig + `Object"`: "Object",
		`URI="#none"`: "missing", `URI="#"`: "missing", `URI="#twice"`: "malformed", `URI="#xpointer(//x)"`: "unknown", `URI="#xpointer(id('x')/..)"`: "unknown",
		`URI="#x" Type="` + dsig + `Object"`: "missing", `URI="#b" Type="` + dsig + `Object"`: "missing",
	} {
		d, err := tolerant.Read(`<a><b Id="b"/><c Id="twice"/><c id="twice"/>` + signature(rsaSHA256, reference(attributes, ""), object) + "</a>")
		if err != nil {
			t.Fatal(err)
		}
		n, err := d.Signatures[0].References[0].Target()
		got := ""
		switch {
		case errors.Is(err, tolerant.ErrMissing):
			got = "missing"
		case fault.CodeOf(err) == fault.SignatureMalformed:
			got = "malformed"
		case fault.CodeOf(err) == fault.SignatureAlgorithm:
			got = "unknown"
		case err == nil && n != nil:
			got = n.Local
		}
		if got != want {
			t.Errorf("%s: %q %v, want %q", attributes, got, err, want)
		}
	}
}

// TestTransformsThatLeaveNothing refuses references whose transforms leave out what they are over: their digest is of nothing.
func TestTransformsThatLeaveNothing(t *testing.T) {
	enveloped := `<ds:Transform Algorithm="` + dsig + `enveloped-signature"/>`
	none := `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath></ds:Transform>`
	for source, isGood := range map[string]bool{
		"<a>" + signature(rsaSHA256, reference(`URI=""`, enveloped), "") + "</a>":                                        true,
		"<a>" + signature(rsaSHA256, reference(`URI="#o"`, enveloped), `<ds:Object Id="o"/>`) + "</a>":                   false,
		"<a>" + signature(rsaSHA256, reference(`URI="#o"`, none), `<ds:Object Id="o"/>`) + "</a>":                        false,
		"<a>" + signature(rsaSHA256, reference(`URI="#s"`, enveloped), "") + "</a>":                                      false,
		signature(rsaSHA256, reference(`URI=""`, enveloped), ""):                                                         false,
		`<a><b Id="b"/>` + signature(rsaSHA256, reference(`URI="#b"`, enveloped+none), "") + "</a>":                      true,
		"<a>" + signature(rsaSHA256, reference(`URI=""`, `<ds:Transform Algorithm="`+c14n+`"/>`+enveloped), "") + "</a>": false, // of another document
	} {
		d, err := tolerant.Read(source)
		if err != nil {
			t.Fatal(err)
		}
		_, size, err := d.Signatures[0].References[0].Compute(crypto.SHA256)
		if isGood != (err == nil) || isGood && size == 0 {
			t.Errorf("%s: %d bytes, %v", source, size, err)
		}
	}
}

// TestForeignPrefix does not take another element called Signature for one of XMLDSig.
func TestForeignPrefix(t *testing.T) {
	for expression, isGood := range map[string]bool{
		"not(ancestor-or-self::ds:Signature)": true,
		"not(ancestor-or-self::q:Signature)":  false,
		"not(ancestor-or-self::z:Signature)":  true,
		"not(ancestor-or-self::Signature)":    false,
		"count(ancestor-or-self::z:Signature|here()/ancestor::z:Signature[1])>count(ancestor-or-self::z:Signature)":  true,
		"count(ancestor-or-self::ds:Signature|here()/ancestor::q:Signature[1])>count(ancestor-or-self::q:Signature)": false,
		"count(ancestor-or-self::z:Signature|here()/ancestor::ds:Signature[1])>count(ancestor-or-self::z:Signature)": false,
	} {
		transform := `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath xmlns:z="` + dsig + `" xmlns:q="urn:q">` +
			strings.ReplaceAll(expression, ">", "&gt;") + `</ds:XPath></ds:Transform>`
		d, err := tolerant.Read("<a>" + signature(rsaSHA256, reference(`URI=""`, transform), "") + "</a>")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.Signatures[0].References[0].Compute(crypto.SHA256); isGood != (err == nil) {
			t.Errorf("%s: %v", expression, err)
		}
	}
}

// TestProperties has signed properties count only where one reference of their Type is over all of them.
func TestProperties(t *testing.T) {
	const typed = `Type="http://uri.etsi.org/01903#SignedProperties" URI="#p"`
	c := `<ds:Transform Algorithm="` + c14n + `"/>`
	properties := func(target, id string) string {
		return `<ds:Object><q:QualifyingProperties xmlns:q="` + tolerant.XAdES132 + `" Target="` + target + `"><q:SignedProperties Id="` + id +
			`"><q:SignedSignatureProperties><q:SigningTime/></q:SignedSignatureProperties></q:SignedProperties></q:QualifyingProperties></ds:Object>`
	}
	for name, test := range map[string]struct {
		references, parts string
		signed            int
		code              fault.Code // "" for none
	}{
		"good":                {reference(typed, c), properties("#s", "p"), 1, ""},
		"no transform":        {reference(typed, ""), properties("#s", "p"), 1, ""},
		"of an old version":   {reference(`Type="http://uri.etsi.org/01903/v1.1.1#SignedProperties" URI="#p"`, c), properties("#s", "p"), 1, ""},
		"without type":        {reference(`URI="#p"`, c), properties("#s", "p"), 0, ""},
		"of another type":     {reference(`Type="http://example.com/#SignedProperties" URI="#p"`, c), properties("#s", "p"), 0, ""},
		"twice":               {reference(typed, c) + reference(typed, c), properties("#s", "p"), 0, ""},
		"once without type":   {reference(typed, c) + reference(`URI="#p"`, c), properties("#s", "p"), 0, ""},
		"base64":              {reference(typed, `<ds:Transform Algorithm="`+dsig+`base64"/>`), properties("#s", "p"), 0, ""},
		"unknown transform":   {reference(typed, `<ds:Transform Algorithm="urn:x"/>`), properties("#s", "p"), 0, ""},
		"moved away":          {reference(typed, c), properties("#s", "other") + `<ds:Object><x Id="p"/></ds:Object>`, 0, fault.SignatureMalformed},
		"two of them":         {reference(typed, c), properties("#s", "p") + properties("#s", "r"), 0, fault.SignatureMalformed},
		"target elsewhere":    {reference(typed, c), properties("#v", "p"), 0, fault.SignatureMalformed},
		"target nowhere":      {reference(typed, c), properties("#none", "p"), 1, ""},
		"target without hash": {reference(typed, c), properties("s", "p"), 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := tolerant.Read("<a>" + signature(rsaSHA256, reference(`URI="#o"`, "")+test.references, test.parts) + "</a>")
			if err != nil {
				t.Fatal(err)
			}
			s := d.Signatures[0]
			if (s.Err == nil) != (test.code == "") || s.Err != nil && fault.CodeOf(s.Err) != test.code {
				t.Fatalf("%v, want %q", s.Err, test.code)
			}
			if s.Err == nil && (len(s.Properties.Signed) != test.signed || (s.Properties.Reference != nil) != (test.signed > 0)) {
				t.Errorf("%d properties", len(s.Properties.Signed))
			}
		})
	}
}

// TestMalformed reads signatures that break the rules: the others of the document are still read.
func TestMalformed(t *testing.T) {
	good := signature(rsaSHA256, reference(`URI=""`, ""), "")
	for name, bad := range map[string]string{
		"no SignedInfo":       strings.ReplaceAll(good, "SignedInfo", "SignedData"),
		"two values":          strings.Replace(good, "</ds:Signature>", `<ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>`, 1),
		"no value":            strings.Replace(good, ">AAAA<", "><", 1),
		"value no base64":     strings.Replace(good, ">AAAA<", ">!<", 1),
		"huge value":          strings.Replace(good, ">AAAA<", ">"+strings.Repeat("A", 4000)+"<", 1),
		"no reference":        signature(rsaSHA256, "", ""),
		"no method":           signature("", reference(`URI=""`, ""), ""),
		"something else":      signature(rsaSHA256, reference(`URI=""`, "")+"<ds:Object/>", ""),
		"a foreign element":   strings.Replace(good, "</ds:Signature>", "<x/></ds:Signature>", 1),
		"unknown C14N":        strings.Replace(good, c14n, "urn:x", 1),
		"too many references": signature(rsaSHA256, strings.Repeat(reference(`URI=""`, ""), 1025), ""),
	} {
		d, err := tolerant.Read("<a>" + bad + strings.ReplaceAll(good, `Id="`, `Id="z`) + "</a>")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(d.Signatures) != 2 || d.Signatures[0].Err == nil || d.Signatures[1].Err != nil {
			t.Errorf("%s: %d signatures, %v", name, len(d.Signatures), d.Signatures[0].Err)
		}
		if d.Signatures[0].Check(pkitest.Key(t, "RSA-2048").Public()) == nil {
			t.Errorf("%s verifies", name)
		}
	}
	if _, err := tolerant.Read("<a>" + strings.Repeat(good, tolerant.MaxSignatures+1) + "</a>"); fault.CodeOf(err) != fault.SignatureMalformed {
		t.Error(err)
	}
}

// TestMethods verifies values of each algorithm that xmlsec1 does not make, and refuses those of another key, algorithm or salt.
func TestMethods(t *testing.T) {
	const more, later = "http://www.w3.org/2007/05/xmldsig-more#", "http://www.w3.org/2021/04/xmldsig-more#"
	pss := func(hash, mask, salt, trailer string) string {
		return methodOf(more+"rsa-pss", `<p:RSAPSSParams xmlns:p="`+more+`"><ds:DigestMethod Algorithm="`+hash+`"/><p:MaskGenerationFunction Algorithm="`+more+
			`MGF1"><ds:DigestMethod Algorithm="`+mask+`"/></p:MaskGenerationFunction><p:SaltLength>`+salt+`</p:SaltLength><p:TrailerField>`+trailer+`</p:TrailerField></p:RSAPSSParams>`)
	}
	const sha384, sha512 = "http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2001/04/xmlenc#sha512"
	rsaKey, ecKey := pkitest.Key(t, "RSA-2048"), pkitest.Key(t, "P-256 judged")
	for name, test := range map[string]struct {
		method string
		key    crypto.Signer
		hash   crypto.Hash
		salt   int // -1 for no PSS
		want   fault.Code
	}{
		"PSS with SHA-1":     {methodOf(more+"sha1-rsa-MGF1", ""), rsaKey, crypto.SHA1, 20, ""},
		"PSS with SHA-512":   {methodOf(more+"sha512-rsa-MGF1", ""), rsaKey, crypto.SHA512, 64, ""},
		"PSS of other salt":  {methodOf(more+"sha256-rsa-MGF1", ""), rsaKey, crypto.SHA256, 20, fault.SignatureInvalid},
		"PSS with SHA3-256":  {methodOf(more+"sha3-256-rsa-MGF1", ""), rsaKey, crypto.SHA3_256, 32, ""},
		"parameters":         {pss(sha384, sha384, "20", "1"), rsaKey, crypto.SHA384, 20, ""},
		"no parameters":      {methodOf(more+"rsa-pss", ""), rsaKey, crypto.SHA256, 32, ""},
		"mask of other hash": {pss(sha384, sha512, "48", "1"), rsaKey, crypto.SHA384, 48, fault.SignatureAlgorithm},
		"unknown hash":       {pss("urn:x", "urn:x", "48", "1"), rsaKey, crypto.SHA384, 48, fault.SignatureAlgorithm},
		"salt of minus one":  {pss(sha384, sha384, "-1", "1"), rsaKey, crypto.SHA384, 48, fault.SignatureAlgorithm},
		"trailer":            {pss(sha384, sha384, "48", "2"), rsaKey, crypto.SHA384, 48, fault.SignatureAlgorithm},
		"ECDSA and SHA3-384": {methodOf(later+"ecdsa-sha3-384", ""), ecKey, crypto.SHA3_384, -1, ""},
		"key of another":     {methodOf(later+"ecdsa-sha3-384", ""), rsaKey, crypto.SHA3_384, -1, fault.SignatureInvalid},
		"unknown":            {methodOf("http://www.w3.org/2000/09/xmldsig#hmac-sha1", ""), rsaKey, crypto.SHA1, -1, fault.SignatureAlgorithm},
	} {
		t.Run(name, func(t *testing.T) {
			source := "<a>" + signature(test.method, reference(`URI=""`, ""), "") + "</a>"
			d, err := tolerant.Read(source)
			if err != nil {
				t.Fatal(err)
			}
			h := test.hash.New()
			if err := d.WriteElement(h, xmldsig.Canonicalization{}, d.Signatures[0].SignedInfo); err != nil {
				t.Fatal(err)
			}
			var options crypto.SignerOpts = test.hash
			if test.salt >= 0 {
				options = &rsa.PSSOptions{SaltLength: test.salt, Hash: test.hash}
			}
			value, err := test.key.Sign(rand.Reader, h.Sum(nil), options)
			if err != nil {
				t.Fatal(err)
			}
			if key, isECDSA := test.key.Public().(*ecdsa.PublicKey); isECDSA {
				if value, err = xmldsig.EncodeValue(key, value); err != nil {
					t.Fatal(err)
				}
			}
			d, err = tolerant.Read(strings.Replace(source, ">AAAA<", ">"+base64.StdEncoding.EncodeToString(value)+"<", 1))
			if err != nil {
				t.Fatal(err)
			}
			err = d.Signatures[0].Check(test.key.Public())
			if (err == nil) != (test.want == "") || err != nil && fault.CodeOf(err) != test.want {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// TestKeyInfo names certificates in all ways that it has.
func TestKeyInfo(t *testing.T) {
	root := pkitest.Root(t, "Deneme")
	key, other := pkitest.Key(t, "RSA-2048"), pkitest.Key(t, "P-256 judged")
	c, another := root.Issue(t, key.Public()), root.Issue(t, other.Public())
	encode := base64.StdEncoding.EncodeToString
	point, err := other.Public().(*ecdsa.PublicKey).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	data := func(inside string) string { return "<ds:X509Data>" + inside + "</ds:X509Data>" }
	value := func(of *rsa.PublicKey) string {
		return "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>" + encode(of.N.Bytes()) + "</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>"
	}
	ec := `<ds:KeyValue><e:ECKeyValue xmlns:e="` + xmldsig.Namespace11 + `"><e:NamedCurve URI="urn:oid:1.2.840.10045.3.1.7"/><e:PublicKey>` + encode(point) + "</e:PublicKey></e:ECKeyValue></ds:KeyValue>"
	for name, test := range map[string]struct {
		inside                 string
		names, another, silent bool
	}{
		"certificate":         {data("<ds:X509Certificate>\n " + encode(c.Raw) + "\n</ds:X509Certificate>"), true, false, false},
		"both":                {data("<ds:X509Certificate>"+encode(c.Raw)+"</ds:X509Certificate>") + data("<ds:X509Certificate>"+encode(another.Raw)+"</ds:X509Certificate>"), true, true, false},
		"serial number":       {data(fmt.Sprintf("<ds:X509IssuerSerial><ds:X509IssuerName>x</ds:X509IssuerName><ds:X509SerialNumber> %d </ds:X509SerialNumber></ds:X509IssuerSerial>", c.SerialNumber)), true, false, false},
		"digest":              {data(`<e:X509Digest xmlns:e="` + xmldsig.Namespace11 + `" Algorithm="http://www.w3.org/2001/04/xmlenc#sha256">` + encode(sum(c.Raw)) + "</e:X509Digest>"), true, false, false},
		"key":                 {value(key.Public().(*rsa.PublicKey)), true, false, false},
		"elliptic key":        {ec, false, true, false},
		"certificate, no key": {data("<ds:X509Certificate>"+encode(c.Raw)+"</ds:X509Certificate>") + ec, false, false, false},
		"name alone":          {"<ds:KeyName>x</ds:KeyName>", false, false, true},
		"no certificate":      {data("<ds:X509Certificate>AAAA</ds:X509Certificate>"), false, false, true},
	} {
		d, err := xmltree.ParseString(`<ds:KeyInfo xmlns:ds="` + dsig + `">` + test.inside + "</ds:KeyInfo>")
		if err != nil {
			t.Fatal(err)
		}
		k := tolerant.ReadKeyInfo(d.Root)
		if k.Names(c) != test.names || k.Names(another) != test.another || k.IsSilent() != test.silent {
			t.Errorf("%s: names %t, another %t, silent %t", name, k.Names(c), k.Names(another), k.IsSilent())
		}
	}
}

func sum(data []byte) []byte {
	h := crypto.SHA256.New()
	h.Write(data)
	return h.Sum(nil)
}

// FuzzRead reads hostile documents and computes all digests. A document whose references are computed twice has the same
// digests.
func FuzzRead(f *testing.F) {
	enveloped := `<ds:Transform Algorithm="` + dsig + `enveloped-signature"/>`
	base64Transform := `<ds:Transform Algorithm="` + dsig + `base64"/>`
	for _, transforms := range []string{enveloped, base64Transform, base64Transform + `<ds:Transform Algorithm="` + c14n + `"/>`,
		`<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2"><f:XPath xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" Filter="subtract">//ds:Signature</f:XPath></ds:Transform>`} {
		f.Add("<a>PGEvPg==" + signature(rsaSHA256, reference(`URI=""`, transforms), `<ds:Object Id="o"/>`) + "</a>")
	}
	f.Add("<a>" + signature(rsaSHA256, reference(`URI="#m" Type="`+dsig+`Manifest"`, ""), `<ds:Object><ds:Manifest Id="m">`+reference(`URI="a.txt"`, "")+"</ds:Manifest></ds:Object>") + "</a>")
	f.Fuzz(func(t *testing.T, source string) {
		compute := func() (all []byte) {
			d, err := tolerant.Read(source, external("a.txt", "<b/>"))
			if err != nil {
				if fault.CodeOf(err) != fault.SignatureMalformed {
					t.Error(err)
				}
				return nil
			}
			for _, s := range d.Signatures {
				tolerant.ReadKeyInfo(s.KeyInfo)
				for _, r := range s.AllReferences() {
					sum, _, err := r.Compute(r.Hash)
					if err == nil && len(sum) != r.Hash.Size() {
						t.Errorf("digest of %d bytes", len(sum))
					}
					all = append(all, sum...)
				}
			}
			return all
		}
		if !bytes.Equal(compute(), compute()) {
			t.Error("other digests")
		}
	})
}
