package payment_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

const debtPath = "/borc-sorgulama"

func typed(number, digits string) url.Values {
	return url.Values{"basvuru": {number}, "haneler": {digits}}
}

// due is an application of Ayşe's whose fee is due.
func due(s *portaltest.Site) application.Application {
	return s.ApplicationIn(application.PaymentDue, func(a *application.Application) {
		a.Fee, a.Approval = fee, application.Approval{Way: application.OnPaper, Basis: "B"}
	})
}

// Anybody reads what is due by number and digits, and nothing of whose it is; what does not fit is all the same.
func TestAnybodyQueriesADebt(t *testing.T) {
	t.Parallel()
	s := portaltest.NewSite(t, func(s *portal.Settings) {
		s.Applications.PaymentTR, s.Applications.PaymentEN = "Vezneye ödeyin", "Pay at the desk"
	})
	a, visitor := due(s), s.Anybody()
	other := s.ApplicationIn(application.Draft, func(a *application.Application) { a.CitizenNumber = portaltest.Mehmet })
	unknown := ""
	for _, test := range []struct{ number, digits, debt string }{
		{a.Reference, "0146", "due"},
		{strings.ToLower(strings.ReplaceAll(a.Reference, "-", " ")), " 0146 ", "due"},
		{other.Reference, portaltest.Mehmet[7:], "none"},
		{a.Reference, "0147", "unknown"},
		{"0000-0000-0000-0000", "0146", "unknown"},
	} {
		answer := visitor.Post(debtPath, typed(test.number, test.digits))
		if answer.Status != http.StatusOK || !strings.Contains(answer.Body, `data-debt="`+test.debt+`"`) {
			t.Errorf("%s %s: %d, want %s: %s", test.number, test.digits, answer.Status, test.debt, answer.Body)
		}
		for _, private := range []string{"YILMAZ", "Ayşe", "AYŞE", "Çankaya", "Işık", "1984", portaltest.Ayse, portaltest.Mehmet, "100*****"} {
			if strings.Contains(answer.Body, private) {
				t.Errorf("%s: the page has %q", test.number, private)
			}
		}
		portaltest.CheckPage(t, test.debt, answer, "tr")
		if test.debt == "unknown" {
			bare := strings.NewReplacer(test.number, "", test.digits, "").Replace(answer.Body)
			if unknown != "" && bare != unknown {
				t.Error("wrong digits and a wrong number read differently")
			}
			unknown = bare
		}
	}
	if page := visitor.Post(debtPath, typed(a.Reference, "0146")); !strings.Contains(page.Body, "Vezneye") || strings.Contains(page.Body, `id="pay"`) {
		t.Error("the page does not say where to pay, or offers to pay where there is no provider")
	}
	portaltest.Refused(t, visitor.Post(debtPath+"/ode", typed(a.Reference, "0146")), http.StatusConflict, refusal.ApplicationState)
}

// What is no number is said to be none, is shown nowhere, and is not counted.
func TestWhatIsNoNumber(t *testing.T) {
	t.Parallel()
	s := portaltest.NewSite(t, nil)
	visitor, a := s.Anybody(), due(s)
	for range 3 {
		for _, test := range [][2]string{
			{"", ""}, {a.Reference, ""}, {a.Reference, "146"}, {a.Reference, "10000000146"}, {a.Reference, "٠١٤٦"}, {"<b>4F7K-2M9Q</b>", "0146"}, {"' OR 1=1 --", "0146"},
			{strings.Repeat("A", 4000), "0146"}, {a.Reference + "0", "0146"}, {"4F7K\u202e-2M9Q-XT3B-8WDN", "0146"}, {a.Reference, "01 46"},
		} {
			answer := visitor.Post(debtPath, typed(test[0], test[1]))
			if answer.Status != http.StatusUnprocessableEntity || !strings.Contains(answer.Body, `id="problem"`) || strings.Contains(answer.Body, "<b>4F") {
				t.Errorf("%.40q: %d", test, answer.Status)
			}
		}
	}
	portaltest.CheckPage(t, "wrong", visitor.Post(debtPath, typed("", "")), "tr")
}

// Few wrong queries are answered, of one number and from one network; right ones do not count, and a login needs none.
func TestFewQueries(t *testing.T) {
	t.Parallel()
	s := portaltest.NewSite(t, nil)
	a, visitor := due(s), s.Anybody()
	for range 30 {
		if answer := visitor.Post(debtPath, typed(a.Reference, "0146")); answer.Status != http.StatusOK {
			t.Fatalf("a right query: %d", answer.Status)
		}
	}
	for range 5 {
		visitor.Post(debtPath, typed(a.Reference, "9999"))
	}
	portaltest.Refused(t, visitor.Post(debtPath, typed(a.Reference, "9999")), http.StatusTooManyRequests, refusal.QueryLimit)
	portaltest.Refused(t, visitor.Post(debtPath, typed(a.Reference, "0146")), http.StatusTooManyRequests, refusal.QueryLimit)
	portaltest.Refused(t, visitor.Post(debtPath+"/ode", typed(a.Reference, "0146")), http.StatusTooManyRequests, refusal.QueryLimit)
	for i := range 15 {
		visitor.Post(debtPath, typed(fmt.Sprintf("0000-0000-0000-%04d", i), "0146"))
	}
	portaltest.Refused(t, visitor.Post(debtPath, typed("0000-0000-0000-0099", "0146")), http.StatusTooManyRequests, refusal.QueryLimit)
	if page := s.Person(portaltest.Ayse).Get("/basvurular/" + a.Reference + "/odeme"); page.Status != http.StatusOK {
		t.Errorf("the person themself: %d", page.Status)
	}
	s.Clock.Pass(time.Hour)
	if answer := visitor.Post(debtPath, typed(a.Reference, "0146")); answer.Status != http.StatusOK {
		t.Errorf("an hour later: %d", answer.Status)
	}
}

// Whoever queried a debt pays it, without a login.
func TestAnybodyPays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.payer(t, application.NES)
	visitor := w.Anybody()
	shown := visitor.Post(debtPath, typed(p.a.Reference, p.a.CitizenNumber[7:]))
	portaltest.CheckPage(t, "debt", shown, "tr")
	answer := visitor.Post(debtPath+"/ode", typed(p.a.Reference, p.a.CitizenNumber[7:]))
	if answer.Status != http.StatusSeeOther || !strings.HasPrefix(answer.Location(), w.Settings.Payment.Address+"/") {
		t.Fatalf("%d %q %q", answer.Status, answer.Location(), answer.Code())
	}
	back := p.press(answer.Location(), good)
	for _, language := range []string{"tr", "en"} {
		visitor.Cookies["dil"] = language
		portaltest.CheckPage(t, "result "+language, visitor.Get(back), language)
		p.Cookies["dil"] = language
		portaltest.CheckPage(t, "own "+language, p.Get(p.at), language)
	}
	if page := visitor.Get(back); !strings.Contains(page.Body, `data-payment="paid"`) || strings.Contains(page.Body, p.a.Reference) || page.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the result: %s", page.Body)
	}
	if page := visitor.Post(debtPath, typed(p.a.Reference, p.a.CitizenNumber[7:])); !strings.Contains(page.Body, `data-debt="paid"`) {
		t.Errorf("after it: %s", page.Body)
	}
	if record := p.Get("/verilerim/indir"); !strings.Contains(record.Body, `"state": "paid"`) || !strings.Contains(record.Body, `"received": 125000`) {
		t.Errorf("the person's record has no payment: %s", record.Body)
	}
	for _, path := range []string{"/odeme/sonuc/0000-0000-0000-0000", "/odeme/sonuc/x", p.at + "x"} {
		portaltest.Refused(t, p.Get(path), http.StatusNotFound, refusal.NotFound)
	}
	// Another person's application is not found.
	portaltest.Refused(t, w.Person("90000000000").Get(p.at), http.StatusNotFound, refusal.NotFound)
	portaltest.Refused(t, w.Person("90000000000").Post(p.at, nil), http.StatusNotFound, refusal.NotFound)
	portaltest.Refused(t, p.Post(p.at, nil), http.StatusConflict, refusal.ApplicationState) // it is paid
}

// Of one application ten payments are begun in a day.
func TestPaymentsInADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.payer(t, application.NES)
	for range 10 {
		p.press(p.start(), url.Values{"islem": {"vazgec"}})
	}
	portaltest.Refused(t, p.Post(p.at, nil), http.StatusTooManyRequests, refusal.PaymentLimit)
}

// The forms of pages that lead to the provider may lead to its page, and no other page's may.
func TestFormsLeadToTheProvider(t *testing.T) {
	t.Parallel()
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, bytes.Repeat([]byte("k"), 32), 0o600); err != nil {
		t.Fatal(err)
	}
	s := portaltest.NewSite(t, func(s *portal.Settings) {
		s.Payment = &portal.PaymentSettings{Address: "https://api.example/v1", PageOrigin: "https://odeme.example", Merchant: "m", KeyFile: key}
	})
	a, person := due(s), s.Person(portaltest.Ayse)
	for what, answer := range map[string]portaltest.Answer{
		"a debt": person.Post(debtPath, typed(a.Reference, "0146")), "the fee": person.Get("/basvurular/" + a.Reference + "/odeme"),
		"an order": person.Post("/siparis-sorgulama", url.Values{"siparis": {s.OrderIn(order.PaymentDue, fee).Reference}, "tel": {"2233"}}),
	} {
		if policy := answer.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' http://localhost:1 https://odeme.example; ") || strings.Contains(policy, "api.example") {
			t.Errorf("%s: %q", what, policy)
		}
	}
	for _, path := range []string{"/", debtPath, "/siparis-sorgulama", "/basvurular", "/basvurular/" + a.Reference, "/odeme/sonuc/0000-0000-0000-0000"} {
		if policy := person.Get(path).Header.Get("Content-Security-Policy"); strings.Contains(policy, "odeme.example") {
			t.Errorf("%s: %q", path, policy)
		}
	}
	if page := person.Get("/basvurular/" + a.Reference); !strings.Contains(page.Body, `id="pay" href="/basvurular/`+a.Reference+`/odeme"`) {
		t.Error("the application does not lead to its fee")
	}
}

// An order's fee is found by its number and the end of its telephone number, and nothing of who has ordered shows.
func TestAnybodyPaysAnOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.buyer(t)
	unknown := ""
	for _, test := range []struct{ number, digits, debt string }{
		{p.number, "2233", "due"}, {p.number, "2234", "unknown"}, {"0000-0000-0000-0000", "2233", "unknown"},
		{w.OrderIn(order.Received, fee).Reference, "2233", "none"}, {w.OrderIn(order.Sent, fee).Reference, "2233", "paid"}, {w.OrderIn(order.Paid, 0).Reference, "2233", "none"},
	} {
		answer := p.Post(debtPath, typed(test.number, test.digits))
		if answer.Status != http.StatusOK || !strings.Contains(answer.Body, `data-debt="`+test.debt+`"`) || strings.Contains(answer.Body, `id="pay"`) != (test.debt == "due") {
			t.Errorf("%s %s: %d, want %s: %s", test.number, test.digits, answer.Status, test.debt, answer.Body)
		}
		for _, private := range []string{"ÇINAR", "Işık", "Çankaya", "cinar@", "0500111", "500 111", "1234567890"} {
			if strings.Contains(answer.Body, private) {
				t.Errorf("%s: the page has %q", test.number, private)
			}
		}
		portaltest.CheckPage(t, test.debt, answer, "tr")
		if test.debt == "unknown" {
			bare := strings.NewReplacer(test.number, "", test.digits, "").Replace(answer.Body)
			if unknown != "" && bare != unknown {
				t.Error("wrong digits and a wrong number read differently")
			}
			unknown = bare
		}
	}
	if page := p.page(); !strings.Contains(page.Body, `action="/borc-sorgulama/ode"`) {
		t.Error("the order's page does not lead to the provider")
	}
	back := p.pays()
	for _, language := range []string{"tr", "en"} {
		p.Cookies["dil"] = language
		page := p.Get(back)
		portaltest.CheckPage(t, "result "+language, page, language)
		if strings.Contains(page.Body, p.number) || !strings.Contains(page.Body, `href="/siparis-sorgulama"`) || strings.Contains(page.Body, "/basvurular") {
			t.Errorf("the result: %s", page.Body)
		}
		portaltest.CheckPage(t, "order "+language, p.page(), language)
		w.officer.Cookies["dil"] = language
		page = w.officer.Get("/masa/siparisler/" + p.number)
		portaltest.CheckPage(t, "desk "+language, page, language)
		p.shows(page, paid)
	}
	page := p.page()
	p.shows(page, paid)
	if strings.Contains(page.Body, "/borc-sorgulama/ode") {
		t.Error("the order's page leads to the provider once it is paid")
	}
	portaltest.Refused(t, p.tries(), http.StatusConflict, refusal.ApplicationState) // it is paid
}

// Whoever knows an application's number orders by it, and is given nothing of the application: neither what is due nor what was paid.
func TestOrderNamedAsAnApplication(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.payer(t, application.NES)
	p.pays()
	w.Clock.Pass(time.Minute)
	o := order.Order{Reference: p.a.Reference, Kind: order.TimeStamp, State: order.PaymentDue, Version: 1, Fee: 700, CreatedAt: w.Clock.Now(), ChangedAt: w.Clock.Now(),
		Form: application.Form{"mobile": "+905001112299"}}
	if err := w.Store.CreateOrder(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	q := &payer{Browser: w.Anybody(), w: w, t: t, number: o.Reference, digits: "2299", after: string(order.Paid)}
	if page := q.page(); strings.Contains(page.Body, `data-payment=`) {
		t.Errorf("the order's page has the application's payments: %s", page.Body)
	}
	if page := q.Post(debtPath, typed(q.number, "2299")); !strings.Contains(page.Body, "7,00 TL") || strings.Contains(page.Body, "1.250") {
		t.Errorf("the order's fee: %s", page.Body)
	}
	q.pays()
	q.hasPaid(paid)
	p.hasPaid(paid)
	q.cancel()
	q.comesTo(q.payments()[0], refunded)
	p.hasPaid(paid) // the application's money stays
}

// What the desk notes by hand while somebody pays by card is not paid twice: the card's money goes back, and what was noted stays.
func TestOrderPaidByHandMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.buyer(t)
	page := p.start()
	act := func(version int, event string) {
		t.Helper()
		form := url.Values{"surum": {fmt.Sprint(version)}, "islem": {event}, "not": {"DK-2026/17"}}
		if answer := w.officer.Post("/masa/siparisler/"+p.number, form); answer.Status != http.StatusSeeOther {
			t.Fatalf("%s: %d %q", event, answer.Status, answer.Code())
		}
	}
	act(1, "pay")
	p.press(page, good)
	p.comesTo(p.payments()[0], refunded)
	p.hasPaid(refunded)
	act(2, "cancel")
	w.Log.Await(t, `"msg":"job done","kind":"refund","key":"`+p.refundKey(), 1)
	p.hasEnded(refunded)
	if p.sentBack() != 1 {
		t.Errorf("sent back %d times", p.sentBack())
	}
}
