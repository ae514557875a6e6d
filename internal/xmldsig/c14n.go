package xmldsig

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/xmltree"
)

// Canonicalization is a way to write a tree, so that trees which are the same have the same bytes: Canonical XML 1.0 or 1.1, or
// Exclusive XML Canonicalization 1.0.
type Canonicalization struct {
	Exclusive bool
	Comments  bool
	// V11 is Canonical XML 1.1. Read here does not know it; it is for readers of what others have signed. Not of an exclusive one.
	V11 bool
	// Prefixes are those of InclusiveNamespaces, with "" for the default namespace. Only of an exclusive one.
	Prefixes []string
}

const (
	inclusiveURI = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	version11URI = "http://www.w3.org/2006/12/xml-c14n11"
	exclusiveURI = "http://www.w3.org/2001/10/xml-exc-c14n#"
	maxPrefixes  = 64 // of InclusiveNamespaces

	// A canonical form may be so many times as long as its document, and so many bytes more.
	longerThanSource = 32
	freeLength       = 1 << 20
)

// URI is the identifier of the algorithm.
func (c Canonicalization) URI() string {
	switch {
	case c.Exclusive && c.Comments:
		return exclusiveURI + "WithComments"
	case c.Exclusive:
		return exclusiveURI
	case c.V11 && c.Comments:
		return version11URI + "#WithComments"
	case c.V11:
		return version11URI
	case c.Comments:
		return inclusiveURI + "#WithComments"
	}
	return inclusiveURI
}

// canonicalizationOf is the algorithm of an identifier.
func canonicalizationOf(uri string) (Canonicalization, bool) {
	for _, c := range []Canonicalization{{}, {Comments: true}, {Exclusive: true}, {Exclusive: true, Comments: true}} {
		if c.URI() == uri {
			return c, true
		}
	}
	return Canonicalization{}, false
}

// WriteDocument writes a whole document but what is in without, which may be nil.
func (c Canonicalization) WriteDocument(w io.Writer, d *xmltree.Document, without *xmltree.Node) error {
	return c.WriteSubset(w, d, nil, only(without))
}

// WriteElement writes an element of d and what is in it but what is in without, which may be nil.
func (c Canonicalization) WriteElement(w io.Writer, d *xmltree.Document, n, without *xmltree.Node) error {
	return c.WriteSubset(w, d, n, only(without))
}

// only is true for one element; nil where there is none.
func only(one *xmltree.Node) func(*xmltree.Node) bool {
	if one == nil {
		return nil
	}
	return func(n *xmltree.Node) bool { return n == one }
}

// WriteSubset writes an element of d and what is in it, or the whole document where apex is nil, but the elements that omit is true
// for, with all that is in them. omit may be nil. The error is that of w, after which nothing more is written, or says why there is no
// canonical form. One that is far longer than its source is refused: the exclusive form repeats a long namespace at every element.
func (c Canonicalization) WriteSubset(w io.Writer, d *xmltree.Document, apex *xmltree.Node, omit func(*xmltree.Node) bool) error {
	if err := c.check(d, apex); err != nil {
		return err
	}
	out := &limited{w: w, left: longerThanSource*int64(len(d.Source)) + freeLength}
	canon := newCanonicalizer(c, out, omit)
	if apex == nil {
		canon.document(d)
		return canon.flush()
	}
	var ancestors []*xmltree.Node
	for parent := apex.Parent; parent != nil; parent = parent.Parent {
		ancestors = append(ancestors, parent)
	}
	for _, ancestor := range slices.Backward(ancestors) {
		canon.scope.bind(ancestor.Declarations...)
	}
	canon.node(apex, true)
	return canon.flush()
}

// limited writes so many bytes, and keeps its first error.
type limited struct {
	w    io.Writer
	left int64
	err  error
}

func (l *limited) Write(p []byte) (n int, err error) {
	if l.err != nil {
		return 0, l.err
	}
	if l.left -= int64(len(p)); l.left < 0 {
		l.err = unsupported("the canonical form is far longer than the document")
		return 0, l.err
	}
	n, l.err = l.w.Write(p)
	return n, l.err
}

// document writes a whole document: line ends stand between the root and what is beside it.
func (c *canonicalizer) document(d *xmltree.Document) {
	rootWritten := false
	for _, n := range d.Children {
		if n.Kind == xmltree.Comment && !c.Comments {
			continue
		}
		if n != d.Root && rootWritten {
			c.write("\n")
		}
		c.node(n, n == d.Root)
		if n != d.Root && !rootWritten {
			c.write("\n")
		}
		rootWritten = rootWritten || n == d.Root
	}
}

// check refuses documents that have no canonical form (Canonical XML 1.0, 1.3), and parts of documents whose canonical form of
// version 1.1 has an xml:base that would have to be put together (2.4).
func (c Canonicalization) check(d *xmltree.Document, apex *xmltree.Node) error {
	if d.RelativeNamespace != "" {
		return unsupported("the namespace %.100q is not absolute: no canonical form", d.RelativeNamespace)
	}
	if !c.V11 || apex == nil {
		return nil
	}
	for ancestor := apex.Parent; ancestor != nil; ancestor = ancestor.Parent {
		for _, a := range ancestor.Attributes {
			if a.Space == xmltree.XMLNamespace && a.Local == "base" {
				return unsupported("xml:base around what Canonical XML 1.1 is of")
			}
		}
	}
	return nil
}

// canonicalizer writes one canonical form.
type canonicalizer struct {
	Canonicalization
	buffer []byte // what out has not got yet
	out    *limited
	omit   func(*xmltree.Node) bool
	// scope is what holds where the writer is, rendered what it has written of that.
	scope, rendered bindings
	// prefixes and written are memory for the namespaces of one element.
	prefixes []string
	written  []xmltree.Declaration
}

func newCanonicalizer(c Canonicalization, out *limited, omit func(*xmltree.Node) bool) *canonicalizer {
	canon := &canonicalizer{Canonicalization: c, buffer: make([]byte, 0, bufferSize), out: out, omit: omit}
	canon.scope.uris, canon.rendered.uris = map[string]string{}, map[string]string{}
	return canon
}

// bindings are the namespaces that prefixes are bound to, and what they were bound to before.
type bindings struct {
	uris   map[string]string
	before []xmltree.Declaration
}

func (b *bindings) bind(declarations ...xmltree.Declaration) {
	for _, d := range declarations {
		b.before = append(b.before, xmltree.Declaration{Prefix: d.Prefix, URI: b.uris[d.Prefix]})
		b.uris[d.Prefix] = d.URI
	}
}

// release takes back all but the first n.
func (b *bindings) release(n int) {
	for _, d := range slices.Backward(b.before[n:]) {
		b.uris[d.Prefix] = d.URI
	}
	b.before = b.before[:n]
}

// bufferSize is how many bytes are written at once.
const bufferSize = 4 << 10

func (c *canonicalizer) write(text string) {
	for len(text) > cap(c.buffer)-len(c.buffer) {
		n := cap(c.buffer) - len(c.buffer)
		c.buffer = append(c.buffer, text[:n]...)
		text = text[n:]
		c.flush()
	}
	c.buffer = append(c.buffer, text...)
}

// flush writes what is in the buffer. The error is the first of all.
func (c *canonicalizer) flush() error {
	_, err := c.out.Write(c.buffer)
	c.buffer = c.buffer[:0]
	return err
}

// node writes a node. isApex says that no ancestor has been written.
func (c *canonicalizer) node(n *xmltree.Node, isApex bool) {
	switch n.Kind {
	case xmltree.Element:
		if c.out.err == nil && (c.omit == nil || !c.omit(n)) {
			c.element(n, isApex)
		}
	case xmltree.Text:
		c.escape(n.Text, &inText)
	case xmltree.Comment:
		if c.Comments {
			c.write("<!--")
			c.write(n.Text)
			c.write("-->")
		}
	case xmltree.Instruction:
		c.write("<?")
		c.write(n.Local)
		if n.Text != "" {
			c.write(" ")
			c.write(n.Text)
		}
		c.write("?>")
	}
}

func (c *canonicalizer) element(n *xmltree.Node, isApex bool) {
	scope, rendered := len(c.scope.before), len(c.rendered.before)
	c.scope.bind(n.Declarations...)
	c.write("<")
	c.name(n.Name)
	for _, d := range c.namespaces(n, isApex) {
		c.write(" xmlns")
		if d.Prefix != "" {
			c.write(":")
			c.write(d.Prefix)
		}
		c.attributeValue(d.URI)
	}
	for _, a := range c.attributes(n, isApex) {
		c.write(" ")
		c.name(a.Name)
		c.attributeValue(a.Value)
	}
	c.write(">")
	for _, child := range n.Children {
		c.node(child, false)
	}
	c.write("</")
	c.name(n.Name)
	c.write(">")
	c.scope.release(scope)
	c.rendered.release(rendered)
}

// namespaces returns the declarations to write with n, in order, and binds them. They are good until the next call.
func (c *canonicalizer) namespaces(n *xmltree.Node, isApex bool) []xmltree.Declaration {
	written := c.written[:0]
	for _, prefix := range c.candidates(n, isApex) {
		uri := c.scope.uris[prefix]
		if prefix != "xml" && uri != c.rendered.uris[prefix] {
			d := xmltree.Declaration{Prefix: prefix, URI: uri}
			c.rendered.bind(d)
			written = append(written, d)
		}
	}
	slices.SortFunc(written, func(a, b xmltree.Declaration) int { return cmp.Compare(a.Prefix, b.Prefix) })
	c.written = written
	return written
}

// candidates returns the prefixes whose declarations may have to be written with n, some of them perhaps twice: those that
// are declared there, for a first element those in scope; for the exclusive form those that n uses, and of the others only
// what Prefixes name. They are good until the next call.
func (c *canonicalizer) candidates(n *xmltree.Node, isApex bool) []string {
	prefixes := c.prefixes[:0]
	declared := n.Declarations
	if isApex {
		declared = c.scope.before
	}
	for _, d := range declared {
		if !c.Exclusive || slices.Contains(c.Prefixes, d.Prefix) {
			prefixes = append(prefixes, d.Prefix)
		}
	}
	if c.Exclusive {
		prefixes = append(prefixes, n.Prefix)
		for _, a := range n.Attributes {
			if a.Prefix != "" {
				prefixes = append(prefixes, a.Prefix)
			}
		}
	}
	c.prefixes = prefixes
	return prefixes
}

// attributes returns the attributes to write with n, in order. The inclusive form gives a first element those of the xml
// namespace that its ancestors have (Canonical XML 1.0, 2.4), in version 1.1 all but xml:id.
func (c *canonicalizer) attributes(n *xmltree.Node, isApex bool) []xmltree.Attribute {
	all := n.Attributes
	if isApex && !c.Exclusive {
		all = slices.Clip(all)
		for ancestor := n.Parent; ancestor != nil; ancestor = ancestor.Parent {
			for _, a := range ancestor.Attributes {
				isSame := func(other xmltree.Attribute) bool { return *other.Name == *a.Name }
				if a.Space == xmltree.XMLNamespace && !(c.V11 && a.Local == "id") && !slices.ContainsFunc(all, isSame) {
					all = append(all, a)
				}
			}
		}
	}
	order := func(a, b xmltree.Attribute) int {
		return cmp.Or(cmp.Compare(a.Space, b.Space), cmp.Compare(a.Local, b.Local))
	}
	if slices.IsSortedFunc(all, order) {
		return all
	}
	return slices.SortedFunc(slices.Values(all), order)
}

func (c *canonicalizer) name(name *xmltree.Name) {
	if name.Prefix != "" {
		c.write(name.Prefix)
		c.write(":")
	}
	c.write(name.Local)
}

func (c *canonicalizer) attributeValue(value string) {
	c.write(`="`)
	c.escape(value, &inAttribute)
	c.write(`"`)
}

// escapes are the references that stand for characters, by the character (Canonical XML 1.0, 2.3).
type escapes [256]string

var (
	inText      = escapes{'&': "&amp;", '<': "&lt;", '>': "&gt;", '\r': "&#xD;"}
	inAttribute = escapes{'&': "&amp;", '<': "&lt;", '"': "&quot;", '\t': "&#x9;", '\n': "&#xA;", '\r': "&#xD;"}
)

// escape writes text with references for the characters that by has.
func (c *canonicalizer) escape(text string, by *escapes) { by.write(text, c.write) }

// write writes text by parts, with references.
func (e *escapes) write(text string, write func(string)) {
	start := 0
	for i := range len(text) {
		if reference := e[text[i]]; reference != "" {
			write(text[start:i])
			write(reference)
			start = i + 1
		}
	}
	write(text[start:])
}

// EscapeText returns text as it may stand between tags, EscapeAttribute as it may stand in an attribute within double quotes.
func EscapeText(text string) string { return escaped(text, &inText) }

// EscapeAttribute returns text as it may stand in an attribute within double quotes.
func EscapeAttribute(text string) string { return escaped(text, &inAttribute) }

func escaped(text string, by *escapes) string {
	var b strings.Builder
	by.write(text, func(part string) { b.WriteString(part) })
	return b.String()
}
