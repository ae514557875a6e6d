package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/service"
)

// TestPageIsCurrent compares the page with what the settings say of themselves today.
func TestPageIsCurrent(t *testing.T) {
	want, err := write("../..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join("../..", File))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the settings say. Run: go generate ./web/settingsdoc", File)
	}
	if goName := regexp.MustCompile(`\b(relyingparty|validation|timestamp|portal|service|signaturecheck)\.[A-Z]\w+`).Find(want); goName != nil {
		t.Errorf("an operator reads of %q", goName)
	}
}

// TestExamplesAreRead has the programs read the examples that the package for operators has.
func TestExamplesAreRead(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	for name, secret := range map[string]string{"client.secret": "0123456789abcdef", "shared.key": "0123456789abcdef0123456789abcdef"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := portal.ReadSettings("../../packaging/operator/portal.json.example")
	if err != nil || s.PUKKeyFile != filepath.Join(dir, "puk.key") {
		t.Errorf("portal: %+v, %v", s, err)
	}
	if _, err := service.ReadSettings("../../packaging/operator/rp.json.example"); err != nil {
		t.Errorf("service: %v", err)
	}
}
