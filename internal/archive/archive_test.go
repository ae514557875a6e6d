package archive

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"
)

// TestZip checks that an archive has the files in the order of their names, with one time and mode.
func TestZip(t *testing.T) {
	files := map[string][]byte{"b.txt": []byte("two"), "a/c.txt": []byte("one"), "empty": nil}
	data, err := Zip(files)
	if err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range r.File {
		names = append(names, f.Name)
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(content)
		if err != nil || !bytes.Equal(got, files[f.Name]) {
			t.Errorf("%s holds %q: %v", f.Name, got, err)
		}
		if f.Mode() != 0o644 || !f.Modified.Equal(FirstDay) {
			t.Errorf("%s has mode %v and time %v", f.Name, f.Mode(), f.Modified)
		}
	}
	if want := []string{"a/c.txt", "b.txt", "empty"}; len(names) != len(want) || names[0] != want[0] || names[1] != want[1] || names[2] != want[2] {
		t.Errorf("files %q, want %q", names, want)
	}
}
