package xades_test

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/xades"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// resign has the person sign a changed file, so that it is refused for what was changed and not for a digest. Digests of files
// are those of documents, by their names.
func (p person) resign(t testing.TB, changed string, documents ...ades.Document) []byte {
	t.Helper()
	d, err := xmltree.Parse([]byte(changed))
	if err != nil {
		t.Fatal(err)
	}
	s, err := xmldsig.Read(d, d.IDs(), xmldsig.Find(d)[0])
	if err != nil {
		t.Fatal(err)
	}
	out := []byte(changed)
	for _, r := range s.References {
		var digest []byte
		for _, document := range documents {
			if document.Name == r.URI {
				digest, err = document.Digest(r.Hash)
			}
		}
		if r.IsSameDocument() {
			digest, err = s.Compute(r)
		}
		if err != nil { // what has no digest gets one of zeros: the reader refuses it for its form
			digest = make([]byte, r.Hash.Size())
		}
		encoded := base64.StdEncoding.EncodeToString(digest)
		r.SetDigest(digest, encoded)
		start, _ := r.ValueSpan()
		copy(out[start:], encoded)
	}
	digest, err := s.SignedDigest()
	if err != nil {
		t.Fatal(err)
	}
	value, err := xmldsig.EncodeValue(p.key.Public(), p.card(t, digest))
	if err != nil {
		t.Fatal(err)
	}
	start, end := s.ValueSpan()
	return append(append(bytes.Clone(out[:start]), base64.StdEncoding.EncodeToString(value)...), out[end:]...)
}

// TestRefusesWhatIsSigned has files refused that their signer has signed as they are.
func TestRefusesWhatIsSigned(t *testing.T) {
	p := newPerson(t, "P-256")
	first, second := ades.NewDocument("1.txt", "text/plain", []byte("1")), ades.NewDocument("2.txt", "text/plain", []byte("2"))
	detached := string(p.sign(t, xades.Options{Form: xades.Detached}, first, second))
	whole := string(p.sign(t, xades.Options{}, xml(note)))
	element := string(p.sign(t, xades.Options{Element: "metin"}, xml(note)))
	enveloping := string(p.sign(t, xades.Options{Form: xades.Enveloping, DigestObject: true}, first))
	both := []ades.Document{first, second}
	for name, test := range map[string]struct {
		signed    string
		documents []ades.Document
		want      fault.Code
		reason    string
	}{
		"nothing changed, files":                       {detached, both, "", ""},
		"nothing changed, enveloped":                   {whole, []ades.Document{xml(note)}, "", ""},
		"nothing changed, an object":                   {enveloping, []ades.Document{first}, "", ""},
		"one file twice":                               {strings.Replace(detached, `URI="2.txt"`, `URI="1.txt"`, 1), both, isInvalid, "twice"},
		"the signature's own element":                  {replace(`(<ds:Signature [^>]*Id=")([^"]*)("[^>]*>.*?)URI=""`, `$1$2${3}URI="#$2"`)(whole), nil, isMalformed, "points at Signature"},
		"the signed information":                       {replace(`<ds:SignedInfo>(.*?)URI=""`, `<ds:SignedInfo Id="info">${1}URI="#info"`)(whole), nil, isMalformed, "points at SignedInfo"},
		"the properties' Object":                       {replace(`URI=""(.*)<ds:Object>`, `URI="#o"$1<ds:Object Id="o">`)(whole), nil, isMalformed, "points at Object"},
		"KeyInfo alone":                                {replace(`URI=""(.*)<ds:KeyInfo>`, `URI="#k"$1<ds:KeyInfo Id="k">`)(replace(`<ds:Transform [^>]*enveloped-signature"/>`, ``)(whole)), nil, isMalformed, "none to anything else"},
		"enveloped-signature of what does not envelop": {replace(`URI=""`, `URI="#metin"`)(whole), nil, isMalformed, "does not envelop"},
		"properties that name no signature":            {replace(` Id="Signature_[^"]*"`, ``)(replace(`Target="[^"]*"`, `Target="#"`)(whole)), nil, isMalformed, "another signature"},
		"two References, one document":                 {replace(`(<ds:Reference [^>]*>.*?</ds:Reference>)`, `$1$1`)(replace(`DataObjectFormat .*</xades:DataObjectFormat>`, `CommitmentTypeIndication/>`)(whole)), []ades.Document{xml(note)}, isInvalid, "2 references"},
		"base64 in an Object of something else":        {replace(`Encoding="[^"]*"`, `Encoding="u:x"`)(replace(`(URI="#Object.*?)<ds:Transform [^>]*>`, `$1<ds:Transform Algorithm="`+xmldsig.Base64URI+`"/>`)(enveloping)), nil, isMalformed, "says to be something else"},
		"an Object that was moved out of the signature": {replace(`(<ds:Signature .*)(<ds:Object Id.*?</ds:Object>)(.*</ds:Signature>)`,
			`<a xmlns:ds="http://www.w3.org/2000/09/xmldsig#">$2$1$3</a>`)(enveloping), nil, isMalformed, "points at Object"},
		"base64 outside of the signature":       {replace(`(URI=")(".*?)<ds:Transform [^>]*><ds:Transform [^>]*>`, `$1#metin$2<ds:Transform Algorithm="`+xmldsig.Base64URI+`"/>`)(whole), nil, isMalformed, "points at metin"},
		"an element of an identifier twice":     {strings.Replace(element, `dil="tr"`, `dil="tr" id="metin"`, 1), nil, isMalformed, "several elements"},
		"the properties changed by a transform": {replace(`(SignedProperties" URI[^>]*><ds:Transforms>)<ds:Transform [^>]*>`, `$1<ds:Transform Algorithm="`+xmldsig.Base64URI+`"/>`)(whole), nil, isMalformed, "points at SignedProperties"},
	} {
		err := verify(p.resign(t, test.signed, both...), test.documents...)
		isGood := test.want == ""
		if isGood && err != nil || !isGood && (fault.CodeOf(err) != test.want || err == nil || !strings.Contains(err.Error(), test.reason)) {
			t.Errorf("%s: %v, want %s of %q", name, err, test.want, test.reason)
		}
	}
}

// TestKeyInfoMayBeSigned reads a signature that covers its KeyInfo too, as some write it.
func TestKeyInfoMayBeSigned(t *testing.T) {
	p := newPerson(t, "P-256")
	signed := string(p.sign(t, xades.Options{}, xml(note)))
	signed = replace(`</ds:SignedInfo>`, `<ds:Reference URI="#k"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>`+
		strings.Repeat("A", 43)+`=</ds:DigestValue></ds:Reference></ds:SignedInfo>`)(replace(`<ds:KeyInfo>`, `<ds:KeyInfo Id="k">`)(signed))
	if err := verify(p.resign(t, signed), xml(note)); err != nil {
		t.Error(err)
	}
}

// TestInclusiveNamespaces reads an exclusive canonicalization with inclusive prefixes, and has Santuario read it too.
func TestInclusiveNamespaces(t *testing.T) {
	p := newPerson(t, "P-256")
	signed := string(p.sign(t, xades.Options{}, xml(`<a xmlns="u:1" xmlns:b="u:2" xmlns:c="u:3"><d c="b:e"/></a>`)))
	inclusive := `<ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="b #default"/>`
	signed = replace(`<ds:Transform ([^>]*exc-c14n#")/>`, `<ds:Transform $1>`+inclusive+`</ds:Transform>`)(signed)
	signed = replace(`<ds:CanonicalizationMethod ([^>]*)/>`, `<ds:CanonicalizationMethod $1>`+inclusive+`</ds:CanonicalizationMethod>`)(signed)
	again := p.resign(t, signed)
	if err := verify(again); err != nil {
		t.Error(err)
	}
	dir := t.TempDir()
	write(t, dir, "a.xml", again)
	if verdict := pkitest.Santuario(t, dir)["a.xml"]; verdict != "accepts" {
		t.Errorf("Santuario %s", verdict)
	}
}

// TestWrapperThatIsNotUBL signs a document in which the signature is alone in an element, and gives the document without that.
func TestWrapperThatIsNotUBL(t *testing.T) {
	report := `<r:eArsivRaporu xmlns:r="http://earsiv.efatura.gov.tr"><r:baslik/></r:eArsivRaporu>`
	signed := newPerson(t, "P-256").sign(t, xades.Options{Dialect: xades.UBLTR}, xml(report))
	if err := verify(signed, xml(strings.Replace(report, "<r:baslik/>", "", 1))); fault.CodeOf(err) != isInvalid {
		t.Error(err)
	}
}

// TestWeakKeysAreRefused reads a signature by a key that no format supports.
func TestWeakKeysAreRefused(t *testing.T) {
	strong, weak := newPerson(t, "RSA-2048"), person{key: pkitest.Key(t, "RSA-1024")}
	weak.signer = strong.signer
	weak.signer.Certificate = pkitest.Root(t, "Deneme Kök").Issue(t, weak.key.Public())
	signed := string(strong.sign(t, xades.Options{}, xml(note)))
	digest := func(raw []byte) string {
		sum := crypto.SHA256.New()
		sum.Write(raw)
		return base64.StdEncoding.EncodeToString(sum.Sum(nil))
	}
	signed = strings.Replace(signed, digest(strong.signer.Certificate.Raw), digest(weak.signer.Certificate.Raw), 1)
	signed = strings.Replace(signed, base64.StdEncoding.EncodeToString(strong.signer.Certificate.Raw), base64.StdEncoding.EncodeToString(weak.signer.Certificate.Raw), 1)
	if err := verify(weak.resign(t, signed)); fault.CodeOf(err) != fault.KeyUnsupported {
		t.Error(err)
	}
}
