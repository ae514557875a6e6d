package consent_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/store"
)

// TestLoginWayOfActs gives E-Onay after a login in one way and withdraws it after another: each act keeps its own, and the pages
// say it in words.
func TestLoginWayOfActs(t *testing.T) {
	t.Parallel()
	o := portaltest.NewOutside(t)
	s := o.Site()
	key := portaltest.ECKey(t)
	card := o.Card(key, portaltest.Ayse, "valid")
	for _, test := range []struct {
		form     url.Values
		acr, amr string
		way      string
		words    string
		given    string // what the status page says of E-Onay that was given before
	}{
		{url.Values{"way": {"e-imza"}, "person": {"p1"}}, portaltest.Highest, "urn:deneme:yol:e-imza sc pin", "e_signature", "Kapısı, E-İmza<", ""},
		{url.Values{"person": {"p1"}, "action": {"login"}}, "urn:deneme:giris:parola", "pwd", "password", "Kapısı, e-Devlet Şifresi<", "e_signature"},
	} {
		b := s.Anybody()
		if a := b.LogIn(test.form); a.Location() != "/" {
			t.Fatalf("login: %d %q %q", a.Status, a.Location(), a.Code())
		}
		status := b.Get("/nes/e-onay").Body
		if test.given != "" && !strings.Contains(status, `<p data-way="`+test.given+`">`) || test.given == "" && strings.Contains(status, "data-way") {
			t.Errorf("the status page does not say %q:\n%s", test.given, status)
		}
		shown := b.ToCode()
		if a := b.Sign(shown.Reference, card.Sign(t, b.Get("/nes/e-onay/imza/belge").Body, time.Now())); a.Status != http.StatusOK {
			t.Fatalf("%d %q\n%s", a.Status, a.Code(), s.Log)
		}
		result := b.Get("/nes/e-onay/sonuc").Body
		if !strings.Contains(result, `data-way="`+test.way+`"`) || !strings.Contains(result, test.words) {
			t.Errorf("the result does not say %q:\n%s", test.words, result)
		}
		act, err := s.Store.Act(t.Context(), shown.Reference)
		if err != nil || act.ACR != test.acr || act.AMR != test.amr {
			t.Errorf("the act keeps %q and %q, %v, want %q and %q", act.ACR, act.AMR, err, test.acr, test.amr)
		}
	}
	s.Recorded(portaltest.Ayse, store.Withdraw)
}

// TestLoginWayOfReceipts says it of a signature that is refused, too.
func TestLoginWayOfReceipts(t *testing.T) {
	t.Parallel()
	o := portaltest.NewOutside(t)
	s := o.Site()
	card := o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid")
	b := s.Anybody()
	b.LogIn(url.Values{"person": {"p1"}, "action": {"login"}})
	shown := b.ToCode()
	o.Misbehave("ocsp", "revoked")
	portaltest.Refused(t, b.Sign(shown.Reference, card.Sign(t, b.Get("/nes/e-onay/imza/belge").Body, time.Now())), http.StatusUnprocessableEntity, "certificate_revoked")
	if result := b.Get("/nes/e-onay/sonuc").Body; !strings.Contains(result, `id="refused"`) || !strings.Contains(result, `data-way="password"`) {
		t.Errorf("the result is\n%s", result)
	}
}
