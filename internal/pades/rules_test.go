package pades_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
)

// withForm is a document with an empty signature field "Imza" (object 6) of an area, one "Kapali" (7) without, and a text field
// "Ad" (8), all on its page; more are entries of the first, inForm of the form, inCatalog of the catalog.
func withForm(more, inForm, inCatalog string, further ...string) []byte {
	objects := pdftest.Pages("/AcroForm 9 0 R "+inCatalog, pdftest.Page{Text: "Form", More: "/Annots 10 0 R"})
	for i, body := range append([]string{
		"<</Type/Annot/Subtype/Widget/FT/Sig/T(Imza)/F 4/Rect[100 100 300 160]/P 4 0 R " + more + ">>",
		"<</Type/Annot/Subtype/Widget/FT/Sig/T(Kapali)/F 4/Rect[0 0 0 0]/P 4 0 R>>",
		"<</Type/Annot/Subtype/Widget/FT/Tx/T(Ad)/F 4/Rect[100 300 300 320]/P 4 0 R/DA(/F 12 Tf 0 g)>>",
		"<</Fields[6 0 R 7 0 R 8 0 R]/NeedAppearances true/DA(/F 12 Tf 0 g)/DR<</Font<</F 3 0 R>>>> " + inForm + ">>",
		"[6 0 R 7 0 R 8 0 R]",
	}, further...) {
		objects = append(objects, pdftest.Object{Number: 6 + i, Body: body})
	}
	return pdftest.Build(objects, "")
}

func plainForm() []byte { return withForm("", "", "") }

// dictOf returns an object of file, which must be a dictionary.
func dictOf(t *testing.T, file []byte, number int) pdf.Dict {
	t.Helper()
	f, err := pdf.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	o, err := f.Get(pdf.Ref{Number: number})
	if err != nil {
		t.Fatal(err)
	}
	return o.(pdf.Dict)
}

func TestFormStaysAsItIs(t *testing.T) {
	p := newPerson(t, "P-256")
	for name, file := range map[string][]byte{"table": plainForm(), "object streams": pdftest.QPDF(t, plainForm(), "--object-streams=generate")} {
		signed := p.sign(t, file, pades.Options{Field: "Yeni"})
		signed = p.sign(t, signed, pades.Options{Field: "Imza"})
		signed = p.sign(t, signed, pades.Options{Field: "Kapali"})
		p.judge(t, signed, 3)
		f, err := pdf.Open(bytes.NewReader(signed), int64(len(signed)))
		if err != nil {
			t.Fatal(err)
		}
		form, _, err := f.Form()
		if err != nil {
			t.Fatal(err)
		}
		if form["NeedAppearances"] != true || form["SigFlags"] != pdf.Integer(3) || form["DR"] == nil || form["DA"] == nil || len(form["Fields"].(pdf.Array)) != 4 {
			t.Errorf("%s: the form is %v", name, form)
		}
		all, err := parse(signed)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{"Yeni", "Imza", "Kapali"} {
			if all[i].Field.Name != want {
				t.Errorf("%s: signature %d is in %q", name, i, all[i].Field.Name)
			}
		}
		if all[1].Field.Dict["AP"] == nil || len(lines(t, signed)) < 3 {
			t.Errorf("%s: the field with an area shows nothing", name)
		}
	}
}

func TestFieldsThatCannotBeSigned(t *testing.T) {
	p := newPerson(t, "P-256")
	signed := p.sign(t, plainForm(), pades.Options{Field: "Imza"})
	stamp := &pades.Stamp{Area: pades.Area{Width: 100, Height: 50}}
	for name, test := range map[string]struct {
		file []byte
		o    pades.Options
		want fault.Code
	}{
		"signed already":            {signed, pades.Options{Field: "Imza"}, fault.RequestInvalid},
		"of text":                   {plainForm(), pades.Options{Field: "Ad"}, fault.RequestInvalid},
		"given another place":       {plainForm(), pades.Options{Field: "Imza", Stamp: stamp}, fault.RequestInvalid},
		"visible without an area":   {plainForm(), pades.Options{Field: "Kapali", Stamp: &pades.Stamp{}}, fault.RequestInvalid},
		"name with a point":         {plainForm(), pades.Options{Field: "a.b"}, fault.RequestInvalid},
		"name with a line":          {plainForm(), pades.Options{Field: "a\nb"}, fault.RequestInvalid},
		"name too long":             {plainForm(), pades.Options{Field: strings.Repeat("a", 501)}, fault.RequestInvalid},
		"read-only":                 {withForm("/Ff 1", "", ""), pades.Options{Field: "Imza"}, fault.PDFForbidden},
		"form in XFA":               {withForm("", "/XFA(x)", ""), pades.Options{}, fault.PDFForbidden},
		"certification of 4":        {plainForm(), pades.Options{Certify: 4}, fault.RequestInvalid},
		"reason that is no text":    {plainForm(), pades.Options{Reason: "\xff"}, fault.RequestInvalid},
		"reason too long":           {plainForm(), pades.Options{Reason: strings.Repeat("a", 501)}, fault.RequestInvalid},
		"seed of another filter":    {withForm("/SV<</Ff 2/SubFilter[/adbe.pkcs7.detached]>>", "", ""), pades.Options{Field: "Imza"}, fault.PDFForbidden},
		"seed of ours":              {withForm("/SV<</Ff 67/Filter/Adobe.PPKLite/SubFilter[/adbe.pkcs7.detached/ETSI.CAdES.detached]/DigestMethod[(SHA256)]>>", "", ""), pades.Options{Field: "Imza"}, ""},
		"seed of another hash":      {withForm("/SV<</Ff 64/DigestMethod[(SHA512)]>>", "", ""), pades.Options{Field: "Imza"}, fault.PDFForbidden},
		"seed that proposes":        {withForm("/SV<</SubFilter[/adbe.pkcs7.detached]>>", "", ""), pades.Options{Field: "Imza"}, ""},
		"seed with a time stamp":    {withForm("/SV<</Ff 128/TimeStamp<</URL(x)>>>>", "", ""), pades.Options{Field: "Imza"}, fault.PDFForbidden},
		"seed with certificates":    {withForm("/SV<</Cert<</Ff 1>>>>", "", ""), pades.Options{Field: "Imza"}, fault.PDFForbidden},
		"seed of a reason":          {withForm("/SV<</Ff 8/Reasons[(Onay)(Red)]>>", "", ""), pades.Options{Field: "Imza", Reason: "Onay"}, ""},
		"seed of another reason":    {withForm("/SV<</Ff 8/Reasons[(Onay)(Red)]>>", "", ""), pades.Options{Field: "Imza", Reason: "Belki"}, fault.PDFForbidden},
		"seed of a certification":   {withForm("/SV<</MDP<</P 2>>>>", "", ""), pades.Options{Field: "Imza"}, fault.PDFForbidden},
		"seed of our certification": {withForm("/SV<</MDP<</P 2>>>>", "", ""), pades.Options{Field: "Imza", Certify: 2}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.signWith(t, p.signer(t), test.file, test.o)
			wantCode(t, err, test.want)
		})
	}
}

// TestWhatSignaturesForbid signs after a first signature that says what may come.
func TestWhatSignaturesForbid(t *testing.T) {
	p := newPerson(t, "P-256")
	certified := func(permissions int) []byte {
		return p.sign(t, plainForm(), pades.Options{Field: "Kapali", Certify: permissions})
	}
	locked := func(lock string) []byte {
		return p.sign(t, withForm("/Lock<<"+lock+">>", "", ""), pades.Options{Field: "Imza"})
	}
	approval := p.sign(t, plainForm(), pades.Options{Field: "Kapali"})
	stamp := &pades.Stamp{Area: pades.Area{Left: 100, Bottom: 400, Width: 100, Height: 50}}
	for name, test := range map[string]struct {
		file []byte
		o    pades.Options
		want fault.Code
	}{
		"approval, then a new field":            {approval, pades.Options{}, ""},
		"approval, then visible":                {approval, pades.Options{Stamp: stamp}, ""},
		"approval, then a certification":        {approval, pades.Options{Certify: 2}, fault.PDFForbidden},
		"certified 1, then an empty field":      {certified(1), pades.Options{Field: "Imza"}, fault.PDFForbidden},
		"certified 1, then a new field":         {certified(1), pades.Options{}, fault.PDFForbidden},
		"certified 2, then an empty field":      {certified(2), pades.Options{Field: "Imza"}, ""},
		"certified 2, then a new field":         {certified(2), pades.Options{}, ""},
		"certified 2, then visible":             {certified(2), pades.Options{Stamp: stamp}, fault.PDFForbidden},
		"certified 3, then visible":             {certified(3), pades.Options{Stamp: stamp}, fault.PDFForbidden},
		"certified 3, then certified":           {certified(3), pades.Options{Certify: 3}, fault.PDFForbidden},
		"all locked":                            {locked("/Action/All"), pades.Options{Field: "Kapali"}, fault.PDFForbidden},
		"all locked, then a new field":          {locked("/Action/All"), pades.Options{}, fault.PDFForbidden},
		"some locked":                           {locked("/Action/Include/Fields[(Kapali)]"), pades.Options{Field: "Kapali"}, fault.PDFForbidden},
		"others locked":                         {locked("/Action/Include/Fields[(Ad)]"), pades.Options{Field: "Kapali"}, ""},
		"others not locked":                     {locked("/Action/Exclude/Fields[(Ad)]"), pades.Options{Field: "Kapali"}, fault.PDFForbidden},
		"not locked":                            {locked("/Action/Exclude/Fields[(Kapali)]"), pades.Options{Field: "Kapali"}, ""},
		"locked with permissions for no change": {locked("/Action/Include/Fields[(Ad)]/P 1"), pades.Options{Field: "Kapali"}, fault.PDFForbidden},
		"locked with permissions for forms":     {locked("/Action/Include/Fields[(Ad)]/P 2"), pades.Options{Field: "Kapali"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := p.signWith(t, p.signer(t), test.file, test.o)
			wantCode(t, err, test.want)
			if err == nil {
				p.judge(t, file, 2)
			}
		})
	}
}

func TestLockOfAnUnknownKind(t *testing.T) {
	p := newPerson(t, "P-256")
	for _, lock := range []string{"<</Action/Nothing>>", "<</Action/All/P 4>>", "<</Action/All/P(x)>>", "1"} {
		_, err := p.signWith(t, p.signer(t), withForm("/Lock "+lock, "", ""), pades.Options{Field: "Imza"})
		if code := fault.CodeOf(err); code != fault.PDFForbidden && code != fault.SignatureMalformed {
			t.Errorf("%s: %v", lock, err)
		}
	}
}

func TestCertification(t *testing.T) {
	p := newPerson(t, "P-256")
	for permissions := 1; permissions <= 3; permissions++ {
		file := p.sign(t, withForm("", "", "/Perms 11 0 R", "<</Other(x)>>"), pades.Options{Certify: permissions})
		p.judge(t, file, 1)
		s := last(t, file)
		if !s.Certifies || s.Permissions != permissions {
			t.Errorf("certifies %v, permissions %d", s.Certifies, s.Permissions)
		}
		if perms := dictOf(t, file, 1)["Perms"].(pdf.Dict); perms["Other"] == nil || perms["DocMDP"] != s.Ref {
			t.Errorf("Perms %v", perms)
		}
	}
	if s := last(t, p.sign(t, plainForm(), pades.Options{})); s.Certifies || s.Permissions != 0 {
		t.Error("an approval signature certifies")
	}
}

func TestUsageRights(t *testing.T) {
	p := newPerson(t, "P-256")
	rights := func(parameters string) []byte {
		return withForm("", "", "/Perms<</UR3 11 0 R>>", "<</Type/Sig/Reference[<</Type/SigRef/TransformMethod/UR3/TransformParams<<"+parameters+">>>>]>>")
	}
	for name, test := range map[string]struct {
		file []byte
		o    pades.Options
		want fault.Code
	}{
		"signing, an empty field":    {rights("/Signature[/Modify]"), pades.Options{Field: "Imza"}, ""},
		"signing, a new field":       {rights("/Signature[/Modify]"), pades.Options{}, fault.PDFForbidden},
		"new fields too":             {rights("/Signature[/Modify]/Form[/FillIn/Add]"), pades.Options{}, ""},
		"forms alone":                {rights("/Form[/FillIn/Add]"), pades.Options{Field: "Imza"}, fault.PDFForbidden},
		"rights without parameters":  {withForm("", "", "/Perms<</UR3 11 0 R>>", "<</Type/Sig>>"), pades.Options{Field: "Imza"}, fault.PDFForbidden},
		"rights that are not a dict": {withForm("", "", "/Perms<</UR3 11 0 R>>", "(x)"), pades.Options{Field: "Imza"}, fault.PDFMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.signWith(t, p.signer(t), test.file, test.o)
			wantCode(t, err, test.want)
		})
	}
}

var matrixPattern = regexp.MustCompile(`/Matrix \[([-\d ]+)\]`)

// TestSeparateWidget signs a field whose annotation is an object of its own, below a named parent.
func TestSeparateWidget(t *testing.T) {
	objects := pdftest.Pages("/AcroForm<</Fields[6 0 R]>>", pdftest.Page{Text: "x"}, pdftest.Page{Text: "y", Rotate: 90, More: "/Annots[8 0 R]"})
	// The pages are 4 and 6: fields come behind.
	objects[0].Body = "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[8 0 R]/SigFlags 1>>>>"
	objects[5].Body = strings.Replace(objects[5].Body, "/Annots[8 0 R]", "/Annots[10 0 R]", 1)
	for i, body := range []string{"<</T(Form)/Kids[9 0 R]>>", "<</T(Imza)/FT/Sig/Parent 8 0 R/Kids[10 0 R]>>", "<</Subtype/Widget/Parent 9 0 R/Rect[100 100 160 300]>>"} {
		objects = append(objects, pdftest.Object{Number: 8 + i, Body: body})
	}
	p := newPerson(t, "P-256")
	file := p.sign(t, pdftest.Build(objects, ""), pades.Options{Field: "Form.Imza"})
	pdftest.Check(t, file) // pdfsig looks for the value in the annotation
	p.judgeCMS(t, file)
	s := last(t, file)
	if s.Field.Name != "Form.Imza" || s.Field.Dict["AP"] != nil || dictOf(t, file, 10)["AP"] == nil || dictOf(t, file, 10)["V"] != nil {
		t.Errorf("field %q is %v", s.Field.Name, s.Field.Dict)
	}
	matrix := matrixPattern.FindSubmatch(file[s.ByteRange[2]:])
	if matrix == nil || string(matrix[1]) != "0 1 -1 0 0 0" {
		t.Errorf("the appearance is turned by %q", matrix)
	}
	if _, err := p.signWith(t, p.signer(t), pdftest.Build(objects, ""), pades.Options{Field: "Form"}); fault.CodeOf(err) != fault.RequestInvalid {
		t.Errorf("a new field of a parent's name: %v", err)
	}
	if s := last(t, p.sign(t, pdftest.Build(objects, ""), pades.Options{})); s.Field.Name != "Signature1" {
		t.Errorf("a free name is %q", s.Field.Name)
	}
}
