//go:build linux

// Package macos tests the scripts that make the installer for macOS, as far as this is possible without a Mac.
package macos

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/nativehost/install"
)

func TestScriptsAreJudged(t *testing.T) {
	scripts, err := filepath.Glob("*.sh")
	if err != nil || len(scripts) != 2 {
		t.Fatalf("%q, %v", scripts, err)
	}
	scripts = append(scripts, "../windows/sign")
	if _, err := exec.LookPath("shellcheck"); err != nil {
		t.Fatalf("%v. Run: make deps", err)
	}
	if out, err := exec.Command("shellcheck", scripts...).CombinedOutput(); err != nil {
		t.Errorf("%s", out)
	}
}

// TestBuild runs the script with doubles of Apple's tools, which note how they were called. The program is signed
// before it is packed, and what is packed is notarised.
func TestBuild(t *testing.T) {
	checkout, tools := t.TempDir(), t.TempDir()
	for _, path := range []string{"VERSION", "packaging/macos/build.sh", "packaging/macos/uninstall.sh"} {
		content, err := os.ReadFile(filepath.Join("../..", path))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(checkout, path), string(content))
	}
	log := filepath.Join(tools, "log")
	note := "#!/bin/sh\necho \"$(basename \"$0\") $*\" >> " + log + "\n"
	for name, does := range map[string]string{
		"uname": "echo Darwin", "codesign": "", "xcrun": "", "pkgbuild": `for package; do :; done; echo installer > "$package"`,
		"lipo": `cp "$4" "$3"`,
		"go":   `[ "$1" = build ] || exit 0; while [ "$1" != -o ]; do shift; done; printf '#!/bin/sh\necho "host $*" >> ` + log + `\n' > "$2"; chmod 755 "$2"`,
	} {
		write(t, filepath.Join(tools, name), note+does+"\n")
	}
	cmd := exec.Command("packaging/macos/build.sh")
	cmd.Dir = checkout
	cmd.Env = append(os.Environ(), "PATH="+tools+":"+os.Getenv("PATH"), "APPLICATION=programs", "INSTALLER=installers", "NOTARY=profile")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	version, err := os.ReadFile("../../VERSION")
	if err != nil {
		t.Fatal(err)
	}
	installer := "build/release/e-onay-" + strings.TrimSpace(string(version)) + ".pkg"
	if !strings.HasSuffix(string(out), installer+"\n") {
		t.Errorf("%s", out)
	}
	calls, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	const program = "build/macos/root" + install.MacPath
	rest := string(calls)
	for _, want := range []string{ // in this order
		"go build", "go build", "lipo -create -output " + program,
		"codesign --force --timestamp --options runtime --entitlements packaging/macos/entitlements.plist", "codesign --verify --strict " + program,
		"go run ./packaging/notices/print", "host install --system --root build/macos/root", "pkgbuild --root build/macos/root", "--sign installers " + installer,
		"xcrun notarytool submit " + installer + " --keychain-profile profile --wait", "xcrun stapler staple " + installer,
	} {
		_, after, found := strings.Cut(rest, want)
		if !found {
			t.Fatalf("no %q in its place in\n%s", want, calls)
		}
		rest = after
	}
	if _, err := os.Stat(filepath.Join(checkout, filepath.Dir(program), "uninstall.sh")); err != nil {
		t.Error(err)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}
