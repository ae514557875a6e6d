package formats_test

import (
	"bytes"
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

// dssXMLOtherwise are files that we judge in another way than EU DSS, and why.
var dssXMLOtherwise = map[string]string{
	"XSW-enveloped-fake-content.xml":               "what it is over stands in a signature, which enveloped-signature leaves out",
	"xades-sign-cert-v2-wrong-digest.xml":          "its SigningCertificateV2 is no base64",
	"Signature-X-CZ_ICZ-1.xml":                     "its IndividualDataObjectsTimeStamp names no reference: not judged here, of something else there",
	"xades-enveloped-arcTst132.xml":                "an ArchiveTimeStamp of 1.3.2 has no place in a baseline signature (EN 319 132-1, table 2)",
	"xades-enveloped-arcTst132-no-objects.xml":     "likewise",
	"xades-enveloping-arcTst132.xml":               "likewise",
	"xades-enveloping-arcTst132-add-object.xml":    "likewise",
	"xades-extended-epes-sigPolStore-noDigest.xml": "it names a policy, without a digest: EPES here, BES there",
	"xades-invalid-mime-type.xml":                  "the characters of a MIME type are not compared",
	"Signature-X-AT-1.xml":                         "its Reference of the type SignedProperties is to the Object around them: not signed, by our rule",
}

// dssXMLUnknown are the reasons for which it cannot be told of a valid signature whether it is intact: the test in Java makes its content or
// has its certificate, or spoils the reference to it; its curve is no curve of Go's; or an XPath expression is not known.
var dssXMLUnknown = []validation.ReasonCode{
	validation.ReasonContentMissing, validation.ReasonNoSigner, validation.ReasonSignerOther, validation.ReasonAlgorithm, validation.ReasonUnsupported,
}

// TestDSSXML judges the files of EU DSS's tests of XAdES by the rules of TestDSS.
func TestDSSXML(t *testing.T) {
	tests, file := pkitest.DSS(t, "xades.json")
	content := func(name string) formats.Content {
		data := file(name)
		return formats.Content{Reader: bytes.NewReader(data), Size: int64(len(data))}
	}
	counts, tally := map[string]int{}, pkitest.NewTally(t, "DSS XAdES", "validation")
	for _, test := range tests {
		for _, name := range test.Files {
			if strings.HasPrefix(name, "?") { // made by the test in Java
				continue
			}
			var documents []formats.Document
			for _, detached := range test.Detached {
				if !strings.HasPrefix(detached, "(") {
					documents = append(documents, formats.Document{Name: path.Base(detached), Content: content(detached)})
				}
			}
			signatures, err := formats.Read(content(name), documents...)
			if err != nil {
				if code := fault.CodeOf(err); code != fault.SignatureMalformed && code != fault.Unsupported {
					t.Errorf("%s: %v", name, err)
				}
				counts["files "+test.Verdict+" refused: "+err.Error()]++
				tally.Judged("refused: " + string(fault.CodeOf(err)))
				continue
			}
			report := validation.Validate(validation.Input{
				Signatures: signatures, Policy: validation.DefaultPolicy(), Moment: time.Date(2026, 4, 15, 0, 0, 0, 0, time.UTC),
			})
			counts["files "+test.Verdict]++
			_, otherwise := dssXMLOtherwise[path.Base(name)]
			allIntact := true
			for _, s := range withCounters(report.Signatures) {
				allIntact = allIntact && s.Intact
				if s.Indication == validation.Passed {
					t.Errorf("%s: passed without an anchor", name)
				}
				if test.Verdict == "b-valid" {
					counts[describe(s)]++
					tallySignature(tally, s)
					if !s.Intact && !slices.Contains(dssXMLUnknown, s.Reasons[0].Code) && !otherwise {
						t.Errorf("%s is valid: %s %s, %+v", name, s.Indication, s.SubIndication, s.Reasons)
					}
				}
			}
			if test.Verdict == "b-invalid" {
				tally.Judged("")
			}
			if test.Verdict == "b-invalid" && allIntact && !otherwise {
				t.Errorf("%s is invalid, and called intact %v", name, test.Flags)
			}
			if !otherwise {
				checkXMLLevels(t, name, test.Levels, report)
				checkStamps(t, name, test, report, counts)
			}
		}
	}
	for what, n := range counts {
		t.Logf("%4d %s", n, what)
	}
}

func checkXMLLevels(t *testing.T, name string, levels []string, report *validation.Report) {
	t.Helper()
	var found []string
	var collect func([]*validation.SignatureReport)
	collect = func(all []*validation.SignatureReport) {
		for _, s := range all {
			found = append(found, "XAdES_BASELINE_"+s.Level, "XAdES_"+s.Form)
			if s.Level == "" && s.Form == "" {
				found = append(found, "XML_NOT_ETSI")
			}
			if s.Form == "T" { // DSS has a form LT, for which EN 319 132-2 has no word
				found = append(found, "XAdES_LT")
			}
			if slices.ContainsFunc(s.Notes, func(r validation.Reason) bool { return r.Subject == "evidence-record" }) {
				found = append(found, "XAdES_ERS")
			}
			collect(s.CounterSignatures)
		}
	}
	collect(report.Signatures)
	for _, level := range levels {
		if !slices.Contains(found, level) {
			t.Errorf("%s is %v: found %v", name, levels, found)
		}
	}
}

// withCounters are signatures and their counter-signatures.
func withCounters(signatures []*validation.SignatureReport) (all []*validation.SignatureReport) {
	for _, s := range signatures {
		all = append(append(all, s), withCounters(s.CounterSignatures)...)
	}
	return all
}
