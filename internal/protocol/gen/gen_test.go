package main

import (
	"go/types"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
)

// loaded are the packages, which take seconds to check.
var loaded = sync.OnceValues(func() (*source, error) { return loadAll("../../..") })

func protocolSource(t *testing.T) *source {
	t.Helper()
	p, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestCurrent compares the committed files with what the generator would write.
func TestCurrent(t *testing.T) {
	files, err := generate(protocolSource(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 5 {
		t.Fatalf("%d files, want 5", len(files))
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("../../..", name))
		if err != nil {
			t.Error(err)
			continue
		}
		if string(got) != want {
			t.Errorf("%s is out of date: run `go generate ./internal/protocol`", name)
		}
	}
}

// TestFaithful looks for what the files must hold, found by other means than the generator's.
func TestFaithful(t *testing.T) {
	files, err := generate(protocolSource(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, parts := range map[string][]string{
		"extension/protocol.gen.js": {
			`HostName: "` + protocol.HostName + `"`, "RequestLifetime: 1800000,", "MaxDelegates: 8,",
			`["forbidden", "host_refused"]`, message.Error(fault.GestureRequired).TR,
		},
		"extension/messages.gen.js": {
			`purpose: { kind: "line", max: 300 },`, `code: { kind: "digits", max: 15, optional: true },`,
			`documents: { kind: "list", min: 1, max: 1000, of: "DocumentInfo" },`, `format: { kind: "known", values: ["cades", "pades", "xades", "asic", "jades", "eyp"] },`, `cades: { kind: "object", of: "CAdESOptions", optional: true },`,
			`mediaTypes: ["application/pdf"]`,
			`length: { kind: "whole", min: 1, max: 524288 },`, "  HashRequest: {", "\nreturn { reader, ",
		},
		"extension/types.gen.d.ts": {"export interface StoredRequest {", "  HashRequest: HashRequest;"},
		"web/client/protocol.gen.js": {
			"  StatusReply: {", "\nexport { reader, ",
			`export const Formats = Object.freeze(["cades", "pades", "xades", "asic", "jades", "eyp"]);`, `export const PageAttribute = "data-eonay";`,
			message.Error(fault.ExtensionMissing).EN,
			"\n  unavailable: ", "\n  internal: ", // web/portal/site/static/page.js
		},
		"web/client/protocol.gen.d.ts": {
			"export interface SignRequest {", "  code?: string;", "  documents: DocumentInfo[];", "  hostProblem?: Failure;",
			"  body?: unknown;", "  data: string;", `  | "pin_locked"`, `export type Stage =`, "export const MaxDocuments: 1000;",
		},
	} {
		for _, part := range parts {
			if !strings.Contains(files[name], part) {
				t.Errorf("%s lacks %s", name, part)
			}
		}
	}
	if strings.Contains(files["web/client/protocol.gen.d.ts"], "StoredRequest") {
		t.Error("the page library has no business with StoredRequest")
	}
	// Where these come from, a page and a window cannot say them.
	for _, private := range []string{"site: {", "detail: {", "hostProblem: {"} {
		if strings.Contains(files["extension/messages.gen.js"], private) {
			t.Errorf("the content script reads %s…}", private)
		}
	}
}

// TestReaderNeedsAFittingTag has the generator refuse fields of which it cannot say how they are read.
func TestReaderNeedsAFittingTag(t *testing.T) {
	p := protocolSource(t)
	text, bytes := types.Typ[types.String], types.NewSlice(types.Typ[types.Byte])
	for _, c := range []struct {
		name string
		kind types.Type
		tag  reflect.StructTag
		want string
	}{
		{"no tag", text, `json:"a"`, "has no tag"},
		{"unknown kind", text, `json:"a" read:"word 3"`, `no kind "word"`},
		{"argument missing", text, `json:"a" read:"line"`, "0 arguments, want 1 to 1"},
		{"argument too many", text, `json:"a" read:"name MaxName"`, "1 arguments, want 0 to 0"},
		{"unknown constant", text, `json:"a" read:"line MaxPurposes"`, "no constant MaxPurposes"},
		{"constant that is text", text, `json:"a" read:"line LoginFormat"`, "LoginFormat is no whole number"},
		{"text for bytes", bytes, `json:"a" read:"line MaxName"`, "line is not for []uint8"},
		{"bytes for text", text, `json:"a" read:"base64 MaxName"`, "base64 is not for string"},
		{"list of bytes", bytes, `json:"a" read:"list 1 2"`, "list is not for []uint8"},
		{"list of text", types.NewSlice(text), `json:"a" read:"list 1 2"`, "list is of structs"},
		{"no values", text, `json:"a" read:"known"`, "no value is known"},
	} {
		w := &ruleWriter{source: p, known: map[string]bool{}}
		_, err := w.rule(c.kind, c.tag)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
