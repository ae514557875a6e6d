package main

import (
	"archive/zip"
	"bytes"
	"maps"
	"slices"
	"time"
)

// archive returns a zip of the files: the same bytes for the same files, wherever and whenever it is made.
func archive(files map[string][]byte) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: firstDay}
		header.SetMode(0o644)
		w, err := z.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		_, err = w.Write(files[name])
		if err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return out.Bytes(), err
}

// firstDay is the first that a zip can name.
var firstDay = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)
