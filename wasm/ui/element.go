package ui

import (
	"strings"

	"github.com/vugu/vugu"
)

// appendElement appends an element to parent, of which constant has the name and the attributes' names and values,
// each on a line. The generated code calls it (wasm/tools/tighten).
func appendElement(parent *vugu.VGNode, constant string) *vugu.VGNode {
	lines := strings.Split(constant, "\n")
	n := &vugu.VGNode{Type: vugu.ElementNode, Data: lines[0]}
	for i := 1; i+1 < len(lines); i += 2 {
		n.Attr = append(n.Attr, vugu.VGAttribute{Key: lines[i], Val: lines[i+1]})
	}
	parent.AppendChild(n)
	return n
}
