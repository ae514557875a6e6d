//go:build unix

package session

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// What stands in the place of the list of refusals warns of nothing, keeps nobody waiting, and is set aside by the next refusal.
func TestRefusalsBesideWhatIsNoFile(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"pipe":        func(path string) error { return unix.Mkfifo(path, 0o600) },
		"full folder": func(path string) error { return os.MkdirAll(filepath.Join(path, "inside"), 0o700) },
		"loop":        func(path string) error { return os.Symlink(filepath.Base(path), path) },
	} {
		t.Run(name, func(t *testing.T) {
			r := refusals{path: filepath.Join(t.TempDir(), "puks.json")}
			if err := put(r.path); err != nil {
				t.Fatal(err)
			}
			if r.has("card") {
				t.Error("it warns")
			}
			if err := r.note(t.Context(), "card", true); err != nil || !r.has("card") {
				t.Errorf("noted: %v", err)
			}
		})
	}
}

// Of the cards that refuse their PUK in several windows at once, each is remembered.
func TestRefusalsAtOnce(t *testing.T) {
	r := refusals{path: filepath.Join(t.TempDir(), "puks.json")}
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			if err := r.note(t.Context(), fmt.Sprint(i), true); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i := range 16 {
		if !r.has(fmt.Sprint(i)) {
			t.Errorf("card %d is forgotten", i)
		}
	}
}
