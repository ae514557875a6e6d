package eonay_test

import (
	"encoding/json"
	"os"
	"regexp"
	"testing"

	eonay "github.com/e-onay/e-onay"
)

// TestVersion checks that VERSION is what browsers, npm and packages of Linux take alike, and that the page library has
// the same. Host, portal and the extension's manifest are built with it: their own tests see to that.
func TestVersion(t *testing.T) {
	if !regexp.MustCompile(`^(0|[1-9]\d{0,4})(\.(0|[1-9]\d{0,4})){2}$`).MatchString(eonay.Version) {
		t.Errorf("VERSION is %q, want three numbers such as 1.20.3", eonay.Version)
	}
	data, err := os.ReadFile("web/client/package.json")
	if err != nil {
		t.Fatal(err)
	}
	var library struct{ Version string }
	if err := json.Unmarshal(data, &library); err != nil {
		t.Fatal(err)
	}
	if library.Version != eonay.Version {
		t.Errorf("web/client/package.json has version %q, VERSION %q", library.Version, eonay.Version)
	}
}
