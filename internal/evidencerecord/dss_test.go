package evidencerecord

import (
	"crypto"
	"os"
	"path"
	"path/filepath"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/timestamp"
)

// dssDocuments are the documents of EU DSS's records that are there as files.
var dssDocuments = map[string]string{
	"BIN-1_ER.ers": "BIN-1.bin", "BIN-2_ER.ers": "BIN-2.bin", "BIN-3_ER.ers": "BIN-3.bin", "BIN-4_ER.ers": "BIN-4.bin",
	"ER-2Chains3ATS.ers": "ER-2Chains3ATS1.bin",
}

// dssInvalid are the records that EU DSS judges invalid: one of their time stamps covers other data.
var dssInvalid = []string{"er-asn1-tst-renewal-invalid.ers", "er-asn1-simple-invalid.ers"}

// TestDSS computes the imprints of the records of EU DSS's tests. Where the document is not there as a file the first chain is judged for the
// hashes that it has itself, and the tree of later chains, which needs the document, is not.
func TestDSS(t *testing.T) {
	folder := filepath.Join(pkitest.DSSFolder(t, "dss-evidence-record-asn1"), "src/test/resources")
	names, err := filepath.Glob(filepath.Join(folder, "*.er*"))
	if err != nil || len(names) == 0 {
		t.Fatal("no records: ", err)
	}
	read := func(name string) []byte {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	fit, other, unknown := 0, 0, 0
	for _, name := range names {
		base := path.Base(name)
		r, err := Parse(read(name))
		if isMalformed := base == "BIN-1_ER_malformed.ers"; isMalformed != (err != nil) {
			t.Errorf("%s: %v", base, err)
		}
		if err != nil {
			continue
		}
		allFit := true
		for i, chain := range r.Chains {
			for j, s := range chain.TimeStamps {
				object := func(by crypto.Hash) ([][]byte, error) { return s.tree[0][:1], nil }
				if document := dssDocuments[base]; document != "" {
					object = func(by crypto.Hash) ([][]byte, error) {
						return [][]byte{sum(by, read(filepath.Join(folder, document)))}, nil
					}
				} else if j == 0 && (i > 0 || s.tree == nil) {
					unknown++
					continue
				}
				token, err := timestamp.Parse(s.Token)
				if err != nil {
					t.Fatalf("%s: %v", base, err)
				}
				imprints, err := r.Imprints(i, j, token.Hash, object)
				if err != nil {
					t.Errorf("%s, %d, %d: %v", base, i, j, err)
				}
				if slices.ContainsFunc(imprints, func(imprint []byte) bool { return token.Covers(token.Hash, imprint) }) {
					fit++
				} else {
					allFit = false
					other++
				}
			}
		}
		if allFit == slices.Contains(dssInvalid, base) {
			t.Errorf("%s: all time stamps fit: %t", base, allFit)
		}
	}
	t.Logf("of %d records %d time stamps fit, %d do not, and %d are of documents that are not there", len(names), fit, other, unknown)
}
