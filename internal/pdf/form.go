package pdf

import "strings"

// Field is a field of the document's form that has no fields below it (ISO 32000-2, 12.7.4).
type Field struct {
	Ref  Ref
	Dict Dict
	// Name is fully qualified: the partial names from the root on, with points between them.
	Name string
	// Type is FT, its own or inherited: Sig, Tx, Btn, Ch.
	Type Name
	// ReadOnly says that its Ff, its own or inherited, has the first bit.
	ReadOnly bool
	// Widgets are its annotations: itself where it is one, or its Kids.
	Widgets []Widget
}

// Widget is a field's annotation (ISO 32000-2, 12.5.6.19).
type Widget struct {
	Ref  Ref
	Dict Dict
	// Page is nil where the annotation does not say which it is on.
	Page *Ref
	Rect Rectangle
}

// Form returns the AcroForm dictionary, nil where there is none, and its reference where the catalog has one.
func (f *File) Form() (Dict, *Ref, error) {
	catalog, err := f.Catalog()
	if err != nil {
		return nil, nil, err
	}
	d, err := f.dict(catalog["AcroForm"], "AcroForm")
	if err != nil {
		return nil, nil, err
	}
	if ref, ok := catalog["AcroForm"].(Ref); ok && d != nil {
		return d, &ref, nil
	}
	return d, nil, nil
}

// Fields returns the fields of the form. No field may be met twice, and no two may have one name.
func (f *File) Fields() ([]Field, error) {
	form, _, err := f.Form()
	if err != nil {
		return nil, err
	}
	roots, err := f.array(form["Fields"], "Fields")
	if err != nil {
		return nil, err
	}
	w := &fieldWalk{f: f, seen: map[Ref]bool{}, names: map[string]bool{}}
	for _, o := range roots {
		if err := w.node(o, fieldNode{}); err != nil {
			return nil, err
		}
	}
	return w.fields, nil
}

type fieldWalk struct {
	f      *File
	seen   map[Ref]bool
	names  map[string]bool
	fields []Field
}

// fieldNode is what the nodes above a field hand down to it.
type fieldNode struct {
	ref      Ref
	names    []string
	kind     Name
	readOnly bool
	depth    int
}

func (w *fieldWalk) node(o Object, above fieldNode) error {
	ref, ok := o.(Ref)
	if !ok {
		return malformed("a field is no indirect object")
	}
	if w.seen[ref] || len(w.seen) >= MaxFields || above.depth > maxTreeDepth {
		return malformed("the form has field %d twice, or is too large or too deep", ref.Number)
	}
	w.seen[ref] = true
	d, err := w.f.dict(ref, "a field")
	if err != nil || d == nil { // some writers leave references to fields that they have removed
		return err
	}
	if parent, ok := d["Parent"].(Ref); above.depth > 0 && (!ok || parent != above.ref) || above.depth == 0 && d["Parent"] != nil {
		return malformed("the Parent of field %d is not the field above it", ref.Number)
	}
	n, err := w.f.inheritField(above, ref, d)
	if err != nil {
		return err
	}
	kids, err := w.f.array(d["Kids"], "Kids of a field")
	if err != nil {
		return err
	}
	fields, widgets, err := w.f.splitKids(kids)
	if err != nil {
		return err
	}
	if len(fields) > 0 && len(widgets) > 0 {
		return malformed("field %d has fields and annotations below it", ref.Number)
	}
	if len(fields) == 0 {
		return w.leaf(n, d, widgets)
	}
	for _, kid := range fields {
		if err := w.node(kid, n); err != nil {
			return err
		}
	}
	return nil
}

// inheritField returns what field d hands down (ISO 32000-2, 12.7.4.1 and 12.7.4.2).
func (f *File) inheritField(above fieldNode, ref Ref, d Dict) (fieldNode, error) {
	n := fieldNode{ref: ref, names: above.names, kind: above.kind, readOnly: above.readOnly, depth: above.depth + 1}
	name, err := resolveTo[String](f, d["T"], "the name of a field")
	if err != nil {
		return n, err
	}
	if name != nil {
		text, err := Text(name)
		if (err != nil || text == "" || strings.Contains(text, ".")) && !f.deviates("the name of a field") {
			return n, malformed("the name of field %d", ref.Number)
		}
		n.names = append(append([]string{}, n.names...), text)
	}
	kind, err := resolveTo[Name](f, d["FT"], "the type of a field")
	if err != nil {
		return n, err
	}
	if kind != "" {
		n.kind = kind
	}
	if d["Ff"] != nil {
		flags, err := resolveTo[Integer](f, d["Ff"], "the flags of a field")
		if err != nil {
			return n, err
		}
		n.readOnly = flags&1 != 0
	}
	return n, nil
}

// splitKids tells fields, which have a name or kids, from annotations.
func (f *File) splitKids(kids Array) (fields []Ref, widgets []Ref, err error) {
	for _, o := range kids {
		ref, ok := o.(Ref)
		if !ok {
			return nil, nil, malformed("Kids of a field has something else than references")
		}
		d, err := f.dict(ref, "a field's kid")
		if err != nil {
			return nil, nil, err
		}
		if d["T"] != nil || d["Kids"] != nil || d["FT"] != nil && d["Subtype"] == nil {
			fields = append(fields, ref)
			continue
		}
		widgets = append(widgets, ref)
	}
	return fields, widgets, nil
}

// leaf adds a field with its annotations.
func (w *fieldWalk) leaf(n fieldNode, d Dict, kids []Ref) error {
	field := Field{Ref: n.ref, Dict: d, Name: strings.Join(n.names, "."), Type: n.kind, ReadOnly: n.readOnly}
	if (len(n.names) == 0 || w.names[field.Name]) && !w.f.deviates("the name of a field") {
		return malformed("field %d has no name, or that of another one", n.ref.Number)
	}
	w.names[field.Name] = true
	if d["Subtype"] == Name("Widget") {
		if len(kids) > 0 {
			return malformed("field %d is an annotation, and has others", n.ref.Number)
		}
		kids = []Ref{n.ref}
	}
	for _, ref := range kids {
		widget, err := w.widget(ref, n)
		if err != nil {
			return err
		}
		field.Widgets = append(field.Widgets, widget)
	}
	w.fields = append(w.fields, field)
	return nil
}

func (w *fieldWalk) widget(ref Ref, n fieldNode) (Widget, error) {
	out := Widget{Ref: ref}
	if ref != n.ref {
		if w.seen[ref] || len(w.seen) >= MaxFields {
			return out, malformed("the form has annotation %d twice, or too many", ref.Number)
		}
		w.seen[ref] = true
	}
	d, err := w.f.dict(ref, "a field's annotation")
	if err != nil {
		return out, err
	}
	out.Dict = d
	if parent := d["Parent"]; ref != n.ref && parent != n.ref {
		return out, malformed("the Parent of annotation %d is not its field", ref.Number)
	}
	if page, ok := d["P"].(Ref); ok {
		out.Page = &page
	}
	if d["Rect"] != nil {
		out.Rect, err = w.f.rectangle(d["Rect"])
	}
	return out, err
}
