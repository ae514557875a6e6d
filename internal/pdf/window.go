package pdf

import (
	"errors"
	"fmt"
	"io"
)

const firstWindow = 4 << 10 // bytes; most objects are shorter

// readAt reads exactly n bytes at offset.
func (f *File) readAt(offset, n int64) ([]byte, error) {
	if offset < 0 || n < 0 || offset > f.size-n {
		return nil, malformed("%d bytes at offset %d of a file of %d", n, offset, f.size)
	}
	data := make([]byte, n)
	got, err := f.r.ReadAt(data, offset)
	if got < len(data) {
		return nil, fmt.Errorf("pdf: %d of %d bytes at offset %d: %w", got, n, offset, err)
	}
	return data, nil
}

// parseAt runs parse on a window at offset, and again on one twice as long where that was too short.
func (f *File) parseAt(offset int64, parse func(*parser) error) error {
	if offset < 0 || offset >= f.size {
		return malformed("offset %d in a file of %d bytes", offset, f.size)
	}
	for length := int64(firstWindow); ; length *= 2 {
		n := min(length, f.size-offset)
		data, err := f.readAt(offset, n)
		if err != nil {
			return err
		}
		err = parse(&parser{data: data, base: offset, last: offset+n == f.size})
		if !errors.Is(err, errShort) {
			return err
		}
		if length >= maxObject {
			return malformed("at offset %d: an object of more than %d bytes", offset, maxObject)
		}
	}
}

// indirect is an indirect object as it stands in the file.
type indirect struct {
	ref    Ref
	value  Object
	values map[Name]span // where the values of a dictionary stand
	body   span          // the object between obj and endobj; of a stream, its dictionary
	end    int64         // after endobj, or after the word stream and its end of line
}

// indirectAt reads the indirect object at offset. Of a stream, it reads the dictionary; resolving its length is the caller's part.
func (f *File) indirectAt(offset int64) (*indirect, error) {
	var out *indirect
	err := f.parseAt(offset, func(p *parser) error {
		var err error
		out, err = p.indirect()
		return err
	})
	return out, err
}

// indirect reads "N G obj", an object, and endobj or stream (ISO 32000-2, 7.3.10 and 7.3.8.1).
func (p *parser) indirect() (*indirect, error) {
	number, err := p.unsigned(maxObjectNumber)
	if err != nil {
		return nil, err
	}
	generation, err := p.unsigned(maxGeneration)
	if err != nil {
		return nil, err
	}
	if err := p.keyword("obj"); err != nil {
		return nil, err
	}
	if err := p.skip(); err != nil {
		return nil, err
	}
	out := &indirect{ref: Ref{int(number), int(generation)}, values: map[Name]span{}}
	p.values = out.values
	out.body.start = p.at()
	out.value, err = p.object()
	if err != nil {
		return nil, err
	}
	out.body.end = p.at()
	if err := p.skip(); err != nil {
		return nil, err
	}
	word, err := p.word()
	if err != nil {
		return nil, err
	}
	dict, isDict := out.value.(Dict)
	switch {
	case word == "endobj":
	case word == "stream" && isDict:
		if err := p.endOfStreamKeyword(); err != nil {
			return nil, err
		}
		out.value = &Stream{Dict: dict, Offset: p.at(), Length: -1}
	default:
		return nil, p.fail("%.20q in place of endobj", word)
	}
	out.end = p.at()
	return out, nil
}

// endOfStreamKeyword passes the end of line after the word stream: \r\n or \n, and not \r alone (ISO 32000-2, 7.3.8.1).
func (p *parser) endOfStreamKeyword() error {
	if p.pos+2 > len(p.data) {
		return p.end()
	}
	if p.data[p.pos] == '\r' {
		p.pos++
	}
	if p.data[p.pos] != '\n' {
		return p.fail("no end of line after stream")
	}
	p.pos++
	return nil
}

// finishStream resolves the stream's Length, and checks that endstream and endobj stand after the data. It returns the offset
// after endobj.
func (f *File) finishStream(s *Stream, length Object) (int64, error) {
	n, ok := length.(Integer)
	if !ok || n < 0 || int64(n) > f.size-s.Offset {
		return 0, malformed("the stream at offset %d has no length, or one that passes the end of the file", s.Offset)
	}
	s.Length = int64(n)
	var end int64
	err := f.parseAt(s.Offset+s.Length, func(p *parser) error {
		if err := p.keyword("endstream"); err != nil {
			return err
		}
		if err := p.keyword("endobj"); err != nil {
			return err
		}
		end = p.at()
		return nil
	})
	return end, err
}

// Reader reads a part of the file.
func (f *File) Reader(offset, length int64) *io.SectionReader {
	return io.NewSectionReader(f.r, offset, length)
}
