package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
)

// TestCurrent compares the committed files with what the generator would write.
func TestCurrent(t *testing.T) {
	files, err := generate("..")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 3 {
		t.Fatalf("%d files, want 3", len(files))
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
	files, err := generate("..")
	if err != nil {
		t.Fatal(err)
	}
	for name, parts := range map[string][]string{
		"extension/protocol.gen.js": {
			`HostName: "` + protocol.HostName + `"`, "RequestLifetime: 1800000,", "ChunkSize: 524288,",
			`["forbidden", "host_refused"]`, message.Error(fault.GestureRequired).TR,
		},
		"web/client/protocol.gen.js": {
			`export const Formats = Object.freeze(["cades"]);`, `export const PageAttribute = "data-eonay";`,
			message.Error(fault.ExtensionMissing).EN,
			"\n  unavailable: ", "\n  internal: ", // web/portal/static/act.js
		},
		"web/client/protocol.gen.d.ts": {
			"export interface SignRequest {", "  code?: string;", "  documents: DocumentInfo[];", "  hostProblem?: Failure;",
			"  body?: unknown;", "  data: string;", `  | "pin_locked"`, `export type Stage =`, "export const MaxDocuments: 16;",
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
}
