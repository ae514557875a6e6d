package desk_test

import (
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/store"
)

// TestDeskSeesTheCarrier: an officer reads what the carrier says of a shipment, and what was wrong with its last answer.
func TestDeskSeesTheCarrier(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	a := prepared(s, application.WithCourier)
	officer := s.Officer(zeynep, store.Courier)
	s.CarrierSays("Iğdır", application.ShipmentAccepted)
	now := s.Clock.Now()
	for _, problem := range []application.CarrierProblem{application.CarrierDown, application.CarrierUnknown, application.CarrierInvalid, ""} {
		lease, err := s.Store.LeaseShipment(t.Context(), now, now.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Store.KeepShipmentEvents(t.Context(), lease, nil, now, now, problem); err != nil {
			t.Fatal(err)
		}
		for _, language := range []string{"tr", "en"} {
			officer.Cookies["dil"] = language
			answer := officer.Get(at + a.Reference)
			portaltest.CheckPage(t, "shipment", answer, language)
			if !strings.Contains(answer.Body, `data-shipment-state="accepted"`) {
				t.Error("the state is not shown")
			}
			if strings.Contains(answer.Body, `data-problem="`+string(problem)+`"`) != (problem != "") {
				t.Errorf("%q is not shown", problem)
			}
		}
	}
}
