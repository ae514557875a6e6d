package application_test

import (
	"testing"

	"github.com/e-onay/e-onay/web/portal/application"
)

func TestStatusBasis(t *testing.T) {
	for _, test := range []struct {
		event  application.Event
		basis  string
		proof  application.Proof
		reason application.RevocationReason
	}{
		{application.Revoke, application.StatusBasis(application.ByWord, application.Lost), application.ByWord, application.Lost},
		{application.Suspend, application.StatusBasis(application.ByLogin, ""), application.ByLogin, ""},
		{application.Suspend, "word/lost", application.ByWord, ""}, // a suspension has no reason
		{application.Revoke, "word/bored", application.ByWord, ""},
		{application.Revoke, "two_persons/lost/4F7K-2M9Q-XT3B-8WDN", application.ByTwoPersons, application.Lost},
		{application.Revoke, "bored", "", ""},
		{application.Dispatch, "login", "", ""}, // a carrier's number
	} {
		c := application.Change{Event: test.event, Basis: test.basis}
		if c.Proof() != test.proof || c.RevocationReason() != test.reason {
			t.Errorf("%s %q: %q, %q", test.event, test.basis, c.Proof(), c.RevocationReason())
		}
	}
}

func TestNewestStatus(t *testing.T) {
	history := []application.Change{{Event: application.Produce, Version: 1}}
	if c, ok := application.NewestStatus(history); ok {
		t.Errorf("found %+v", c)
	}
	history = append(history, application.Change{Event: application.Suspend, Version: 2}, application.Change{Event: application.Resume, Version: 3},
		application.Change{Event: application.Expire, Version: 4})
	if c, ok := application.NewestStatus(history); !ok || c.Version != 3 {
		t.Errorf("found %+v", c)
	}
}
