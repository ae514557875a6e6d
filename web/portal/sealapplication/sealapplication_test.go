package sealapplication_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/proxy"
)

const (
	path   = "/mali-muhur-basvuru"
	resume = path + "/devam"
	again  = path + "/baglanti"
	mail   = "cinar@ornek.test"
)

func newSite(t *testing.T, fee int64) *portaltest.Site {
	return portaltest.NewSite(t, func(o *portal.Settings) {
		o.Applications = portal.ApplicationSettings{SealFee: fee, PaymentTR: "Vezneye ödeyin.", PaymentEN: "Pay at the desk."}
		o.Proxy = proxy.Settings{AddressHeader: "X-Real-IP"}
		o.Desk.PaperWithoutScan = true
	})
}

// applicant is somebody at a browser who has not logged in.
type applicant struct {
	*portaltest.Browser
	reference string
	path      string
}

// from has a browser's requests come from a network.
func from(b *portaltest.Browser, address string) *portaltest.Browser {
	b.Header.Set("X-Real-IP", address)
	return b
}

var request = regexp.MustCompile(`name="istek" value="([^"]+)"`)

// firstForm is the first page's form, filled in, with changes.
func firstForm(t *testing.T, b *portaltest.Browser, changes map[string]string) url.Values {
	t.Helper()
	m := request.FindStringSubmatch(b.Get(path).Body)
	if m == nil {
		t.Fatal("the first page's form has no number")
	}
	all := map[string]string{"istek": m[1], "tax_number": "1234567890", "company": "ÇINAR <A.Ş.>", "authorised": "AYŞE YILMAZ", "authorised_number": "100 000 001 46",
		"mobile": "0532 123 45 67", "mail": "Cinar@ornek.test"}
	maps.Copy(all, changes)
	form := url.Values{}
	for name, value := range all {
		form.Set(name, value)
	}
	return form
}

// begun is an application that was begun just now.
func begun(t *testing.T, s *portaltest.Site, changes map[string]string) *applicant {
	t.Helper()
	p := &applicant{Browser: s.Anybody()}
	form := firstForm(t, p.Browser, changes)
	p.reference = form.Get("istek")
	p.path = path + "/" + p.reference
	if a := p.Post(path, form); a.Status != http.StatusSeeOther || !strings.HasPrefix(a.Location(), p.path) {
		t.Fatalf("begun: %d %s %q\n%s", a.Status, a.Code(), a.Location(), a.Body)
	}
	return p
}

func (p *applicant) kept() application.Application {
	p.T.Helper()
	return p.Seen(p.reference)
}

var keyPattern = regexp.MustCompile(`/devam#([A-Za-z0-9_-]{43})\n`)

// link is the key in the first mail after so many.
func link(t *testing.T, s *portaltest.Site, after int) string {
	t.Helper()
	l := s.Mail.Letter(t, after, func(l letters.Letter) bool { return keyPattern.MatchString(l.Text) })
	if l.To != mail {
		t.Errorf("the mail goes to %q", l.To)
	}
	return keyPattern.FindStringSubmatch(l.Text)[1]
}

// opens opens a link in a new browser.
func opens(s *portaltest.Site, key string) (*portaltest.Browser, portaltest.Answer) {
	b := s.Anybody()
	return b, b.Post(resume, url.Values{"anahtar": {key}})
}

// form is the application's form, filled in, with changes.
func (p *applicant) form(changes map[string]string) url.Values {
	p.T.Helper()
	form := url.Values{"surum": {fmt.Sprint(p.kept().PageVersion())}, "islem": {"devam"}, "medium": {"card"}, "delivery": {"address"}, "mobile": {"0532 123 45 67"},
		"address": {"Işık Sokak 3"}, "district": {"Çankaya"}, "province": {"Ankara"}, "postcode": {"06100"}, "word": {"Ihlamur Ağacı"}}
	for name, value := range changes {
		form.Set(name, value)
	}
	return form
}

// submitted fills in the form and submits it.
func (p *applicant) submitted() {
	p.T.Helper()
	if a := p.Post(p.path+"/form", p.form(nil)); a.Location() != p.path+"/ozet" {
		p.T.Fatalf("filled in: %d %s\n%s", a.Status, a.Code(), a.Body)
	}
	if a := p.press("submit"); a.Location() != p.path+"/makbuz" {
		p.T.Fatalf("submitted: %d %s", a.Status, a.Code())
	}
}

func (p *applicant) press(event string) portaltest.Answer {
	p.T.Helper()
	return p.Post(p.path, url.Values{"surum": {fmt.Sprint(p.kept().PageVersion())}, "islem": {event}})
}

// does has an officer act on the application.
func (p *applicant) does(officer *portaltest.Browser, act, field, typed string) {
	p.T.Helper()
	a := officer.Post("/masa/basvuru/"+p.reference+"/"+act, url.Values{"surum": {fmt.Sprint(p.kept().PageVersion())}, field: {typed}})
	if a.Status != http.StatusSeeOther {
		p.T.Fatalf("%s: %d %s", act, a.Status, a.Code())
	}
}

var paperCode = regexp.MustCompile(`id="paper-code">([^<]+)<`)

// TestApplication leads an application from the first page, by the link in a mail, to production: paid by hand first, approved on paper.
func TestApplication(t *testing.T) {
	s := newSite(t, 75_000)
	if home := s.Anybody().Get("/"); !strings.Contains(home.Body, `href="`+path+`"`) {
		t.Error("the first page does not lead there")
	}
	p, officer := begun(t, s, nil), s.Officer(portaltest.Zeynep, store.Reviewer)
	looks := func(b *portaltest.Browser, page string, parts ...string) {
		t.Helper()
		for _, language := range []string{"en", "tr"} {
			b.Cookies["dil"] = language
			a := b.Get(page)
			if a.Status != http.StatusOK {
				t.Fatalf("%s: %d %s %q", page, a.Status, a.Code(), a.Location())
			}
			portaltest.CheckPage(t, page, a, language)
			for _, part := range parts {
				if language == "tr" && !strings.Contains(a.Body, part) {
					t.Errorf("%s lacks %q", page, part)
				}
			}
		}
	}
	looks(p.Browser, path)
	looks(p.Browser, resume, `id="opened"`)
	looks(p.Browser, p.path+"/ode", "750,00 TL", "Vezneye ödeyin.", "ÇINAR &lt;A.Ş.&gt;")
	looks(p.Browser, p.path, `data-state="payment_due"`, p.path+"/ode")
	if a := p.Get(p.path + "/form"); a.Location() != p.path {
		t.Errorf("the form before the payment: %d %q", a.Status, a.Location())
	}
	p.does(officer, "odeme", "dekont", "DK-2026/17")

	visitor, a := opens(s, link(t, s, 0))
	if a.Location() != p.path {
		t.Fatalf("the link leads to %d %s %q", a.Status, a.Code(), a.Location())
	}
	p.Browser = visitor
	looks(p.Browser, p.path, `data-state="draft"`)
	looks(p.Browser, p.path+"/form", `data-field="company" data-fixed`, `data-field="mail" data-fixed`)
	if a := p.Post(p.path+"/form", p.form(map[string]string{"postcode": "61"})); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, `href="#f-postcode"`) {
		t.Errorf("an incomplete form: %d", a.Status)
	}
	if a := p.Post(p.path+"/form", p.form(map[string]string{"medium": "hsm", "delivery": "address"})); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, `href="#f-delivery-`) {
		t.Errorf("an HSM that a courier brings: %d", a.Status)
	}
	p.submitted()
	looks(p.Browser, p.path, `data-state="awaiting_approval"`, p.path+"/kagit")
	looks(p.Browser, p.path+"/makbuz", "AYŞE YILMAZ")
	if a := p.Get(p.path); strings.Contains(a.Body, "/nes/e-onay") {
		t.Error("the page offers an approval that needs a login")
	}
	looks(p.Browser, p.path+"/kagit", "AYŞE YILMAZ")
	code := paperCode.FindStringSubmatch(p.Get(p.path + "/kagit").Body)[1]
	looks(officer, "/masa/basvuru/"+p.reference, `id="without-login"`)
	looks(officer, "/masa/kuyruk/awaiting_approval", "Girişsiz başvuru")
	p.does(officer, "onay", "kod", code)
	p.does(officer, "kabul", "", "")
	if kept := p.kept(); kept.State != application.InProduction || kept.Form["company"] != "ÇINAR <A.Ş.>" || kept.Form["mail"] != mail || kept.CitizenNumber != "" {
		t.Errorf("kept: %+v", kept)
	}
	looks(p.Browser, p.path, `data-state="in_production"`)
	if a := p.Post(path+"/cik", nil); a.Location() != "/" {
		t.Errorf("closed: %d", a.Status)
	}
	portaltest.Refused(t, p.Get(p.path), http.StatusForbidden, refusal.KeyRequired)
}

// TestNobodysApplication: of the person whose number was typed nothing comes of it: neither their list nor their own application, nor their E-Onay.
func TestNobodysApplication(t *testing.T) {
	s := newSite(t, 0)
	ayse := s.Person(portaltest.Ayse)
	form := ayse.Form()
	form.Set("onay", "evet")
	ayse.Post("/nes/e-onay", form)
	if a := ayse.Sign(ayse.Shown().Reference, []byte(portaltest.Secret())); a.Status != http.StatusOK {
		t.Fatal(a)
	}
	p := begun(t, s, nil)
	p.submitted()
	if kept := p.kept(); kept.State != application.AwaitingApproval {
		t.Errorf("an application without a login is %s by the E-Onay of who was typed", kept.State)
	}
	if a := ayse.Get("/basvurular"); strings.Contains(a.Body, p.reference) {
		t.Error("the list of who was typed has it")
	}
	for _, page := range []string{"", "/form", "/imza", "/odeme", "/kagit"} {
		if a := ayse.Get("/basvurular/" + p.reference + page); a.Status != http.StatusNotFound {
			t.Errorf("%s of who was typed: %d %q", page, a.Status, a.Location())
		}
	}
	if a := ayse.Post("/basvurular/yeni", url.Values{"tur": {"seal"}}); a.Status != http.StatusSeeOther {
		t.Errorf("the person's own application is kept from them: %d %s", a.Status, a.Code())
	}
	officer := s.Officer(portaltest.Ayse, store.Reviewer)
	if a := officer.Get("/masa/basvuru/" + p.reference); !strings.Contains(a.Body, `id="own"`) {
		t.Error("an officer acts on an application in their own name")
	}
	p.does(s.Officer(portaltest.Zeynep, store.Reviewer), "onay", "kod", p.kept().PaperCode())
}

// TestKeys: a link opens once, the newest alone, one application alone, and until its end; without a key nothing is told of what there is.
func TestKeys(t *testing.T) {
	s := newSite(t, 75_000)
	p := begun(t, s, nil)
	first := link(t, s, 0)
	asks := func(number, address string) portaltest.Answer {
		t.Helper()
		return from(s.Anybody(), "192.0.2.7").Post(again, url.Values{"basvuru": {number}, "mail": {address}})
	}
	before := s.Mail.Count()
	asked := asks(" "+strings.ToLower(p.reference), "CINAR@ornek.test")
	second := link(t, s, before)
	if first == second {
		t.Fatal("the same key came twice")
	}
	for what, one := range map[string][2]string{"another number": {"0000-0000-0000-0000", mail}, "another address": {p.reference, "biri@ornek.test"}} {
		if a := asks(one[0], one[1]); a.Status != asked.Status || a.Body != asked.Body {
			t.Errorf("%s is told otherwise: %d", what, a.Status)
		}
	}
	var jobs int // a mail is sent to who has made it and knows the address, and to nobody else
	if err := s.Raw().QueryRow(`SELECT count(*) FROM job WHERE kind = 'applicationkey'`).Scan(&jobs); err != nil || jobs != 2 {
		t.Errorf("%d links are sent, %v", jobs, err)
	}
	if a := asks("1", mail); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, `href="#number"`) {
		t.Errorf("no number: %d", a.Status)
	}
	for what, key := range map[string]string{"a link that was replaced": first, "no key": "", "another key": "x", "a long key": strings.Repeat("a", 5000)} {
		_, a := opens(s, key)
		portaltest.Refused(t, a, http.StatusForbidden, refusal.KeyInvalid)
		if len(a.Header.Values("Set-Cookie")) > 0 {
			t.Errorf("%s gives a cookie", what)
		}
	}
	if a := s.Anybody().Get(resume); strings.Contains(a.Body, second) || a.Status != http.StatusOK {
		t.Error("a visit of the page spends or shows a key")
	}
	visitor, a := opens(s, " "+second+"\n")
	if a.Location() != p.path {
		t.Fatalf("the link leads to %d %s", a.Status, a.Code())
	}
	_, a = opens(s, second)
	portaltest.Refused(t, a, http.StatusForbidden, refusal.KeyInvalid)

	other := begun(t, s, map[string]string{"mail": "baska@ornek.test"})
	for _, page := range []string{"", "/form", "/ode", "/makbuz", "/ozet", "/kagit", "/iptal"} {
		refused := visitor.Get(other.path + page)
		portaltest.Refused(t, refused, http.StatusForbidden, refusal.KeyRequired)
		if none := visitor.Get(path + "/0000-0000-0000-0000" + page); none.Status != refused.Status || none.Code() != refused.Code() {
			t.Errorf("%q tells whether there is an application: %d", page, none.Status)
		}
		portaltest.Refused(t, s.Anybody().Get(p.path+page), http.StatusForbidden, refusal.KeyRequired)
	}
	portaltest.Refused(t, visitor.Post(other.path, url.Values{"surum": {"1"}, "islem": {"cancel"}}), http.StatusForbidden, refusal.KeyRequired)
	portaltest.Refused(t, visitor.Post(other.path+"/ode", nil), http.StatusForbidden, refusal.KeyRequired)
	portaltest.Refused(t, p.press("open"), http.StatusConflict, refusal.ApplicationState) // there is no login whose name it could get
	if a := visitor.Get(p.path); a.Status != http.StatusOK || !strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("%d, cache %q", a.Status, a.Header.Get("Cache-Control"))
	}
	s.Clock.Pass(4 * time.Hour)
	portaltest.Refused(t, visitor.Get(p.path), http.StatusForbidden, refusal.KeyRequired)
	for _, secret := range []string{first, second, visitor.Cookies["anahtar"]} {
		if secret == "" || strings.Contains(s.Log.String(), secret) {
			t.Errorf("the log has the key %q", secret)
		}
		var found int
		if err := s.Raw().QueryRow(`SELECT count(*) FROM application_key WHERE hash = ? OR CAST(hash AS TEXT) = ?`, []byte(secret), secret).Scan(&found); err != nil || found > 0 {
			t.Errorf("the database has a key as it is: %d, %v", found, err)
		}
	}
}

// TestLinkEnds: a mail that is found a week later opens nothing.
func TestLinkEnds(t *testing.T) {
	s := newSite(t, 0)
	begun(t, s, nil)
	key := link(t, s, 0)
	s.Clock.Pass(7 * 24 * time.Hour)
	_, a := opens(s, key)
	portaltest.Refused(t, a, http.StatusForbidden, refusal.KeyInvalid)
}

// TestBeginRefuses: what is wrong is said at its field, and nothing is kept of it.
func TestBeginRefuses(t *testing.T) {
	s := newSite(t, 75_000)
	b := s.Anybody()
	for name, value := range map[string]string{
		"tax_number": "123", "company": "", "authorised": strings.Repeat("a", 101), "authorised_number": "10000000147", "mobile": "0312 123 45 67", "mail": "a@b, c@d.test",
	} {
		form := firstForm(t, b, map[string]string{name: value})
		a := b.Post(path, form)
		if a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, `href="#f-`+name+`"`) || !strings.Contains(a.Body, `id="f-`+name+`-problem"`) {
			t.Errorf("%s: %d", name, a.Status)
		}
	}
	form := firstForm(t, b, nil)
	form["company"] = []string{"A", "B"}
	portaltest.Refused(t, b.Post(path, form), http.StatusBadRequest, "request_invalid")
	portaltest.Refused(t, b.Post(path, firstForm(t, b, map[string]string{"istek": "1"})), http.StatusBadRequest, "request_invalid")
	form = firstForm(t, b, map[string]string{"company": "gizli\u202ebidi"})
	if a := b.Post(path, form); a.Status != http.StatusUnprocessableEntity || strings.Contains(a.Body, "\u202e") {
		t.Errorf("marks that turn text: %d", a.Status)
	}
	if counts, err := s.Store.CountApplications(t.Context()); err != nil || len(counts) > 0 || s.Mail.Count() > 0 {
		t.Errorf("%v, %v, %d mails", counts, err, s.Mail.Count())
	}
}

// TestSecondPress: a form that is sent twice is one application, and tells who has no key to it nothing.
func TestSecondPress(t *testing.T) {
	s := newSite(t, 75_000)
	b := s.Anybody()
	form := firstForm(t, b, nil)
	b.Post(path, form)
	if a := b.Post(path, form); a.Location() != path+"/"+form.Get("istek") {
		t.Errorf("a second press: %d %s", a.Status, a.Code())
	}
	portaltest.Refused(t, s.Anybody().Post(path, form), http.StatusForbidden, refusal.KeyRequired)
	if counts, err := s.Store.CountApplications(t.Context()); err != nil || counts[application.PaymentDue] != 1 {
		t.Errorf("%v, %v", counts, err)
	}
}

// TestFixedFields: what was paid for, and where the keys go, stays as it was, whatever a form says.
func TestFixedFields(t *testing.T) {
	s := newSite(t, 0)
	p := begun(t, s, nil)
	changes := map[string]string{"tax_number": "9876543210", "company": "BAŞKA", "mail": "biri@ornek.test", "authorised_number": portaltest.Mehmet, "authorised": "MEHMET", "mobile": "0533 000 00 00"}
	if a := p.Post(p.path+"/form", p.form(changes)); a.Location() != p.path+"/ozet" {
		t.Fatalf("%d %s", a.Status, a.Code())
	}
	save := p.form(changes)
	save.Set("address", "Sokak 4")
	if a := p.Post(p.path+"/kayit", save); a.Status != http.StatusOK {
		t.Fatalf("saved: %d %s", a.Status, a.Code())
	}
	kept := p.kept()
	if kept.Form["tax_number"] != "1234567890" || kept.Form["company"] != "ÇINAR <A.Ş.>" || kept.Form["mail"] != mail || kept.Number() != portaltest.Ayse ||
		kept.Name != "AYŞE YILMAZ" || kept.Form["mobile"] != "+905330000000" || kept.Form["address"] != "Sokak 4" {
		t.Errorf("kept: %+v", kept)
	}
	old := p.form(nil) // another tab, of an older version
	old.Set("surum", "1")
	portaltest.Refused(t, p.Post(p.path+"/kayit", old), http.StatusConflict, refusal.ApplicationChanged)
}

// TestLimits: few applications are made from one network, for one company, and with one address, which gets no more mails; and few links
// are asked for.
func TestLimits(t *testing.T) {
	s := newSite(t, 0)
	n := 0
	makes := func(address, mailTo, company string) int {
		t.Helper()
		n++
		b := from(s.Anybody(), address)
		return b.Post(path, firstForm(t, b, map[string]string{"mail": mailTo, "tax_number": company})).Status
	}
	different := func() (address, mailTo, company string) {
		return fmt.Sprintf("192.0.2.%d", n+1), fmt.Sprintf("biri%d@ornek.test", n), fmt.Sprintf("1%09d", n)
	}
	for what, test := range map[string]struct {
		count int
		make  func() int
	}{
		"network": {5, func() int { _, m, c := different(); return makes("198.51.100.1", m, c) }},
		"address": {3, func() int { a, _, c := different(); return makes(a, "Kurban@ornek.test", c) }},
		"company": {5, func() int { a, m, _ := different(); return makes(a, m, "5555555555") }},
	} {
		for i := range test.count + 1 {
			want := http.StatusSeeOther
			if i == test.count {
				want = http.StatusTooManyRequests
			}
			if got := test.make(); got != want {
				t.Errorf("%s, the %d. time: %d, want %d", what, i+1, got, want)
			}
		}
	}
	for i := range 6 {
		a := from(s.Anybody(), fmt.Sprintf("203.0.113.%d", i+1)).Post(again, url.Values{"basvuru": {"0000-0000-0000-0000"}, "mail": {mail}})
		if want := map[bool]int{true: http.StatusTooManyRequests, false: http.StatusOK}[i == 5]; a.Status != want {
			t.Errorf("a link, the %d. time: %d, want %d", i+1, a.Status, want)
		}
	}
}

// TestToldAtTheAddressTyped: what becomes of the application is told where its key goes, with the way to a new one; who has cancelled it is erased
// as others are, and gets no link any more.
func TestToldAtTheAddressTyped(t *testing.T) {
	s := newSite(t, 0)
	p, officer := begun(t, s, nil), s.Officer(portaltest.Zeynep, store.Reviewer)
	p.submitted()
	link(t, s, 0)
	p.does(officer, "iade", "gerekce", "Unvanı düzeltin.")
	l := s.Mail.Letter(t, 1, func(l letters.Letter) bool {
		return strings.Contains(l.Text, p.reference) && !keyPattern.MatchString(l.Text)
	})
	if l.To != mail || !strings.Contains(l.Text, s.URL+resume) || strings.Contains(l.Text, "AYŞE") || strings.Contains(l.Text, "{") {
		t.Errorf("to %q:\n%s", l.To, l.Text)
	}
	if a := p.Get(p.path); !strings.Contains(a.Body, "Unvanı düzeltin.") {
		t.Error("the page does not say why")
	}
	if a := p.press("cancel"); a.Location() != p.path {
		t.Fatalf("cancelled: %d %s", a.Status, a.Code())
	}
	if err := s.Store.EraseApplication(t.Context(), p.reference, s.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	portaltest.Refused(t, p.Get(p.path), http.StatusForbidden, refusal.KeyRequired)
}
