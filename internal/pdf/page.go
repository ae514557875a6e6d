package pdf

import (
	"math"
	"strconv"
)

// Rectangle is one of ISO 32000-2, 7.9.5, in units of a page's user space, with X0 < X1 and Y0 < Y1 where it is not empty.
type Rectangle struct{ X0, Y0, X1, Y1 float64 }

// Width is that of the rectangle.
func (r Rectangle) Width() float64 { return r.X1 - r.X0 }

// Height is that of the rectangle.
func (r Rectangle) Height() float64 { return r.Y1 - r.Y0 }

// Overlaps says whether the two have an area in common.
func (r Rectangle) Overlaps(o Rectangle) bool {
	return r.X0 < o.X1 && o.X0 < r.X1 && r.Y0 < o.Y1 && o.Y0 < r.Y1
}

// Holds says whether o lies within r.
func (r Rectangle) Holds(o Rectangle) bool {
	return r.X0 <= o.X0 && o.X1 <= r.X1 && r.Y0 <= o.Y0 && o.Y1 <= r.Y1
}

// intersection is what both have in common; it may be empty.
func (r Rectangle) intersection(o Rectangle) Rectangle {
	return Rectangle{max(r.X0, o.X0), max(r.Y0, o.Y0), min(r.X1, o.X1), min(r.Y1, o.Y1)}
}

// Array is the rectangle as it is written.
func (r Rectangle) Array() Array {
	return Array{RealOf(r.X0), RealOf(r.Y0), RealOf(r.X1), RealOf(r.Y1)}
}

// RealOf writes a number with at most four digits after the point, which is finer than any printer.
func RealOf(v float64) Real {
	text := strconv.FormatFloat(math.Round(v*10000)/10000, 'f', -1, 64)
	if text == "-0" {
		text = "0"
	}
	return Real(text)
}

// Page is a page with what it inherits from the nodes above it.
type Page struct {
	// Index is the page's place, the first being 0.
	Index int
	Ref   Ref
	Dict  Dict
	// Box is what is shown of the page: its CropBox within its MediaBox.
	Box Rectangle
	// Rotate is by how much the page is turned when it is shown, clockwise: 0, 90, 180 or 270 degrees.
	Rotate int
}

// pageNode is what the nodes of a page tree hand down (ISO 32000-2, 7.7.3.4).
type pageNode struct {
	ref    Ref
	parent Ref
	depth  int
	// inherited are MediaBox, CropBox and Rotate.
	inherited Dict
}

// Pages returns the references of all pages, in order. It reads the whole tree: every node's Count must be right, every Parent
// must lead back, and none may be met twice.
func (f *File) Pages() ([]Ref, error) {
	var refs []Ref
	err := f.walkPages(func(p pageNode, _ Dict) error {
		refs = append(refs, p.ref)
		return nil
	})
	return refs, err
}

// Page returns the page at index, the first being 0; nil where there are fewer. It reads the whole tree, as Pages does.
func (f *File) Page(index int) (*Page, error) {
	return f.FindPage(func(page *Page) (bool, error) { return page.Index == index, nil })
}

// Shapes returns all pages, in order, without their dictionaries.
func (f *File) Shapes() ([]Page, error) {
	var out []Page
	err := f.walkPages(func(n pageNode, _ Dict) error {
		page := Page{Index: len(out), Ref: n.ref}
		err := f.readPage(&page, n.inherited)
		out = append(out, page)
		return err
	})
	return out, err
}

// FindPage returns the first page that matches, of which index, reference and dictionary are set; nil where none does. It reads the whole
// tree, as Pages does.
func (f *File) FindPage(matches func(*Page) (bool, error)) (*Page, error) {
	var found *Page
	index := -1
	err := f.walkPages(func(n pageNode, d Dict) error {
		index++
		page := &Page{Index: index, Ref: n.ref, Dict: d}
		if found != nil {
			return nil
		}
		ok, err := matches(page)
		if err != nil || !ok {
			return err
		}
		found = page
		return f.readPage(page, n.inherited)
	})
	return found, err
}

// walkPages calls visit for each page.
func (f *File) walkPages(visit func(pageNode, Dict) error) error {
	catalog, err := f.Catalog()
	if err != nil {
		return err
	}
	root, ok := catalog["Pages"].(Ref)
	if !ok {
		return malformed("the catalog has no Pages")
	}
	pages := 0
	w := &pageWalk{f: f, seen: map[Ref]bool{}, visit: func(n pageNode, d Dict) error {
		pages++
		if pages > MaxPages {
			return malformed("more than %d pages", MaxPages)
		}
		return visit(n, d)
	}}
	_, err = w.node(pageNode{ref: root})
	return err
}

type pageWalk struct {
	f     *File
	seen  map[Ref]bool
	visit func(pageNode, Dict) error
}

// node walks what is below a node, or visits it where it is a page, and returns how many pages that were.
func (w *pageWalk) node(n pageNode) (int, error) {
	if w.seen[n.ref] || len(w.seen) > 2*MaxPages || n.depth > maxTreeDepth {
		return 0, malformed("the page tree has object %d twice, or is too large or too deep", n.ref.Number)
	}
	w.seen[n.ref] = true
	d, err := w.f.dict(n.ref, "a node of the page tree")
	if err != nil {
		return 0, err
	}
	if parent, ok := d["Parent"].(Ref); n.depth > 0 && (!ok || parent != n.parent) || n.depth == 0 && d["Parent"] != nil {
		return 0, malformed("the Parent of object %d is not the node above it", n.ref.Number)
	}
	n.inherited = inherit(n.inherited, d)
	switch d["Type"] {
	case Name("Page"):
		if d["Kids"] != nil || n.depth == 0 {
			return 0, malformed("page %d has Kids, or is the root of the tree", n.ref.Number)
		}
		return 1, w.visit(n, d)
	case Name("Pages"):
		return w.kids(n, d)
	}
	return 0, malformed("object %d in the page tree is neither Page nor Pages", n.ref.Number)
}

func (w *pageWalk) kids(n pageNode, d Dict) (int, error) {
	kids, err := w.f.array(d["Kids"], "Kids")
	if err != nil {
		return 0, err
	}
	total := 0
	for _, kid := range kids {
		ref, ok := kid.(Ref)
		if !ok {
			return 0, malformed("Kids of object %d has something else than references", n.ref.Number)
		}
		count, err := w.node(pageNode{ref: ref, parent: n.ref, depth: n.depth + 1, inherited: n.inherited})
		if err != nil {
			return 0, err
		}
		total += count
	}
	count, err := w.f.Resolve(d["Count"])
	if err != nil {
		return 0, err
	}
	if count != Integer(total) {
		return 0, malformed("object %d says Count %v and has %d pages", n.ref.Number, count, total)
	}
	return total, nil
}

// inherit returns what a node hands down: its own attributes before those of the nodes above.
func inherit(above, d Dict) Dict {
	out := Dict{}
	for _, key := range []Name{"MediaBox", "CropBox", "Rotate"} {
		switch {
		case d[key] != nil:
			out[key] = d[key]
		case above[key] != nil:
			out[key] = above[key]
		}
	}
	return out
}

// readPage reads what a page has of its own or inherits.
func (f *File) readPage(page *Page, inherited Dict) (err error) {
	if page.Box, err = f.rectangle(inherited["MediaBox"]); err != nil {
		return err
	}
	if inherited["CropBox"] != nil {
		crop, err := f.rectangle(inherited["CropBox"])
		if err != nil {
			return err
		}
		page.Box = page.Box.intersection(crop)
	}
	if page.Box.Width() <= 0 || page.Box.Height() <= 0 {
		return malformed("page %d shows nothing", page.Ref.Number)
	}
	rotate, err := f.Resolve(inherited["Rotate"])
	if err != nil {
		return err
	}
	turn, ok := rotate.(Integer)
	if rotate != nil && !ok || turn%90 != 0 {
		return malformed("page %d is turned by something else than quarters", page.Ref.Number)
	}
	page.Rotate = int((turn%360 + 360) % 360)
	return nil
}

// rectangle reads a rectangle, whichever two corners it names.
func (f *File) rectangle(o Object) (Rectangle, error) {
	a, err := f.array(o, "a rectangle")
	if err != nil {
		return Rectangle{}, err
	}
	if len(a) != 4 {
		return Rectangle{}, malformed("a rectangle of %d numbers", len(a))
	}
	var v [4]float64
	for i := range a {
		number, err := f.Resolve(a[i])
		if err != nil {
			return Rectangle{}, err
		}
		if v[i], err = float(number); err != nil {
			return Rectangle{}, err
		}
	}
	return Rectangle{min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]), max(v[1], v[3])}, nil
}

// float returns a number of at most six digits before the point, more than any page has units.
func float(o Object) (float64, error) {
	var v float64
	switch o := o.(type) {
	case Integer:
		v = float64(o)
	case Real:
		var err error
		if v, err = strconv.ParseFloat(string(o), 64); err != nil {
			return 0, malformed("%.20q is no number", o)
		}
	default:
		return 0, malformed("a rectangle has a %T", o)
	}
	if math.Abs(v) >= 1e6 {
		return 0, malformed("%v is no coordinate", v)
	}
	return v, nil
}

// Catalog returns the document's catalog (ISO 32000-2, 7.7.2).
func (f *File) Catalog() (Dict, error) {
	d, err := f.dict(f.Trailer()["Root"], "the catalog")
	if err == nil && d["Type"] != Name("Catalog") {
		return nil, malformed("Root is no catalog")
	}
	return d, err
}

// Annotations returns the page's Annots, each a reference or, rarely, the annotation itself.
func (p *Page) Annotations(f *File) (Array, error) {
	return f.array(p.Dict["Annots"], "Annots of a page")
}
