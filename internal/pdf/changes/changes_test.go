package changes_test

import (
	"bytes"
	"testing"

	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/pdf/changes"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
)

func open(t *testing.T, file []byte) *pdf.File {
	t.Helper()
	f, err := pdf.OpenTolerant(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Objects of the document, beside those of pdftest.Pages: page 4 and its content 5.
const (
	textField = 6 + iota
	appearance
	emptyField
	form
	data // DSS
	list // its Certs
	metadata
	information
	locked
	lockedAppearance
	choice // whose appearance the empty signature field has as well
	shared
	resources // of the form
	fonts
	ownAppearance // of the empty signature field
	structure     // the structure tree
	element
	parents
)

// document has a form, validation data, metadata and document information, and further entries of its page.
func document(meta, page, info string) []byte {
	stream := func(more, content string) string {
		return "<<" + more + "/Length " + string(pdf.Bytes(pdf.Integer(len(content)))) + ">>\nstream\n" + content + "\nendstream"
	}
	const area = "/Subtype/Widget/P 4 0 R/Rect[0 0 9 9]"
	objects := append(pdftest.Pages("/AcroForm 9 0 R/DSS 10 0 R/StructTreeRoot 21 0 R/Metadata "+meta, pdftest.Page{Text: "x", More: "/Annots[6 0 R 8 0 R]" + page}),
		pdftest.Object{Number: textField, Body: "<</FT/Tx/T(Ad)/V(Ali)/AP<</N 7 0 R>>" + area + ">>"},
		pdftest.Object{Number: appearance, Body: stream("/Type/XObject/Subtype/Form", "Ali")},
		pdftest.Object{Number: emptyField, Body: "<</FT/Sig/T(Imza)/AP<</N 17 0 R/D 20 0 R>>" + area + ">>"},
		pdftest.Object{Number: form, Body: "<</Fields[6 0 R 8 0 R 14 0 R 16 0 R]/DR 18 0 R/DA(x)>>"},
		pdftest.Object{Number: data, Body: "<</Certs 11 0 R>>"},
		pdftest.Object{Number: list, Body: "[]"},
		pdftest.Object{Number: metadata, Body: stream("/Type/Metadata/Subtype/XML", "<x/>")},
		pdftest.Object{Number: information, Body: "<</Title(x)>>"},
		pdftest.Object{Number: locked, Body: "<</FT/Tx/T(Kilitli)/V(Ali)/AP<</N 15 0 R>>" + area + ">>"},
		pdftest.Object{Number: lockedAppearance, Body: stream("/Type/XObject/Subtype/Form", "Ali")},
		pdftest.Object{Number: choice, Body: "<</FT/Ch/T(Secim)/V(Ali)/AP<</N 17 0 R>>" + area + ">>"},
		pdftest.Object{Number: shared, Body: stream("/Type/XObject/Subtype/Form", "Ali")},
		pdftest.Object{Number: resources, Body: "<</Font 19 0 R>>"},
		pdftest.Object{Number: fonts, Body: "<</F 3 0 R>>"},
		pdftest.Object{Number: structure, Body: "<</Type/StructTreeRoot/K 22 0 R/ParentTree 23 0 R/ParentTreeNextKey 1>>"},
		pdftest.Object{Number: element, Body: "<</Type/StructElem/S/Document/P 21 0 R/K[0]>>"},
		pdftest.Object{Number: parents, Body: "<</Nums[0 22 0 R]>>"},
		pdftest.Object{Number: ownAppearance, Body: stream("/Type/XObject/Subtype/Form", "")},
	)
	return pdftest.Build(objects, "/Info "+info)
}

// update appends objects to file; nil of one that is set takes it away.
func update(t *testing.T, file []byte, change func(*pdf.File, *pdf.Update)) []byte {
	t.Helper()
	f := open(t, file)
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

func ref(n int) pdf.Ref { return pdf.Ref{Number: n} }

// TestSince has a revision after a signed one, and what the signature permits.
func TestSince(t *testing.T) {
	set := func(number int, o pdf.Object) func(*pdf.File, *pdf.Update) {
		return func(_ *pdf.File, u *pdf.Update) { u.Set(ref(number), o) }
	}
	entry := func(number int, key pdf.Name, value pdf.Object) func(*pdf.File, *pdf.Update) {
		return func(f *pdf.File, u *pdf.Update) {
			o, _ := f.Get(ref(number))
			d := o.(pdf.Dict).Clone()
			d[key] = value
			u.Set(ref(number), d)
		}
	}
	stream := func(content string) pdf.Object {
		return &pdf.NewStream{Dict: pdf.Dict{"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Form")}, Data: []byte(content)}
	}
	stamp := pdf.Dict{"Type": pdf.Name("DocTimeStamp"), "SubFilter": pdf.Name("ETSI.RFC3161")}
	signature := pdf.Dict{"Type": pdf.Name("Sig"), "SubFilter": pdf.Name("ETSI.CAdES.detached")}
	sign := func(value pdf.Dict) func(*pdf.File, *pdf.Update) {
		return func(f *pdf.File, u *pdf.Update) { entry(emptyField, "V", u.Add(value))(f, u) }
	}
	newField := func(value pdf.Dict) func(*pdf.File, *pdf.Update) {
		return func(f *pdf.File, u *pdf.Update) {
			field := u.Add(pdf.Dict{"FT": pdf.Name("Sig"), "T": pdf.String("Yeni"), "V": u.Add(value)})
			entry(form, "Fields", pdf.Array{ref(textField), ref(emptyField), ref(locked), ref(choice), field})(f, u)
		}
	}
	annotate := func(d pdf.Dict) func(*pdf.File, *pdf.Update) {
		return func(f *pdf.File, u *pdf.Update) {
			entry(4, "Annots", pdf.Array{ref(textField), ref(emptyField), u.Add(d)})(f, u)
		}
	}
	lock := changes.Permitted{Lock: &pdf.FieldLock{Action: "Include", Fields: []string{"Kilitli", "Imza"}}}
	mdp := func(p int) changes.Permitted { return changes.Permitted{DocMDP: p} }
	plain := document("12 0 R", "", "13 0 R")
	for name, test := range map[string]struct {
		file      []byte
		change    func(*pdf.File, *pdf.Update)
		permitted changes.Permitted
		want      changes.Kind
	}{
		"nothing":             {plain, func(*pdf.File, *pdf.Update) {}, mdp(1), changes.Signed},
		"signature":           {plain, sign(signature), mdp(0), changes.Signed},
		"signature, DocMDP 2": {plain, sign(signature), mdp(2), changes.Signed},
		"signature, DocMDP 1": {plain, sign(signature), mdp(1), changes.Changed},
		"signature that is drawn": {plain, func(f *pdf.File, u *pdf.Update) {
			sign(signature)(f, u)
			u.Set(ref(ownAppearance), stream("Ali"))
		}, mdp(0), changes.Signed},
		"drawn and not signed":             {plain, set(ownAppearance, stream("Ali")), mdp(0), changes.Changed},
		"signature in a locked field":      {plain, sign(signature), lock, changes.Changed},
		"signature in a new field":         {plain, newField(signature), lock, changes.Signed},
		"time stamp, DocMDP 1":             {plain, newField(stamp), mdp(1), changes.Signed},
		"signature in a new one, DocMDP 1": {plain, newField(signature), mdp(1), changes.Changed},
		"validation data, DocMDP 1":        {plain, entry(data, "VRI", pdf.Dict{}), mdp(1), changes.Signed},
		"validation data in a list":        {plain, set(list, pdf.Array{ref(3)}), mdp(1), changes.Signed},
		"list that is a page's, too":       {document("12 0 R", "/Thumb 11 0 R", "13 0 R"), set(list, pdf.Array{ref(5)}), mdp(0), changes.Changed},
		"metadata":                         {plain, set(metadata, stream("<y/>")), mdp(1), changes.Signed},
		"metadata that is a page's, too":   {document("12 0 R", "/Thumb 12 0 R", "13 0 R"), set(metadata, stream("BT")), mdp(0), changes.Changed},
		"metadata that is an appearance":   {document("15 0 R", "", "13 0 R"), set(lockedAppearance, stream("Veli")), mdp(0), changes.Changed},
		"document information":             {plain, set(information, pdf.Dict{"Title": pdf.String("y")}), mdp(1), changes.Signed},
		"information that is the page":     {document("12 0 R", "", "4 0 R"), entry(4, "Contents", pdf.Array{}), mdp(0), changes.Changed},
		"another font of the form":         {plain, entry(fonts, "G", ref(3)), mdp(1), changes.Signed},
		"other resources of the form":      {plain, entry(resources, "XObject", pdf.Dict{}), mdp(1), changes.Signed},
		"font in place of another":         {plain, entry(fonts, "F", pdf.Dict{}), mdp(0), changes.Changed},
		"font of a page, too":              {document("12 0 R", "/Thumb 19 0 R", "13 0 R"), entry(fonts, "G", ref(3)), mdp(0), changes.Changed},
		"another DA of the form":           {plain, entry(form, "DA", pdf.String("y")), mdp(0), changes.Changed},
		"text is filled in":                {plain, entry(textField, "V", pdf.String("Veli")), mdp(0), changes.Filled},
		"text is filled in, DocMDP 1":      {plain, entry(textField, "V", pdf.String("Veli")), mdp(1), changes.Changed},
		"text is moved":                    {plain, entry(textField, "Rect", pdf.Rectangle{X1: 8, Y1: 8}.Array()), mdp(0), changes.Changed},
		"another appearance":               {plain, set(appearance, stream("Veli")), mdp(0), changes.Filled},
		"another appearance, DocMDP 1":     {plain, set(appearance, stream("Veli")), mdp(1), changes.Changed},
		"appearance on a page, too":        {document("12 0 R", "/Thumb 7 0 R", "13 0 R"), set(appearance, stream("Veli")), mdp(0), changes.Changed},
		"appearance of a signature, too":   {plain, set(shared, stream("Veli")), mdp(0), changes.Changed},
		"locked text":                      {plain, entry(locked, "V", pdf.String("Veli")), lock, changes.Changed},
		"appearance of locked text":        {plain, set(lockedAppearance, stream("Veli")), lock, changes.Changed},
		"text beside the locked one":       {plain, entry(textField, "V", pdf.String("Veli")), lock, changes.Filled},
		"annotation":                       {plain, annotate(pdf.Dict{"Subtype": pdf.Name("Text")}), mdp(0), changes.Changed},
		"annotation, DocMDP 2":             {plain, annotate(pdf.Dict{"Subtype": pdf.Name("Text")}), mdp(2), changes.Changed},
		"annotation, DocMDP 3":             {plain, annotate(pdf.Dict{"Subtype": pdf.Name("Text")}), mdp(3), changes.Filled},
		"annotation of a field, DocMDP 3":  {plain, annotate(pdf.Dict{"Subtype": pdf.Name("Widget")}), mdp(3), changes.Changed},
		"element for a signature": {plain, func(f *pdf.File, u *pdf.Update) {
			added := u.Add(pdf.Dict{"S": pdf.Name("Form"), "P": ref(structure)})
			entry(element, "K", pdf.Array{pdf.Integer(0), added})(f, u)
			entry(parents, "Nums", pdf.Array{pdf.Integer(0), ref(element), pdf.Integer(1), added})(f, u)
		}, mdp(1), changes.Signed},
		"element for a signature at the root": {plain, func(f *pdf.File, u *pdf.Update) {
			added := u.Add(pdf.Dict{"S": pdf.Name("Form"), "P": ref(structure)})
			tree := u.Add(pdf.Dict{"Nums": pdf.Array{pdf.Integer(0), ref(element), pdf.Integer(1), added}})
			u.Set(ref(structure), pdf.Dict{"Type": pdf.Name("StructTreeRoot"), "K": pdf.Array{ref(element), added}, "ParentTree": tree, "ParentTreeNextKey": pdf.Integer(2)})
		}, mdp(1), changes.Signed},
		"paragraph for screen readers": {plain, func(f *pdf.File, u *pdf.Update) {
			entry(element, "K", pdf.Array{pdf.Integer(0), u.Add(pdf.Dict{"S": pdf.Name("P")})})(f, u)
		}, mdp(3), changes.Changed},
		"element that was there":      {plain, entry(element, "K", pdf.Array{pdf.Integer(0), ref(structure)}), mdp(3), changes.Changed},
		"element that was taken":      {plain, entry(element, "K", pdf.Array{}), mdp(3), changes.Changed},
		"element with other text":     {plain, entry(element, "ActualText", pdf.String("x")), mdp(3), changes.Changed},
		"another parent":              {plain, entry(parents, "Nums", pdf.Array{pdf.Integer(0), ref(structure)}), mdp(3), changes.Changed},
		"content":                     {plain, set(5, stream("BT ET")), mdp(3), changes.Changed},
		"page written anew as it was": {plain, func(f *pdf.File, u *pdf.Update) { o, _ := f.Get(ref(4)); u.Set(ref(4), o) }, mdp(1), changes.Signed},
		"page without content":        {plain, set(5, nil), mdp(3), changes.Changed},
	} {
		t.Run(name, func(t *testing.T) {
			f := open(t, update(t, test.file, test.change))
			before, err := f.At(0)
			if err != nil {
				t.Fatal(err)
			}
			c, err := changes.New(f)
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Since(before, test.permitted)
			if got != test.want || (err != nil) != (got == changes.Changed) {
				t.Errorf("%d, %v; want %d", got, err, test.want)
			}
			if strict := c.OnlySigns(before); strict == nil && got == changes.Changed && test.permitted.DocMDP != 1 && test.permitted.Lock == nil {
				t.Error("for the strict reader it is signed")
			}
		})
	}
}
