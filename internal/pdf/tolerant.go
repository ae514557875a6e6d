package pdf

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
)

// headerWithin is where in a file the header may begin, as common readers search for it (Annex H of ISO 32000-1), in bytes.
const headerWithin = 1024

// OpenTolerant is Open for files that other programs have signed. It also takes what common writers do wrong and every reader
// understands alike: a header behind other bytes, white space before cross references, cross references without their second
// byte of an end of line, a trailer behind a cross-reference stream, a hybrid file whose stream says something else than its table,
// fields without names or with the same one. [File.Deviation] says whether there was any. What it takes for a signature is as strict
// as before, but for white space after the last %%EOF, which a signature need not cover.
func OpenTolerant(r io.ReaderAt, size int64) (*File, error) {
	return open(&File{r: r, size: size, isTolerant: true})
}

// Deviation is the first rule of [Open] that the structure breaks, as far as it has been read; "" where it keeps all.
func (f *File) Deviation() string { return f.deviation }

// IsAmbiguous reports whether readers may find other objects than this one: where the table and the stream of a hybrid file differ.
func (f *File) IsAmbiguous() bool { return f.isAmbiguous }

// deviates reports whether a deviation is tolerated, and notes it.
func (f *File) deviates(what string) bool {
	if f.isTolerant && f.deviation == "" {
		f.deviation = what
	}
	return f.isTolerant
}

// IsPDF reports whether a file that begins with head, of headerWithin bytes where it has as many, is a PDF.
func IsPDF(head []byte) bool {
	return bytes.Contains(head[:min(len(head), headerWithin)], []byte("%PDF-"))
}

// headerStart is where the header begins: 0, or in a file that is read tolerantly within its first bytes.
func (f *File) headerStart() (int64, error) {
	if !f.isTolerant {
		return 0, nil
	}
	head, err := f.readAt(0, min(f.size, headerWithin))
	if err != nil {
		return 0, err
	}
	i := bytes.Index(head, []byte("%PDF-"))
	if i > 0 {
		f.deviates("bytes before the header")
	}
	return int64(max(i, 0)), nil
}

// maxLooseEntry is how many bytes one entry of a table may have, white space before it counted.
const maxLooseEntry = 40

// readLooseEntries reads count entries "nnnnnnnnnn ggggg n" with any white space between them, and returns the offset after them.
func (f *File) readLooseEntries(s *section, offset, first, count int64) (int64, error) {
	r := bufio.NewReader(f.Reader(offset, f.size-offset))
	for i := range count {
		line, n, err := looseEntry(r)
		if err != nil {
			return 0, malformed("at offset %d: an entry of cross references: %w", offset, err)
		}
		v, err := readTableEntry(line)
		if err != nil {
			return 0, malformed("at offset %d: %w", offset, err)
		}
		offset += n
		if first+i == 0 && v.kind != free {
			return 0, malformed("the cross references at offset %d have object 0 in use", s.offset)
		}
		if err := f.addEntry(s, int(first+i), v); err != nil {
			return 0, err
		}
	}
	return offset, nil
}

// looseEntry reads one entry, and returns it as a strict writer writes it, and how many bytes it had.
func looseEntry(r *bufio.Reader) (line []byte, n int64, err error) {
	for n < maxLooseEntry {
		c, err := r.ReadByte()
		if err != nil {
			return nil, 0, err
		}
		n++
		switch {
		case !isSpace(c):
			line = append(line, c)
		case len(line) > 0 && line[len(line)-1] != ' ':
			line = append(line, ' ')
		}
		if len(line) == tableEntry-2 && isRegular(c) {
			return append(line, " \n"...), n, nil
		}
	}
	return nil, 0, errors.New("too long")
}

// passTrailer passes a trailer that some writers have behind a cross-reference stream, whose dictionary is the trailer.
func (f *File) passTrailer(p *parser) error {
	if !f.isTolerant {
		return nil
	}
	if err := p.skip(); err != nil {
		return err
	}
	const word = "trailer"
	if len(p.data)-p.pos < len(word) && !p.last {
		return errShort
	}
	if !bytes.HasPrefix(p.data[p.pos:], []byte(word)) {
		return nil
	}
	f.deviates("a trailer behind a cross-reference stream")
	p.pos += len(word)
	_, err := p.object()
	return err
}

// maxSpace is how much white space may stand between the end of what is signed and that of a revision, in bytes.
const maxSpace = 1024

// isSpaceBetween reports whether a part of a file that is read tolerantly is white space alone.
func (f *File) isSpaceBetween(start, end int64) bool {
	if !f.isTolerant || start > end || end > f.size || end-start > maxSpace {
		return false
	}
	data, err := f.readAt(start, end-start)
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(data, func(c byte) bool { return !isSpace(c) })
}

// FindSignatures returns the signatures in fields (of [File.Fields]), the oldest first, with those that nothing may be believed of:
// they say so in Problem, and stand last. A signature that several fields have as their value is there once.
func (f *File) FindSignatures(fields []Field) ([]*Signature, error) {
	permissions, err := f.Permissions()
	if err != nil {
		return nil, err
	}
	var sound, others []*Signature
	seen := map[Ref]bool{}
	for _, field := range fields {
		if field.Type != "Sig" || field.Dict["V"] == nil {
			continue
		}
		ref, isRef := field.Dict["V"].(Ref)
		if isRef && (seen[ref] || f.table.get(ref.Number).kind == absent || f.table.get(ref.Number).kind == free) {
			continue // what is not there is null
		}
		s, err := &Signature{}, unsound("the value of a signature field is no reference")
		if isRef {
			seen[ref] = true
			s, err = f.readSignature(ref)
		}
		if err != nil && fault.CodeOf(err) == fault.Internal { // of reading
			return nil, err
		}
		s.Field, s.Problem, s.Certifies = field, err, isRef && permissions.Certification == ref
		if err != nil {
			others = append(others, s)
			continue
		}
		sound = append(sound, s)
	}
	slices.SortStableFunc(sound, func(a, b *Signature) int { return a.Revision - b.Revision })
	for i := 1; i < len(sound); i++ {
		if sound[i].Revision == sound[i-1].Revision {
			sound[i].Problem = unsound("two signatures cover revision %d", sound[i].Revision+1)
			sound[i-1].Problem = sound[i].Problem
		}
	}
	return append(sound, others...), nil
}
