package together_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/together"
)

const (
	fee  = 125_000
	word = "mavi kapı"
)

// office is a portal beside the sandbox, with two officers of each role.
type office struct {
	*portaltest.Outside
	*portaltest.Site
	first, second *portaltest.Browser
}

func newOffice(t *testing.T) office {
	t.Helper()
	outside := portaltest.NewOutside(t)
	s := outside.Site(func(s *portal.Settings) { s.Applications.SealFee = fee })
	return office{
		outside, s, s.Officer(portaltest.Zeynep, store.Reviewer, store.StatusOfficer), s.Officer(portaltest.Mehmet, store.Reviewer, store.StatusOfficer),
	}
}

// refused is an application of Ayşe's that was paid and cancelled, whose refund the provider has refused.
func (o office) refused(t *testing.T) (application.Application, store.Payment) {
	t.Helper()
	a := o.ApplicationIn(application.PaymentDue, func(a *application.Application) { a.Kind, a.Fee, a.Form = application.Seal, fee, application.Form{} })
	person, at := o.Person(portaltest.Ayse), "/basvurular/"+a.Reference
	page := person.Post(at+"/odeme", nil).Location()
	person.Do("POST", page, "application/x-www-form-urlencoded", strings.NewReader(url.Values{"kart": {"gecer"}, "islem": {"ode"}}.Encode()))
	o.Misbehave("payment", "refund-refused")
	a = o.application(t, a.Reference)
	if answer := person.Post(at, url.Values{"islem": {"cancel"}, "surum": {fmt.Sprint(a.Version)}}); answer.Status != http.StatusSeeOther {
		t.Fatalf("cancel: %d %q", answer.Status, answer.Code())
	}
	o.Log.Await(t, `"msg":"job given up","kind":"refund","key":"refund/`, 1)
	return a, o.payment(t, a.Reference, store.PaymentRefundRefused)
}

func (o office) application(t *testing.T, reference string) application.Application {
	t.Helper()
	a, err := o.Store.Application(t.Context(), reference)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// payment is the application's one payment, in a state.
func (o office) payment(t *testing.T, reference string, state store.PaymentState) store.Payment {
	t.Helper()
	list, err := o.Store.PaymentsOf(t.Context(), reference, 2)
	if err != nil || len(list) != 1 || list[0].State != state {
		t.Fatalf("payments are %+v, %v, want one in %s", list, err, state)
	}
	return list[0]
}

// again has a decision's job done a second time.
func (o office) again(t *testing.T, kind, decision, application string) {
	t.Helper()
	done := fmt.Sprintf(`"msg":"job done","kind":"%s","key":"%s"`, kind, decision)
	o.Log.Await(t, done, 1)
	if _, err := o.Raw().Exec(`PRAGMA busy_timeout = 30000; DELETE FROM job WHERE key = ?`, decision); err != nil {
		t.Fatal(err)
	}
	now := o.Clock.Now()
	j := store.Job{Key: decision, Kind: kind, Application: application, DueAt: now, ExpiresAt: now.Add(time.Hour)}
	if err := o.Store.PutJobs(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	o.Log.Await(t, done, 2)
}

// wantWords checks what both officers read of a decision before it is confirmed, and that the asker has no button.
func (o office) wantWords(t *testing.T, decision string, words map[string][]string) {
	t.Helper()
	for language, parts := range words {
		for _, b := range []*portaltest.Browser{o.first, o.second} {
			b.Cookies["dil"] = language
			page := b.Get("/masa/onaylar/" + decision)
			portaltest.CheckPage(t, language, page, language)
			for _, part := range parts {
				if !strings.Contains(page.Body, part) {
					t.Errorf("%s: the page lacks %q", language, part)
				}
			}
			if strings.Contains(page.Body, portaltest.Ayse) || strings.Contains(page.Body, `id="confirm"`) != (b == o.second) {
				t.Errorf("%s: the page shows the number, or the button to the asker or to nobody", language)
			}
		}
	}
}

// notAlone has the asker confirm what they have asked, by the form that the other is shown.
func (o office) notAlone(t *testing.T, decision string) {
	t.Helper()
	_, digest, _ := strings.Cut(o.second.Get("/masa/onaylar/"+decision).Body, `name="ozet" value="`)
	form := url.Values{"ozet": {digest[:64]}}
	portaltest.Refused(t, o.first.Post("/masa/onaylar/"+decision, form), http.StatusForbidden, refusal.DecisionNotYours)
}

func (o office) confirm(t *testing.T, decision string) {
	t.Helper()
	if a := o.second.ConfirmDecision(decision); a.Status != http.StatusSeeOther {
		t.Fatalf("confirm: %d %q", a.Status, a.Code())
	}
}

// TestRefundByTwo: what the provider has refused to send back goes back once two have decided so, once for each decision.
func TestRefundByTwo(t *testing.T) {
	o := newOffice(t)
	a, p := o.refused(t)
	at := together.RefundPath + a.Reference
	if page := o.first.Get("/masa/basvuru/" + a.Reference); !strings.Contains(page.Body, `href="`+at+`"`) {
		t.Error("the application's page does not lead there")
	}
	for _, language := range []string{"tr", "en"} {
		o.first.Cookies["dil"] = language
		portaltest.CheckPage(t, language, o.first.Get(at), language)
	}
	asked := o.Asked(o.first.Post(at, url.Values{"gerekce": {"Kişi vazgeçti"}}))
	portaltest.Refused(t, o.second.Post(at, url.Values{"gerekce": {"Kişi vazgeçti"}}), http.StatusConflict, refusal.DecisionOpen)
	o.wantWords(t, asked, map[string][]string{
		"tr": {"Ödemenin geri gönderilmesi: " + a.Reference, "1.250,00 TL", "100*****146", "Kişi vazgeçti", p.Reference}, "en": {"Send a payment back", "1,250.00 TL"},
	})
	o.notAlone(t, asked)
	if now := o.payment(t, a.Reference, store.PaymentRefundRefused); now.Version != p.Version {
		t.Fatal("one officer was enough")
	}
	o.confirm(t, asked)
	o.Log.Await(t, `"msg":"job given up","kind":"refund","key":"refund/`, 2) // the provider refuses it again
	o.Misbehave("payment", "ok")
	before := o.payment(t, a.Reference, store.PaymentRefundRefused)
	o.again(t, together.RefundJob, asked, a.Reference)
	if now := o.payment(t, a.Reference, store.PaymentRefundRefused); now != before {
		t.Errorf("the job, done again, has changed %+v to %+v", before, now)
	}
	asked = o.Asked(o.first.Post(at, url.Values{"gerekce": {"Yeniden"}}))
	o.confirm(t, asked)
	o.Log.Await(t, `"msg":"payment","reference":"`+p.Reference+`","application":"`+a.Reference+`","state":"refunded"`, 1)
	history, err := o.Store.PaymentHistory(t.Context(), p.Reference)
	if n := len(history); err != nil || history[n-1].State != store.PaymentRefunded || history[n-2].Basis != "decision/"+asked {
		t.Errorf("%+v, %v", history, err)
	}
	o.again(t, together.RefundJob, asked, a.Reference)
	if now := o.payment(t, a.Reference, store.PaymentRefunded); now.Version != len(history) {
		t.Errorf("the job, done again, has changed it to %+v", now)
	}
	portaltest.Refused(t, o.first.Get(at), http.StatusConflict, refusal.ApplicationState)
	if page := o.first.Get("/masa/basvuru/" + a.Reference); strings.Contains(page.Body, at) {
		t.Error("the application's page offers what is done")
	}
}

// TestOrderRefundByTwo: so it is with an order's, which a reviewer finds on the order's page. Somebody has named it as an application is
// named, whose own decision is open meanwhile.
func TestOrderRefundByTwo(t *testing.T) {
	o := newOffice(t)
	a, _ := o.refused(t)
	o.Asked(o.first.Post(together.RefundPath+a.Reference, url.Values{"gerekce": {"Kişi vazgeçti"}}))
	o.Misbehave("payment", "ok")
	one, visitor := o.OrderIn(order.PaymentDue, fee), o.Anybody()
	one.Reference = a.Reference
	if err := o.Store.CreateOrder(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	page := visitor.Post("/borc-sorgulama/ode", url.Values{"basvuru": {one.Reference}, "haneler": {"2233"}}).Location()
	visitor.Do("POST", page, "application/x-www-form-urlencoded", strings.NewReader(url.Values{"kart": {"gecer"}, "islem": {"ode"}}.Encode()))
	o.Misbehave("payment", "refund-refused")
	desk, at := "/masa/siparisler/"+one.Reference, together.OrderRefundPath+one.Reference
	portaltest.Refused(t, o.first.Get(at), http.StatusConflict, refusal.ApplicationState) // it is paid, and stands
	if answer := o.first.Post(desk, url.Values{"surum": {"2"}, "islem": {"cancel"}, "not": {"stok yok"}}); answer.Status != http.StatusSeeOther {
		t.Fatalf("cancel: %d %q", answer.Status, answer.Code())
	}
	o.Log.Await(t, `"msg":"job given up","kind":"refund","key":"refund/order/`+one.Reference, 1)
	if page := o.first.Get(desk); !strings.Contains(page.Body, `href="`+at+`"`) {
		t.Error("the order's page does not lead there")
	}
	for _, language := range []string{"tr", "en"} {
		o.first.Cookies["dil"] = language
		portaltest.CheckPage(t, language, o.first.Get(at), language)
	}
	asked := o.Asked(o.first.Post(at, url.Values{"gerekce": {"Stok yok"}}))
	portaltest.Refused(t, o.second.Post(at, url.Values{"gerekce": {"Stok yok"}}), http.StatusConflict, refusal.DecisionOpen)
	o.wantWords(t, asked, map[string][]string{
		"tr": {"Ödemenin geri gönderilmesi: " + one.Reference, "1.250,00 TL", "1234567890", "Stok yok"}, "en": {"Send a payment back", "1,250.00 TL"},
	})
	o.notAlone(t, asked)
	o.Misbehave("payment", "ok")
	o.confirm(t, asked)
	o.Log.Await(t, `"order":"`+one.Reference+`","state":"refunded"`, 1)
	list, err := o.Store.PaymentsOfOrder(t.Context(), one.Reference, 2)
	if err != nil || len(list) != 1 || list[0].State != store.PaymentRefunded {
		t.Errorf("%+v, %v", list, err)
	}
	o.again(t, together.RefundJob, asked, "")
	portaltest.Refused(t, o.first.Get(at), http.StatusConflict, refusal.ApplicationState)
	portaltest.Refused(t, o.first.Get(together.OrderRefundPath+"none"), http.StatusNotFound, refusal.NotFound)
	portaltest.Refused(t, o.Officer("00000000006", store.StatusOfficer).Get(at), http.StatusNotFound, refusal.NotFound)
	o.payment(t, a.Reference, store.PaymentRefundRefused)
	if page := o.first.Get(desk); strings.Contains(page.Body, at) {
		t.Error("the order's page offers what is done")
	}
}

// TestOwnOrder: who has ordered asks for no refund of it.
func TestOwnOrder(t *testing.T) {
	o := newOffice(t)
	one := o.OrderIn(order.PaymentDue, fee)
	one.Reference, one.Form["buyer_number"] = reference.New(), portaltest.Zeynep
	if err := o.Store.CreateOrder(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	o.Misbehave("payment", "refund-refused")
	visitor := o.Anybody()
	page := visitor.Post("/borc-sorgulama/ode", url.Values{"basvuru": {one.Reference}, "haneler": {"2233"}}).Location()
	visitor.Do("POST", page, "application/x-www-form-urlencoded", strings.NewReader(url.Values{"kart": {"gecer"}, "islem": {"ode"}}.Encode()))
	o.first.Post("/masa/siparisler/"+one.Reference, url.Values{"surum": {"2"}, "islem": {"cancel"}, "not": {"stok yok"}})
	o.Log.Await(t, `"msg":"job given up","kind":"refund","key":"refund/order/`+one.Reference, 1)
	portaltest.Refused(t, o.first.Get(together.OrderRefundPath+one.Reference), http.StatusForbidden, refusal.OwnApplication)
	portaltest.Refused(t, o.first.Post(together.OrderRefundPath+one.Reference, url.Values{"gerekce": {"Neden"}}), http.StatusForbidden, refusal.OwnApplication)
	if page := o.second.Get(together.OrderRefundPath + one.Reference); page.Status != http.StatusOK || strings.Contains(page.Body, portaltest.Zeynep) {
		t.Errorf("another: %d %s", page.Status, page.Body)
	}
}

// active is an application of Ayşe's whose certificate is in use.
func (o office) active() application.Application {
	now := o.Clock.Now()
	return o.ApplicationIn(application.Active, func(a *application.Application) {
		a.SecurityWord = application.HashWord(word)
		a.Certificate = application.Certificate{Serial: "0abc", NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(2, 0, 0)}
	})
}

// TestRevokeByTwo: a certificate is revoked without its person's word once two have decided so, and the person reads why.
func TestRevokeByTwo(t *testing.T) {
	o := newOffice(t)
	a := o.active()
	at := together.RevokePath + a.Reference
	if page := o.first.Get("/masa/durum/" + a.Reference); !strings.Contains(page.Body, `href="`+at+`"`) {
		t.Error("the certificate's page does not lead there")
	}
	for _, language := range []string{"tr", "en"} {
		o.first.Cookies["dil"] = language
		portaltest.CheckPage(t, language, o.first.Get(at), language)
	}
	form := url.Values{"neden": {"stolen"}, "gerekce": {"Emniyet yazısı"}}
	asked := o.Asked(o.first.Post(at, form))
	o.wantWords(t, asked, map[string][]string{
		"tr": {"Sözcük olmadan iptal: " + a.Reference, "0abc", "100*****146", "Kartım çalındı", "Emniyet yazısı"}, "en": {"Revoke without the word", "stolen"},
	})
	o.notAlone(t, asked)
	if now := o.application(t, a.Reference); now.State != application.Active {
		t.Fatal("one officer was enough")
	}
	o.confirm(t, asked)
	o.again(t, together.RevokeJob, asked, a.Reference)
	history, err := o.Store.ApplicationHistory(t.Context(), a.Reference)
	if err != nil || len(history) != 2 {
		t.Fatalf("%+v, %v", history, err)
	}
	if c := history[1]; c.To != application.Revoked || c.Who != portaltest.Mehmet || c.Basis != "two_persons/stolen/"+asked || c.RevocationReason() != application.Stolen {
		t.Errorf("%+v", c)
	}
	if page := o.Person(portaltest.Ayse).Get("/basvurular/" + a.Reference); !strings.Contains(page.Body, "Emniyet yazısı") {
		t.Error("the person does not read why")
	}
	portaltest.Refused(t, o.first.Get(at), http.StatusConflict, refusal.ApplicationState)
}

// TestSettleByTwo: a revocation that the authority refuses is asked for until two have decided that it is settled; it counts here all the same.
func TestSettleByTwo(t *testing.T) {
	o := newOffice(t)
	a := o.active()
	at, page := together.SettlePath+a.Reference, "/masa/durum/"+a.Reference
	portaltest.Refused(t, o.first.Get(at), http.StatusConflict, refusal.ApplicationState) // nothing is revoked
	o.Misbehave("status", "refused")
	o.confirm(t, o.Asked(o.first.Post(together.RevokePath+a.Reference, url.Values{"neden": {"stolen"}, "gerekce": {"Emniyet yazısı"}})))
	key := fmt.Sprintf("status/%s/2", a.Reference)
	o.Log.Await(t, `"msg":"job failed","kind":"status","key":"`+key, 1)
	for _, language := range []string{"tr", "en"} {
		o.first.Cookies["dil"] = language
		shown := o.first.Get(page)
		if !strings.Contains(shown.Body, `id="to-settle" href="`+at+`"`) || !strings.Contains(shown.Body, `data-published="refused"`) {
			t.Errorf("%s: the certificate's page does not lead there: %s", language, shown.Body)
		}
		portaltest.CheckPage(t, language, shown, language)
		portaltest.CheckPage(t, language, o.first.Get(at), language)
	}
	portaltest.Refused(t, o.first.Post(at, url.Values{"gerekce": {" "}}), http.StatusUnprocessableEntity, refusal.ReasonMissing)
	portaltest.Refused(t, o.Officer(portaltest.Ayse, store.StatusOfficer).Post(at, url.Values{"gerekce": {"Benim"}}), http.StatusForbidden, refusal.OwnApplication)
	portaltest.Refused(t, o.Officer("00000000005", store.Reviewer).Post(at, url.Values{"gerekce": {"Neden"}}), http.StatusNotFound, refusal.NotFound)
	asked := o.Asked(o.first.Post(at, url.Values{"gerekce": {"Kuruluşta böyle bir sertifika yok"}}))
	o.wantWords(t, asked, map[string][]string{
		"tr": {"Reddedilen iptalin kapatılması: " + a.Reference, "0abc", "100*****146", "Kuruluşta böyle bir sertifika yok"}, "en": {"Settle a refused revocation"},
	})
	o.notAlone(t, asked)
	o.wantWaiting(t, key)
	o.confirm(t, asked)
	o.again(t, together.SettleJob, asked, a.Reference)
	o.wantWaiting(t)
	if given, err := o.Store.GivenUpJobs(t.Context(), 9); err != nil || len(given) != 1 || given[0].Key != key {
		t.Errorf("given up are %+v, %v", given, err)
	}
	portaltest.Refused(t, o.first.Get(at), http.StatusConflict, refusal.ApplicationState)
	if now := o.application(t, a.Reference); now.State != application.Revoked {
		t.Errorf("it is %s", now.State)
	}
	if shown := o.first.Get(page).Body; strings.Contains(shown, "to-settle") || !strings.Contains(shown, `data-published="refused"`) {
		t.Errorf("the certificate's page does not say that it is refused, or leads on: %s", shown)
	}
}

// TestSettledMeanwhile: the authority takes the revocation before the second officer has confirmed that it is settled.
func TestSettledMeanwhile(t *testing.T) {
	o := newOffice(t)
	a := o.active()
	o.Misbehave("status", "refused")
	o.confirm(t, o.Asked(o.first.Post(together.RevokePath+a.Reference, url.Values{"neden": {"stolen"}, "gerekce": {"Emniyet yazısı"}})))
	o.Log.Await(t, `"msg":"job failed","kind":"status"`, 1)
	asked := o.Asked(o.first.Post(together.SettlePath+a.Reference, url.Values{"gerekce": {"Kuruluş yanıt vermiyor"}}))
	p := store.PublishedStatus{Reference: a.Reference, Version: 2, Status: "revoked", At: o.Clock.Now()}
	if err := o.Store.NoteStatus(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	portaltest.Refused(t, o.second.ConfirmDecision(asked), http.StatusConflict, refusal.DecisionOver)
}

// wantWaiting checks which requests to the authority wait.
func (o office) wantWaiting(t *testing.T, want ...string) {
	t.Helper()
	list, err := o.Store.WaitingJobs(t.Context(), o.Clock.Now(), 9)
	var keys []string
	for _, j := range list {
		if j.Kind == "status" {
			keys = append(keys, j.Key)
		}
	}
	if err != nil || !slices.Equal(keys, want) {
		t.Errorf("waiting are %q, %v, want %q", keys, err, want)
	}
}

// TestActsRefused has acts asked for by who may not, of what is not there, and by forms that say too little.
func TestActsRefused(t *testing.T) {
	o := newOffice(t)
	a := o.active()
	refund, revoke := together.RefundPath+a.Reference, together.RevokePath+a.Reference
	good := url.Values{"neden": {"lost"}, "gerekce": {"Neden"}}
	portaltest.Refused(t, o.first.Post(refund, good), http.StatusConflict, refusal.ApplicationState) // nothing was paid
	portaltest.Refused(t, o.first.Post(together.RefundPath+"none", good), http.StatusNotFound, refusal.NotFound)
	portaltest.Refused(t, o.first.Post(together.RevokePath+"none", good), http.StatusNotFound, refusal.NotFound)
	portaltest.Refused(t, o.Officer("00000000005", store.Reviewer).Post(revoke, good), http.StatusNotFound, refusal.NotFound)
	portaltest.Refused(t, o.Officer("00000000006", store.StatusOfficer).Post(refund, good), http.StatusNotFound, refusal.NotFound)
	portaltest.Refused(t, o.Person(portaltest.Ayse).Post(revoke, good), http.StatusNotFound, refusal.NotFound)
	portaltest.Refused(t, o.Officer(portaltest.Ayse, store.StatusOfficer).Post(revoke, good), http.StatusForbidden, refusal.OwnApplication)
	for name, test := range map[string]struct {
		why, reason string
		code        fault.Code
	}{
		"no reason": {"", "Neden", refusal.StatusChoice}, "an unknown reason": {"bored", "Neden", refusal.StatusChoice},
		"no words": {"lost", " \n", refusal.ReasonMissing}, "too many words": {"lost", strings.Repeat("a", 501), refusal.ReasonMissing},
		"hidden words": {"lost", "a\u202eb", refusal.ReasonMissing}, "no text": {"lost", "\xff", refusal.ReasonMissing},
	} {
		t.Run(name, func(t *testing.T) {
			portaltest.Refused(t, o.first.Post(revoke, url.Values{"neden": {test.why}, "gerekce": {test.reason}}), http.StatusUnprocessableEntity, test.code)
		})
	}
	// What somebody else has revoked meanwhile is not confirmed.
	asked := o.Asked(o.first.Post(revoke, good))
	_, digest, _ := strings.Cut(o.second.Get("/masa/onaylar/"+asked).Body, `name="ozet" value="`)
	byWord := url.Values{"sozcuk": {word}, "islem": {"revoke"}, "neden": {"lost"}, "aciklama": {"Telefonda istedi"}}
	if answer := o.first.Post("/masa/durum/"+a.Reference, byWord); answer.Status != http.StatusSeeOther {
		t.Fatalf("by the word: %d %q", answer.Status, answer.Code())
	}
	portaltest.Refused(t, o.second.Post("/masa/onaylar/"+asked, url.Values{"ozet": {digest[:64]}}), http.StatusConflict, refusal.DecisionOver)
}
