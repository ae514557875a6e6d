package main

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// source is a package: its types as the compiler sees them, and its comments.
type source struct {
	scope *types.Scope
	docs  map[string]string // by "Name" and, for fields, "Type.Name"
	order []string          // names of constants as they stand in the source
	next  *source           // where a type is that is not here; nil at the end
}

// load parses and checks the package in dir, without its tests, and those in the other directories, in which its named
// types are looked for in turn.
func load(dir string, others ...string) (*source, error) {
	files := token.NewFileSet()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	p := &source{docs: map[string]string{}}
	var parsed []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, path, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, file)
		p.comments(file)
	}
	if len(parsed) == 0 {
		return nil, fmt.Errorf("no package in %s", dir)
	}
	if err := findGo(); err != nil {
		return nil, err
	}
	config := types.Config{Importer: importer.ForCompiler(files, "source", nil)}
	checked, err := config.Check(filepath.Base(dir), files, parsed, nil)
	if err != nil {
		return nil, err
	}
	p.scope = checked.Scope()
	if len(others) > 0 {
		p.next, err = load(others[0], others[1:]...)
	}
	return p, err
}

// findGo finds Go's own packages, which a program that was built with -trimpath does not know.
func findGo() error {
	if build.Default.GOROOT != "" {
		return nil
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("find Go's packages: %w", err)
	}
	build.Default.GOROOT = strings.TrimSpace(string(root))
	return nil
}

// of returns the package that has the named type, and the type; nil where no package has it.
func (p *source) of(name string) (*source, types.Object) {
	for ; p != nil; p = p.next {
		if object, ok := p.scope.Lookup(name).(*types.TypeName); ok {
			return p, object
		}
	}
	return nil, nil
}

// comments collects the doc comments of a file's declarations.
func (p *source) comments(file *ast.File) {
	for _, declaration := range file.Decls {
		general, ok := declaration.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range general.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				p.docs[spec.Name.Name] = first(spec.Doc, general.Doc, spec.Comment)
				p.fields(spec)
			case *ast.ValueSpec:
				name := spec.Names[0].Name
				p.docs[name] = first(spec.Doc, spec.Comment)
				if general.Tok == token.CONST {
					p.order = append(p.order, name)
				}
				if !general.Lparen.IsValid() && p.docs[name] == "" {
					p.docs[name] = first(general.Doc)
				}
			}
		}
	}
}

func (p *source) fields(spec *ast.TypeSpec) {
	structure, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, field := range structure.Fields.List {
		for _, name := range field.Names {
			p.docs[spec.Name.Name+"."+name.Name] = first(field.Doc, field.Comment)
		}
	}
}

// first returns the text of the first comment that is there.
func first(groups ...*ast.CommentGroup) string {
	for _, g := range groups {
		if g != nil {
			return strings.TrimSpace(g.Text())
		}
	}
	return ""
}

// value returns a constant as a JavaScript literal; a duration becomes milliseconds.
func (p *source) value(name string) (string, error) {
	c, ok := p.scope.Lookup(name).(*types.Const)
	if !ok {
		return "", fmt.Errorf("the protocol has no constant %s", name)
	}
	switch c.Val().Kind() {
	case constant.String:
		return quote(constant.StringVal(c.Val())), nil
	case constant.Int:
		n, _ := constant.Int64Val(c.Val())
		if c.Type().String() == "time.Duration" {
			n /= int64(time.Millisecond)
		}
		return fmt.Sprint(n), nil
	}
	return "", fmt.Errorf("the constant %s is neither text nor whole number", name)
}

// values returns the constants of a named string type, as they stand in the sources: those of a type of another package
// too, as OutcomeDone is.
func (p *source) values(kind string) []string {
	var values []string
	for ; p != nil; p = p.next {
		for _, name := range p.order {
			c := p.scope.Lookup(name).(*types.Const)
			if named, ok := c.Type().(*types.Named); ok && named.Obj().Name() == kind {
				values = append(values, constant.StringVal(c.Val()))
			}
		}
	}
	return values
}
