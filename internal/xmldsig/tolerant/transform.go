package tolerant

import (
	"bytes"
	"crypto"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// Identifiers of transforms.
const (
	xpathURI     = "http://www.w3.org/TR/1999/REC-xpath-19991116"
	filter2URI   = "http://www.w3.org/2002/06/xmldsig-filter2"
	exclusiveURI = "http://www.w3.org/2001/10/xml-exc-c14n#"
	maxPrefixes  = 64 // of InclusiveNamespaces
)

type transformKind int

const (
	canonical         transformKind = iota
	enveloped                       // leaves the signature out
	withoutSignatures               // leaves all signatures out
	withoutTop                      // leaves out those directly below the root
	base64Text
)

// transform is one Transform that is known.
type transform struct {
	kind transformKind
	c    xmldsig.Canonicalization // of canonical
}

func (t transform) name() string {
	return fmt.Sprintf("%d %s %q", t.kind, t.c.URI(), t.c.Prefixes)
}

// ReadCanonicalization reads the algorithm of CanonicalizationMethod, Transform or a time stamp.
func ReadCanonicalization(n *xmltree.Node) (xmldsig.Canonicalization, error) {
	uri, _ := n.Attribute("Algorithm")
	for _, c := range []xmldsig.Canonicalization{
		{}, {Comments: true}, {V11: true}, {V11: true, Comments: true}, {Exclusive: true}, {Exclusive: true, Comments: true},
	} {
		if c.URI() != uri {
			continue
		}
		if inclusive := Child(n, "InclusiveNamespaces", exclusiveURI); inclusive != nil && c.Exclusive {
			list, _ := inclusive.Attribute("PrefixList")
			for _, prefix := range strings.Fields(list) {
				if prefix == "#default" {
					prefix = ""
				}
				c.Prefixes = append(c.Prefixes, prefix)
			}
		}
		if len(c.Prefixes) > maxPrefixes {
			return c, malformed("InclusiveNamespaces of %d prefixes", len(c.Prefixes))
		}
		return c, nil
	}
	return xmldsig.Canonicalization{}, unsupported("%s %.100q", n.Local, uri)
}

// readTransforms reads Transforms (XMLDSig 1.1, 4.4.3.4), which may be nil.
func readTransforms(n *xmltree.Node) (all []transform, err error) {
	if n == nil {
		return nil, nil
	}
	for _, one := range n.Elements() {
		if !one.Is(xmldsig.Namespace, "Transform") {
			return nil, malformed("%.60q within Transforms", one.Local)
		}
		if len(all) == maxTransforms {
			return nil, unsupported("more than %d transforms", maxTransforms)
		}
		t, err := readTransform(one)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

func readTransform(n *xmltree.Node) (transform, error) {
	uri, _ := n.Attribute("Algorithm")
	switch uri {
	case xmldsig.EnvelopedURI:
		return transform{kind: enveloped}, nil
	case xmldsig.Base64URI:
		return transform{kind: base64Text}, nil
	case xpathURI:
		if kind, ok := readXPath(Child(n, "XPath", xmldsig.Namespace), xpaths); ok {
			return transform{kind: kind}, nil
		}
		return transform{}, unsupported("an expression of XPath")
	case filter2URI:
		filter := Child(n, "XPath", filter2URI)
		if how, _ := attribute(filter, "Filter"); how == "subtract" && len(n.Elements()) == 1 {
			if kind, ok := readXPath(filter, filters); ok {
				return transform{kind: kind}, nil
			}
		}
		return transform{}, unsupported("an expression of XPath Filter 2")
	}
	c, err := ReadCanonicalization(n)
	return transform{kind: canonical, c: c}, err
}

func attribute(n *xmltree.Node, name string) (string, bool) {
	if n == nil {
		return "", false
	}
	return n.Attribute(name)
}

// Expressions that leave signatures out, without white space and with "ds:" for the prefix of XMLDSig. What they mean was read off by
// hand: no expression is ever evaluated.
var (
	xpaths = map[string]transformKind{
		"not(ancestor-or-self::ds:Signature)":                   withoutSignatures,
		"not(ancestor-or-self::node()/self::ds:Signature)":      withoutSignatures,
		"not(self::ds:Signature)andnot(ancestor::ds:Signature)": withoutSignatures,
		// XMLDSig 1.1, 6.6.4: the same as enveloped-signature.
		"count(ancestor-or-self::ds:Signature|here()/ancestor::ds:Signature[1])>count(ancestor-or-self::ds:Signature)": enveloped,
	}
	filters = map[string]transformKind{
		"/descendant::ds:Signature":         withoutSignatures,
		"//ds:Signature":                    withoutSignatures,
		"/descendant-or-self::ds:Signature": withoutSignatures,
		"here()/ancestor::ds:Signature[1]":  enveloped,
		"/*/ds:Signature":                   withoutTop,
	}
)

// readXPath looks an expression up. Its prefix for XMLDSig is whatever one is bound to that namespace.
func readXPath(n *xmltree.Node, known map[string]transformKind) (transformKind, bool) {
	if n == nil || len(n.Elements()) > 0 {
		return 0, false
	}
	expression := strings.Join(strings.Fields(Text(n)), "")
	before, _, found := strings.Cut(expression, ":Signature")
	if !found {
		return 0, false
	}
	prefix := before[strings.LastIndexAny(before, ":/(")+1:]
	if prefix == "" || namespaceOf(n, prefix) != xmldsig.Namespace {
		return 0, false
	}
	if prefix != "ds" {
		if strings.Contains(expression, "ds:") {
			return 0, false
		}
		expression = strings.ReplaceAll(expression, prefix+":Signature", "ds:Signature")
	}
	kind, ok := known[expression]
	return kind, ok
}

// namespaceOf returns what a prefix is bound to at n.
func namespaceOf(n *xmltree.Node, prefix string) string {
	for ; n != nil; n = n.Parent {
		for _, d := range n.Declarations {
			if d.Prefix == prefix {
				return d.URI
			}
		}
	}
	return ""
}

// nodes is an element of a tree, or the whole tree, without some signatures.
type nodes struct {
	tree     *xmltree.Document
	apex     *xmltree.Node // nil for the whole document
	without  *xmltree.Node // a signature that is left out
	none     bool          // all signatures are
	noTop    bool          // those directly below the root are
	comments bool
}

func (n *nodes) omit(one *xmltree.Node) bool {
	return one == n.without || (n.none || n.noTop && one.Parent == n.tree.Root) && one.Is(xmldsig.Namespace, "Signature")
}

// state is what transforms have made so far: nodes, perhaps with a canonical form that is asked for; octets; or a file.
type state struct {
	of    *Signature
	nodes *nodes
	form  *xmldsig.Canonicalization
	data  []byte
	file  *External
}

// apply applies one transform.
func (s *state) apply(t transform) error {
	switch t.kind {
	case canonical:
		if err := s.parse(); err != nil {
			return err
		}
		s.form = &t.c
		return nil
	case base64Text:
		return s.decode()
	}
	if err := s.parse(); err != nil {
		return err
	}
	if t.kind == enveloped && s.nodes.tree != s.of.Document.Document {
		return unsupported("enveloped-signature of another document")
	}
	switch t.kind {
	case enveloped:
		s.nodes.without = s.of.Element
	case withoutSignatures:
		s.nodes.none = true
	case withoutTop:
		s.nodes.noTop = true
	}
	top := s.nodes.apex
	if top == nil {
		top = s.nodes.tree.Root
	}
	for n := top; n != nil; n = n.Parent {
		if s.nodes.omit(n) {
			return malformed("a transform leaves out all that the reference is over")
		}
	}
	return nil
}

// read makes octets of whatever there is.
func (s *state) read() error {
	if s.nodes == nil && s.file == nil {
		return nil
	}
	if s.file != nil && s.file.Size > MaxSize {
		return unsupported("transforms of a file of %d bytes", s.file.Size)
	}
	var b bytes.Buffer
	if _, err := s.write(&b, xmldsig.Canonicalization{}); err != nil {
		return err
	}
	*s = state{of: s.of, data: b.Bytes()}
	return nil
}

// parse makes nodes of octets.
func (s *state) parse() error {
	if s.nodes != nil && s.form == nil {
		return nil
	}
	if err := s.read(); err != nil {
		return err
	}
	if err := s.of.Document.spend(parseWork * int64(len(s.data))); err != nil {
		return err
	}
	tree, err := xmltree.Parse(s.data)
	if err != nil {
		return unsupported("transforms of what is no XML that is read here: %w", err)
	}
	*s = state{of: s.of, nodes: &nodes{tree: tree, comments: true}}
	return nil
}

// decode is the transform base64 (XMLDSig 1.1, 6.6.2): of nodes it takes the text.
func (s *state) decode() error {
	text := ""
	if s.nodes != nil && s.form == nil {
		var b strings.Builder
		top := s.nodes.apex
		if top == nil {
			top = s.nodes.tree.Root
		}
		if err := s.of.Document.spend(workOf(top)); err != nil {
			return err
		}
		s.nodes.text(&b, top)
		text = b.String()
	} else {
		if err := s.read(); err != nil {
			return err
		}
		text = string(s.data)
	}
	data, err := decode(text)
	*s = state{of: s.of, data: data}
	return err
}

// text writes the text within an element.
func (n *nodes) text(b *strings.Builder, of *xmltree.Node) {
	if n.omit(of) {
		return
	}
	for _, c := range of.Children {
		switch c.Kind {
		case xmltree.Text:
			b.WriteString(c.Text)
		case xmltree.Element:
			n.text(b, c)
		}
	}
}

// write writes what there is and returns its length: nodes in the canonical form that was asked for, or else in c.
func (s *state) write(w io.Writer, c xmldsig.Canonicalization) (int64, error) {
	d := s.of.Document
	to := &meter{w: w, of: d}
	switch {
	case s.file != nil:
		if err := d.spend(s.file.Size); err != nil {
			return 0, err
		}
		n, err := io.Copy(w, s.file.Open())
		if err == nil && n != s.file.Size {
			err = io.ErrUnexpectedEOF
		}
		return n, err
	case s.nodes == nil:
		_, err := to.Write(s.data)
		return to.size, err
	}
	if s.form != nil {
		c = *s.form
	}
	c.Comments = c.Comments && s.nodes.comments
	work := workOf(s.nodes.tree.Root) + int64(len(s.nodes.tree.Source))
	if s.nodes.apex != nil {
		work = workOf(s.nodes.apex)
	}
	if err := d.spend(work); err != nil {
		return 0, err
	}
	err := c.WriteSubset(to, s.nodes.tree, s.nodes.apex, s.nodes.omit)
	return to.size, err
}

// digest returns the digest of what there is, and its length. That of a file is the file's to know.
func (s *state) digest(hash crypto.Hash) ([]byte, int64, error) {
	if s.file != nil {
		sum, err := s.file.Digest(hash)
		return slices.Clone(sum), s.file.Size, err
	}
	h := hash.New()
	size, err := s.write(h, xmldsig.Canonicalization{})
	return h.Sum(nil), size, err
}
