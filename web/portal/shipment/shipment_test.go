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
	act("teslim", "2")
	wants(look("TR12345678"), http.StatusOK, `data-shipment="delivered"`)
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
