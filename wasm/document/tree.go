package document

import (
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/xmltree"
	"github.com/e-onay/e-onay/wasm/plaintext"
)

var treeViewer = Viewer{Read: readTree, HasCode: treeHasCode}

// Tree is an XML document as it is shown: a row for each element, text, comment and processing instruction, with the facts
// before it where it is of a kind that is known. White space between elements has no row.
type Tree struct {
	Facts []Fact
	nodes []*xmltree.Node // in document order; a row's number is its index
	rows  map[*xmltree.Node]int
	top   []*xmltree.Node
	marks int
}

const (
	// maxRow is how many characters of a text a row shows: files in XML are texts of megabytes.
	maxRow = 4000
	// allOpen is the largest tree whose rows are all there at first; of a larger one the first level is.
	allOpen = 400
)

// readTree makes an XML document readable. It has no document type, so no entity and no default attribute; namespaces are
// resolved; nothing in it is carried out. Errors have fault.DocumentUnreadable.
func readTree(f File) (Readable, error) {
	d, err := xmltree.Parse(f.Data)
	if err != nil {
		return nil, fault.New(fault.DocumentUnreadable, err)
	}
	t := &Tree{rows: map[*xmltree.Node]int{}, top: d.Children}
	for _, n := range d.Children {
		t.add(n)
	}
	for n := range t.nodes {
		for _, run := range t.Row(n) {
			if run.Kind == plaintext.RunMark {
				t.marks++
			}
		}
	}
	if t.marks > maxMarks {
		return nil, fault.Errorf(fault.DocumentUnreadable, "more than %d characters that cannot be seen", maxMarks)
	}
	t.Facts = factsOf(d.Root)
	return t, nil
}

func treeHasCode(data []byte, code string) bool {
	d, err := xmltree.Parse(data)
	if err != nil {
		return false
	}
	found := false
	d.Elements(func(n *xmltree.Node) bool {
		text, _ := n.Leaf()
		found = textHasCode([]byte(text), code)
		return !found
	})
	return found
}

// add gives a node and those in it their rows.
func (t *Tree) add(n *xmltree.Node) {
	t.rows[n] = len(t.nodes)
	t.nodes = append(t.nodes, n)
	for _, child := range children(n) {
		t.add(child)
	}
}

// children are the nodes in a node that have rows of their own: not the one text of an element, which stands on its row.
func children(n *xmltree.Node) (list []*xmltree.Node) {
	if _, ok := n.Leaf(); ok {
		return nil
	}
	for _, child := range n.Children {
		if child.Kind != xmltree.Text || strings.TrimSpace(child.Text) != "" {
			list = append(list, child)
		}
	}
	return list
}

// Children are the rows below a row, those at the top below -1.
func (t *Tree) Children(n int) (rows []int) {
	list := t.top
	if n >= 0 {
		list = children(t.nodes[n])
	}
	for _, child := range list {
		rows = append(rows, t.rows[child])
	}
	return rows
}

// Parent is the row above a row; -1 above one at the top.
func (t *Tree) Parent(n int) int {
	if p := t.nodes[n].Parent; p != nil {
		return t.rows[p]
	}
	return -1
}

// IsOpen reports whether what is below a row is shown at first.
func (t *Tree) IsOpen(n int) bool { return len(t.nodes) <= allOpen || t.nodes[n].Parent == nil }

// Row is what a row shows.
func (t *Tree) Row(n int) []plaintext.Run {
	node := t.nodes[n]
	switch node.Kind {
	case xmltree.Text:
		return cut(node.Text)
	case xmltree.Comment:
		return cut("<!--" + node.Text + "-->")
	case xmltree.Instruction:
		return cut("<?" + node.Local + " " + node.Text + "?>")
	}
	var b strings.Builder
	b.WriteString(qualified(node.Name))
	if node.Parent == nil && node.Space != "" || node.Parent != nil && node.Parent.Space != node.Space {
		b.WriteString(" {" + node.Space + "}")
	}
	for _, a := range node.Attributes {
		b.WriteString(" " + qualified(a.Name) + `="` + a.Value + `"`)
	}
	if text, ok := node.Leaf(); ok && text != "" {
		b.WriteString(": " + text)
	}
	return cut(b.String())
}

func qualified(name *xmltree.Name) string {
	if name.Prefix == "" {
		return name.Local
	}
	return name.Prefix + ":" + name.Local
}

// cut makes the beginning of a row's text visible, and says how much more there is.
func cut(text string) []plaintext.Run {
	n := 0
	for i := range text {
		if n++; n > maxRow {
			runs, _ := plaintext.Split(text[:i])
			return append(runs, plaintext.Run{Text: "⟦+" + strconv.Itoa(len(text)-i) + "⟧", Kind: plaintext.RunMark})
		}
	}
	runs, _ := plaintext.Split(text)
	return runs
}

// rowText is a row's text as it stands on the screen.
func (t *Tree) rowText(n int) string {
	var b strings.Builder
	for _, run := range t.Row(n) {
		b.WriteString(run.Text)
	}
	return b.String()
}

// Holds reports whether a row on the screen is the document's.
func (t *Tree) Holds(n int, shown string) bool {
	return 0 <= n && n < len(t.nodes) && shown == t.rowText(n)
}

// Marks is how many characters are shown as marks.
func (t *Tree) Marks() int { return t.marks }

// Find returns the rows in which a text stands.
func (t *Tree) Find(text string) (hits []Hit) {
	for n := range t.nodes {
		if len(find(t.rowText(n), text)) > 0 && len(hits) < MaxHits {
			hits = append(hits, Hit{n, n + 1})
		}
	}
	return hits
}

// Context is the row of a hit.
func (t *Tree) Context(h Hit) string { return plaintext.Short(t.rowText(h.Start)) }

// Path is the rows that lead to one, from the top, and the place of each below the one before.
func (t *Tree) Path(n int) (rows, places []int) {
	for ; n >= 0; n = t.Parent(n) {
		rows = append([]int{n}, rows...)
		for i, sibling := range t.Children(t.Parent(n)) {
			if sibling == n {
				places = append([]int{i}, places...)
			}
		}
	}
	return rows, places
}
