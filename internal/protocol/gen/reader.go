package main

import (
	"cmp"
	_ "embed"
	"fmt"
	"go/constant"
	"go/types"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/internal/protocol"
)

// What each side reads of the other's messages; the structs that these hold follow. Of what pages ask for the content script
// takes no option that it does not know; the page library writes it, by the same rules.
var (
	asked      = []string{"SignRequest", "DocumentInfo", "CAdESOptions", "PAdESOptions", "Stamp", "XAdESOptions", "ASiCOptions", "JAdESOptions", "EYPOptions", "LoginRequest", "CertificatesRequest", "DelegateRequest", "PINRequest"}
	heard      = []string{"PagePullBody", "ProgressBody", "SignaturePart", "SignResult", "LoginResult", "CertificatesResult", "PINClaim", "PINReport", "Failure"}
	scriptOnly = []string{"HashRequest", "HashResult", "PageChunkBody", "PINRelease", "PINRefusal"}
	clientOnly = []string{"StatusReply", "PINRefusal"}
)

// kindOf is a kind of fields: how many arguments it has in a tag, and what a field of it is in Go.
type kindOf struct {
	least, most int
	fits        func(types.Type) bool
}

// unlimited is as many arguments as there are values.
const unlimited = 1 << 10

// The kinds of the tag `read`, as package protocol tells them.
var kinds = map[string]kindOf{
	"line": {1, 1, isString}, "text": {2, 2, isString}, "digits": {1, 1, isString}, "reference": {1, 1, isString},
	"name": {0, 0, isString}, "nonce": {2, 2, isString}, "base64": {1, 1, isBytes}, "known": {0, unlimited, isString},
	"media": {1, 1, isString}, "language": {0, 0, isString}, "flag": {0, 0, isBool}, "whole": {1, 2, isInteger},
	"size": {1, 1, isInteger}, "origins": {2, 2, isList}, "texts": {0, 0, isList}, "list": {2, 2, isList}, "object": {0, 0, isStruct},
}

func isBasic(t types.Type, info types.BasicInfo) bool {
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&info != 0
}

func isString(t types.Type) bool  { return isBasic(t, types.IsString) }
func isBool(t types.Type) bool    { return isBasic(t, types.IsBoolean) }
func isInteger(t types.Type) bool { return isBasic(t, types.IsInteger) }

func isStruct(t types.Type) bool {
	_, ok := pointee(t).Underlying().(*types.Struct)
	return ok
}

// pointee is what t points to, or t.
func pointee(t types.Type) types.Type {
	if p, ok := t.(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}

func isList(t types.Type) bool {
	_, ok := t.Underlying().(*types.Slice)
	return ok && !isBytes(t)
}

func isBytes(t types.Type) bool {
	slice, ok := t.Underlying().(*types.Slice)
	return ok && isBasic(slice.Elem(), types.IsInteger)
}

//go:embed reader.js
var readerSource string

// exported is the last line of reader.js.
var exported = regexp.MustCompile(`(?m)^export (\{.*\});\n`)

// readerScript is the reader as a classic script, which defines `messages`.
func readerScript(p *source) (string, error) {
	table, _, err := readerTable(p, asked, heard, scriptOnly)
	if err != nil {
		return "", err
	}
	text := strings.ReplaceAll(table+"\n"+readerSource, "./protocol.gen.js", "./types.gen.js")
	text = exported.ReplaceAllString(text, "return $1;\n")
	return header + "\"use strict\";\n\nconst messages = (() => {\n" + text + "})();\n", nil
}

// readerTable returns the rules of each message, in the order of the fields, and the messages' names.
func readerTable(p *source, lists ...[]string) (table string, names []string, err error) {
	w := &ruleWriter{source: p, known: map[string]bool{}}
	w.WriteString("/** @type {Readonly<Record<keyof Messages, Readonly<Record<string, Rule>>>>} */\nconst table = {\n")
	for _, list := range lists {
		for _, name := range list {
			err := w.message(name)
			if err != nil {
				return "", nil, err
			}
		}
	}
	fmt.Fprintf(w, "};\n\n// What pages ask for.\n/** @type {readonly (keyof Messages)[]} */\nconst requests = [%s];\n", quoteAll(asked))
	var sizes []string
	for _, l := range protocol.MediaLimits {
		sizes = append(sizes, fmt.Sprintf("[%s, %d]", quote(l.MediaType), l.Size))
	}
	fmt.Fprintf(w, "\n// The largest documents of media types that have a limit of their own, and of all of a request.\n")
	fmt.Fprintf(w, "/** @type {ReadonlyMap<string, number>} */\nconst sizes = new Map([%s]);\nconst allSizes = %d;\n", strings.Join(sizes, ", "), int64(protocol.MaxRequest))
	fmt.Fprintf(w, "\n// What each form of a format takes; the first of a format is its usual one.\n")
	fmt.Fprintf(w, "/** @type {readonly FormRule[]} */\nconst forms = [\n")
	for _, r := range protocol.FormRules {
		fmt.Fprintf(w, "  { format: %s, form: %s, profiles: [%s], mediaTypes: [%s], together: %t, most: %d },\n",
			quote(string(r.Format)), quote(r.Form), quoteAll(texts(r.Profiles)), quoteAll(r.MediaTypes), r.Together, cmp.Or(r.MaxSize, protocol.MaxRequest))
	}
	fmt.Fprintf(w, "];\n\n// What one signed file may have.\nconst most = { parts: %d, newBytes: %d };\n", protocol.MaxParts, protocol.MaxNewBytes)
	return w.String(), w.names, nil
}

func texts[T ~string](list []T) (out []string) {
	for _, t := range list {
		out = append(out, string(t))
	}
	return out
}

// ruleWriter writes each message once, after those that it holds.
type ruleWriter struct {
	strings.Builder
	source *source
	known  map[string]bool
	names  []string // as they are written
}

func (w *ruleWriter) message(name string) error {
	if w.known[name] {
		return nil
	}
	w.known[name] = true
	_, object := w.source.of(name)
	if object == nil {
		return fmt.Errorf("the protocol has no type %s", name)
	}
	structure, ok := object.Type().Underlying().(*types.Struct)
	if !ok {
		return fmt.Errorf("the type %s is no message", name)
	}
	fields, err := w.fields(structure)
	if err != nil {
		return fmt.Errorf("%s.%w", name, err)
	}
	w.names = append(w.names, name)
	fmt.Fprintf(w, "  %s: {\n%s  },\n", name, fields)
	return nil
}

// fields returns the lines of a struct's fields; those of an embedded struct stand among them, as in JSON.
func (w *ruleWriter) fields(structure *types.Struct) (string, error) {
	var lines strings.Builder
	for i := range structure.NumFields() {
		f := structure.Field(i)
		var line string
		var err error
		if embedded, ok := embeddedStruct(f); ok {
			line, err = w.fields(embedded)
		} else {
			line, err = w.rule(f.Type(), reflect.StructTag(structure.Tag(i)))
		}
		if err != nil {
			return "", fmt.Errorf("%s: %w", f.Name(), err)
		}
		lines.WriteString(line)
	}
	return lines.String(), nil
}

// embeddedStruct returns the struct that a field embeds.
func embeddedStruct(f *types.Var) (*types.Struct, bool) {
	structure, ok := f.Type().Underlying().(*types.Struct)
	return structure, ok && f.Embedded()
}

// rule returns a field's line in the table, nothing for a field that is not read.
func (w *ruleWriter) rule(t types.Type, tag reflect.StructTag) (string, error) {
	words := strings.Fields(tag.Get("read"))
	if len(words) == 0 {
		return "", fmt.Errorf("has no tag `read`, which says what is taken for one")
	}
	kind, arguments := words[0], words[1:]
	if kind == "-" {
		return "", nil
	}
	form, ok := kinds[kind]
	switch {
	case !ok:
		return "", fmt.Errorf("no kind %q", kind)
	case len(arguments) < form.least || len(arguments) > form.most:
		return "", fmt.Errorf("%s has %d arguments, want %d to %d", kind, len(arguments), form.least, form.most)
	case !form.fits(t):
		return "", fmt.Errorf("%s is not for %s", kind, t)
	}
	name, options, _ := strings.Cut(tag.Get("json"), ",")
	parts := []string{"kind: " + quote(kind)}
	more, err := w.bounds(kind, arguments, t)
	if err != nil {
		return "", err
	}
	parts = append(parts, more...)
	if mayBeMissing(options) {
		parts = append(parts, "optional: true")
	}
	return fmt.Sprintf("    %s: { %s },\n", name, strings.Join(parts, ", ")), nil
}

// mayBeMissing reports whether a field with these options of its tag `json` is left out where it is empty.
func mayBeMissing(options string) bool {
	return strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
}

// bounds returns what a kind's arguments are in the table.
func (w *ruleWriter) bounds(kind string, arguments []string, t types.Type) ([]string, error) {
	switch kind {
	case "known":
		return w.values(arguments, t)
	case "object":
		name := pointee(t).(*types.Named).Obj().Name()
		return []string{"of: " + quote(name)}, w.message(name)
	}
	names := map[string][]string{
		"text": {"min", "max"}, "nonce": {"min", "max"}, "whole": {"min", "max"}, "list": {"min", "max"}, "origins": {"max", "longest"},
	}[kind]
	if names == nil {
		names = []string{"max"}
	}
	var parts []string
	for i, argument := range arguments {
		n, err := w.number(argument)
		if err != nil {
			return nil, err
		}
		parts = append(parts, names[i]+": "+n)
	}
	if kind != "list" {
		return parts, nil
	}
	named, ok := t.Underlying().(*types.Slice).Elem().(*types.Named)
	if !ok {
		return nil, fmt.Errorf("list is of structs")
	}
	return append(parts, "of: "+quote(named.Obj().Name())), w.message(named.Obj().Name())
}

// values are those of a tag, else all that the field's type has.
func (w *ruleWriter) values(arguments []string, t types.Type) ([]string, error) {
	var list []string
	for _, argument := range arguments {
		if c, ok := w.source.scope.Lookup(argument).(*types.Const); ok {
			argument = constant.StringVal(c.Val())
		}
		list = append(list, argument)
	}
	if named, ok := t.(*types.Named); ok && len(list) == 0 {
		list = w.source.values(named.Obj().Name())
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no value is known")
	}
	return []string{"values: [" + quoteAll(list) + "]"}, nil
}

// number returns an argument that is a whole number, or the name of one.
func (w *ruleWriter) number(argument string) (string, error) {
	if _, err := strconv.Atoi(argument); err == nil {
		return argument, nil
	}
	value, err := w.source.value(argument)
	if err != nil {
		return "", err
	}
	if _, err := strconv.Atoi(value); err != nil {
		return "", fmt.Errorf("%s is no whole number", argument)
	}
	return value, nil
}
