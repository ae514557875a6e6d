package formats_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/e-onay/e-onay/internal/xades"
)

// signXML has the signer of a world sign documents.
func signXML(w *validationtest.World, o xades.Options, documents ...ades.Document) []byte {
	w.T.Helper()
	return w.SignXML(validationtest.Signed, nil, o, documents...)
}

// judgeXML judges a file an hour after it was signed, with fresh status of everybody.
func judgeXML(w *validationtest.World, file []byte, documents ...formats.Document) *validation.Report {
	w.T.Helper()
	signatures, err := formats.Read(content(file), documents...)
	if err != nil {
		w.T.Fatal(err)
	}
	policy := validation.DefaultPolicy()
	policy.Anchors = []validation.Anchor{{Certificate: w.Root.Certificate}}
	signed := validationtest.Signed
	return validation.Validate(validation.Input{Signatures: signatures, Policy: policy, Moment: signed.Add(time.Hour), Data: validation.Data{
		OCSPs: [][]byte{w.OCSP(w.CA, w.Signer, signed, 24*time.Hour)}, CRLs: [][]byte{w.CRL(w.Root, signed, 24*time.Hour)},
	}})
}

func xmlDocument(source string) ades.Document {
	return ades.NewDocument("belge.xml", "text/xml", []byte(source))
}

const invoiceXML = `<?xml version="1.0"?><Fatura xmlns="urn:x" no="1"><Tutar Id="tutar">100</Tutar><!-- not --></Fatura>`

// TestOurXAdES judges what internal/xades makes, in each form: what it is worth, its level, and what it covers.
func TestOurXAdES(t *testing.T) {
	w := validationtest.New(t)
	files := []ades.Document{ades.NewDocument("bir.txt", "text/plain", []byte("Bir.")), ades.NewDocument("iki üç.txt", "text/plain", []byte("İki."))}
	for _, test := range []struct {
		name      string
		options   xades.Options
		documents []ades.Document
		level     string
		content   string
		parts     []string
		uncovered []string
	}{
		{"enveloped", xades.Options{}, []ades.Document{xmlDocument(invoiceXML)}, "B", "attached", []string{""}, nil},
		{"element", xades.Options{Element: "tutar"}, []ades.Document{xmlDocument(invoiceXML)}, "B", "element", []string{"#tutar Tutar"}, []string{"/Fatura"}},
		{"enveloping", xades.Options{Form: xades.Enveloping}, files[:1], "B", "attached", []string{"# Object"}, nil},
		{"e-Reçete", xades.Options{Form: xades.Enveloping, Dialect: xades.EPrescription, DigestObject: true}, files[:1], "", "attached", []string{"# Object"}, nil},
		{"detached", xades.Options{Form: xades.Detached}, files, "B", "detached", []string{"bir.txt", "iki üç.txt"}, nil},
		{"container", xades.Options{Form: xades.Detached, Container: true}, files, "B", "detached", []string{"bir.txt", "iki üç.txt"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			signed := signXML(w, test.options, test.documents...)
			var beside []formats.Document
			for _, d := range files {
				data := make([]byte, d.Size)
				if _, err := d.Content.ReadAt(data, 0); err != nil {
					t.Fatal(err)
				}
				beside = append(beside, formats.Document{Name: d.Name, Content: content(data)})
			}
			got := judgeXML(w, signed, beside...).Signatures[0]
			if got.Indication != validation.Passed || !got.Intact || got.Format != "XAdES" || got.Level != test.level || got.Form != "BES" {
				t.Fatalf("%s %s %+v, level %q, form %q", got.Indication, got.SubIndication, got.Reasons, got.Level, got.Form)
			}
			if !got.Claimed.Equal(validationtest.Signed) || !got.Signer.Certificate.Equal(w.Signer) {
				t.Errorf("claimed %v, signer %v", got.Claimed, got.Signer.Certificate.Subject)
			}
			var parts []string
			for _, part := range got.Covers.Parts {
				if part.Digest == "" || part.Size == nil {
					t.Errorf("part %+v", part)
				}
				if id, name, found := strings.Cut(part.Name, " "); found && name == "Object" && strings.HasPrefix(id, "#") {
					part.Name = "# Object"
				}
				parts = append(parts, part.Name)
			}
			if got.Covers.Content != test.content || !slices.Equal(parts, test.parts) || !slices.Equal(got.Covers.Uncovered, test.uncovered) {
				t.Errorf("covers %+v", got.Covers)
			}
		})
	}
}

// TestSpoiltXAdES judges what was done to a signature afterwards.
func TestSpoiltXAdES(t *testing.T) {
	w := validationtest.New(t)
	enveloped := signXML(w, xades.Options{}, xmlDocument(invoiceXML))
	element := signXML(w, xades.Options{Element: "tutar"}, xmlDocument(invoiceXML))
	files := ades.NewDocument("bir.txt", "text/plain", []byte("Bir."))
	detached := signXML(w, xades.Options{Form: xades.Detached}, files)
	replace := func(file []byte, pairs ...string) []byte {
		for i := 0; i < len(pairs); i += 2 {
			if !bytes.Contains(file, []byte(pairs[i])) {
				t.Fatalf("no %q in %s", pairs[i], file)
			}
		}
		return []byte(strings.NewReplacer(pairs...).Replace(string(file)))
	}
	for _, test := range []struct {
		name       string
		file       []byte
		documents  []formats.Document
		indication validation.Indication
		sub        validation.SubIndication
		uncovered  []string
	}{
		{"content changed", replace(enveloped, ">100<", ">900<"), nil, validation.Failed, validation.HashFailure, nil},
		{"comment added", replace(enveloped, ">100<", ">100<!-- x --><"), nil, validation.Passed, "", nil},
		{"signing time changed", replace(enveloped, "2024-05-06", "2024-05-05"), nil, validation.Failed, validation.HashFailure, nil},
		{"two of one identifier", replace(element, "<!-- not -->", `<Tutar Id="tutar">900</Tutar>`), nil, validation.Failed, validation.FormatFailure, nil},
		{"wrapped", replace(element, `<Fatura xmlns="urn:x" no="1">`, `<Zarf xmlns="urn:x"><Fatura no="1"><Tutar>900</Tutar></Fatura><Eski>`, `</Fatura>`, `</Eski></Zarf>`),
			nil, validation.Passed, "", []string{"/Zarf/Fatura"}},
		{"Object added", replace(enveloped, "</ds:Signature>", `<ds:Object><Tutar xmlns="urn:x">900</Tutar></ds:Object></ds:Signature>`),
			nil, validation.Passed, "", []string{"/Fatura/…/Signature/Object"}},
		{"beside the properties", replace(enveloped, "</xades:QualifyingProperties>", `</xades:QualifyingProperties><Tutar xmlns="urn:x">900</Tutar>`),
			nil, validation.Passed, "", []string{"/Fatura/…/Signature/Object"}},
		{"transform exchanged", replace(enveloped, "http://www.w3.org/2000/09/xmldsig#enveloped-signature", "http://www.w3.org/TR/1999/REC-xslt-19991116"),
			nil, validation.Failed, validation.SigCryptoFailure, nil},
		{"detached, without the file", detached, nil, validation.Indeterminate, validation.SignedDataNotFound, nil},
		{"detached, with another file of the name", detached, []formats.Document{{Name: "bir.txt", Content: content([]byte("İki."))}},
			validation.Failed, validation.HashFailure, nil},
		{"detached, with the only file under another name", detached, []formats.Document{{Name: "x", Content: content([]byte("Bir."))}}, validation.Passed, "", nil},
		{"detached, with two files under other names", detached,
			[]formats.Document{{Name: "x", Content: content([]byte("Bir."))}, {Name: "y", Content: content([]byte("Bir."))}},
			validation.Indeterminate, validation.SignedDataNotFound, nil},
		{"detached, in a folder", detached, []formats.Document{{Name: "a/bir.txt", Content: content([]byte("Bir."))}, {Name: "y", Content: content([]byte("İki."))}},
			validation.Passed, "", nil},
		{"detached, in two folders", detached,
			[]formats.Document{{Name: "a/bir.txt", Content: content([]byte("Bir."))}, {Name: "b/bir.txt", Content: content([]byte("İki."))}},
			validation.Indeterminate, validation.SignedDataNotFound, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := judgeXML(w, test.file, test.documents...).Signatures[0]
			if got.Indication != test.indication || got.SubIndication != test.sub || got.Indication != validation.Passed && len(got.Reasons) == 0 {
				t.Errorf("%s %s %+v, want %s %s", got.Indication, got.SubIndication, got.Reasons, test.indication, test.sub)
			}
			if test.uncovered != nil && !slices.Equal(got.Covers.Uncovered, test.uncovered) {
				t.Errorf("uncovered %q", got.Covers.Uncovered)
			}
		})
	}
}
