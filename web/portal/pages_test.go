package portal_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/installation"
)

// personalPages are the pages of somebody who has logged in, in the state the test has made.
var personalPages = []string{"/", "/nes", "/nes/e-onay", "/nes/e-onay/imza", "/nes/e-onay/sonuc", "/kurulum", "/yok"}

// TestPages reads every page in every state and language as a browser's parser does.
func TestPages(t *testing.T) {
	s := newSite(t, func(o *portal.Settings) {
		o.Downloads = t.TempDir()
		writeFile(t, o.Downloads+"/eonay-host", "program")
		o.ExtensionLinks = []installation.Link{{Name: "Chrome", URL: "https://example.org/"}}
	})
	anybody, person := s.anybody(), s.person(ayse)
	visit := func(b *browser, paths ...string) {
		for _, language := range []string{"tr", "en"} {
			b.cookies["dil"] = language
			for _, path := range paths {
				if a := b.get(path); a.status != http.StatusSeeOther {
					checkPage(t, language+" "+path, a, language)
				}
			}
			if b == person {
				form := b.form()
				form.Del("onay")
				checkPage(t, language+" unchecked", b.post("/nes/e-onay", form), language)
			}
		}
	}
	visit(anybody, "/", "/giris", "/giris?oturum=kapali", "/kurulum", "/yok", "/giris/donus")
	visit(person, personalPages...)
	given := person.toCode()
	visit(person, personalPages...)
	s.clock.pass(301 * time.Second)
	visit(person, "/nes/e-onay/imza")
	given = person.toCode()
	if a := person.sign(given.reference, []byte("imza")); a.status != http.StatusOK {
		t.Fatal(a)
	}
	visit(person, personalPages...)
	person.toCode()
	visit(person, "/nes/e-onay/imza")
}

// checkPage checks what holds of every page: well-formed, one main heading, unique ids, a label for
// each field, nothing that the policy forbids, no sentence missing, no whole citizen number.
func checkPage(t *testing.T, name string, a answer, language string) {
	t.Helper()
	if !strings.Contains(a.body, `<html lang="`+language+`">`) {
		t.Errorf("%s: not in %s", name, language)
	}
	for _, part := range []string{ayse, "portal.", "error.", "&lt;no value", " style=", " onclick=", "ZgotmplZ"} {
		if strings.Contains(strings.ReplaceAll(a.body, "/static/portal.css", ""), part) {
			t.Errorf("%s holds %q", name, part)
		}
	}
	count, ids := map[string]int{}, []string{}
	decoder := xml.NewDecoder(strings.NewReader(a.body))
	decoder.Strict = false
	decoder.AutoClose = append(slices.Clone(xml.HTMLAutoClose), "wbr")
	decoder.Entity = xml.HTMLEntity
	whole := false // a line cannot end in the text that comes
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if text, ok := token.(xml.CharData); ok && count["body"] > 0 && !whole && bytes.Contains(text, []byte("E-Onay")) {
			t.Errorf("%s: a line can end inside E-Onay: %q", name, text)
		}
		element, ok := token.(xml.StartElement)
		whole = ok && slices.ContainsFunc(element.Attr, func(a xml.Attr) bool { return a.Name.Local == "class" && a.Value == "whole" })
		if !ok {
			continue
		}
		count[element.Name.Local]++
		for _, attr := range element.Attr {
			if attr.Name.Local == "id" {
				ids = append(ids, attr.Value)
			}
		}
		if element.Name.Local == "script" && (len(element.Attr) < 2 || element.Attr[1].Name.Local != "src") {
			t.Errorf("%s has an inline script", name)
		}
	}
	slices.Sort(ids)
	if len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("%s: ids %v are not unique", name, ids)
	}
	if count["h1"] != 1 || count["main"] != 1 || count["title"] != 1 {
		t.Errorf("%s: %v", name, count)
	}
	if primary := strings.Count(a.body, `class="primary"`) + strings.Count(a.body, `class="button primary"`); primary > 1 && !strings.Contains(a.body, `id="code"`) {
		t.Errorf("%s has %d primary buttons", name, primary)
	}
}

// TestRoutes asks for everything as somebody who has not logged in.
func TestRoutes(t *testing.T) {
	s := newSite(t, nil)
	for _, test := range []struct {
		method, path string
		status       int
		location     string
		code         fault.Code
	}{
		{"GET", "/", 200, "", ""},
		{"GET", "/giris", 200, "", ""},
		{"GET", "/giris?oturum=kapali", 200, "", "login_required"},
		{"GET", "/giris/donus?code=a&state=b", 403, "", "login_failed"},
		{"POST", "/giris", 503, "", "unavailable"}, // no provider is there
		{"POST", "/cikis", 303, "/", ""},
		{"GET", "/nes", 303, "/giris?oturum=kapali", ""},
		{"GET", "/nes/e-onay", 303, "/giris?oturum=kapali", ""},
		{"POST", "/nes/e-onay", 401, "", "login_required"},
		{"GET", "/nes/e-onay/imza", 303, "/giris?oturum=kapali", ""},
		{"GET", "/nes/e-onay/imza/belge", 303, "/giris?oturum=kapali", ""},
		{"POST", "/nes/e-onay/imza", 401, "", "login_required"},
		{"POST", "/nes/e-onay/imza/kod", 401, "", "login_required"},
		{"GET", "/nes/e-onay/sonuc", 303, "/giris?oturum=kapali", ""},
		{"GET", "/nes/e-onay/sonuc/0000-0000-0000-0000/imza", 303, "/giris?oturum=kapali", ""},
		{"GET", "/nes/pin", 303, "/giris?oturum=kapali", ""},
		{"POST", "/nes/pin", 401, "", "login_required"},
		{"GET", "/nes/pin/islem", 303, "/giris?oturum=kapali", ""},
		{"POST", "/nes/pin/islem/kod", 401, "", "login_required"},
		{"POST", "/nes/pin/talep", 401, "", "login_required"},
		{"POST", "/nes/pin/sonuc", 401, "", "login_required"},
		{"GET", "/nes/pin/sonuc", 303, "/giris?oturum=kapali", ""},
		{"GET", "/cihazlar", 303, "/giris?oturum=kapali", ""},
		{"GET", "/cihazlar/" + strings.Repeat("0", 64) + "/iptal", 303, "/giris?oturum=kapali", ""},
		{"POST", "/cihazlar/" + strings.Repeat("0", 64) + "/iptal", 401, "", "login_required"},
		{"GET", "/kurulum", 200, "", ""},
		{"GET", "/kurulum/eonay-host", 404, "", "not_found"},
		{"GET", "/saglik", 200, "", ""},
		{"GET", "/static/look.css", 200, "", ""},
		{"GET", "/static/portal.css", 200, "", ""},
		{"GET", "/static/act.js", 200, "", ""},
		{"GET", "/static/sign.js", 200, "", ""},
		{"GET", "/static/pin.js", 200, "", ""},
		{"GET", "/static/client.js", 200, "", ""},
		{"GET", "/static/protocol.gen.js", 200, "", ""},
		{"GET", "/static/icon.svg", 200, "", ""},
		{"GET", "/static/client.go", 404, "", "not_found"},
		{"GET", "/static/..%2fportal.go", 404, "", "not_found"},
		{"GET", "/cikis", 404, "", "not_found"},
		{"DELETE", "/nes/e-onay", 404, "", "not_found"},
		{"GET", "/nes/", 404, "", "not_found"},
	} {
		a := s.anybody().do(test.method, test.path, "", nil)
		if a.status != test.status || a.location() != test.location || a.code() != test.code {
			t.Errorf("%s %s: %d %q %q, want %d %q %q", test.method, test.path,
				a.status, a.location(), a.code(), test.status, test.location, test.code)
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self' http://localhost:1; frame-ancestors 'none'; base-uri 'none'",
			"X-Content-Type-Options":  "nosniff",
			"Referrer-Policy":         "same-origin",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s %s: %s is %q", test.method, test.path, name, got)
			}
		}
	}
}

func TestPersonalPagesAreNotKept(t *testing.T) {
	s := newSite(t, nil)
	person := s.person(ayse)
	person.toCode()
	for _, path := range append(personalPages, "/nes/e-onay/imza/belge", "/nes/pin", "/nes/pin/islem", "/nes/pin/sonuc", "/cihazlar") {
		if got := person.get(path).header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control is %q", path, got)
		}
	}
}

func TestStaticFilesAreAskedForOnce(t *testing.T) {
	b := newSite(t, nil).anybody()
	first := b.get("/static/sign.js")
	b.header.Set("If-None-Match", first.header.Get("ETag"))
	if again := b.get("/static/sign.js"); again.status != http.StatusNotModified {
		t.Errorf("got %d, want 304", again.status)
	}
}

func TestLanguage(t *testing.T) {
	b := newSite(t, nil).anybody()
	for _, test := range []struct{ language, page, location, lang string }{
		{"en", "/giris", "/giris", "en"},
		{"tr", "/kurulum", "/kurulum", "tr"},
		{"en", "/nes/pin/islem", "/nes/pin/islem", "en"},
		{"tr", "/cihazlar", "/cihazlar", "tr"},
		{"en", "//evil.example/", "/", "en"},
		{"de", "https://evil.example/", "/", "tr"},
		{"en", "/\\evil.example", "/", "en"},
		{"", "", "/", "tr"},
	} {
		a := b.post("/dil", url.Values{"dil": {test.language}, "sayfa": {test.page}})
		if a.status != http.StatusSeeOther || a.location() != test.location {
			t.Errorf("%+v: %d %q", test, a.status, a.location())
		}
		if page := b.get("/"); !strings.Contains(page.body, `<html lang="`+test.lang+`">`) {
			t.Errorf("%+v: the page is not in %s", test, test.lang)
		}
	}
}

// TestHTTPS checks what only a public address has.
func TestHTTPS(t *testing.T) {
	s := newSite(t, func(o *portal.Settings) { o.URL = "https://eonay.example" })
	a := s.person(ayse).post("/cikis", nil)
	cookie := a.header.Get("Set-Cookie")
	for _, part := range []string{"__Host-oturum=;", "Path=/", "HttpOnly", "Secure", "SameSite=Lax"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("cookie %q lacks %q", cookie, part)
		}
	}
	if a.header.Get("Strict-Transport-Security") == "" {
		t.Error("no Strict-Transport-Security")
	}
}

// TestOtherSites sends what another site could make a browser send.
func TestOtherSites(t *testing.T) {
	s := newSite(t, nil)
	person := s.person(ayse)
	shown, form := person.toCode(), person.form()
	for _, header := range []http.Header{
		{"Sec-Fetch-Site": {"cross-site"}},
		{"Sec-Fetch-Site": {"same-site"}},
		{"Origin": {"https://evil.example"}},
		{"Origin": {"null"}},
	} {
		person.header = header
		for _, path := range []string{
			"/giris", "/cikis", "/dil", "/nes/e-onay", "/nes/e-onay/imza/kod", "/nes/pin", "/nes/pin/islem/kod",
			"/nes/pin/talep", "/nes/pin/sonuc", "/cihazlar/" + strings.Repeat("0", 64) + "/iptal",
		} {
			refused(t, person.post(path, form), http.StatusForbidden, fault.FormExpired)
		}
		if a := person.sign(shown.reference, []byte("imza")); a.status != http.StatusForbidden {
			t.Errorf("%v: a signature was taken: %d", header, a.status)
		}
	}
	person.header = http.Header{"Origin": {s.url}, "Sec-Fetch-Site": {"same-origin"}}
	if now := person.shown(); now != shown {
		t.Errorf("another site changed the code: %v, was %v", now, shown)
	}
	s.recorded(ayse, "")
}

// slowLine remembers until when an answer may be written.
type slowLine struct {
	*httptest.ResponseRecorder
	deadline time.Time
}

func (s *slowLine) SetWriteDeadline(at time.Time) error {
	s.deadline = at
	return nil
}

func TestDownloads(t *testing.T) {
	folder, outside := t.TempDir(), t.TempDir()
	writeFile(t, folder+"/eonay-host_1.0_amd64.deb", "paket")
	writeFile(t, folder+"/.hidden", "secret")
	writeFile(t, folder+"/a b", "space")
	writeFile(t, outside+"/secret", "secret")
	for _, err := range []error{os.Symlink(outside+"/secret", folder+"/link"), os.Mkdir(folder+"/folder", 0o700)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	b := newSite(t, func(o *portal.Settings) { o.Downloads = folder }).anybody()

	page := b.get("/kurulum").body
	if strings.Count(page, `href="/kurulum/`) != 1 || !strings.Contains(page, `href="/kurulum/eonay-host_1.0_amd64.deb"`) {
		t.Errorf("the page offers other files than the one:\n%s", page)
	}
	a := b.get("/kurulum/eonay-host_1.0_amd64.deb")
	if a.body != "paket" || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("got %+v", a)
	}
	w := &slowLine{ResponseRecorder: httptest.NewRecorder()}
	b.server.Config.Handler.ServeHTTP(w, httptest.NewRequest("GET", "/kurulum/eonay-host_1.0_amd64.deb", nil))
	if left := time.Until(w.deadline); w.Body.String() != "paket" || left < 20*time.Minute {
		t.Errorf("a slow line has %v for a download", left)
	}
	for _, name := range []string{".hidden", "a%20b", "link", "folder", "yok", "..", "..%2f", "%2e%2e%2fsecret", "%00"} {
		if a := b.get("/kurulum/" + name); a.status == http.StatusOK {
			t.Errorf("%s: served", name)
		}
	}
}

func TestSessionEnds(t *testing.T) {
	s := newSite(t, nil)
	idle, busy := s.person(ayse), s.person(mehmet)
	logged := func(b *browser) bool { return b.get("/nes").status == http.StatusOK }
	for range 17 { // eight and a half hours
		s.clock.pass(29 * time.Minute)
		if !logged(busy) && s.clock.now().Sub(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)) < 8*time.Hour {
			t.Fatalf("a session in use ended at %v", s.clock.now())
		}
	}
	if logged(idle) {
		t.Error("an idle session lives")
	}
	if logged(busy) {
		t.Error("a session lives longer than its lifetime")
	}
	leaving := s.person(ayse)
	secret := leaving.cookies["oturum"]
	if a := leaving.post("/cikis", nil); a.location() != "/" || leaving.cookies["oturum"] != "" {
		t.Errorf("logout: %+v", a)
	}
	leaving.cookies["oturum"] = secret
	if logged(leaving) {
		t.Error("a session lives after the logout")
	}
}

func TestHealth(t *testing.T) {
	s := newSite(t, nil)
	if a := s.anybody().get("/saglik"); a.status != http.StatusOK || a.body != "ok\n" {
		t.Errorf("got %+v", a)
	}
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	if a := s.anybody().get("/saglik"); a.status != http.StatusOK {
		t.Errorf("the store is asked again at once: %+v", a)
	}
	s.clock.pass(5 * time.Second)
	refused(t, s.anybody().get("/saglik"), http.StatusServiceUnavailable, fault.Unavailable)
	person := s.anybody()
	person.cookies["oturum"] = "anything"
	refused(t, person.get("/nes"), http.StatusServiceUnavailable, fault.Unavailable)
}

// TestNoNumberFromAnAddressIsLogged puts a citizen number where the log would take it from. newSite searches the log.
func TestNoNumberFromAnAddressIsLogged(t *testing.T) {
	s := newSite(t, nil)
	p := s.person(ayse)
	for _, address := range []string{"/" + ayse, "/nes/" + ayse + "/x", "/giris/donus?state=" + ayse + "&error=" + ayse, "/nes/e-onay/sonuc/" + ayse + "/" + ayse, "/%31%30%30%30%30%30%30%30%31%34%36"} {
		p.get(address)
	}
	if !strings.Contains(s.log.String(), "100*****146") {
		t.Errorf("the log has no line of these addresses:\n%s", s.log)
	}
}
