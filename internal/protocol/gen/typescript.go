package main

import (
	"fmt"
	"go/types"
	"reflect"
	"strings"
)

// readerTypes declare what reader.js exports.
const readerTypes = `/** What came of reading a message: its body, or a code and what the other side's developer must know. */
export type Read<T> =
  | { body: T; problem?: undefined; detail?: undefined }
  | { body?: undefined; problem: "request_invalid" | "request_too_large"; detail: string };

/** Follows the signed files of a request as their parts come. */
export interface Delivery {
  /** Tells whether a part may come now, and notes it. */
  readonly takes: (part: SignaturePart) => boolean;
  /** Tells whether the result is that of the files that have come. */
  readonly fits: (result: SignResult) => boolean;
}

export function reader(known: string, missing: readonly unknown[]): <K extends keyof Messages>(name: K, value: unknown) => Read<Messages[K]>;
export function isBase64(value: unknown, max: number): value is string;
export function isObject(value: unknown): value is object;
export function isPullOf(pull: PagePullBody, request: Pick<SignRequest, "documents">): boolean;
export function delivery(request: Pick<SignRequest, "documents" | "together">): Delivery;
export function misfit(request: SignRequest): { problem: "request_invalid" | "request_too_large"; detail: string } | null;
export function oversize(documents: SignRequest["documents"]): { problem: "request_too_large"; detail: string } | null;
export function own(object: object, key: string): unknown;
`

// clientDeclarations are the types of the messages and of clientModule's constants.
func clientDeclarations(p *source) (string, error) {
	all, err := constants(p, limits)
	if err != nil {
		return "", err
	}
	_, names, err := readerTable(p, asked, heard, clientOnly)
	if err != nil {
		return "", err
	}
	w := &declarations{source: p, known: map[string]bool{}}
	w.WriteString(header)
	err = w.declareAll("PageEnvelope", append(names, "PageChunkBody", "PINRelease")) // what the page library writes alone
	if err != nil {
		return "", err
	}
	w.index(names)
	w.WriteString("\n" + readerTypes + "\n")
	for _, c := range all {
		kind, list := strings.CutSuffix(c.name, "s")
		if list && strings.HasPrefix(c.value, "Object.freeze([") {
			fmt.Fprintf(w, "export const %s: readonly %s[];\n", c.name, kind)
			continue
		}
		w.comment("", p.docs[c.name])
		fmt.Fprintf(w, "export const %s: %s;\n", c.name, c.value)
	}
	w.WriteString("\n/** The sentences of the codes which the page library, or a page's own script, raises itself. */\n")
	w.WriteString("export const sentences: Readonly<Record<string, Readonly<Sentence>>>;\n")
	return w.String(), nil
}

// extensionDeclarations are the types of the messages that the extension's scripts see.
func extensionDeclarations(p *source) (string, error) {
	_, names, err := readerTable(p, asked, heard, scriptOnly)
	if err != nil {
		return "", err
	}
	w := &declarations{source: p, known: map[string]bool{}}
	w.WriteString(header)
	err = w.declareAll("PageEnvelope", append(names, "StatusReply", "StoredRequest"))
	w.index(names)
	return w.String(), err
}

// declarations writes each type once, and remembers those met on the way.
type declarations struct {
	strings.Builder
	source  *source
	known   map[string]bool
	waiting []string
}

// declareAll declares types, and those that they hold.
func (w *declarations) declareAll(first string, more []string) error {
	w.waiting = append([]string{first}, more...)
	for len(w.waiting) > 0 {
		name := w.waiting[0]
		w.waiting = w.waiting[1:]
		err := w.declare(name)
		if err != nil {
			return err
		}
	}
	return nil
}

// index declares the messages by their names.
func (w *declarations) index(names []string) {
	w.WriteString("\n/** The messages that are read, by name. */\nexport interface Messages {\n")
	for _, name := range names {
		fmt.Fprintf(w, "  %s: %s;\n", name, name)
	}
	w.WriteString("}\n")
}

func (w *declarations) declare(name string) error {
	if w.known[name] {
		return nil
	}
	w.known[name] = true
	source, object := w.source.of(name)
	if object == nil {
		return fmt.Errorf("the protocol has no type %s", name)
	}
	w.WriteString("\n")
	w.comment("", source.docs[name])
	structure, ok := object.Type().Underlying().(*types.Struct)
	if !ok {
		return w.union(name, w.source.values(name))
	}
	fmt.Fprintf(w, "export interface %s {\n", name)
	if err := w.fields(name, structure); err != nil {
		return err
	}
	w.WriteString("}\n")
	return nil
}

// fields declares the fields of a struct; those of an embedded struct stand among them, as in JSON.
func (w *declarations) fields(owner string, structure *types.Struct) error {
	for i := range structure.NumFields() {
		f := structure.Field(i)
		var err error
		if embedded, ok := embeddedStruct(f); ok {
			err = w.fields(f.Name(), embedded)
		} else {
			err = w.field(owner, f, structure.Tag(i))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *declarations) field(owner string, f *types.Var, tag string) error {
	name, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
	kind, err := w.kind(f.Type())
	if err != nil {
		return fmt.Errorf("%s.%s: %w", owner, f.Name(), err)
	}
	optional := ""
	if mayBeMissing(options) {
		optional = "?"
	}
	w.comment("  ", w.source.docs[owner+"."+f.Name()])
	fmt.Fprintf(w, "  %s%s: %s;\n", name, optional, kind)
	return nil
}

// union declares a named string type by its constants.
func (w *declarations) union(name string, values []string) error {
	if len(values) == 0 {
		return fmt.Errorf("the type %s is neither a struct nor has constants", name)
	}
	fmt.Fprintf(w, "export type %s =", name)
	for _, v := range values {
		fmt.Fprintf(w, "\n  | %s", quote(v))
	}
	w.WriteString(";\n")
	return nil
}

// kind returns the TypeScript type of t as it is in JSON.
func (w *declarations) kind(t types.Type) (string, error) {
	switch t := t.(type) {
	case *types.Pointer:
		return w.kind(t.Elem())
	case *types.Slice:
		if basic, ok := t.Elem().(*types.Basic); ok && basic.Kind() == types.Byte {
			return "string", nil // base64
		}
		element, err := w.kind(t.Elem())
		return element + "[]", err
	case *types.Named:
		w.waiting = append(w.waiting, t.Obj().Name())
		return t.Obj().Name(), nil
	case *types.Alias:
		if t.Obj().Name() == "any" {
			return "unknown", nil
		}
	case *types.Basic:
		switch {
		case t.Info()&types.IsInteger != 0:
			return "number", nil
		case t.Info()&types.IsString != 0:
			return "string", nil
		case t.Info()&types.IsBoolean != 0:
			return "boolean", nil
		}
	}
	return "", fmt.Errorf("no TypeScript type for %s", t)
}

// comment writes a doc comment.
func (w *declarations) comment(indent, text string) {
	if text == "" {
		return
	}
	lines := strings.Split(text, "\n")
	if len(lines) == 1 {
		fmt.Fprintf(w, "%s/** %s */\n", indent, text)
		return
	}
	fmt.Fprintf(w, "%s/**\n", indent)
	for _, line := range lines {
		fmt.Fprintf(w, "%s\n", strings.TrimRight(indent+" * "+line, " "))
	}
	fmt.Fprintf(w, "%s */\n", indent)
}
