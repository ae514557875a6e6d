package module_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/nativehost/module"
)

func write(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// additions is a good file of a person's, one thing a line.
const additions = `{
"version": 1,
"places": {"linux": ["/opt/ours"]},
"modules": [
{"id": "ours", "files": {"linux": ["libours.so"]}, "quirks": ["initialize-null"], "unblock": "none"}
],
"families": [
{"id": "our-card", "name": "Bizim kart",
 "match": [{"historical": "8065544353228231C073F621808105"}],
 "modules": ["ours", "akisp11"], "driver": {"tr": "Bizde."}, "unblock": "set-pin", "reset": "never"}
],
"fallback": ["ours"]
}`

func TestReadRegistry(t *testing.T) {
	registry, err := module.ReadRegistry(write(t, filepath.Join(t.TempDir(), "modules.json"), additions))
	if err != nil {
		t.Fatal(err)
	}
	// A person's family goes before the built-in one, and hides none of the others.
	if f := registry.Family(unhex(t, "3B9F978131FE458065544353228231C073F62180810553")); f == nil || f.ID != "our-card" || f.Driver["tr"] != "Bizde." {
		t.Errorf("family %+v", f)
	}
	if f := registry.Family(unhex(t, "3B9F978131FE4580655443D2210831C073F6218081055B")); f == nil || f.ID != "akis-2" {
		t.Errorf("family %+v", f)
	}
}

func TestReadRegistryWithoutFile(t *testing.T) {
	registry, err := module.ReadRegistry(filepath.Join(t.TempDir(), "none"))
	if err != nil || registry.Family(unhex(t, cards[0].atr)) == nil {
		t.Fatalf("%v", err)
	}
}

func TestReadRegistryRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, old, new string
		err            string // after the file's name
	}{
		{"other version", `"version": 1`, `"version": 2`, `:2: version 2, not 1`},
		{"no version", `"version": 1,`, ``, `:1: version 0, not 1`},
		{"unknown field", `"name"`, `"Neim"`, `:8: json: unknown field "Neim"`},
		{"syntax", `"modules": [`, `"modules": [,`, `:4: invalid character`},
		{"wrong type", `"fallback": ["ours"]`, `"fallback": "ours"`, `:12: json: cannot unmarshal`},
		{"relative folder", "/opt/ours", "opt/ours", `:3: "opt/ours": the folder must be absolute`},
		{"unknown system", `{"linux": ["/opt`, `{"plan9": ["/opt`, `:3: "plan9": no operating system`},
		{"path for a file", "libours.so", "../libours.so", `:5: "../libours.so": not a file name`},
		{"unknown quirk", "initialize-null", "sing", `:5: "sing": no quirk`},
		{"unknown way to unblock", `"unblock": "none"`, `"unblock": "sing"`, `:5: "sing": no way to unblock`},
		{"unknown way of a family", `"unblock": "set-pin"`, `"unblock": "dance"`, `:10: "dance": no way to unblock`},
		{"unknown word about a reset", `"reset": "never"`, `"reset": "later"`, `:10: "later": neither empty nor "never"`},
		{"id", `"id": "our-card"`, `"id": "Our card"`, `:8: "Our card": not an id`},
		{"no files", `{"linux": ["libours.so"]}`, `{}`, `no files`},
		{"id twice", "\n],\n\"families\"", ",\n{\"id\": \"ours\", \"files\": {\"linux\": [\"a\"]}}\n],\n\"families\"", `"ours": twice`},
		{"name turns the line", "Bizim kart", `Bizim\u202ekart`, `not a name`},
		{"pattern for all cards", "8065544353228231C073F621808105", "......", `:9: "......": matches every card`},
		{"pattern not hex", "8065544353228231C073F621808105", "80x5", `:9: "80x5": not up to 15 bytes`},
		{"pattern of half bytes", "8065544353228231C073F621808105", "806", `:9: "806": not up to 15 bytes`},
		{"pattern too long", "8065544353228231C073F621808105", "8065544353228231C073F62180810500", `not up to 15 bytes`},
		{"two rules in one", `{"historical"`, `{"atr": "3B00", "historical"`, `a rule is either historical or atr`},
		{"unknown module", `"akisp11"], "driver"`, `"akisp12"], "driver"`, `:10: "akisp12": no module`},
		{"unknown fallback", `"fallback": ["ours"]`, `"fallback": ["theirs"]`, `:12: "theirs": no module`},
		{"unknown language", `{"tr": "Bizde."}`, `{"xx": "Bizde."}`, `:10: "xx": no language`},
		{"something after", "\"fallback\": [\"ours\"]\n}", "\"fallback\": [\"ours\"]\n}\n{}", `:14: something follows`},
		{"too long", "{\n", "{\n" + strings.Repeat(" ", 256<<10), `longer than`},
		{"too many", `"fallback": ["ours"]`, `"fallback": ["ours"` + strings.Repeat(`,"ours"`, 32) + `]`, `too many`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(additions, tt.old) {
				t.Fatalf("no %q", tt.old)
			}
			path := write(t, filepath.Join(t.TempDir(), "modules.json"), strings.Replace(additions, tt.old, tt.new, 1))
			_, err := module.ReadRegistry(path)
			if err == nil || !strings.HasPrefix(err.Error(), path+":") || !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("got %v, want %s%s…", err, path, tt.err)
			}
		})
	}
}

// Whatever a registry file holds: an error with its line, or a registry that can be used.
func FuzzReadRegistry(f *testing.F) {
	f.Add([]byte(additions))
	f.Add([]byte(strings.ReplaceAll(additions, "linux", runtime.GOOS)))
	f.Add([]byte(`{"version":1}`))
	f.Add([]byte("{\n\"version\":1,\"fallback\":[\"\"]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := write(t, filepath.Join(t.TempDir(), "modules.json"), string(data))
		registry, err := module.ReadRegistry(path)
		if err != nil {
			var line int
			if _, err := fmt.Sscanf(strings.TrimPrefix(err.Error(), path), ":%d:", &line); err != nil || line < 1 || line > 1+strings.Count(string(data), "\n") {
				t.Fatalf("error without the line: %v", err)
			}
			return
		}
		for _, c := range cards {
			registry.Family(unhex(t, c.atr))
		}
	})
}
