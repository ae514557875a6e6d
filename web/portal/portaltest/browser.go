package portaltest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Browser is a person at a browser that follows no redirect by itself.
type Browser struct {
	*Site
	Cookies map[string]string
	Header  http.Header // sent with every request
}

// Anybody is a browser without cookies.
func (s *Site) Anybody() *Browser {
	return &Browser{Site: s, Cookies: map[string]string{}, Header: http.Header{}}
}

// Person is a browser in which somebody has logged in.
func (s *Site) Person(citizenNumber string) *Browser {
	s.T.Helper()
	b := s.Anybody()
	b.Renew(citizenNumber)
	return b
}

// Highest is the gateway's highest level of a login.
const Highest = "urn:deneme:giris:yuksek"

// Renew gives the browser a new session, as a login at the gateway does.
func (b *Browser) Renew(citizenNumber string) {
	b.T.Helper()
	secret, now := Secret(), b.Clock.Now()
	err := b.Store.CreateSession(b.T.Context(), store.Session{
		ID: store.HashOf(secret), CitizenNumber: citizenNumber, Name: "AYŞE YILMAZ",
		AuthenticatedAt: now, ACR: Highest, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(8 * time.Hour),
	})
	if err != nil {
		b.T.Fatal(err)
	}
	b.Cookies["oturum"], b.Cookies["__Host-oturum"] = secret, secret
}

var randoms atomic.Int64

// Secret returns a text that was not returned before.
func Secret() string { return fmt.Sprintf("secret-%d", randoms.Add(1)) }

// Answer is what the portal said.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

func (a Answer) Location() string { return a.Header.Get("Location") }

var problemCode = regexp.MustCompile(`id="problem"[^>]* data-code="(\w+)"`)

// Code is the code of the problem that a page shows or a problem document names.
func (a Answer) Code() fault.Code {
	if strings.HasPrefix(a.Header.Get("Content-Type"), "application/problem+json") {
		var body struct {
			Code    fault.Code
			Message protocol.Sentence
		}
		if json.Unmarshal([]byte(a.Body), &body) != nil || body.Message.TR == "" || body.Message.EN == "" {
			return "not a problem document"
		}
		return body.Code
	}
	if m := problemCode.FindStringSubmatch(a.Body); m != nil {
		return fault.Code(m[1])
	}
	return ""
}

func (b *Browser) Do(method, path, mediaType string, body io.Reader) Answer {
	b.T.Helper()
	target := path
	if strings.HasPrefix(path, "/") {
		target = b.URL + path
	}
	r, err := http.NewRequestWithContext(b.T.Context(), method, target, body)
	if err != nil {
		b.T.Fatal(err)
	}
	for name, values := range b.Header {
		r.Header[name] = values
	}
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	if strings.HasPrefix(target, b.URL) {
		for name, value := range b.Cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		b.T.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		b.T.Fatal(err)
	}
	if strings.HasPrefix(target, b.URL) {
		for _, cookie := range response.Cookies() {
			b.Cookies[cookie.Name] = cookie.Value
		}
	}
	return Answer{response.StatusCode, response.Header, string(data)}
}

func (b *Browser) Get(path string) Answer {
	b.T.Helper()
	return b.Do("GET", path, "", nil)
}

func (b *Browser) Post(path string, form url.Values) Answer {
	b.T.Helper()
	return b.Do("POST", path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

var hidden = regexp.MustCompile(`<input type="hidden" name="(islem|metin)" value="([^"]*)"`)

// Form returns the form of screen 1/2 as it stands on the page, ticked.
func (b *Browser) Form() url.Values {
	b.T.Helper()
	form := url.Values{"onay": {"evet"}}
	for _, m := range hidden.FindAllStringSubmatch(b.Get("/nes/e-onay").Body, -1) {
		form.Set(m[1], m[2])
	}
	return form
}

// Act is what screen 2/2 shows.
type Act struct{ Reference, Code, Remaining string }

var shown = regexp.MustCompile(`(?s)data-code="(\d{15})".*data-seconds="(\d+)".*data-act="([^"]+)"`)

// ToCode goes to screen 2/2 and reads it.
func (b *Browser) ToCode() Act {
	b.T.Helper()
	if a := b.Post("/nes/e-onay", b.Form()); a.Status != http.StatusSeeOther {
		b.T.Fatalf("screen 1/2 answered %d %s", a.Status, a.Code())
	}
	return b.Shown()
}

func (b *Browser) Shown() Act {
	b.T.Helper()
	m := shown.FindStringSubmatch(b.Get("/nes/e-onay/imza").Body)
	if m == nil {
		b.T.Fatal("screen 2/2 shows no code")
	}
	return Act{Code: m[1], Remaining: m[2], Reference: m[3]}
}

// Sign posts a signature for an act.
func (b *Browser) Sign(reference string, signature []byte) Answer {
	b.T.Helper()
	body, err := json.Marshal(map[string]any{"act": reference, "signature": signature})
	if err != nil {
		b.T.Fatal(err)
	}
	return b.Do("POST", "/nes/e-onay/imza", "application/json", bytes.NewReader(body))
}

// Refused checks that an answer is a refusal with code and status.
func Refused(t *testing.T, a Answer, status int, code fault.Code) {
	t.Helper()
	if a.Status != status || a.Code() != code {
		t.Errorf("got %d %q, want %d %q", a.Status, a.Code(), status, code)
	}
}
