package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// pagesElsewhere are the portal's pages that TestAccessibility does not pass, and the test that inspects them.
var pagesElsewhere = map[string]string{
	"access":          "TestNetworkAccess",
	"pin":             "TestNewPINAccessibility",
	"onetimecode":     "TestNewPINAccessibility",
	"pinact":          "TestNewPINAccessibility",
	"pinresult":       "TestNewPINAccessibility",
	"machines":        "TestNewPINAccessibility",
	"revoke":          "TestNewPINAccessibility",
	"signaturecheck":  "TestSignatureCheck",
	"signaturereport": "TestSignatureCheck",
}

// inspectedAll compares the pages that were inspected with those that the portal has, so that the next one is not forgotten.
func inspectedAll(t *testing.T, inspected map[string]bool, elsewhere map[string]string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(Root(), "web", "portal", "*", "pages", "*.html"))
	if err != nil || len(files) < 50 {
		t.Fatalf("the portal has %d pages: %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".html")
		if _, ok := elsewhere[name]; ok == inspected[name] {
			t.Errorf("%s: inspected: %t, named in pagesElsewhere: %t", name, inspected[name], ok)
		}
	}
}
