package main_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/eyazisma/eyptest"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/signature"
	"github.com/e-onay/e-onay/test/testcard"
)

// sent is a document of a request.
type sent struct {
	name, mediaType string
	content         []byte
}

// Each format is made by a card over all documents of a request, one by one or together, and its own reader finds the
// person's signature over them.
func TestSignFormats(t *testing.T) {
	t.Parallel()
	pkg := eyptest.New("2.0")
	pkg.AddList(1)
	var (
		text   = sent{"onay.txt", "text/plain", []byte("Onay veriyorum.")}
		binary = sent{"ek.bin", "application/octet-stream", bytes.Repeat([]byte{7}, 5000)}
		pdf    = sent{"a.pdf", protocol.MediaTypePDF, pdftest.Simple()}
		longer = sent{"b.pdf", protocol.MediaTypePDF, pdftest.Build(pdftest.Pages("", pdftest.Page{Text: "Merhaba"}, pdftest.Page{Text: "Dunya"}), "")}
		xml    = sent{"a.xml", protocol.MediaTypeXML, []byte(`<a xmlns="urn:a">Onay</a>`)}
		other  = sent{"b.xml", protocol.MediaTypeXML, []byte(`<b xmlns="urn:b"><c>Onay veriyorum</c></b>`)}
		letter = sent{"a.eyp", protocol.MediaTypeEYP, pkg.Archive(t)}
	)
	stamp := &protocol.Stamp{Page: 1, Left: 50, Bottom: 50, Width: 200, Height: 60}
	m, _, _ := oneCard(t, testcard.P384)
	for name, request := range map[string]struct {
		options   protocol.SignatureOptions
		documents []sent
	}{
		"cades attached":  {protocol.SignatureOptions{Format: protocol.FormatCAdES, Profile: protocol.ProfileP4, CAdES: &protocol.CAdESOptions{Form: protocol.CAdESAttached}}, []sent{text, binary}},
		"pades":           {protocol.SignatureOptions{Format: protocol.FormatPAdES, Profile: protocol.ProfileP1, PAdES: &protocol.PAdESOptions{Stamp: stamp}}, []sent{pdf, longer}},
		"xades enveloped": {protocol.SignatureOptions{Format: protocol.FormatXAdES, Profile: protocol.ProfileP1}, []sent{xml, other}},
		"xades together":  {protocol.SignatureOptions{Format: protocol.FormatXAdES, Profile: protocol.ProfileP1, Together: true, XAdES: &protocol.XAdESOptions{Form: protocol.XAdESDetached}}, []sent{xml, text}},
		"asic together":   {protocol.SignatureOptions{Format: protocol.FormatASiC, Profile: protocol.ProfileP1, Together: true}, []sent{text, binary}},
		"jades":           {protocol.SignatureOptions{Format: protocol.FormatJAdES, Profile: protocol.ProfileP1}, []sent{text, binary}},
		"eyp":             {protocol.SignatureOptions{Format: protocol.FormatEYP, Profile: protocol.ProfileP1}, []sent{letter}},
	} {
		t.Run(name, func(t *testing.T) {
			w, list, _ := m.ready(t)
			var shown, contents [][]byte
			var documents []ades.Document
			for i, d := range request.documents {
				shown, contents = append(shown, w.send(i, d.name, d.mediaType, d.content)), append(contents, d.content)
				documents = append(documents, ades.NewDocument(d.name, d.mediaType, d.content))
			}
			files := request.options.Files(len(documents))
			var checked protocol.DocumentProblems
			w.answer(w.ask(protocol.HostCheck, protocol.HostCheckBody{SignatureOptions: request.options}), protocol.HostChecked, &checked)
			if want := make([]fault.Code, len(files)); !slices.Equal(checked.Problems, want) {
				t.Errorf("checked: %v", checked.Problems)
			}
			body := signRequest(list.Certificates[0], pin, shown)
			body.SignatureOptions = request.options
			var signed signedFiles
			w.answer(w.ask(protocol.HostSign, body), protocol.HostSigned, &signed)
			format, err := signature.Lookup(string(request.options.Format), string(request.options.Profile))
			if err != nil {
				t.Fatal(err)
			}
			for i, places := range files {
				whole := signed.Signatures[i].whole(contents)
				parsed, err := format.Parse(bytes.NewReader(whole), int64(len(whole)))
				if err != nil {
					t.Fatal(err)
				}
				var covered []ades.Document
				for _, place := range places {
					covered = append(covered, documents[place])
				}
				if err := parsed[0].Verify(covered); err != nil || !format.Profile.Accepts(parsed[0].Claims().Policy) {
					t.Errorf("file %d: %v, policy %v", i, err, parsed[0].Claims().Policy)
				}
			}
		})
	}
}

// What a document forbids is told before the person types a PIN, and nothing is signed then either; beside others that can
// be signed, it does not take them along.
func TestDocumentsThatCannotBeSigned(t *testing.T) {
	t.Parallel()
	m, _, _ := oneCard(t, testcard.P256)
	good, bad := []byte(`<a xmlns="urn:a">Onay</a>`), []byte(`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`)
	options := protocol.SignatureOptions{Format: protocol.FormatXAdES, Profile: protocol.ProfileP1}
	for _, tt := range []struct {
		documents [][]byte
		problems  []fault.Code
	}{
		{[][]byte{bad}, []fault.Code{fault.XMLMalformed}},
		{[][]byte{bad, good}, []fault.Code{fault.XMLMalformed, ""}},
	} {
		w, list, _ := m.ready(t)
		var shown [][]byte
		for i, d := range tt.documents {
			shown = append(shown, w.send(i, "a.xml", protocol.MediaTypeXML, d))
		}
		var checked protocol.DocumentProblems
		w.answer(w.ask(protocol.HostCheck, protocol.HostCheckBody{SignatureOptions: options}), protocol.HostChecked, &checked)
		if !slices.Equal(checked.Problems, tt.problems) {
			t.Errorf("checked: %v, want %v", checked.Problems, tt.problems)
		}
		body := signRequest(list.Certificates[0], pin, shown)
		body.SignatureOptions = options
		id := w.ask(protocol.HostSign, body)
		if len(tt.documents) == 1 {
			w.refused(id, fault.XMLMalformed)
			continue
		}
		var signed signedFiles
		w.answer(id, protocol.HostSigned, &signed)
		if signed.Outcomes[0].Code != fault.XMLMalformed || signed.Outcomes[1].Code != "" {
			t.Errorf("outcomes %v", signed.Outcomes)
		}
	}
}

// A window that has not asked the host to keep the bytes, or asks for what does not go together, gets nothing signed.
func TestFormatsRefused(t *testing.T) {
	t.Parallel()
	m, _, _ := oneCard(t, testcard.P256)
	w, list, shown := m.ready(t, []byte("Onay"))
	for name, tt := range map[string]struct {
		options protocol.SignatureOptions
		code    fault.Code
	}{
		"bytes not kept":  {protocol.SignatureOptions{Format: protocol.FormatJAdES, Profile: protocol.ProfileP1}, fault.Sequence},
		"not of a text":   {protocol.SignatureOptions{Format: protocol.FormatPAdES, Profile: protocol.ProfileP1}, fault.RequestInvalid},
		"another profile": {protocol.SignatureOptions{Format: protocol.FormatASiC, Profile: protocol.ProfileP4}, fault.Unsupported},
		"another's form":  {protocol.SignatureOptions{Format: protocol.FormatCAdES, Profile: protocol.ProfileP1, JAdES: &protocol.JAdESOptions{}}, fault.RequestInvalid},
	} {
		body := signRequest(list.Certificates[0], pin, shown)
		body.SignatureOptions = tt.options
		if f := w.refused(w.ask(protocol.HostSign, body), tt.code); f.PIN != nil {
			t.Errorf("%s: the PIN was used: %+v", name, f)
		}
	}
}

// A stamp is shown before the PIN is typed: what is appended to the PDF, with the holder's name, on the page that was asked for.
func TestPreview(t *testing.T) {
	t.Parallel()
	m, _, _ := oneCard(t, testcard.P256)
	w, list, _ := m.ready(t)
	pdf := pdftest.Simple()
	w.send(0, "a.pdf", protocol.MediaTypePDF, pdf)
	body := protocol.HostPreviewBody{Certificate: list.Certificates[0].ID, SignatureOptions: protocol.SignatureOptions{
		Format: protocol.FormatPAdES, Profile: protocol.ProfileP1,
		PAdES: &protocol.PAdESOptions{Stamp: &protocol.Stamp{Page: -1, Left: 50, Bottom: 50, Width: 200, Height: 60}},
	}}
	var preview protocol.Preview
	w.answer(w.ask(protocol.HostPreview, body), protocol.HostPreviewed, &preview)
	file := pdftest.Write(t, append(pdf, preview.Appended...))
	if text, err := pdftest.Run(t, "pdftotext", file, "-"); err != nil || !strings.Contains(text, "Ayşe Yılmaz") || preview.Page != 1 {
		t.Errorf("page %d says %q, %v", preview.Page, text, err)
	}
	another := body
	another.Document = 1
	w.refused(w.ask(protocol.HostPreview, another), fault.MessageInvalid)
	invisible := body
	invisible.PAdES = nil
	var nothing protocol.Preview
	w.answer(w.ask(protocol.HostPreview, invisible), protocol.HostPreviewed, &nothing)
	if nothing.Page != 0 || len(nothing.Appended) > 0 {
		t.Errorf("an invisible signature is on page %d", nothing.Page)
	}
	body.Certificate = "00"
	w.refused(w.ask(protocol.HostPreview, body), fault.NoCertificate)
}
