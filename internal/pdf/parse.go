package pdf

import (
	"bytes"
	"errors"
	"strconv"
)

// errShort says that the window ends before the object does.
var errShort = errors.New("pdf: the window ends inside an object")

// A span is a part of the file: offsets of its first byte and of the byte after its last.
type span struct{ start, end int64 }

// A parser reads objects from a window of a file.
type parser struct {
	data []byte
	base int64 // offset of data in the file
	pos  int
	last bool // whether the window reaches the end of the file

	depth    int
	elements int
	// values are where the values of the outermost dictionary stand.
	values map[Name]span
}

// at is the offset in the file.
func (p *parser) at() int64 { return p.base + int64(p.pos) }

// fail returns an error that names the place.
func (p *parser) fail(format string, args ...any) error {
	return malformed("at offset %d: "+format, append([]any{p.at()}, args...)...)
}

// end is the error for a window that ends here.
func (p *parser) end() error {
	if p.last {
		return p.fail("the file ends inside an object")
	}
	return errShort
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isDelimiter(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

func isRegular(c byte) bool { return !isSpace(c) && !isDelimiter(c) }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// skip passes white space and comments.
func (p *parser) skip() error {
	for p.pos < len(p.data) {
		c := p.data[p.pos]
		switch {
		case isSpace(c):
			p.pos++
		case c == '%':
			n := bytes.IndexAny(p.data[p.pos:], "\r\n")
			if n < 0 {
				p.pos = len(p.data)
				return p.end()
			}
			p.pos += n
		default:
			return nil
		}
	}
	return p.end()
}

// word takes the regular characters that stand here.
func (p *parser) word() (string, error) {
	start := p.pos
	for p.pos < len(p.data) && isRegular(p.data[p.pos]) {
		p.pos++
	}
	if p.pos == len(p.data) && !p.last {
		return "", errShort
	}
	return string(p.data[start:p.pos]), nil
}

// keyword passes white space and takes want, which must stand there as a word of its own.
func (p *parser) keyword(want string) error {
	if err := p.skip(); err != nil {
		return err
	}
	got, err := p.word()
	if err != nil {
		return err
	}
	if got != want {
		return p.fail("%.20q in place of %s", got, want)
	}
	return nil
}

// unsigned passes white space and takes digits alone.
func (p *parser) unsigned(largest int64) (int64, error) {
	if err := p.skip(); err != nil {
		return 0, err
	}
	got, err := p.word()
	if err != nil {
		return 0, err
	}
	n, ok := digits(got)
	if !ok || n > largest {
		return 0, p.fail("%.20q is no number up to %d", got, largest)
	}
	return n, nil
}

// digits reads up to 18 decimal digits.
func digits(s string) (int64, bool) {
	if len(s) == 0 || len(s) > 18 {
		return 0, false
	}
	var n int64
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, true
}

// object reads the object that stands next, white space before it passed.
func (p *parser) object() (Object, error) {
	if err := p.skip(); err != nil {
		return nil, err
	}
	p.elements++
	if p.elements > maxElements {
		return nil, p.fail("an object of more than %d elements", maxElements)
	}
	switch c := p.data[p.pos]; {
	case c == '/':
		return p.name()
	case c == '(':
		return p.literal()
	case c == '[':
		return nested(p, p.array)
	case c == '<':
		if p.pos+1 == len(p.data) {
			return nil, p.end()
		}
		if p.data[p.pos+1] == '<' {
			return nested(p, p.dict)
		}
		return p.hexadecimal()
	case isDigit(c), c == '+', c == '-', c == '.':
		return p.number()
	}
	got, err := p.word()
	switch {
	case err != nil:
		return nil, err
	case got == "true":
		return true, nil
	case got == "false":
		return false, nil
	case got == "null":
		return nil, nil
	}
	return nil, p.fail("%.20q is no object", got)
}

// nested reads what may hold itself.
func nested[T Object](p *parser, read func() (T, error)) (Object, error) {
	if p.depth == maxDepth {
		return nil, p.fail("arrays and dictionaries more than %d deep", maxDepth)
	}
	p.depth++
	o, err := read()
	p.depth--
	return o, err
}

// name reads a name (ISO 32000-2, 7.3.5).
func (p *parser) name() (Name, error) {
	p.pos++
	raw, err := p.word()
	if err != nil {
		return "", err
	}
	out := make([]byte, 0, min(len(raw), maxName))
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c == '#' {
			if i+2 >= len(raw) || !isHex(raw[i+1]) || !isHex(raw[i+2]) {
				return "", p.fail("a name with # and not two digits")
			}
			c = hexValue(raw[i+1])<<4 | hexValue(raw[i+2])
			i += 2
		}
		if c == 0 || len(out) == maxName {
			return "", p.fail("a name with a null character, or of more than %d bytes", maxName)
		}
		out = append(out, c)
	}
	return Name(out), nil
}

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func hexValue(c byte) byte {
	switch {
	case isDigit(c):
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	}
	return c - 'A' + 10
}

// number reads an integer, a real or a reference (ISO 32000-2, 7.3.3 and 7.3.10).
func (p *parser) number() (Object, error) {
	raw, err := p.word()
	if err != nil {
		return nil, err
	}
	body := raw
	if body[0] == '+' || body[0] == '-' {
		body = body[1:]
	}
	whole, fraction, isReal := cutPoint(body)
	if len(raw) > 64 || whole == "" && fraction == "" || !onlyDigits(whole) || !onlyDigits(fraction) {
		return nil, p.fail("%.20q is no number", raw)
	}
	if isReal {
		return Real(raw), nil
	}
	n, err := strconv.ParseInt(raw, 10, 64)
	if err != nil {
		return nil, p.fail("%.20q is no integer", raw)
	}
	if isDigit(raw[0]) {
		ref, ok, err := p.reference(n)
		if ok || err != nil {
			return ref, err
		}
	}
	return Integer(n), nil
}

func cutPoint(s string) (whole, fraction string, found bool) {
	for i := range len(s) {
		if s[i] == '.' {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

func onlyDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// reference takes "G R" after number, where that stands there.
func (p *parser) reference(number int64) (Ref, bool, error) {
	start := p.pos
	back := func(err error) (Ref, bool, error) {
		if err != nil && !errors.Is(err, errShort) {
			err = nil // what stands there is read again, as itself
		}
		p.pos = start
		return Ref{}, false, err
	}
	if err := p.skip(); err != nil {
		return back(err)
	}
	if !isDigit(p.data[p.pos]) {
		return back(nil)
	}
	word, err := p.word()
	if err != nil {
		return back(err)
	}
	generation, ok := digits(word)
	if !ok {
		return back(nil)
	}
	if err := p.skip(); err != nil {
		return back(err)
	}
	if p.data[p.pos] != 'R' {
		return back(nil)
	}
	word, err = p.word()
	if err != nil || word != "R" {
		return back(err)
	}
	if number > maxObjectNumber || number == 0 || generation > maxGeneration {
		return Ref{}, false, p.fail("reference to object %d %d", number, generation)
	}
	return Ref{int(number), int(generation)}, true, nil
}

// hexadecimal reads a string between < and > (ISO 32000-2, 7.3.4.3).
func (p *parser) hexadecimal() (String, error) {
	p.pos++
	n := bytes.IndexByte(p.data[p.pos:], '>')
	if n < 0 {
		p.pos = len(p.data)
		return nil, p.end()
	}
	out := make(String, 0, n/2+1)
	var high byte
	odd := false
	for _, c := range p.data[p.pos : p.pos+n] {
		switch {
		case isSpace(c):
			continue
		case !isHex(c):
			return nil, p.fail("%q in a hexadecimal string", c)
		case odd:
			out = append(out, high|hexValue(c))
		default:
			high = hexValue(c) << 4
		}
		odd = !odd
	}
	if odd {
		out = append(out, high)
	}
	p.pos += n + 1
	return out, nil
}

// literal reads a string between parentheses (ISO 32000-2, 7.3.4.2).
func (p *parser) literal() (String, error) {
	out := String{}
	open := 0
	for p.pos < len(p.data) {
		c := p.data[p.pos]
		p.pos++
		switch c {
		case '(':
			open++
			if open == 1 {
				continue
			}
		case ')':
			open--
			if open == 0 {
				return out, nil
			}
		case '\r':
			p.passNewline()
			c = '\n'
		case '\\':
			var err error
			out, err = p.escape(out)
			if err != nil {
				return nil, err
			}
			continue
		}
		out = append(out, c)
	}
	return nil, p.end()
}

// passNewline passes the \n of \r\n.
func (p *parser) passNewline() {
	if p.pos < len(p.data) && p.data[p.pos] == '\n' {
		p.pos++
	}
}

// escape reads what follows a reverse solidus and appends what it means.
func (p *parser) escape(out String) (String, error) {
	if p.pos == len(p.data) {
		return nil, p.end()
	}
	c := p.data[p.pos]
	p.pos++
	switch c {
	case 'n':
		return append(out, '\n'), nil
	case 'r':
		return append(out, '\r'), nil
	case 't':
		return append(out, '\t'), nil
	case 'b':
		return append(out, '\b'), nil
	case 'f':
		return append(out, '\f'), nil
	case '\r':
		p.passNewline()
		return out, nil
	case '\n':
		return out, nil
	}
	if c < '0' || c > '7' {
		return append(out, c), nil
	}
	value := int(c - '0')
	for range 2 {
		if p.pos == len(p.data) {
			return nil, p.end()
		}
		if c := p.data[p.pos]; c < '0' || c > '7' {
			break
		}
		value = value<<3 | int(p.data[p.pos]-'0')
		p.pos++
	}
	if value > 255 {
		return nil, p.fail("an octal escape over 255")
	}
	return append(out, byte(value)), nil
}

func (p *parser) array() (Array, error) {
	p.pos++
	out := Array{}
	for {
		if err := p.skip(); err != nil {
			return nil, err
		}
		if p.data[p.pos] == ']' {
			p.pos++
			return out, nil
		}
		o, err := p.object()
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
}

func (p *parser) dict() (Dict, error) {
	p.pos += 2
	out := Dict{}
	seen := map[Name]bool{} // keys of null values, too
	for {
		if err := p.skip(); err != nil {
			return nil, err
		}
		if p.data[p.pos] == '>' {
			if p.pos+1 == len(p.data) {
				return nil, p.end()
			}
			if p.data[p.pos+1] != '>' {
				return nil, p.fail("> in a dictionary")
			}
			p.pos += 2
			return out, nil
		}
		if p.data[p.pos] != '/' {
			return nil, p.fail("a dictionary's key is no name")
		}
		key, err := p.name()
		if err != nil {
			return nil, err
		}
		if seen[key] {
			return nil, p.fail("a dictionary has the key %.40q twice", key)
		}
		seen[key] = true
		if err := p.skip(); err != nil {
			return nil, err
		}
		start := p.at()
		value, err := p.object()
		if err != nil {
			return nil, err
		}
		if value != nil {
			out[key] = value
		}
		if p.depth == 1 && p.values != nil {
			p.values[key] = span{start, p.at()}
		}
	}
}
