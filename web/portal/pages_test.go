package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/installation"
	"github.com/e-onay/e-onay/web/portal/portaltest"
)

// personalPages are the pages of somebody who has logged in, in the state the test has made.
var personalPages = []string{"/", "/nes", "/nes/e-onay", "/nes/e-onay/imza", "/nes/e-onay/sonuc", "/basvurular", "/basvurular/yeni", "/belgelerim", "/oturumlarim", "/verilerim", "/verilerim/sil", "/kurulum", "/imza-dogrulama", "/imza-dogrulama?dosya=ayri", "/yardim", "/yok"}

// TestPages reads every page in every state and language as a browser's parser does.
func TestPages(t *testing.T) {
	s := portaltest.NewSite(t, func(o *portal.Settings) {
		o.Downloads = t.TempDir()
		portaltest.WriteFile(t, o.Downloads+"/eonay-host", "program")
		o.ExtensionLinks = []installation.Link{{Name: "Chrome", URL: "https://example.org/"}}
	})
	anybody, person := s.Anybody(), s.Person(portaltest.Ayse)
	visit := func(b *portaltest.Browser, paths ...string) {
		for _, language := range []string{"tr", "en"} {
			b.Cookies["dil"] = language
			for _, path := range paths {
				if a := b.Get(path); a.Status != http.StatusSeeOther {
					portaltest.CheckPage(t, language+" "+path, a, language)
				}
			}
			if b == person {
				form := b.Form()
				form.Del("onay")
				portaltest.CheckPage(t, language+" unchecked", b.Post("/nes/e-onay", form), language)
			}
		}
	}
	visit(anybody, "/", "/basvuru-formu-ve-taahhutname", "/erisim", "/gonderi-sorgulama", "/muhur-yetki-sorgulama", "/kart-okuyucu-basvuru", "/zaman-damgasi-basvuru", "/siparis-sorgulama", "/yardim", "/yardim/pin-blocked", "/yardim/yok", "/giris", "/giris?oturum=kapali", "/kurulum", "/imza-dogrulama", "/imza-dogrulama?dosya=ayri", "/yok", "/giris/donus")
	visit(person, personalPages...)
	given := person.ToCode()
	visit(person, personalPages...)
	s.Clock.Pass(301 * time.Second)
	visit(person, "/nes/e-onay/imza")
	given = person.ToCode()
	if a := person.Sign(given.Reference, []byte("imza")); a.Status != http.StatusOK {
		t.Fatal(a)
	}
	visit(person, personalPages...)
	person.ToCode()
	visit(person, "/nes/e-onay/imza")
}

// TestRoutes asks for everything as somebody who has not logged in.
func TestRoutes(t *testing.T) {
	s := portaltest.NewSite(t, nil)
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
		{"GET", "/kurum", 303, "/giris?oturum=kapali", ""},
		{"GET", "/kurum/belediye/kisiler.csv", 303, "/giris?oturum=kapali", ""},
		{"POST", "/kurum/belediye/yeni", 401, "", "login_required"},
		{"POST", "/kurum/belediye/liste", 401, "", "login_required"},
		{"POST", "/basvurular/0000-0000-0000-0000/geri-gonder", 401, "", "login_required"},
		{"GET", "/basvurular", 303, "/giris?oturum=kapali", ""},
		{"GET", "/basvurular/yeni", 303, "/giris?oturum=kapali", ""},
		{"POST", "/basvurular/yeni", 401, "", "login_required"},
		{"GET", "/basvurular/0000-0000-0000-0000/form", 303, "/giris?oturum=kapali", ""},
		{"POST", "/basvurular/0000-0000-0000-0000", 401, "", "login_required"},
		{"POST", "/basvurular/0000-0000-0000-0000/kayit", 401, "", "login_required"},
		{"GET", "/static/application.js", 200, "", ""},
		{"GET", "/cihazlar", 303, "/giris?oturum=kapali", ""},
		{"GET", "/cihazlar/" + strings.Repeat("0", 64) + "/iptal", 303, "/giris?oturum=kapali", ""},
		{"POST", "/cihazlar/" + strings.Repeat("0", 64) + "/iptal", 401, "", "login_required"},
		{"GET", "/belgelerim", 303, "/giris?oturum=kapali", ""},
		{"GET", "/belgelerim/tumu", 303, "/giris?oturum=kapali", ""},
		{"GET", "/belgelerim/0000-0000-0000-0000/imza", 303, "/giris?oturum=kapali", ""},
		{"GET", "/verilerim", 303, "/giris?oturum=kapali", ""},
		{"GET", "/verilerim/indir", 303, "/giris?oturum=kapali", ""},
		{"GET", "/verilerim/sil", 303, "/giris?oturum=kapali", ""},
		{"POST", "/verilerim/sil", 401, "", "login_required"},
		{"GET", "/oturumlarim", 303, "/giris?oturum=kapali", ""},
		{"POST", "/oturumlarim/sonlandir", 401, "", "login_required"},
		{"POST", "/oturumlarim/0123456789abcdef0123456789abcdef/sonlandir", 401, "", "login_required"},
		{"GET", "/kurulum", 200, "", ""},
		{"GET", "/basvuru-formu-ve-taahhutname", 200, "", ""},
		{"GET", "/basvuru-formu-ve-taahhutname/" + strings.Repeat("0", 64), 404, "", "not_found"},
		{"GET", "/imza-dogrulama", 200, "", ""},
		{"GET", "/muhur-yetki-sorgulama", 200, "", ""},
		{"GET", "/kart-okuyucu-basvuru", 200, "", ""},
		{"POST", "/zaman-damgasi-basvuru", 400, "", "request_invalid"},
		{"GET", "/siparis-sorgulama", 200, "", ""},
		{"GET", "/masa/siparisler", 303, "/giris?oturum=kapali", ""},
		{"POST", "/muhur-yetki-sorgulama", 400, "", "request_invalid"},
		{"POST", "/imza-dogrulama", 400, "", "check_upload"},
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
		a := s.Anybody().Do(test.method, test.path, "", nil)
		if a.Status != test.status || a.Location() != test.location || a.Code() != test.code {
			t.Errorf("%s %s: %d %q %q, want %d %q %q", test.method, test.path,
				a.Status, a.Location(), a.Code(), test.status, test.location, test.code)
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self' http://localhost:1; frame-ancestors 'none'; base-uri 'none'",
			"X-Content-Type-Options":  "nosniff",
			"Referrer-Policy":         "same-origin",
		} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s %s: %s is %q", test.method, test.path, name, got)
			}
		}
	}
}

func TestPersonalPagesAreNotKept(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	person := s.Person(portaltest.Ayse)
	person.ToCode()
	for _, path := range append(personalPages, "/nes/e-onay/imza/belge", "/nes/pin", "/nes/pin/islem", "/nes/pin/sonuc", "/cihazlar") {
		if got := person.Get(path).Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control is %q", path, got)
		}
	}
}

func TestStaticFilesAreAskedForOnce(t *testing.T) {
	b := portaltest.NewSite(t, nil).Anybody()
	first := b.Get("/static/sign.js")
	b.Header.Set("If-None-Match", first.Header.Get("ETag"))
	if again := b.Get("/static/sign.js"); again.Status != http.StatusNotModified {
		t.Errorf("got %d, want 304", again.Status)
	}
}

func TestLanguage(t *testing.T) {
	b := portaltest.NewSite(t, nil).Anybody()
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
		a := b.Post("/dil", url.Values{"dil": {test.language}, "sayfa": {test.page}})
		if a.Status != http.StatusSeeOther || a.Location() != test.location {
			t.Errorf("%+v: %d %q", test, a.Status, a.Location())
		}
		if page := b.Get("/"); !strings.Contains(page.Body, `<html lang="`+test.lang+`">`) {
			t.Errorf("%+v: the page is not in %s", test, test.lang)
		}
	}
}

// TestHTTPS checks what only a public address has.
func TestHTTPS(t *testing.T) {
	s := portaltest.NewSite(t, func(o *portal.Settings) { o.URL = "https://eonay.example" })
	a := s.Person(portaltest.Ayse).Post("/cikis", nil)
	cookie := a.Header.Get("Set-Cookie")
	for _, part := range []string{"__Host-oturum=;", "Path=/", "HttpOnly", "Secure", "SameSite=Lax"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("cookie %q lacks %q", cookie, part)
		}
	}
	if a.Header.Get("Strict-Transport-Security") == "" {
		t.Error("no Strict-Transport-Security")
	}
}

// TestOtherSites sends what another site could make a browser send.
func TestOtherSites(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	person := s.Person(portaltest.Ayse)
	shown, form := person.ToCode(), person.Form()
	for _, header := range []http.Header{
		{"Sec-Fetch-Site": {"cross-site"}},
		{"Sec-Fetch-Site": {"same-site"}},
		{"Origin": {"https://evil.example"}},
		{"Origin": {"null"}},
	} {
		person.Header = header
		for _, path := range []string{
			"/imza-dogrulama", "/giris", "/cikis", "/dil", "/nes/e-onay", "/nes/e-onay/imza/kod", "/nes/pin", "/nes/pin/islem/kod",
			"/nes/pin/talep", "/nes/pin/sonuc", "/cihazlar/" + strings.Repeat("0", 64) + "/iptal",
			"/kurum/belediye/yeni", "/kurum/belediye/liste", "/basvurular/0000-0000-0000-0000/geri-gonder",
			"/verilerim/sil", "/oturumlarim/sonlandir", "/oturumlarim/" + strings.Repeat("0", 32) + "/sonlandir",
		} {
			portaltest.Refused(t, person.Post(path, form), http.StatusForbidden, fault.FormExpired)
		}
		if a := person.Sign(shown.Reference, []byte("imza")); a.Status != http.StatusForbidden {
			t.Errorf("%v: a signature was taken: %d", header, a.Status)
		}
	}
	person.Header = http.Header{"Origin": {s.URL}, "Sec-Fetch-Site": {"same-origin"}}
	if now := person.Shown(); now != shown {
		t.Errorf("another site changed the code: %v, was %v", now, shown)
	}
	s.Recorded(portaltest.Ayse, "")
}

func TestSessionEnds(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	idle, busy := s.Person(portaltest.Ayse), s.Person(portaltest.Mehmet)
	logged := func(b *portaltest.Browser) bool { return b.Get("/nes").Status == http.StatusOK }
	for range 17 { // eight and a half hours
		s.Clock.Pass(29 * time.Minute)
		if !logged(busy) && s.Clock.Now().Sub(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)) < 8*time.Hour {
			t.Fatalf("a session in use ended at %v", s.Clock.Now())
		}
	}
	if logged(idle) {
		t.Error("an idle session lives")
	}
	if logged(busy) {
		t.Error("a session lives longer than its lifetime")
	}
	leaving := s.Person(portaltest.Ayse)
	secret := leaving.Cookies["oturum"]
	if a := leaving.Post("/cikis", nil); a.Location() != "/" || leaving.Cookies["oturum"] != "" {
		t.Errorf("logout: %+v", a)
	}
	leaving.Cookies["oturum"] = secret
	if logged(leaving) {
		t.Error("a session lives after the logout")
	}
}

func TestHealth(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	if a := s.Anybody().Get("/saglik"); a.Status != http.StatusOK || a.Body != "ok\n" {
		t.Errorf("got %+v", a)
	}
	if err := s.Store.Close(); err != nil {
		t.Fatal(err)
	}
	if a := s.Anybody().Get("/saglik"); a.Status != http.StatusOK {
		t.Errorf("the store is asked again at once: %+v", a)
	}
	s.Clock.Pass(5 * time.Second)
	portaltest.Refused(t, s.Anybody().Get("/saglik"), http.StatusServiceUnavailable, fault.Unavailable)
	person := s.Anybody()
	person.Cookies["oturum"] = "anything"
	portaltest.Refused(t, person.Get("/nes"), http.StatusServiceUnavailable, fault.Unavailable)
}

// TestNoNumberFromAnAddressIsLogged puts a citizen number where the log would take it from. newSite searches the log.
func TestNoNumberFromAnAddressIsLogged(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	p := s.Person(portaltest.Ayse)
	for _, address := range []string{"/" + portaltest.Ayse, "/nes/" + portaltest.Ayse + "/x", "/giris/donus?state=" + portaltest.Ayse + "&error=" + portaltest.Ayse, "/nes/e-onay/sonuc/" + portaltest.Ayse + "/" + portaltest.Ayse, "/%31%30%30%30%30%30%30%30%31%34%36"} {
		p.Get(address)
	}
	if !strings.Contains(s.Log.String(), "100*****146") {
		t.Errorf("the log has no line of these addresses:\n%s", s.Log)
	}
}
