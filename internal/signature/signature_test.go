package signature_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/asic"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/eyazisma/eyptest"
	"github.com/e-onay/e-onay/internal/eyp"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/jades"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/signature"
	"github.com/e-onay/e-onay/internal/xades"
)

var content = []byte("Onay veriyorum.\n")

// A form is one that each format's contract is held against: its options, its documents, and whether what is verified with the
// documents is refused with others. A file that was signed before is not what its signatures are over.
type form struct {
	name, format string
	profiles     []string
	options      signature.Options
	documents    []ades.Document
	further      bool
	inPart       bool // the signature is over a part of the document
}

var all, onlyP1 = []string{"P1", "P2", "P3", "P4"}, []string{"P1"}

// forms are all that a page can ask for.
func forms(t *testing.T) []form {
	text := ades.NewDocument("onay.txt", "text/plain", content)
	other := ades.NewDocument("ek.bin", "application/octet-stream", []byte{1, 2, 3})
	xml := ades.NewDocument("a.xml", "application/xml", []byte(`<a xmlns="urn:a"><b Id="b1">Onay</b></a>`))
	pdf := ades.NewDocument("a.pdf", "application/pdf", pdftest.Simple())
	p := eyptest.New("2.0")
	p.AddList(1)
	letter := ades.NewDocument("a.eyp", "application/eyazisma", p.Archive(t))
	signedFile := func(options signature.Options, format string, documents ...ades.Document) ades.Document {
		return ades.NewDocument("signed", "", newSigner(t).sign(t, format, "P1", options, documents...))
	}
	p7s := signedFile(signature.Options{}, "cades", text)
	two := signedFile(signature.Options{CAdES: cades.Options{Form: cades.Parallel}}, "cades", text, p7s)
	container := signedFile(signature.Options{}, "asic", text)
	stamp := &pades.Stamp{Page: -1, Area: pades.Area{Left: 50, Bottom: 50, Width: 200, Height: 60}}
	return []form{
		{name: "detached", format: "cades", profiles: all, documents: []ades.Document{text}},
		{name: "attached", format: "cades", profiles: all, options: signature.Options{CAdES: cades.Options{Form: cades.Attached}}, documents: []ades.Document{text}},
		{name: "parallel", format: "cades", profiles: all, options: signature.Options{CAdES: cades.Options{Form: cades.Parallel}}, documents: []ades.Document{text, p7s}, further: true},
		{name: "counter-signature", format: "cades", profiles: all, options: signature.Options{CAdES: cades.Options{Form: cades.CounterSignature}}, documents: []ades.Document{p7s}, further: true},
		{name: "counter-signature of the second", format: "cades", profiles: onlyP1, options: signature.Options{CAdES: cades.Options{Form: cades.CounterSignature, Signer: 1}}, documents: []ades.Document{two}, further: true},
		{name: "invisible", format: "pades", profiles: all, documents: []ades.Document{pdf}},
		{name: "visible certification", format: "pades", profiles: all, options: signature.Options{PAdES: pades.Options{Stamp: stamp, Certify: 2, Reason: "Çünkü"}}, documents: []ades.Document{pdf}},
		{name: "enveloped", format: "xades", profiles: all, documents: []ades.Document{xml}},
		{name: "element", format: "xades", profiles: all, options: signature.Options{XAdES: xades.Options{Element: "b1"}}, documents: []ades.Document{xml}, inPart: true},
		{name: "enveloping", format: "xades", profiles: all, options: signature.Options{XAdES: xades.Options{Form: xades.Enveloping}}, documents: []ades.Document{text}},
		{name: "prescription", format: "xades", profiles: all, options: signature.Options{XAdES: xades.Options{Form: xades.Enveloping, Dialect: xades.EPrescription}}, documents: []ades.Document{xml}},
		{name: "detached", format: "xades", profiles: all, options: signature.Options{XAdES: xades.Options{Form: xades.Detached}}, documents: []ades.Document{text, other}},
		{name: "asic-e with CAdES", format: "asic", profiles: onlyP1, documents: []ades.Document{text, other}},
		{name: "asic-e with XAdES", format: "asic", profiles: onlyP1, options: signature.Options{ASiC: asic.Options{XAdES: true}}, documents: []ades.Document{text, other}},
		{name: "asic-s", format: "asic", profiles: onlyP1, options: signature.Options{ASiC: asic.Options{Simple: true}}, documents: []ades.Document{text}},
		{name: "further", format: "asic", profiles: onlyP1, options: signature.Options{ASiC: asic.Options{Further: true}}, documents: []ades.Document{container}, further: true},
		{name: "compact", format: "jades", profiles: onlyP1, documents: []ades.Document{text}},
		{name: "general", format: "jades", profiles: onlyP1, options: signature.Options{JAdES: jades.Options{Serialization: jades.General}}, documents: []ades.Document{text}},
		{name: "detached", format: "jades", profiles: onlyP1, options: signature.Options{JAdES: jades.Options{Detached: true}}, documents: []ades.Document{text, other}},
		{name: "signature", format: "eyp", profiles: all, documents: []ades.Document{letter}},
		{name: "attached signature", format: "eyp", profiles: all, options: signature.Options{EYP: eyp.Options{Attached: true}}, documents: []ades.Document{letter}},
	}
}

// signer is a person with a card, in Go.
type signer struct {
	key         crypto.Signer
	certificate *x509.Certificate
}

func newSigner(t *testing.T) signer {
	t.Helper()
	key := pkitest.Key(t, "P-384")
	return signer{key, pkitest.Root(t, "Deneme Kök").Issue(t, key.Public())}
}

func (s signer) request(t *testing.T, options signature.Options, documents ...ades.Document) signature.Request {
	t.Helper()
	hash, err := ades.HashFor(s.certificate.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	signer := ades.Signer{Certificate: s.certificate, Hash: hash, Time: time.Now()}
	return signature.Request{Signer: signer, Documents: documents, Options: options}
}

// sign makes a signed file.
func (s signer) sign(t *testing.T, format, profile string, options signature.Options, documents ...ades.Document) []byte {
	t.Helper()
	f, err := signature.Lookup(format, profile)
	if err != nil {
		t.Fatal(err)
	}
	r := s.request(t, options, documents...)
	prepared, err := f.Prepare(r)
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := prepared.Complete(s.value(t, prepared.Digest(), r.Hash))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(pieces.Reader(documents))
	if err != nil {
		t.Fatal(err)
	}
	return whole
}

func (s signer) value(t *testing.T, digest []byte, hash crypto.Hash) []byte {
	t.Helper()
	value, err := s.key.Sign(rand.Reader, digest, hash)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// TestContract holds each format, in each form and profile, against what the package promises of all.
func TestContract(t *testing.T) {
	for _, form := range forms(t) {
		for _, profile := range form.profiles {
			t.Run(form.format+" "+form.name+" "+profile, func(t *testing.T) { checkContract(t, form, profile) })
		}
	}
}

func checkContract(t *testing.T, form form, profile string) {
	format, err := signature.Lookup(form.format, profile)
	if err != nil {
		t.Fatal(err)
	}
	s := newSigner(t)
	request := s.request(t, form.options, form.documents...)
	prepared, err := format.Prepare(request)
	if err != nil {
		t.Fatal(err)
	}
	made := s.value(t, prepared.Digest(), request.Hash)
	pieces, err := prepared.Complete(made)
	if err != nil {
		t.Fatal(err)
	}
	if err := format.Check(pieces, request); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"P1", "P4"} {
		f, err := signature.Lookup(form.format, other)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Check(pieces, request); (err == nil) != (other == profile) {
			t.Errorf("as %s: %v", other, err)
		}
	}
	checkRefusals(t, format, form, request, pieces)
	if !form.further && !form.inPart {
		checkParsed(t, format, s, request, pieces)
	}
	made[len(made)-1] ^= 1
	if _, err := prepared.Complete(made); fault.CodeOf(err) != fault.TokenError {
		t.Errorf("with another signature of the card: %v", err)
	}
	request.Certificate = nil
	if prepared, err := format.Prepare(request); err == nil || prepared != nil {
		t.Errorf("prepared without a certificate: %v", err)
	}
}

// checkRefusals has a file checked that is not what was asked for.
func checkRefusals(t *testing.T, format signature.Format, form form, request signature.Request, pieces ades.Pieces) {
	t.Helper()
	stranger, other := request, request
	stranger.Certificate, other.Documents = newSigner(t).certificate, otherContent(t, request.Documents)
	elsewhere := request
	elsewhere.Options.XAdES.Element += "1"
	outside := append(slices.Clone(pieces), ades.Piece{Document: len(request.Documents), Length: 1})
	for name, test := range map[string]struct {
		pieces  ades.Pieces
		request signature.Request
	}{
		"as another's":           {pieces, stranger},
		"over other content":     {pieces, other},
		"of another's documents": {outside, request},
		"of another element":     {pieces, elsewhere},
	} {
		if name == "of another element" && form.options.XAdES.Element == "" {
			continue
		}
		if name == "over other content" && form.options.CAdES.Form == cades.CounterSignature {
			continue // it is over a signature, and no document
		}
		if err := format.Check(test.pieces, test.request); err == nil || fault.CodeOf(err) != fault.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// otherContent returns a copy of documents in which the first has another content.
func otherContent(t *testing.T, documents []ades.Document) []ades.Document {
	t.Helper()
	first := documents[0]
	changed, err := io.ReadAll(first.Reader())
	if err != nil {
		t.Fatal(err)
	}
	if i := bytes.LastIndexByte(changed, 'O'); i >= 0 {
		changed[i] = '0'
	} else {
		changed[len(changed)-1] ^= 1
	}
	return append([]ades.Document{ades.NewDocument(first.Name, first.MediaType, changed)}, documents[1:]...)
}

// checkParsed reads a signed file as its receiver does.
func checkParsed(t *testing.T, format signature.Format, s signer, request signature.Request, pieces ades.Pieces) {
	t.Helper()
	signed := pieces.Reader(request.Documents)
	parsed, err := format.Parse(signed, signed.Size())
	if err != nil || len(parsed) != 1 {
		t.Fatalf("%d signatures, %v", len(parsed), err)
	}
	if err := parsed[0].Verify(request.Documents); err != nil {
		t.Errorf("over its content: %v", err)
	}
	if err := parsed[0].Verify(otherContent(t, request.Documents)); err == nil {
		t.Error("verified over other content")
	}
	claims := parsed[0].Claims()
	if !claims.Certificate.Equal(s.certificate) || claims.Hash != request.Hash ||
		!claims.SigningTime.Equal(request.Time.Truncate(time.Second)) || claims.Algorithm != x509.ECDSAWithSHA384 {
		t.Errorf("it claims %+v", claims)
	}
	part := io.NewSectionReader(signed, 1, signed.Size()-1)
	if parsed, err := format.Parse(part, part.Size()); err == nil {
		for _, p := range parsed {
			if err := p.Verify(request.Documents); err == nil {
				t.Error("a part of it is read")
			}
		}
	}
}

// What is wrong with signatures that a document has already is said of the document.
func TestSignedBefore(t *testing.T) {
	s := newSigner(t)
	text := ades.NewDocument("onay.txt", "text/plain", content)
	file := s.sign(t, "cades", "P1", signature.Options{}, text)
	format, err := signature.Lookup("cades", "P1")
	if err != nil {
		t.Fatal(err)
	}
	options := signature.Options{CAdES: cades.Options{Form: cades.Parallel}}
	other := ades.NewDocument("onay.txt", "text/plain", []byte("Onay vermiyorum."))
	for name, tt := range map[string]struct {
		content ades.Document
		file    []byte
		code    fault.Code
	}{
		"over another content": {other, file, fault.SignedFileInvalid},
		"no file":              {text, []byte("PK"), fault.ContainerMalformed},
		"a part":               {text, file[:len(file)-1], fault.ContainerMalformed},
	} {
		request := s.request(t, options, tt.content, ades.NewDocument("onay.p7s", "application/pkcs7-signature", tt.file))
		if _, err := format.Prepare(request); fault.CodeOf(err) != tt.code {
			t.Errorf("%s: %v, want %s", name, err, tt.code)
		}
	}
}

func TestLookupRefusesUnknownNames(t *testing.T) {
	for _, names := range [][2]string{{"", ""}, {"cades", ""}, {"cades", "P5"}, {"CAdES", "P1"}, {"pdf", "P1"}} {
		if _, err := signature.Lookup(names[0], names[1]); fault.CodeOf(err) != fault.Unsupported {
			t.Errorf("%q: %v", names, err)
		}
	}
}
