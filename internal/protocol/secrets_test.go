package protocol_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"testing"
)

// Each PIN and PUK of a body is among its Secrets: what is forgotten there is not wiped.
func TestSecretsAreComplete(t *testing.T) {
	secret := []string{"PIN", "KeyPIN", "Old", "New", "PUK"}
	fields := map[string][]string{} // by type
	wiped := map[string][]string{}
	note := func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TypeSpec:
			if s, ok := n.Type.(*ast.StructType); ok {
				fields[n.Name.Name] = bytesFields(s, secret)
			}
		case *ast.FuncDecl:
			if n.Name.Name == "Secrets" && n.Recv != nil {
				receiver := n.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name
				ast.Inspect(n.Body, func(n ast.Node) bool {
					if s, ok := n.(*ast.SelectorExpr); ok {
						wiped[receiver] = append(wiped[receiver], s.Sel.Name)
					}
					return true
				})
			}
		}
		return true
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range sources {
		file, err := parser.ParseFile(token.NewFileSet(), source, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, note)
	}
	if len(fields["HostSignBody"]) != 2 {
		t.Fatalf("the fields of HostSignBody are %q", fields["HostSignBody"])
	}
	for name, secrets := range fields {
		if !slices.Equal(wiped[name], secrets) {
			t.Errorf("%s has the secrets %q, and wipes %q", name, secrets, wiped[name])
		}
	}
}

// bytesFields returns the struct's fields of type []byte with one of the names.
func bytesFields(s *ast.StructType, names []string) (found []string) {
	for _, field := range s.Fields.List {
		array, ok := field.Type.(*ast.ArrayType)
		if !ok {
			continue
		}
		if element, ok := array.Elt.(*ast.Ident); !ok || element.Name != "byte" {
			continue
		}
		for _, name := range field.Names {
			if slices.Contains(names, name.Name) {
				found = append(found, name.Name)
			}
		}
	}
	return found
}
