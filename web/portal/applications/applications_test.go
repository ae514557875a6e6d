package applications_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// filled is a form as a person fills it in.
var filled = map[string]string{
	"birth_date": "1984-02-29", "birth_place": "Iğdır", "institution": "Çevre İl Müdürlüğü", "reason": "first", "reader": "none", "years": "3",
	"mobile": "0532 123 45 67", "mail": "ayse@example.tr", "address": "Işık Sokak 3\r\nKat 2", "district": "Çankaya", "province": "Ankara",
	"postcode": "06100", "word": "Ihlamur Ağacı",
}

// person is somebody at a browser who applies.
type person struct {
	*portaltest.Browser
	path string // of the application
}

// applying begins an application of a kind.
func applying(t *testing.T, s *portaltest.Site, citizenNumber string, kind application.Kind) *person {
	t.Helper()
	p := &person{Browser: s.Person(citizenNumber)}
	a := p.Post("/basvurular/yeni", url.Values{"tur": {string(kind)}})
	if a.Status != http.StatusSeeOther {
		t.Fatalf("begun: %d %s", a.Status, a.Code())
	}
	p.path = strings.TrimSuffix(a.Location(), "/form")
	return p
}

// kept is the application as its person sees it.
func (p *person) kept() application.Application {
	p.T.Helper()
	return p.Seen(strings.TrimPrefix(p.path, "/basvurular/"))
}

// fields is a form for the version that is kept now, with changes.
func (p *person) fields(pressed string, changes map[string]string) url.Values {
	p.T.Helper()
	form := url.Values{"surum": {fmt.Sprint(p.kept().PageVersion())}, "islem": {pressed}}
	all := maps.Clone(filled)
	maps.Copy(all, changes)
	for name, value := range all {
		form.Set(name, value)
	}
	return form
}

func (p *person) press(event application.Event) portaltest.Answer {
	p.T.Helper()
	return p.Post(p.path, url.Values{"surum": {fmt.Sprint(p.kept().PageVersion())}, "islem": {string(event)}})
}

// submitted fills in the form and submits it.
func (p *person) submitted() {
	p.T.Helper()
	if a := p.Post(p.path+"/form", p.fields("devam", nil)); a.Location() != p.path+"/ozet" {
		p.T.Fatalf("filled in: %d %s\n%s", a.Status, a.Code(), a.Body)
	}
	if a := p.press(application.Submit); a.Location() != p.path+"/makbuz" {
		p.T.Fatalf("submitted: %d %s", a.Status, a.Code())
	}
}

// consent has the person give E-Onay, or withdraw it where it stands.
func (p *person) consent() {
	p.T.Helper()
	form := url.Values{"onay": {"evet"}}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="(islem|metin)" value="([^"]*)"`).FindAllStringSubmatch(p.Get("/nes/e-onay").Body, -1) {
		form.Set(m[1], m[2])
	}
	p.Post("/nes/e-onay", form)
	if a := p.Sign(p.Shown().Reference, []byte(portaltest.Secret())); a.Status != http.StatusOK {
		p.T.Fatal(a)
	}
}

func (p *person) is(state application.State) {
	p.T.Helper()
	if a := p.kept(); a.State != state {
		p.T.Errorf("the application is %s, want %s", a.State, state)
	}
	if page := p.Get(p.path); !strings.Contains(page.Body, `data-state="`+string(state)+`"`) {
		p.T.Errorf("the page does not say %s:\n%s", state, page.Body)
	}
}

// A person applies: what is missing is said at each field, what is typed is kept, and nothing is submitted before it is complete.
func TestApply(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	nobody := s.Person(portaltest.Mehmet)
	if page := nobody.Get("/basvurular"); !strings.Contains(page.Body, `id="no-applications"`) {
		t.Error("an empty list is not")
	}
	if a := nobody.Post("/basvurular/yeni", url.Values{"tur": {"kimlik"}}); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, `href="#kind-nes"`) {
		t.Errorf("an unknown kind: %d", a.Status)
	}
	p := applying(t, s, portaltest.Ayse, application.NES)
	portaltest.Refused(t, p.Post("/basvurular/yeni", url.Values{"tur": {"nes"}}), http.StatusConflict, refusal.ApplicationOpen)

	a := p.Post(p.path+"/form", p.fields("devam", map[string]string{"mobile": "0312 123 45 67", "reason": "", "word": "çınar"}))
	if a.Status != http.StatusUnprocessableEntity {
		t.Fatalf("an incomplete form: %d", a.Status)
	}
	for _, part := range []string{
		`<a href="#f-mobile">`, `<a href="#f-reason-first">`, `<a href="#f-word">`, `id="f-mobile-problem"`, `aria-describedby="f-mobile-problem" aria-invalid="true"`,
		`value="Iğdır"`, "on haneli bir cep telefonu", "En az altı harf",
	} {
		if !strings.Contains(a.Body, part) {
			t.Errorf("the form lacks %q", part)
		}
	}
	if kept := p.kept(); kept.Form["district"] != "Çankaya" || kept.SecurityWord != "" {
		t.Errorf("kept: %v", kept.Form)
	}
	if a := p.press(application.Submit); a.Location() != p.path+"/form?denetle" {
		t.Errorf("submitted: %d %s", a.Status, a.Code())
	}
	if a := p.Get(p.path + "/ozet"); a.Location() != p.path+"/form?denetle" {
		t.Errorf("a summary of what is incomplete: %d", a.Status)
	}
	if a := p.Get(p.path + "/form?denetle"); strings.Count(a.Body, `<a href="#f-`) != 3 {
		t.Errorf("the checked form: %s", a.Body)
	}
	p.is(application.Draft)

	if a := p.Post(p.path+"/form", p.fields("kaydet", nil)); a.Location() != p.path+"/form?kayit" {
		t.Fatalf("saved: %d %s", a.Status, a.Code())
	}
	if a := p.Get(p.path + "/form?kayit"); !strings.Contains(a.Body, "Kaydedildi.") || strings.Contains(a.Body, "Ihlamur") {
		t.Error("the form does not say that it was saved, or shows the security word")
	}
	kept := p.kept()
	if kept.Form["mobile"] != "+905321234567" || kept.Form["address"] != "Işık Sokak 3\nKat 2" || !application.VerifyWord(kept.SecurityWord, "ıhlamur ağacı") || kept.Payer != application.PaidByPerson {
		t.Errorf("kept: %+v", kept)
	}
	if a := p.Post(p.path+"/form", p.fields("devam", map[string]string{"word": ""})); a.Location() != p.path+"/ozet" || p.kept().PageVersion() != kept.PageVersion() {
		t.Errorf("nothing was changed: %d, version %d", a.Status, p.kept().PageVersion())
	}
	summary := p.Get(p.path + "/ozet").Body
	for _, part := range []string{"29 Şubat 1984", "İlk başvuru", "3 yıl", "90 532 123 45 67", `data-consent="false"`} {
		if !strings.Contains(summary, part) {
			t.Errorf("the summary lacks %q", part)
		}
	}
	if a := p.press(application.Submit); a.Location() != p.path+"/makbuz" {
		t.Errorf("submitted: %d %s", a.Status, a.Code())
	}
	p.is(application.AwaitingApproval)
	if strings.Contains(s.Log.String(), "5321234567") {
		t.Error("the log has the mobile number")
	}
}

// Where E-Onay stands, an application is approved by being submitted. Withdrawn, it waits again; given again, it goes on by itself.
func TestConsentApproves(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	p := applying(t, s, portaltest.Ayse, application.NES)
	p.submitted()
	p.is(application.AwaitingApproval)
	page := p.Get(p.path).Body
	for _, part := range []string{`id="give" href="/nes/e-onay"`, `href="` + p.path + `/kagit"`, `value="return"`, p.path + "/iptal"} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	p.consent()
	s.Log.Await(t, `"event":"approve"`, 1)
	p.is(application.UnderReview)
	p.consent()
	s.Log.Await(t, `"event":"withdraw_consent"`, 1)
	p.is(application.AwaitingApproval)
	p.consent()
	s.Log.Await(t, `"event":"approve"`, 2)
	p.is(application.UnderReview)
	var history []string
	for _, m := range regexp.MustCompile(`data-event="(\w+)"`).FindAllStringSubmatch(p.Get(p.path).Body, -1) {
		history = append(history, m[1])
	}
	if got := strings.Join(history, " "); got != "approve withdraw_consent approve submit create" {
		t.Errorf("the history is %s", got)
	}

	if a := p.press(application.Cancel); a.Location() != p.path {
		t.Fatalf("cancelled: %d", a.Status)
	}
	again := applying(t, s, portaltest.Ayse, application.NES)
	again.submitted()
	again.is(application.UnderReview) // by the request itself
	receipt := again.Get(again.path + "/makbuz").Body
	for _, part := range []string{`data-way="consent"`, `data-state="under_review"`, strings.TrimPrefix(again.path, "/basvurular/"), "Çevre İl Müdürlüğü"} {
		if !strings.Contains(receipt, part) {
			t.Errorf("the receipt lacks %q", part)
		}
	}
}

// A tab that was left open changes nothing, whatever is pressed in it, and says so; what was typed in it is not lost.
func TestOldTab(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	p := applying(t, s, portaltest.Ayse, application.NES)
	old := p.fields("devam", map[string]string{"birth_place": "Kars"})
	if a := p.Post(p.path+"/form", p.fields("kaydet", nil)); a.Status != http.StatusSeeOther {
		t.Fatal(a.Status)
	}
	a := p.Post(p.path+"/form", old)
	portaltest.Refused(t, a, http.StatusConflict, refusal.ApplicationChanged)
	if !strings.Contains(a.Body, `value="Kars"`) || !strings.Contains(a.Body, fmt.Sprintf(`name="surum" value="%d"`, p.kept().PageVersion())) {
		t.Error("what was typed is lost, or cannot be saved by the next press")
	}
	portaltest.Refused(t, p.Post(p.path+"/kayit", old), http.StatusConflict, refusal.ApplicationChanged)
	if got := p.kept().Form["birth_place"]; got != "Iğdır" {
		t.Errorf("the old tab has written %q", got)
	}
	version := old.Get("surum")
	for _, event := range []application.Event{application.Submit, application.Cancel} {
		a := p.Post(p.path, url.Values{"surum": {version}, "islem": {string(event)}})
		portaltest.Refused(t, a, http.StatusConflict, refusal.ApplicationChanged)
	}
	p.is(application.Draft)
	p.press(application.Submit)
	portaltest.Refused(t, p.Post(p.path+"/form", old), http.StatusConflict, refusal.ApplicationState)
	portaltest.Refused(t, p.Post(p.path+"/kayit", p.fields("", nil)), http.StatusConflict, refusal.ApplicationState)
	p.is(application.AwaitingApproval)
}

// The form's script saves what is typed so far, without the security word, and gets the version that comes of it.
func TestAutosave(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	p := applying(t, s, portaltest.Ayse, application.NES)
	form := p.fields("", map[string]string{"mail": "ayse@", "reason": "gift"})
	for range 2 { // what has not changed makes no version
		if a := p.Post(p.path+"/kayit", form); a.Status != http.StatusOK || a.Body != fmt.Sprintf(`{"version":%d,"at":"12:00"}`+"\n", p.kept().PageVersion()) {
			t.Fatalf("saved: %d %s", a.Status, a.Body)
		}
		form.Set("surum", fmt.Sprint(p.kept().PageVersion()))
	}
	if history, err := p.Store.ApplicationHistory(t.Context(), p.kept().Reference); err != nil || len(history) != 1 || p.kept().DraftCounter != 1 {
		t.Errorf("the saves have left %d changes, draft %d: %v", len(history), p.kept().DraftCounter, err)
	}
	if kept := p.kept(); kept.Form["mail"] != "ayse@" || kept.Form["reason"] != "" || kept.SecurityWord != "" {
		t.Errorf("kept: %v", kept.Form)
	}
	delete(p.Cookies, "oturum")
	portaltest.Refused(t, p.Post(p.path+"/kayit", form), http.StatusUnauthorized, fault.LoginRequired)
}

// A person takes a submitted form back, and cancels after a question.
func TestReturnAndCancel(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	p := applying(t, s, portaltest.Ayse, application.NES)
	p.submitted()
	if a := p.press(application.Return); a.Location() != p.path+"/form" {
		t.Fatalf("taken back: %d", a.Status)
	}
	p.is(application.Draft)
	if a := p.Get(p.path + "/makbuz"); a.Location() != p.path {
		t.Errorf("a receipt of what was taken back: %d", a.Status)
	}
	if page := p.Get(p.path + "/iptal"); !strings.Contains(page.Body, `value="cancel"`) || p.kept().State != application.Draft {
		t.Error("the page does not ask, or did more than ask")
	}
	if a := p.press(application.Cancel); a.Location() != p.path {
		t.Fatalf("cancelled: %d", a.Status)
	}
	p.is(application.Cancelled)
	portaltest.Refused(t, p.press(application.Cancel), http.StatusConflict, refusal.ApplicationState)
	for _, part := range []string{"/iptal", "/form", "/ozet", "/kagit"} {
		if a := p.Get(p.path + part); a.Location() != p.path {
			t.Errorf("%s of what was cancelled: %d", part, a.Status)
		}
	}
}

// A person presses for what is theirs alone: neither the authority's events, nor an event or version that there is not.
func TestActRefusesOthersEvents(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	p := applying(t, s, portaltest.Ayse, application.NES)
	p.submitted()
	for _, event := range []application.Event{application.Accept, application.Approve, application.Pay, application.Activate, application.SaveForm, "", "\x00", application.Event(strings.Repeat("x", 8000))} {
		portaltest.Refused(t, p.press(event), http.StatusBadRequest, fault.RequestInvalid)
	}
	for _, version := range []string{"", "0", "-1", "x", "1e3", "99999999999999999999"} {
		portaltest.Refused(t, p.Post(p.path, url.Values{"surum": {version}, "islem": {"cancel"}}), http.StatusBadRequest, fault.RequestInvalid)
	}
	portaltest.Refused(t, p.press(application.Open), http.StatusConflict, refusal.ApplicationState)
	p.is(application.AwaitingApproval)
}

// Another's application is not found, by any of its addresses.
func TestAnothersApplication(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	p := applying(t, s, portaltest.Ayse, application.NES)
	p.submitted()
	other := s.Person(portaltest.Mehmet)
	before := p.kept().PageVersion()
	for _, at := range []string{p.path, "/basvurular/0000-0000-0000-0000", "/basvurular/x", "/basvurular/%00"} {
		for _, part := range []string{"", "/iptal", "/form", "/ozet", "/makbuz", "/kagit"} {
			portaltest.Refused(t, other.Get(at+part), http.StatusNotFound, refusal.NotFound)
		}
		for _, part := range []string{"", "/form", "/kayit"} {
			portaltest.Refused(t, other.Post(at+part, p.fields("cancel", nil)), http.StatusNotFound, refusal.NotFound)
		}
	}
	if strings.Contains(other.Get("/basvurular").Body, p.path) || p.kept().PageVersion() != before {
		t.Error("another's application is listed, or changed")
	}
}

// The paper has the code of the form as it stands, and no citizen number.
func TestPaper(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	p := applying(t, s, portaltest.Ayse, application.NES)
	p.submitted()
	page := p.Get(p.path + "/kagit").Body
	if code := p.kept().PaperCode(); !strings.Contains(page, `id="paper-code">`+code+`<`) || !strings.Contains(page, "AYŞE YILMAZ") {
		t.Errorf("the paper lacks %s", code)
	} else if read := scanned(t, page); read != code {
		t.Errorf("the barcode is that of %q, not of %s", read, code)
	}
}

// change has something happen to an application that is not the person's doing.
func (p *person) change(c application.Change) {
	p.T.Helper()
	c.At = p.Clock.Now()
	a, c, err := p.kept().Apply(c, application.Rules{ProduceBefore: 60 * 24 * time.Hour})
	if err != nil {
		p.T.Fatal(err)
	}
	if err := p.Store.ChangeApplication(p.T.Context(), a, c); err != nil {
		p.T.Fatal(err)
	}
}

func (p *person) authority(event application.Event, basis string) {
	p.T.Helper()
	p.change(application.Change{Event: event, By: application.Authority, Who: portaltest.Mehmet, Reason: "Adres eksik", Basis: basis, Way: application.OnPaper})
}

// Where a fee is due the page says how much and where it is paid, and what the authority says is shown until the form is submitted
// again; who at the authority has done it is not.
func TestAuthoritysSide(t *testing.T) {
	s := portaltest.NewSite(t, func(o *portal.Settings) {
		o.Applications = portal.ApplicationSettings{NESFee: 125_050, PaymentTR: "Vezneye ödeyin.", PaymentEN: "Pay at the desk."}
	})
	if page := s.Person(portaltest.Ayse).Get("/basvurular/yeni").Body; !strings.Contains(page, "Ücret: 1.250,50 TL") || strings.Count(page, "Ücretsiz") != 1 {
		t.Error("the fees are not shown")
	}
	p := applying(t, s, portaltest.Ayse, application.NES)
	p.submitted()
	p.authority(application.Return, "")
	if page := p.Get(p.path).Body; !strings.Contains(page, `id="told"`) || strings.Contains(page, portaltest.Mehmet) {
		t.Error("the reason is not told, or by whom is")
	}
	p.press(application.Submit)
	if page := p.Get(p.path).Body; strings.Contains(page, `id="told"`) || !strings.Contains(page, "Adres eksik") {
		t.Error("the reason stands at the top still, or is not in the history")
	}
	p.authority(application.Approve, p.kept().PaperCode())
	p.authority(application.Accept, "")
	p.is(application.PaymentDue)
	if page := p.Get(p.path).Body; !strings.Contains(page, "Vezneye ödeyin.") || !strings.Contains(page, "1.250,50 TL") {
		t.Error("the page does not say where the fee is paid")
	}
	p.change(application.Change{Event: application.Pay, By: application.Provider})
	p.is(application.InProduction)
	if page := p.Get(p.path).Body; strings.Contains(page, `value="cancel"`) || strings.Contains(page, "/iptal") {
		t.Error("what is in production can be cancelled")
	}
}

// active is an application of the person's that has led to a certificate.
func active(t *testing.T, p *person, until time.Time) {
	t.Helper()
	p.submitted()
	p.authority(application.Approve, "kod")
	p.authority(application.Accept, "")
	p.change(application.Change{Event: application.Produce, By: application.Producer, Certificate: application.Certificate{Serial: "0a1b2c3d", NotBefore: p.Clock.Now(), NotAfter: until}})
	p.authority(application.Dispatch, "KRG-1")
	p.authority(application.Deliver, "KRG-1")
	p.change(application.Change{Event: application.Activate, By: application.Portal})
}

// A renewal names the person's own certificate, and waits until that nears its end.
func TestRenewal(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	first := applying(t, s, portaltest.Ayse, application.NES)
	until := s.Clock.Now().AddDate(1, 0, 0)
	active(t, first, until)
	if list := first.Get("/basvurular").Body; !strings.Contains(list, "2c3d, bitişi 23 Kasım 2027") {
		t.Error("the list does not say which certificate came of the application")
	}
	p := applying(t, s, portaltest.Ayse, application.NES)
	page := p.Get(p.path + "/form").Body
	if !strings.Contains(page, "2c3d") || !strings.Contains(page, "23 Kasım 2027") {
		t.Fatal("the form does not offer the person's certificate")
	}
	for _, replaces := range []string{"", "0000-0000-0000-0000", "x"} {
		a := p.Post(p.path+"/form", p.fields("devam", map[string]string{"reason": "renewal", "replaces": replaces}))
		if a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, `<a href="#f-replaces-`) {
			t.Errorf("%q: %d", replaces, a.Status)
		}
	}
	reference := strings.TrimPrefix(first.path, "/basvurular/")
	renewal := map[string]string{"reason": "renewal", "replaces": reference}
	if a := p.Post(p.path+"/form", p.fields("devam", renewal)); a.Location() != p.path+"/ozet" || !p.kept().Replaces.Equal(until) {
		t.Fatalf("renewal: %d, replaces %s", a.Status, p.kept().Replaces)
	}
	if !strings.Contains(p.Get(p.path+"/form").Body, `value="`+reference+`" checked`) || !strings.Contains(p.Get(p.path+"/ozet").Body, "23 Kasım 2027") {
		t.Error("what was chosen is not shown")
	}
	renewal["reason"] = "lost" // a lost card is replaced at once
	p.Post(p.path+"/form", p.fields("devam", renewal))
	if !p.kept().Replaces.IsZero() {
		t.Error("what is no renewal waits for an old certificate")
	}
	renewal["reason"] = "renewal"
	p.Post(p.path+"/form", p.fields("devam", renewal))
	p.consent()
	p.press(application.Submit)
	p.authority(application.Accept, "")
	p.is(application.Held)
	if !strings.Contains(p.Get(p.path).Body, "24 Eylül 2027") {
		t.Error("the page does not say when the renewal is produced")
	}
	s.Clock.Pass(until.AddDate(0, 0, -60).Sub(s.Clock.Now()))
	p.Renew(portaltest.Ayse)
	applying(t, s, portaltest.Mehmet, application.NES) // any change wakes the job
	s.Log.Await(t, `"event":"become_due"`, 1)
	p.is(application.InProduction)
}

// What a person makes is bounded: applications in a day, and submissions of one.
func TestLimits(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	for range 10 {
		p := applying(t, s, portaltest.Ayse, application.NES)
		p.press(application.Cancel)
	}
	b := s.Person(portaltest.Ayse)
	portaltest.Refused(t, b.Post("/basvurular/yeni", url.Values{"tur": {"nes"}}), http.StatusTooManyRequests, refusal.ApplicationLimit)
	s.Clock.Pass(24 * time.Hour)
	p := applying(t, s, portaltest.Ayse, application.NES)
	version := p.kept().Version
	tx, err := s.Raw().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for ; err == nil && version < 1000; version++ {
		_, err = tx.ExecContext(t.Context(), `UPDATE application SET version = version + 1 WHERE reference = ?`, strings.TrimPrefix(p.path, "/basvurular/"))
	}
	if err = errors.Join(err, tx.Commit()); err != nil {
		t.Fatal(err)
	}
	p.Post(p.path+"/form", p.fields("kaydet", nil))
	portaltest.Refused(t, p.press(application.Submit), http.StatusTooManyRequests, refusal.ApplicationLimit)
}
