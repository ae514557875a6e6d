// Command settingsdoc writes docs/operation/settings.md from the settings' own types and their comments, so that the page has every field and
// says what the program does.
//
//	go generate ./web/settingsdoc
package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"

	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/service"
)

//go:generate go run . ../..

const (
	module = "github.com/e-onay/e-onay/"
	// File is what is written, from the top of the checkout.
	File = "docs/operation/settings.md"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: settingsdoc CHECKOUT")
	}
	page, err := write(os.Args[1])
	if err == nil {
		err = os.WriteFile(filepath.Join(os.Args[1], File), page, 0o644)
	}
	if err != nil {
		log.Fatal(err)
	}
}

const intro = `# Settings

For whoever runs a portal or the service: every setting. Written from the program itself (` + "`go generate ./web/settingsdoc`" + `); [running the portal](../operation.md) says how
to begin.

A settings file is one JSON object. A member that is unknown, there twice, or written in other case is an error, and so is a setting without the one
that it needs. What is left out is safe; only what is *required* must be there. Relative paths are relative to the file's folder, and ` + "`%d/NAME`" + ` is the
credential of that name, which systemd hands to the service (` + "`LoadCredential=`" + `, as in the [units](../operation.md#systemd)). A file with a secret in it is
refused if everybody on the machine may read it. ` + "`web check`" + ` proves a portal's file, ` + "`web rp check`" + ` the service's.
`

// write returns the page.
func write(checkout string) ([]byte, error) {
	w := writer{checkout: checkout, types: map[string]map[string]*ast.TypeSpec{}, seen: map[reflect.Type]string{}}
	w.printf("%s", intro)
	for _, one := range []struct {
		title, name string
		kind        reflect.Type
	}{
		{"The portal", "portal.json", reflect.TypeFor[portal.Settings]()},
		{"The service", "rp.json", reflect.TypeFor[service.Settings]()},
	} {
		example, err := os.ReadFile(filepath.Join(checkout, "packaging/operator", one.name+".example"))
		if err != nil {
			return nil, err
		}
		w.printf("\n## %s\n\nAn example, with the files of the [units](../operation.md#systemd):\n\n<!-- %s -->\n```json\n%s```\n", one.title, one.name, example)
		if err := w.settings(one.kind, ""); err != nil {
			return nil, err
		}
	}
	return w.page.Bytes(), nil
}

type writer struct {
	checkout string
	page     bytes.Buffer
	types    map[string]map[string]*ast.TypeSpec // by package and name
	seen     map[reflect.Type]string             // the heading under which a type stands
}

func (w *writer) printf(format string, args ...any) { fmt.Fprintf(&w.page, format, args...) }

// field is a field of settings with its member.
type field struct {
	reflect.StructField
	member   string
	required bool
}

func (f field) label() string {
	required := ""
	if f.required {
		required = ", *required*"
	}
	return fmt.Sprintf("`%s` (%s%s)", f.member, typeName(f.Type), required)
}

// settings writes a type's fields, then the types that they are of.
func (w *writer) settings(kind reflect.Type, heading string) error {
	spec, err := w.spec(kind)
	if err != nil {
		return err
	}
	fields, members := fieldsOf(kind)
	w.printf("\n")
	for _, group := range groupsOf(spec, fields) {
		if group.doc == "" {
			return fmt.Errorf("%s.%s: no comment", kind, group.fields[0].Name)
		}
		text := inMembers(group.doc, members)
		for _, f := range group.fields {
			if !strings.Contains(text, "`"+f.member+"`") {
				return fmt.Errorf("%s.%s: the comment above does not name it", kind, f.Name)
			}
			text = strings.Replace(text, "`"+f.member+"`", f.label(), 1)
		}
		w.printf("%s\n", wrapped("- "+text))
	}
	for _, f := range fields {
		inner, isList := structOf(f.Type)
		if inner == nil {
			continue
		}
		path := strings.TrimPrefix(heading+" › "+f.member, " › ")
		if at := w.seen[inner]; at != "" {
			w.printf("\n### %s\n\nAs `%s`.\n", path, at)
			continue
		}
		w.seen[inner] = path
		each := ""
		if isList {
			each = ", each"
		}
		w.printf("\n### %s%s\n", path, each)
		if err := w.settings(inner, path); err != nil {
			return err
		}
	}
	return nil
}

// fieldsOf returns the fields of a type that are members, and the members by the fields' names.
func fieldsOf(kind reflect.Type) (fields []field, members map[string]string) {
	members = map[string]string{}
	for i := range kind.NumField() {
		f := kind.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			continue
		}
		fields = append(fields, field{f, name, options == ""})
		members[f.Name] = name
	}
	return fields, members
}

// group is fields that have one comment.
type group struct {
	doc    string
	fields []field
}

// groupsOf puts fields without a comment to the one before them.
func groupsOf(spec *ast.TypeSpec, fields []field) (groups []group) {
	docs := map[string]string{}
	for _, f := range spec.Type.(*ast.StructType).Fields.List {
		for _, name := range f.Names {
			docs[name.Name] = f.Doc.Text()
		}
	}
	for _, f := range fields {
		doc := strings.Join(strings.Fields(docs[f.Name]), " ")
		if doc != "" || len(groups) == 0 {
			groups = append(groups, group{doc: doc})
		}
		last := &groups[len(groups)-1]
		last.fields = append(last.fields, f)
	}
	return groups
}

// width is that of the page's lines, in bytes.
const width = 140

// wrapped breaks an item's text into lines.
func wrapped(text string) string {
	var b strings.Builder
	line := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case line+1+len(word) > width:
			b.WriteString("\n  ")
			line = 2
		default:
			b.WriteByte(' ')
			line++
		}
		b.WriteString(word)
		line += len(word)
	}
	return b.String()
}

var word = regexp.MustCompile(`\b[A-Z][A-Za-z]+\b`)

// inMembers writes members for the fields that a comment names.
func inMembers(doc string, members map[string]string) string {
	return word.ReplaceAllStringFunc(doc, func(name string) string {
		if member := members[name]; member != "" {
			return "`" + member + "`"
		}
		return name
	})
}

// structOf returns the type of settings that a field has or lists; nil where it is text, a number, or the like.
func structOf(kind reflect.Type) (inner reflect.Type, isList bool) {
	for kind.Kind() == reflect.Pointer || kind.Kind() == reflect.Slice {
		isList = isList || kind.Kind() == reflect.Slice
		kind = kind.Elem()
	}
	if kind.Kind() != reflect.Struct {
		return nil, false
	}
	return kind, isList
}

func typeName(kind reflect.Type) string {
	switch kind.Kind() {
	case reflect.Pointer:
		return typeName(kind.Elem())
	case reflect.Slice:
		return "list of " + typeName(kind.Elem()) + "s"
	case reflect.Map:
		return "object of " + typeName(kind.Elem()) + "s"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Struct:
		return "object"
	}
	return "number"
}

// spec returns a type as its source has it.
func (w *writer) spec(kind reflect.Type) (*ast.TypeSpec, error) {
	if w.types[kind.PkgPath()] == nil {
		types := map[string]*ast.TypeSpec{}
		w.types[kind.PkgPath()] = types
		files, err := filepath.Glob(filepath.Join(w.checkout, strings.TrimPrefix(kind.PkgPath(), module), "*.go"))
		if err != nil {
			return nil, err
		}
		for _, path := range files {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
			if err != nil {
				return nil, err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if spec, ok := n.(*ast.TypeSpec); ok {
					types[spec.Name.Name] = spec
				}
				return true
			})
		}
	}
	spec := w.types[kind.PkgPath()][kind.Name()]
	if spec == nil {
		return nil, fmt.Errorf("%s is in no file", kind)
	}
	return spec, nil
}
