package pdf_test

import (
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
)

// TestFeatures puts one thing after the other into a plain document.
func TestFeatures(t *testing.T) {
	for object, want := range map[string]pdf.Features{
		"<</Title(x)/S/Transparency/F 2>>":                            {},
		"<</S/JavaScript/JS(app.alert(1))>>":                          {Scripts: true},
		"[<</A<</S/Rendition/JS(x)>>>>]":                              {Scripts: true, Media: true},
		"<</OpenAction<</Type/Action/S/Launch/F(cmd.exe)>>>>":         {Actions: true},
		"<</AA<</O<</S/SubmitForm>>>>>>":                              {Actions: true},
		"<</S/SetOCGState>>":                                          {Actions: true},
		"<</Type/Filespec/EF<</F 6 0 R>>>>":                           {Files: true},
		"<</Type/EmbeddedFile/Length 0>>stream\n\nendstream":          {Files: true},
		"<</OCProperties<<>>>>":                                       {Layers: true},
		"<</Type/OCG/Name(x)>>":                                       {Layers: true},
		"<</Type/Annot/Subtype/Link/A<</S/URI/URI(http://x)>>>>":      {Links: true},
		"<</S/GoToR/F(x.pdf)>>":                                       {Links: true},
		"<</Type/Annot/Subtype/Text/Rect[0 0 1 1]/F 2>>":              {Hidden: true},
		"<</Type/Annot/Subtype/Text/Rect[0 0 1 1]/F 36>>":             {Hidden: true},
		"<</Type/Annot/Subtype/Text/Rect[0 0 1 1]/F 4>>":              {},
		"<</Subtype/Image/Alternates[]/Length 0>>stream\n\nendstream": {Hidden: true},
		"<</Subtype/RichMedia>>":                                      {Media: true},
		"<</F(/etc/passwd)/Length 0>>stream\n\nendstream":             {Outside: true},
		"<</Subtype/Form/Ref<<>>/Length 0>>stream\n\nendstream":       {Outside: true},
		"<</Fields[]/XFA 6 0 R>>":                                     {XFA: true},
	} {
		objects := append(pdftest.Pages("", pdftest.Page{Text: "x"}), pdftest.Object{Number: 6, Body: object})
		f, err := open(pdftest.Build(objects, ""))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.Features(); err != nil || got != want {
			t.Errorf("%s: %+v, %v", object, got, err)
		}
	}
}

// TestFeaturesReadEveryObject refuses what CheckObjects does.
func TestFeaturesReadEveryObject(t *testing.T) {
	objects := append(pdftest.Pages("", pdftest.Page{Text: "x"}), pdftest.Object{Number: 6, Body: "<</Length 5>>stream\n\nendstream"})
	f, err := open(pdftest.Build(objects, ""))
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Features()
	wantCode(t, err, fault.PDFMalformed)
}
