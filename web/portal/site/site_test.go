package site

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/proxy"
)

// noSessions is a store in which no session is kept.
type noSessions struct{ Sessions }

func (noSessions) Session(context.Context, store.Hash, time.Time, time.Duration) (store.Session, error) {
	return store.Session{}, store.ErrNotFound
}

func newTestSite(t *testing.T, features ...Feature) http.Handler {
	t.Helper()
	s, err := New(Options{
		Address: &url.URL{Scheme: "https", Host: "eonay.example"}, Sessions: noSessions{}, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	}, features...)
	if err != nil {
		t.Fatal(err)
	}
	return s.Handler()
}

func served(v *Visit) error { return v.AnswerBytes("text/plain", []byte("served")) }

// TestRoute asks for routes of each kind as somebody who has not logged in.
func TestRoute(t *testing.T) {
	login := Feature{Ways: map[fault.Code]Way{fault.LoginRequired: {Path: "/login", Text: "portal.login"}}}
	site := newTestSite(t, login, Feature{Routes: []Route{
		{Pattern: "GET /open", Serve: served},
		{Pattern: "GET /own", Access: LoggedIn, Serve: served},
		{Pattern: "GET /own/script", Access: LoggedIn, Script: true, Serve: served},
	}})
	for path, want := range map[string]struct {
		status              int
		location, mediaType string
	}{
		"/open":       {http.StatusOK, "", "text/plain"},
		"/own":        {http.StatusSeeOther, "/login?oturum=kapali", "text/html; charset=utf-8"},
		"/own/script": {http.StatusUnauthorized, "", "application/problem+json"},
		"/elsewhere":  {http.StatusNotFound, "", "text/html; charset=utf-8"},
	} {
		w := httptest.NewRecorder()
		site.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if h := w.Header(); w.Code != want.status || h.Get("Location") != want.location || h.Get("Content-Type") != want.mediaType {
			t.Errorf("%s: %d, to %q, %q", path, w.Code, h.Get("Location"), h.Get("Content-Type"))
		}
	}
}

// TestWays has the ways on after errors: to the feature that names the code, to the start of the act, or home.
func TestWays(t *testing.T) {
	fail := func(code fault.Code) func(*Visit) error {
		return func(*Visit) error { return fault.New(code, nil) }
	}
	act := Feature{Start: Way{Path: "/act", Text: "portal.e-onay"}, Routes: []Route{
		{Pattern: "GET /act/over", Serve: fail(refusal.CodeExpired)},
		{Pattern: "GET /act/waits", Serve: fail(refusal.PUKWait)},
		{Pattern: "GET /act/none", Serve: fail(refusal.NotFound)},
	}}
	other := Feature{
		Ways:   map[fault.Code]Way{refusal.PUKWait: {Path: "/other", Text: "portal.pin"}},
		Routes: []Route{{Pattern: "GET /other/over", Serve: fail(refusal.CodeExpired)}},
	}
	site := newTestSite(t, act, other)
	for path, way := range map[string]string{"/act/over": "/act", "/act/waits": "/other", "/act/none": "/", "/other/over": "/"} {
		w := httptest.NewRecorder()
		site.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if !strings.Contains(w.Body.String(), `<a class="button primary" href="`+way+`">`) {
			t.Errorf("%s does not lead to %s:\n%s", path, way, w.Body)
		}
	}
}

// TestRequestID looks for one id in a header, a page, a problem document and each line of the log, and for the visitor's address.
func TestRequestID(t *testing.T) {
	var log bytes.Buffer
	visitors, err := proxy.New(proxy.Settings{AddressHeader: "X-Real-IP", RequestIDHeader: "X-Request-Id"})
	if err != nil {
		t.Fatal(err)
	}
	fail := func(*Visit) error { return fault.New(fault.Internal, nil) }
	s, err := New(Options{
		Address: &url.URL{Scheme: "https", Host: "eonay.example"}, Sessions: noSessions{}, Proxy: visitors, Log: slog.New(slog.NewJSONHandler(&log, nil)), Now: time.Now,
	}, Feature{Routes: []Route{
		{Pattern: "GET /page", Serve: fail}, {Pattern: "GET /script", Script: true, Serve: fail},
		{Pattern: "GET /panic", Serve: func(*Visit) error { panic("a fault of the test") }},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/page": `<span class="figures">0123456789abcdef</span>`, "/script": `"request_id":"0123456789abcdef"`, "/panic": ""} {
		log.Reset()
		r := httptest.NewRequest("GET", path, nil)
		r.RemoteAddr = "127.0.0.1:9"
		r.Header = http.Header{"X-Real-Ip": {"203.0.113.1"}, "X-Request-Id": {"0123456789abcdef"}}
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Header().Get("X-Request-Id") != "0123456789abcdef" || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %v\n%s", path, w.Header(), w.Body)
		}
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		for _, line := range lines {
			if !strings.Contains(line, `"request":"0123456789abcdef"`) {
				t.Errorf("%s: a line without the id: %s", path, line)
			}
		}
		if len(lines) != 2 || !strings.Contains(lines[1], `"from":"203.0.113.1"`) {
			t.Errorf("%s: the log has\n%s", path, &log)
		}
	}
}

// TestBodyLimit posts one byte more than a route takes.
func TestBodyLimit(t *testing.T) {
	read := func(v *Visit) error {
		if _, err := v.ReadJSON(); err != nil {
			return err
		}
		return served(v)
	}
	site := newTestSite(t, Feature{Routes: []Route{
		{Pattern: "POST /form", Script: true, Serve: read},
		{Pattern: "POST /large", Script: true, MaxBody: 2 * maxForm, Serve: read},
	}})
	for path, limit := range map[string]int{"/form": maxForm, "/large": 2 * maxForm} {
		for size, want := range map[int]int{limit: http.StatusOK, limit + 1: http.StatusRequestEntityTooLarge} {
			r := httptest.NewRequest("POST", path, strings.NewReader(strings.Repeat(" ", size)))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			site.ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("%s with %d bytes: %d, want %d", path, size, w.Code, want)
			}
		}
	}
}

// TestNamesTwice has features that would hide each other's pages or files.
func TestNamesTwice(t *testing.T) {
	for _, name := range []string{"pages/error.html", "static/page.js", "static/look.css"} {
		var files fs.FS = fstest.MapFS{name: &fstest.MapFile{Data: []byte(`{{define "title"}}{{end}}`)}}
		if _, err := New(Options{Address: &url.URL{}}, Feature{Files: files}); err == nil {
			t.Errorf("%s: taken twice", name)
		}
	}
}

// TestPageThatCannotBeParsed has a page that only its first reader would miss, if the start of the portal did not.
func TestPageThatCannotBeParsed(t *testing.T) {
	files := fstest.MapFS{"pages/broken.html": &fstest.MapFile{Data: []byte(`{{define "title"}}{{if}}{{end}}`)}}
	if _, err := New(Options{Address: &url.URL{}}, Feature{Files: files}); err == nil || !strings.Contains(err.Error(), "broken.html") {
		t.Errorf("%v, want an error that names the page", err)
	}
}
