package screen

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
)

// TestWay: the institution comes before the site, the site before the build, and a site leads to itself alone.
func TestWay(t *testing.T) {
	const origin, site = "https://site.example", "https://site.example/yardim"
	build, policy := "https://online.example.tr/kurulum", "https://kurum.example/eonay"
	for name, tt := range map[string]struct {
		parts Parts
		site  string
		want  Install
	}{
		"all":                       {Parts{Build: build, Policy: policy}, site, Install{policy, "kurum.example", FromPolicy}},
		"site and build":            {Parts{Build: build}, site, Install{site, "site.example", FromSite}},
		"build":                     {Parts{Build: build}, "", Install{build, "online.example.tr", FromBuild}},
		"nothing":                   {Parts{}, "", Install{}},
		"another site":              {Parts{Build: build}, "https://online.example.tr.evil.example/", Install{build, "online.example.tr", FromBuild}},
		"a policy that is no page":  {Parts{Policy: "http://kurum.example/"}, site, Install{site, "site.example", FromSite}},
		"a build that is no page":   {Parts{Build: "javascript:alert(1)"}, "", Install{}},
		"a site's script":           {Parts{}, "javascript:alert(1)", Install{}},
		"a site that is not plain":  {Parts{}, site + "\u202e", Install{}},
		"a site's host as its path": {Parts{}, "https://evil.example/https://site.example/", Install{}},
	} {
		if got := tt.parts.Way(tt.site, origin); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}

// TestSandbox: on Linux a program that is not found may be one that the browser does not reach; elsewhere there is no such thing.
func TestSandbox(t *testing.T) {
	s := Sentences{Language: message.English}
	for _, tt := range []struct {
		linux   bool
		problem fault.Code
		want    bool
	}{{true, fault.HostMissing, true}, {false, fault.HostMissing, false}, {true, fault.HostOutdated, false}, {true, "", false}} {
		if got := (Parts{Linux: tt.linux}).Sandbox(s, tt.problem); strings.Contains(got, "Snap or Flatpak") != tt.want {
			t.Errorf("%+v: %q", tt, got)
		}
	}
}

// TestVersions names the older part; where both are of one version, nothing is said.
func TestVersions(t *testing.T) {
	s := Sentences{Language: message.English}
	for _, tt := range []struct{ host, extension, want string }{
		{"1.0.0", "1.0.0", ""}, {"1.0", "1.0.0", ""}, {"", "1.0.0", ""}, {"1.0.0", "", ""},
		{"1.2.0", "1.10.0", "program up to date"}, {"1.10.0", "1.9.9", "extension up to date"},
		{"2.0.0-rc1", "2.0.0", ""}, {"x", "0.0.1", "program up to date"}, {"99999999999999999999", "1", "extension up to date"},
	} {
		got := Parts{Extension: tt.extension}.Versions(s, tt.host)
		if (got != "") != (tt.want != "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s and %s: %q", tt.host, tt.extension, got)
		}
		if got != "" && (!strings.Contains(got, tt.extension) || !strings.Contains(got, tt.host)) {
			t.Errorf("%s and %s: %q names not both", tt.host, tt.extension, got)
		}
	}
}
