package eonay_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
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

// TestVersionIsStatedOnce checks that what makes packages takes the version from VERSION: a number that somebody has typed is
// wrong one release later.
func TestVersionIsStatedOnce(t *testing.T) {
	stated := regexp.MustCompile(`(?i)\bversion\b[^\n\d]{0,12}(\d+\.\d+\.\d+)\b`)
	looked := 0
	for _, room := range []string{"packaging", "web/client", "extension"} {
		err := filepath.WalkDir(room, func(path string, entry fs.DirEntry, err error) error {
			ofTests := strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".test.js") || strings.Contains(path, "/test")
			if err != nil || entry.IsDir() || ofTests || strings.HasPrefix(filepath.Base(path), "go.") {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			looked++
			for _, m := range stated.FindAllSubmatch(text, -1) {
				if string(m[1]) != eonay.Version {
					t.Errorf("%s states version %s, VERSION is %s", path, m[1], eonay.Version)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if looked < 50 {
		t.Errorf("%d files: this test no longer sees them", looked)
	}
}

// TestCompareVersions compares what file names and other programs say, which may be no version at all.
func TestCompareVersions(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"1.2.3", "1.2.3", 0}, {"1.2.10", "1.2.9", 1}, {"1.2", "1.2.0", 0}, {"1.2", "1.2.1", -1}, {"0.9", "1", -1}, {"1.3-rc", "1.3", 0},
		{"", "0", 0}, {"x", "1", -1}, {"1..1", "1.0.1", 0}, {"99999999999999999999", "999999999", 0},
	} {
		if got, back := eonay.CompareVersions(test.a, test.b), eonay.CompareVersions(test.b, test.a); got != test.want || back != -test.want {
			t.Errorf("%q and %q: %d, %d back, want %d", test.a, test.b, got, back, test.want)
		}
	}
}
