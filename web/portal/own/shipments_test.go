package own_test

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/portaltest"
)

// TestRecordHasShipments: what a courier has said of a person's card is in their record, and in no other's.
func TestRecordHasShipments(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	s.ApplicationIn(application.WithCourier, func(a *application.Application) { a.Shipment = "TR123456" })
	s.CarrierSays("Iğdır Şubesi", application.ShipmentAccepted, application.ShipmentNotMet)
	for number, want := range map[string]bool{portaltest.Ayse: true, portaltest.Mehmet: false} {
		_, text := recordOf(t, s.Person(number))
		for _, part := range []string{`"shipment_states"`, `"not_met"`, "Iğdır Şubesi"} {
			if strings.Contains(text, part) != want {
				t.Errorf("%q is in the record: %v", part, !want)
			}
		}
	}
}
