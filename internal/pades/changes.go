package pades

import (
	"maps"
	"reflect"
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf"
)

// changed returns an error with fault.SignatureInvalid: a revision does more than to sign.
func changed(format string, args ...any) error {
	return fault.Errorf(fault.SignatureInvalid, "pades: "+format, args...)
}

// A comparison is of a file as it is with what it was before one or more revisions.
type comparison struct {
	before, after *pdf.File
	signed        map[pdf.Ref]bool // fields of after that have a signature, and their annotations
	old           map[pdf.Ref]bool // fields and annotations of before; nil until one is asked for
}

// newComparison reads what the file is compared by.
func newComparison(after *pdf.File) (*comparison, error) {
	signed, err := fieldsOf(after, func(f pdf.Field) bool { return f.Type == "Sig" && f.Dict["V"] != nil })
	return &comparison{after: after, signed: signed}, err
}

// onlySigns checks that what has come since before is signatures alone: signed fields, new or empty before, in form, pages and
// catalog, and nothing that was there, or was referred to, has another content. It is how a document is told from one whose content a later revision
// has hidden or exchanged. Document information (Info) and what a site adds for long-term validation (DSS) may be others.
func (c *comparison) onlySigns(before *pdf.File) error {
	c.before, c.old = before, nil
	if before.Trailer()["Root"] != c.after.Trailer()["Root"] {
		return changed("the document has another catalog")
	}
	for _, ref := range c.after.ChangedSince(before) {
		if err := c.object(ref); err != nil {
			return err
		}
	}
	awaited, err := c.after.AwaitedBy(before)
	if err != nil {
		return err
	}
	if len(awaited) > 0 {
		return changed("object %d was referred to before it was there", awaited[0].Number)
	}
	return nil
}

// fieldsOf returns the references of fields and of their annotations.
func fieldsOf(f *pdf.File, want func(pdf.Field) bool) (map[pdf.Ref]bool, error) {
	fields, err := f.Fields()
	if err != nil {
		return nil, err
	}
	out := map[pdf.Ref]bool{}
	for _, field := range fields {
		if !want(field) {
			continue
		}
		out[field.Ref] = true
		for _, w := range field.Widgets {
			out[w.Ref] = true
		}
	}
	return out, nil
}

// object compares an object that has been replaced.
func (c *comparison) object(ref pdf.Ref) error {
	before, err := c.before.Get(ref)
	if err != nil {
		return err
	}
	after, err := c.after.Get(ref)
	if err != nil {
		return err
	}
	if reflect.DeepEqual(before, after) || ref == c.before.Trailer()["Info"] {
		return nil
	}
	return c.values(ref, before, after)
}

// values compares what may have changed: dictionaries of the kinds that a signature touches, and lists that have become longer.
func (c *comparison) values(ref pdf.Ref, before, after pdf.Object) error {
	if list, ok := before.(pdf.Array); ok {
		return c.list(list, after)
	}
	old, ok1 := before.(pdf.Dict)
	now, ok2 := after.(pdf.Dict)
	if !ok1 || !ok2 {
		return changed("object %d was replaced", ref.Number)
	}
	_, formRef, err := c.before.Form()
	if err != nil {
		return err
	}
	switch {
	case ref == c.before.Trailer()["Root"]:
		return c.dict("the catalog", old, now, "AcroForm", "Perms", "DSS", "Extensions")
	case formRef != nil && ref == *formRef:
		return c.dict("the form", old, now, "Fields", "SigFlags")
	case old["Type"] == pdf.Name("Page"):
		return c.dict("a page", old, now, "Annots")
	case c.signed[ref] && old["V"] == nil:
		return c.dict("a field", old, now, "V", "AP")
	case c.permissions() == ref:
		return c.dict("Perms", old, now, "DocMDP")
	}
	return changed("object %d was replaced", ref.Number)
}

// permissions is the reference of Perms in the catalog before.
func (c *comparison) permissions() pdf.Object {
	catalog, err := c.before.Catalog()
	if err != nil {
		return nil
	}
	return catalog["Perms"]
}

// dict compares two dictionaries; the entries in touched may have changed as a signature changes them.
func (c *comparison) dict(what string, old, now pdf.Dict, touched ...pdf.Name) error {
	keys := old.Clone()
	maps.Copy(keys, now)
	for _, key := range keys.Keys() {
		if reflect.DeepEqual(old[key], now[key]) {
			continue
		}
		if !slices.Contains(touched, key) {
			return changed("%s has another %.40s", what, key)
		}
		if err := c.entry(key, old[key], now[key]); err != nil {
			return err
		}
	}
	return nil
}

// entry compares an entry that a signature may touch.
func (c *comparison) entry(key pdf.Name, old, now pdf.Object) error {
	before, err := c.before.Resolve(old)
	if err != nil {
		return err
	}
	after, err := c.after.Resolve(now)
	if err != nil {
		return err
	}
	switch key {
	case "Annots", "Fields":
		list, ok := before.(pdf.Array)
		if !ok && before != nil {
			return changed("%s was no list", key)
		}
		return c.list(list, after)
	case "AcroForm", "Perms":
		touched := []pdf.Name{"Fields", "SigFlags"}
		if key == "Perms" {
			touched = []pdf.Name{"DocMDP"}
		}
		was, _ := before.(pdf.Dict)
		is, ok := after.(pdf.Dict)
		if !ok {
			return changed("%s is no dictionary", key)
		}
		return c.dict(string(key), was, is, touched...)
	case "DocMDP":
		if old != nil {
			return changed("another signature certifies the document")
		}
	}
	return nil // V, AP and SigFlags are the signature's, DSS and Extensions show nothing
}

// list checks that a list has only become longer, by signed fields that are new.
func (c *comparison) list(old pdf.Array, now pdf.Object) error {
	list, ok := now.(pdf.Array)
	if !ok || len(list) < len(old) || len(old) > 0 && !reflect.DeepEqual(list[:len(old)], old) {
		return changed("a list of fields or annotations has lost or exchanged some")
	}
	for _, o := range list[len(old):] {
		ref, ok := o.(pdf.Ref)
		if !ok || !c.signed[ref] {
			return changed("a list of fields or annotations has more than new signatures")
		}
		isOld, err := c.isOld(ref)
		if err != nil {
			return err
		}
		if isOld {
			return changed("a list of fields or annotations has field %d once more", ref.Number)
		}
	}
	return nil
}

// isOld says whether a field or annotation was one before. Mostly its object was not there yet, and the form of before is not read.
func (c *comparison) isOld(ref pdf.Ref) (bool, error) {
	o, err := c.before.Get(ref)
	if err != nil || o == nil {
		return false, err
	}
	if c.old == nil {
		c.old, err = fieldsOf(c.before, func(pdf.Field) bool { return true })
	}
	return c.old[ref], err
}
