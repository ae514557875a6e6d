package storetest

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

var shipments = []test{
	{"a shipment, asked about until it is delivered", shipmentFollowed},
	{"a shipment that comes back, and is sent again", shipmentReturned},
	{"what a carrier says, kept once", shipmentEvents},
	{"one shipment, two processes ask", raceShipmentLease},
	{"a company's seal by its serial number", sealBySerial},
}

// sent is an application of a person that is with the courier under a number.
func sent(t *testing.T, s store.Store, reference, citizenNumber string) application.Application {
	t.Helper()
	return walk(t, s, applied(t, s, reference, citizenNumber), path[:6]...)
}

// leasedShipment is the shipment that is due, until an hour later.
func leasedShipment(t *testing.T, s store.Store, at time.Time) store.ShipmentLease {
	t.Helper()
	l, err := s.LeaseShipment(t.Context(), at, at.Add(time.Hour))
	must(t, err)
	return l
}

func noShipmentDue(t *testing.T, s store.Store, at time.Time) {
	t.Helper()
	_, err := s.LeaseShipment(t.Context(), at, at.Add(time.Hour))
	wantNotFound(t, err)
}

func wantProblem(t *testing.T, s store.Store, reference string, want application.CarrierProblem) {
	t.Helper()
	got, err := s.ShipmentProblem(t.Context(), reference)
	must(t, err)
	if got != want {
		t.Errorf("%s: %q, want %q", reference, got, want)
	}
}

func shipmentFollowed(t *testing.T, s store.Store) {
	ctx := t.Context()
	noShipmentDue(t, s, now.AddDate(1, 0, 0))
	a := sent(t, s, "A", ayse)
	b := sent(t, s, "B", mehmet)
	noShipmentDue(t, s, a.ChangedAt.Add(-time.Second))
	at := b.ChangedAt
	first, second := leasedShipment(t, s, at), leasedShipment(t, s, at)
	want := store.ShipmentLease{Reference: "A", Number: "KARGO-" + ayse, SentAt: a.ChangedAt, Attempt: 1, Until: at.Add(time.Hour)}
	if first != want || second.Reference != "B" {
		t.Errorf("got %+v and %+v, want %+v and B", first, second, want)
	}
	noShipmentDue(t, s, at.Add(time.Hour-time.Millisecond))
	again := leasedShipment(t, s, at.Add(time.Hour))
	if again.Attempt != 2 {
		t.Errorf("after a lease that ended: attempt %d", again.Attempt)
	}

	// A lease that has ended keeps nothing.
	event := application.ShipmentEvent{Number: first.Number, ID: "1", State: application.ShipmentAccepted, At: at}
	must(t, s.KeepShipmentEvents(ctx, first, []application.ShipmentEvent{event}, at, at, ""))
	if got, err := s.ShipmentEvents(ctx, "A"); err != nil || len(got) > 0 {
		t.Errorf("by a lease that had ended: %+v, %v", got, err)
	}

	// What is wrong with an answer is seen until a good one comes.
	must(t, s.KeepShipmentEvents(ctx, again, nil, at, at.Add(2*time.Hour), application.CarrierInvalid))
	wantProblem(t, s, "A", application.CarrierInvalid)
	must(t, s.KeepShipmentEvents(ctx, second, nil, at, at.AddDate(0, 0, 1), ""))
	third := leasedShipment(t, s, at.Add(2*time.Hour))
	if third.Reference != "A" || third.Attempt != 3 {
		t.Errorf("after a problem: %+v", third)
	}
	must(t, s.KeepShipmentEvents(ctx, third, nil, at, at.Add(4*time.Hour), ""))
	wantProblem(t, s, "A", "")
	wantProblem(t, s, "none", "")
	if l := leasedShipment(t, s, at.Add(4*time.Hour)); l.Attempt != 1 {
		t.Errorf("after a good answer: attempt %d", l.Attempt)
	}

	// Who is with the courier no more is asked about no more.
	walk(t, s, a, step{application.Deliver, application.Carrier})
	walk(t, s, b, step{application.ReturnToSender, application.Authority})
	noShipmentDue(t, s, now.AddDate(1, 0, 0))
}

func shipmentReturned(t *testing.T, s store.Store) {
	ctx := t.Context()
	a := sent(t, s, "A", ayse)
	old := a.Shipment
	a = walk(t, s, a, step{application.ReturnToSender, application.Carrier})
	if a.State != application.Produced || a.Shipment != old {
		t.Fatalf("%s under %q", a.State, a.Shipment)
	}
	send := application.Change{Event: application.Dispatch, By: application.Authority, Who: officer, At: a.ChangedAt.Add(time.Minute), Basis: old}
	_, err := change(t, s, a, send)
	wantCode(t, err, refusal.ApplicationState)
	send.Basis = "KARGO-2"
	a, err = change(t, s, a, send)
	must(t, err)
	for _, number := range []string{old, "KARGO-2"} {
		if got, err := s.ApplicationByShipment(ctx, number); err != nil || got.Reference != "A" {
			t.Errorf("%s: %q, %v", number, got.Reference, err)
		}
	}
	if l := leasedShipment(t, s, a.ChangedAt); l.Number != "KARGO-2" {
		t.Errorf("asked about %s", l.Number)
	}

	// The number of before is not free for another's card.
	b := walk(t, s, applied(t, s, "B", mehmet), path[:5]...)
	_, err = change(t, s, b, application.Change{Event: application.Dispatch, By: application.Carrier, At: b.ChangedAt.Add(time.Minute), Basis: old})
	wantCode(t, err, refusal.ApplicationState)
}

func shipmentEvents(t *testing.T, s store.Store) {
	ctx := t.Context()
	a := sent(t, s, "A", ayse)
	at := a.ChangedAt
	event := func(id string, state application.ShipmentState, after time.Duration) application.ShipmentEvent {
		return application.ShipmentEvent{Number: a.Shipment, ID: id, State: state, Place: "Iğdır", At: at.Add(after)}
	}
	late, early := event("b", application.ShipmentOnItsWay, time.Hour), event("a", application.ShipmentAccepted, time.Minute)
	must(t, s.KeepShipmentEvents(ctx, leasedShipment(t, s, at), []application.ShipmentEvent{late, early}, at, at, ""))
	changed := event("a", application.ShipmentLost, 0) // told twice, and differently
	must(t, s.KeepShipmentEvents(ctx, leasedShipment(t, s, at), []application.ShipmentEvent{changed, late}, at, at, ""))
	got, err := s.ShipmentEvents(ctx, "A")
	must(t, err)
	if want := []application.ShipmentEvent{early, late}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	var many []application.ShipmentEvent
	for i := range store.MaxShipmentEvents + 5 {
		many = append(many, event(fmt.Sprint(i), application.ShipmentOnItsWay, 0))
	}
	must(t, s.KeepShipmentEvents(ctx, leasedShipment(t, s, at), many, at, at, ""))
	if got, err := s.ShipmentEvents(ctx, "A"); err != nil || len(got) != store.MaxShipmentEvents {
		t.Errorf("%d events are kept: %v", len(got), err)
	}
	if got, err := s.ShipmentEvents(ctx, "B"); err != nil || len(got) > 0 {
		t.Errorf("of another application: %+v, %v", got, err)
	}
}

func raceShipmentLease(t *testing.T, s store.Store) {
	a := sent(t, s, "A", ayse)
	won := 0
	for _, err := range atOnce(8, func(int) error {
		_, err := s.LeaseShipment(t.Context(), a.ChangedAt, a.ChangedAt.Add(time.Hour))
		return err
	}) {
		if err == nil {
			won++
			continue
		}
		wantNotFound(t, err)
	}
	if won != 1 {
		t.Errorf("%d have it", won)
	}
}

func sealBySerial(t *testing.T, s store.Store) {
	ctx := t.Context()
	kept := func(reference, citizenNumber string, kind application.Kind, at time.Time) {
		a := application.New(kind, application.PaidByInstitution, 0)
		a.Reference, a.CitizenNumber, a.State, a.Certificate = reference, citizenNumber, application.Active, application.Certificate{Serial: "0a1b", NotBefore: now, NotAfter: now.AddDate(3, 0, 0)}
		must(t, s.CreateApplication(ctx, a, application.Change{Event: application.Create, By: application.Portal, At: at}))
	}
	kept("person", ayse, application.NES, now.Add(time.Hour))
	_, err := s.SealBySerial(ctx, "0a1b")
	wantNotFound(t, err)
	kept("new", mehmet, application.Seal, now.Add(time.Minute))
	kept("old", ayse, application.Seal, now)
	if got, err := s.SealBySerial(ctx, "0a1b"); err != nil || got.Reference != "new" {
		t.Errorf("got %q, %v", got.Reference, err)
	}
	_, err = s.SealBySerial(ctx, "")
	wantNotFound(t, err)
}
