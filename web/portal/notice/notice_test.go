package notice_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/jobs"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/notice"
	"github.com/e-onay/e-onay/web/portal/progress"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
	"github.com/e-onay/e-onay/web/portal/store/sqlite/sqlitetest"
)

const (
	ayse     = "10000000146"
	mailbox  = "ayse@ornek.test"
	onRecord = "kayit@ornek.test"
)

var form = application.Form{
	"birth_date": "1984-02-29", "birth_place": "Iğdır", "reason": "first", "reader": "none", "years": "3", "mobile": "+905321234567",
	"mail": mailbox, "address": "Işık Sokak 3", "district": "Çankaya", "province": "Ankara", "postcode": "06100",
}

// world is an engine of applications whose people are told by mail.
type world struct {
	t        *testing.T
	store    *sqlite.Store
	notices  *notice.Notices
	progress *progress.Engine
	woken    int

	mu      sync.Mutex
	now     time.Time
	refuse  error
	letters []letters.Letter
	tries   []string // the IDs of all letters that were to be delivered
}

func newWorld(t *testing.T) *world {
	s := sqlitetest.Open(t, filepath.Join(t.TempDir(), "portal.db"))
	w := &world{t: t, store: s, now: time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC)}
	rules := application.Rules{ProduceBefore: 60 * 24 * time.Hour}
	w.notices = notice.New(notice.Options{
		Store: s, Contacts: letters.Contacts{Store: s, Safe: plain{}, Mail: &letters.Settings{}}, Transport: w,
		Address: &url.URL{Scheme: "https", Host: "online.ornek.test"}, Rules: rules, Days: []int{60, 30, 7}, Woken: func() { w.set(func() { w.woken++ }) },
		Log: slog.New(slog.DiscardHandler), Now: w.Now,
	})
	w.progress = progress.New(progress.Options{
		Store: s, Rules: rules, Effects: []progress.Effect{w.notices.Effect}, Log: slog.New(slog.DiscardHandler), Now: w.Now,
	})
	return w
}

// plain is a safe that is open.
type plain struct{}

func (plain) SealValue(_ string, value any) ([]byte, error)     { return json.Marshal(value) }
func (plain) OpenValue(_ string, sealed []byte, into any) error { return json.Unmarshal(sealed, into) }

func (w *world) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

// Deliver implements letters.Transport.
func (w *world) Deliver(_ context.Context, l letters.Letter) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tries = append(w.tries, l.ID)
	if w.refuse == nil {
		w.letters = append(w.letters, l)
	}
	return w.refuse
}

// sent does the jobs that are due, and returns the letters that came.
func (w *world) sent() []letters.Letter {
	w.t.Helper()
	for kind, handle := range w.notices.Handlers() {
		for {
			j, err := w.store.LeaseJob(w.t.Context(), kind, w.Now(), w.Now().Add(time.Minute))
			if errors.Is(err, store.ErrNotFound) {
				break
			}
			if err == nil {
				err = handle(w.t.Context(), j)
			}
			if err == nil {
				err = w.store.JobDone(w.t.Context(), j, w.Now())
			}
			if err != nil {
				w.t.Fatalf("%s: %v", j.Key, err)
			}
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	came := w.letters
	w.letters = nil
	return came
}

// create has an application begin in a state.
func (w *world) create(state application.State, by application.Actor, change func(*application.Application)) application.Application {
	w.t.Helper()
	a := application.New(application.NES, application.PaidByPerson, 0)
	a.CitizenNumber, a.Name, a.Form, a.State, a.SecurityWord = ayse, "AYŞE YILMAZ", form, state, "hash"
	if change != nil {
		change(&a)
	}
	a, err := w.progress.Create(w.t.Context(), a, by, ayse)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) do(a application.Application, c application.Change) application.Application {
	w.t.Helper()
	w.set(func() { w.now = w.now.Add(time.Minute) })
	if c.By == application.Person || c.By == application.Authority {
		c.Who = ayse
	}
	next, err := w.progress.Do(w.t.Context(), a.Reference, a.Version, c)
	if err != nil {
		w.t.Fatalf("%s: %v", c.Event, err)
	}
	return next
}

// wantTold checks that one letter came, in both languages, with one link and nothing of the person.
func (w *world) wantTold(what string, a application.Application, sentence string, says ...string) {
	w.t.Helper()
	came := w.sent()
	if sentence == "" {
		if len(came) > 0 {
			w.t.Errorf("%s: %+v", what, came)
		}
		return
	}
	if len(came) != 1 {
		w.t.Fatalf("%s: %d letters", what, len(came))
	}
	l, subject := came[0], message.Sentence(sentence+".subject")
	if l.To != mailbox || l.Subject != subject.TR+" / "+subject.EN || l.ID == "" || strings.Contains(l.ID, a.Reference) {
		w.t.Errorf("%s: to %q, ID %q: %s", what, l.To, l.ID, l.Subject)
	}
	for _, part := range append(says, a.Reference, "https://online.ornek.test", "Başvurularım", "My applications") {
		if !strings.Contains(l.Text, part) {
			w.t.Errorf("%s: no %q in\n%s", what, part, l.Text)
		}
	}
	if strings.Contains(l.Text, "{") || strings.Contains(l.Text, ayse) || strings.Contains(l.Text, "YILMAZ") || strings.Contains(l.Text, "gizli") ||
		strings.Count(l.Text, "://") != 2 || strings.Contains(l.Text, ".test/") {
		w.t.Errorf("%s:\n%s", what, l.Text)
	}
}

// TestToldOnTheWay leads an application from the institution's invitation to the certificate's end: each change that the person waits for
// is told, once, and no other is.
func TestToldOnTheWay(t *testing.T) {
	w := newWorld(t)
	certificate := application.Certificate{Serial: "0a", NotBefore: w.now, NotAfter: w.now.AddDate(3, 0, 0)}
	a := w.create(application.PreApplied, application.Officer, func(a *application.Application) { a.Fee = 10050 })
	w.wantTold("create", a, "notice.invited")
	for _, step := range []struct {
		c    application.Change
		told string
		says []string
	}{
		{application.Change{Event: application.Correct, By: application.Officer, Name: "AYŞE YILMAZ", Form: form}, "", nil},
		{application.Change{Event: application.Dispute, By: application.Person, Reason: "gizli gerekçe"}, "", nil},
		{application.Change{Event: application.Correct, By: application.Officer, Name: "AYŞE YILMAZ", Form: form}, "notice.invited", nil},
		{application.Change{Event: application.Open, By: application.Person}, "", nil},
		{application.Change{Event: application.SaveForm, By: application.Person, Form: form, SecurityWord: "hash"}, "", nil},
		{application.Change{Event: application.Submit, By: application.Person}, "", nil},
		{application.Change{Event: application.Return, By: application.Person}, "", nil},
		{application.Change{Event: application.Submit, By: application.Person}, "", nil},
		{application.Change{Event: application.Return, By: application.Authority, Reason: "gizli gerekçe"}, "notice.returned", nil},
		{application.Change{Event: application.Submit, By: application.Person}, "", nil},
		{application.Change{Event: application.Approve, By: application.Authority, Way: application.OnPaper, Basis: "K-1"}, "", nil},
		{application.Change{Event: application.Accept, By: application.Authority}, "notice.payment", nil},
		{application.Change{Event: application.Pay, By: application.Provider}, "", nil},
		{application.Change{Event: application.Produce, By: application.Producer, Certificate: certificate}, "", nil},
		{application.Change{Event: application.Dispatch, By: application.Authority, Basis: "KARGO123"}, "notice.courier", []string{"KARGO123"}},
		{application.Change{Event: application.ReturnToSender, By: application.Carrier, Basis: "KARGO123"}, "notice.came_back", nil},
		{application.Change{Event: application.Dispatch, By: application.Carrier, Basis: "KARGO456"}, "notice.courier", []string{"KARGO456"}},
		{application.Change{Event: application.Deliver, By: application.Carrier}, "notice.delivered", nil},
		{application.Change{Event: application.Activate, By: application.Portal}, "notice.active", []string{"1 Mart 2031", "1 March 2031"}},
		{application.Change{Event: application.Suspend, By: application.Person}, "notice.suspended", nil},
		{application.Change{Event: application.Resume, By: application.Person}, "notice.resumed", nil},
		{application.Change{Event: application.Revoke, By: application.Authority, Reason: "gizli gerekçe"}, "notice.revoked", nil},
	} {
		a = w.do(a, step.c)
		w.wantTold(string(step.c.Event), a, step.told, step.says...)
	}
}

// TestToldOtherwise: what does not lead to a card is told where the person did not do it themself, and a renewal that waits, with its day.
func TestToldOtherwise(t *testing.T) {
	w := newWorld(t)
	a := w.create(application.Draft, application.Person, nil)
	a = w.do(a, application.Change{Event: application.Cancel, By: application.Person})
	w.wantTold("cancelled by the person", a, "")
	a = w.create(application.Draft, application.Person, nil)
	a = w.do(a, application.Change{Event: application.Cancel, By: application.Authority})
	w.wantTold("cancelled by the authority", a, "notice.cancelled")
	a = w.create(application.UnderReview, application.Person, nil)
	a = w.do(a, application.Change{Event: application.Reject, By: application.Authority, Reason: "gizli gerekçe"})
	w.wantTold("rejected", a, "notice.rejected")
	a = w.create(application.UnderReview, application.Person, func(a *application.Application) { a.Replaces = w.Now().AddDate(0, 0, 90) })
	a = w.do(a, application.Change{Event: application.Accept, By: application.Authority})
	w.wantTold("held", a, "notice.held", "30 Mart 2028", "30 March 2028")
}

// TestToldToFetch: whoever fetches their certificate, or has an appointment, is told when it is ready, since no courier's number comes.
func TestToldToFetch(t *testing.T) {
	for delivery, told := range map[application.Delivery]string{application.AtDesk: "notice.ready", application.ByAppointment: "notice.ready", application.ToBranch: ""} {
		w := newWorld(t)
		a := w.create(application.InProduction, application.Person, func(a *application.Application) {
			a.Kind, a.Form = application.Seal, application.Form{"mail": mailbox, "delivery": string(delivery)}
		})
		a = w.do(a, application.Change{Event: application.Produce, By: application.Producer})
		w.wantTold(string(delivery), a, told)
	}
}

// TestNotToldTooLate: what is asked of a person is not asked once they have done it, and nobody is told who was erased or has no address.
func TestNotToldTooLate(t *testing.T) {
	w := newWorld(t)
	a := w.create(application.UnderReview, application.Person, nil)
	a = w.do(a, application.Change{Event: application.Return, By: application.Authority, Reason: "adres"})
	a = w.do(a, application.Change{Event: application.Submit, By: application.Person})
	w.wantTold("returned, and submitted again", a, "")
	a = w.do(a, application.Change{Event: application.Cancel, By: application.Authority})
	if err := w.store.EraseApplication(t.Context(), a.Reference, w.Now()); err != nil {
		t.Fatal(err)
	}
	w.wantTold("cancelled, and erased", a, "")
	for what, mail := range map[string]string{"no address": "", "no address of mail": "ayse@", "two addresses": "ayse@ornek.test, biri@ornek.test", "a header": "ayse@ornek.test\r\nBcc: biri@ornek.test"} {
		a = w.create(application.PreApplied, application.Officer, func(a *application.Application) { a.Form = application.Form{"mail": mail} })
		w.wantTold(what, a, "")
		w.do(a, application.Change{Event: application.Cancel, By: application.Person})
	}
}

// contact puts a person's address on record.
func (w *world) contact() {
	w.t.Helper()
	sealed, _ := json.Marshal(letters.Contact{Mail: onRecord})
	if err := w.store.PutCards(w.t.Context(), []store.Card{{Serial: "S", CitizenNumber: ayse, PUK: []byte{1}, Contact: sealed}}, nil); err != nil {
		w.t.Fatal(err)
	}
}

// TestAddress: an application is told of where its form says, and a certificate where the authority knows its holder.
func TestAddress(t *testing.T) {
	w := newWorld(t)
	w.contact()
	a := w.create(application.Active, application.Person, func(a *application.Application) {
		a.Certificate = application.Certificate{Serial: "0a", NotBefore: w.Now(), NotAfter: w.Now().AddDate(1, 0, 0)}
	})
	w.do(a, application.Change{Event: application.Suspend, By: application.Person})
	if came := w.sent(); len(came) != 1 || came[0].To != onRecord {
		t.Errorf("a certificate: %+v", came)
	}
	b := w.create(application.UnderReview, application.Person, func(a *application.Application) { a.Kind, a.Fee = application.Seal, 100 })
	w.do(b, application.Change{Event: application.Accept, By: application.Authority})
	if came := w.sent(); len(came) != 1 || came[0].To != mailbox {
		t.Errorf("an application: %+v", came)
	}
}

// TestMailServerAway: a notice is delivered once the mail server takes it, under the ID of each attempt before, and not where that refuses the
// mailbox for good.
func TestMailServerAway(t *testing.T) {
	w := newWorld(t)
	tried := make(chan string, 100)
	r := jobs.New(jobs.Options{
		Store: w.store, Handlers: w.notices.Handlers(), Tried: func(kind, result string) { tried <- kind + " " + result },
		Log: slog.New(slog.DiscardHandler), Now: w.Now,
	})
	w.refuse = errors.New("mail server: connection refused")
	back := w.Now().Add(24 * time.Hour)
	w.create(application.PreApplied, application.Officer, nil)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { r.Run(ctx); close(ended) }()
	for <-tried == "notice failed" {
		w.set(func() {
			w.now = w.now.Add(time.Hour)
			if !w.now.Before(back) {
				w.refuse = nil
			}
		})
		r.Wake()
	}
	stop()
	<-ended
	for _, id := range w.tries {
		if id != w.tries[0] {
			t.Errorf("attempts with the IDs %q", w.tries)
			break
		}
	}
	if len(w.letters) != 1 || len(w.tries) < 20 {
		t.Errorf("%d letters after %d attempts", len(w.letters), len(w.tries))
	}

	handle := w.notices.Handlers()[notice.Kind]
	w.refuse = letters.ErrUndeliverable
	j := store.LeasedJob{Job: store.Job{Kind: notice.Kind}}
	list, err := w.store.ApplicationsOf(t.Context(), ayse, 9)
	if err != nil {
		t.Fatal(err)
	}
	j.Application = list[0].Reference
	for _, key := range []string{"notice/" + j.Application + "/1", "notice/" + j.Application + "/2", "notice/" + j.Application + "/x", ""} {
		j.Key = key
		if err := handle(t.Context(), j); !errors.Is(err, jobs.ErrGiveUp) {
			t.Errorf("%q: %v, want it to be given up", key, err)
		}
	}
	j.Application = "0000-0000-0000-0000"
	if err := handle(t.Context(), j); !errors.Is(err, jobs.ErrGiveUp) {
		t.Errorf("no such application: %v", err)
	}
}

// TestCourierBySMS: where SMS are sent, the courier's number goes to the telephone in the form too, once, and to the one on record where
// the form has none; without such a way only a mail goes.
func TestCourierBySMS(t *testing.T) {
	for name, test := range map[string]struct {
		mail   letters.Settings
		mobile string
		want   string
	}{
		"gateway":   {letters.Settings{SMSGateway: &letters.SMSGateway{}}, "+905321234567", "+905321234567"},
		"by mail":   {letters.Settings{SMSAddress: "{phone}@sms.ornek.test"}, "+905321234567", "905321234567@sms.ornek.test"},
		"on record": {letters.Settings{SMSGateway: &letters.SMSGateway{}}, "0532", "+905001112233"},
		"no SMS":    {letters.Settings{}, "+905321234567", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			*w.notices.Contacts.Mail = test.mail
			sealed, _ := json.Marshal(letters.Contact{Phone: "+905001112233"})
			if err := w.store.PutCards(t.Context(), []store.Card{{Serial: "S", CitizenNumber: ayse, PUK: []byte{1}, Contact: sealed}}, nil); err != nil {
				t.Fatal(err)
			}
			a := w.create(application.Produced, application.Person, func(a *application.Application) {
				a.Form = application.Form{"mail": mailbox, "mobile": test.mobile}
			})
			w.do(a, application.Change{Event: application.Dispatch, By: application.Authority, Basis: "KARGO123"})
			var bySMS []letters.Letter
			for _, l := range w.sent() {
				if l.To != mailbox {
					bySMS = append(bySMS, l)
				}
			}
			if test.want == "" {
				if len(bySMS) > 0 {
					t.Errorf("%+v", bySMS)
				}
				return
			}
			if len(bySMS) != 1 || bySMS[0].To != test.want || !strings.Contains(bySMS[0].Text, "Gönderi numarası: KARGO123.") ||
				strings.ContainsAny(bySMS[0].Text, "{}") || strings.Contains(bySMS[0].Text, "://") {
				t.Errorf("%+v, want to %q", bySMS, test.want)
			}
		})
	}
}
