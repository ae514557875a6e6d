package storetest

import (
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/store"
)

var activations = []test{
	{"applications whose cards have got a PIN", activation},
}

// activation: an application is due once it is delivered and its card has got its PIN, in whichever order, from its certificate's beginning
// until it is active. Reports of other certificates and outcomes change nothing.
func activation(t *testing.T, s store.Store) {
	ctx := t.Context()
	due := func(at time.Time, want int) {
		t.Helper()
		list, err := s.ApplicationsDue(ctx, at, at, 9)
		if err != nil || len(list) != want {
			t.Errorf("%d applications are due at %v, %v, want %d", len(list), at, err, want)
		}
	}
	report := func(reference, certificate string, outcome fault.Code) {
		t.Helper()
		claim := newClaim(newPIN(t, s, reference, ayse))
		given(t, s, claim)
		r := newReport(claim, outcome)
		r.Certificate = certificate
		must(t, s.Report(ctx, r))
	}
	must(t, s.PutCards(ctx, []store.Card{newCard(serial, ayse)}, otherPUK))
	a := walk(t, s, applied(t, s, "A", ayse), path[:5]...) // produced
	begun := a.Certificate.NotBefore
	report("R1", a.Certificate.Serial, protocol.OutcomeDone)
	due(begun, 0)
	a = walk(t, s, a, path[5:7]...) // delivered
	due(begun.Add(-time.Millisecond), 0)
	due(begun, 1)
	a = walk(t, s, a, path[7]) // active
	due(begun, 0)

	b := walk(t, s, applied(t, s, "B", mehmet), path[:4]...)
	c := changeOf(application.Produce, application.Producer, mehmet, b.ChangedAt.Add(time.Minute))
	c.Certificate.Serial = "0c"
	b, err := change(t, s, b, c)
	must(t, err)
	b = walk(t, s, b, path[5:7]...)
	report("R2", "0c", protocol.OutcomeDone) // of another person
	due(begun, 0)
	if b.State != application.Delivered {
		t.Error(b.State)
	}
}
