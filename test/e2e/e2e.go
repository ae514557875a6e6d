// Package e2e drives the whole of e-Onay from outside: the real binaries as separate processes, a
// real Chromium or Firefox with the real extension, a real PKCS#11 module, the real portal on its real
// database, and the sandbox for the world around it.
//
// It imports no room of the project (the binaries under build/ are its subject, made by `make build`)
// and serves three users: the journeys in its tests, the demo (demo/) and the measurements (bench/).
//
// # Rules
//
// Nothing sleeps: a step waits for something a person could see. A step that does not come fails with
// what was on the screen, saved under build/failures/. Servers listen on loopback; only processes
// started here are ended here.
package e2e

import (
	"os"
	"path/filepath"
	"time"
)

// Patience is how long a step may take before it counts as failed. It is reached by failures alone: a slow or busy
// machine must not run into it.
const Patience = 3 * time.Minute

// T is what a step needs of its caller: a *testing.T, or the demo's own.
type T interface {
	Helper()
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
	Cleanup(func())
}

// Root returns the repository's root: the folder with VERSION, in which the working folder is. Programs that are
// built with -trimpath do not know where their sources are.
func Root() string {
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	for up := dir; ; up = filepath.Dir(up) {
		if _, err := os.Stat(filepath.Join(up, "VERSION")); err == nil {
			return up
		}
		if up == filepath.Dir(up) {
			panic("no VERSION above " + dir + ": run this in e-Onay's folder")
		}
	}
}

// Built returns the path of a file under build/, and fails with the command that makes it.
func Built(t T, name string) string {
	t.Helper()
	path := filepath.Join(Root(), "build", name)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s is missing: run `make build` first", path)
	}
	return path
}
