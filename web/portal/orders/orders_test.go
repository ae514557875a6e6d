package orders_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/proxy"
)

const (
	readers = "/kart-okuyucu-basvuru"
	stamps  = "/zaman-damgasi-basvuru"
	track   = "/siparis-sorgulama"
	desk    = "/masa/siparisler"
)

func newSite(t *testing.T) *portaltest.Site {
	return portaltest.NewSite(t, func(o *portal.Settings) {
		o.Applications = portal.ApplicationSettings{PaymentTR: "Vezneye ödeyin.", PaymentEN: "Pay at the desk."}
		o.Orders = portal.OrderSettings{ReaderFee: 25_050}
		o.Proxy = proxy.Settings{AddressHeader: "X-Real-IP"}
	})
}

var request = regexp.MustCompile(`name="istek" value="([^"]+)"`)

// filled is the form of a page, filled in.
func filled(t *testing.T, b *portaltest.Browser, page string) url.Values {
	t.Helper()
	m := request.FindStringSubmatch(b.Get(page).Body)
	if m == nil {
		t.Fatal("the form has no number")
	}
	form := url.Values{"istek": {m[1]}, "buyer": {"ÇINAR <A.Ş.>"}, "buyer_number": {"1234567890"}, "mobile": {"0500 111 22 33"}, "mail": {"cinar@ornek.test"},
		"address": {"Işık Sokak 3\r\nKat 2"}, "district": {"Çankaya"}, "province": {"Ankara"}, "postcode": {"06100"}}
	if page == readers {
		form.Set("reader", "usb")
		form.Set("quantity", "3")
	} else {
		form.Set("credits", "10000")
	}
	return form
}

func wants(t *testing.T, a portaltest.Answer, status int, parts ...string) {
	t.Helper()
	portaltest.CheckPage(t, "page", a, "tr")
	for _, part := range parts {
		if a.Status != status || !strings.Contains(a.Body, part) {
			t.Errorf("%d, without %q: %s", a.Status, part, a.Body)
		}
	}
}

// follow asks where an order is.
func follow(b *portaltest.Browser, number, phone string) portaltest.Answer {
	return b.Post(track, url.Values{"siparis": {number}, "tel": {phone}})
}

// TestOrder leads card readers from the form to the courier: a receipt, the desk's acts, and what who has ordered reads meanwhile.
func TestOrder(t *testing.T) {
	s := newSite(t)
	visitor, officer := s.Anybody(), s.Officer(portaltest.Zeynep, store.Reviewer)
	form := filled(t, visitor, readers)
	number := form.Get("istek")
	wants(t, visitor.Post(readers, form), http.StatusOK, `data-order="`+number+`"`, "751,50 TL", "ÇINAR &lt;A.Ş.&gt;", "500 111 22 33")
	again := visitor.Post(readers, form)
	wants(t, again, http.StatusOK, `data-order="`+number+`"`)
	if strings.Contains(again.Body, "ÇINAR") || strings.Contains(again.Body, "Işık") {
		t.Error("who has an order's number reads what is in it")
	}
	wants(t, officer.Get("/masa"), http.StatusOK, `href="/masa/siparisler"`)
	wants(t, officer.Get(desk), http.StatusOK, `data-queue="received" data-count="1"`, number)
	version := 1
	act := func(event, note string, status int) portaltest.Answer {
		t.Helper()
		a := officer.Post(desk+"/"+number, url.Values{"surum": {fmt.Sprint(version)}, "islem": {event}, "not": {note}})
		if a.Status != status {
			t.Fatalf("%s: %d %s", event, a.Status, a.Code())
		}
		return a
	}
	for _, step := range []struct{ event, note, state, part string }{
		{"", "", "received", `data-event="create"`}, {"accept", "", "payment_due", "Vezneye ödeyin."},
		{"pay", "DK-2026/17", "paid", "751,50 TL"}, {"send", "TR123456", "sent", "TR123456"},
	} {
		if step.event != "" {
			if step.note != "" {
				portaltest.Refused(t, act(step.event, "  ", http.StatusUnprocessableEntity), http.StatusUnprocessableEntity, refusal.ReasonMissing)
			}
			portaltest.Refused(t, act("open", "x", http.StatusConflict), http.StatusConflict, refusal.ApplicationState)
			act(step.event, step.note, http.StatusSeeOther)
			portaltest.Refused(t, act(step.event, step.note, http.StatusConflict), http.StatusConflict, refusal.ApplicationChanged)
			version++
		}
		for _, language := range []string{"tr", "en"} {
			officer.Cookies["dil"] = language
			portaltest.CheckPage(t, step.state, officer.Get(desk+"/"+number), language)
		}
		officer.Cookies["dil"] = "tr"
		answer := follow(visitor, " "+strings.ToLower(number)+" ", "2233")
		wants(t, answer, http.StatusOK, `data-order="`+step.state+`"`, step.part)
		for _, private := range []string{"ÇINAR", "Işık", "cinar@", "5001112", portaltest.Zeynep, "DK-2026"} {
			if strings.Contains(answer.Body, private) {
				t.Errorf("%s: the page has %q", step.state, private)
			}
		}
	}
	for _, private := range []string{"ÇINAR", "cinar@", "5001112233", "1234567890"} {
		if strings.Contains(s.Log.String(), private) {
			t.Errorf("the log has %q", private)
		}
	}
}

// TestTimeStamps orders credits that cost nothing, for a person whose citizen number is shown in part.
func TestTimeStamps(t *testing.T) {
	s := newSite(t)
	visitor, officer := s.Anybody(), s.Officer(portaltest.Zeynep, store.Reviewer)
	form := filled(t, visitor, stamps)
	form.Set("buyer_number", portaltest.Ayse)
	answer := visitor.Post(stamps, form)
	wants(t, answer, http.StatusOK, "100*****146", "10.000")
	page := officer.Get(desk + "/" + form.Get("istek"))
	wants(t, page, http.StatusOK, "100*****146", `id="do-accept"`)
	if strings.Contains(answer.Body+page.Body, portaltest.Ayse) {
		t.Error("a page has the whole number")
	}
	for version, step := range [][2]string{{"accept", ""}, {"open", "ZD-17"}} {
		officer.Post(desk+"/"+form.Get("istek"), url.Values{"surum": {fmt.Sprint(version + 1)}, "islem": {step[0]}, "not": {step[1]}})
	}
	answer = follow(visitor, form.Get("istek"), "2233")
	wants(t, answer, http.StatusOK, `data-order="opened"`)
	if strings.Contains(answer.Body, "ZD-17") {
		t.Error("the page has the account")
	}
}

// TestForeignOrders: one answer for all that is not so, and an officer of another role finds none.
func TestForeignOrders(t *testing.T) {
	s := newSite(t)
	visitor := s.Anybody()
	form := filled(t, visitor, readers)
	number := form.Get("istek")
	visitor.Post(readers, form)
	other := "0000-0000-0000-0000"
	wrongPhone, none := follow(visitor, number, "2234"), follow(visitor, other, "2234")
	wants(t, none, http.StatusOK, `data-order="none"`)
	if strings.ReplaceAll(wrongPhone.Body, number, other) != none.Body {
		t.Error("a wrong telephone is told apart from a wrong number")
	}
	for number, phone := range map[string]string{"x": "2233", number: "22", "": "", other: "<b>1"} {
		wants(t, follow(visitor, number, phone), http.StatusUnprocessableEntity, `id="problem"`)
	}
	courier := s.Officer(portaltest.Zeynep, store.Courier)
	for _, page := range []string{desk, desk + "/" + number} {
		portaltest.Refused(t, courier.Get(page), http.StatusNotFound, refusal.NotFound)
	}
	portaltest.Refused(t, courier.Post(desk+"/"+number, url.Values{"surum": {"1"}, "islem": {"accept"}}), http.StatusNotFound, refusal.NotFound)
}

// TestHostileForms keeps nothing of what could not be shown as it is, or was not asked for.
func TestHostileForms(t *testing.T) {
	s := newSite(t)
	visitor := s.Anybody()
	for name, values := range map[string][]string{
		"buyer": {"", "a\u202eb", "a\nb", strings.Repeat("ş", 201), "\xff"}, "buyer_number": {"", "123", "1234567890x"}, "quantity": {"", "0", "-3", "1000", "1e3"},
		"reader": {"", "other"}, "mobile": {"", "123"}, "mail": {"", "a@b", "a@ornek.test, b@ornek.test"}, "address": {"", "a\x00b"},
	} {
		for _, value := range values {
			form := filled(t, visitor, readers)
			form.Set(name, value)
			answer := visitor.Post(readers, form)
			wants(t, answer, http.StatusUnprocessableEntity, `data-field="`+name+`"`, `id="problem"`, `value="`+form.Get("istek")+`"`)
			if strings.Contains(answer.Body, "\u202e") || strings.Contains(answer.Body, "\x00") {
				t.Errorf("%s: the page has what was typed", name)
			}
		}
	}
	form := filled(t, visitor, readers)
	form.Add("buyer", "another")
	portaltest.Refused(t, visitor.Post(readers, form), http.StatusBadRequest, fault.RequestInvalid)
	form = filled(t, visitor, readers)
	form.Set("istek", "../x")
	portaltest.Refused(t, visitor.Post(readers, form), http.StatusBadRequest, fault.RequestInvalid)
	if counts, err := s.Store.CountOrders(t.Context()); err != nil || len(counts) > 0 {
		t.Errorf("kept: %v, %v", counts, err)
	}
}

// TestLimits: one network orders ten times in an hour, and an order is asked about ten times, whoever asks.
func TestLimits(t *testing.T) {
	s := newSite(t)
	visitor, other := s.Anybody(), s.Anybody()
	visitor.Header.Set("X-Real-IP", "192.0.2.1")
	other.Header.Set("X-Real-IP", "192.0.2.2")
	for range 10 {
		if a := visitor.Post(readers, filled(t, visitor, readers)); a.Status != http.StatusOK {
			t.Fatal(a.Status, a.Code())
		}
	}
	wants(t, visitor.Post(readers, filled(t, visitor, readers)), http.StatusTooManyRequests, `id="problem"`)
	form := filled(t, other, readers)
	wants(t, other.Post(readers, form), http.StatusOK, `id="receipt"`)
	for i := range 10 {
		visitor.Header.Set("X-Real-IP", fmt.Sprintf("198.51.100.%d", i))
		wants(t, follow(visitor, form.Get("istek"), fmt.Sprintf("%04d", i)), http.StatusOK, `data-order="none"`)
	}
	wants(t, follow(other, form.Get("istek"), "2233"), http.StatusTooManyRequests, `id="problem"`)
	s.Clock.Pass(time.Hour + time.Second)
	wants(t, follow(other, form.Get("istek"), "2233"), http.StatusOK, `data-order="received"`)
}

// TestErased: what identifies who has ordered is gone once the order's form is erased, and its changes stay.
func TestErased(t *testing.T) {
	s := newSite(t)
	visitor, officer := s.Anybody(), s.Officer(portaltest.Zeynep, store.Reviewer)
	form := filled(t, visitor, readers)
	visitor.Post(readers, form)
	officer.Post(desk+"/"+form.Get("istek"), url.Values{"surum": {"1"}, "islem": {string(order.Cancel)}, "not": {"stok yok"}})
	if n, err := s.Store.EraseOrders(t.Context(), s.Clock.Now().Add(time.Hour), 10); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	page := officer.Get(desk + "/" + form.Get("istek"))
	wants(t, page, http.StatusOK, "stok yok", `data-state="cancelled"`)
	if strings.Contains(page.Body, "ÇINAR") {
		t.Error("the desk still shows who has ordered")
	}
	wants(t, follow(visitor, form.Get("istek"), "2233"), http.StatusOK, `data-order="none"`)
}
