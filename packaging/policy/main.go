// Command policy writes the archive for IT departments: the extension's schema, examples of policies for each browser and system
// (files), and the administrative templates of Windows, which it makes from the schema. docs/institutions.md says what to do
// with them. The same sources give the same bytes.
package main

import (
	"archive/zip"
	"bytes"
	"flag"
	"log"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"
)

func main() {
	root := flag.String("root", ".", "the project's folder")
	out := flag.String("out", "", "the archive")
	flag.Parse()
	files, err := collect(*root)
	if err != nil {
		log.Fatal(err)
	}
	data, err := archive(files)
	if err != nil {
		log.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(*out), 0o755); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(*out, data, 0o644); err != nil {
		log.Fatal(err)
	}
}

// collect returns what is in the archive, by its path there.
func collect(root string) (map[string][]byte, error) {
	schema, err := os.ReadFile(filepath.Join(root, "extension", "managed_schema.json"))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"managed_schema.json": schema}
	for _, page := range []string{"institutions.md", "institutions.tr.md"} {
		if files[page], err = os.ReadFile(filepath.Join(root, "docs", page)); err != nil {
			return nil, err
		}
	}
	folder := filepath.Join(root, "packaging", "policy", "files")
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if files[path.Join("examples", e.Name())], err = os.ReadFile(filepath.Join(folder, e.Name())); err != nil {
			return nil, err
		}
	}
	members, err := readSchema(schema)
	if err != nil {
		return nil, err
	}
	files["windows/e-onay.admx"] = admx(members)
	for _, l := range languages {
		files["windows/"+l.tag+"/e-onay.adml"] = adml(members, l)
	}
	return files, nil
}

// firstDay is the first that a zip can name.
var firstDay = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

// archive packs files in the order of their names.
func archive(files map[string][]byte) ([]byte, error) {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names {
		header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: firstDay}
		header.SetMode(0o644)
		f, err := w.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(files[name]); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}
