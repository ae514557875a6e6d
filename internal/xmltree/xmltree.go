// Package xmltree reads XML 1.0 (fifth edition) with namespaces into a tree, so strictly that two readers cannot
// understand a document differently.
//
// A document is UTF-8, with or without a byte order mark, and says nothing else of itself. It has no document type
// declaration, and so no entity but the five predefined ones and character references, no default attributes and no declared
// types. Other encodings, XML 1.1 and whatever is not well-formed or not namespace-well-formed are refused by name.
//
// Each node knows where in the source it stands, so that something can be inserted without a byte of the rest changing.
//
// The package depends on nothing of the project, and little of the standard library: the window's program may import it.
package xmltree

import (
	"fmt"
	"slices"
	"strings"
)

// Limits on a document. Of a tree a text takes about 60 bytes of memory, and an element 120, with attributes or declarations 200.
const (
	// MaxSize is the largest document, in bytes: one of 10 MiB as base64, and its signature around it.
	MaxSize = 14 << 20

	maxDepth      = 128     // elements within elements
	maxNodes      = 1 << 20 // elements, texts, comments, processing instructions and attributes
	maxAttributes = 256     // of one element, with its namespace declarations
	maxNamespaces = 256     // declarations in scope
	maxName       = 1024    // bytes
	maxNamespace  = 2048    // bytes of a namespace's name: each element and attribute costs a look at it
)

// Namespaces that need no declaration (Namespaces in XML 1.0, 3).
const (
	XMLNamespace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsNamespace = "http://www.w3.org/2000/xmlns/"
)

// Kind tells nodes apart.
type Kind uint8

// Kinds of nodes. CDATA sections and references are part of the text around them.
const (
	Element Kind = iota
	Text
	Comment
	Instruction
)

// Name is the name of an element or attribute. An instruction's target is its Local.
type Name struct {
	Prefix, Local string
	Space         string // the namespace's URI; "" for none
}

// Attribute is one that declares no namespace. Its value is normalized as the type CDATA is (XML 1.0, 3.3.3).
type Attribute struct {
	*Name
	Value string
}

// Declaration declares a namespace; the default one has no Prefix, and "" as URI undeclares it.
type Declaration struct {
	Prefix, URI string
}

// Node is a part of a document. Names are shared between nodes: nothing of a tree may be changed but Text, by
// who has it alone.
type Node struct {
	*Parts        // of elements and instructions; those of texts and comments are empty
	Text   string // of texts, comments and instructions; ends of lines are "\n"
	Parent *Node  // nil at the top of the document

	start, end int32
	Kind       Kind
}

// Parts are what most nodes, the texts, do not have: they have one between them.
type Parts struct {
	*Name
	*Tag
	Children []*Node

	contentStart, contentEnd int32
	count                    int32
}

// Tag is what a start tag has beside its name. Elements without any have one between them.
type Tag struct {
	Attributes   []Attribute
	Declarations []Declaration
}

// noParts are those of all texts and comments, noTag is that of elements with nothing but a name.
var (
	noTag   = new(Tag)
	noParts = &Parts{Tag: noTag}
)

// Span returns where the node's markup begins and ends in the source.
func (n *Node) Span() (start, end int) { return int(n.start), int(n.end) }

// Content returns where an element's content begins and ends in the source: between its tags. An empty-element tag
// has its end for both.
func (n *Node) Content() (start, end int) { return int(n.contentStart), int(n.contentEnd) }

// Count returns how many nodes an element has, attributes and itself among them; of another node it is 0.
func (n *Node) Count() int { return int(n.count) }

// IsEmptyTag reports whether the element is written as one empty-element tag.
func (n *Node) IsEmptyTag() bool { return n.contentStart == n.end }

// Is reports whether the node is an element of this name.
func (n *Node) Is(space, local string) bool {
	return n != nil && n.Kind == Element && n.Local == local && n.Space == space
}

// Attribute returns the value of the attribute without namespace of this name.
func (n *Node) Attribute(local string) (value string, ok bool) {
	for _, a := range n.Attributes {
		if a.Local == local && a.Space == "" {
			return a.Value, true
		}
	}
	return "", false
}

// Elements returns the elements among the children.
func (n *Node) Elements() (elements []*Node) {
	for _, c := range n.Children {
		if c.Kind == Element {
			elements = append(elements, c)
		}
	}
	return elements
}

// Contains reports whether other is n or below it.
func (n *Node) Contains(other *Node) bool {
	for ; other != nil; other = other.Parent {
		if other == n {
			return true
		}
	}
	return false
}

// Leaf returns the text of an element that has nothing but text in it; ok is false where a comment, an instruction or an
// element is there too: what a reader sees as one text could be two to another.
func (n *Node) Leaf() (text string, ok bool) {
	switch {
	case len(n.Children) == 0:
		return "", true
	case len(n.Children) == 1 && n.Children[0].Kind == Text:
		return n.Children[0].Text, true
	}
	return "", false
}

// Document is a document as read.
type Document struct {
	Source   string
	Root     *Node
	Children []*Node // the root, and comments and instructions beside it
	// RelativeNamespace is a namespace's name that is no absolute URI, the first; "" where there is none. Such a document has
	// no canonical form (Canonical XML 1.0, 1.3).
	RelativeNamespace string
}

// Elements calls visit for each element in document order, until it returns false.
func (d *Document) Elements(visit func(*Node) bool) { elements(d.Root, visit) }

func elements(n *Node, visit func(*Node) bool) bool {
	if !visit(n) {
		return false
	}
	for _, c := range n.Children {
		if c.Kind == Element && !elements(c, visit) {
			return false
		}
	}
	return true
}

// IDs finds elements by their identifier. Without a document type an attribute is an identifier by its name: Id, ID or
// id without namespace, or xml:id.
type IDs struct {
	elements map[string]*Node // nil where several have it
}

// IDs returns the identifiers of all elements.
func (d *Document) IDs() IDs {
	ids := IDs{map[string]*Node{}}
	d.Elements(func(n *Node) bool {
		for _, a := range n.Attributes {
			if !a.isID() {
				continue
			}
			other, taken := ids.elements[a.Value]
			switch {
			case !taken:
				ids.elements[a.Value] = n
			case other != n:
				ids.elements[a.Value] = nil
			}
		}
		return true
	})
	return ids
}

// HasID reports whether the element has this identifier.
func (n *Node) HasID(id string) bool {
	return slices.ContainsFunc(n.Attributes, func(a Attribute) bool { return a.isID() && a.Value == id })
}

func (a Attribute) isID() bool {
	switch a.Space {
	case "":
		return a.Local == "Id" || a.Local == "ID" || a.Local == "id"
	case XMLNamespace:
		return a.Local == "id"
	}
	return false
}

// Find returns the one element that has id. None and several are errors.
func (ids IDs) Find(id string) (*Node, error) {
	n, ok := ids.elements[id]
	switch {
	case !ok || id == "":
		return nil, fmt.Errorf("no element has the identifier %.100q", id)
	case n == nil:
		return nil, fmt.Errorf("several elements have the identifier %.100q", id)
	}
	return n, nil
}

// Has reports whether an element has id.
func (ids IDs) Has(id string) bool { _, ok := ids.elements[id]; return ok }

// IsNCName reports whether name may be an identifier or a prefix (Namespaces in XML 1.0, 4).
func IsNCName(name string) bool {
	return name != "" && len(name) <= maxName && nameLength(name) == len(name) && !strings.Contains(name, ":")
}
