package pkitest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// DSSTest is one of EU DSS's own tests of its validation.
type DSSTest struct {
	Verdict string // "b-valid", "b-invalid", "mixed" …
	// Files and Detached are signatures and the content they are of, by their paths in a checkout of DSS.
	Files, Detached []string
	// Levels are those that DSS finds, "CAdES_BASELINE_T", in no order; none where the test does not say.
	Levels []string
	// Default is what the test expects of everything, unless Flags say otherwise ("tst_imprint_intact": true, false or "mixed").
	Default struct {
		TimestampsValid bool `json:"timestamps_valid"`
	}
	Flags map[string]any
}

// DSS returns the tests of one manifest of the suite dss-manifest, and a function that returns a file that they name. The files
// are not in the suite. Where the environment variable SUITES names no folder that has them in dss/ the test is skipped.
func DSS(t testing.TB, manifest string) (tests []DSSTest, file func(name string) []byte) {
	t.Helper()
	folder := Suite(t, "dss-manifest")
	root := DSSFolder(t, "")
	data, err := os.ReadFile(filepath.Join(folder, manifest))
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Tests []DSSTest
		Files map[string]struct{ SHA256 string }
	}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all.Tests, func(name string) []byte {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		// Of content that is detached the manifest has the name alone.
		if sum := sha256.Sum256(data); all.Files[name].SHA256 != "" && hex.EncodeToString(sum[:]) != all.Files[name].SHA256 {
			t.Fatalf("%s is another file than in the manifest", name)
		}
		return data
	}
}

// DSSFolder returns the path of a folder of EU DSS. Where the environment variable SUITES names no folder that has a checkout in dss/ the
// test is skipped.
func DSSFolder(t testing.TB, name string) string {
	t.Helper()
	folder := filepath.Join(os.Getenv("SUITES"), "dss", name)
	if _, err := os.Stat(folder); os.Getenv("SUITES") == "" || err != nil {
		t.Skip("the environment variable SUITES names no folder with a checkout of EU DSS in dss/")
	}
	return folder
}
