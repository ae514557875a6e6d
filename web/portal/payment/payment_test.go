package payment_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/paymentapi"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
)

const fee = 125_000

// world is a portal beside the sandbox's payment provider.
type world struct {
	*portaltest.Outside
	*portaltest.Site
	t   *testing.T
	key []byte
}

func newWorld(t *testing.T) *world {
	t.Helper()
	o := portaltest.NewOutside(t)
	s := o.Site(func(s *portal.Settings) { s.Applications.NESFee, s.Applications.SealFee = fee, fee })
	key, err := os.ReadFile(filepath.Join(o.Dir, "payment.key"))
	if err != nil {
		t.Fatal(err)
	}
	return &world{o, s, t, bytes.TrimSpace(key)}
}

var people atomic.Int64

// payer is somebody new whose application waits for its fee, at their browser.
type payer struct {
	*portaltest.Browser
	w  *world
	t  *testing.T
	a  application.Application
	at string // the page of the fee
}

func (w *world) payer(t *testing.T, kind application.Kind) *payer {
	t.Helper()
	number := fmt.Sprintf("9%09d0", people.Add(1))
	a := w.ApplicationIn(application.PaymentDue, func(a *application.Application) {
		a.CitizenNumber, a.Kind, a.Fee = number, kind, fee
		if kind == application.Seal {
			a.Form = application.Form{}
		} else {
			a.Approval = application.Approval{Way: application.OnPaper, Basis: "B"}
		}
	})
	return &payer{w.Person(number), w, t, a, "/basvurular/" + a.Reference + "/odeme"}
}

// start presses Öde, and returns the provider's page.
func (p *payer) start() string {
	p.t.Helper()
	p.Clock.Pass(time.Second) // payments are listed by when they began
	answer := p.Post(p.at, nil)
	if answer.Status != http.StatusSeeOther {
		p.t.Fatalf("the payment does not begin: %d %q", answer.Status, answer.Code())
	}
	return answer.Location()
}

// press presses on the provider's page, and returns the portal's page that it leads back to, "" for a further step.
func (p *payer) press(page string, form url.Values) string {
	p.t.Helper()
	answer := p.Do("POST", page, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	if answer.Status == http.StatusOK {
		return ""
	}
	back, found := strings.CutPrefix(answer.Location(), p.URL)
	if answer.Status != http.StatusSeeOther || !found {
		p.t.Fatalf("the provider answers %d, %q", answer.Status, answer.Location())
	}
	return back
}

var good = url.Values{"kart": {"gecer"}, "islem": {"ode"}}

// pays pays by a card that pays, and returns the page of the result.
func (p *payer) pays() string {
	p.t.Helper()
	return p.press(p.start(), good)
}

// payments are those of the application, the newest first.
func (p *payer) payments() []store.Payment {
	p.t.Helper()
	list, err := p.Store.PaymentsOf(p.t.Context(), p.a.Reference, 100)
	if err != nil {
		p.t.Fatal(err)
	}
	return list
}

// comesTo waits until a payment is in a state: jobs and notices come by themselves.
func (p *payer) comesTo(reference string, state store.PaymentState) {
	p.t.Helper()
	p.Log.Await(p.t, fmt.Sprintf(`"msg":"payment","reference":"%s","application":"%s","state":"%s"`, reference, p.a.Reference, state), 1)
}

// ends checks where application and money are, and that the audit agrees.
func (p *payer) ends(state application.State, payments ...store.PaymentState) {
	p.t.Helper()
	a, err := p.Store.Application(p.t.Context(), p.a.Reference)
	if err != nil {
		p.t.Fatal(err)
	}
	if a.State != state {
		p.t.Errorf("the application is in %s, want %s", a.State, state)
	}
	list := p.payments()
	var got []store.PaymentState
	for _, one := range list {
		got = append(got, one.State)
	}
	if fmt.Sprint(got) != fmt.Sprint(payments) {
		p.t.Errorf("payments are %v, want %v", got, payments)
	}
	if found := audit(p.t, p.Database); len(found) > 0 {
		p.t.Errorf("the audit finds %v", found)
	}
}

func audit(t *testing.T, database string) (found []record.Finding) {
	t.Helper()
	a, err := sqlite.OpenAudit(t.Context(), database, false, func(f record.Finding) { found = append(found, f) })
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if _, err := a.Chain(t.Context(), func(record.Entry) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for _, prove := range []func() error{func() error { return a.Applications(t.Context()) }, func() error { return a.Payments(t.Context()) }} {
		if err := prove(); err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// sentBack is how often the provider has sent an application's money back.
func (p *payer) sentBack() (n int) {
	p.t.Helper()
	response, err := http.Get(p.Settings.Issuer + "/admin/payments")
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Payments []struct {
			Reference string
			Refunds   int
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		p.t.Fatal(err)
	}
	for _, one := range answer.Payments {
		for _, mine := range p.payments() {
			if mine.Reference == one.Reference {
				n += one.Refunds
			}
		}
	}
	return n
}

// cancel cancels the application, as it is now.
func (p *payer) cancel() {
	p.t.Helper()
	a, err := p.Store.Application(p.t.Context(), p.a.Reference)
	if err != nil {
		p.t.Fatal(err)
	}
	form := url.Values{"islem": {"cancel"}, "surum": {fmt.Sprint(a.Version)}}
	if answer := p.Post("/basvurular/"+p.a.Reference, form); answer.Status != http.StatusSeeOther {
		p.t.Fatalf("cancel: %d %q", answer.Status, answer.Code())
	}
}

// TestMoneyAndApplicationAgree: whatever the provider does, money is where the application says it is, or goes back.
func TestMoneyAndApplicationAgree(t *testing.T) {
	w := newWorld(t)
	const started, paid, failed, refunded, refused = store.PaymentStarted, store.PaymentPaid, store.PaymentFailed, store.PaymentRefunded, store.PaymentRefundRefused
	for name, test := range map[string]struct {
		kind    application.Kind
		conduct string
		run     func(p *payer)
	}{
		"it tells once": {application.NES, "ok", func(p *payer) {
			if page := p.Get(p.pays()); !strings.Contains(page.Body, `data-payment="paid"`) {
				p.t.Errorf("the person reads %s", page.Body)
			}
			p.ends(application.InProduction, paid)
		}},
		"it tells twice": {application.NES, "twice", func(p *payer) {
			p.pays()
			p.ends(application.InProduction, paid)
		}},
		"it tells late": {application.NES, "late", func(p *payer) {
			if page := p.Get(p.pays()); !strings.Contains(page.Body, `data-payment="started"`) {
				p.t.Errorf("the person reads %s", page.Body)
			}
			p.comesTo(p.payments()[0].Reference, paid)
			p.ends(application.InProduction, paid)
		}},
		"it tells nothing, the person asks": {application.NES, "never", func(p *payer) {
			back := p.pays()
			p.ends(application.PaymentDue, started)
			if answer := p.Post(back, nil); answer.Location() != back {
				p.t.Errorf("%d %q", answer.Status, answer.Code())
			}
			p.ends(application.InProduction, paid)
		}},
		"it tells nothing, the person presses again": {application.NES, "never", func(p *payer) {
			back := p.pays()
			if again := p.start(); again != p.URL+back {
				p.t.Errorf("who has paid is sent to %q", again)
			}
			p.ends(application.InProduction, paid)
		}},
		"it tells nothing, nobody asks": {application.NES, "never", func(p *payer) {
			p.pays()
			p.Clock.Pass(3 * time.Minute)
			p.comesTo(p.payments()[0].Reference, paid)
			p.ends(application.InProduction, paid)
		}},
		"it takes another sum": {application.NES, "other-sum", func(p *payer) {
			p.pays()
			p.comesTo(p.payments()[0].Reference, refunded)
			p.ends(application.PaymentDue, refunded)
			if p.sentBack() != 1 || p.payments()[0].Received != fee/2 {
				p.t.Errorf("%d times, of %d", p.sentBack(), p.payments()[0].Received)
			}
		}},
		"it takes another currency": {application.NES, "other-currency", func(p *payer) {
			p.pays()
			p.comesTo(p.payments()[0].Reference, refunded)
			p.ends(application.PaymentDue, refunded)
		}},
		"its signature is another's": {application.NES, "wrong-signature", func(p *payer) {
			back := p.pays()
			p.ends(application.PaymentDue, started)
			p.Post(back, nil)
			p.ends(application.InProduction, paid)
		}},
		"its signature is old": {application.NES, "old-signature", func(p *payer) {
			p.pays()
			p.ends(application.PaymentDue, started)
		}},
		"it is down": {application.NES, "down", func(p *payer) {
			portaltest.Refused(p.t, p.Post(p.at, nil), http.StatusBadGateway, refusal.PaymentAway)
			p.ends(application.PaymentDue, started)
		}},
		"it talks nonsense": {application.NES, "garbage", func(p *payer) {
			portaltest.Refused(p.t, p.Post(p.at, nil), http.StatusBadGateway, refusal.PaymentAway)
			p.w.Misbehave("payment", "ok")
			p.pays() // by the payment that was begun
			p.ends(application.InProduction, paid)
		}},
		"it names a page of another": {application.NES, "foreign-page", func(p *payer) {
			portaltest.Refused(p.t, p.Post(p.at, nil), http.StatusBadGateway, refusal.PaymentAway)
			p.ends(application.PaymentDue, started)
		}},
		"the card is declined, another pays": {application.NES, "ok", func(p *payer) {
			back := p.press(p.start(), url.Values{"kart": {"red"}, "islem": {"ode"}})
			if page := p.Get(back); !strings.Contains(page.Body, `data-payment="failed"`) {
				p.t.Errorf("the person reads %s", page.Body)
			}
			p.pays()
			p.ends(application.InProduction, paid, failed)
		}},
		"the code is wrong": {application.NES, "ok", func(p *payer) {
			page := p.start()
			p.press(page, url.Values{"kart": {"guvenli"}, "islem": {"ode"}})
			p.press(page, url.Values{"kod": {"000000"}, "islem": {"ode"}})
			p.ends(application.PaymentDue, failed)
		}},
		"the code is right": {application.NES, "ok", func(p *payer) {
			page := p.start()
			p.press(page, url.Values{"kart": {"guvenli"}, "islem": {"ode"}})
			p.press(page, url.Values{"kod": {"123456"}, "islem": {"ode"}})
			p.ends(application.InProduction, paid)
		}},
		"the person gives up": {application.NES, "ok", func(p *payer) {
			p.press(p.start(), url.Values{"islem": {"vazgec"}})
			p.ends(application.PaymentDue, failed)
		}},
		"the person never pays": {application.NES, "ok", func(p *payer) {
			p.start()
			one := p.payments()[0]
			p.Clock.Pass(25 * time.Hour)
			p.comesTo(one.Reference, failed)
			p.ends(application.PaymentDue, failed)
		}},
		"the application is cancelled meanwhile": {application.NES, "ok", func(p *payer) {
			page := p.start()
			p.cancel()
			p.press(page, good)
			p.comesTo(p.payments()[0].Reference, refunded)
			p.ends(application.Cancelled, refunded)
		}},
		"two payments are made": {application.NES, "ok", func(p *payer) {
			first := p.start()
			p.Clock.Pass(21 * time.Minute)
			second := p.start()
			if first == second {
				p.t.Fatal("both have one page")
			}
			p.Clock.Pass(-21 * time.Minute)
			p.press(second, good)
			p.press(first, good)
			p.comesTo(p.payments()[1].Reference, refunded)
			p.ends(application.InProduction, paid, refunded)
			if p.sentBack() != 1 {
				p.t.Errorf("sent back %d times", p.sentBack())
			}
		}},
		"a paid application is cancelled": {application.Seal, "ok", func(p *payer) {
			p.pays()
			p.ends(application.Draft, paid)
			p.cancel()
			p.comesTo(p.payments()[0].Reference, refunded)
			p.ends(application.Cancelled, refunded)
		}},
		"the answer to a refund is lost": {application.Seal, "ok", func(p *payer) {
			p.pays()
			p.w.Misbehave("payment", "refund-lost")
			p.cancel()
			p.Log.Await(p.t, `"msg":"job failed","kind":"refund","key":"refund/`+p.a.Reference, 1)
			p.w.Misbehave("payment", "ok")
			p.Clock.Pass(time.Minute)
			p.comesTo(p.payments()[0].Reference, refunded)
			p.ends(application.Cancelled, refunded)
			if p.sentBack() != 1 {
				p.t.Errorf("sent back %d times", p.sentBack())
			}
		}},
		"a refund is refused, and tried again": {application.Seal, "ok", func(p *payer) {
			p.pays()
			p.w.Misbehave("payment", "refund-refused")
			p.cancel()
			key := "refund/" + p.a.Reference
			p.Log.Await(p.t, `"msg":"job given up","kind":"refund","key":"`+key, 1)
			p.ends(application.Cancelled, refused)
			if page := p.Get(p.at); !strings.Contains(page.Body, `data-payment="refund_refused"`) {
				p.t.Errorf("the person reads %s", page.Body)
			}
			p.w.Misbehave("payment", "ok")
			if err := p.Store.RetryJob(p.t.Context(), key, p.Clock.Now()); err != nil {
				p.t.Fatal(err)
			}
			p.comesTo(p.payments()[0].Reference, refunded)
			p.ends(application.Cancelled, refunded)
			if p.sentBack() != 1 {
				p.t.Errorf("sent back %d times", p.sentBack())
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w.Site.T = t
			defer func() { w.Site.T = w.t }()
			began := w.Clock.Now()
			defer func() { w.Clock.Pass(began.Sub(w.Clock.Now())) }() // the provider's clock has not moved
			w.Misbehave("payment", test.conduct)
			defer w.Misbehave("payment", "ok")
			test.run(w.payer(t, test.kind))
		})
	}
}

// notice sends a notice as the provider does, signed at a time by a key.
func (p *payer) notice(r paymentapi.Report, key []byte, at time.Time) portaltest.Answer {
	p.t.Helper()
	body, err := json.Marshal(r)
	if err != nil {
		p.t.Fatal(err)
	}
	b := p.Anybody()
	if key != nil {
		b.Header.Set(paymentapi.Header, paymentapi.Sign(key, at, "POST", "/odeme/bildirim", body))
	}
	return b.Do("POST", "/odeme/bildirim", "application/json", bytes.NewReader(body))
}

// TestNotices sends what the provider has not, and what it has again.
func TestNotices(t *testing.T) {
	w := newWorld(t)
	p := w.payer(t, application.NES)
	p.start()
	one, now := p.payments()[0], w.Clock.Now()
	told := paymentapi.Report{Merchant: "e-onay-deneme", Reference: one.Reference, State: paymentapi.Paid, Number: "N-1", Sum: fee, Currency: "TRY"}
	with := func(change func(r *paymentapi.Report)) paymentapi.Report {
		r := told
		change(&r)
		return r
	}
	for name, test := range map[string]struct {
		report paymentapi.Report
		key    []byte
		at     time.Time
		status int
		code   fault.Code
	}{
		"no signature":       {told, nil, now, http.StatusForbidden, refusal.NoticeInvalid},
		"another key":        {told, bytes.Repeat([]byte{1}, 32), now, http.StatusForbidden, refusal.NoticeInvalid},
		"an old signature":   {told, w.key, now.Add(-6 * time.Minute), http.StatusForbidden, refusal.NoticeInvalid},
		"one of tomorrow":    {told, w.key, now.Add(24 * time.Hour), http.StatusForbidden, refusal.NoticeInvalid},
		"another merchant":   {with(func(r *paymentapi.Report) { r.Merchant = "other" }), w.key, now, http.StatusForbidden, refusal.NoticeInvalid},
		"no payment of ours": {with(func(r *paymentapi.Report) { r.Reference = "0000-0000-0000-0000" }), w.key, now, http.StatusNotFound, refusal.NotFound},
		"no money":           {with(func(r *paymentapi.Report) { r.Sum = 0 }), w.key, now, http.StatusBadRequest, fault.RequestInvalid},
		"an unknown state":   {with(func(r *paymentapi.Report) { r.State = "settled" }), w.key, now, http.StatusBadRequest, fault.RequestInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			portaltest.Refused(t, p.notice(test.report, test.key, test.at), test.status, test.code)
			p.ends(application.PaymentDue, store.PaymentStarted)
		})
	}
	answers := portaltest.AtOnce(8, func(int) portaltest.Answer { return p.notice(told, w.key, now) })
	for _, answer := range answers {
		if answer.Status != http.StatusNoContent {
			t.Errorf("one of many: %d %q", answer.Status, answer.Code())
		}
	}
	p.ends(application.InProduction, store.PaymentPaid)
	// What comes later changes nothing, and another number for the same payment is refused.
	failed := with(func(r *paymentapi.Report) { r.State, r.Number, r.Sum, r.Currency = paymentapi.Failed, "", 0, "" })
	for _, r := range []paymentapi.Report{told, failed, with(func(r *paymentapi.Report) { r.Sum = 1 })} {
		if answer := p.notice(r, w.key, now); answer.Status != http.StatusNoContent {
			t.Errorf("%s again: %d %q", r.State, answer.Status, answer.Code())
		}
	}
	portaltest.Refused(t, p.notice(with(func(r *paymentapi.Report) { r.Number = "N-2" }), w.key, now), http.StatusForbidden, refusal.NoticeInvalid)
	p.ends(application.InProduction, store.PaymentPaid)
	if history, err := w.Store.PaymentHistory(t.Context(), one.Reference); err != nil || len(history) != 2 {
		t.Errorf("there are %d versions: %v", len(history), err)
	}
	// The money of one payment is not another's.
	q := w.payer(t, application.NES)
	q.start()
	theirs := with(func(r *paymentapi.Report) { r.Reference = q.payments()[0].Reference })
	portaltest.Refused(t, q.notice(theirs, w.key, now), http.StatusConflict, refusal.PaymentChanged)
	q.ends(application.PaymentDue, store.PaymentStarted)
	// What came after a day of nothing is taken all the same.
	w.Clock.Pass(25 * time.Hour)
	q.comesTo(q.payments()[0].Reference, store.PaymentFailed)
	theirs.Number = "N-3"
	if answer := q.notice(theirs, w.key, w.Clock.Now()); answer.Status != http.StatusNoContent {
		t.Errorf("%d %q", answer.Status, answer.Code())
	}
	q.ends(application.InProduction, store.PaymentPaid)
}
