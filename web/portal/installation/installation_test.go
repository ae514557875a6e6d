package installation_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/agent"
	"github.com/e-onay/e-onay/web/portal/installation"
	"github.com/e-onay/e-onay/web/portal/portaltest"
)

const (
	windowsChrome  = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36"
	windowsEdge    = windowsChrome + " Edg/143.0.0.0"
	windowsFirefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:153.0) Gecko/20100101 Firefox/153.0"
	macChrome      = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36"
	macSafari      = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15"
	linuxFirefox   = "Mozilla/5.0 (X11; Linux x86_64; rv:154.0) Gecko/20100101 Firefox/154.0"
	armFirefox     = "Mozilla/5.0 (X11; Linux aarch64; rv:154.0) Gecko/20100101 Firefox/154.0"
	fedoraFirefox  = "Mozilla/5.0 (X11; Fedora; Linux x86_64; rv:154.0) Gecko/20100101 Firefox/154.0"
	oldFirefox     = "Mozilla/5.0 (X11; Linux x86_64; rv:152.0) Gecko/20100101 Firefox/152.0"
	oldChrome      = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/115.0.0.0 Safari/537.36"
	chromeBook     = "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36"
	android        = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36"
	iPhone         = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1"
	haiku          = "Mozilla/5.0 (Haiku; x86_64) AppleWebKit/620.1 (KHTML, like Gecko) WebPositive/1.3 Safari/620.1"
)

var packages = []string{
	"e-onay_1.2.0_amd64.deb", "e-onay_1.10.0_amd64.deb", "e-onay_1.10.0_arm64.deb", "e-onay-1.10.0-1.x86_64.rpm", "e-onay-1.10.0-1.aarch64.rpm",
	"e-onay-1.10.0-x64.msi", "e-onay-1.10.0-x64-user.msi", "e-onay-1.10.0.pkg", "SHA256SUMS",
}

var links = []installation.Link{
	{Name: "Chrome Web Mağazası", URL: "https://chromewebstore.google.com/detail/x"},
	{Name: "Firefox", URL: "https://addons.mozilla.org/firefox/addon/x"},
}

// installationSite is a portal that offers all packages.
func installationSite(t *testing.T, links []installation.Link) *portaltest.Browser {
	t.Helper()
	folder := t.TempDir()
	for _, name := range packages {
		portaltest.WriteFile(t, folder+"/"+name, "paket")
	}
	return portaltest.NewSite(t, func(o *portal.Settings) { o.Downloads, o.ExtensionLinks = folder, links }).Anybody()
}

// visit asks for the page as a browser with these headers does.
func visit(t *testing.T, b *portaltest.Browser, headers ...string) string {
	t.Helper()
	r, w := httptest.NewRequest("GET", "/kurulum", nil), httptest.NewRecorder()
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	b.Server.Config.Handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("answered %d, kept as %q", w.Code, w.Header().Get("Cache-Control"))
	}
	page := w.Body.String()
	portaltest.CheckPage(t, strings.Join(headers, " "), portaltest.Answer{Status: w.Code, Header: w.Header(), Body: page}, "tr")
	return page
}

var (
	getExtension = regexp.MustCompile(`id="get-extension" href="([^"]*)"`)
	getProgram   = regexp.MustCompile(`<p class="actions get-program"><a class="[^"]*" href="/kurulum/([^"]*)"`)
	obstacle     = regexp.MustCompile(`data-obstacle="([^"]*)"`)
)

func all(pattern *regexp.Regexp, page string) string {
	var found []string
	for _, m := range pattern.FindAllStringSubmatch(page, -1) {
		found = append(found, m[1])
	}
	return strings.Join(found, " ")
}

// TestVisitors is what each system and browser is offered first. All files and links are on the page whatever it is.
func TestVisitors(t *testing.T) {
	b := installationSite(t, links)
	const chrome, firefox = "https://chromewebstore.google.com/detail/x", "https://addons.mozilla.org/firefox/addon/x"
	const deb, rpm = "e-onay_1.10.0_amd64.deb", "e-onay-1.10.0-1.x86_64.rpm"
	for name, tt := range map[string]struct {
		headers                      []string
		extension, program, obstacle string
	}{
		"Windows, Chrome":    {[]string{"User-Agent", windowsChrome}, chrome, "e-onay-1.10.0-x64-user.msi", ""},
		"Windows, Edge":      {[]string{"User-Agent", windowsEdge}, chrome, "e-onay-1.10.0-x64-user.msi", ""},
		"Windows, Firefox":   {[]string{"User-Agent", windowsFirefox}, firefox, "e-onay-1.10.0-x64-user.msi", ""},
		"macOS, Chrome":      {[]string{"User-Agent", macChrome}, chrome, "e-onay-1.10.0.pkg", ""},
		"macOS, Safari":      {[]string{"User-Agent", macSafari}, "", "e-onay-1.10.0.pkg", "safari"},
		"Linux, Firefox":     {[]string{"User-Agent", linuxFirefox}, firefox, deb + " " + rpm, ""},
		"Linux on ARM":       {[]string{"User-Agent", armFirefox}, firefox, "e-onay_1.10.0_arm64.deb e-onay-1.10.0-1.aarch64.rpm", ""},
		"Fedora":             {[]string{"User-Agent", fedoraFirefox}, firefox, rpm, ""},
		"old Firefox":        {[]string{"User-Agent", oldFirefox}, firefox, deb + " " + rpm, "firefox_old"},
		"old Chrome":         {[]string{"User-Agent", oldChrome}, chrome, deb + " " + rpm, "chromium_old"},
		"Chromebook":         {[]string{"User-Agent", chromeBook}, chrome, "", "system"},
		"Android":            {[]string{"User-Agent", android}, chrome, "", "phone"},
		"iPhone":             {[]string{"User-Agent", iPhone}, "", "", "phone"},
		"Haiku":              {[]string{"User-Agent", haiku}, "", "", "system"},
		"nothing":            {[]string{"User-Agent", ""}, "", "", "system"},
		"a hint of a phone":  {[]string{"User-Agent", windowsChrome, "Sec-CH-UA-Mobile", "?1"}, chrome, "", "phone"},
		"a hint of a system": {[]string{"User-Agent", windowsChrome, "Sec-CH-UA-Platform", `"Linux"`}, chrome, deb + " " + rpm, ""},
		"too long":           {[]string{"User-Agent", strings.Repeat(" ", 600) + windowsChrome}, "", "", "system"},
	} {
		t.Run(name, func(t *testing.T) {
			page := visit(t, b, tt.headers...)
			for _, got := range [][3]string{
				{"extension", all(getExtension, page), tt.extension},
				{"program", all(getProgram, page), tt.program},
				{"obstacle", all(obstacle, page), tt.obstacle},
			} {
				if got[1] != got[2] {
					t.Errorf("%s: got %q, want %q", got[0], got[1], got[2])
				}
			}
			for _, name := range packages[1:] {
				if !strings.Contains(page, `href="/kurulum/`+name+`"`) {
					t.Errorf("%s is not offered", name)
				}
			}
			for _, link := range links {
				if !strings.Contains(page, `href="`+link.URL+`"`) {
					t.Errorf("%s is not offered", link.URL)
				}
			}
		})
	}
	if page := visit(t, b, "User-Agent", linuxFirefox); strings.Contains(page, packages[0]) {
		t.Error("an older package is offered beside the newest")
	}
}

// TestOwnStores names stores of an institution's own by their browser.
func TestOwnStores(t *testing.T) {
	own := []installation.Link{{Name: "Kurumun mağazası", URL: "https://kurum.example/eonay.xpi", Browser: agent.Firefox}}
	b := installationSite(t, own)
	if got := all(getExtension, visit(t, b, "User-Agent", linuxFirefox)); got != own[0].URL {
		t.Errorf("Firefox is offered %q", got)
	}
	if got := all(getExtension, visit(t, b, "User-Agent", windowsChrome)); got != "" {
		t.Errorf("Chrome is offered %q", got)
	}
}

// TestNothingThere is a portal without files and links: the page says whom to ask.
func TestNothingThere(t *testing.T) {
	b := portaltest.NewSite(t, nil).Anybody()
	page := visit(t, b, "User-Agent", windowsChrome)
	if strings.Count(page, "destek biriminden isteyin") != 2 {
		t.Errorf("the page says not whom to ask:\n%s", page)
	}
}

// TestOldestBrowsers holds the page to the extension's manifests.
func TestOldestBrowsers(t *testing.T) {
	b := installationSite(t, links)
	manifest := func(name string) (m struct {
		Chromium string `json:"minimum_chrome_version"`
		Settings struct {
			Gecko struct {
				Oldest string `json:"strict_min_version"`
			} `json:"gecko"`
		} `json:"browser_specific_settings"`
	}) {
		data, err := os.ReadFile("../../../extension/manifest." + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	for agent, oldest := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64) Chrome/{n}.0.0.0 Safari/537.36": manifest("chromium").Chromium,
		"Mozilla/5.0 (X11; Linux x86_64; rv:{n}.0) Gecko Firefox/{n}.0":  manifest("firefox").Settings.Gecko.Oldest,
	} {
		major, err := strconv.Atoi(strings.Split(oldest, ".")[0])
		if err != nil {
			t.Fatal(err)
		}
		for n, tooOld := range map[int]bool{major: false, major - 1: true} {
			page := visit(t, b, "User-Agent", strings.ReplaceAll(agent, "{n}", strconv.Itoa(n)))
			if got := all(obstacle, page); (got != "") != tooOld {
				t.Errorf("%d of %s: %q", n, agent, got)
			}
		}
	}
}
