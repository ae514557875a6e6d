package protocol_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// constants returns the string constants of the package in a directory, by declared type, and the names of all constants.
func constants(t *testing.T, dir string) (values map[string][]string, names []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	values = map[string][]string{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			names = append(names, spec.Names[0].Name)
			kind, _ := spec.Type.(*ast.Ident)
			if selector, ok := spec.Type.(*ast.SelectorExpr); ok { // a code of fault's, in another package
				kind = selector.Sel
			}
			literal, _ := spec.Values[0].(*ast.BasicLit)
			if kind != nil && literal != nil && literal.Kind == token.STRING {
				value, _ := strconv.Unquote(literal.Value)
				values[kind.Name] = append(values[kind.Name], value)
			}
			return true
		})
	}
	return values, names
}

// TestDocumented holds the pages under docs/protocol against the package: every message type, stage, code and limit.
func TestDocumented(t *testing.T) {
	pages, err := filepath.Glob("../../docs/protocol/*.md")
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, page := range pages {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		text += string(data)
	}
	values, names := constants(t, "../protocol")
	faults, _ := constants(t, "../fault")
	refusals, _ := constants(t, "../../web/portal/refusal")
	values["Code"] = append(faults["Code"], refusals["Code"]...)
	if len(refusals["Code"]) == 0 {
		t.Error("no codes of the portal found: the test no longer sees them")
	}
	for _, kind := range []string{"PageType", "HostType", "Stage", "HostStage", "Code"} {
		if len(values[kind]) == 0 {
			t.Errorf("no constants of type %s found: the test no longer sees the package", kind)
		}
		for _, value := range values[kind] {
			if !strings.Contains(text, "`"+value+"`") {
				t.Errorf("docs/protocol does not mention %s %q", kind, value)
			}
		}
	}
	for _, name := range names {
		if (strings.HasPrefix(name, "Max") || strings.HasSuffix(name, "Lifetime")) && !strings.Contains(text, name) {
			t.Errorf("docs/protocol does not mention the limit %s", name)
		}
	}
}
