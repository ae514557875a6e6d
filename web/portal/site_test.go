package portal_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
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
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/login"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
	"github.com/e-onay/e-onay/web/portal/verification"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// The synthetic people of the tests.
const (
	ayse   = "10000000146"
	mehmet = "11111111110"
)

// verifier says of every signature what the test wants, and remembers what it was asked.
type verifier struct {
	mu       sync.Mutex
	document []byte
	asked    context.Context // of the last time that the network was asked
	// judge is called without the lock; nil accepts as Ayşe's, signed when it arrived.
	judge func(signature []byte) (*relyingparty.Evidence, error)
	// judgeCertificate is the same for a certificate alone; nil accepts it as Ayşe's.
	judgeCertificate func(certificate []byte) (*relyingparty.Evidence, error)
	// prove is what happens while the network is asked; nil means that nothing is revoked.
	prove   func() error
	network func(ctx context.Context) error // in its place; see setNetwork
	now     func() time.Time
}

func (v *verifier) CheckCertificate(certificate []byte) (*relyingparty.Evidence, error) {
	v.mu.Lock()
	judge := v.judgeCertificate
	v.mu.Unlock()
	if judge != nil {
		return judge(certificate)
	}
	return v.standing(certificate), nil
}

// standing is the evidence of a good certificate.
func (v *verifier) standing(certificate []byte) *relyingparty.Evidence {
	evidence := v.accept(ayse, 0)
	evidence.Path = []*x509.Certificate{{Raw: certificate}, {Raw: []byte("kök")}}
	return evidence
}

func (v *verifier) CheckAt(signature, document []byte, received time.Time) (*relyingparty.Evidence, error) {
	v.mu.Lock()
	v.document = document
	judge := v.judge
	v.mu.Unlock()
	if judge != nil {
		return judge(signature)
	}
	evidence := v.accept(ayse, 0)
	evidence.SigningTime = received
	return evidence, nil
}

func (v *verifier) Prove(ctx context.Context, _ *relyingparty.Evidence) error {
	v.mu.Lock()
	v.asked = ctx
	prove, network := v.prove, v.network
	v.mu.Unlock()
	switch {
	case network != nil:
		return network(ctx)
	case prove != nil:
		return prove()
	}
	return nil
}

// setNetwork says what comes of asking the network from now on; nil means that nothing is revoked.
func (v *verifier) setNetwork(network func(ctx context.Context) error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.network = network
}

// accept is the evidence of a good signature, made ahead of the clock.
func (v *verifier) accept(citizenNumber string, ahead time.Duration) *relyingparty.Evidence {
	return &relyingparty.Evidence{
		CitizenNumber: citizenNumber, SigningTime: v.now().Add(ahead), VerifiedAt: v.now(),
		Path: []*x509.Certificate{{Raw: []byte("kişi")}, {Raw: []byte("kök")}},
		OCSP: &revocation.Answer{DER: []byte("ocsp")}, CRLs: []*revocation.Answer{{DER: []byte("sil")}},
	}
}

// clock stands still until a test moves it.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
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

// await waits until the log has a text n times.
func (b *lockedBuffer) await(t *testing.T, text string, n int) {
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

// site is a portal under test.
type site struct {
	t        *testing.T
	url      string
	server   *httptest.Server
	store    *sqlite.Store
	database string
	verifier *verifier
	clock    *clock
	settings *portal.Settings
	judge    verification.Verifier
	logins   login.Cards
	log      *lockedBuffer
	mail     *mailbox
	courier  letters.Courier // the mailbox; nil for the mail server of the settings
	stop     func()          // ends the sending of letters

	stopJudging func() // as when the process is told to stop
	mayPanic    bool   // the log may have a panic
}

// newSite starts a portal whose verifier is a double; change may alter its settings. When the test
// ends, the log is searched for what must not be in it.
func newSite(t *testing.T, change func(*portal.Settings)) *site {
	t.Helper()
	settings := &portal.Settings{Issuer: "http://localhost:1", ClientID: "portal", ClientSecret: "secret", Anchors: "none"}
	if change != nil {
		change(settings)
	}
	return newSiteWith(t, settings, nil, nil)
}

// newSiteWith starts a portal; without a verifier it gets the double.
func newSiteWith(t *testing.T, settings *portal.Settings, v verification.Verifier, logins login.Cards) *site {
	t.Helper()
	s := &site{t: t, settings: settings, clock: &clock{at: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}, log: &lockedBuffer{}, mail: &mailbox{}}
	s.verifier, s.courier = &verifier{now: s.clock.now}, s.mail
	if v == nil {
		v = s.verifier
	}
	s.database = filepath.Join(t.TempDir(), "portal.db")
	s.open()
	s.serve(v, logins)
	t.Cleanup(s.searchLog)
	return s
}

// open opens the database as a process of its own.
func (s *site) open() {
	s.t.Helper()
	var err error
	if s.store, err = sqlite.Open(s.t.Context(), s.database); err != nil {
		s.t.Fatal(err)
	}
}

// serve starts the server with a verifier and ends it, then the store, with the test.
func (s *site) serve(v verification.Verifier, logins login.Cards) {
	s.t.Helper()
	server := httptest.NewUnstartedServer(nil)
	s.server = server
	s.url = strings.Replace("http://"+server.Listener.Addr().String(), "127.0.0.1", "localhost", 1)
	address, err := url.Parse(s.url)
	if s.settings.URL != "" {
		address, err = url.Parse(s.settings.URL)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.judge, s.logins = v, logins
	site, err := portal.New(portal.Options{
		Settings: s.settings, Address: address, Store: s.store, Verifier: v, CardLogins: logins, Courier: s.courier, Now: s.clock.now,
		Log: slog.New(slog.NewJSONHandler(s.log, nil)),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	server.Config.Handler = site.Handler()
	server.Start()
	ctx, cancel := context.WithCancel(context.Background())
	sent, judged := make(chan struct{}), make(chan struct{})
	go func() { site.SendLetters(ctx); close(sent) }()
	s.stop = func() { cancel(); <-sent }
	judging, stop := context.WithCancel(context.Background())
	go func() { site.Judge(judging); close(judged) }()
	s.stopJudging = func() { stop(); <-judged }
	s.t.Cleanup(func() {
		server.Close()
		s.stop()
		s.stopJudging()
		if err := s.store.Close(); err != nil {
			s.t.Error(err)
		}
	})
}

// realMail has the portal send its letters to the mail server of the settings.
func (s *site) realMail() {
	s.t.Helper()
	s.server.Close()
	s.stop()
	s.courier = nil
	s.serve(s.judge, s.logins)
}

func (s *site) searchLog() {
	for _, number := range []string{ayse, mehmet, mailOfAyse, "ayse@", "oturum=", "code=", "state=", "PUK-", `"msg":"panic"`} {
		if s.mayPanic && number == `"msg":"panic"` {
			continue
		}
		if strings.Contains(s.log.String(), number) {
			s.t.Errorf("the log holds %q:\n%s", number, s.log)
		}
	}
}

// browser is a person at a browser that follows no redirect by itself.
type browser struct {
	*site
	cookies map[string]string
	header  http.Header // sent with every request
}

// anybody is a browser without cookies.
func (s *site) anybody() *browser {
	return &browser{site: s, cookies: map[string]string{}, header: http.Header{}}
}

// person is a browser in which somebody has logged in.
func (s *site) person(citizenNumber string) *browser {
	s.t.Helper()
	b := s.anybody()
	b.renew(citizenNumber)
	return b
}

// highest is the gateway's highest level of a login.
const highest = "urn:deneme:giris:yuksek"

// renew gives the browser a new session, as a login at the gateway does.
func (b *browser) renew(citizenNumber string) {
	b.t.Helper()
	secret, now := rand(), b.clock.now()
	err := b.store.CreateSession(b.t.Context(), store.Session{
		ID: store.HashOf(secret), CitizenNumber: citizenNumber, Name: "AYŞE YILMAZ",
		AuthenticatedAt: now, ACR: highest, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(8 * time.Hour),
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.cookies["oturum"], b.cookies["__Host-oturum"] = secret, secret
}

var randoms atomic.Int64

// rand returns a text that was not returned before.
func rand() string { return fmt.Sprintf("secret-%d", randoms.Add(1)) }

// answer is what the portal said.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) location() string { return a.header.Get("Location") }

var problemCode = regexp.MustCompile(`id="problem"[^>]* data-code="(\w+)"`)

// code is the code of the problem that a page shows or a problem document names.
func (a answer) code() fault.Code {
	if strings.HasPrefix(a.header.Get("Content-Type"), "application/problem+json") {
		var body struct {
			Code    fault.Code
			Message protocol.Sentence
		}
		if json.Unmarshal([]byte(a.body), &body) != nil || body.Message.TR == "" || body.Message.EN == "" {
			return "not a problem document"
		}
		return body.Code
	}
	if m := problemCode.FindStringSubmatch(a.body); m != nil {
		return fault.Code(m[1])
	}
	return ""
}

func (b *browser) do(method, path, mediaType string, body io.Reader) answer {
	b.t.Helper()
	target := path
	if strings.HasPrefix(path, "/") {
		target = b.url + path
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, target, body)
	if err != nil {
		b.t.Fatal(err)
	}
	for name, values := range b.header {
		r.Header[name] = values
	}
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	if strings.HasPrefix(target, b.url) {
		for name, value := range b.cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if strings.HasPrefix(target, b.url) {
		for _, cookie := range response.Cookies() {
			b.cookies[cookie.Name] = cookie.Value
		}
	}
	return answer{response.StatusCode, response.Header, string(data)}
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	return b.do("GET", path, "", nil)
}

func (b *browser) post(path string, form url.Values) answer {
	b.t.Helper()
	return b.do("POST", path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

var hidden = regexp.MustCompile(`<input type="hidden" name="(islem|metin)" value="([^"]*)"`)

// form returns the form of screen 1/2 as it stands on the page, ticked.
func (b *browser) form() url.Values {
	b.t.Helper()
	form := url.Values{"onay": {"evet"}}
	for _, m := range hidden.FindAllStringSubmatch(b.get("/nes/e-onay").body, -1) {
		form.Set(m[1], m[2])
	}
	return form
}

// act is what screen 2/2 shows.
type act struct{ reference, code, remaining string }

var shown = regexp.MustCompile(`(?s)data-code="(\d{15})".*data-seconds="(\d+)".*data-act="([^"]+)"`)

// toCode goes to screen 2/2 and reads it.
func (b *browser) toCode() act {
	b.t.Helper()
	if a := b.post("/nes/e-onay", b.form()); a.status != http.StatusSeeOther {
		b.t.Fatalf("screen 1/2 answered %d %s", a.status, a.code())
	}
	return b.shown()
}

func (b *browser) shown() act {
	b.t.Helper()
	m := shown.FindStringSubmatch(b.get("/nes/e-onay/imza").body)
	if m == nil {
		b.t.Fatal("screen 2/2 shows no code")
	}
	return act{code: m[1], remaining: m[2], reference: m[3]}
}

// sign posts a signature for an act.
func (b *browser) sign(reference string, signature []byte) answer {
	b.t.Helper()
	body, err := json.Marshal(map[string]any{"act": reference, "signature": signature})
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do("POST", "/nes/e-onay/imza", "application/json", bytes.NewReader(body))
}

// refused checks that an answer is a refusal with code and status.
func refused(t *testing.T, a answer, status int, code fault.Code) {
	t.Helper()
	if a.status != status || a.code() != code {
		t.Errorf("got %d %q, want %d %q", a.status, a.code(), status, code)
	}
}

// recorded checks the newest act of a person on record, "" for none.
func (s *site) recorded(citizenNumber string, want store.Kind) {
	s.t.Helper()
	got, err := s.store.NewestAct(s.t.Context(), citizenNumber)
	if err != nil && want != "" {
		s.t.Fatal(err)
	}
	if got.Kind != want {
		s.t.Errorf("the newest act on record is %q, want %q", got.Kind, want)
	}
}

// writeFile writes a file of a test and returns its path.
func writeFile(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
