package xades_test

import (
	"bytes"
	"path"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/xades"
)

// TestDSS judges the files of EU DSS's tests of XAdES. None that is invalid there is accepted. One that is valid there is verified,
// or refused for a form or algorithm that is not supported; none is said not to verify, but where files that it covers are made by
// DSS's test and not at hand.
func TestDSS(t *testing.T) {
	tests, file := pkitest.DSS(t, "xades.json")
	holding, tally := 0, pkitest.NewTally(t, "DSS XAdES", "xades")
	for _, test := range tests {
		var documents []ades.Document
		for _, name := range test.Detached {
			if !strings.HasPrefix(name, "(") {
				documents = append(documents, ades.NewDocument(path.Base(name), "", file(name)))
			}
		}
		for _, name := range test.Files {
			if strings.HasPrefix(name, "?") { // made by the test in Java
				continue
			}
			signed := file(name)
			signatures, err := xades.Parse(bytes.NewReader(signed), int64(len(signed)))
			if err != nil && (fault.CodeOf(err) == fault.Internal || fault.CodeOf(err) == fault.SignatureInvalid) {
				t.Errorf("%s: %v", name, err)
			}
			if err != nil {
				tally.Judged("refused: " + string(fault.CodeOf(err)))
			}
			for _, s := range signatures {
				var err error
				switch files := s.Files(); {
				case len(files) > 0 && len(documents) == 0:
					tally.Judged("content not at hand")
					continue
				case len(files) == 1 && len(documents) == 1: // the test may call it otherwise
					document := documents[0]
					document.Name = files[0]
					err = s.Verify([]ades.Document{document})
				case len(files) > 0:
					err = s.Verify(documents)
				default:
					err = s.Verify(nil)
				}
				if err == nil && test.Verdict == "b-invalid" || err != nil && test.Verdict == "b-valid" {
					t.Errorf("%s is %s: %v", name, test.Verdict, err)
				}
				tally.Judged("")
				if err == nil {
					holding++
				}
			}
		}
	}
	if holding < 50 {
		t.Errorf("only %d signatures hold", holding)
	}
}
