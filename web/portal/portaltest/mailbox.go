package portaltest

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

const MailOfAyse = "ayse@ornek.test"

// TestMail are settings of a mail server that is never spoken with: the mailbox is in its place.
func TestMail() *letters.Settings {
	return &letters.Settings{Server: "localhost:1", TLS: "none", From: "Deneme <e-onay@ornek.test>", SMSAddress: "{phone}@sms.ornek.test"}
}

// Mailbox is where the letters of a portal under test arrive.
type Mailbox struct {
	Mu      sync.Mutex
	letters []letters.Letter
	came    chan struct{} // closed when another letter has come, or was refused
	Refuse  error         // what the server says in place of taking a letter
	Refused int
}

func (m *Mailbox) Deliver(_ context.Context, l letters.Letter) error {
	m.Mu.Lock()
	defer m.Mu.Unlock()
	if m.came != nil {
		defer func() { close(m.came); m.came = nil }()
	}
	if m.Refuse != nil {
		m.Refused++
		return m.Refuse
	}
	m.letters = append(m.letters, l)
	return nil
}

func (m *Mailbox) Count() int {
	m.Mu.Lock()
	defer m.Mu.Unlock()
	return len(m.letters)
}

// Wait waits until what is true of the mailbox.
func (m *Mailbox) Wait(t *testing.T, is func(*Mailbox) bool) {
	t.Helper()
	patience, cancel := context.WithTimeoutCause(t.Context(), 10*time.Second, errors.New("no such letter came"))
	defer cancel()
	for {
		m.Mu.Lock()
		done := is(m)
		if m.came == nil {
			m.came = make(chan struct{})
		}
		came := m.came
		m.Mu.Unlock()
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

// Letter returns the first letter after so many of which is is true.
func (m *Mailbox) Letter(t *testing.T, n int, is func(letters.Letter) bool) (found letters.Letter) {
	t.Helper()
	m.Wait(t, func(m *Mailbox) bool {
		i := slices.IndexFunc(m.letters[n:], is)
		if i >= 0 {
			found = m.letters[n+i]
		}
		return i >= 0
	})
	return found
}

var EightDigits = regexp.MustCompile(`\b[0-9]{4} [0-9]{4}\b`)

// Code returns the one-time code of the first letter after so many that brings one.
func (m *Mailbox) Code(t *testing.T, n int) string {
	t.Helper()
	return EightDigits.FindString(m.Letter(t, n, func(l letters.Letter) bool { return EightDigits.MatchString(l.Text) }).Text)
}

// pass does what the screens before the act's code ask: it has a one-time code sent, and types it. A code that is
// good still is not asked for again.
func (b *Browser) pass() {
	b.T.Helper()
	before := b.Mail.Count()
	a := b.Post("/nes/pin", nil)
	if a.Location() == "/nes/pin/kod" {
		a = b.Confirm(b.Mail.Code(b.T, before))
	}
	if a.Status != http.StatusSeeOther || a.Location() != "/nes/pin/islem" {
		b.T.Fatalf("the act's code is not there: %d %q %q", a.Status, a.Location(), a.Code())
	}
}

func (b *Browser) Confirm(code string) Answer {
	b.T.Helper()
	return b.Post("/nes/pin/kod", url.Values{"kod": {code}})
}
