package sandbox_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/e-onay/e-onay/web/portal"
)

const callback = "http://localhost:4711/giris/donus"

// relyingParty is a site that logs people in at the gateway, made of libraries that are not the
// gateway's.
type relyingParty struct {
	t        *testing.T
	world    *world
	browser  *http.Client // follows no redirect to the site, which does not exist
	provider *oidc.Provider
	oauth    oauth2.Config
	verifier string // PKCE
}

func newRelyingParty(t *testing.T, w *world) *relyingParty {
	t.Helper()
	provider, err := oidc.NewProvider(t.Context(), w.url)
	if err != nil {
		t.Fatal(err)
	}
	settings := w.settings()
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader // or a refusal is tried again in the other style
	return &relyingParty{
		t: t, world: w, provider: provider, verifier: oauth2.GenerateVerifier(),
		oauth: oauth2.Config{
			ClientID: settings.ClientID, ClientSecret: settings.ClientSecret,
			Endpoint: endpoint, RedirectURL: callback, Scopes: []string{"openid", "profile"},
		},
		browser: &http.Client{CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if strings.HasPrefix(r.URL.String(), w.url+"/") {
				return nil
			}
			return http.ErrUseLastResponse
		}},
	}
}

// settings are the portal's, as the sandbox wrote them.
func (w *world) settings() *portal.Settings {
	w.t.Helper()
	settings, err := portal.ReadSettings(w.path("portal.json"))
	if err != nil {
		w.t.Fatal(err)
	}
	return settings
}

// do sends a browser's request and returns the answer with its body read.
func (p *relyingParty) do(r *http.Request, err error) (*http.Response, string) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	response, err := p.browser.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return response, string(body)
}

// open asks for a login and returns what the browser shows.
func (p *relyingParty) open(options ...oauth2.AuthCodeOption) (*http.Response, string) {
	p.t.Helper()
	return p.do(http.NewRequest(http.MethodGet, p.oauth.AuthCodeURL("the-state", append(options, oidc.Nonce("the-nonce"))...), nil))
}

var (
	hiddenID   = regexp.MustCompile(`name="id" value="([^"]+)"`)
	formAction = regexp.MustCompile(`method="post" action="([^"]+)"`)
)

// press sends the form of one of the gateway's pages.
func (p *relyingParty) press(page string, fields url.Values) (*http.Response, string) {
	p.t.Helper()
	id, action := hiddenID.FindStringSubmatch(page), formAction.FindStringSubmatch(page)
	if id == nil || action == nil {
		p.t.Fatalf("no login page:\n%s", page)
	}
	fields.Set("id", id[1])
	return p.post(action[1], fields)
}

// post sends a form as a page of the gateway does.
func (p *relyingParty) post(path string, fields url.Values) (*http.Response, string) {
	p.t.Helper()
	r, err := http.NewRequest(http.MethodPost, p.world.url+path, strings.NewReader(fields.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", p.world.url)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return p.do(r, err)
}

// code goes all the way back to the site and returns the authorization code.
func (p *relyingParty) code(person string) string {
	p.t.Helper()
	_, page := p.open(oauth2.S256ChallengeOption(p.verifier))
	response, body := p.press(page, url.Values{"person": {person}, "action": {"login"}})
	back := p.returned(response, body)
	if back.Get("state") != "the-state" || back.Get("code") == "" {
		p.t.Fatalf("came back with %v", back)
	}
	return back.Get("code")
}

// returned is the query the browser comes back to the site with.
func (p *relyingParty) returned(response *http.Response, body string) url.Values {
	p.t.Helper()
	location, err := response.Location()
	if err != nil || !strings.HasPrefix(location.String(), callback+"?") {
		p.t.Fatalf("not sent back to the site: %s %v\n%s", response.Status, location, body)
	}
	return location.Query()
}

func (p *relyingParty) exchange(ctx context.Context, code string) (*oauth2.Token, error) {
	return p.oauth.Exchange(ctx, code, oauth2.VerifierOption(p.verifier))
}

// identify exchanges a code and has go-oidc verify the ID token, nonce included.
func (p *relyingParty) identify(code string) (map[string]any, string) {
	p.t.Helper()
	token, err := p.exchange(p.t.Context(), code)
	if err != nil {
		return nil, err.Error()
	}
	raw, _ := token.Extra("id_token").(string)
	idToken, err := p.provider.Verifier(&oidc.Config{ClientID: p.oauth.ClientID}).Verify(p.t.Context(), raw)
	if err != nil {
		return nil, err.Error()
	}
	if idToken.Nonce != "the-nonce" {
		return nil, "another nonce"
	}
	if err := idToken.VerifyAccessToken(token.AccessToken); err != nil {
		return nil, err.Error()
	}
	claims := map[string]any{}
	if err := idToken.Claims(&claims); err != nil {
		return nil, err.Error()
	}
	info, err := p.provider.UserInfo(p.t.Context(), oauth2.StaticTokenSource(token))
	if err != nil {
		return nil, err.Error()
	}
	more := map[string]any{}
	if err := info.Claims(&more); err != nil {
		return nil, err.Error()
	}
	for _, name := range []string{"sub", "name", "given_name", "family_name", "tckn"} {
		if claims[name] != more[name] || claims[name] == nil {
			p.t.Errorf("%s: %v in the ID token, %v in userinfo", name, claims[name], more[name])
		}
	}
	return claims, ""
}

func TestLogin(t *testing.T) {
	w := start(t)
	for person, want := range map[string][4]string{
		"p1": {"Ayşe Yılmaz", "Ayşe", "Yılmaz", "10000000146"},
		"p2": {"Mehmet Öztürk", "Mehmet", "Öztürk", "11111111110"},
		"p3": {"Işıl Çiğdem Şahin", "Işıl Çiğdem", "Şahin", "11111111101"},
	} {
		var subjects []any
		for range 2 {
			p := newRelyingParty(t, w)
			claims, problem := p.identify(p.code(person))
			if problem != "" {
				t.Fatalf("%s: %s", person, problem)
			}
			got := [4]any{claims["name"], claims["given_name"], claims["family_name"], claims["tckn"]}
			if got != [4]any{want[0], want[1], want[2], want[3]} {
				t.Errorf("%s: %v, want %v", person, got, want)
			}
			subjects = append(subjects, claims["sub"])
		}
		if subjects[0] != subjects[1] || strings.Contains(subjects[0].(string), want[3]) {
			t.Errorf("%s: subjects %v", person, subjects)
		}
	}
}

func TestLoginMisbehaviour(t *testing.T) {
	w := start(t)
	for conduct, want := range map[string]string{
		"ok":            ``,
		"wrong-nonce":   `another nonce`,
		"expired-token": `token is expired`,
		"unsigned":      `(?i)unexpected signature algorithm.*none|malformed jwt`,
	} {
		w.misbehave("login", conduct)
		p := newRelyingParty(t, w)
		_, problem := p.identify(p.code("p1"))
		if !regexp.MustCompile(want).MatchString(problem) || want == "" && problem != "" {
			t.Errorf("%s: go-oidc says %q, want %q", conduct, problem, want)
		}
	}
	w.misbehave("login", "down")
	if _, err := oidc.NewProvider(t.Context(), w.url); err == nil {
		t.Error("down: discovery answers")
	}
}

func TestLoginCancelled(t *testing.T) {
	p := newRelyingParty(t, start(t))
	_, page := p.open(oauth2.S256ChallengeOption(p.verifier))
	back := p.returned(p.press(page, url.Values{"person": {"p1"}, "action": {"cancel"}}))
	if back.Get("error") != "access_denied" || back.Get("state") != "the-state" || back.Has("code") {
		t.Errorf("came back with %v", back)
	}
	response, _ := p.press(page, url.Values{"person": {"p1"}, "action": {"login"}})
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("after it, the form is answered %s", response.Status)
	}
}

func TestLoginNeedsAPerson(t *testing.T) {
	p := newRelyingParty(t, start(t))
	_, page := p.open(oauth2.S256ChallengeOption(p.verifier))
	for _, person := range []string{"", "p4", "10000000146"} {
		response, body := p.press(page, url.Values{"person": {person}, "action": {"login"}})
		if response.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "Kimseyi seçmediniz") || !strings.Contains(body, `href="#person-1"`) {
			t.Errorf("%q: %s\n%s", person, response.Status, body)
		}
	}
}

// A code is good for one exchange, by the client that asked, with the verifier it kept.
func TestCodeExchange(t *testing.T) {
	w := start(t)
	for name, c := range map[string]struct {
		change func(*relyingParty)
		want   string
	}{
		"other verifier": {func(p *relyingParty) { p.verifier = oauth2.GenerateVerifier() }, "invalid_grant"},
		"no verifier":    {func(p *relyingParty) { p.verifier = "" }, "invalid_request"},
		"wrong secret":   {func(p *relyingParty) { p.oauth.ClientSecret += "x" }, "invalid_client"},
		"other client":   {func(p *relyingParty) { p.oauth.ClientID = "another" }, "invalid_client"},
		"other redirect": {func(p *relyingParty) { p.oauth.RedirectURL = "http://localhost:4712/giris/donus" }, "invalid_grant"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newRelyingParty(t, w)
			code := p.code("p1")
			good := *p
			c.change(p)
			if _, err := p.exchange(t.Context(), code); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("exchange: %v, want %s", err, c.want)
			}
			if _, err := good.exchange(t.Context(), code); err == nil {
				t.Error("the code outlived a failed exchange")
			}
		})
	}
	p := newRelyingParty(t, w)
	code := p.code("p1")
	if _, err := p.exchange(t.Context(), code); err != nil {
		t.Fatal(err)
	}
	if _, err := p.exchange(t.Context(), code); err == nil || !strings.Contains(err.Error(), "invalid_grant") {
		t.Errorf("second exchange: %v", err)
	}
}

func TestOtherGrants(t *testing.T) {
	w := start(t)
	for _, grant := range []string{"", "client_credentials", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"} {
		response, err := http.PostForm(w.url+"/oauth/token", url.Values{"grant_type": {grant}, "client_id": {"e-onay-portal"}})
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "unsupported_grant_type") {
			t.Errorf("%q: %s %s", grant, response.Status, body)
		}
	}
	for _, path := range []string{"/oauth/introspect", "/revoke", "/device_authorization", "/healthz"} {
		response, err := http.Get(w.url + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, response.Status)
		}
	}
}

// What is wrong with the request goes back to the site.
func TestAuthorizationRequests(t *testing.T) {
	p := newRelyingParty(t, start(t))
	pkce := oauth2.S256ChallengeOption(p.verifier)
	set := oauth2.SetAuthURLParam
	for name, c := range map[string]struct {
		options []oauth2.AuthCodeOption
		want    string
	}{
		"no PKCE":       {nil, "invalid_request"},
		"plain PKCE":    {[]oauth2.AuthCodeOption{set("code_challenge", p.verifier), set("code_challenge_method", "plain")}, "invalid_request"},
		"PKCE, no kind": {[]oauth2.AuthCodeOption{set("code_challenge", p.verifier)}, "invalid_request"},
		"too long":      {[]oauth2.AuthCodeOption{pkce, set("code_challenge", strings.Repeat("a", 513))}, "invalid_request"},
		"not openid":    {[]oauth2.AuthCodeOption{pkce, set("scope", "profile")}, "invalid_scope"},
		"silent":        {[]oauth2.AuthCodeOption{pkce, set("prompt", "none")}, "login_required"},
		"implicit":      {[]oauth2.AuthCodeOption{pkce, set("response_type", "id_token"), set("response_mode", "query")}, "unauthorized_client"},
		"form post":     {[]oauth2.AuthCodeOption{pkce, set("response_mode", "form_post")}, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newRelyingParty(t, p.world)
			back := p.returned(p.open(c.options...))
			if back.Get("error") != c.want || back.Get("state") != "the-state" {
				t.Errorf("came back with %v, want %s", back, c.want)
			}
		})
	}
}

// Only the portal's path on a loopback name is ever redirected to; the port is free.
func TestRedirectURIs(t *testing.T) {
	p := newRelyingParty(t, start(t))
	for uri, ok := range map[string]bool{
		callback:                                   true,
		"http://localhost/giris/donus":             true,
		"http://127.0.0.1:9/giris/donus":           true,
		"http://localhost:1/giris/donus?x=1":       false,
		"http://localhost:1/giris/donus/":          false,
		"http://localhost:1/giris/donus#f":         false,
		"http://localhost:1/baska":                 false,
		"http://u@localhost:1/giris/donus":         false,
		"http://localhost:1@evil.test/giris/donus": false,
		"http://evil.test/giris/donus":             false,
		"http://localhost.evil.test/giris/donus":   false,
		"https://localhost:1/giris/donus":          false,
		"e-onay://localhost/giris/donus":           false,
		"":                                         false,
	} {
		p.oauth.RedirectURL = uri
		response, body := p.open(oauth2.S256ChallengeOption(p.verifier), oauth2.SetAuthURLParam("redirect_uri", uri))
		if got := response.StatusCode == http.StatusOK; got != ok {
			t.Errorf("%q: %s %v\n%s", uri, response.Status, response.Header["Location"], body)
		}
		if response.Header.Get("Location") != "" {
			t.Errorf("%q: redirected to %s", uri, response.Header.Get("Location"))
		}
	}
}

// A portal that people reach by https is redirected to at its own address alone.
func TestRedirectURIsOfASecurePortal(t *testing.T) {
	p := newRelyingParty(t, start(t, "-portal", "https://onay.test:4713", "-portal-listen", "127.0.0.1:9"))
	for uri, ok := range map[string]bool{
		"https://onay.test:4713/giris/donus": true,
		callback:                             true,
		"https://onay.test/giris/donus":      false,
		"http://onay.test:4713/giris/donus":  false,
		"https://evil.test:4713/giris/donus": false,
		"https://onay.test:4713/baska":       false,
	} {
		p.oauth.RedirectURL = uri
		response, body := p.open(oauth2.S256ChallengeOption(p.verifier), oauth2.SetAuthURLParam("redirect_uri", uri))
		if got := response.StatusCode == http.StatusOK; got != ok {
			t.Errorf("%q: %s %v\n%s", uri, response.Status, response.Header["Location"], body)
		}
	}
}
