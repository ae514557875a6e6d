// Package archive writes zip archives that depend on their files alone: the same bytes wherever, whenever and by
// whomever they are made, so that people can compare what they built with what they were given.
package archive

import (
	"archive/zip"
	"bytes"
	"maps"
	"slices"
	"time"
)

// FirstDay is the time of every file: the first that a zip can name.
var FirstDay = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

// Zip returns an archive of the files, which are named by their paths in it, in the order of their names.
func Zip(files map[string][]byte) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: FirstDay}
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
