package portal_test

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/store"
)

// TestWhoHasOrderedIsTold: an officer accepts an order, and who has made it gets one mail.
func TestWhoHasOrderedIsTold(t *testing.T) {
	s := portaltest.NewPINSite(t, func(o *portal.Settings) { o.Applications.ReminderDays = []int{} })
	o := s.OrderIn(order.Received, 0)
	officer := s.Officer(portaltest.Zeynep, store.Reviewer)
	if answer := officer.Post("/masa/siparisler/"+o.Reference, url.Values{"surum": {"1"}, "islem": {"accept"}}); answer.Status != http.StatusSeeOther {
		t.Fatalf("%d %q", answer.Status, answer.Code())
	}
	l := s.Mail.Letter(t, 0, func(letters.Letter) bool { return true })
	if l.To != "cinar@ornek.test" || !strings.HasPrefix(l.Subject, message.Sentence("notice.order.paid.subject").TR) || strings.Contains(l.Text, "ÇINAR") {
		t.Errorf("%+v", l)
	}
	s.Log.Await(t, "job done", 1)
	if n := s.Mail.Count(); n != 1 {
		t.Errorf("%d letters", n)
	}
	if log := s.Log.String(); strings.Contains(log, "cinar@") || strings.Contains(log, "ÇINAR") {
		t.Error("the log names who has ordered")
	}
}

// TestNoticeSurvivesARestart: an officer returns an application while the mail server is away, the portal is restarted, and the person gets one
// mail once the server is back.
func TestNoticeSurvivesARestart(t *testing.T) {
	s := portaltest.NewPINSite(t, func(o *portal.Settings) { o.Applications.ReminderDays = []int{} })
	s.Mail.Refuse = errors.New("mail server: connection refused")
	a := s.ApplicationIn(application.UnderReview, nil)
	officer := s.Officer(portaltest.Zeynep, store.Reviewer)
	form := url.Values{"surum": {strconv.Itoa(a.Version)}, "gerekce": {"gizli gerekçe"}}
	if answer := officer.Post("/masa/basvuru/"+a.Reference+"/iade", form); answer.Status != http.StatusSeeOther {
		t.Fatalf("%d %q", answer.Status, answer.Code())
	}
	s.Log.Await(t, "job failed", 1)
	s.Restart()
	s.Mail.Mu.Lock()
	s.Mail.Refuse = nil
	s.Mail.Mu.Unlock()
	s.Clock.Pass(6 * time.Second)
	l := s.Mail.Letter(t, 0, func(letters.Letter) bool { return true })
	if l.To != portaltest.MailOfAyse || !strings.HasPrefix(l.Subject, message.Sentence("notice.returned.subject").TR) || strings.Contains(l.Text, "gizli") {
		t.Errorf("%+v", l)
	}
	s.Log.Await(t, "job done", 1)
	s.Counted(`eonay_jobs_total{kind="notice",result="failed"}`, 1)
	s.Counted(`eonay_jobs_total{kind="notice",result="done"}`, 1)
	if n := s.Mail.Count(); n != 1 {
		t.Errorf("%d letters", n)
	}
	if log := s.Log.String(); strings.Contains(log, portaltest.MailOfAyse) || strings.Contains(log, portaltest.Ayse) {
		t.Error("the log names the person")
	}
}
