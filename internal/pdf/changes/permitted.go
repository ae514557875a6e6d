package changes

import (
	"bytes"
	"reflect"

	"github.com/e-onay/e-onay/internal/pdf"
)

// Since says what revisions after before have done to it, where the signature of before permits changes. The error says which
// change was the first that is not permitted, with Changed alone. It may be of reading, too: what cannot be read cannot be told.
func (c *Comparison) Since(before *pdf.File, permitted Permitted) (Kind, error) {
	c.rules, c.filled = rules{isTolerant: true, permitted: permitted}, false
	if err := c.compare(before); err != nil {
		return Changed, err
	}
	if c.filled {
		return Filled, nil
	}
	return Signed, nil
}

// touched adds, where the rules are tolerant, what other programs change when they sign, and no page shows: metadata and version
// of the document, and when a field was changed.
func (c *Comparison) touched(keys ...pdf.Name) []pdf.Name {
	if !c.rules.isTolerant {
		return keys
	}
	return append(keys, "Metadata", "Version", "M")
}

// touchedForm are the entries of a form that a signature changes. Where the rules are tolerant, its resources may have become more.
func (c *Comparison) touchedForm() []pdf.Name {
	if !c.rules.isTolerant {
		return []pdf.Name{"Fields", "SigFlags"}
	}
	return c.touched("Fields", "SigFlags", "DR", "DA")
}

// grown checks that resources have only become more: categories, and names in them (ISO 32000-2, 7.8.3). Some programs put the appearance
// of their latest signature there, as FRM, which draws no other field.
func (c *Comparison) grown(before, after pdf.Object, depth int) error {
	before, err := c.before.Resolve(before)
	if err != nil || before == nil {
		return err
	}
	after, err = c.after.Resolve(after)
	if err != nil || reflect.DeepEqual(before, after) {
		return err
	}
	old, ok1 := before.(pdf.Dict)
	now, ok2 := after.(pdf.Dict)
	if !ok1 || !ok2 || depth > 1 {
		return changed("the form has another DR")
	}
	for key, value := range old {
		if reflect.DeepEqual(value, now[key]) || depth == 1 && key == "FRM" {
			continue
		}
		if err := c.grown(value, now[key], depth+1); err != nil {
			return err
		}
	}
	return nil
}

// maySign reports whether a field, or an annotation of one, may be signed now: under DocMDP 1 by a document time stamp alone
// (ISO 32000-2, table 257), and not where it is locked.
func (c *Comparison) maySign(ref pdf.Ref) bool {
	if !c.signed[ref] {
		return false
	}
	if c.rules.permitted.DocMDP == 1 && !c.isStamp(ref) {
		return false
	}
	lock := c.rules.permitted.Lock
	if lock == nil {
		return true
	}
	field, isOld := c.fieldsBefore()[ref]
	return !isOld || !lock.Locks(field.name)
}

// isStamp reports whether a signed field holds a document time stamp.
func (c *Comparison) isStamp(ref pdf.Ref) bool {
	if c.stamps == nil {
		c.stamps, _ = fieldsOf(c.after, func(f pdf.Field) bool { // what New has read
			v, err := c.after.Resolve(f.Dict["V"])
			d, ok := v.(pdf.Dict)
			return err == nil && ok && f.Type == "Sig" && (&pdf.Signature{Dict: d}).IsDocumentTimeStamp()
		})
	}
	return c.stamps[ref]
}

// formField is what a field, or an annotation of one, was before.
type formField struct {
	name        string
	isSignature bool // it is for a signature
	hasValue    bool
}

func (c *Comparison) fieldsBefore() map[pdf.Ref]formField {
	if c.fields != nil {
		return c.fields
	}
	c.fields = map[pdf.Ref]formField{}
	all, _ := c.before.Fields() // without them none may be filled in
	for _, f := range all {
		one := formField{f.Name, f.Type == "Sig", f.Dict["V"] != nil}
		c.fields[f.Ref] = one
		for _, w := range f.Widgets {
			c.fields[w.Ref] = one
		}
	}
	return c.fields
}

// permits reports whether an object may have been replaced, by the rules that are tolerant alone.
func (c *Comparison) permits(ref pdf.Ref, before, after pdf.Object) (bool, error) {
	stream, isStream := before.(*pdf.Stream)
	if now, ok := after.(*pdf.Stream); isStream && ok && c.sameStream(stream, now) {
		return true, nil
	}
	if isPrivate, err := c.isPrivate(ref); err != nil || isPrivate {
		return isPrivate, err
	}
	if resources, err := formResources(c.before); err != nil {
		return false, err
	} else if resources[ref] {
		isPrivate, err := c.hasOneUse(ref)
		if err != nil || !isPrivate {
			return false, err
		}
		return true, c.grown(before, after, 0)
	}
	old, ok1 := before.(pdf.Dict)
	now, ok2 := after.(pdf.Dict)
	if !ok1 || !ok2 {
		return false, nil
	}
	if hasMore, err := c.structure(ref, old, now); err != nil || hasMore {
		return hasMore, err
	}
	field, isField := c.fieldsBefore()[ref]
	if !isField || field.isSignature || c.rules.permitted.DocMDP == 1 || old["Type"] == pdf.Name("Page") {
		return false, nil
	}
	if lock := c.rules.permitted.Lock; lock != nil && lock.Locks(field.name) {
		return false, changed("the field %.40q is locked", field.name)
	}
	c.filled = true
	return true, c.dict("a field", old, now, "V", "AP", "AS", "M", "RV", "I")
}

// maxSameStream is how long streams are that are compared byte for byte.
const maxSameStream = 1 << 20

// sameStream reports whether a stream was written anew as it was.
func (c *Comparison) sameStream(old, now *pdf.Stream) bool {
	if old.Length != now.Length || old.Length > maxSameStream || !reflect.DeepEqual(old.Dict, now.Dict) {
		return false
	}
	c.compared += int(old.Length / 1024)
	read := func(f *pdf.File, s *pdf.Stream) []byte {
		data := make([]byte, s.Length)
		if n, _ := f.Reader(s.Offset, s.Length).ReadAt(data, 0); n < len(data) {
			return nil
		}
		return data
	}
	before := read(c.before, old)
	return before != nil && bytes.Equal(before, read(c.after, now))
}

// mayAnnotate reports whether an annotation is new, and permitted. An annotation of a field is none of these.
func (c *Comparison) mayAnnotate(o pdf.Object) bool {
	ref, isRef := o.(pdf.Ref)
	if c.rules.permitted.DocMDP != 3 || !c.rules.isTolerant || !isRef {
		return false
	}
	was, err := c.before.Get(ref)
	if err != nil || was != nil {
		return false
	}
	now, err := c.after.Get(ref)
	d, ok := now.(pdf.Dict)
	if err != nil || !ok || d["Subtype"] == pdf.Name("Widget") || d["FT"] != nil {
		return false
	}
	c.filled = true
	return true
}

// isPrivate reports whether an object was, and is, metadata or a part of the validation data or of the appearance of a field that may be
// filled in or was signed, and of nothing else: then its content shows in no other place.
func (c *Comparison) isPrivate(ref pdf.Ref) (bool, error) {
	catalog, err := c.before.Catalog()
	if err != nil {
		return false, err
	}
	if c.data == nil {
		if c.data, err = validationData(c.before); err != nil {
			return false, err
		}
	}
	isData := c.data[ref] || ref == catalog["Metadata"]
	kind, isDrawn := c.appearances()[ref]
	if !isData && !isDrawn {
		return false, nil
	}
	isPrivate, err := c.hasOneUse(ref)
	c.filled = c.filled || isPrivate && !isData && kind == Filled
	return isPrivate, err
}

// hasOneUse reports whether an object of the newest revision is document information, metadata, validation data or appearances, and is used
// for one of these alone: a document could have its document information be a page, too.
func (c *Comparison) hasOneUse(ref pdf.Ref) (bool, error) {
	if c.private == nil {
		if err := c.findPrivate(); err != nil {
			return false, err
		}
	}
	return c.private[ref], nil
}

// formResources are the dictionaries of DR of the form that stand by themselves: itself, and its categories.
func formResources(f *pdf.File) (map[pdf.Ref]bool, error) {
	form, _, err := f.Form()
	if err != nil {
		return nil, err
	}
	out := map[pdf.Ref]bool{}
	if ref, ok := form["DR"].(pdf.Ref); ok {
		out[ref] = true
	}
	resources, err := f.Resolve(form["DR"])
	d, _ := resources.(pdf.Dict)
	for _, value := range d {
		if ref, ok := value.(pdf.Ref); ok {
			out[ref] = true
		}
	}
	return out, err
}

// maxData is how many objects of validation data are told apart.
const maxData = 4096

// validationData are the dictionaries and lists of DSS (ISO 32000-2, 12.8.4.3): itself, VRI, each of its entries, and their lists.
func validationData(f *pdf.File) (map[pdf.Ref]bool, error) {
	catalog, err := f.Catalog()
	if err != nil {
		return nil, err
	}
	out := map[pdf.Ref]bool{}
	var walk func(o pdf.Object, depth int) error
	walk = func(o pdf.Object, depth int) error {
		v, err := f.Resolve(o)
		if err != nil {
			return err
		}
		d, isDict := v.(pdf.Dict)
		_, isList := v.(pdf.Array)
		if ref, isRef := o.(pdf.Ref); isRef && (isDict || isList) {
			if out[ref] || len(out) == maxData {
				return nil
			}
			out[ref] = true
		}
		if !isDict || depth == 3 {
			return nil
		}
		for _, key := range d.Keys() {
			if err := walk(d[key], depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	return out, walk(catalog["DSS"], 0)
}

// appearances are the objects by which fields are drawn that were there before, and may be filled in or were signed since (ISO 32000-2,
// 12.5.5), with the kind of change that another appearance is.
func (c *Comparison) appearances() map[pdf.Ref]Kind {
	if c.drawing != nil {
		return c.drawing
	}
	c.drawing = map[pdf.Ref]Kind{}
	lock := c.rules.permitted.Lock
	for ref, field := range c.fieldsBefore() {
		kind := Filled
		if field.isSignature {
			kind = Signed
		}
		isFillable := !field.isSignature && c.rules.permitted.DocMDP != 1 && (lock == nil || !lock.Locks(field.name))
		if !isFillable && (!field.isSignature || field.hasValue || !c.maySign(ref)) {
			continue
		}
		own := map[pdf.Ref]bool{}
		o, err := c.before.Get(ref)
		if d, ok := o.(pdf.Dict); err == nil && ok {
			addAppearance(c.before, d["AP"], 0, own)
		}
		for part := range own {
			c.drawing[part] = kind
		}
	}
	return c.drawing
}

// addAppearance adds AP, what it has for each state, and the streams.
func addAppearance(f *pdf.File, o pdf.Object, depth int, to map[pdf.Ref]bool) {
	if ref, ok := o.(pdf.Ref); ok {
		to[ref] = true
	}
	v, err := f.Resolve(o)
	if d, ok := v.(pdf.Dict); err == nil && ok && depth < 3 {
		for _, value := range d {
			addAppearance(f, value, depth+1, to)
		}
	}
}

// findPrivate looks for those objects of the newest revision that are used for one thing alone, of those that hasOneUse names. What an
// older revision referred to from elsewhere does so still, or is a change.
func (c *Comparison) findPrivate() error {
	u, err := newUses(c.after)
	if err != nil {
		return err
	}
	if err := c.after.EachObject(u.add); err != nil {
		return err
	}
	c.private = u.private()
	return nil
}
