// Command tighten makes the Go that vugugen writes smaller: some tenths of a megabyte of WebAssembly, and
// fewer nodes to draw.
//
// It leaves out the text nodes that hold nothing but a line break and the indentation of the template
// (between elements that are laid out as blocks they show nothing; a space within a line stays), and
// the import of package log, which nothing in the window uses. An element with its constant attributes,
// which vugugen fills in field by field wherever it stands, becomes a call of package ui's AppendElement (or AppendRoot), one
// that holds nothing but a text one of AppendText. What sets a text or an attribute becomes a call of SetText, SetAttribute or
// SetFlag: Vugu's own take values of any type, and bring what converts them. What finds a component, or makes it, becomes a
// call of UseComponent, and what puts it into its place one of AppendComponent. An element whose children may all be absent gets
// an empty one, without which Vugu would leave those that were there before. staticcheck is told what to let pass.
//
// usage: tighten 0_components_gen.go
package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: tighten FILE")
		os.Exit(2)
	}
	err := run(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(path string) error {
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	tight, err := tighten(source)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, tight, 0o644)
}

// literal is an element with its constant attributes, as vugugen writes it.
const literal = `vgn = &vugu\.VGNode\{Type: ?vugu\.VGNodeType\(3\), ?Namespace: ?"", ?Data: ?"(\w+)", ?Attr: ?\[\]vugu\.VGAttribute(?:\(nil\)|\{(.*)\})\}`

var (
	indentation = regexp.MustCompile(`(?m)^\s*vgn = &vugu\.VGNode\{Type: ?vugu\.VGNodeType\(1\), ?Data: ?"\\n[ \\nt]*"\}\n\s*vgparent\.AppendChild\(vgn\)\n`)
	logImport   = regexp.MustCompile(`(?m)^import "log"\n|^var _ log\.Logger\n`)
	root        = regexp.MustCompile(literal + `\n\s*vgout\.Out = append\(vgout\.Out, vgn\).*\n`)
	element     = regexp.MustCompile(literal + `\n\s*vgparent\.AppendChild\(vgn\)\n`)
	attribute   = regexp.MustCompile(`\{Namespace: ?"", ?Key: ?"([^"\\]*)", ?Val: ?"([^"\\]*)"\}`)
	content     = regexp.MustCompile(`vgn = (\w+\.)?AppendElement\(vgparent, (".*")\)\n\s*vgn\.SetInnerHTML\((?:\w+\.)?Text\((.*)\)\)\n`)
	component   = regexp.MustCompile(`vgcompKey := vugu\.MakeCompKey\((0x[0-9A-F]+)\^vgin\.CurrentPositionHash\(\), vgiterkey\)\n(?:\s*//.*\n)?` +
		`\s*vgcomp, _ := vgin\.BuildEnv\.CachedComponent\(vgcompKey\)\.\(\*([\w.]+)\)\n\s*if vgcomp == nil \{\n(?:\s*//.*\n)?` +
		`\s*vgcomp = new\([\w.]+\)\n\s*vgin\.BuildEnv\.WireComponent\(vgcomp\)\n\s*\}\n\s*vgin\.BuildEnv\.UseComponent\(vgcompKey, vgcomp\).*\n`)
	space     = regexp.MustCompile(`vgn = &vugu\.VGNode\{Type: ?vugu\.VGNodeType\(1\), ?Data: ?" "\}\n\s*vgparent\.AppendChild\(vgn\)\n`)
	setText   = regexp.MustCompile(`vgn\.SetInnerHTML\((?:\w+\.)?Text\((.*)\)\)\n`)
	flag      = regexp.MustCompile(`vgn\.AddAttrInterface\("disabled", ?(.*)\)\n`)
	dynamic   = regexp.MustCompile(`vgn\.AddAttrInterface\(("[\w-]+"), ?(.*)\)\n`)
	placement = regexp.MustCompile(`vgout\.Components = append\(vgout\.Components, vgcomp\)\n\s*vgn = &vugu\.VGNode\{Component: ?vgcomp\}\n\s*vgparent\.AppendChild\(vgn\)\n`)
	generated = regexp.MustCompile(`(?m)^func \(c \*\w+\) Build\(vgin \*vugu\.BuildIn\)`)
)

// tighten returns generated source without what the window does not need. Source that does not look as
// vugugen writes it is an error: then this program must learn how it looks now.
func tighten(source []byte) ([]byte, error) {
	if !generated.Match(source) {
		return nil, fmt.Errorf("not written by vugugen, or by another version")
	}
	source = indentation.ReplaceAll(source, nil)
	source = logImport.ReplaceAll(source, nil)
	ui := "ui."
	if bytes.Contains(source, []byte("\npackage ui\n")) {
		ui = ""
	}
	source = root.ReplaceAllFunc(source, func(found []byte) []byte { return call(root, ui+"AppendRoot(vgout, %q)", found) })
	source = element.ReplaceAllFunc(source, func(found []byte) []byte { return call(element, ui+"AppendElement(vgparent, %q)", found) })
	source = space.ReplaceAll(source, []byte("vgn = "+ui+"AppendSpace(vgparent)\n"))
	source = content.ReplaceAll(source, []byte("vgn = ${1}AppendText(vgparent, $2, $3)\n"))
	source = setText.ReplaceAll(source, []byte(ui+"SetText(vgn, $1)\n"))
	source = flag.ReplaceAll(source, []byte(ui+"SetFlag(vgn, \"disabled\", $1)\n"))
	source = dynamic.ReplaceAll(source, []byte(ui+"SetAttribute(vgn, $1, $2)\n"))
	source = component.ReplaceAll(source, []byte("vgcomp := "+ui+"UseComponent(vgin, $1, vgiterkey, new($2)).(*$2)\n"))
	source = placement.ReplaceAll(source, []byte("vgn = "+ui+"AppendComponent(vgout, vgparent, vgcomp)\n"))
	source, err := fill(source, ui+"AppendNothing(vgparent)")
	if err != nil {
		return nil, err
	}
	source = append([]byte("//lint:file-ignore SA4006 vugugen keeps each node in a variable, used or not\n\n"), source...)
	return format.Source(source)
}

// fill has each element whose children may all be absent append nothing in the end.
func fill(source []byte, nothing string) ([]byte, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "", source, 0)
	if err != nil {
		return nil, err
	}
	var ends []int // of the blocks of such elements
	ast.Inspect(file, func(n ast.Node) bool {
		if block, ok := n.(*ast.BlockStmt); ok && hasChildren(block, source) && mayBeEmpty(block) {
			ends = append(ends, files.Position(block.Rbrace).Offset)
		}
		return true
	})
	slices.Sort(ends)
	for _, at := range slices.Backward(ends) {
		source = slices.Concat(source[:at], []byte("vgn = "+nothing+"\n"), source[at:])
	}
	return source, nil
}

// hasChildren reports whether a block appends the children of an element.
func hasChildren(block *ast.BlockStmt, source []byte) bool {
	return len(block.List) > 0 && bytes.HasPrefix(source[block.List[0].Pos()-1:], []byte("vgparent := vgn\n"))
}

// mayBeEmpty reports whether all children in a block are in conditions and loops.
func mayBeEmpty(block *ast.BlockStmt) bool {
	for _, s := range block.List[1:] {
		switch s := s.(type) {
		case *ast.BlockStmt, *ast.ExprStmt: // a component, and a text of the template, which are there in any case
			return false
		case *ast.AssignStmt:
			if call, ok := s.Rhs[0].(*ast.CallExpr); ok && len(call.Args) > 0 {
				return false
			}
		}
	}
	return true
}

// call is a call of package ui that appends an element, in place of what as has found; found as it is, where an attribute is
// not as usual.
func call(as *regexp.Regexp, format string, found []byte) []byte {
	m := as.FindSubmatch(found)
	constant := string(m[1])
	rest := attribute.ReplaceAllFunc(m[2], func(a []byte) []byte {
		parts := attribute.FindSubmatch(a)
		constant += "\n" + string(parts[1]) + "\n" + string(parts[2])
		return nil
	})
	if strings.Trim(strings.ReplaceAll(string(rest), "vugu.VGAttribute", ""), ", ") != "" {
		return found
	}
	return fmt.Appendf(nil, "vgn = "+format+"\n", constant)
}
