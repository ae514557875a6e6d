// Package portaltest starts a whole portal for the tests of its features: over HTTP, with SQLite, a clock that stands still
// until a test moves it, and a mailbox. Its verifier says what the test wants (Site), or is the real one beside the sandbox
// (Outside). Browser, and Desk for a new PIN, do what people and their machines do. When a test ends, the portal's log is
// searched for what must not be in it.
package portaltest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/metrics"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/login"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
	"github.com/e-onay/e-onay/web/portal/store/sqlite/sqlitetest"
	"github.com/e-onay/e-onay/web/portal/verification"
)

// The synthetic people of the tests.
const (
	Ayse   = "10000000146"
	Mehmet = "11111111110"
)

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

// Elsewhere is a portal that runs already, in processes of its own: there are browsers for it, and its store is not at hand.
func Elsewhere(t *testing.T, settings *portal.Settings) *Site {
	return &Site{T: t, URL: settings.URL, Settings: settings, Clock: &clock{at: time.Now()}}
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
	judged, moved, done, followed, entered := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() { site.MoveApplications(ctx); close(moved) }()
	go func() { site.DoJobs(ctx); close(done) }()
	go func() { site.FollowShipments(ctx); close(followed) }()
	go func() { site.EnterPeople(ctx); close(entered) }()
	s.stop = func() {
		cancel()
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
	db, err := sql.Open("sqlite", "file:"+s.Database+"?_txlock=immediate&_pragma=busy_timeout(60000)") // the portal writes too
	if err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(func() { db.Close() })
	return db
}
