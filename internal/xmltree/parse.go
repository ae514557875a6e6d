package xmltree

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// byteOrderMark is U+FEFF in UTF-8.
const byteOrderMark = "\ufeff"

// Parse reads a document. Errors say where and what, and quote no more than names of it.
func Parse(data []byte) (*Document, error) {
	if len(data) > MaxSize {
		return nil, tooLarge(len(data))
	}
	return ParseString(string(data))
}

// ParseString is Parse without a copy: the document's Source is this source.
func ParseString(source string) (*Document, error) {
	if len(source) > MaxSize {
		return nil, tooLarge(len(source))
	}
	p := parser{source: source, names: map[Name]*Name{}}
	if err := p.checkEncoding(); err != nil {
		return nil, err
	}
	d, err := p.document()
	if err != nil {
		return nil, fmt.Errorf("XML, at byte %d: %w", p.at, err)
	}
	return d, nil
}

func tooLarge(size int) error {
	return fmt.Errorf("XML of %d bytes is over the limit of %d", size, MaxSize)
}

type parser struct {
	source string
	at     int // what is read next
	nodes  int
	depth  int
	scope  []Declaration // in scope, innermost last
	names  map[Name]*Name
	// lastName is the one that was interned last: mostly the next one too.
	lastName *Name
	slabs    slabs
	// children are those of the elements that are open, innermost last; raw are the attributes of one tag.
	children []*Node
	raw      []rawAttribute

	relativeNamespace string
}

// checkEncoding refuses what is not UTF-8 of characters that XML allows.
func (p *parser) checkEncoding() error {
	for _, mark := range []string{"\xfe\xff", "\xff\xfe", "\x00<", "<\x00", "\x00\x00\xfe\xff"} {
		if strings.HasPrefix(p.source, mark) {
			return errors.New("XML in UTF-16 or UTF-32, want UTF-8")
		}
	}
	for i := 0; i < len(p.source); {
		r, size := rune(p.source[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(p.source[i:])
		}
		if r == utf8.RuneError && size == 1 {
			return fmt.Errorf("XML, at byte %d: not UTF-8", i)
		}
		if !isChar(r) {
			return fmt.Errorf("XML, at byte %d: character %U is not allowed", i, r)
		}
		i += size
	}
	return nil
}

// isChar is the production Char (XML 1.0, 2.2).
func isChar(r rune) bool {
	return r >= 0x20 && r <= 0xd7ff || r == '\t' || r == '\n' || r == '\r' || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= 0x10ffff
}

func (p *parser) rest() string { return p.source[p.at:] }

func (p *parser) has(prefix string) bool { return strings.HasPrefix(p.rest(), prefix) }

// skip passes over prefix where it comes next.
func (p *parser) skip(prefix string) bool {
	if !p.has(prefix) {
		return false
	}
	p.at += len(prefix)
	return true
}

// space passes over white space and returns how much there was.
func (p *parser) space() int {
	start := p.at
	for p.at < len(p.source) && isSpace(p.source[p.at]) {
		p.at++
	}
	return p.at - start
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// until returns what comes before end, and passes over both.
func (p *parser) until(end string) (string, error) {
	before, _, found := strings.Cut(p.rest(), end)
	if !found {
		return "", fmt.Errorf("no %q follows", end)
	}
	p.at += len(before) + len(end)
	return before, nil
}

// document is the production document (XML 1.0, 2.1), without a document type declaration.
func (p *parser) document() (*Document, error) {
	p.skip(byteOrderMark)
	if err := p.declaration(); err != nil {
		return nil, err
	}
	d := &Document{Source: p.source}
	for {
		p.space()
		var n *Node
		var err error
		switch {
		case p.at == len(p.source):
			if d.Root == nil {
				return nil, errors.New("no element")
			}
			d.RelativeNamespace = p.relativeNamespace
			return d, nil
		case p.has("<!DOCTYPE"):
			return nil, errors.New("a document type declaration is not supported")
		case p.has("<!--"), p.has("<?"):
			n, err = p.other()
		case p.has("<") && d.Root == nil:
			n, err = p.element(nil)
			d.Root = n
		default:
			return nil, errors.New("text or a second element beside the root")
		}
		if err != nil {
			return nil, err
		}
		d.Children = append(d.Children, n)
	}
}

// declaration reads XMLDecl (XML 1.0, 2.8), which may be absent.
func (p *parser) declaration() error {
	if !p.has("<?xml") || len(p.rest()) == 5 || !strings.ContainsRune(" \t\r\n", rune(p.rest()[5])) {
		return nil
	}
	p.at += len("<?xml")
	for i, part := range []struct {
		name string
		good func(value string) bool
	}{
		{"version", func(v string) bool { return v == "1.0" }},
		{"encoding", func(v string) bool { return strings.EqualFold(v, "UTF-8") }},
		{"standalone", func(v string) bool { return v == "yes" || v == "no" }},
	} {
		spaces := p.space()
		if spaces == 0 || !p.skip(part.name) {
			if i == 0 {
				return errors.New("XML declaration without version")
			}
			p.at -= spaces
			continue
		}
		value, err := p.quoted()
		if err != nil {
			return err
		}
		if !part.good(value) {
			return fmt.Errorf("%s %.40q is not supported", part.name, value)
		}
	}
	p.space()
	if !p.skip("?>") {
		return errors.New("XML declaration is malformed")
	}
	return nil
}

// quoted reads Eq and a quoted literal.
func (p *parser) quoted() (string, error) {
	p.space()
	if !p.skip("=") {
		return "", errors.New("no = follows the name")
	}
	p.space()
	for _, quote := range []string{`"`, `'`} {
		if p.skip(quote) {
			return p.until(quote)
		}
	}
	return "", errors.New("no quoted value follows =")
}

// count counts a node or attribute.
func (p *parser) count() error {
	p.nodes++
	if p.nodes > maxNodes {
		return fmt.Errorf("more than %d nodes", maxNodes)
	}
	return nil
}

// other reads a comment or a processing instruction.
func (p *parser) other() (*Node, error) {
	n := p.slabs.node(Node{Kind: Comment, Parts: noParts, start: int32(p.at)})
	var err error
	if p.skip("<!--") {
		n.Text, err = p.until("--")
		if err == nil && !p.skip(">") {
			err = errors.New("-- within a comment")
		}
	} else {
		n.Kind, n.Parts = Instruction, p.slabs.newParts()
		err = p.instruction(n)
	}
	if err != nil {
		return nil, err
	}
	n.Text = normalizeLines(n.Text)
	n.end = int32(p.at)
	return n, p.count()
}

// instruction reads PI (XML 1.0, 2.6).
func (p *parser) instruction(n *Node) error {
	p.skip("<?")
	target, err := p.name()
	if err != nil {
		return err
	}
	if strings.EqualFold(target, "xml") || strings.Contains(target, ":") {
		return fmt.Errorf("processing instruction of target %.40q", target)
	}
	n.Name = p.intern(Name{Local: target})
	spaces := p.space()
	n.Text, err = p.until("?>")
	if err == nil && spaces == 0 && n.Text != "" {
		return errors.New("a processing instruction's target is malformed")
	}
	return err
}

// name reads Name (XML 1.0, 2.3).
func (p *parser) name() (string, error) {
	n := nameLength(p.rest())
	if n == 0 || n > maxName {
		return "", fmt.Errorf("a name is missing, or longer than %d bytes", maxName)
	}
	name := p.rest()[:n]
	p.at += n
	return name, nil
}

// intern returns the one Name of this value.
func (p *parser) intern(name Name) *Name {
	if known := p.lastName; known != nil && *known == name {
		return known
	}
	known := p.names[name]
	if known == nil {
		known = &name
		p.names[name] = known
	}
	p.lastName = known
	return known
}

// normalizeLines translates ends of lines (XML 1.0, 2.11).
func normalizeLines(s string) string {
	if !strings.Contains(s, "\r") {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// element reads an element with all that is in it.
func (p *parser) element(parent *Node) (*Node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, fmt.Errorf("more than %d elements within each other", maxDepth)
	}
	scope := len(p.scope)
	before := p.nodes
	n := p.slabs.node(Node{Kind: Element, Parts: p.slabs.newParts(), Parent: parent, start: int32(p.at)})
	name, isEmpty, err := p.startTag(n)
	if err != nil {
		return nil, err
	}
	n.contentStart, n.contentEnd = int32(p.at), int32(p.at)
	if !isEmpty {
		if err := p.content(n); err != nil {
			return nil, err
		}
		n.contentEnd = int32(p.at)
		if err := p.endTag(name); err != nil {
			return nil, err
		}
	}
	n.end = int32(p.at)
	p.scope = p.scope[:scope]
	p.depth--
	err = p.count()
	n.count = int32(p.nodes - before)
	return n, err
}

// endTag reads ETag (XML 1.0, 3.1) of name.
func (p *parser) endTag(name string) error {
	if !p.skip("</" + name) {
		return fmt.Errorf("the end of %.40q is missing", name)
	}
	p.space()
	if !p.skip(">") {
		return fmt.Errorf("the end tag of %.40q is malformed", name)
	}
	return nil
}

// content reads what stands between an element's tags.
func (p *parser) content(parent *Node) error {
	first := len(p.children)
	for {
		var n *Node
		var err error
		switch {
		case p.at == len(p.source), p.has("</"):
			parent.Children = p.slabs.list(p.children[first:])
			p.children = p.children[:first]
			return nil
		case p.has("<!--"), p.has("<?"):
			n, err = p.other()
		case p.has("<![CDATA["), !p.has("<"):
			n, err = p.text()
		case p.has("<!"):
			return errors.New("<! begins neither a comment nor a CDATA section")
		default:
			n, err = p.element(parent)
		}
		if err != nil {
			return err
		}
		if n == nil { // an empty CDATA section
			continue
		}
		n.Parent = parent
		p.children = append(p.children, n)
	}
}

// text reads character data, references and CDATA sections up to other markup, as one node. It returns nil where that
// is no character.
func (p *parser) text() (*Node, error) {
	n := p.slabs.node(Node{Kind: Text, Parts: noParts, start: int32(p.at)})
	var more strings.Builder
	for p.at < len(p.source) && (!p.has("<") || p.has("<![CDATA[")) {
		part, err := p.textPart()
		switch {
		case err != nil:
			return nil, err
		case n.Text == "": // mostly the only part, which stays where it is in the source
			n.Text = part
		default:
			more.WriteString(part)
		}
	}
	if more.Len() > 0 {
		n.Text += more.String()
	}
	n.end = int32(p.at)
	if n.Text == "" {
		n = nil
	}
	return n, p.count()
}

// textPart reads one reference, one CDATA section, or the characters up to the next of these or to other markup.
func (p *parser) textPart() (string, error) {
	if p.skip("<![CDATA[") {
		section, err := p.until("]]>")
		return normalizeLines(section), err
	}
	if p.has("&") {
		return p.reference()
	}
	rest, length := p.rest(), 0
	for length < len(rest) && rest[length] != '<' && rest[length] != '&' {
		length++
	}
	part := rest[:length]
	if strings.Contains(part, "]]>") {
		return "", errors.New("]]> within text")
	}
	p.at += length
	return normalizeLines(part), nil
}

// predefined are the entities that need no declaration (XML 1.0, 4.6).
var predefined = map[string]string{"lt": "<", "gt": ">", "amp": "&", "apos": "'", "quot": `"`}

// reference reads a reference to a character or to a predefined entity.
func (p *parser) reference() (string, error) {
	const longest = 12 // of what stands between & and ;
	p.skip("&")
	length := strings.IndexByte(p.rest()[:min(longest, len(p.rest()))], ';')
	if length < 0 {
		return "", errors.New("a reference is malformed")
	}
	name := p.rest()[:length]
	p.at += length + 1
	if text, ok := predefined[name]; ok {
		return text, nil
	}
	digits, isCharacter := strings.CutPrefix(name, "#")
	if !isCharacter {
		return "", fmt.Errorf("entity %q is not supported", name)
	}
	r, ok := character(digits)
	if !ok {
		return "", fmt.Errorf("reference to the character %q", name)
	}
	return string(r), nil
}

// character reads the digits of a character reference: decimal, or hexadecimal after x.
func character(digits string) (rune, bool) {
	base := rune(10)
	if hexadecimal, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hexadecimal, 16
	}
	var r rune
	for _, d := range digits {
		value := strings.IndexRune("0123456789abcdef", d|0x20)
		if d < '0' || value < 0 || rune(value) >= base {
			return 0, false
		}
		if r = r*base + rune(value); r > utf8.MaxRune {
			return 0, false
		}
	}
	return r, digits != "" && isChar(r)
}

// nameLength returns how many bytes at the start of s are a Name (XML 1.0, 2.3); 0 where there is none.
func nameLength(s string) int {
	ascii := 0
	for ascii < len(s) && (s[ascii]|0x20 >= 'a' && s[ascii]|0x20 <= 'z' || ascii > 0 && s[ascii] >= '0' && s[ascii] <= '9') {
		ascii++
	}
	for i, r := range s[ascii:] {
		i += ascii
		if !isNameStart(r) && (i == 0 || !isNameFurther(r)) {
			return i
		}
	}
	return len(s)
}

// isNameStart is the production NameStartChar.
func isNameStart(r rune) bool {
	switch {
	case r < 0x80:
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == ':'
	case r < 0x370:
		return r >= 0xc0 && r <= 0x2ff && r != 0xd7 && r != 0xf7
	case r < 0x2000:
		return r != 0x37e
	case r < 0x3001:
		return r == 0x200c || r == 0x200d || r >= 0x2070 && r <= 0x218f || r >= 0x2c00 && r <= 0x2fef
	}
	return r <= 0xd7ff || r >= 0xf900 && r <= 0xfdcf || r >= 0xfdf0 && r <= 0xfffd || r >= 0x10000 && r <= 0xeffff
}

// isNameFurther is NameChar without NameStartChar.
func isNameFurther(r rune) bool {
	return r == '-' || r == '.' || r >= '0' && r <= '9' || r == 0xb7 || r >= 0x300 && r <= 0x36f || r == 0x203f || r == 0x2040
}
