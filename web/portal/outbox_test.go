package portal_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"
)

var errLater = errors.New("mail server: status 451 4.7.1")

func base64Of(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// TestLettersAreTriedAgain has a mail server that takes nothing at first, and a portal that is restarted meanwhile.
func TestLettersAreTriedAgain(t *testing.T) {
	s := newPINSite(t, nil)
	s.mail.refuse = errLater
	d := s.program()
	if a := d.post("/nes/pin", nil); a.location() != "/nes/pin/kod" {
		t.Fatalf("%d %q", a.status, a.code())
	}
	s.mail.wait(t, func(m *mailbox) bool { return m.refused == 1 })
	s.clock.pass(6 * time.Second)
	s.mail.wait(t, func(m *mailbox) bool { return m.refused == 2 })
	s.restart()
	s.mail.mu.Lock()
	s.mail.refuse = nil
	s.mail.mu.Unlock()
	s.clock.pass(11 * time.Second)
	if a := d.confirm(s.mail.code(t, 0)); a.location() != "/nes/pin/islem" {
		t.Errorf("%d %q", a.status, a.code())
	}
	if n := s.mail.count(); n != 1 {
		t.Errorf("%d letters", n)
	}
	for part, want := range map[string]bool{"letter not sent": true, "letter sent": true, "letter given up": false} {
		if strings.Contains(s.log.String(), part) != want {
			t.Errorf("the log tells of %q: %v", part, !want)
		}
	}
}

// TestLettersAreGivenUp has codes that are over before they are sent: nobody gets one that is of no use.
func TestLettersAreGivenUp(t *testing.T) {
	s := newPINSite(t, nil)
	s.mail.refuse = errLater
	d := s.program()
	d.post("/nes/pin", nil)
	s.mail.wait(t, func(m *mailbox) bool { return m.refused == 1 })
	s.clock.pass(10 * time.Minute)
	s.mail.mu.Lock()
	s.mail.refuse = nil
	s.mail.mu.Unlock()
	d.renew(ayse)
	d.post("/nes/pin", nil) // the next letter comes behind the one that is given up
	s.mail.code(t, 0)
	if n := s.mail.count(); n != 1 || !strings.Contains(s.log.String(), "letter given up") {
		t.Errorf("%d letters came:\n%s", n, s.log)
	}
}
