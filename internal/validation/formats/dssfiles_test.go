package formats_test

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
)

// dssFiles are those of a folder of EU DSS, for which the suite has no manifest. Where the environment variable SUITES names no folder
// that has them in dss/ the test is skipped.
func dssFiles(t *testing.T, folder string) (names []string, file func(string) []byte) {
	t.Helper()
	root := pkitest.DSSFolder(t, filepath.Join(folder, "src/test/resources/validation"))
	for _, pattern := range []string{"*", "dss2620/*"} {
		all, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range all {
			if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
				names = append(names, name)
			}
		}
	}
	return names, func(name string) []byte {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
}

// dssJAdES has what DSS's tests of JAdES say of files that are not good in all: "invalid", "no format" for those that are no
// baseline signature there, and for time stamps "stamp".
var dssJAdES = map[string]string{
	"altered-jws.json": "invalid", "jades-wrong-x5c-header.json": "invalid", "serialization-wrong-payload-type.json": "invalid",
	"jades-unsupported-signature-algorithm.json": "invalid", "simple-detached-wrong-algo.json": "invalid",
	"jades-with-double-sigt.json": "invalid", "malformed-jades-serialization.json": "invalid", "jws-serialization-no-signatures.json": "invalid",
	"jades-with-attached-counter-signature-replace-attack.json": "counter", "jades-with-broken-attached-counter-signature.json": "counter",
	"jades-with-broken-detached-counter-signature.json": "counter",
	"jades-flattened-BpT-broken-sigTst.json":            "stamp", "jades-lta-broken-arcTst.json": "stamp", "jades-lta-copied-arctst.json": "stamp",
	"jades-t-copied-sigtst.json": "stamp", "jades-two-sigs-copied-tst.json": "stamp", "jades-with-sigAndRefsTst-without-dot.json": "stamp",
	"jades-b-iat-and-sigt.json": "no format", "jades-b-no-signing-time.json": "no format", "jades-b-level-with-etsiu-in-crit.json": "no format",
	"jades-with-crit-with-duplicated-header.json": "no format", "jades-with-crit-string-type.json": "no format",
	"jades-with-critical-headers-in-crit.json": "no format", "jades-with-empty-crit.json": "no format",
	"jades-with-extra-crit-entry.json": "no format", "jades-with-notBefore-header-in-crit.json": "no format",
	"jades-with-crit-with-wrong-entry-type.json": "no format",
}

// dssRefused are good files that are refused here, and why.
var dssRefused = map[string]validation.ReasonCode{
	"jades-wrong-etsiu-type.json":                    validation.ReasonMalformed,   // not an array
	"jades-with-mixed-etsiU-type.json":               validation.ReasonMalformed,   // no test there has it
	"jades-with-expiration-time-header-in-crit.json": validation.ReasonUnsupported, // exp is critical
}

// TestDSSJAdES judges the files of EU DSS's tests of JAdES, without any anchor: what is invalid there is not intact here, what is valid is
// intact, or it is said why not; a time stamp of something else is so here, and no other.
func TestDSSJAdES(t *testing.T) {
	names, file := dssFiles(t, "dss-jades")
	counts, tally := map[string]int{}, pkitest.NewTally(t, "DSS JAdES", "validation")
	for _, name := range names {
		if path.Ext(name) != ".json" {
			continue
		}
		verdict := dssJAdES[path.Base(name)]
		signatures, err := formats.Read(content(file(name)))
		if err != nil {
			counts["refused as no JWS"]++
			tally.Judged("")
			if verdict != "invalid" {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		report := validation.Validate(validation.Input{Signatures: signatures, Policy: validation.DefaultPolicy(), Moment: time.Date(2026, 4, 15, 0, 0, 0, 0, time.UTC)})
		hasOtherStamp, countersIntact := false, true
		for _, s := range report.Signatures {
			counts[describe(s)]++
			if verdict == "invalid" {
				tally.Judged("")
			} else {
				tallySignature(tally, s)
			}
			isRefused := dssRefused[path.Base(name)] != ""
			switch {
			case s.Indication == validation.Passed:
				t.Errorf("%s: passed without an anchor", name)
			case s.Intact && verdict == "invalid":
				t.Errorf("%s is invalid, and called intact", name)
			case s.Level != "" && s.Intact && verdict == "no format":
				t.Errorf("%s is no baseline signature, and level %s here", name, s.Level)
			case !s.Intact && verdict != "invalid" && verdict != "no format" && !isRefused && s.SubIndication != validation.SignedDataNotFound:
				t.Errorf("%s is valid: %s %+v", name, s.SubIndication, s.Reasons)
			case isRefused && s.Reasons[0].Code != dssRefused[path.Base(name)]:
				t.Errorf("%s: %+v", name, s.Reasons)
			}
			hasOtherStamp = hasOtherStamp || slices.ContainsFunc(s.TimeStamps, func(t *validation.TimeStampReport) bool { return t.SubIndication == validation.HashFailure })
			countersIntact = countersIntact && !slices.ContainsFunc(s.CounterSignatures, func(c *validation.SignatureReport) bool { return !c.Intact })
		}
		// No test there has jades-t-clear-etsiu.json; its time stamp is of the value of another signature.
		if hasOtherStamp != (verdict == "stamp") && !strings.HasSuffix(name, "jades-t-clear-etsiu.json") {
			t.Errorf("%s: a time stamp of something else: %t", name, hasOtherStamp)
		}
		if countersIntact == (verdict == "counter") {
			t.Errorf("%s: counter-signatures intact: %t", name, countersIntact)
		}
	}
	for what, n := range counts {
		t.Logf("%4d %s", n, what)
	}
}

// dssContainers has what DSS's tests of ASiC and OpenDocument say of files that are not good in all: "invalid" of a signature, and
// "refused" for those that are no container there either, or have no signature.
var dssContainers = map[string]string{
	"brokenReference.asice": "invalid", "brokenReferenceAndAlteredManifest.asice": "invalid", "removedReference.asice": "invalid",
	"removed-doc.asice": "invalid", "removed-doc.asics": "invalid", "emptyCertStore.asice": "invalid", "cades-invalid-digest-algo.asics": "invalid",
	"multifiles-wrong-file.asice": "invalid", "multifiles-wrong-file.asics": "invalid", "onefile-wrong-file.asice": "invalid",
	"onefile-wrong-file.asics": "invalid", "no-signature.asics": "invalid",
	"containerWithCounterSig.asics": "invalid", // openssl says so too; the test there looks at the counter-signature alone
	"malformed-container.asics":     "refused", "malformed-container.asice": "refused", "open-document.odp": "refused", "false-zip-comment.odp": "refused",
}

// dssContainersOtherwise are good files that are refused here, and why.
var dssContainersOtherwise = map[string]string{
	"cp852encoded_signature.asice":        string(fault.ContainerMalformed), // names that are not UTF-8
	"twoSignaturesOneTimeOneSigner.asice": string(fault.ContainerMalformed), // local headers that differ from the directory
	"nonConformantManifest.asice":         string(validation.ReasonContentMissing),
	"tstNoMimeType.asice":                 string(validation.ReasonStampAlone), // and no signature, there too
	"tstWithEmptyCertSource.asice":        string(validation.ReasonStampAlone),
	"dss1421-archive-not-cover.asice":     string(validation.ReasonStampAlone), // beside a signature that is intact
	"detached-counter-signature.asice":    string(validation.ReasonUnsupported),
	"dss-2245-2400.asice":                 string(validation.ReasonContentChanged), // made for the limits of ZIPs, and not valid there
}

// TestDSSContainers judges the files of EU DSS's tests of ASiC and OpenDocument, without any anchor: what is invalid there is not intact
// here, and all others are, or it is said why not.
func TestDSSContainers(t *testing.T) {
	counts, tally := map[string]int{}, pkitest.NewTally(t, "DSS ASiC, OpenDocument", "validation")
	for _, folder := range []string{"dss-asic-cades", "dss-asic-xades"} {
		names, file := dssFiles(t, folder)
		for _, name := range names {
			verdict, otherwise := dssContainers[path.Base(name)], dssContainersOtherwise[path.Base(name)]
			signatures, err := formats.Read(content(file(name)))
			if err != nil {
				counts["refused "+string(fault.CodeOf(err))]++
				tally.Judged("refused: " + string(fault.CodeOf(err)))
				if verdict != "refused" && otherwise != string(fault.CodeOf(err)) {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			report := validation.Validate(validation.Input{Signatures: signatures, Policy: validation.DefaultPolicy(), Moment: time.Date(2026, 4, 15, 0, 0, 0, 0, time.UTC)})
			allIntact := true
			for _, s := range report.Signatures {
				counts[describe(s)]++
				if verdict == "invalid" {
					tally.Judged("")
				} else {
					tallySignature(tally, s)
				}
				allIntact = allIntact && s.Intact
				if s.Indication == validation.Passed {
					t.Errorf("%s: passed without an anchor", name)
				}
				if !s.Intact && verdict == "" && string(s.Reasons[0].Code) != otherwise {
					t.Errorf("%s is valid: %s %+v", name, s.SubIndication, s.Reasons)
				}
			}
			if verdict == "invalid" && allIntact {
				t.Errorf("%s is invalid, and called intact", name)
			}
		}
	}
	for what, n := range counts {
		t.Logf("%4d %s", n, what)
	}
}
