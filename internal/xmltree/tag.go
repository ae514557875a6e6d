package xmltree

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A rawAttribute is an attribute before its prefix is resolved.
type rawAttribute struct{ prefix, local, value string }

// startTag reads STag or EmptyElemTag (XML 1.0, 3.1) into n, and returns the name as it is written.
func (p *parser) startTag(n *Node) (name string, isEmpty bool, err error) {
	p.skip("<")
	name, err = p.name()
	if err != nil {
		return "", false, err
	}
	attributes, isEmpty, err := p.attributes()
	if err != nil {
		return "", false, err
	}
	if len(attributes) > 0 {
		n.Tag = new(Tag)
	}
	p.raw = attributes // the memory for the next tag
	rest := attributes[:0]
	for _, a := range attributes {
		switch {
		case a.prefix == "xmlns":
			err = p.declare(n, a.local, a.value)
		case a.prefix == "" && a.local == "xmlns":
			err = p.declare(n, "", a.value)
		default:
			rest = append(rest, a)
		}
		if err != nil {
			return "", false, err
		}
	}
	prefix, local, err := splitName(name)
	if err != nil {
		return "", false, err
	}
	space, err := p.resolve(prefix)
	if err != nil {
		return "", false, err
	}
	n.Name = p.intern(Name{prefix, local, space})
	return name, isEmpty, p.resolveAttributes(n, rest)
}

// attributes reads all of a tag after its name, and the tag's end.
func (p *parser) attributes() (attributes []rawAttribute, isEmpty bool, err error) {
	attributes = p.raw[:0]
	for {
		spaces := p.space()
		switch {
		case p.skip(">"):
			return attributes, false, nil
		case p.skip("/>"):
			return attributes, true, nil
		case spaces == 0:
			return nil, false, errors.New("a tag is malformed")
		case len(attributes) == maxAttributes:
			return nil, false, fmt.Errorf("more than %d attributes", maxAttributes)
		}
		a, err := p.attribute()
		if err != nil {
			return nil, false, err
		}
		attributes = append(attributes, a)
	}
}

// attribute reads Attribute (XML 1.0, 3.1).
func (p *parser) attribute() (rawAttribute, error) {
	name, err := p.name()
	if err != nil {
		return rawAttribute{}, err
	}
	literal, err := p.quoted()
	if err != nil {
		return rawAttribute{}, err
	}
	if err := p.count(); err != nil {
		return rawAttribute{}, err
	}
	prefix, local, err := splitName(name)
	if err != nil {
		return rawAttribute{}, err
	}
	value, err := attributeValue(literal)
	return rawAttribute{prefix, local, value}, err
}

// attributeValue normalizes a literal (XML 1.0, 3.3.3): white space that is written becomes a space each, and what
// references stand for remains.
func attributeValue(literal string) (string, error) {
	if strings.Contains(literal, "<") {
		return "", errors.New("< within an attribute")
	}
	if !strings.ContainsAny(literal, "&\t\r\n") {
		return literal, nil
	}
	p := parser{source: literal}
	var b strings.Builder
	for p.at < len(literal) {
		switch c := literal[p.at]; c {
		case '&':
			text, err := p.reference()
			if err != nil {
				return "", err
			}
			b.WriteString(text)
		case '\t', '\n', '\r':
			p.at++
			if c == '\r' {
				p.skip("\n")
			}
			b.WriteByte(' ')
		default:
			b.WriteByte(c)
			p.at++
		}
	}
	return b.String(), nil
}

// splitName splits a Name that is a QName (Namespaces in XML 1.0, 4).
func splitName(name string) (prefix, local string, err error) {
	colon := strings.IndexByte(name, ':')
	if colon < 0 {
		return "", name, nil
	}
	prefix, local = name[:colon], name[colon+1:]
	if prefix == "" || !IsNCName(local) {
		return "", "", fmt.Errorf("the name %.40q is malformed", name)
	}
	return prefix, local, nil
}

// declare adds a namespace declaration to n and to what is in scope.
func (p *parser) declare(n *Node, prefix, uri string) error {
	switch {
	case prefix == "xmlns", uri == xmlnsNamespace, (prefix == "xml") != (uri == XMLNamespace):
		return fmt.Errorf("the prefix %.40q is bound to a reserved namespace, or is reserved", prefix)
	case prefix != "" && uri == "":
		return fmt.Errorf("the prefix %.40q is undeclared", prefix)
	case len(p.scope) == maxNamespaces:
		return fmt.Errorf("more than %d namespaces", maxNamespaces)
	case len(uri) > maxNamespace:
		return fmt.Errorf("a namespace's name of %d bytes", len(uri))
	}
	for _, d := range n.Declarations {
		if d.Prefix == prefix {
			return fmt.Errorf("the prefix %.40q is declared twice", prefix)
		}
	}
	if p.relativeNamespace == "" && uri != "" && !isAbsolute(uri) {
		p.relativeNamespace = uri
	}
	n.Declarations = append(n.Declarations, Declaration{prefix, uri})
	p.scope = append(p.scope, Declaration{prefix, uri})
	return nil
}

// isAbsolute reports whether uri begins with a scheme (RFC 3986, 3.1).
func isAbsolute(uri string) bool {
	scheme, _, found := strings.Cut(uri, ":")
	for i, r := range scheme {
		isLetter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !isLetter && (i == 0 || !strings.ContainsRune("0123456789+-.", r)) {
			return false
		}
	}
	return found && scheme != ""
}

// resolve returns the namespace of prefix.
func (p *parser) resolve(prefix string) (string, error) {
	if prefix == "xml" {
		return XMLNamespace, nil
	}
	for i := len(p.scope) - 1; i >= 0; i-- {
		if p.scope[i].Prefix == prefix {
			return p.scope[i].URI, nil
		}
	}
	if prefix == "" {
		return "", nil
	}
	return "", fmt.Errorf("the prefix %.40q is not declared", prefix)
}

// fewAttributes are compared with each other; more are looked up in a map.
const fewAttributes = 8

func (n *Node) hasAttribute(space, local string) bool {
	return slices.ContainsFunc(n.Attributes, func(a Attribute) bool { return a.Local == local && a.Space == space })
}

// resolveAttributes gives n its attributes. None may be there twice (Namespaces in XML 1.0, 6.3).
func (p *parser) resolveAttributes(n *Node, raw []rawAttribute) error {
	if len(raw) == 0 {
		return nil
	}
	n.Attributes = make([]Attribute, 0, len(raw))
	var seen map[[2]string]bool
	if len(raw) > fewAttributes {
		seen = make(map[[2]string]bool, len(raw))
	}
	for _, a := range raw {
		space := "" // the default namespace is not that of attributes (6.2)
		if a.prefix != "" {
			var err error
			space, err = p.resolve(a.prefix)
			if err != nil {
				return err
			}
		}
		if isTwice := seen[[2]string{space, a.local}] || seen == nil && n.hasAttribute(space, a.local); isTwice {
			return fmt.Errorf("the attribute %.40q is there twice", a.local)
		}
		if seen != nil {
			seen[[2]string{space, a.local}] = true
		}
		n.Attributes = append(n.Attributes, Attribute{p.intern(Name{a.prefix, a.local, space}), a.value})
	}
	return nil
}
