package sandbox_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/oauth2"
)

func TestOtherPageCannotPressTheButton(t *testing.T) {
	p := newRelyingParty(t, start(t))
	_, page := p.open(oauth2.S256ChallengeOption(p.verifier))
	form := url.Values{"id": {hiddenID.FindStringSubmatch(page)[1]}, "person": {"p1"}, "action": {"login"}}
	r, err := http.NewRequest(http.MethodPost, p.world.url+"/login", strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "https://example.com")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}
	if response, _ := p.do(r, err); response.StatusCode != http.StatusForbidden {
		t.Errorf("answered %s", response.Status)
	}
}

func TestLoginPage(t *testing.T) {
	p := newRelyingParty(t, start(t))
	response, page := p.open(oauth2.S256ChallengeOption(p.verifier))
	for _, want := range []string{
		`<html lang="tr">`, "Burası e-Devlet Kapısı değil", "http://localhost:4711",
		"e-Devlet Şifresi", "Mobil İmza", "E-İmza", "T.C. Kimlik Kartı", "İnternet Bankacılığı",
		"Ayşe Yılmaz", "100*****146", "Mehmet Öztürk", "Işıl Çiğdem Şahin", "Giriş Yap", "Vazgeç",
		`id="person-1"`, `id="person-2"`, `id="person-3"`, `id="login-submit"`, `id="login-cancel"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, no := range []string{"10000000146", "11111111110", "11111111101", "<script", "style=", "sandbox."} {
		if strings.Contains(page, no) {
			t.Errorf("the page has %q", no)
		}
	}
	wantCSP := "default-src 'none'; style-src 'self'; form-action 'self' http://localhost:4711; frame-ancestors 'none'; base-uri 'none'"
	if got := response.Header.Get("Content-Security-Policy"); got != wantCSP {
		t.Errorf("CSP %q, want %q", got, wantCSP)
	}
	for _, name := range []string{"/login/look.css", "/login/login.css"} {
		if css := p.world.get(p.world.url + name); len(css) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
	_, english := p.open(oauth2.S256ChallengeOption(p.verifier), oauth2.SetAuthURLParam("ui_locales", "en-GB tr"))
	if !strings.Contains(english, `<html lang="en">`) || !strings.Contains(english, "This is not the e-Devlet gateway") {
		t.Errorf("not in English:\n%s", english)
	}
	other := regexp.MustCompile(`href="(/login\?[^"]+)"`).FindStringSubmatch(english)
	if other == nil {
		t.Fatal("no way to the other language")
	}
	link := strings.ReplaceAll(other[1], "&amp;", "&")
	if _, turkish := p.do(http.NewRequest(http.MethodGet, p.world.url+link, nil)); !strings.Contains(turkish, `<html lang="tr">`) {
		t.Errorf("the link to the other language shows\n%s", turkish)
	}
}

func TestUnknownLogin(t *testing.T) {
	p := newRelyingParty(t, start(t))
	for _, query := range []string{"", "?id=", "?id=nobody"} {
		response, page := p.do(http.NewRequest(http.MethodGet, p.world.url+"/login"+query, nil))
		if response.StatusCode != http.StatusNotFound || !strings.Contains(page, "Süren bir giriş yok") {
			t.Errorf("%q: %s\n%s", query, response.Status, page)
		}
	}
	// The way back without having logged in.
	_, page := p.open(oauth2.S256ChallengeOption(p.verifier))
	id := hiddenID.FindStringSubmatch(page)[1]
	back := p.returned(p.do(http.NewRequest(http.MethodGet, p.world.url+"/authorize/callback?id="+id, nil)))
	if back.Get("error") != "interaction_required" || back.Has("code") {
		t.Errorf("came back with %v", back)
	}
}

func TestLoginsAreBounded(t *testing.T) {
	p := newRelyingParty(t, start(t))
	p.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for range 1000 {
		p.open(oauth2.S256ChallengeOption(p.verifier))
	}
	back := p.returned(p.open(oauth2.S256ChallengeOption(p.verifier)))
	if back.Get("error") != "server_error" {
		t.Errorf("came back with %v", back)
	}
}
