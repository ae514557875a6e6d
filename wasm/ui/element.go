package ui

import (
	"strings"

	"github.com/vugu/vugu"
)

// What generated code calls (wasm/tools/tighten).

// AppendElement appends an element to parent. constant has its name, and its attributes' names and values, each on a line.
func AppendElement(parent *vugu.VGNode, constant string) *vugu.VGNode {
	lines := strings.Split(constant, "\n")
	n := &vugu.VGNode{Type: vugu.ElementNode, Data: lines[0]}
	for i := 1; i+1 < len(lines); i += 2 {
		n.Attr = append(n.Attr, vugu.VGAttribute{Key: lines[i], Val: lines[i+1]})
	}
	parent.AppendChild(n)
	return n
}

// AppendText is AppendElement, of one that holds a text.
func AppendText(parent *vugu.VGNode, constant, content string) *vugu.VGNode {
	n := AppendElement(parent, constant)
	n.SetInnerHTML(Text(content))
	return n
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
