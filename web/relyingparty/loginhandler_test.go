package relyingparty_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// loginSite is a site with its address, and a browser on it.
type loginSite struct {
	origin  string
	browser *http.Client
}

// serve makes a site at an address of its own, behind TLS.
func serve(t *testing.T, site func(origin string) http.Handler) *loginSite {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	origin := "https://" + server.Listener.Addr().String()
	server.Config.Handler = site(origin)
	server.StartTLS()
	t.Cleanup(server.Close)
	browser := server.Client()
	browser.Jar, _ = cookiejar.New(nil) // never fails
	return &loginSite{origin, browser}
}

// ask sends a request as the site's own page would, but for headers, and returns the answer.
func (s *loginSite) ask(t *testing.T, method, path string, body []byte, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.origin+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == http.MethodPost {
		r.Header.Set("Origin", s.origin)
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Del(headers[i])
		if headers[i+1] != "" {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	response, err := s.browser.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(data)
}

// nonce asks for a challenge.
func (s *loginSite) nonce(t *testing.T) string {
	t.Helper()
	response, body := s.ask(t, http.MethodGet, "/login", nil)
	var answer struct{ Nonce string }
	if err := json.Unmarshal([]byte(body), &answer); err != nil || response.StatusCode != http.StatusOK || answer.Nonce == "" {
		t.Fatalf("challenge: %s, %s", response.Status, body)
	}
	return answer.Nonce
}

// session is what the site's cookie says.
func (s *loginSite) session(t *testing.T) string {
	t.Helper()
	address, err := url.Parse(s.origin)
	if err != nil {
		t.Fatal(err)
	}
	cookies := s.browser.Jar.Cookies(address)
	if len(cookies) != 1 {
		t.Fatalf("cookies %v, want one", cookies)
	}
	return cookies[0].Value
}

func wantProblem(t *testing.T, response *http.Response, body string, want fault.Code) {
	t.Helper()
	var problem struct {
		Code    fault.Code
		Message protocol.Sentence
	}
	err := json.Unmarshal([]byte(body), &problem)
	if err != nil || problem.Code != want || problem.Message != message.Error(want) || response.StatusCode < 400 ||
		response.Header.Get("Content-Type") != "application/problem+json" || response.Header.Get("Cache-Control") != "no-store" ||
		response.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s, %s, want %s", response.Status, body, want)
	}
}

// TestLoginSite logs a person in to the site of the example.
func TestLoginSite(t *testing.T) {
	w := newLoginWorld(t, "P-256")
	s := serve(t, func(origin string) http.Handler { return newSite(origin, w.verifier) })
	nonce := s.nonce(t)
	login := posted(t, nonce, w.token(t, relyingparty.FormatLogin, "ES256", s.origin, nonce).json(t))
	before := s.session(t)
	response, body := s.ask(t, http.MethodPost, "/login", login)
	if response.StatusCode != http.StatusOK || body != `{"location":"/"}`+"\n" || response.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("login: %s, %s", response.Status, body)
	}
	if _, body := s.ask(t, http.MethodGet, "/", nil); body != "Hoş geldiniz, Ayşe Yılmaz\n" {
		t.Errorf("the page says %q", body)
	}
	if s.session(t) == before {
		t.Error("the session has the name that it had before")
	}
	response, body = s.ask(t, http.MethodPost, "/login", login)
	wantProblem(t, response, body, fault.FormExpired)
}

// posted is what a page posts of a login.
func posted(t *testing.T, nonce string, token []byte) []byte {
	t.Helper()
	return members{"nonce": nonce, "token": string(token)}.json(t)
}

// TestSignedChallenge checks that a challenge comes with what the page asks for, signed.
func TestSignedChallenge(t *testing.T) {
	w := newLoginWorld(t, "P-256")
	requests := newRequestSigner(t)
	handler := &relyingparty.LoginHandler{
		Login: w.login, Purpose: "Üye girişi", Requests: requests,
		Session: func(http.ResponseWriter, *http.Request) (string, error) { return session, nil },
	}
	s := serve(t, func(string) http.Handler { return http.HandlerFunc(handler.ServeChallenge) })
	_, body := s.ask(t, http.MethodGet, "/", nil)
	var r struct{ Nonce, Purpose, Signed string }
	if err := json.Unmarshal([]byte(body), &r); err != nil || r.Purpose != "Üye girişi" {
		t.Fatalf("%s, %v", body, err)
	}
	_, site := publishedBy(t, requests)
	if stated := verified(t, site, r.Signed).Payload; stated["nonce"] != r.Nonce || stated["purpose"] != r.Purpose {
		t.Errorf("signed is %v, of %+v", stated, r)
	}
	requests.Name = ""
	response, body := s.ask(t, http.MethodGet, "/", nil)
	wantProblem(t, response, body, fault.Unavailable)
}

// TestLoginRequests has what the handlers refuse, and with which status.
func TestLoginRequests(t *testing.T) {
	w := newLoginWorld(t, "P-256")
	var log bytes.Buffer
	away, refused := errors.New("away"), fault.New(fault.CertificateOfAnother, nil)
	var sessionError, loggedInError error
	s := serve(t, func(origin string) http.Handler {
		h := &relyingparty.LoginHandler{
			Login:   w.login,
			Session: func(http.ResponseWriter, *http.Request) (string, error) { return session, sessionError },
			LoggedIn: func(http.ResponseWriter, *http.Request, *relyingparty.Evidence) (string, error) {
				return "/", loggedInError
			},
			Log: slog.New(slog.NewTextHandler(&log, nil)),
		}
		h.Login.Origin = origin
		mux := http.NewServeMux()
		mux.HandleFunc("/challenge", h.ServeChallenge)
		mux.HandleFunc("/login", h.ServeLogin)
		return mux
	})
	const get, post, siteHeader, originHeader = http.MethodGet, http.MethodPost, "Sec-Fetch-Site", "Origin"
	nonce := w.sameChallenge(t)
	token := w.token(t, relyingparty.FormatLogin, "ES256", s.origin, nonce).json(t)
	good := posted(t, nonce, token)
	for name, test := range map[string]struct {
		method, path string
		body         []byte
		headers      []string
		session, in  error
		want         fault.Code
		status       int
	}{
		"challenge":                               {get, "/challenge", nil, nil, nil, nil, "", 200},
		"challenge of an old browser":             {get, "/challenge", nil, []string{siteHeader, ""}, nil, nil, "", 200},
		"challenge asked by another site":         {get, "/challenge", nil, []string{siteHeader, "cross-site"}, nil, nil, fault.FormExpired, 403},
		"challenge asked by another port":         {get, "/challenge", nil, []string{siteHeader, "same-site"}, nil, nil, fault.FormExpired, 403},
		"challenge of another origin":             {get, "/challenge", nil, []string{siteHeader, "", originHeader, "https://evil.example"}, nil, nil, fault.FormExpired, 403},
		"challenge typed":                         {get, "/challenge", nil, []string{siteHeader, "none"}, nil, nil, fault.FormExpired, 403},
		"challenge posted":                        {post, "/challenge", nil, nil, nil, nil, fault.RequestInvalid, 400},
		"challenge without a session":             {get, "/challenge", nil, nil, away, nil, fault.Unavailable, 503},
		"login":                                   {post, "/login", good, nil, nil, nil, "", 200},
		"login with a character set":              {post, "/login", good, []string{"Content-Type", "application/json; charset=utf-8"}, nil, nil, "", 200},
		"login of an old browser":                 {post, "/login", good, []string{siteHeader, ""}, nil, nil, "", 200},
		"login by GET":                            {get, "/login", nil, nil, nil, nil, fault.RequestInvalid, 400},
		"login of a form":                         {post, "/login", good, []string{"Content-Type", "text/plain"}, nil, nil, fault.RequestInvalid, 400},
		"login of another site":                   {post, "/login", good, []string{siteHeader, "cross-site"}, nil, nil, fault.FormExpired, 403},
		"login of another origin":                 {post, "/login", good, []string{originHeader, "https://evil.example"}, nil, nil, fault.FormExpired, 403},
		"login of a page without an origin":       {post, "/login", good, []string{siteHeader, "", originHeader, "null"}, nil, nil, fault.FormExpired, 403},
		"login of no browser":                     {post, "/login", good, []string{siteHeader, "", originHeader, ""}, nil, nil, fault.FormExpired, 403},
		"login too long":                          {post, "/login", make([]byte, relyingparty.MaxLogin+1), nil, nil, nil, fault.RequestTooLarge, 413},
		"login without a body":                    {post, "/login", nil, nil, nil, nil, fault.RequestInvalid, 400},
		"login of a token alone":                  {post, "/login", token, nil, nil, nil, fault.RequestInvalid, 400},
		"login with another member":               {post, "/login", []byte(strings.Replace(string(good), "{", `{"x":"y",`, 1)), nil, nil, nil, fault.RequestInvalid, 400},
		"login with two nonces":                   {post, "/login", []byte(strings.Replace(string(good), "{", `{"nonce":"AAAA",`, 1)), nil, nil, nil, fault.RequestInvalid, 400},
		"login without a nonce":                   {post, "/login", posted(t, "", token), nil, nil, nil, fault.FormExpired, 403},
		"login without a token":                   {post, "/login", posted(t, nonce, nil), nil, nil, nil, fault.LoginFailed, 403},
		"login by an algorithm that nobody has":   {post, "/login", []byte(strings.Replace(string(good), "ES256", "XS256", 1)), nil, nil, nil, fault.SignatureAlgorithm, 422},
		"login without a session":                 {post, "/login", good, nil, away, nil, fault.Unavailable, 503},
		"login of a person who may not come in":   {post, "/login", good, nil, nil, refused, fault.CertificateOfAnother, 422},
		"login when the site's own store is away": {post, "/login", good, nil, nil, away, fault.Unavailable, 503},
	} {
		t.Run(name, func(t *testing.T) {
			log.Reset()
			sessionError, loggedInError = test.session, test.in
			response, body := s.ask(t, test.method, test.path, test.body, test.headers...)
			if response.StatusCode != test.status {
				t.Errorf("%s, want %d", response.Status, test.status)
			}
			if test.want != "" {
				wantProblem(t, response, body, test.want)
			}
			if logged := strings.Contains(log.String(), "code="+string(test.want)+" "); test.want != "" && !logged || test.want == "" && log.Len() > 0 {
				t.Errorf("the log has %q", log.String())
			}
			for _, personal := range []string{pkitest.Citizen, "Ayşe", "Yılmaz"} {
				if strings.Contains(log.String()+body, personal) {
					t.Errorf("the answer or the log names the person: %s", personal)
				}
			}
		})
	}
}
