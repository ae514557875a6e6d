package notice_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/site"
)

// certified has Ayşe hold a certificate until a time.
func (w *world) certified(state application.State, until time.Time) application.Application {
	w.t.Helper()
	return w.create(state, application.Person, func(a *application.Application) {
		a.Certificate = application.Certificate{Serial: "0a", NotBefore: until.AddDate(-3, 0, 0), NotAfter: until}
	})
}

// at has reminders put down at a time, and returns the letters that came.
func (w *world) at(at time.Time) (subjects []string) {
	w.t.Helper()
	w.set(func() { w.now = at })
	if err := w.notices.PutReminders(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	for _, l := range w.sent() {
		subjects = append(subjects, l.Subject+"\n"+l.Text)
	}
	return subjects
}

func istanbul(year int, month time.Month, day, hour, minute int) time.Time {
	return time.Date(year, month, day, hour, minute, 0, 0, site.Istanbul)
}

// TestReminders: a holder is reminded in the morning of each day in Turkey, once, and a few days later where no portal ran.
func TestReminders(t *testing.T) {
	for name, test := range map[string]struct {
		end  time.Time
		days []time.Time
	}{
		"over 29 February": {istanbul(2028, 3, 31, 15, 0), []time.Time{istanbul(2028, 1, 31, 9, 0), istanbul(2028, 3, 1, 9, 0), istanbul(2028, 3, 24, 9, 0)}},
		"on 29 February":   {istanbul(2028, 2, 29, 12, 0), []time.Time{istanbul(2027, 12, 31, 9, 0), istanbul(2028, 1, 30, 9, 0), istanbul(2028, 2, 22, 9, 0)}},
		// Half an hour after midnight in Turkey is the day before in UTC: the day in Turkey counts.
		"just after midnight": {istanbul(2027, 4, 1, 0, 30), []time.Time{istanbul(2027, 1, 31, 9, 0), istanbul(2027, 3, 2, 9, 0), istanbul(2027, 3, 25, 9, 0)}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.certified(application.Active, test.end)
			for _, day := range test.days {
				if came := w.at(day.Add(-time.Second)); len(came) > 0 {
					t.Errorf("before %v: %q", day, came)
				}
				came := w.at(day)
				until, subject := site.Day(message.Turkish, test.end), message.Sentence("notice.reminder.subject").TR
				if len(came) != 1 || !strings.HasPrefix(came[0], subject) || !strings.Contains(came[0], until) {
					t.Errorf("on %v: %q, want %q", day, came, until)
				}
				for _, later := range []time.Duration{time.Second, time.Hour, 6 * 24 * time.Hour, -24 * time.Hour} { // the last where a clock was put right
					if came := w.at(day.Add(later)); len(came) > 0 {
						t.Errorf("%v after %v again: %q", later, day, came)
					}
				}
			}
			if came := w.at(test.end); len(came) > 0 {
				t.Errorf("after its end: %q", came)
			}
		})
	}
}

// TestReminderAfterADowntime: a portal that did not run on the day reminds some days later, and not weeks later.
func TestReminderAfterADowntime(t *testing.T) {
	for after, want := range map[time.Duration]int{
		7*24*time.Hour - time.Second: 1, 7 * 24 * time.Hour: 0,
	} {
		w := newWorld(t)
		end := istanbul(2029, 9, 30, 12, 0)
		w.certified(application.Active, end)
		if came := w.at(istanbul(2029, 8, 31, 9, 0).Add(after)); len(came) != want {
			t.Errorf("%v after the day: %d letters, want %d", after, len(came), want)
		}
	}
}

// TestReminderStates: only whoever holds the certificate is reminded; who has renewed is not, and who renews is told how far that is.
func TestReminderStates(t *testing.T) {
	end := istanbul(2029, 9, 30, 12, 0)
	day := istanbul(2029, 8, 31, 9, 0)
	for name, test := range map[string]struct {
		state application.State
		other func(w *world)
		want  string
	}{
		"delivered":            {application.Delivered, nil, "notice.reminder"},
		"suspended":            {application.Suspended, nil, "notice.reminder"},
		"revoked":              {application.Revoked, nil, ""},
		"renewed":              {application.Active, func(w *world) { w.certified(application.Delivered, end.AddDate(3, 0, 0)) }, ""},
		"an older one":         {application.Active, func(w *world) { w.certified(application.Expired, end.AddDate(0, -1, 0)) }, "notice.reminder"},
		"renewed, and revoked": {application.Active, func(w *world) { w.certified(application.Revoked, end.AddDate(3, 0, 0)) }, "notice.reminder"},
		"a renewal under way":  {application.Active, func(w *world) { w.create(application.UnderReview, application.Person, nil) }, "notice.renewing"},
		"another kind under way": {application.Active, func(w *world) {
			w.create(application.UnderReview, application.Person, func(a *application.Application) { a.Kind = application.Seal })
		}, "notice.reminder"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.certified(test.state, end)
			if test.other != nil {
				test.other(w)
			}
			came := w.at(day)
			if test.want == "" {
				if len(came) > 0 {
					t.Errorf("%q", came)
				}
				return
			}
			if len(came) != 1 || !strings.HasPrefix(came[0], message.Sentence(test.want+".subject").TR+" / ") {
				t.Fatalf("%q, want %s", came, test.want)
			}
			if test.want == "notice.renewing" && (!strings.Contains(came[0], "İnceleniyor") || !strings.Contains(came[0], "Under review")) {
				t.Errorf("it does not say how far the renewal is: %s", came[0])
			}
		})
	}
}

// TestRevokedMeanwhile: a reminder that waits for the mail server is not sent once the certificate was revoked.
func TestRevokedMeanwhile(t *testing.T) {
	w := newWorld(t)
	a := w.certified(application.Active, istanbul(2029, 9, 30, 12, 0))
	w.set(func() { w.now = istanbul(2029, 8, 31, 9, 0) })
	if err := w.notices.PutReminders(t.Context()); err != nil || w.woken != 1 {
		t.Fatal(err, w.woken)
	}
	a = w.do(a, application.Change{Event: application.Revoke, By: application.Person})
	w.wantTold("revoked", a, "notice.revoked")
}

// TestManyRemindersByManyProcesses: many certificates end on one day, and of several processes one reminds of each.
func TestManyRemindersByManyProcesses(t *testing.T) {
	w := newWorld(t)
	const n = 150
	end := istanbul(2029, 9, 30, 12, 0)
	for i := range n {
		w.create(application.Active, application.Person, func(a *application.Application) {
			a.CitizenNumber = fmt.Sprint("person ", i)
			a.Certificate = application.Certificate{Serial: fmt.Sprint(i), NotBefore: end.AddDate(-3, 0, 0), NotAfter: end}
		})
	}
	w.set(func() { w.now = istanbul(2029, 8, 31, 9, 0) })
	var processes sync.WaitGroup
	for range 4 {
		processes.Go(func() {
			if err := w.notices.PutReminders(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	processes.Wait()
	if came := w.sent(); len(came) != n {
		t.Errorf("%d letters, want %d", len(came), n)
	}
}
