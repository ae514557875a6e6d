package formats_test

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
)

// dssOtherwise are files that we judge in another way than EU DSS, and why.
var dssOtherwise = map[string]string{
	"cms-wrong-sign-cert-ref.p7m":          "DSS means its time stamp, which proves nothing here either",
	"cades-broken-sig-tst-and-ats-v3.cms":  "the signature value does not verify, as openssl says too",
	"cades-double-signing-certificate.p7m": "two signing-certificate attributes: RFC 5035, 5.4, allows one",
}

// dssUnknown are the reasons for which it cannot be told of a valid signature whether it is intact: the test in Java makes its content or
// has its certificate, or its hash is SHA3-224, or not the same in all places.
var dssUnknown = []validation.ReasonCode{validation.ReasonContentMissing, validation.ReasonNoSigner, validation.ReasonAlgorithm}

// TestDSS judges the files of EU DSS's tests of CAdES, without any anchor, by four rules: what is invalid there is never called
// intact, and never TOTAL-PASSED; what is valid there is intact, or it is said why that cannot be told; the level is the same; a time stamp
// that is of something else there is so here, and no other.
func TestDSS(t *testing.T) {
	tests, file := pkitest.DSS(t, "cades.json")
	content := func(name string) formats.Content {
		data := file(name)
		return formats.Content{Reader: bytes.NewReader(data), Size: int64(len(data))}
	}
	counts, tally := map[string]int{}, pkitest.NewTally(t, "DSS CAdES", "validation")
	for _, test := range tests {
		for _, name := range test.Files {
			if strings.HasPrefix(name, "?") { // made by the test in Java
				continue
			}
			var documents []formats.Document
			if len(test.Detached) == 1 && !strings.HasPrefix(test.Detached[0], "(") {
				documents = []formats.Document{{Content: content(test.Detached[0])}}
			}
			signatures, err := formats.Read(content(name), documents...)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			report := validation.Validate(validation.Input{
				Signatures: signatures, Policy: validation.DefaultPolicy(), Moment: time.Date(2026, 4, 15, 0, 0, 0, 0, time.UTC),
			})
			counts["files "+test.Verdict]++
			_, otherwise := dssOtherwise[path.Base(name)]
			allIntact := true
			for _, s := range report.Signatures {
				allIntact = allIntact && s.Intact
				if s.Indication == validation.Passed {
					t.Errorf("%s: passed without an anchor", name)
				}
				if test.Verdict == "b-valid" {
					counts[describe(s)]++
					tallySignature(tally, s)
					if !s.Intact && !slices.Contains(dssUnknown, s.Reasons[0].Code) && !otherwise {
						t.Errorf("%s is valid: %s %s, %+v", name, s.Indication, s.SubIndication, s.Reasons)
					}
				}
			}
			if test.Verdict == "b-invalid" {
				tally.Judged("")
			}
			if test.Verdict == "b-invalid" && allIntact && !otherwise {
				t.Errorf("%s is invalid, and called intact", name)
			}
			checkLevels(t, name, test.Levels, report)
			checkStamps(t, name, test, report, counts)
		}
	}
	for what, n := range counts {
		t.Logf("%4d %s", n, what)
	}
}

// tallySignature counts a signature that is valid in its suite.
func tallySignature(tally *pkitest.Tally, s *validation.SignatureReport) {
	if s.Intact {
		tally.Judged("")
		return
	}
	tally.Judged(string(s.SubIndication) + " " + string(s.Reasons[0].Code))
}

// describe says whether a signature is intact, or the reason why that was not told.
func describe(s *validation.SignatureReport) string {
	if s.Intact {
		return "signatures intact"
	}
	return "signatures: " + string(s.Indication) + " " + string(s.SubIndication) + " " + string(s.Reasons[0].Code)
}

// checkStamps compares imprints and hash indexes.
func checkStamps(t *testing.T, name string, test pkitest.DSSTest, report *validation.Report, counts map[string]int) {
	t.Helper()
	others, partial := 0, 0
	for _, s := range report.Signatures {
		for _, stamp := range s.TimeStamps {
			switch {
			case stamp.Name == "evidence-record": // TestDSSRecords judges it
			case stamp.SubIndication == validation.HashFailure:
				others++
			case stamp.SubIndication == validation.SigConstraintsFailure || stamp.SubIndication == validation.SignedDataNotFound:
				partial++
			case stamp.SubIndication == validation.NoCertificateChainFound:
				counts["time stamps that fit: "+stamp.Name]++
			}
		}
	}
	intact, said := test.Flags["tst_imprint_intact"]
	if isIntact := test.Default.TimestampsValid && !said || intact == true; isIntact && others > 0 {
		t.Errorf("%s: %d time stamps of something else", name, others)
	}
	ofRecord := strings.Contains(name, "/evidence-record/") // there DSS means that of the record
	if said && intact != true && others+partial == 0 && !ofRecord {
		t.Errorf("%s: no time stamp of something else", name)
	}
	if valid, said := test.Flags["ats_hash_index_valid"]; said && valid == false && partial == 0 {
		t.Errorf("%s: no hash index that is wrong", name)
	}
}

func checkLevels(t *testing.T, name string, levels []string, report *validation.Report) {
	t.Helper()
	var found []string
	var collect func([]*validation.SignatureReport)
	collect = func(all []*validation.SignatureReport) {
		for _, s := range all {
			found = append(found, "CAdES_BASELINE_"+s.Level, "CAdES_"+s.Form)
			// DSS asks for a time stamp over the references before it names a form XL or A; the Turkish guide has none there, and calls its
			// signatures ES-XL.
			isReferences := func(t *validation.TimeStampReport) bool { return t.Kind == validation.ReferencesStamp }
			if (s.Form == "XL" || s.Form == "A") && !slices.ContainsFunc(s.TimeStamps, isReferences) {
				found = append(found, "CAdES_C")
			}
			if s.Level == "" && s.Form == "" {
				found = append(found, "CMS_NOT_ETSI")
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
