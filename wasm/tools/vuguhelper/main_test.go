package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The helper of the vugu module that this build uses is there and whole.
func TestHelperOfTheModule(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/vugu/vugu").Output()
	if err != nil {
		t.Fatal(err)
	}
	script, err := helper(filepath.Join(strings.TrimSpace(string(out)), "domrender", "renderer-js-script.go"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(script, "(function") {
		t.Errorf("script begins %.20q", script)
	}
}

func TestHelperMissing(t *testing.T) {
	whole := `window.vuguRender=1;window.vuguGetRenderArray=1;window.vuguSetEventHandler=1;window.vuguSetCallbackHandler=1`
	tests := []struct{ name, source, want string }{
		{"found", "const jsHelperScript = \"" + whole + "\"", ""},
		{"raw string", "const jsHelperScript = `" + whole + "`", ""},
		{"renamed", "const helperScript = \"" + whole + "\"", "no constant"},
		{"a variable", "var jsHelperScript = \"" + whole + "\"", "no constant"},
		{"computed", "const jsHelperScript = \"a\" + \"b\"", "not a string literal"},
		{"emptied", "const jsHelperScript = \"\"", "does not define vuguRender"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "script.go")
			err := os.WriteFile(path, []byte("package p\n"+tt.source+"\n"), 0o600)
			if err != nil {
				t.Fatal(err)
			}
			script, err := helper(path)
			switch {
			case tt.want == "" && (err != nil || script != whole):
				t.Errorf("got %q, %v", script, err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error = %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := helper(filepath.Join(t.TempDir(), "none.go")); err == nil {
		t.Error("no file, no error")
	}
}
