package application_test

import (
	"slices"
	"testing"

	"github.com/e-onay/e-onay/web/portal/application"
)

// TestDelivery: the choice fits what is asked for, and decides whether a courier or the authority brings what was produced. What was submitted before
// there was a choice goes to its address.
func TestDelivery(t *testing.T) {
	for _, test := range []struct {
		medium   string
		delivery application.Delivery
		wrong    application.Problem
		inPerson bool
	}{
		{"card", application.ToAddress, "", false},
		{"card", application.ToBranch, "", false},
		{"card", application.AtDesk, "", true},
		{"card", application.ByAppointment, application.NotPossible, true},
		{"hsm", application.ByAppointment, "", true},
		{"hsm", application.ToAddress, application.NotPossible, false},
		{"hsm", application.AtDesk, application.NotPossible, true},
		{"card", "", application.Missing, false},
		{"card", "pigeon", application.NotAChoice, false},
	} {
		a := typed(0)
		a.State = application.Produced
		a.Form["medium"], a.Form["delivery"] = test.medium, string(test.delivery)
		if got := a.Kind.Check(a.Form)["delivery"]; got != test.wrong {
			t.Errorf("%s, %q: %q, want %q", test.medium, test.delivery, got, test.wrong)
		}
		for event, want := range map[application.Event]bool{application.Dispatch: !test.inPerson, application.Deliver: test.inPerson} {
			if test.wrong == "" && slices.Contains(a.Possible(application.Authority, now, rules), event) != want {
				t.Errorf("%s, %q: %s by the authority, want %v", test.medium, test.delivery, event, want)
			}
		}
		if slices.Contains(a.Possible(application.Carrier, now, rules), application.Deliver) {
			t.Errorf("%q: a carrier delivers what it was not given", test.delivery)
		}
	}
}
