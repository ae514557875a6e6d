package changes

import (
	"reflect"
	"slices"

	"github.com/e-onay/e-onay/internal/pdf"
)

// maxParents is how many entries of a parent tree are compared.
const maxParents = 1 << 16

// structure reports whether an object of the structure tree (ISO 32000-2, 14.7) has only become more, by what a new signature field adds in a
// tagged document: elements of the type Form, and their entries in the parent tree. It is not what pages show, but what screen readers
// read, so that nothing that was there may be another.
func (c *Comparison) structure(ref pdf.Ref, old, now pdf.Dict) (bool, error) {
	catalog, err := c.before.Catalog()
	if err != nil {
		return false, err
	}
	root, err := c.before.Resolve(catalog["StructTreeRoot"])
	tree, ok := root.(pdf.Dict)
	if err != nil || !ok {
		return false, err
	}
	switch {
	case ref == catalog["StructTreeRoot"]:
		if err := c.parents(old["ParentTree"], now["ParentTree"]); err != nil {
			return false, err
		}
		return c.hasMore(old, now, "ParentTree", "ParentTreeNextKey")
	case ref == tree["ParentTree"]:
		if err := c.parents(old, now); err != nil {
			return false, err
		}
		return equalBut(old, now, "Nums", "Limits"), nil
	case old["Type"] == pdf.Name("StructElem"):
		return c.hasMore(old, now)
	}
	return false, nil
}

// equalBut reports whether two dictionaries are the same but for some entries.
func equalBut(old, now pdf.Dict, touched ...pdf.Name) bool {
	for _, key := range touched {
		old, now = without(old, key), without(now, key)
	}
	return reflect.DeepEqual(old, now)
}

// hasMore reports whether K has become longer by new elements of the type Form, and all else but touched is the same.
func (c *Comparison) hasMore(old, now pdf.Dict, touched ...pdf.Name) (bool, error) {
	if !equalBut(old, now, append(touched, "K")...) {
		return false, nil
	}
	before, ok := old["K"].(pdf.Array)
	if !ok && old["K"] != nil {
		before = pdf.Array{old["K"]}
	}
	after, ok := now["K"].(pdf.Array)
	if !ok || len(after) < len(before) || !reflect.DeepEqual(slices.Clone(before), slices.Clone(after[:len(before)])) {
		return reflect.DeepEqual(old["K"], now["K"]), nil
	}
	for _, o := range after[len(before):] {
		ref, ok := o.(pdf.Ref)
		if !ok {
			return false, nil
		}
		was, err := c.before.Get(ref)
		if err != nil || was != nil {
			return false, err
		}
		is, err := c.after.Get(ref)
		if err != nil {
			return false, err
		}
		if d, ok := is.(pdf.Dict); !ok || d["S"] != pdf.Name("Form") || d["ActualText"] != nil {
			return false, nil
		}
	}
	return true, nil
}

// parents checks that a parent tree has what it had.
func (c *Comparison) parents(old, now pdf.Object) error {
	before, after := map[pdf.Integer]pdf.Object{}, map[pdf.Integer]pdf.Object{}
	if err := numbers(c.before, old, 0, before); err != nil {
		return err
	}
	if err := numbers(c.after, now, 0, after); err != nil {
		return err
	}
	c.compared += len(before) / 16 // a comparison of all is some of one object each
	for key, value := range before {
		if is, ok := after[key]; ok && reflect.DeepEqual(value, is) {
			continue
		}
		was, err := c.before.Resolve(value)
		if err != nil {
			return err
		}
		is, err := c.after.Resolve(after[key])
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(was, is) { // some programs write the list of a page anew
			return changed("the parent tree has another entry %d", key)
		}
	}
	return nil
}

// numbers reads a number tree (ISO 32000-2, 7.9.7).
func numbers(f *pdf.File, o pdf.Object, depth int, to map[pdf.Integer]pdf.Object) error {
	v, err := f.Resolve(o)
	d, ok := v.(pdf.Dict)
	if err != nil || !ok {
		return err
	}
	list, err := f.Resolve(d["Nums"])
	if err != nil {
		return err
	}
	pairs, _ := list.(pdf.Array)
	for i := 0; i+1 < len(pairs); i += 2 {
		key, ok := pairs[i].(pdf.Integer)
		if !ok || to[key] != nil || len(to) == maxParents {
			return changed("a parent tree that is none, or too large")
		}
		to[key] = pairs[i+1]
	}
	list, err = f.Resolve(d["Kids"])
	if err != nil {
		return err
	}
	kids, _ := list.(pdf.Array)
	if len(kids) > 0 && (depth == 8 || len(kids) > maxParents) {
		return changed("a parent tree that is too deep")
	}
	for _, kid := range kids {
		if err := numbers(f, kid, depth+1, to); err != nil {
			return err
		}
	}
	return nil
}
