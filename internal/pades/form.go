package pades

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/pdf"
)

// form is what a document has of fields and signatures before it is signed.
type form struct {
	f           *pdf.File
	fields      []pdf.Field
	signatures  []*pdf.Signature
	permissions pdf.Permissions
}

func readForm(f *pdf.File) (*form, error) {
	dict, _, err := f.Form()
	if err != nil {
		return nil, err
	}
	if dict["XFA"] != nil {
		return nil, forbidden("the document has a form in XFA, which only some readers show")
	}
	out := &form{f: f}
	if out.fields, err = f.Fields(); err != nil {
		return nil, err
	}
	if out.signatures, err = f.Signatures(out.fields); err != nil {
		return nil, err
	}
	out.permissions, err = f.Permissions()
	return out, err
}

// place is where a signature goes.
type place struct {
	name  string
	field *pdf.Field // nil for a new one
	page  *pdf.Page
	rect  pdf.Rectangle // in the page's user space; without an area where the signature is invisible

	lock            *pdf.FieldLock // of the field's Lock; nil where it has none
	lockPermissions int            // P of it
}

func (p *place) isVisible() bool { return p.rect.Width() > 0 && p.rect.Height() > 0 }

// fromTop is how far the middle of the place is from the upper edge of the page as it is shown, of the page's height.
func (p *place) fromTop() float64 {
	box := p.page.Box
	x := ((p.rect.X0+p.rect.X1)/2 - box.X0) / box.Width()
	y := ((p.rect.Y0+p.rect.Y1)/2 - box.Y0) / box.Height()
	from := 1 - y
	switch p.page.Rotate {
	case 90:
		from = x
	case 180:
		from = y
	case 270:
		from = 1 - x
	}
	return min(1, max(0, from)) // a field of the document may reach beyond its page
}

// place finds the field and the page that o asks for.
func (m *form) place(o Options) (*place, error) {
	if o.Field != "" {
		i := slices.IndexFunc(m.fields, func(f pdf.Field) bool { return f.Name == o.Field })
		if i >= 0 {
			return m.existing(&m.fields[i], o)
		}
	}
	p := &place{name: o.Field}
	if p.name == "" {
		p.name = m.freeName()
	} else if err := m.checkName(p.name); err != nil {
		return nil, err
	}
	index := 0
	if o.Stamp != nil {
		index = o.Stamp.Page
	}
	var err error
	if index < 0 {
		pages, err := m.f.Pages()
		if err != nil {
			return nil, err
		}
		index += len(pages)
	}
	if p.page, err = m.f.Page(index); err != nil {
		return nil, err
	}
	if p.page == nil {
		return nil, invalid("the document has no page %d", index+1)
	}
	if o.Stamp == nil {
		return p, nil
	}
	return p, p.setArea(o.Stamp.Area, m)
}

// checkName refuses names of new fields that the form cannot have: a point would make it a field below another one.
func (m *form) checkName(name string) error {
	taken := slices.ContainsFunc(m.fields, func(f pdf.Field) bool { return strings.HasPrefix(f.Name, name+".") })
	if taken || strings.Contains(name, ".") {
		return invalid("a new field cannot have the name %.40q", name)
	}
	return nil
}

// freeName returns the first of Signature1, Signature2 … that no field has.
func (m *form) freeName() string {
	taken := map[string]bool{}
	for _, f := range m.fields {
		first, _, _ := strings.Cut(f.Name, ".")
		taken[first] = true
	}
	for n := 1; ; n++ {
		if name := fmt.Sprint("Signature", n); !taken[name] {
			return name
		}
	}
}

// existing is the place of an empty signature field.
func (m *form) existing(field *pdf.Field, o Options) (*place, error) {
	switch {
	case field.Type != "Sig" || field.Dict["V"] != nil:
		return nil, invalid("the field %.40q is no empty signature field", field.Name)
	case len(field.Widgets) != 1:
		return nil, invalid("the field %.40q has %d annotations", field.Name, len(field.Widgets))
	case o.Stamp != nil && (o.Stamp.Area != Area{} || o.Stamp.Page != 0):
		return nil, invalid("the field %.40q has a place already", field.Name)
	}
	p := &place{name: field.Name, field: field, rect: field.Widgets[0].Rect}
	var err error
	if p.page, err = m.pageOf(field.Widgets[0]); err != nil {
		return nil, err
	}
	if o.Stamp != nil && !p.isVisible() {
		return nil, invalid("the field %.40q has no area", field.Name)
	}
	lock, err := m.f.Resolve(field.Dict["Lock"])
	if err != nil || lock == nil {
		return p, err
	}
	return p, p.setLock(m.f, lock)
}

// setLock reads a field's Lock (ISO 32000-2, table 236).
func (p *place) setLock(f *pdf.File, lock pdf.Object) error {
	d, ok := lock.(pdf.Dict)
	if !ok {
		return forbidden("the Lock of field %.40q is no dictionary", p.name)
	}
	var err error
	if p.lock, err = f.Lock(d); err != nil {
		return err
	}
	switch permissions := d["P"].(type) {
	case nil:
	case pdf.Integer:
		if permissions < 1 || permissions > 3 {
			return forbidden("the Lock of field %.40q has the permissions %d", p.name, permissions)
		}
		p.lockPermissions = int(permissions)
	default:
		return forbidden("the Lock of field %.40q has permissions that are no number", p.name)
	}
	return nil
}

// pageOf returns the page whose Annots have the widget; the widget's own P must not say another.
func (m *form) pageOf(w pdf.Widget) (*pdf.Page, error) {
	page, err := m.f.FindPage(func(page *pdf.Page) (bool, error) {
		if w.Page != nil && *w.Page != page.Ref {
			return false, nil
		}
		annotations, err := page.Annotations(m.f)
		return slices.Contains(annotations, pdf.Object(w.Ref)), err
	})
	if err == nil && page == nil {
		return nil, invalid("a signature field that is on no page")
	}
	return page, err
}

// setArea makes the place visible. The area must be on the page, large enough for a line of text, and on no other signature.
func (p *place) setArea(a Area, m *form) error {
	const least = 20 // units
	for _, v := range []float64{a.Left, a.Bottom, a.Width, a.Height} {
		if math.IsNaN(v) || math.Abs(v) >= 1e6 {
			return invalid("an area that is no rectangle")
		}
	}
	if a.Width < least || a.Height < least {
		return invalid("an area of %.1f by %.1f, less than %d", a.Width, a.Height, least)
	}
	p.rect = userSpace(p.page, a)
	if !p.page.Box.Holds(p.rect) {
		return invalid("an area that is not on the page")
	}
	for _, field := range m.fields {
		for _, w := range field.Widgets {
			onPage := w.Page == nil || *w.Page == p.page.Ref
			if field.Type == "Sig" && onPage && w.Rect.Overlaps(p.rect) {
				return invalid("an area that overlaps the signature field %.40q", field.Name)
			}
		}
	}
	return nil
}

// userSpace turns an area of a page as it is shown into its user space (ISO 32000-2, table 31: Rotate is clockwise).
func userSpace(page *pdf.Page, a Area) pdf.Rectangle {
	box := page.Box
	var r pdf.Rectangle
	switch page.Rotate {
	case 0:
		r = pdf.Rectangle{X0: a.Left, Y0: a.Bottom, X1: a.Left + a.Width, Y1: a.Bottom + a.Height}
	case 90:
		r = pdf.Rectangle{X0: box.Width() - a.Bottom - a.Height, Y0: a.Left, X1: box.Width() - a.Bottom, Y1: a.Left + a.Width}
	case 180:
		r = pdf.Rectangle{X0: box.Width() - a.Left - a.Width, Y0: box.Height() - a.Bottom - a.Height, X1: box.Width() - a.Left, Y1: box.Height() - a.Bottom}
	case 270:
		r = pdf.Rectangle{X0: a.Bottom, Y0: box.Height() - a.Left - a.Width, X1: a.Bottom + a.Height, Y1: box.Height() - a.Left}
	}
	return pdf.Rectangle{X0: box.X0 + r.X0, Y0: box.Y0 + r.Y0, X1: box.X0 + r.X1, Y1: box.Y0 + r.Y1}
}
