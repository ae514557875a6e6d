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
	"github.com/e-onay/e-onay/web/portal/order"
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
	t       *testing.T
	key     []byte
	officer *portaltest.Browser // at the desk
}

func newWorld(t *testing.T) *world {
	t.Helper()
	o := portaltest.NewOutside(t)
	s := o.Site(func(s *portal.Settings) { s.Applications.NESFee, s.Applications.SealFee = fee, fee })
	key, err := os.ReadFile(filepath.Join(o.Dir, "payment.key"))
	if err != nil {
		t.Fatal(err)
	}
	return &world{o, s, t, bytes.TrimSpace(key), s.Officer(portaltest.Zeynep, store.Reviewer)}
}

var people atomic.Int64

// payer is somebody new at their browser, who owes the fee of an application or of an order.
type payer struct {
	*portaltest.Browser
	w *world
	t *testing.T
	// a is the application whose fee it is, and at the page on which it is paid; number and digits are what is typed for an order.
	a              application.Application
	at             string
	number, digits string
	// after is where what was paid for stands then.
	after string
}

// payer is a person whose application waits for its fee.
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
	p := &payer{Browser: w.Person(number), w: w, t: t, a: a, at: "/basvurular/" + a.Reference + "/odeme", after: string(application.InProduction)}
	if kind == application.Seal {
		p.after = string(application.Draft)
	}
	return p
}

// buyer is somebody who has ordered card readers without a login, whose fee is due.
func (w *world) buyer(t *testing.T) *payer {
	t.Helper()
	o := w.OrderIn(order.PaymentDue, fee)
	return &payer{Browser: w.Anybody(), w: w, t: t, number: o.Reference, digits: "2233", after: string(order.Paid)}
}

// tries presses Öde.
func (p *payer) tries() portaltest.Answer {
	p.t.Helper()
	p.Clock.Pass(time.Second) // payments are listed by when they began
	if p.number != "" {
		return p.Post(debtPath+"/ode", typed(p.number, p.digits))
	}
	return p.Post(p.at, nil)
}

// start presses Öde, and returns the provider's page.
func (p *payer) start() string {
	p.t.Helper()
	answer := p.tries()
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

// payments are those of the fee, the newest first.
func (p *payer) payments() []store.Payment {
	p.t.Helper()
	list, err := p.Store.PaymentsOf(p.t.Context(), p.a.Reference, 100)
	if p.number != "" {
		list, err = p.Store.PaymentsOfOrder(p.t.Context(), p.number, 100)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return list
}

// comesTo waits until a payment is in a state: jobs and notices come by themselves.
func (p *payer) comesTo(one store.Payment, state store.PaymentState) {
	p.t.Helper()
	of := `"application":"` + one.Application
	if one.Order != "" {
		of = `"order":"` + one.Order
	}
	p.Log.Await(p.t, fmt.Sprintf(`"msg":"payment","reference":"%s",%s","state":"%s"`, one.Reference, of, state), 1)
}

// shows checks that a page says what has become of a payment.
func (p *payer) shows(page portaltest.Answer, state store.PaymentState) {
	p.t.Helper()
	if !strings.Contains(page.Body, fmt.Sprintf(`data-payment="%s"`, state)) {
		p.t.Errorf("the person does not read that a payment is %s: %s", state, page.Body)
	}
}

// page is where the person reads what has become of the payments.
func (p *payer) page() portaltest.Answer {
	p.t.Helper()
	if p.number != "" {
		return p.Post("/siparis-sorgulama", url.Values{"siparis": {p.number}, "tel": {p.digits}})
	}
	return p.Get(p.at)
}

// state is where the application, or the order, stands now, and its version.
func (p *payer) state() (state string, version int) {
	p.t.Helper()
	if p.number != "" {
		o, err := p.Store.Order(p.t.Context(), p.number)
		if err != nil {
			p.t.Fatal(err)
		}
		return string(o.State), o.Version
	}
	a, err := p.Store.Application(p.t.Context(), p.a.Reference)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(a.State), a.Version
}

// ends checks where money and what it is paid for are, and that the audit agrees.
func (p *payer) ends(want string, payments ...store.PaymentState) {
	p.t.Helper()
	if state, _ := p.state(); state != want {
		p.t.Errorf("what is paid for is in %s, want %s", state, want)
	}
	var got []store.PaymentState
	for _, one := range p.payments() {
		got = append(got, one.State)
	}
	if fmt.Sprint(got) != fmt.Sprint(payments) {
		p.t.Errorf("payments are %v, want %v", got, payments)
	}
	if found := audit(p.t, p.Database); len(found) > 0 {
		p.t.Errorf("the audit finds %v", found)
	}
}

// owes, hasPaid and hasEnded check that it ends so.
func (p *payer) owes(payments ...store.PaymentState) {
	p.t.Helper()
	p.ends("payment_due", payments...)
}

func (p *payer) hasPaid(payments ...store.PaymentState) {
	p.t.Helper()
	p.ends(p.after, payments...)
}

func (p *payer) hasEnded(payments ...store.PaymentState) {
	p.t.Helper()
	p.ends("cancelled", payments...)
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

// sentBack is how often the provider has sent the fee's money back.
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

// cancel ends what is paid for: the person their application, as it is now, or an officer the order.
func (p *payer) cancel() {
	p.t.Helper()
	_, version := p.state()
	b, at, form := p.Browser, "/basvurular/"+p.a.Reference, url.Values{"islem": {"cancel"}, "surum": {fmt.Sprint(version)}}
	if p.number != "" {
		b, at = p.w.officer, "/masa/siparisler/"+p.number
		form.Set("not", "stok yok")
	}
	if answer := b.Post(at, form); answer.Status != http.StatusSeeOther {
		p.t.Fatalf("cancel: %d %q", answer.Status, answer.Code())
	}
}

// refundKey names the job that sends the money back once it is cancelled.
func (p *payer) refundKey() string {
	if p.number != "" {
		return "refund/order/" + p.number
	}
	return "refund/" + p.a.Reference
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
	t.Parallel()
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
			p.owes(store.PaymentStarted)
		})
	}
	answers := portaltest.AtOnce(8, func(int) portaltest.Answer { return p.notice(told, w.key, now) })
	for _, answer := range answers {
		if answer.Status != http.StatusNoContent {
			t.Errorf("one of many: %d %q", answer.Status, answer.Code())
		}
	}
	p.hasPaid(store.PaymentPaid)
	// What comes later changes nothing, and another number for the same payment is refused.
	failed := with(func(r *paymentapi.Report) { r.State, r.Number, r.Sum, r.Currency = paymentapi.Failed, "", 0, "" })
	for _, r := range []paymentapi.Report{told, failed, with(func(r *paymentapi.Report) { r.Sum = 1 })} {
		if answer := p.notice(r, w.key, now); answer.Status != http.StatusNoContent {
			t.Errorf("%s again: %d %q", r.State, answer.Status, answer.Code())
		}
	}
	portaltest.Refused(t, p.notice(with(func(r *paymentapi.Report) { r.Number = "N-2" }), w.key, now), http.StatusForbidden, refusal.NoticeInvalid)
	p.hasPaid(store.PaymentPaid)
	if history, err := w.Store.PaymentHistory(t.Context(), one.Reference); err != nil || len(history) != 2 {
		t.Errorf("there are %d versions: %v", len(history), err)
	}
	// The money of one payment is not another's.
	q := w.payer(t, application.NES)
	q.start()
	theirs := with(func(r *paymentapi.Report) { r.Reference = q.payments()[0].Reference })
	portaltest.Refused(t, q.notice(theirs, w.key, now), http.StatusConflict, refusal.PaymentChanged)
	q.owes(store.PaymentStarted)
	// What came after a day of nothing is taken all the same.
	w.Clock.Pass(25 * time.Hour)
	q.comesTo(q.payments()[0], store.PaymentFailed)
	theirs.Number = "N-3"
	if answer := q.notice(theirs, w.key, w.Clock.Now()); answer.Status != http.StatusNoContent {
		t.Errorf("%d %q", answer.Status, answer.Code())
	}
	q.hasPaid(store.PaymentPaid)
}
