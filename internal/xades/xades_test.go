package xades_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/xades"
)

// person is a signer with a card, in Go.
type person struct {
	key    crypto.Signer
	signer ades.Signer
}

// newPerson makes a person with a key of a kind of pkitest.Key.
func newPerson(t testing.TB, kind string) person {
	t.Helper()
	key := pkitest.Key(t, kind)
	sub := pkitest.Root(t, "Deneme Kök").Sub(t, "Deneme Alt Kök, \"A & B\" <1>")
	certificate := sub.Issue(t, key.Public())
	hash, err := ades.HashFor(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return person{key, ades.Signer{Certificate: certificate, Chain: []*x509.Certificate{sub.Certificate}, Hash: hash, Time: time.Now()}}
}

// withPSS has the person's key of RSA make RSASSA-PSS.
func (p person) withPSS() person {
	p.signer.PSS = true
	return p
}

// policy is a signature policy, as P4 has one.
var policy = &ades.Policy{
	OID: asn1.ObjectIdentifier{2, 16, 792, 1, 61, 0, 1, 5070, 3, 3, 1}, Hash: crypto.SHA256, Digest: bytes.Repeat([]byte{7}, 32),
	URI: "http://policy.example.tr/p4.pdf?a=1&b=2",
}

// card signs a digest.
func (p person) card(t testing.TB, digest []byte) []byte {
	t.Helper()
	var options crypto.SignerOpts = p.signer.Hash
	if p.signer.PSS {
		options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: p.signer.Hash}
	}
	signature, err := p.key.Sign(rand.Reader, digest, options)
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

// sign returns the signed XML.
func (p person) sign(t testing.TB, o xades.Options, documents ...ades.Document) []byte {
	t.Helper()
	prepared, err := xades.Prepare(p.signer, documents, o)
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := prepared.Complete(p.card(t, prepared.Digest()))
	if err != nil {
		t.Fatal(err)
	}
	if err := pieces.Check(documents); err != nil {
		t.Fatal(err)
	}
	signed, err := io.ReadAll(pieces.Reader(documents))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// verify parses a file of one signature, and verifies it.
func verify(signed []byte, documents ...ades.Document) error {
	signatures, err := xades.Parse(bytes.NewReader(signed), int64(len(signed)))
	if err != nil {
		return err
	}
	for _, s := range signatures {
		if err := s.Verify(documents); err != nil {
			return err
		}
	}
	return nil
}

func xml(source string) ades.Document {
	return ades.NewDocument("belge.xml", "text/xml", []byte(source))
}

const note = `<?xml version="1.0"?><!-- başlık --><not xmlns="urn:x" dil="tr"><kime xml:lang="tr">Ayşe</kime><metin Id="metin">Olur.<!-- a --></metin></not>`

const prescription = `<?xml version="1.0" encoding="UTF-8"?><ereceteBilgisi><doktorTcKimlikNo>10000000146</doktorTcKimlikNo></ereceteBilgisi>`

// invoice is a small one of UBL-TR; %s stands where its extensions do.
func invoice(extensions string) string {
	return "\ufeff<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n" + `<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
    xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
    xmlns:ext="urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b" xml:lang="tr">` +
		extensions + "<cbc:ID>DNM2026000000001</cbc:ID>\r\n<!-- not --><cbc:Note><![CDATA[<b>YALNIZ</b>]]> &amp; ğ</cbc:Note>" +
		`<cac:Signature><cac:DigitalSignatureAttachment><cac:ExternalReference><cbc:URI>#Signature_DNM2026000000001</cbc:URI></cac:ExternalReference></cac:DigitalSignatureAttachment></cac:Signature></Invoice>`
}

const (
	emptyContent = `<ext:UBLExtensions><ext:UBLExtension><ext:ExtensionContent /></ext:UBLExtension></ext:UBLExtensions>`
	spaceContent = "<ext:UBLExtensions><ext:UBLExtension><ext:ExtensionContent>\n </ext:ExtensionContent></ext:UBLExtension></ext:UBLExtensions>"
	otherContent = `<ext:UBLExtensions><ext:UBLExtension><ext:ExtensionContent><a/></ext:ExtensionContent></ext:UBLExtension></ext:UBLExtensions>`
)

// form is one way to sign.
type form struct {
	options   xades.Options
	documents []ades.Document
	// isCarried says that the signature can be verified without the documents.
	isCarried bool
}

var forms = map[string]form{
	"enveloped":                  {xades.Options{}, []ades.Document{xml(note)}, true},
	"enveloped in an empty root": {xades.Options{}, []ades.Document{xml(`<a:not xmlns:a="urn:x" />`)}, true},
	"enveloped with a role":      {xades.Options{Role: "Müdür & <vekil>"}, []ades.Document{xml(note)}, true},
	"UBL-TR, empty content":      {xades.Options{Dialect: xades.UBLTR}, []ades.Document{xml(invoice(emptyContent))}, true},
	"UBL-TR, space in content":   {xades.Options{Dialect: xades.UBLTR}, []ades.Document{xml(invoice(spaceContent))}, true},
	"UBL-TR, another extension":  {xades.Options{Dialect: xades.UBLTR}, []ades.Document{xml(invoice(otherContent))}, true},
	"UBL-TR, no extension":       {xades.Options{Dialect: xades.UBLTR}, []ades.Document{xml(invoice(""))}, true},
	"e-Arşiv report": {xades.Options{Dialect: xades.UBLTR},
		[]ades.Document{xml(`<r:eArsivRaporu xmlns:r="http://earsiv.efatura.gov.tr"><r:baslik><r:versiyon>1.0</r:versiyon></r:baslik></r:eArsivRaporu>`)}, true},
	"prescription":                   {xades.Options{Form: xades.Enveloping, Dialect: xades.EPrescription}, []ades.Document{xml(prescription)}, true},
	"prescription, digest of object": {xades.Options{Form: xades.Enveloping, Dialect: xades.EPrescription, DigestObject: true}, []ades.Document{xml(prescription)}, true},
	"enveloping":                     {xades.Options{Form: xades.Enveloping}, []ades.Document{ades.NewDocument("a", "application/pdf", []byte{0, 1, 2, 255})}, true},
	"enveloping, digest of object": {xades.Options{Form: xades.Enveloping, DigestObject: true},
		[]ades.Document{ades.NewDocument("a", "application/pdf", []byte{0, 1, 2, 255})}, true},
	"detached": {xades.Options{Form: xades.Detached}, []ades.Document{ades.NewDocument("sozlesme.pdf", "application/pdf", []byte("%PDF"))}, false},
	"detached, several": {xades.Options{Form: xades.Detached, Container: true}, []ades.Document{
		ades.NewDocument("sozlesme.pdf", "application/pdf", []byte("%PDF")), ades.NewDocument("Ek 1 (ğüşiöç).txt", "", []byte("ek")),
		ades.NewDocument("b:#?%41.txt", "text/plain", nil)}, false},
}

// signers are one person for each way to sign.
func signers(t testing.TB) map[string]person {
	all := map[string]person{"RSA-2048 PSS": newPerson(t, "RSA-2048").withPSS()}
	for _, kind := range []string{"RSA-2048", "RSA-4096", "P-256", "P-384", "P-521"} {
		all[kind] = newPerson(t, kind)
	}
	return all
}

// TestSignAndVerify makes each form with each kind of key, with a policy and without, and holds it against the contract.
func TestSignAndVerify(t *testing.T) {
	for name, p := range signers(t) {
		for what, f := range forms {
			for _, policy := range []*ades.Policy{nil, policy} {
				p.signer.Policy = policy
				signed := p.sign(t, f.options, f.documents...)
				if err := verify(signed, f.documents...); err != nil {
					t.Errorf("%s, %s: %v", what, name, err)
				}
				if err := verify(signed); (err == nil) != f.isCarried {
					t.Errorf("%s, %s, without documents: %v", what, name, err)
				}
				checkClaims(t, p, signed)
			}
		}
	}
}

func checkClaims(t *testing.T, p person, signed []byte) {
	t.Helper()
	signatures, err := xades.Parse(bytes.NewReader(signed), int64(len(signed)))
	if err != nil || len(signatures) != 1 {
		t.Fatalf("%d signatures, %v", len(signatures), err)
	}
	claims := signatures[0].Claims()
	isSamePolicy := claims.Policy == nil && p.signer.Policy == nil || claims.Policy != nil && p.signer.Policy != nil &&
		claims.Policy.OID.Equal(p.signer.Policy.OID) && bytes.Equal(claims.Policy.Digest, p.signer.Policy.Digest) && claims.Policy.URI == p.signer.Policy.URI
	if !claims.Certificate.Equal(p.signer.Certificate) || len(claims.Certificates) != 2 || claims.Hash != p.signer.Hash || !isSamePolicy ||
		!claims.SigningTime.Equal(p.signer.Time.Truncate(time.Second)) || claims.Algorithm == x509.UnknownSignatureAlgorithm {
		t.Errorf("it claims %+v", claims)
	}
}

// TestEveryByteStays checks that an enveloped signature is inserted, and nothing else is changed.
func TestEveryByteStays(t *testing.T) {
	p := newPerson(t, "P-256")
	for what, f := range forms {
		if f.options.Form != xades.Enveloped {
			continue
		}
		prepared, err := xades.Prepare(p.signer, f.documents, f.options)
		if err != nil {
			t.Fatal(err)
		}
		pieces, err := prepared.Complete(p.card(t, prepared.Digest()))
		if err != nil {
			t.Fatal(err)
		}
		var kept int64
		for _, piece := range pieces {
			if piece.Bytes == nil {
				kept += piece.Length
			}
		}
		const emptyTag = int64(len(" />"))
		if lost := f.documents[0].Size - kept; lost != 0 && lost != emptyTag {
			t.Errorf("%s: %d bytes of the document are not there", what, lost)
		}
	}
}

// TestVerifyRefusesChangedBytes changes each byte of what is covered.
func TestVerifyRefusesChangedBytes(t *testing.T) {
	p := newPerson(t, "P-256")
	for what, f := range forms {
		signed := p.sign(t, f.options, f.documents...)
		checked := 0
		for i := range signed {
			if !isCovered(string(signed), i, f.options) {
				continue
			}
			checked++
			changed := bytes.Clone(signed)
			changed[i] ^= 1
			if verify(changed, f.documents...) == nil {
				t.Errorf("%s: byte %d of %d, in %q, is changed and not missed", what, i, len(signed), signed[max(0, i-20):min(len(signed), i+20)])
			}
		}
		if checked < len(signed)/2 {
			t.Errorf("%s: only %d bytes of %d are covered", what, checked, len(signed))
		}
	}
}

// isCovered reports whether byte i of a signed file is part of what the signature covers, or of its value.
func isCovered(signed string, i int, o xades.Options) bool {
	start, end := strings.Index(signed, "<ds:Signature "), strings.Index(signed, "</ds:Signature>")
	if i < start || i >= end {
		return o.Form == xades.Enveloped
	}
	object := `base64">` // of an Object whose text is decoded, its tag is not covered
	if o.DigestObject {
		object = "<ds:Object Id="
	}
	for from, to := range map[string]string{
		"<ds:SignedInfo>": "</ds:SignedInfo", "<ds:SignatureValue>": "</ds:SignatureValue", "<ds:X509Certificate>": "</ds:X509Certificate",
		"<xades:SignedProperties": "</xades:SignedProperties", object: "</ds:Object",
	} {
		before, after, found := strings.Cut(signed, from)
		inside, _, _ := strings.Cut(after, to)
		if found && i >= len(before) && i < len(before)+len(from)+len(inside) {
			return true
		}
	}
	return false
}

// TestVerifyRefusesOtherDocuments gives other documents than those that were signed.
func TestVerifyRefusesOtherDocuments(t *testing.T) {
	p := newPerson(t, "P-256")
	for what, f := range forms {
		signed := p.sign(t, f.options, f.documents...)
		other := xml(`<not xmlns="urn:x"/>`)
		content, err := io.ReadAll(f.documents[0].Reader())
		if err != nil {
			t.Fatal(err)
		}
		longer := ades.NewDocument(f.documents[0].Name, "", append(content, ' ', '<'))
		for name, documents := range map[string][]ades.Document{
			"another":            append([]ades.Document{other}, f.documents[1:]...),
			"one more":           append([]ades.Document{other}, f.documents...),
			"one twice":          append([]ades.Document{f.documents[0]}, f.documents...),
			"of the same name":   append([]ades.Document{ades.NewDocument(f.documents[0].Name, "", []byte("x"))}, f.documents[1:]...),
			"longer":             append([]ades.Document{longer}, f.documents[1:]...),
			"one twice, not two": append([]ades.Document{f.documents[len(f.documents)-1]}, f.documents[1:]...),
		} {
			if name == "one twice, not two" && len(f.documents) < 2 {
				continue
			}
			if err := verify(signed, documents...); fault.CodeOf(err) != fault.SignatureInvalid {
				t.Errorf("%s, %s: %v", what, name, err)
			}
		}
	}
}

// TestTextsThatBecomeOne moves a signature between two characters that mean something else where they stand together: the document
// without the signature is then another one, though it has the same bytes.
func TestTextsThatBecomeOne(t *testing.T) {
	p := newPerson(t, "P-256")
	for name, test := range map[string]struct{ signed, around string }{
		"an end of line": {"<a>b\n\nc</a>", "<a>b\r|\nc</a>"},
		"]]>":            {"<a>b]]&gt;c</a>", "<a>b]]|>c</a>"},
	} {
		t.Run(name, func(t *testing.T) {
			signed := string(p.sign(t, xades.Options{}, xml(test.signed)))
			from, to := strings.Index(signed, "<ds:Signature "), strings.Index(signed, "</ds:Signature>")+len("</ds:Signature>")
			moved := []byte(strings.Replace(test.around, "|", signed[from:to], 1))
			if err := verify(moved); err != nil {
				t.Fatal(err)
			}
			if err := verify(moved, xml(strings.Replace(test.around, "|", "", 1))); fault.CodeOf(err) != fault.SignatureInvalid {
				t.Errorf("over another document: %v", err)
			}
		})
	}
}

func TestElementOnly(t *testing.T) {
	p := newPerson(t, "P-384")
	document := xml(note)
	signed := p.sign(t, xades.Options{Element: "metin"}, document)
	if err := verify(signed); err != nil {
		t.Error(err)
	}
	if err := verify(signed, document); fault.CodeOf(err) != fault.SignatureInvalid {
		t.Errorf("a signature of a part covers the whole: %v", err)
	}
	changed := bytes.Replace(signed, []byte("Ayşe"), []byte("Fatma"), 1)
	if err := verify(changed); err != nil {
		t.Errorf("what is not covered is changed: %v", err)
	}
	changed = bytes.Replace(signed, []byte("Olur."), []byte("Olmaz."), 1)
	if err := verify(changed); fault.CodeOf(err) != fault.SignatureInvalid {
		t.Errorf("what is covered is changed: %v", err)
	}
	signatures, err := xades.Parse(bytes.NewReader(signed), int64(len(signed)))
	if err != nil {
		t.Fatal(err)
	}
	if elements := signatures[0].Elements(); len(elements) != 1 || elements[0].Local != "metin" {
		t.Errorf("it covers %v", elements)
	}
}

func TestCompleteDistrustsTheCard(t *testing.T) {
	for _, kind := range []string{"RSA-2048", "P-256"} {
		p := newPerson(t, kind)
		prepared, err := xades.Prepare(p.signer, []ades.Document{xml(note)}, xades.Options{})
		if err != nil {
			t.Fatal(err)
		}
		good := p.card(t, prepared.Digest())
		bad := bytes.Clone(good)
		bad[len(bad)-1] ^= 1
		for name, signature := range map[string][]byte{"another": bad, "nothing": nil, "one byte more": append(bytes.Clone(good), 0)} {
			if _, err := prepared.Complete(signature); fault.CodeOf(err) != fault.TokenError {
				t.Errorf("%s, %s: %v", kind, name, err)
			}
		}
		prepared.Digest()[0] ^= 1
		if _, err := prepared.Complete(good); err != nil {
			t.Errorf("%s: the digest was changed by who asked for it: %v", kind, err)
		}
	}
}

func TestPrepareRefuses(t *testing.T) {
	p := newPerson(t, "P-256")
	enveloped := xml(note)
	signedOnce := string(p.sign(t, xades.Options{}, enveloped))
	file := ades.NewDocument("a.txt", "text/plain", []byte("a"))
	large := ades.NewDocument("a.xml", "text/xml", append(bytes.Repeat([]byte(" "), xades.MaxDocument-3), "<a/>"...))
	for name, test := range map[string]struct {
		options   xades.Options
		documents []ades.Document
		want      fault.Code
	}{
		"no document":                    {xades.Options{}, nil, fault.RequestInvalid},
		"two documents enveloped":        {xades.Options{}, []ades.Document{enveloped, enveloped}, fault.RequestInvalid},
		"no XML":                         {xades.Options{}, []ades.Document{file}, fault.XMLMalformed},
		"a document type":                {xades.Options{}, []ades.Document{xml("<!DOCTYPE a><a/>")}, fault.XMLMalformed},
		"ISO-8859-9":                     {xades.Options{}, []ades.Document{xml("<?xml version='1.0' encoding='ISO-8859-9'?><a/>")}, fault.XMLMalformed},
		"too large":                      {xades.Options{}, []ades.Document{large}, fault.RequestTooLarge},
		"too large as base64":            {xades.Options{Form: xades.Enveloping}, []ades.Document{ades.NewDocument("a", "", make([]byte, 10<<20+1))}, fault.RequestTooLarge},
		"a relative namespace":           {xades.Options{}, []ades.Document{xml("<a xmlns='x'/>")}, fault.XMLMalformed},
		"no such element":                {xades.Options{Element: "x"}, []ades.Document{enveloped}, fault.XMLPlace},
		"two such elements":              {xades.Options{Element: "x"}, []ades.Document{xml("<a><b Id='x'/><b id='x'/></a>")}, fault.XMLPlace},
		"an identifier with a quote":     {xades.Options{Element: "x')"}, []ades.Document{xml("<a Id=\"x')\"/>")}, fault.XMLPlace},
		"UBL-TR without the namespace":   {xades.Options{Dialect: xades.UBLTR}, []ades.Document{enveloped}, fault.XMLPlace},
		"e-Arşiv without heading":        {xades.Options{Dialect: xades.UBLTR}, []ades.Document{xml("<eArsivRaporu xmlns='http://earsiv.efatura.gov.tr'/>")}, fault.XMLPlace},
		"signed already":                 {xades.Options{}, []ades.Document{xml(signedOnce)}, fault.XMLSigned},
		"signed by something else":       {xades.Options{}, []ades.Document{xml(`<a><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></a>`)}, fault.XMLSigned},
		"UBL-TR detached":                {xades.Options{Form: xades.Detached, Dialect: xades.UBLTR}, []ades.Document{file}, fault.RequestInvalid},
		"a prescription enveloped":       {xades.Options{Dialect: xades.EPrescription}, []ades.Document{enveloped}, fault.RequestInvalid},
		"an element of UBL-TR":           {xades.Options{Dialect: xades.UBLTR, Element: "x"}, []ades.Document{enveloped}, fault.RequestInvalid},
		"an element detached":            {xades.Options{Form: xades.Detached, Element: "x"}, []ades.Document{file}, fault.RequestInvalid},
		"a digest of an object detached": {xades.Options{Form: xades.Detached, DigestObject: true}, []ades.Document{file}, fault.RequestInvalid},
		"a container enveloped":          {xades.Options{Container: true}, []ades.Document{enveloped}, fault.RequestInvalid},
		"unknown form":                   {xades.Options{Form: 3}, []ades.Document{enveloped}, fault.RequestInvalid},
		"unknown dialect":                {xades.Options{Dialect: -1}, []ades.Document{enveloped}, fault.RequestInvalid},
		"a long role":                    {xades.Options{Role: strings.Repeat("a", 2000)}, []ades.Document{enveloped}, fault.RequestInvalid},
		"a role that is no XML":          {xades.Options{Role: "\x01"}, []ades.Document{enveloped}, fault.XMLMalformed},
		"names twice":                    {xades.Options{Form: xades.Detached}, []ades.Document{file, file}, fault.RequestInvalid},
		"no name":                        {xades.Options{Form: xades.Detached}, []ades.Document{{Content: bytes.NewReader(nil)}}, fault.RequestInvalid},
		"an absolute name":               {xades.Options{Form: xades.Detached}, []ades.Document{{Name: "//a/b", Content: bytes.NewReader(nil)}}, fault.RequestInvalid},
		"1,024 files":                    {xades.Options{Form: xades.Detached}, make([]ades.Document, 1024), fault.RequestInvalid},
		"no content":                     {xades.Options{}, []ades.Document{{Name: "a"}}, fault.Internal},
		"no content and no digest":       {xades.Options{Form: xades.Detached}, []ades.Document{{Name: "a"}}, fault.Internal},
	} {
		prepared, err := xades.Prepare(p.signer, test.documents, test.options)
		if fault.CodeOf(err) != test.want || err == nil || prepared != nil {
			t.Errorf("%s: prepared %t, %v", name, prepared != nil, err)
		}
	}
}

func TestPrepareRefusesSigners(t *testing.T) {
	for name, change := range map[string]func(*ades.Signer){
		"no certificate": func(s *ades.Signer) { s.Certificate = nil },
		"P-224": func(s *ades.Signer) {
			s.Certificate = pkitest.Root(t, "Kök").Issue(t, pkitest.Key(t, "P-224").Public())
		},
		"SHA-1":             func(s *ades.Signer) { s.Hash = crypto.SHA1 },
		"a long chain":      func(s *ades.Signer) { s.Chain = make([]*x509.Certificate, 16) },
		"the year 1949":     func(s *ades.Signer) { s.Time = time.Date(1949, 1, 1, 0, 0, 0, 0, time.UTC) },
		"the year 10000":    func(s *ades.Signer) { s.Time = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"a policy's digest": func(s *ades.Signer) { s.Policy = &ades.Policy{Hash: crypto.SHA256, Digest: []byte{1}} },
	} {
		s := newPerson(t, "P-256").signer
		change(&s)
		if prepared, err := xades.Prepare(s, []ades.Document{xml(note)}, xades.Options{}); err == nil || prepared != nil {
			t.Errorf("%s: prepared", name)
		}
	}
}

// TestFurtherSignatures puts a second signature beside one that covers an element, and has both verified.
func TestFurtherSignatures(t *testing.T) {
	first, second := newPerson(t, "P-256"), newPerson(t, "RSA-2048")
	once := first.sign(t, xades.Options{Element: "metin"}, xml(note))
	twice := second.sign(t, xades.Options{}, xml(string(once)))
	signatures, err := xades.Parse(bytes.NewReader(twice), int64(len(twice)))
	if err != nil || len(signatures) != 2 {
		t.Fatalf("%d signatures, %v", len(signatures), err)
	}
	for i, s := range signatures {
		if err := s.Verify(nil); err != nil {
			t.Errorf("signature %d: %v", i, err)
		}
	}
	if err := signatures[1].Verify([]ades.Document{xml(string(once))}); err != nil {
		t.Errorf("the second over the document with the first: %v", err)
	}
}

// TestDocumentsThatFail gives documents whose content cannot be read.
func TestDocumentsThatFail(t *testing.T) {
	p := newPerson(t, "P-256")
	failing := ades.Document{Name: "a", Size: 10, Content: failingReader{}}
	for _, f := range []xades.Form{xades.Enveloped, xades.Enveloping, xades.Detached} {
		if _, err := xades.Prepare(p.signer, []ades.Document{failing}, xades.Options{Form: f}); !errors.Is(err, errFailing) {
			t.Errorf("form %d: %v", f, err)
		}
	}
}

var errFailing = errors.New("the disk is broken")

type failingReader struct{}

func (failingReader) ReadAt([]byte, int64) (int, error) { return 0, errFailing }

// write writes a file into dir.
func write(t testing.TB, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestLargestDocuments signs documents of the largest size, and verifies them.
func TestLargestDocuments(t *testing.T) {
	p := newPerson(t, "P-256")
	const line = "  <cbc:Amount currencyID=\"TRY\">10.00</cbc:Amount>\n"
	head, tail := `<Invoice xmlns:cbc="urn:x">`, "</Invoice>"
	lines := strings.Repeat(line, (xades.MaxDocument-len(head)-len(tail))/len(line))
	for _, test := range []struct {
		options  xades.Options
		document ades.Document
	}{
		{xades.Options{}, xml(head + lines + tail)},
		{xades.Options{Form: xades.Enveloping}, ades.NewDocument("a", "", make([]byte, xades.MaxDocument))},
	} {
		if err := verify(p.sign(t, test.options, test.document), test.document); err != nil {
			t.Error(err)
		}
	}
}
