package pades_test

import (
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
)

// TestLaterObjects has objects come after a signature. Where the signed document referred to one, what was null for everybody who
// has read it shows something afterwards.
func TestLaterObjects(t *testing.T) {
	const later = 40
	p := newPerson(t, "P-256")
	for name, test := range map[string]struct {
		page string       // its Contents
		more bool         // another object refers to it too, from the second revision on
		want []fault.Code // of the first two signatures
	}{
		"nobody's":              {"5 0 R", false, []fault.Code{"", ""}},
		"awaited":               {"[5 0 R 40 0 R]", false, []fault.Code{fault.SignatureInvalid, fault.SignatureInvalid}},
		"one of many":           {"[5 0 R 35 0 R]", false, []fault.Code{fault.SignatureInvalid, fault.SignatureInvalid}},
		"awaited by two":        {"[5 0 R 40 0 R]", true, []fault.Code{fault.SignatureInvalid, fault.SignatureInvalid}},
		"awaited by the second": {"5 0 R", true, []fault.Code{"", fault.SignatureInvalid}},
		"never there":           {"[5 0 R 50 0 R]", false, []fault.Code{"", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			objects := pdftest.Pages("", pdftest.Page{Text: "x"}, pdftest.Page{Text: "y"})
			objects[5].Body = "<</Type/Page/Parent 2 0 R/Contents " + test.page + ">>"
			file := p.sign(t, pdftest.Build(objects, ""), pades.Options{})
			if test.more {
				file = updated(t, file, func(_ *pdf.File, u *pdf.Update) { u.Add(pdf.Dict{"X": pdf.Ref{Number: later}}) })
			}
			file = updated(t, p.sign(t, file, pades.Options{}), func(f *pdf.File, u *pdf.Update) {
				for n := 0; n < later; {
					n = u.Add(&pdf.NewStream{Dict: pdf.Dict{}, Data: []byte("BT (odenecek) Tj ET")}).Number
				}
			})
			file = p.sign(t, file, pades.Options{}) // which covers what has come
			all, err := parse(file)
			if err != nil || len(all) != 3 {
				t.Fatalf("%d signatures, %v", len(all), err)
			}
			for i, want := range append(test.want, "") {
				wantCode(t, all[i].Verify(nil), "")
				wantCode(t, all[i].LaterChanges(), want)
			}
		})
	}
}
