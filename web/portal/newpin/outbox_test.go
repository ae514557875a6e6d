package newpin_test

import (
	"encoding/base64"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/store"
)

var errLater = errors.New("mail server: status 451 4.7.1")

func base64Of(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// TestLettersAreTriedAgain has a mail server that takes nothing at first, and a portal that is restarted meanwhile.
func TestLettersAreTriedAgain(t *testing.T) {
	s := portaltest.NewPINSite(t, nil)
	s.Mail.Refuse = errLater
	d := program(s)
	if a := d.Post("/nes/pin", nil); a.Location() != "/nes/pin/kod" {
		t.Fatalf("%d %q", a.Status, a.Code())
	}
	// The log tells that the next attempt's time is set. When the mailbox has just refused, it is not: the clock would pass first.
	s.Log.Await(t, "job failed", 1)
	s.Clock.Pass(6 * time.Second)
	s.Log.Await(t, "job failed", 2)
	want := []store.JobCount{{Kind: store.CodeMessage.JobKind(), Waiting: 1, Oldest: s.Clock.Now().Add(-6 * time.Second)}}
	if waiting, err := s.Store.JobCounts(t.Context(), s.Clock.Now()); err != nil || !reflect.DeepEqual(waiting, want) {
		t.Errorf("the store has %+v, %v", waiting, err)
	}
	s.Restart()
	s.Mail.Mu.Lock()
	s.Mail.Refuse = nil
	s.Mail.Mu.Unlock()
	s.Clock.Pass(11 * time.Second)
	if a := d.Confirm(s.Mail.Code(t, 0)); a.Location() != "/nes/pin/islem" {
		t.Errorf("%d %q", a.Status, a.Code())
	}
	if n := s.Mail.Count(); n != 1 {
		t.Errorf("%d letters", n)
	}
	s.Log.Await(t, "job done", 1)
	s.Counted(`eonay_jobs_total{kind="letter-code",result="failed"}`, 2)
	s.Counted(`eonay_jobs_total{kind="letter-code",result="done"}`, 1)
	if strings.Contains(s.Log.String(), "job given up") {
		t.Errorf("a letter was given up:\n%s", s.Log)
	}
}

// TestLettersAreGivenUp has codes that are over before they are sent: nobody gets one that is of no use.
func TestLettersAreGivenUp(t *testing.T) {
	s := portaltest.NewPINSite(t, nil)
	s.Mail.Refuse = errLater
	d := program(s)
	d.Post("/nes/pin", nil)
	s.Mail.Wait(t, func(m *portaltest.Mailbox) bool { return m.Refused == 1 })
	s.Clock.Pass(10 * time.Minute)
	s.Mail.Mu.Lock()
	s.Mail.Refuse = nil
	s.Mail.Mu.Unlock()
	d.Renew(portaltest.Ayse)
	d.Post("/nes/pin", nil) // the next letter comes behind the one that is given up
	s.Mail.Code(t, 0)
	s.Counted(`eonay_jobs_total{kind="letter-code",result="given_up"}`, 1)
	if n := s.Mail.Count(); n != 1 || !strings.Contains(s.Log.String(), "job given up") {
		t.Errorf("%d letters came:\n%s", n, s.Log)
	}
}
