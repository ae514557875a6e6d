package shipment_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/store"
)

const path = "/gonderi-sorgulama"

// Anybody reads where a card is by its number, as the desk has noted it, and nothing of whose it is.
func TestAnybodyFollowsAShipment(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	visitor := s.Anybody()
	a := s.ApplicationIn(application.Produced, nil)
	courier := s.Officer(portaltest.Zeynep, store.Courier)
	look := func(number string) portaltest.Answer {
		t.Helper()
		answer := visitor.Post(path, url.Values{"numara": {number}})
		for _, private := range []string{"YILMAZ", "Ayşe", "AYŞE", "Çankaya", "Işık", a.Reference, portaltest.Ayse, "ZEYNEP"} {
			if strings.Contains(answer.Body, private) {
				t.Errorf("%s: the page has %q", number, private)
			}
		}
		return answer
	}
	wants := func(answer portaltest.Answer, status int, part string) {
		t.Helper()
		if answer.Status != status || !strings.Contains(answer.Body, part) {
			t.Errorf("%d, without %q: %s", answer.Status, part, answer.Body)
		}
	}
	wants(look("TR12345678"), http.StatusOK, `data-shipment="none"`)
	act := func(name, version string) {
		t.Helper()
		form := url.Values{"gonderi": {"TR12345678"}, "surum": {version}}
		if answer := courier.Post("/masa/basvuru/"+a.Reference+"/"+name, form); answer.Status != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", name, answer.Status, answer.Body)
		}
	}
	act("sevk", "1")
	wants(look("TR12345678"), http.StatusOK, `data-shipment="sent"`)
	wants(look(" tr-1234 5678 "), http.StatusOK, `data-shipment="sent"`)
	wants(look("TR12345679"), http.StatusOK, `data-shipment="none"`)
	s.CarrierSays("<b>Iğdır</b> Şubesi", application.ShipmentAccepted, application.ShipmentNotMet)
	answer := look("TR12345678")
	wants(answer, http.StatusOK, `data-shipment="not_met"`)
	wants(answer, http.StatusOK, `&lt;b&gt;Iğdır&lt;/b&gt; Şubesi`)
	if first, second := strings.Index(answer.Body, `data-shipment-state="not_met"`), strings.Index(answer.Body, `data-shipment-state="accepted"`); first < 0 || second < first {
		t.Errorf("the newest is not first: %s", answer.Body)
	}
	for _, language := range []string{"tr", "en"} {
		visitor.Cookies["dil"] = language
		portaltest.CheckPage(t, "shipment", visitor.Post(path, url.Values{"numara": {"TR12345678"}}), language)
	}
	act("teslim", "2")
	wants(look("TR12345678"), http.StatusOK, `data-shipment="delivered"`)
}

// A card that came back and was sent again: each number tells of its own way, and the old one not of the new one.
func TestSentAgain(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	visitor := s.Anybody()
	a := s.ApplicationIn(application.Produced, nil)
	courier := s.Officer(portaltest.Zeynep, store.Courier)
	act := func(name, number, version string) portaltest.Answer {
		return courier.Post("/masa/basvuru/"+a.Reference+"/"+name, url.Values{"gonderi": {number}, "surum": {version}})
	}
	act("sevk", "TR11111111", "1")
	s.CarrierSays("Van", application.ShipmentNotMet)
	if answer := act("geri", "TR22222222", "2"); answer.Status != http.StatusUnprocessableEntity {
		t.Errorf("it came back under another number: %d", answer.Status)
	}
	act("geri", "TR11111111", "2")
	if answer := act("sevk", "TR11111111", "3"); answer.Status != http.StatusUnprocessableEntity {
		t.Errorf("sent again under the same number: %d", answer.Status)
	}
	act("sevk", "TR22222222", "3")
	s.CarrierSays("Muş", application.ShipmentOutForDelivery)
	for number, want := range map[string][3]string{
		"TR11111111": {`data-shipment="returned"`, "Van", "Muş"}, "TR22222222": {`data-shipment="out_for_delivery"`, "Muş", "Van"},
	} {
		body := visitor.Post(path, url.Values{"numara": {number}}).Body
		if !strings.Contains(body, want[0]) || !strings.Contains(body, want[1]) || strings.Contains(body, want[2]) {
			t.Errorf("%s: %s", number, body)
		}
	}
}

// What is no number is said to be none, is shown nowhere, and asks the database nothing.
func TestWhatIsNoNumber(t *testing.T) {
	b := portaltest.NewSite(t, nil).Anybody()
	for _, typed := range []string{"", "TR1", "<b>TR12345678</b>", "TR1234567\u202e8", strings.Repeat("A", 41), "%' OR 1=1 --", "\x00TR12345678"} {
		answer := b.Post(path, url.Values{"numara": {typed}})
		if answer.Status != http.StatusUnprocessableEntity || !strings.Contains(answer.Body, `id="problem"`) || strings.Contains(answer.Body, "<b>TR") {
			t.Errorf("%q: %d", typed, answer.Status)
		}
	}
}
