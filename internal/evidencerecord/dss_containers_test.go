package evidencerecord_test

import (
	"archive/zip"
	"io"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/evidencerecord"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/timestamp"
)

// dssOther are containers whose record is not of the files that they say, and why.
var dssOther = map[string]string{
	"er-asn1-incorrect-hash.asice":                   "invalid there",
	"er-asn1-no-hashtree-multiple-files-invalid.scs": "invalid there",
	"er-asn1-no-hashtree-wrong-manifest-file.sce":    "invalid there",
	"er-asn1-no-hashtree-no-manifest.sce":            "without its manifest it does not say which of three files it is of",
}

var reference = regexp.MustCompile(`DataObjectReference[^>]* URI="([^"]*)"`)

// TestDSSContainers has the records of containers of EU DSS that have no signatures: each is of the files that its manifest lists, or of
// the only file.
func TestDSSContainers(t *testing.T) {
	fit, other := 0, 0
	for _, folder := range []string{"dss-asic-cades", "dss-asic-xades"} {
		names, err := filepath.Glob(filepath.Join(pkitest.DSSFolder(t, folder), "src/test/resources/validation/evidencerecord/*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			files := unpack(t, name)
			record, listed := "", []string{}
			for file, data := range files {
				switch {
				case strings.HasSuffix(file, ".ers"):
					record = data
				case strings.Contains(file, "ASiCEvidenceRecordManifest"):
					for _, found := range reference.FindAllStringSubmatch(data, -1) {
						listed = append(listed, found[1])
					}
				}
			}
			if record == "" {
				continue
			}
			if len(listed) == 0 {
				for file := range files {
					if !strings.HasPrefix(file, "META-INF/") && file != "mimetype" {
						listed = append(listed, file)
					}
				}
			}
			var documents []evidencerecord.Object
			for _, file := range listed {
				documents = append(documents, document(files[file]))
			}
			r, err := evidencerecord.Parse([]byte(record))
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			isGood := allFit(r, documents)
			if isGood {
				fit++
			} else {
				other++
			}
			if isGood != (dssOther[path.Base(name)] == "") {
				t.Errorf("%s %s: of its files: %t", path.Base(name), listed, isGood)
			}
		}
	}
	t.Logf("%d records are of their files, and %d are not", fit, other)
}

// allFit reports whether all time stamps are over documents.
func allFit(r *evidencerecord.Record, documents []evidencerecord.Object) bool {
	for i, chain := range r.Chains {
		for j, s := range chain.TimeStamps {
			token, err := timestamp.Parse(s.Token)
			if err != nil {
				return false
			}
			if !isOver(r, i, j, token, documents...) {
				return false
			}
		}
	}
	return true
}

func isOver(r *evidencerecord.Record, chain, stamp int, token *timestamp.Token, documents ...evidencerecord.Object) bool {
	imprints, err := r.Imprints(chain, stamp, token.Hash, documents...)
	for _, imprint := range imprints {
		if err == nil && token.Covers(token.Hash, imprint) {
			return true
		}
	}
	return false
}

// unpack returns the files of a ZIP; none where it is something else.
func unpack(t *testing.T, name string) map[string]string {
	t.Helper()
	files := map[string]string{}
	archive, err := zip.OpenReader(name)
	if err != nil {
		return files
	}
	defer archive.Close()
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(data)
	}
	return files
}
