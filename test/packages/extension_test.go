package packages

import (
	"archive/zip"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/e-onay/e-onay/test/e2e"
)

// extension unpacks what a browser's store takes, where the system sees it. Chrome's store gives each extension a key, by
// which the browser names it; here it is that of the source.
func extension(t *testing.T, browser string) string {
	t.Helper()
	archive, err := zip.OpenReader(built("e-onay-" + browser + ".zip"))
	if err != nil {
		t.Fatalf("%v. Run: make packages-test", err)
	}
	defer archive.Close()
	dir := filepath.Join(shared, "extension-"+browser)
	if err := os.CopyFS(dir, archive); err != nil {
		t.Fatal(err)
	}
	if browser != "chromium" {
		return dir
	}
	manifest := read(t, filepath.Join(dir, "manifest.json"))
	manifest["key"] = read(t, filepath.Join(e2e.Root(), "extension", "manifest.base.json"))["key"]
	data, err := json.Marshal(manifest)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "manifest.json"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func read(t *testing.T, path string) (manifest map[string]any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		t.Fatal(err)
	}
	return manifest
}
