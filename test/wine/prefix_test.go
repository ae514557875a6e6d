//go:build linux

// Package wine drives the host for Windows under Wine, as a browser and as a person do. What it proves and what only Windows can
// show is in packaging/windows/README.md. `make test-wine` runs it.
package wine

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	loader   = "/usr/lib/wine/wine64"
	server   = "/usr/lib/wine/wineserver64"
	compiler = "x86_64-w64-mingw32-gcc-win32"
	built    = "../../build/cross/windows-amd64/eonay-host.exe"
)

// prefix is the folder of this run's Windows.
var prefix string

func TestMain(m *testing.M) {
	status, err := withPrefix(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

// withPrefix makes a Windows of Wine, runs the tests in it, and removes it.
func withPrefix(m *testing.M) (int, error) {
	for _, program := range []string{loader, server, "/usr/bin/" + compiler, "/usr/bin/wixl", "/usr/bin/osslsigncode"} {
		if _, err := os.Stat(program); err != nil {
			return 0, fmt.Errorf("%w. Run: make deps", err)
		}
	}
	if _, err := os.Stat(built); err != nil {
		return 0, fmt.Errorf("%w. Run: make cross-windows", err)
	}
	dir, err := os.MkdirTemp("", "eonay-wine-test")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	prefix = filepath.Join(dir, "windows")
	if out, err := wine("wineboot", "--init").CombinedOutput(); err != nil {
		return 0, fmt.Errorf("wineboot: %w\n%s", err, out)
	}
	if err := keepRunning(); err != nil {
		return 0, err
	}
	defer exec.Command("env", append(environment(), server, "--kill", "--wait")...).Run()
	if err := wine("reg", "add", `HKCU\Software\Wine`, "/v", "Version", "/d", "win10", "/f").Run(); err != nil {
		return 0, fmt.Errorf("Windows' version: %w", err)
	}
	if out, err := wine("reg", "add", `HKCU\Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders`, "/v", "Local AppData", "/d", local, "/f").CombinedOutput(); err != nil {
		return 0, fmt.Errorf("the person's folder: %w\n%s", err, out)
	}
	if err := compile("prng.c", system32("bcryptprimitives.dll"), "-shared", "-ladvapi32"); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// environment is Wine's: no screen, no Java Script engine, no Mono, no menus on the machine's desktop; file names in UTF-8.
func environment() []string {
	return []string{
		"WINEPREFIX=" + prefix, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=;winemenubuilder.exe=;winscard=n,b",
		"HOME=" + filepath.Dir(prefix), "PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8",
	}
}

// wine is a command for a program of Windows.
func wine(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(loader, append([]string{program}, args...)...)
	cmd.Env = environment()
	return cmd
}

// keepRunning waits until Windows has stopped, and starts it for as long as the tests last. Wine's own loader has it stop with the
// last program in it: every program would wait two seconds until it has started again, and one that comes while it stops may find
// no Windows at all. With the next program its services start, and hold that program's standard output until the end.
func keepRunning() error {
	for _, option := range []string{"--wait", "--persistent"} {
		cmd := exec.Command(server, option)
		cmd.Env = environment()
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("wineserver %s: %w", option, err)
		}
	}
	return nil
}

// compile writes a program or library for Windows, built from a source in testdata, once in a run.
func compile(source, path string, options ...string) error {
	binary := filepath.Join(filepath.Dir(prefix), source+".bin")
	if _, err := os.Stat(binary); err != nil {
		args := append([]string{"-O2", "-Wall", "-Wextra", "-Werror", "-s", "-o", binary, filepath.Join("testdata", source)}, options...)
		if out, err := exec.Command(compiler, args...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", source, err, out)
		}
	}
	content, err := os.ReadFile(binary)
	if err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

func system32(name string) string { return onDisk(`C:\windows\system32\` + name) }

// onDisk is where Wine keeps a file of Windows' drive C:.
func onDisk(path string) string {
	return filepath.Join(prefix, "drive_c", strings.ReplaceAll(strings.TrimPrefix(path, `C:\`), `\`, "/"))
}

// ran runs a program of Windows and returns what it has printed on standard output.
func ran(t *testing.T, program string, args ...string) string {
	t.Helper()
	cmd := wine(program, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s%s", program, args, err, out, stderr.Bytes())
	}
	return string(out)
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}
