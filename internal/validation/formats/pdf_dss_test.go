package formats_test

import (
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
)

// dssPDFOtherwise are valid files, in EU DSS's words, of which a signature is not intact here, and why.
var dssPDFOtherwise = map[string]string{
	"AD-RB.pdf":                            "PBAD.PAdES of Brazil; signed attributes in another order than that of DER",
	"DSS-2155.pdf":                         "Contents has bytes after the CMS",
	"pdf-removed-pages.pdf":                "Contents has bytes after the CMS",
	"Signature-P-SK-1 (HASH_FAILURE).pdf":  "signed attributes in another order than that of DER; a dictionary has a key twice",
	"Signature-P-SK-6.pdf":                 "a time stamp whose Type is Sig",
	"pades-tst-with-sig-type.pdf":          "a time stamp whose Type is Sig",
	"pades_with_orphan_ocsp_cert_refs.pdf": "a time stamp whose Type is Sig",
	"pades-enveloping-cms.pdf":             "the CMS has content of its own",
	"pades-spoofing-replaced-reason.pdf":   "ByteRange leaves out another place than Contents",
	"pdf-spoofing-attack.pdf":              "ByteRange leaves out another place than Contents",
	"pdf-double-signer-info.pdf":           "two signers in one dictionary",
	"pkcs7-no-message-digest.pdf":          "no signed attributes",
	"pkcs7_sha1.pdf":                       "adbe.pkcs7.sha1",
}

// dssPDFRefused are files that are refused as a whole, valid ones among them.
var dssPDFRefused = map[string]fault.Code{
	"encrypted.pdf":            fault.PDFEncrypted,
	"hide.pdf":                 fault.PDFMalformed, // an attack: cross references that lead to another object
	"pdf-signed-corrupted.pdf": fault.PDFMalformed,
	"siwa.pdf":                 fault.PDFMalformed, // objects beyond Size
	"pades-5-signatures-and-1-document-timestamp.pdf": fault.PDFMalformed, // Prev leads to the beginning of the file
	"sample.pdf":             fault.PDFUnsigned, // the test in Java signs it
	"timestamped-fields.pdf": fault.PDFOnlyStamped,
}

// dssPDFLevels are levels that DSS finds and we do not, and why.
var dssPDFLevels = map[string]string{
	"DSS-2821.pdf": "LT and T are of the test that extends it", "doc-firmado-T.pdf": "as above",
	"test-with-vri.pdf": "as above", "pdf-with-vri-timestamp.pdf": "as above",
	"doc-firmado.pdf":               "DSS asks whether the validation data is of this signature; here a level says what there is",
	"pades-t-duplicated-doctst.pdf": "DSS asks whether the second time stamp is of this file; here a level says what there is",
	"pades-not-epes.pdf":            "DSS names no EPES a signature whose policy is without a digest",
}

// TestDSSPAdES judges the files of EU DSS's tests of PAdES by the rules of TestDSS. What is refused as a whole is so by its name.
func TestDSSPAdES(t *testing.T) {
	tests, file := pkitest.DSS(t, "pades.json")
	counts, tally := map[string]int{}, pkitest.NewTally(t, "DSS PAdES", "validation")
	for _, test := range tests {
		for _, name := range test.Files {
			if strings.HasPrefix(name, "?") { // made by the test in Java
				continue
			}
			base := path.Base(name)
			signatures, err := formats.Read(content(file(name)))
			if code := fault.CodeOf(err); err != nil || dssPDFRefused[base] != "" {
				counts["files "+test.Verdict+" refused: "+string(code)]++
				tally.Judged("refused: " + string(code))
				if err == nil || code != dssPDFRefused[base] {
					t.Errorf("%s (%s): %v", base, test.Verdict, err)
				}
				continue
			}
			report := validation.Validate(validation.Input{
				Signatures: signatures, Policy: validation.DefaultPolicy(), Moment: time.Date(2026, 4, 15, 0, 0, 0, 0, time.UTC),
			})
			counts["files "+test.Verdict]++
			allIntact := true
			for _, s := range report.Signatures {
				allIntact = allIntact && s.Intact
				counts["later: "+string(s.Covers.Later)]++
				if s.Indication == validation.Passed {
					t.Errorf("%s: passed without an anchor", base)
				}
				if test.Verdict == "b-valid" {
					counts[describe(s)]++
					tallySignature(tally, s)
					if !s.Intact && dssPDFOtherwise[base] == "" && !slices.Contains(dssUnknown, s.Reasons[0].Code) {
						t.Errorf("%s is valid: %s %s, %+v", base, s.Indication, s.SubIndication, s.Reasons)
					}
				}
			}
			if test.Verdict == "b-invalid" {
				tally.Judged("")
			}
			if test.Verdict == "b-invalid" && allIntact {
				t.Errorf("%s is invalid, and called intact", base)
			}
			checkPDFLevels(t, base, test.Levels, report)
			checkStamps(t, name, test, report, counts)
		}
	}
	for what, n := range counts {
		t.Logf("%4d %s", n, what)
	}
}

func checkPDFLevels(t *testing.T, name string, levels []string, report *validation.Report) {
	t.Helper()
	var found []string
	for _, s := range report.Signatures {
		found = append(found, "PAdES_BASELINE_"+s.Level, "PAdES_"+s.Form)
		if s.Level == "" && (s.Form == "" || s.Form == "LTV") { // of any CMS
			found = append(found, "PDF_NOT_ETSI", "PKCS7_T", "PKCS7_LT")
		}
	}
	for _, level := range levels {
		if !slices.Contains(found, level) && dssPDFLevels[name] == "" {
			t.Errorf("%s is %v: found %v", name, levels, found)
		}
	}
}
