package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// TestClientInstalls does in an empty folder, without a network, what the package's README says: the library is installed from the
// file, TypeScript finds its types and takes the README's code, and Node finds both modules.
func TestClientInstalls(t *testing.T) {
	root, err := filepath.Abs(source)
	if err != nil {
		t.Fatal(err)
	}
	tsc := filepath.Join(root, "node_modules/.bin/tsc")
	if _, err := os.Stat(tsc); err != nil {
		t.Fatalf("%v. Run: make deps", err)
	}
	dir := t.TempDir()
	if err := packClient(root, filepath.Join(dir, "e-onay-client-0.0.0.tgz")); err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(root, "web/client/README.md"))
	if err != nil {
		t.Fatal(err)
	}
	in := func(name string, arguments ...string) string {
		t.Helper()
		command := exec.Command(name, arguments...)
		command.Dir = dir
		command.Env = append(os.Environ(), "npm_config_offline=true", "npm_config_cache="+filepath.Join(dir, "cache"), "npm_config_userconfig="+os.DevNull)
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		return string(out)
	}
	in("bash", "-euc", block(t, readme, "sh"))
	write(t, dir, "page.ts", `import { signDocument } from "@e-onay/client/dss";
declare const button: HTMLButtonElement;
declare const text: string;
declare function show(sentence: string): void;
void signDocument;
`+block(t, readme, "js"))
	write(t, dir, "wrong.ts", `import { sign } from "@e-onay/client";
// @ts-expect-error a request has documents
void sign({ purpose: "Onay" });
`)
	in(tsc, "--noEmit", "--strict", "--module", "nodenext", "--target", "es2024", "page.ts", "wrong.ts")
	write(t, dir, "import.mjs", `import * as client from "@e-onay/client";
import * as dss from "@e-onay/client/dss";
console.log(typeof client.sign, typeof dss.signDocument);
`)
	if got := in("node", "import.mjs"); got != "function function\n" {
		t.Errorf("Node finds %q", got)
	}
}

// block returns the one block of code of a language.
func block(t *testing.T, text []byte, language string) string {
	t.Helper()
	found := regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllSubmatch(text, -1)
	if len(found) != 1 {
		t.Fatalf("%d blocks of %s, want 1", len(found), language)
	}
	return string(found[0][1])
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
