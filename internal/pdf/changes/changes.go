// Package changes says what later revisions of a PDF have done to what an earlier one was: signed it, filled in its form, or changed
// what it shows. It compares objects (ISO 32000-2, 7.5.6), and draws nothing. What it does not know to be harmless is a change.
package changes

import (
	"maps"
	"reflect"
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf"
)

// Kind is the gravest of what later revisions have done.
type Kind int

// Kinds of changes.
const (
	// Signed is signatures, time stamps and validation data; also document information and metadata, which no page shows.
	Signed Kind = iota
	// Filled is what a form is filled with, and annotations where they are permitted.
	Filled
	// Changed is anything else, and what cannot be told.
	Changed
)

// Permitted is what a signature says of later changes.
type Permitted struct {
	// DocMDP is 1 to 3 (ISO 32000-2, table 257): nothing, forms and signatures, also annotations. 0 is as 2.
	DocMDP int
	// Lock is on the fields that may not be filled in any more; nil for none.
	Lock *pdf.FieldLock
}

// changed returns an error with fault.SignatureInvalid: a revision does more than is permitted.
func changed(format string, args ...any) error {
	return fault.Errorf(fault.SignatureInvalid, "pdf: "+format, args...)
}

// maxCompared is how many objects a Comparison compares, of all revisions together: a file of many revisions that each change many
// objects would take the square of its size.
const maxCompared = 1 << 13

// A Comparison is of a file as it is with what it was before one or more revisions. Methods must not be called at the same time.
type Comparison struct {
	before, after *pdf.File
	signed        map[pdf.Ref]bool // fields of after that have a signature, and their annotations
	old           map[pdf.Ref]bool // fields and annotations of before; nil until one is asked for
	compared      int

	rules   rules
	filled  bool // something was found that is Filled
	fields  map[pdf.Ref]formField
	stamps  map[pdf.Ref]bool // those of signed that hold a document time stamp
	data    map[pdf.Ref]bool // the validation data of before; nil until one is asked for
	drawing map[pdf.Ref]Kind // by which fields of before are drawn, and what they may be; nil until one is asked for
	private map[pdf.Ref]bool // objects of after that have one use alone; nil until one is asked for
}

// rules say what is no change. The zero value is for files of our own programs, which sign and do nothing else.
type rules struct {
	isTolerant bool
	permitted  Permitted
}

// New reads what a file is compared by.
func New(after *pdf.File) (*Comparison, error) {
	signed, err := fieldsOf(after, func(f pdf.Field) bool { return f.Type == "Sig" && f.Dict["V"] != nil })
	return &Comparison{after: after, signed: signed}, err
}

// OnlySigns checks that what has come since before is signatures alone: signed fields, new or empty before, in form, pages and
// catalog, and nothing that was there, or was referred to, has another content. It is how a document is told from one whose content a later revision
// has hidden or exchanged. Document information (Info, which must be nothing else) and what a site adds for long-term validation (DSS) may be
// others. The first change has fault.SignatureInvalid.
func (c *Comparison) OnlySigns(before *pdf.File) error {
	c.rules = rules{}
	return c.compare(before)
}

func (c *Comparison) compare(before *pdf.File) error {
	c.before, c.old, c.fields, c.data, c.drawing = before, nil, nil, nil, nil
	if before.Trailer()["Root"] != c.after.Trailer()["Root"] {
		return changed("the document has another catalog")
	}
	for _, ref := range c.after.ChangedSince(before) {
		if c.compared++; c.compared > maxCompared {
			return changed("more than %d objects were replaced", maxCompared)
		}
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
func (c *Comparison) object(ref pdf.Ref) error {
	before, err := c.before.Get(ref)
	if err != nil {
		return err
	}
	after, err := c.after.Get(ref)
	if err != nil {
		return err
	}
	if reflect.DeepEqual(before, after) {
		return nil
	}
	if ref == c.before.Trailer()["Info"] {
		isPrivate, err := c.hasOneUse(ref)
		if isPrivate || err != nil {
			return err
		}
	}
	return c.values(ref, before, after)
}

// values compares what may have changed, by the rules that are tolerant where the others do not do.
func (c *Comparison) values(ref pdf.Ref, before, after pdf.Object) error {
	err := c.signs(ref, before, after)
	if err == nil || !c.rules.isTolerant {
		return err
	}
	isPermitted, other := c.permits(ref, before, after)
	if isPermitted || other != nil {
		return other
	}
	return err
}

// signs compares what a signature touches: dictionaries of such kinds, and lists that have become longer.
func (c *Comparison) signs(ref pdf.Ref, before, after pdf.Object) error {
	if list, ok := before.(pdf.Array); ok {
		return c.list("", list, after)
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
		return c.dict("the catalog", old, now, c.touched("AcroForm", "Perms", "DSS", "Extensions")...)
	case formRef != nil && ref == *formRef:
		return c.dict("the form", old, now, c.touchedForm()...)
	case old["Type"] == pdf.Name("Page"):
		return c.dict("a page", old, now, "Annots")
	case c.maySign(ref) && old["V"] == nil:
		return c.dict("a field", old, now, c.touched("V", "AP")...)
	case c.permissions() == ref:
		return c.dict("Perms", old, now, "DocMDP")
	}
	return changed("object %d was replaced", ref.Number)
}

// permissions is the reference of Perms in the catalog before.
func (c *Comparison) permissions() pdf.Object {
	catalog, err := c.before.Catalog()
	if err != nil {
		return nil
	}
	return catalog["Perms"]
}

// dict compares two dictionaries; the entries in touched may have changed as a signature changes them.
func (c *Comparison) dict(what string, old, now pdf.Dict, touched ...pdf.Name) error {
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
func (c *Comparison) entry(key pdf.Name, old, now pdf.Object) error {
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
		return c.list(key, list, after)
	case "AcroForm", "Perms":
		touched := c.touchedForm()
		was, _ := before.(pdf.Dict)
		if key == "Perms" {
			touched = []pdf.Name{"DocMDP"}
		}
		is, ok := after.(pdf.Dict)
		if !ok {
			return changed("%s is no dictionary", key)
		}
		return c.dict(string(key), was, is, touched...)
	case "DocMDP":
		if old != nil {
			return changed("another signature certifies the document")
		}
	case "DR":
		return c.grown(before, after, 0)
	case "DA":
		if old != nil {
			return changed("the form has another DA")
		}
	}
	return nil // V, AP and SigFlags are the signature's, DSS, Extensions and what touched adds show nothing
}

// list checks that a list has only become longer, by signed fields that are new, or annotations where they are permitted.
func (c *Comparison) list(key pdf.Name, old pdf.Array, now pdf.Object) error {
	list, ok := now.(pdf.Array)
	if !ok || len(list) < len(old) || len(old) > 0 && !reflect.DeepEqual(list[:len(old)], old) {
		return changed("a list of fields or annotations has lost or exchanged some")
	}
	for _, o := range list[len(old):] {
		ref, ok := o.(pdf.Ref)
		if !ok || !c.maySign(ref) {
			if key == "Annots" && c.mayAnnotate(o) {
				continue
			}
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
func (c *Comparison) isOld(ref pdf.Ref) (bool, error) {
	o, err := c.before.Get(ref)
	if err != nil || o == nil {
		return false, err
	}
	if c.old == nil {
		c.old, err = fieldsOf(c.before, func(pdf.Field) bool { return true })
	}
	return c.old[ref], err
}
