package portal_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/letters"
)

const mailOfAyse = "ayse@ornek.test"

// testMail are settings of a mail server that is never spoken with: the mailbox is in its place.
func testMail() *letters.Settings {
	return &letters.Settings{Server: "localhost:1", TLS: "none", From: "Deneme <e-onay@ornek.test>", SMSAddress: "{phone}@sms.ornek.test"}
}

// mailbox is where the letters of a portal under test arrive.
type mailbox struct {
	mu      sync.Mutex
	letters []letters.Letter
	came    chan struct{} // closed when another letter has come, or was refused
	refuse  error         // what the server says in place of taking a letter
	refused int
}

func (m *mailbox) Deliver(_ context.Context, l letters.Letter) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.came != nil {
		defer func() { close(m.came); m.came = nil }()
	}
	if m.refuse != nil {
		m.refused++
		return m.refuse
	}
	m.letters = append(m.letters, l)
	return nil
}

func (m *mailbox) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.letters)
}

// wait waits until what is true of the mailbox.
func (m *mailbox) wait(t *testing.T, is func(*mailbox) bool) {
	t.Helper()
	patience, cancel := context.WithTimeoutCause(t.Context(), 10*time.Second, errors.New("no such letter came"))
	defer cancel()
	for {
		m.mu.Lock()
		done := is(m)
		if m.came == nil {
			m.came = make(chan struct{})
		}
		came := m.came
		m.mu.Unlock()
		if done {
			return
		}
		select {
		case <-came:
		case <-patience.Done():
			t.Fatal(context.Cause(patience))
		}
	}
}

// letter returns the first letter after so many of which is is true.
func (m *mailbox) letter(t *testing.T, n int, is func(letters.Letter) bool) (found letters.Letter) {
	t.Helper()
	m.wait(t, func(m *mailbox) bool {
		i := slices.IndexFunc(m.letters[n:], is)
		if i >= 0 {
			found = m.letters[n+i]
		}
		return i >= 0
	})
	return found
}

var eightDigits = regexp.MustCompile(`\b[0-9]{4} [0-9]{4}\b`)

// code returns the one-time code of the first letter after so many that brings one.
func (m *mailbox) code(t *testing.T, n int) string {
	t.Helper()
	return eightDigits.FindString(m.letter(t, n, func(l letters.Letter) bool { return eightDigits.MatchString(l.Text) }).Text)
}

// pass does what the screens before the act's code ask: it has a one-time code sent, and types it. A code that is
// good still is not asked for again.
func (b *browser) pass() {
	b.t.Helper()
	before := b.mail.count()
	a := b.post("/nes/pin", nil)
	if a.location() == "/nes/pin/kod" {
		a = b.confirm(b.mail.code(b.t, before))
	}
	if a.status != http.StatusSeeOther || a.location() != "/nes/pin/islem" {
		b.t.Fatalf("the act's code is not there: %d %q %q", a.status, a.location(), a.code())
	}
}

func (b *browser) confirm(code string) answer {
	b.t.Helper()
	return b.post("/nes/pin/kod", url.Values{"kod": {code}})
}
