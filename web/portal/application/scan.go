package application

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Scan is a picture of the paper that a person signed by hand, as it arrived. The zero value stands for none.
type Scan struct {
	MediaType string // one of ScanTypes
	Content   []byte // of 1 to MaxScan bytes
}

// MaxScan is the largest scan, in bytes: a page in colour at 300 dots an inch has about one megabyte.
const MaxScan = 5 << 20

// ScanTypes are the media types of scans.
var ScanTypes = []string{"application/pdf", "image/jpeg", "image/png"}

// Extension is the one of a scan's file.
func (s Scan) Extension() string {
	return map[string]string{"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}[s.MediaType]
}

// scanMark stands in an approval's basis between the code on the paper and the scan's SHA-256 in lower-case hex, by which the chain of
// evidence covers the scan.
const scanMark = "/sha256:"

// PaperBasis is what an approval on paper rests on: the code on it and, where there is one, its scan.
func PaperBasis(code string, s Scan) string {
	if len(s.Content) == 0 {
		return code
	}
	return code + scanMark + s.digest()
}

func (s Scan) digest() string {
	digest := sha256.Sum256(s.Content)
	return hex.EncodeToString(digest[:])
}

// PaperOf takes the basis of an approval on paper apart. digest is the scan's SHA-256 in lower-case hex, empty where no scan was kept.
func PaperOf(basis string) (code, digest string) {
	code, digest, _ = strings.Cut(basis, scanMark)
	return code, digest
}
