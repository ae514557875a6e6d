package pkitest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"crypto/x509"
)

// PKITSCase is a case of NIST's Public Key Interoperability Test Suite, as Go's own source has it.
type PKITSCase struct {
	Name                        string
	CertPath, CRLPath           []string // files; the anchor's certificate first, the end entity's last
	ShouldValidate              bool
	InitialPolicySet            []string
	InitialPolicyMappingInhibit bool
	InitialExplicitPolicy       bool
	InitialAnyPolicyInhibit     bool
}

// Section is the case's section: "4.13".
func (c PKITSCase) Section() string {
	parts := strings.SplitN(c.Name, ".", 3)
	return parts[0] + "." + parts[1]
}

// Number is the case's number, with the part where it has several: "4.8.3 (Subpart 2)".
func (c PKITSCase) Number() string {
	number, rest, _ := strings.Cut(c.Name, " ")
	if i := strings.Index(rest, "(Subpart"); i >= 0 {
		number += " " + rest[i:]
	}
	return number
}

// PKITS returns all cases, and the folder of their certificates.
func PKITS(t testing.TB) (cases []PKITSCase, folder string) {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	folder = filepath.Join(strings.TrimSpace(string(root)), "src/crypto/x509/testdata/nist-pkits")
	data, err := os.ReadFile(filepath.Join(folder, "vectors.json"))
	if err != nil {
		t.Fatalf("%v: install Go with its source", err)
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != 249 {
		t.Fatalf("%d cases of PKITS, want 249", len(cases))
	}
	return cases, filepath.Join(folder, "certs")
}

// Policies is the user-initial-policy-set; empty means any-policy.
func (c PKITSCase) Policies(t testing.TB) (out []x509.OID) {
	t.Helper()
	for _, name := range c.InitialPolicySet {
		if name == "anyPolicy" {
			return nil
		}
		id, err := x509.ParseOID("2.16.840.1.101.3.2.1.48." + strings.TrimPrefix(name, "NIST-test-policy-"))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, id)
	}
	return out
}

// Suite returns the folder of a test suite of others, which lies beside the checkout or one of the folders above it, in
// shared/suites. Nothing of it belongs to the project: where it is not there the test is skipped, and fails in
// `make conformance`, which sets CONFORMANCE.
func Suite(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for parent := filepath.Dir(dir); parent != dir; dir, parent = parent, filepath.Dir(parent) {
		suite := filepath.Join(parent, "shared", "suites", name)
		if _, err := os.Stat(suite); err == nil {
			return suite
		}
	}
	missing := fmt.Sprintf("the suite %s is in no shared/suites beside the checkout", name)
	if os.Getenv("CONFORMANCE") != "" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}
