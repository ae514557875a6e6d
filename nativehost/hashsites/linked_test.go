//go:build unix

package hashsites_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/e-onay/e-onay/nativehost/hashsites"
)

// A link in the file's place has nothing endless read, and nothing else written.
func TestLinkIsNotFollowed(t *testing.T) {
	dir := t.TempDir()
	f, other := hashsites.File{Path: filepath.Join(dir, "hashsites.json")}, filepath.Join(dir, "other")
	link := func(target string) {
		_ = os.Remove(f.Path) // the first has none before it
		if err := os.Symlink(target, f.Path); err != nil {
			t.Fatal(err)
		}
	}
	link("/dev/zero")
	if list, err := f.Read(); !errors.Is(err, hashsites.ErrBroken) || list.Sites != nil {
		t.Errorf("endless: %v, %v", list, err)
	}
	if err := os.WriteFile(other, []byte("önemli"), 0o600); err != nil {
		t.Fatal(err)
	}
	link(other)
	if err := f.Write(hashsites.List{Sites: many(1)}); err != nil {
		t.Fatal(err)
	}
	if kept, err := os.ReadFile(other); err != nil || string(kept) != "önemli" {
		t.Errorf("what the link leads to: %q, %v", kept, err)
	}
	if list, err := f.Read(); err != nil || len(list.Sites) != 1 {
		t.Errorf("%v, %v", list, err)
	}
}
