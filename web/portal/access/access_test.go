package access_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/access"
	"github.com/e-onay/e-onay/web/portal/installation"
	"github.com/e-onay/e-onay/web/portal/portaltest"
)

var why = protocol.Sentence{TR: "Sertifikanın durumu (ÇİSDuP)", EN: "Certificate status (OCSP)"}

// change is a portal with addresses from each of the settings.
func change(s *portal.Settings) {
	s.URL = "https://online.example.tr"
	s.Issuer, s.GatewayOrigins = "https://giris.example.tr/oidc", []string{"https://kimlik.example.tr"}
	s.ExtensionLinks = []installation.Link{{Name: "Chrome", URL: "https://chromewebstore.google.com/detail/x"}, {Name: "Edge", URL: "https://chromewebstore.google.com/detail/y"}}
	s.NetworkHosts = []access.Host{{URL: "http://ocsp.example.tr/", Why: why}, {URL: "https://zd.example.tr:8443/", Why: why}}
}

var probes = regexp.MustCompile(`data-probe="([^"]*)"`)

func policy(a portaltest.Answer) string {
	_, connect, _ := strings.Cut(a.Header.Get("Content-Security-Policy"), "connect-src ")
	connect, _, _ = strings.Cut(connect, ";")
	return connect
}

// TestAddressesComeFromTheSettings reads the page and the list for IT, and what the page's script may ask.
func TestAddressesComeFromTheSettings(t *testing.T) {
	s := portaltest.NewSite(t, change)
	page := s.Anybody().Get(access.Path)
	var got []string
	for _, m := range probes.FindAllStringSubmatch(page.Body, -1) {
		got = append(got, m[1])
	}
	want := "https://online.example.tr/static/icon.svg https://giris.example.tr/oidc/.well-known/openid-configuration https://kimlik.example.tr/ https://chromewebstore.google.com/detail/x https://zd.example.tr:8443/"
	if strings.Join(got, " ") != want {
		t.Errorf("the browser asks\n%s, want\n%s", strings.Join(got, " "), want)
	}
	if want := "'self' https://giris.example.tr https://kimlik.example.tr https://chromewebstore.google.com https://zd.example.tr:8443"; policy(page) != want {
		t.Errorf("the page may ask %s, want %s", policy(page), want)
	}
	if !strings.Contains(page.Body, "ocsp.example.tr") || !strings.Contains(page.Body, "80 numaralı") {
		t.Error("the page does not say that http cannot be tested from https")
	}
	list := s.Anybody().Get(access.Path + "/adresler.txt").Body
	for _, line := range []string{"online.example.tr\t443\thttps\tBu site", "ocsp.example.tr\t80\thttp\t" + why.TR, "zd.example.tr\t8443\thttps\t" + why.TR} {
		if !strings.Contains(list, line+"\r\n") {
			t.Errorf("the list lacks %q:\n%s", line, list)
		}
	}
	if strings.Count(list, "\n") != 6 {
		t.Errorf("the list has other lines:\n%s", list)
	}
}

// TestOnlyThisPageAsksOthers looks at the policies of other pages.
func TestOnlyThisPageAsksOthers(t *testing.T) {
	s := portaltest.NewSite(t, change)
	for _, path := range []string{"/", "/giris", "/erisim/adresler.txt", "/erisim/yok", "/yok", "/kurulum", "/static/access.js"} {
		if got := policy(s.Anybody().Get(path)); got != "'self'" {
			t.Errorf("%s may ask %s", path, got)
		}
	}
}

// TestVisitorChoosesNoAddress sends what a visitor could: page and policy stay as they are.
func TestVisitorChoosesNoAddress(t *testing.T) {
	s := portaltest.NewSite(t, change)
	b := s.Anybody()
	want := b.Get(access.Path)
	b.Header.Set("Origin", "https://evil.example")
	b.Header.Set("Forwarded", "host=evil.example")
	b.Header.Set("X-Forwarded-Host", "evil.example")
	got := b.Get(access.Path + "?url=https://evil.example/&host=evil.example")
	if got.Status != http.StatusOK || got.Body != want.Body || policy(got) != policy(want) {
		t.Errorf("a visitor changed the page: %d %s", got.Status, policy(got))
	}
}

func TestCheckHosts(t *testing.T) {
	good := access.Host{URL: "https://ocsp.example.tr/", Why: why}
	if err := access.CheckHosts([]access.Host{good}); err != nil {
		t.Error(err)
	}
	for name, h := range map[string]access.Host{
		"no address":        {URL: "", Why: why},
		"no host":           {URL: "https:///x", Why: why},
		"a person":          {URL: "https://u:p@a.example/", Why: why},
		"a fragment":        {URL: "https://a.example/#x", Why: why},
		"other scheme":      {URL: "javascript:alert(1)", Why: why},
		"file":              {URL: "file:///etc/passwd", Why: why},
		"all hosts":         {URL: "https://*.example/", Why: why},
		"another directive": {URL: "https://a.example;script-src'unsafe-inline'/", Why: why},
		"two hosts":         {URL: "https://a.example,b.example/", Why: why},
		"long":              {URL: "https://a.example/" + strings.Repeat("a", 200), Why: why},
		"one language":      {URL: good.URL, Why: protocol.Sentence{TR: "neden"}},
		"long reason":       {URL: good.URL, Why: protocol.Sentence{TR: strings.Repeat("a", 201), EN: "why"}},
	} {
		if err := access.CheckHosts([]access.Host{h}); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if err := access.CheckHosts(make([]access.Host, 17)); err == nil {
		t.Error("seventeen: taken")
	}
}
