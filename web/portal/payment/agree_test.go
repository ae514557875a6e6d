package payment_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	started  = store.PaymentStarted
	paid     = store.PaymentPaid
	failed   = store.PaymentFailed
	refunded = store.PaymentRefunded
	refused  = store.PaymentRefundRefused
)

// agreements are what may happen between a person and a provider that behaves by its conduct.
var agreements = []struct {
	name, conduct string
	run           func(p *payer)
}{
	{"it tells once", "ok", func(p *payer) {
		p.shows(p.Get(p.pays()), paid)
		p.hasPaid(paid)
	}},
	{"it tells twice", "twice", func(p *payer) {
		p.pays()
		p.hasPaid(paid)
	}},
	{"it tells late", "late", func(p *payer) {
		p.shows(p.Get(p.pays()), started)
		p.comesTo(p.payments()[0], paid)
		p.hasPaid(paid)
	}},
	{"it tells nothing, the person asks", "never", func(p *payer) {
		back := p.pays()
		p.owes(started)
		if answer := p.Post(back, nil); answer.Location() != back {
			p.t.Errorf("%d %q", answer.Status, answer.Code())
		}
		p.hasPaid(paid)
	}},
	{"it tells nothing, the person presses again", "never", func(p *payer) {
		back := p.pays()
		if again := p.start(); again != p.URL+back {
			p.t.Errorf("who has paid is sent to %q", again)
		}
		p.hasPaid(paid)
	}},
	{"it tells nothing, nobody asks", "never", func(p *payer) {
		p.pays()
		p.Clock.Pass(3 * time.Minute)
		p.comesTo(p.payments()[0], paid)
		p.hasPaid(paid)
	}},
	{"it takes another sum", "other-sum", func(p *payer) {
		p.pays()
		p.comesTo(p.payments()[0], refunded)
		p.owes(refunded)
		if p.sentBack() != 1 || p.payments()[0].Received != fee/2 {
			p.t.Errorf("%d times, of %d", p.sentBack(), p.payments()[0].Received)
		}
	}},
	{"it takes another currency", "other-currency", func(p *payer) {
		p.pays()
		p.comesTo(p.payments()[0], refunded)
		p.owes(refunded)
	}},
	{"its signature is another's", "wrong-signature", func(p *payer) {
		back := p.pays()
		p.owes(started)
		p.Post(back, nil)
		p.hasPaid(paid)
	}},
	{"its signature is old", "old-signature", func(p *payer) {
		p.pays()
		p.owes(started)
	}},
	{"it is down", "down", func(p *payer) {
		portaltest.Refused(p.t, p.tries(), http.StatusBadGateway, refusal.PaymentAway)
		p.owes(started)
	}},
	{"it talks nonsense", "garbage", func(p *payer) {
		portaltest.Refused(p.t, p.tries(), http.StatusBadGateway, refusal.PaymentAway)
		p.w.Misbehave("payment", "ok")
		p.pays() // by the payment that was begun
		p.hasPaid(paid)
	}},
	{"it names a page of another", "foreign-page", func(p *payer) {
		portaltest.Refused(p.t, p.tries(), http.StatusBadGateway, refusal.PaymentAway)
		p.owes(started)
	}},
	{"the card is declined, another pays", "ok", func(p *payer) {
		back := p.press(p.start(), url.Values{"kart": {"red"}, "islem": {"ode"}})
		p.shows(p.Get(back), failed)
		p.pays()
		p.hasPaid(paid, failed)
	}},
	{"the code is wrong", "ok", func(p *payer) {
		page := p.start()
		p.press(page, url.Values{"kart": {"guvenli"}, "islem": {"ode"}})
		p.press(page, url.Values{"kod": {"000000"}, "islem": {"ode"}})
		p.owes(failed)
	}},
	{"the code is right", "ok", func(p *payer) {
		page := p.start()
		p.press(page, url.Values{"kart": {"guvenli"}, "islem": {"ode"}})
		p.press(page, url.Values{"kod": {"123456"}, "islem": {"ode"}})
		p.hasPaid(paid)
	}},
	{"the person gives up", "ok", func(p *payer) {
		p.press(p.start(), url.Values{"islem": {"vazgec"}})
		p.owes(failed)
	}},
	{"the person never pays", "ok", func(p *payer) {
		p.start()
		one := p.payments()[0]
		p.Clock.Pass(25 * time.Hour)
		p.comesTo(one, failed)
		p.owes(failed)
	}},
	{"it is cancelled meanwhile", "ok", func(p *payer) {
		page := p.start()
		p.cancel()
		p.press(page, good)
		p.comesTo(p.payments()[0], refunded)
		p.hasEnded(refunded)
	}},
	{"two payments are made", "ok", func(p *payer) {
		first := p.start()
		p.Clock.Pass(21 * time.Minute)
		second := p.start()
		if first == second {
			p.t.Fatal("both have one page")
		}
		p.Clock.Pass(-21 * time.Minute)
		p.press(second, good)
		p.press(first, good)
		p.comesTo(p.payments()[1], refunded)
		p.hasPaid(paid, refunded)
		if p.sentBack() != 1 {
			p.t.Errorf("sent back %d times", p.sentBack())
		}
	}},
}

// endings are what may happen once it is paid, and then cancelled.
var endings = []struct {
	name, conduct string
	run           func(p *payer)
}{
	{"it goes back", "ok", func(p *payer) {
		p.cancel()
		p.comesTo(p.payments()[0], refunded)
		p.hasEnded(refunded)
	}},
	{"the answer to a refund is lost", "refund-lost", func(p *payer) {
		p.cancel()
		p.Log.Await(p.t, `"msg":"job failed","kind":"refund","key":"`+p.refundKey(), 1)
		p.w.Misbehave("payment", "ok")
		p.Clock.Pass(time.Minute)
		p.comesTo(p.payments()[0], refunded)
		p.hasEnded(refunded)
		if p.sentBack() != 1 {
			p.t.Errorf("sent back %d times", p.sentBack())
		}
	}},
	{"a refund is refused, and tried again", "refund-refused", func(p *payer) {
		p.cancel()
		p.Log.Await(p.t, `"msg":"job given up","kind":"refund","key":"`+p.refundKey(), 1)
		p.hasEnded(refused)
		p.shows(p.page(), refused)
		p.w.Misbehave("payment", "ok")
		if err := p.Store.RetryJob(p.t.Context(), p.refundKey(), p.Clock.Now()); err != nil {
			p.t.Fatal(err)
		}
		p.comesTo(p.payments()[0], refunded)
		p.hasEnded(refunded)
		if p.sentBack() != 1 {
			p.t.Errorf("sent back %d times", p.sentBack())
		}
	}},
}

// agree goes through all that may happen: paying is who owes a fee, and cancelling who owes one that can be cancelled once it is paid.
func agree(t *testing.T, paying, cancelling func(w *world, t *testing.T) *payer) {
	w := newWorld(t)
	run := func(name string, test func(t *testing.T)) {
		t.Run(name, func(t *testing.T) {
			w.Site.T = t
			defer func() { w.Site.T = w.t }()
			began := w.Clock.Now()
			defer func() { w.Clock.Pass(began.Sub(w.Clock.Now())) }() // the provider's clock has not moved
			defer w.Misbehave("payment", "ok")
			test(t)
		})
	}
	for _, one := range agreements {
		run(one.name, func(t *testing.T) {
			w.Misbehave("payment", one.conduct)
			one.run(paying(w, t))
		})
	}
	for _, one := range endings {
		run(one.name, func(t *testing.T) {
			p := cancelling(w, t)
			p.pays()
			p.hasPaid(paid)
			w.Misbehave("payment", one.conduct)
			one.run(p)
		})
	}
}

// TestMoneyAndApplicationAgree: whatever the provider does, money is where the application says it is, or goes back.
func TestMoneyAndApplicationAgree(t *testing.T) {
	t.Parallel()
	agree(t, func(w *world, t *testing.T) *payer { return w.payer(t, application.NES) }, func(w *world, t *testing.T) *payer { return w.payer(t, application.Seal) })
}

// TestMoneyAndOrderAgree: so it is with orders, whose fees are paid without a login.
func TestMoneyAndOrderAgree(t *testing.T) {
	t.Parallel()
	agree(t, (*world).buyer, (*world).buyer)
}
