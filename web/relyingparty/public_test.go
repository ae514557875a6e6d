package relyingparty_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"strings"
	"testing"
)

// TestPublic checks that no exported declaration is written with a name of internal/, which a site outside this module
// cannot say. An alias gives such a type a name of this package.
func TestPublic(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, entry := range entries {
		if path.Ext(entry.Name()) != ".go" || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		internal := map[string]bool{}
		for _, spec := range file.Imports {
			name := strings.Trim(spec.Path.Value, `"`)
			internal[path.Base(name)] = strings.Contains(name, "/internal/")
		}
		for _, part := range exported(file) {
			seen++
			ast.Inspect(part, func(n ast.Node) bool {
				selector, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if of, ok := selector.X.(*ast.Ident); ok && internal[of.Name] {
					t.Errorf("%s: %s.%s is in what a site must be able to write", entry.Name(), of.Name, selector.Sel.Name)
				}
				return true
			})
		}
	}
	if seen < 30 {
		t.Fatalf("only %d declarations found: the test no longer sees them", seen)
	}
}

// exported returns the types by which a site sees what the file declares: signatures, and types without their
// unexported fields.
func exported(file *ast.File) (parts []ast.Node) {
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() {
				parts = append(parts, d.Type)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				s, ok := spec.(*ast.TypeSpec)
				if !ok || !s.Name.IsExported() || s.Assign.IsValid() {
					continue
				}
				structure, ok := s.Type.(*ast.StructType)
				if !ok {
					parts = append(parts, s.Type)
					continue
				}
				for _, field := range structure.Fields.List {
					if len(field.Names) == 0 || field.Names[0].IsExported() {
						parts = append(parts, field.Type)
					}
				}
			}
		}
	}
	return parts
}
