package desk

import (
	"bytes"
	"testing"
)

func FuzzReadScan(f *testing.F) {
	for _, seed := range []string{"%PDF-1.7\n%%EOF", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00", "\xff\xd8\xff\xe0\x00\x10JFIF\x00", ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		scan, err := readScan(content)
		if err == nil && (scan.Extension() == "" || !bytes.Equal(scan.Content, content)) {
			t.Errorf("%q was taken as %q", content, scan.MediaType)
		}
	})
}
