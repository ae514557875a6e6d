package changes

import (
	"maps"
	"slices"

	"github.com/e-onay/e-onay/internal/pdf"
)

// uses tells objects that have one use alone from those that something else refers to as well.
type uses struct {
	root    pdf.Object
	skipped pdf.Dict // the trailer without document information
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
	u := &uses{
		root: f.Trailer()["Root"], skipped: f.Trailer().Clone(), widgets: map[pdf.Ref]bool{},
		within: data, inside: map[pdf.Ref][]pdf.Ref{}, elsewhere: map[pdf.Ref]bool{},
	}
	for _, o := range []pdf.Object{f.Trailer()["Info"], catalog["Metadata"]} {
		if ref, ok := o.(pdf.Ref); ok {
			u.within[ref] = true
		}
	}
	delete(u.skipped, "Info")
	for _, field := range fields {
		u.addField(f, field)
	}
	return u, nil
}

// addField adds the appearances of a field, but of one for a signature, and those that belong to another field or are something
// else, too.
func (u *uses) addField(f *pdf.File, field pdf.Field) {
	own := map[pdf.Ref]bool{}
	u.widgets[field.Ref] = true
	addAppearance(f, field.Dict["AP"], 0, own)
	for _, w := range field.Widgets {
		u.widgets[w.Ref] = true
		addAppearance(f, w.Dict["AP"], 0, own)
	}
	for ref := range own {
		if field.Type == "Sig" || u.within[ref] {
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
		d = d.Clone()
		delete(d, "DSS")
		delete(d, "Metadata")
		o = d
	case isDict && u.widgets[ref]:
		d = d.Clone()
		delete(d, "AP")
		o = d
	}
	if _, isStream := o.(*pdf.Stream); u.within[ref] && !isStream {
		u.inside[ref] = references(o, nil)
		return
	}
	for _, r := range references(o, nil) {
		u.elsewhere[r] = true
	}
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
