package applications_test

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/portaltest"
)

// TestWhereTheCardIs: the person reads what the courier says, with dates, and what to do when they were not met or the card came back. Only
// that needs a look.
func TestWhereTheCardIs(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	a := s.ApplicationIn(application.WithCourier, func(a *application.Application) { a.Shipment = "TR123456" })
	p := &person{Browser: s.Person(portaltest.Ayse), path: "/basvurular/" + a.Reference}
	wants := func(parts ...string) {
		t.Helper()
		for _, language := range []string{"tr", "en"} {
			p.Cookies["dil"] = language
			answer := p.Get(p.path)
			portaltest.CheckPage(t, "shipment", answer, language)
			for _, part := range parts {
				if !strings.Contains(answer.Body, part) {
					t.Errorf("%s: no %q in %s", language, part, answer.Body)
				}
			}
		}
	}
	wants(`id="carried" class="notice stack"`)
	s.CarrierSays("", application.ShipmentAccepted)
	wants(`class="notice stack" data-shipment="accepted"`)
	s.CarrierSays("Iğdır <Şube>", application.ShipmentAccepted, application.ShipmentNotMet)
	wants(`class="notice look stack" data-shipment="not_met"`, `data-shipment-state="accepted"`, "Iğdır &lt;Şube&gt;")
	p.change(application.Change{Event: application.ReturnToSender, By: application.Carrier, Basis: "TR123456"})
	wants(`class="notice look stack" data-shipment="returned"`, `data-event="return_to_sender"`)
}
