package formats_test

import (
	"os"
	"path"
	"path/filepath"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
)

// dssRecords are the time stamps of evidence records in files of EU DSS: how many are of the file, and how many of something else.
var dssRecords = map[string]struct {
	fit, other int
	content    string // detached
	otherwise  string // why DSS has it otherwise
}{
	"CAdEs-BpT+ER-without-reducedHashTree.p7m":      {fit: 1},
	"C-B-B-wrong-er-attribute.p7m":                  {other: 1}, // external, and the content is not in its group
	"C-E-ERS.p7m":                                   {fit: 1},
	"C-E-ERS-basic.p7m":                             {fit: 1},
	"C-E-ERS-basic-invalid-sig.p7m":                 {fit: 1, otherwise: "a list of one hash is hashed, as RFC 4998, 4.3, says of any"},
	"C-E-ERS_renewed_hashtree.p7m":                  {fit: 3},
	"C-E-ERS_renewed_hashtree_invalid.p7m":          {fit: 2, other: 1},
	"C-E-ERS-parallel-ers.p7m":                      {fit: 2},
	"C-E-ERS-two-er.p7m":                            {fit: 2},
	"C-E-ERS-two-er-mixed.p7m":                      {fit: 1, other: 1},
	"C-E-ERS-detached.p7s":                          {fit: 1, content: "Hello World!"},
	"C-E-ERS-detached-invalid.p7s":                  {other: 1, content: "Hello World!"},
	"C-E-ERS-detached-original-not-covered.p7s":     {other: 1, content: "Hello World!"},
	"C-E-ERS-detached_renewed_hashtree.p7s":         {fit: 3, content: "Hello World!"},
	"C-E-ERS-detached_renewed_hashtree_invalid.p7s": {fit: 2, other: 1, content: "Hello World!"},
	"C-E-ERS-detached-ber.p7s":                      {fit: 1, content: "TestDataLogo.png"},
	"Double-C-E-ERS.p7m":                            {fit: 2},
	"Double-C-E-ERS-basic.p7m":                      {fit: 2},
}

// TestDSSRecords judges the evidence records in EU DSS's files of CAdES, without any anchor.
func TestDSSRecords(t *testing.T) {
	tally := pkitest.NewTally(t, "DSS evidence records", "validation")
	folder := filepath.Join(pkitest.DSSFolder(t, "dss-cades"), "src/test/resources/validation/evidence-record")
	names, err := filepath.Glob(filepath.Join(folder, "*.p7?"))
	if err != nil {
		t.Fatal(err)
	}
	judged := 0
	for _, name := range names {
		want, isKnown := dssRecords[path.Base(name)]
		if !isKnown {
			continue
		}
		judged++
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var documents []formats.Document
		if want.content != "" {
			document, err := os.ReadFile(filepath.Join(folder, want.content))
			if err != nil { // the test in Java makes it
				document = []byte(want.content)
			}
			documents = append(documents, formats.Document{Content: content(document)})
		}
		signatures, err := formats.Read(content(data), documents...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		report := validation.Validate(validation.Input{Signatures: signatures, Policy: validation.DefaultPolicy(), Moment: time.Date(2026, 4, 15, 0, 0, 0, 0, time.UTC)})
		fit, other := 0, 0
		for _, s := range report.Signatures {
			for _, stamp := range s.TimeStamps {
				switch {
				case stamp.Name != "evidence-record":
				case stamp.SubIndication == validation.NoCertificateChainFound:
					fit++
				case stamp.SubIndication == validation.HashFailure:
					other++
				default:
					t.Errorf("%s: %s %+v", name, stamp.SubIndication, stamp.Reasons)
				}
			}
			if len(s.Notes) > 0 {
				t.Errorf("%s: %+v", name, s.Notes)
			}
		}
		if fit != want.fit || other != want.other {
			t.Errorf("%s: %d time stamps of the file, and %d of something else", name, fit, other)
		}
		tally.Judged(want.otherwise)
	}
	if judged != len(dssRecords) {
		t.Errorf("%d files of %d", judged, len(dssRecords))
	}
}
