package changes

import (
	"maps"
	"slices"

	"github.com/e-onay/e-onay/internal/pdf"
)

// uses tells objects that have one use alone from those that something else refers to as well.
type uses struct {
	root    pdf.Object
	form    pdf.Object // nil where the catalog has it
	skipped pdf.Dict   // the trailer without document information
	widgets map[pdf.Ref]bool
	// within are the objects in question; inside is what those of them that are no streams refer to.
	within    map[pdf.Ref]bool
	inside    map[pdf.Ref][]pdf.Ref
	elsewhere map[pdf.Ref]bool // referred to by others
}

func newUses(f *pdf.File) (*uses, error) {
	data, err := validationData(f)
	if err != nil {
		return nil, err
	}
	catalog, err := f.Catalog()
	if err != nil {
		return nil, err
	}
	fields, err := f.Fields()
	if err != nil {
		return nil, err
	}
	resources, err := formResources(f)
	if err != nil {
		return nil, err
	}
	maps.Copy(data, resources)
	u := &uses{
		form: catalog["AcroForm"], root: f.Trailer()["Root"], skipped: without(f.Trailer(), "Info"), widgets: map[pdf.Ref]bool{},
		within: data, inside: map[pdf.Ref][]pdf.Ref{}, elsewhere: map[pdf.Ref]bool{},
	}
	for _, o := range []pdf.Object{f.Trailer()["Info"], catalog["Metadata"]} {
		if ref, ok := o.(pdf.Ref); ok {
			u.within[ref] = true
		}
	}
	for _, field := range fields {
		u.addField(f, field)
	}
	return u, nil
}

// addField adds the appearances of a field. One that another field has too, or that is something else, has several uses.
func (u *uses) addField(f *pdf.File, field pdf.Field) {
	own := map[pdf.Ref]bool{}
	u.widgets[field.Ref] = true
	addAppearance(f, field.Dict["AP"], 0, own)
	for _, w := range field.Widgets {
		u.widgets[w.Ref] = true
		addAppearance(f, w.Dict["AP"], 0, own)
	}
	for ref := range own {
		if u.within[ref] {
			u.elsewhere[ref] = true
		}
		u.within[ref] = true
	}
}

// add notes what an object refers to.
func (u *uses) add(ref pdf.Ref, o pdf.Object) {
	d, isDict := o.(pdf.Dict)
	switch {
	case isDict && ref == u.root:
		d = without(without(d, "DSS"), "Metadata")
		if form, ok := d["AcroForm"].(pdf.Dict); ok {
			d["AcroForm"] = without(form, "DR")
		}
		o = d
	case isDict && ref == u.form:
		o = without(d, "DR")
	case isDict && u.widgets[ref]:
		o = without(d, "AP")
	}
	stream, isStream := o.(*pdf.Stream)
	if u.within[ref] && !isStream {
		u.inside[ref] = references(o, nil)
		return
	}
	if isStream && stream.Dict["Type"] == pdf.Name("XRef") { // whose dictionary is a trailer
		o = without(stream.Dict, "Info")
	}
	for _, r := range references(o, nil) {
		u.elsewhere[r] = true
	}
}

// without is a dictionary without one entry.
func without(d pdf.Dict, key pdf.Name) pdf.Dict {
	d = d.Clone()
	delete(d, key)
	return d
}

// private returns for each object in question whether it has one use alone. What is used elsewhere uses all its parts there.
func (u *uses) private() map[pdf.Ref]bool {
	for _, r := range references(u.skipped, nil) {
		u.elsewhere[r] = true
	}
	wanted := slices.Collect(maps.Keys(u.elsewhere))
	for len(wanted) > 0 {
		r := wanted[len(wanted)-1]
		wanted = wanted[:len(wanted)-1]
		for _, part := range u.inside[r] {
			if !u.elsewhere[part] {
				u.elsewhere[part] = true
				wanted = append(wanted, part)
			}
		}
	}
	out := map[pdf.Ref]bool{}
	for ref := range u.within {
		out[ref] = !u.elsewhere[ref]
	}
	return out
}

// references appends all references in an object.
func references(o pdf.Object, to []pdf.Ref) []pdf.Ref {
	switch o := o.(type) {
	case pdf.Ref:
		return append(to, o)
	case pdf.Array:
		for _, v := range o {
			to = references(v, to)
		}
	case pdf.Dict:
		for _, v := range o {
			to = references(v, to)
		}
	case *pdf.Stream:
		return references(o.Dict, to)
	}
	return to
}
