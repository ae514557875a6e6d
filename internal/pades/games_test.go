package pades_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// updated is file with an update made by change.
func updated(t *testing.T, file []byte, change func(f *pdf.File, u *pdf.Update)) []byte {
	t.Helper()
	f, err := pdf.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	u, err := f.NewUpdate()
	if err != nil {
		t.Fatal(err)
	}
	change(f, u)
	appended, err := u.Write(nil)
	if err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(file), appended.Bytes...)
}

// set is an update that replaces an entry of a dictionary, or removes it.
func set(t *testing.T, number int, key pdf.Name, value pdf.Object) func(*pdf.File, *pdf.Update) {
	return func(f *pdf.File, u *pdf.Update) {
		o, err := f.Get(pdf.Ref{Number: number})
		if err != nil {
			t.Fatal(err)
		}
		d := o.(pdf.Dict).Clone()
		if value == nil {
			delete(d, key)
		} else {
			d[key] = value
		}
		u.Set(pdf.Ref{Number: number}, d)
	}
}

func TestByteRangeGames(t *testing.T) {
	p := newPerson(t, "P-256")
	file := p.sign(t, pdftest.Simple(), pades.Options{})
	s := last(t, file)
	r := s.ByteRange
	numbers := func(a, b, c, d int64) []byte {
		old := fmt.Sprintf("[0 %-33s]", fmt.Sprintf("%d %d %d", r[1], r[2], r[3]))
		made := fmt.Sprintf("[%d %-33s]", a, fmt.Sprintf("%d %d %d", b, c, d))
		if bytes.Count(file, []byte(old)) != 1 || len(old) != len(made) {
			t.Fatalf("%q in place of %q", made, old)
		}
		return bytes.Replace(file, []byte(old), []byte(made), 1)
	}
	size := int64(len(file))
	dictionary := string(pdf.Bytes(pdf.Dict{"X": s.Contents}))
	for name, changed := range map[string][]byte{
		"begins behind the beginning": numbers(1, r[1], r[2], r[3]),
		"gap begins before Contents":  numbers(0, r[1]-20, r[2], r[3]),
		"gap begins inside":           numbers(0, r[1]+1, r[2], r[3]),
		"gap ends behind Contents":    numbers(0, r[1], r[2]+2, r[3]-2),
		"gap ends inside":             numbers(0, r[1], r[2]-1, r[3]+1),
		"ends before the end":         numbers(0, r[1], r[2], r[3]-1),
		"ends behind the end":         numbers(0, r[1], r[2], r[3]+1),
		"ends far behind":             numbers(0, r[1], r[2], 999999999),
		"whole file":                  numbers(0, size, size, 0),
		"first part alone":            numbers(0, r[1], r[2], 0),
		"second part is the first":    numbers(0, r[1], 0, r[1]),
		"Contents in parentheses":     bytes.Replace(bytes.Replace(file, []byte("/Contents <3"), []byte("/Contents (3"), 1), []byte("0>>>"), []byte("0)>>"), 1),
		"Contents elsewhere":          bytes.Replace(file, []byte("/Contents <"), []byte("/Contentz <"), 1),
		"no SubFilter":                bytes.Replace(file, []byte("/SubFilter"), []byte("/SubFolder"), 1),
		"no time":                     bytes.Replace(file, []byte("/M ("), []byte("/N ("), 1),
		"dictionary replaced later":   updated(t, file, set(t, s.Ref.Number, "Reason", pdf.String(dictionary))),
		"dictionary freed later":      updated(t, file, func(_ *pdf.File, u *pdf.Update) { u.Set(s.Ref, nil) }),
		"field without its value":     updated(t, file, set(t, s.Field.Ref.Number, "V", nil)),
		"value is a dictionary":       updated(t, file, set(t, s.Field.Ref.Number, "V", s.Dict)),
		"in an object stream":         pdftest.QPDF(t, file, "--object-streams=generate"),
		"written anew":                pdftest.QPDF(t, file),
		"two fields of one signature": updated(t, file, func(f *pdf.File, u *pdf.Update) {
			form, _, _ := f.Form()
			second := u.Add(pdf.Dict{"FT": pdf.Name("Sig"), "T": pdf.String("b"), "V": s.Ref})
			catalog, _ := f.Catalog()
			d := catalog.Clone()
			d["AcroForm"] = pdf.Dict{"Fields": append(form["Fields"].(pdf.Array), second)}
			u.Set(f.Trailer()["Root"].(pdf.Ref), d)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			all, err := parse(changed)
			if err == nil && all[0].Verify(nil) == nil {
				t.Error("it verifies")
			}
			if err != nil && fault.CodeOf(err) == fault.Internal {
				t.Errorf("refused without a code: %v", err)
			}
		})
	}
}

// TestShadows has revisions after a signature, and before one, that change what is shown.
func TestShadows(t *testing.T) {
	p := newPerson(t, "P-256")
	document := withForm("", "", "/Perms 11 0 R", "<</Other(x)>>")
	signed := p.sign(t, document, pades.Options{Field: "Imza"})
	stamp := &pades.Stamp{Area: pades.Area{Left: 100, Bottom: 400, Width: 100, Height: 50}}
	ref := func(n int) pdf.Ref { return pdf.Ref{Number: n} }
	for name, test := range map[string]struct {
		file []byte
		want fault.Code
	}{
		"nothing":               {signed, ""},
		"another signature":     {p.sign(t, signed, pades.Options{}), ""},
		"a visible one":         {p.sign(t, signed, pades.Options{Stamp: stamp}), ""},
		"one in an empty field": {p.sign(t, signed, pades.Options{Field: "Kapali"}), ""},
		"document information":  {updated(t, signed, func(_ *pdf.File, u *pdf.Update) { u.Add(pdf.Dict{"Title": pdf.String("x")}) }), ""},
		"long-term validation":  {updated(t, signed, set(t, 1, "DSS", pdf.Dict{})), ""},
		"other content of a page": {updated(t, signed, func(_ *pdf.File, u *pdf.Update) {
			u.Set(ref(5), &pdf.NewStream{Dict: pdf.Dict{}, Data: []byte("BT ET")})
		}), fault.SignatureInvalid},
		"page without content":        {updated(t, signed, func(_ *pdf.File, u *pdf.Update) { u.Set(ref(5), nil) }), fault.SignatureInvalid},
		"page with other content":     {updated(t, signed, set(t, 4, "Contents", pdf.Array{})), fault.SignatureInvalid},
		"page that is turned":         {updated(t, signed, set(t, 4, "Rotate", pdf.Integer(180))), fault.SignatureInvalid},
		"page with an annotation":     {updated(t, signed, set(t, 4, "Annots", pdf.Array{ref(6), ref(7), ref(8), ref(3)})), fault.SignatureInvalid},
		"page with a signature twice": {updated(t, signed, set(t, 4, "Annots", pdf.Array{ref(6), ref(7), ref(8), ref(6)})), fault.SignatureInvalid},
		"page without annotations":    {updated(t, signed, set(t, 4, "Annots", nil)), fault.SignatureInvalid},
		"another font":                {updated(t, signed, set(t, 3, "BaseFont", pdf.Name("Symbol"))), fault.SignatureInvalid},
		"another page tree":           {updated(t, signed, set(t, 1, "Pages", pdf.Dict{})), fault.SignatureInvalid},
		"an action at opening":        {updated(t, signed, set(t, 1, "OpenAction", pdf.Dict{})), fault.SignatureInvalid},
		"a form that is filled in":    {updated(t, signed, set(t, 8, "V", pdf.String("Veli"))), fault.SignatureInvalid},
		"a field that is made text":   {updated(t, signed, set(t, 7, "FT", pdf.Name("Tx"))), fault.SignatureInvalid},
		"a signature that is moved":   {updated(t, signed, set(t, 6, "Rect", pdf.Array{pdf.Integer(0), pdf.Integer(0), pdf.Integer(9), pdf.Integer(9)})), fault.SignatureInvalid},
		"another appearance of it":    {updated(t, signed, set(t, 6, "AP", pdf.Dict{})), fault.SignatureInvalid},
		"a form that has lost some":   {updated(t, signed, set(t, 9, "Fields", pdf.Array{ref(6)})), fault.SignatureInvalid},
		"other permissions":           {updated(t, signed, set(t, 11, "Other", nil)), fault.SignatureInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := parse(test.file)
			if err != nil {
				t.Fatal(err)
			}
			wantCode(t, all[0].Verify(nil), "")
			wantCode(t, all[0].LaterChanges(), test.want)
			if name == "nothing" {
				return
			}
			if all[0].BytesAfter == 0 {
				t.Error("it says that it covers the whole file")
			}
		})
	}
}

// TestSignaturesInAnyOrder verifies the signatures of a file, and asks what has come after them, whichever first, and all at once.
func TestSignaturesInAnyOrder(t *testing.T) {
	p := newPerson(t, "P-256")
	file := p.sign(t, p.sign(t, plainForm(), pades.Options{}), pades.Options{})
	file = updated(t, file, set(t, 4, "Rotate", pdf.Integer(180)))
	file = p.sign(t, p.sign(t, file, pades.Options{}), pades.Options{})
	want := []fault.Code{fault.SignatureInvalid, fault.SignatureInvalid, "", ""}
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 0, 1, 2}} {
		all, err := parse(file)
		if err != nil || len(all) != len(want) {
			t.Fatalf("%d signatures, %v", len(all), err)
		}
		for _, i := range order {
			wantCode(t, all[i].LaterChanges(), want[i])
			wantCode(t, all[i].Verify(nil), "")
		}
	}
	all, err := parse(file)
	if err != nil {
		t.Fatal(err)
	}
	var together sync.WaitGroup
	for i, s := range all {
		together.Go(func() {
			wantCode(t, s.LaterChanges(), want[i])
			wantCode(t, s.Verify(nil), "")
		})
	}
	together.Wait()
}

// TestSignatureWithAShadow signs a document and changes it in the same revision, as a bad signer does.
func TestSignatureWithAShadow(t *testing.T) {
	p := newPerson(t, "P-256")
	document := pdftest.Simple()
	shadow := updated(t, document, set(t, 4, "Contents", pdf.Array{}))
	file := p.sign(t, shadow, pades.Options{})
	s := last(t, file)
	wantCode(t, s.Verify(nil), "")
	wantCode(t, s.Verify([]ades.Document{ades.NewDocument("", "", shadow)}), "")
	wantCode(t, s.Verify([]ades.Document{ades.NewDocument("", "", document)}), fault.SignatureInvalid)
	wantCode(t, s.Verify([]ades.Document{ades.NewDocument("", "", document), ades.NewDocument("", "", document)}), fault.SignatureInvalid)
}

func TestParseWithoutASignature(t *testing.T) {
	_, err := parse(pdftest.Simple())
	wantCode(t, err, fault.SignatureMalformed)
	_, err = parse([]byte("metin"))
	wantCode(t, err, fault.PDFMalformed)
}

// TestPDFAnomalies reads the PDFs that pyHanko's tests have for readers to stumble over.
func TestPDFAnomalies(t *testing.T) {
	suite := pkitest.Suite(t, "pdf-anomalies")
	const readable = fault.Code("")
	want := map[string]struct {
		code    fault.Code
		changes fault.Code // after the first signature
	}{
		"base.pdf":                     {readable, readable},               // another author in Info
		"extensions-update-direct.pdf": {readable, fault.SignatureInvalid}, // other metadata
		"form-update-no-override-appearance-stream-ap-indirect.pdf": {readable, readable}, // another signature in an empty field
		"form-update-original-ap-type-wrong.pdf":                    {readable, readable},
		"form-update-override-appearance-stream-ap-indirect.pdf":    {readable, fault.SignatureInvalid},
		"form-update-override-appearance-stream.pdf":                {readable, fault.SignatureInvalid},
		"malformed-xref-space-padded.pdf":                           {fault.PDFMalformed, readable},
		"minimal-hybrid-xref.pdf":                                   {readable, readable},
		"minimal-hybrid-xref-mswordstyle.pdf":                       {readable, readable},
		"minimal-hybrid-xref-weirdgen.pdf":                          {readable, readable},
		"one-byterange.pdf":                                         {fault.SignatureMalformed, readable},
		"signature-gap-too-big.pdf":                                 {fault.SignatureMalformed, readable},
		"tail-uncovered.pdf":                                        {fault.SignatureMalformed, readable},
	}
	p, tally := newPerson(t, "P-256"), pkitest.NewTally(t, "pdf-anomalies", "pades")
	files := suiteFiles(t, suite)
	if len(files) != len(want) {
		t.Errorf("%d files, want %d", len(files), len(want))
	}
	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			signed, err := p.signWith(t, p.signer(t), file, pades.Options{})
			wantCode(t, err, want[name].code)
			tally.Judged(string(want[name].code))
			if err != nil {
				return
			}
			p.judgeCMS(t, signed)
			s := last(t, signed)
			wantCode(t, s.Verify([]ades.Document{ades.NewDocument("", "", file)}), "")
			all, err := parse(signed)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range all[:len(all)-1] {
				wantCode(t, s.Verify(nil), fault.Unsupported) // adbe.pkcs7.detached
			}
			wantCode(t, all[0].LaterChanges(), want[name].changes)
		})
	}
}

// TestPDFsWithTurkishLetters signs two documents of a Turkish project, visibly.
func TestPDFsWithTurkishLetters(t *testing.T) {
	p, tally := newPerson(t, "P-256"), pkitest.NewTally(t, "pdf-tr", "pades")
	files := suiteFiles(t, pkitest.Suite(t, "pdf-tr"))
	if len(files) != 2 {
		t.Errorf("%d files, want 2", len(files))
	}
	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			signed := p.sign(t, file, pades.Options{Stamp: &pades.Stamp{Area: pades.Area{Left: 100, Bottom: 20, Width: 250, Height: 50}}})
			p.judge(t, signed, 1)
			tally.Judged("")
			wantCode(t, last(t, signed).Verify([]ades.Document{ades.NewDocument("", "", file)}), "")
			all := lines(t, signed)
			if got := all[len(all)-2].text; got != "Ayşe Yılmaz" {
				t.Errorf("the stamp says %q", got)
			}
		})
	}
}

// suiteFiles are the PDFs of a suite, by name.
func suiteFiles(t *testing.T, suite string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(suite, "*.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, path := range paths {
		if files[filepath.Base(path)], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func FuzzParse(f *testing.F) {
	p := newPerson(f, "P-256")
	file := p.sign(f, pdftest.Simple(), pades.Options{})
	f.Add(file)
	f.Add(p.sign(f, file, pades.Options{Certify: 0, Reason: "x"}))
	f.Add([]byte(strings.Repeat("%PDF-1.7\n", 3)))
	f.Fuzz(func(t *testing.T, b []byte) {
		all, err := parse(b)
		if err != nil {
			return
		}
		for _, s := range all {
			if s.Verify(nil) == nil && s.Claims().Certificate == nil {
				t.Error("a genuine signature of nobody")
			}
			_ = s.LaterChanges()
		}
	})
}

// FuzzPrepare signs whatever is readable, and then reads it.
func FuzzPrepare(f *testing.F) {
	p := newPerson(f, "P-256")
	f.Add(pdftest.Simple(), "", "")
	f.Add(plainForm(), "Imza", "Sebep")
	f.Add(withForm("/Lock<</Action/All>>/SV<</Ff 3/Filter/Adobe.PPKLite/SubFilter[/ETSI.CAdES.detached]/MDP<</P 0>>>>", "/SigFlags 1", ""), "Imza", "ğ")
	f.Fuzz(func(t *testing.T, file []byte, field, reason string) {
		s := p.signer(t)
		documents := []ades.Document{ades.NewDocument("", "", file)}
		prepared, err := pades.Prepare(s, documents, pades.Options{Field: field, Reason: reason})
		if err != nil {
			if fault.CodeOf(err) == fault.Internal {
				t.Errorf("refused without a code: %v", err)
			}
			return
		}
		pieces, err := prepared.Complete(p.card(t, s, prepared.Digest()))
		if err != nil {
			t.Fatalf("what was prepared cannot be completed: %v", err)
		}
		whole := pieces.Reader(documents)
		all, err := pades.Parse(whole, whole.Size())
		if err != nil {
			t.Fatal(err)
		}
		if err := all[len(all)-1].Verify(documents); err != nil {
			t.Fatal(err)
		}
	})
}
