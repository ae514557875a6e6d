package ui

import (
	"strings"

	"github.com/vugu/vugu"
)

// What generated code calls (wasm/tools/tighten).

// AppendElement appends an element to parent. constant has its name, and its attributes' names and values, each on a line.
func AppendElement(parent *vugu.VGNode, constant string) *vugu.VGNode {
	n := newElement(constant)
	parent.AppendChild(n)
	return n
}

// AppendRoot is AppendElement for a component's outermost element.
func AppendRoot(out *vugu.BuildOut, constant string) *vugu.VGNode {
	n := newElement(constant)
	out.Out = append(out.Out, n)
	return n
}

func newElement(constant string) *vugu.VGNode {
	lines := strings.Split(constant, "\n")
	n := &vugu.VGNode{Type: vugu.ElementNode, Data: lines[0]}
	for i := 1; i+1 < len(lines); i += 2 {
		SetAttribute(n, lines[i], lines[i+1])
	}
	return n
}

// AppendText is AppendElement, of one that holds a text.
func AppendText(parent *vugu.VGNode, constant, content string) *vugu.VGNode {
	n := AppendElement(parent, constant)
	SetText(n, content)
	return n
}

// AppendSpace appends a space between two elements of a line.
func AppendSpace(parent *vugu.VGNode) *vugu.VGNode {
	n := &vugu.VGNode{Type: vugu.TextNode, Data: " "}
	parent.AppendChild(n)
	return n
}

// AppendNothing appends a text that is empty. Vugu leaves an element as it is that has lost all its children: one whose children
// may all be absent has this one, by which the rest goes away.
func AppendNothing(parent *vugu.VGNode) *vugu.VGNode {
	n := &vugu.VGNode{Type: vugu.TextNode}
	parent.AppendChild(n)
	return n
}

// SetText puts a text into an element.
func SetText(n *vugu.VGNode, content string) {
	html := string(Text(content))
	n.InnerHTML = &html
}

// SetAttribute gives an element an attribute.
func SetAttribute(n *vugu.VGNode, key, value string) {
	n.Attr = append(n.Attr, vugu.VGAttribute{Key: key, Val: value})
}

// SetFlag gives an element an attribute that counts by being there.
func SetFlag(n *vugu.VGNode, key string, isSet bool) {
	if isSet {
		SetAttribute(n, key, key)
	}
}

// UseComponent returns the component that was drawn at this place before, else fresh.
func UseComponent(in *vugu.BuildIn, place uint64, key any, fresh vugu.Builder) vugu.Builder {
	id := vugu.MakeCompKey(place^in.CurrentPositionHash(), key)
	c := in.BuildEnv.CachedComponent(id)
	if c == nil {
		c = fresh
		in.BuildEnv.WireComponent(c)
	}
	in.BuildEnv.UseComponent(id, c)
	return c
}

// AppendComponent puts a component into its place.
func AppendComponent(out *vugu.BuildOut, parent *vugu.VGNode, c vugu.Builder) *vugu.VGNode {
	out.Components = append(out.Components, c)
	n := &vugu.VGNode{Component: c}
	parent.AppendChild(n)
	return n
}
