package pdf

import (
	"bytes"
	"strconv"
)

// checkLinearized refuses a linearised file (Annex F) that has two beginnings. Readers for the web take the cross references behind
// the first object, others those that the last startxref leads to: both must be the same. A file whose L is not its length has
// been updated, and is linearised no longer.
func (f *File) checkLinearized() error {
	offset, err := f.skipAt(0) // the header is a comment
	if err != nil {
		return err
	}
	begins, err := f.readAt(offset, 1)
	if err != nil {
		return err
	}
	if c := begins[0]; !isDigit(c) && c != '+' && c != '-' && c != '.' {
		return nil // no object, but bytes that some writers have in place of a comment
	}
	first, err := f.indirectAt(offset)
	if err != nil {
		return err
	}
	d, _ := first.value.(Dict)
	if !isPositive(d["Linearized"]) || d["L"] != Integer(f.size) {
		return nil
	}
	beginning, err := f.readAt(0, first.end)
	if err != nil {
		return err
	}
	if end := int64(bytes.Index(beginning, []byte("endobj"))) + int64(len("endobj")); end != first.end {
		return malformed("the linearised file's first object has another endobj in it")
	}
	next, err := f.skipAt(first.end)
	if err != nil {
		return err
	}
	if next != f.sections[0].offset {
		return malformed("the linearised file's first cross references are at offset %d, and startxref leads to %d", next, f.sections[0].offset)
	}
	return nil
}

// skipAt returns the offset of what stands behind white space and comments.
func (f *File) skipAt(offset int64) (int64, error) {
	err := f.parseAt(offset, func(p *parser) error {
		if err := p.skip(); err != nil {
			return err
		}
		offset = p.at()
		return nil
	})
	return offset, err
}

func isPositive(o Object) bool {
	switch o := o.(type) {
	case Integer:
		return o > 0
	case Real:
		v, err := strconv.ParseFloat(string(o), 64)
		return err == nil && v > 0
	}
	return false
}
