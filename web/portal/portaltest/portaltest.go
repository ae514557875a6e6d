// Package portaltest starts a whole portal for the tests of its features: over HTTP, with SQLite, a clock that stands still
// until a test moves it, and a mailbox. Its verifier says what the test wants (Site), or is the real one beside the sandbox
// (Outside). Browser, and Desk for a new PIN, do what people and their machines do. When a test ends, the portal's log is
// searched for what must not be in it.
package portaltest

import (
	"bytes"
	"context"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/revocation"
	"github.com/e-onay/e-onay/web/metrics"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/login"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
	"github.com/e-onay/e-onay/web/portal/store/sqlite/sqlitetest"
	"github.com/e-onay/e-onay/web/portal/verification"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// The synthetic people of the tests.
const (
	Ayse   = "10000000146"
	Mehmet = "11111111110"
)

// Verifier says of every signature what the test wants, and remembers what it was asked.
type Verifier struct {
	mu       sync.Mutex
	Document []byte
	Asked    context.Context // of the last time that the network was asked
	// Judge is called without the lock; nil accepts as Ayşe's, signed when it arrived.
	Judge func(signature []byte) (*relyingparty.Evidence, error)
	// JudgeCertificate is the same for a certificate alone; nil accepts it as Ayşe's.
	JudgeCertificate func(certificate []byte) (*relyingparty.Evidence, error)
	// OnProve is what happens while the network is asked; nil means that nothing is revoked.
	OnProve func() error
	network func(ctx context.Context) error // in its place; see setNetwork
	Now     func() time.Time
}

func (v *Verifier) CheckCertificate(certificate []byte) (*relyingparty.Evidence, error) {
	v.mu.Lock()
	judge := v.JudgeCertificate
	v.mu.Unlock()
	if judge != nil {
		return judge(certificate)
	}
	return v.Standing(certificate), nil
}

// Standing is the evidence of a good certificate.
func (v *Verifier) Standing(certificate []byte) *relyingparty.Evidence {
	evidence := v.Accept(Ayse, 0)
	evidence.Path = []*x509.Certificate{{Raw: certificate}, {Raw: []byte("kök")}}
	return evidence
}

func (v *Verifier) CheckAt(signature, document []byte, received time.Time) (*relyingparty.Evidence, error) {
	v.mu.Lock()
	v.Document = document
	judge := v.Judge
	v.mu.Unlock()
	if judge != nil {
		return judge(signature)
	}
	evidence := v.Accept(Ayse, 0)
	evidence.SigningTime = received
	return evidence, nil
}

// CheckFileAt says of a signed PDF what CheckAt says of a signature.
func (v *Verifier) CheckFileAt(f relyingparty.SignedFile, received time.Time) (*relyingparty.Evidence, error) {
	signed, err := io.ReadAll(f.Content)
	if err != nil {
		return nil, err
	}
	return v.CheckAt(signed, f.Documents[0].Base64, received)
}

func (v *Verifier) Prove(ctx context.Context, _ *relyingparty.Evidence) error {
	v.mu.Lock()
	v.Asked = ctx
	prove, network := v.OnProve, v.network
	v.mu.Unlock()
	switch {
	case network != nil:
		return network(ctx)
	case prove != nil:
		return prove()
	}
	return nil
}

// SetNetwork says what comes of asking the network from now on; nil means that nothing is revoked.
func (v *Verifier) SetNetwork(network func(ctx context.Context) error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.network = network
}

// Accept is the evidence of a good signature, made ahead of the clock.
func (v *Verifier) Accept(citizenNumber string, ahead time.Duration) *relyingparty.Evidence {
	return &relyingparty.Evidence{
		CitizenNumber: citizenNumber, SigningTime: v.Now().Add(ahead), VerifiedAt: v.Now(),
		Path: []*x509.Certificate{{Raw: []byte("kişi")}, {Raw: []byte("kök")}},
		OCSP: &revocation.Answer{DER: []byte("ocsp")}, CRLs: []*revocation.Answer{{DER: []byte("sil")}},
	}
}

// clock stands still until a test moves it.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// lockedBuffer is a log that may be written and read at once.
type lockedBuffer struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	written chan struct{} // closed at the next write, where somebody waits
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.written != nil {
		close(b.written)
		b.written = nil
	}
	return b.buf.Write(p)
}

// Await waits until the log has a text n times.
func (b *lockedBuffer) Await(t *testing.T, text string, n int) {
	t.Helper()
	for {
		b.mu.Lock()
		if b.written == nil {
			b.written = make(chan struct{})
		}
		written, found := b.written, strings.Count(b.buf.String(), text)
		b.mu.Unlock()
		if found >= n {
			return
		}
		select {
		case <-written:
		case <-time.After(time.Minute):
			t.Fatalf("the log has %q %d times, want %d:\n%s", text, found, n, b)
		}
	}
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// Site is a portal under test.
type Site struct {
	T         *testing.T
	URL       string
	Server    *httptest.Server
	Store     *sqlite.Store
	Database  string
	Verifier  *Verifier
	Clock     *clock
	Settings  *portal.Settings
	Meter     *metrics.Meter
	judge     verification.Verifier
	logins    login.Cards
	check     *portal.SignatureCheck // nil for that of the program
	Log       *lockedBuffer
	Mail      *Mailbox
	transport letters.Transport // the mailbox; nil for the mail server of the settings
	stop      func()            // ends the sending of letters

	StopJudging func() // as when the process is told to stop
	MayPanic    bool   // the log may have a panic
}

// NewSite starts a portal whose verifier is a double; change may alter its settings. When the test
// ends, the log is searched for what must not be in it.
func NewSite(t *testing.T, change func(*portal.Settings)) *Site {
	t.Helper()
	settings := &portal.Settings{Issuer: "http://localhost:1", ClientID: "portal", ClientSecret: "secret", Anchors: "none"}
	if change != nil {
		change(settings)
	}
	return newSiteWith(t, settings, nil, nil)
}

// NewCheckingSite starts a portal whose İmza Doğrulama judges by check.
func NewCheckingSite(t *testing.T, check *portal.SignatureCheck, change func(*portal.Settings)) *Site {
	t.Helper()
	settings := &portal.Settings{Issuer: "http://localhost:1", ClientID: "portal", ClientSecret: "secret", Anchors: "none"}
	if change != nil {
		change(settings)
	}
	s := &Site{check: check}
	s.start(t, settings, nil, nil)
	return s
}

// newSiteWith starts a portal; without a verifier it gets the double.
func newSiteWith(t *testing.T, settings *portal.Settings, v verification.Verifier, logins login.Cards) *Site {
	t.Helper()
	s := &Site{}
	s.start(t, settings, v, logins)
	return s
}

func (s *Site) start(t *testing.T, settings *portal.Settings, v verification.Verifier, logins login.Cards) {
	t.Helper()
	s.T, s.Settings, s.Clock = t, settings, &clock{at: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	s.Log, s.Mail, s.Meter = &lockedBuffer{}, &Mailbox{}, metrics.New()
	s.Verifier, s.transport = &Verifier{Now: s.Clock.Now}, s.Mail
	if v == nil {
		v = s.Verifier
	}
	s.Database = filepath.Join(t.TempDir(), "portal.db")
	s.Open()
	s.Serve(v, logins)
	t.Cleanup(s.searchLog)
}

// Open opens the database as a process of its own.
func (s *Site) Open() {
	s.T.Helper()
	s.Store = sqlitetest.Open(s.T, s.Database)
}

// Serve starts the server with a verifier and ends it, then the store, with the test.
func (s *Site) Serve(v verification.Verifier, logins login.Cards) {
	s.T.Helper()
	server := httptest.NewUnstartedServer(nil)
	s.Server = server
	s.URL = strings.Replace("http://"+server.Listener.Addr().String(), "127.0.0.1", "localhost", 1)
	address, err := url.Parse(s.URL)
	if s.Settings.URL != "" {
		address, err = url.Parse(s.Settings.URL)
	}
	if err != nil {
		s.T.Fatal(err)
	}
	s.judge, s.logins = v, logins
	site, err := portal.New(portal.Options{
		Settings: s.Settings, Address: address, Store: s.Store, Verifier: v, CardLogins: logins, SignatureCheck: s.check, Transport: s.transport, Meter: s.Meter, Now: s.Clock.Now,
		Log: slog.New(slog.NewJSONHandler(s.Log, nil)),
	})
	if err != nil {
		s.T.Fatal(err)
	}
	server.Config.Handler = site.Handler()
	server.Start()
	ctx, cancel := context.WithCancel(context.Background())
	sent, judged, moved, done, followed, entered := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() { site.SendLetters(ctx); close(sent) }()
	go func() { site.MoveApplications(ctx); close(moved) }()
	go func() { site.DoJobs(ctx); close(done) }()
	go func() { site.FollowShipments(ctx); close(followed) }()
	go func() { site.EnterPeople(ctx); close(entered) }()
	s.stop = func() {
		cancel()
		<-sent
		<-moved
		<-done
		<-followed
		<-entered
	}
	judging, stop := context.WithCancel(context.Background())
	go func() { site.Judge(judging); close(judged) }()
	s.StopJudging = func() { stop(); <-judged }
	s.T.Cleanup(func() {
		server.Close()
		s.stop()
		s.StopJudging()
		if err := s.Store.Close(); err != nil {
			s.T.Error(err)
		}
	})
}

// RealMail has the portal send its letters to the mail server of the settings.
func (s *Site) RealMail() {
	s.T.Helper()
	s.Server.Close()
	s.stop()
	s.transport = nil
	s.Serve(s.judge, s.logins)
}

// Counted checks that a metric has been counted so many times.
func (s *Site) Counted(metric string, n int) {
	s.T.Helper()
	var all bytes.Buffer
	if err := s.Meter.Write(&all); err != nil {
		s.T.Fatal(err)
	}
	if line := fmt.Sprintf("\n%s %d\n", metric, n); !strings.Contains(all.String(), line) {
		s.T.Errorf("there is no %s in\n%s", strings.TrimSpace(line), &all)
	}
}

func (s *Site) searchLog() {
	for _, number := range []string{Ayse, Mehmet, MailOfAyse, "ayse@", "oturum=", "code=", "state=", "PUK-", `"msg":"panic"`} {
		if s.MayPanic && number == `"msg":"panic"` {
			continue
		}
		if strings.Contains(s.Log.String(), number) {
			s.T.Errorf("the log holds %q:\n%s", number, s.Log)
		}
	}
}

// Browser is a person at a browser that follows no redirect by itself.
type Browser struct {
	*Site
	Cookies map[string]string
	Header  http.Header // sent with every request
}

// Seen is an application as its person sees it: with what was written of its form and is not submitted.
func (s *Site) Seen(reference string) application.Application {
	s.T.Helper()
	a, err := s.Store.Application(s.T.Context(), reference)
	if err != nil {
		s.T.Fatal(err)
	}
	d, err := s.Store.Draft(s.T.Context(), reference)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		s.T.Fatal(err)
	}
	return a.WithDraft(d)
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

// Recorded checks the newest act of a person on record, "" for none.
func (s *Site) Recorded(citizenNumber string, want store.Kind) {
	s.T.Helper()
	got, err := s.Store.NewestAct(s.T.Context(), citizenNumber)
	if err != nil && want != "" {
		s.T.Fatal(err)
	}
	if got.Kind != want {
		s.T.Errorf("the newest act on record is %q, want %q", got.Kind, want)
	}
}

// WriteFile writes a file of a test and returns its path.
func WriteFile(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Raw opens the database as another program would.
func (s *Site) Raw() *sql.DB {
	s.T.Helper()
	db, err := sql.Open("sqlite", s.Database)
	if err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(func() { db.Close() })
	return db
}
