package courier_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/courier"
	"github.com/e-onay/e-onay/web/portal/progress"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
	"github.com/e-onay/e-onay/web/portal/store/sqlite/sqlitetest"
)

const (
	ayse   = "10000000146"
	mehmet = "11111111110"
)

// carrier is a double whose answers a test sets.
type carrier struct {
	mu     sync.Mutex
	orders []courier.Order
	order  func(courier.Order) (string, error)
	track  func(number string) ([]application.ShipmentEvent, error)
}

func (c *carrier) Order(_ context.Context, o courier.Order) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.orders = append(c.orders, o)
	return c.order(o)
}

func (c *carrier) Track(_ context.Context, number string) ([]application.ShipmentEvent, error) {
	return c.track(number)
}

// world is an engine with a store of its own, a carrier and a clock.
type world struct {
	*testing.T
	*courier.Engine
	store   *sqlite.Store
	moves   *progress.Engine
	carrier *carrier
	now     time.Time
	log     strings.Builder
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s := sqlitetest.Open(t, filepath.Join(t.TempDir(), "portal.db"))
	w := &world{T: t, store: s, carrier: &carrier{}, now: time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC)}
	now := func() time.Time { return w.now }
	log := slog.New(slog.NewTextHandler(&w.log, nil))
	w.moves = progress.New(progress.Options{Store: s, Log: log, Now: now})
	w.Engine = courier.New(courier.Options{Store: s, Mover: w.moves, Carrier: w.carrier, Every: 30 * time.Minute, Log: log, Now: now})
	t.Cleanup(func() {
		for _, private := range []string{ayse, "AYŞE", "Çankaya", "+905"} {
			if strings.Contains(w.log.String(), private) {
				t.Errorf("the log has %q: %s", private, w.log.String())
			}
		}
	})
	return w
}

// produced keeps an application whose card was produced.
func (w *world) produced(reference, citizenNumber string) application.Application {
	w.Helper()
	a := application.New(application.NES, application.PaidByPerson, 0)
	a.Reference, a.CitizenNumber, a.Name, a.State, a.CreatedAt, a.ChangedAt = reference, citizenNumber, "AYŞE YILMAZ", application.Produced, w.now, w.now
	a.Form = application.Form{"mobile": "+905001112233", "address": "Işık Sokak 3", "district": "Çankaya", "province": "Ankara", "postcode": "06100", "birth_place": "Iğdır"}
	if err := w.store.CreateApplication(w.Context(), a, application.Change{Event: application.Create, By: application.Person, Who: citizenNumber, At: w.now}); err != nil {
		w.Fatal(err)
	}
	return a
}

func (w *world) kept(reference string) application.Application {
	w.Helper()
	a, err := w.store.Application(w.Context(), reference)
	if err != nil {
		w.Fatal(err)
	}
	return a
}

func (w *world) wants(reference string, state application.State, number string) {
	w.Helper()
	if a := w.kept(reference); a.State != state || a.Shipment != number {
		w.Errorf("application %s is %s under %q, want %s under %q", reference, a.State, a.Shipment, state, number)
	}
}

// next asks about the shipment that is due.
func (w *world) next() {
	w.Helper()
	asked, err := w.Next(w.Context())
	if err != nil || !asked {
		w.Errorf("asked: %v, %v", asked, err)
	}
}

func (w *world) problem(reference string, want application.CarrierProblem) {
	w.Helper()
	if got, err := w.store.ShipmentProblem(w.Context(), reference); err != nil || got != want {
		w.Errorf("problem of %s: %q, %v, want %q", reference, got, err, want)
	}
}

func ordered(number string) func(courier.Order) (string, error) {
	return func(courier.Order) (string, error) { return number, nil }
}

// TestShip orders a shipment with what the carrier needs and nothing else, once.
func TestShip(t *testing.T) {
	w := newWorld(t)
	w.produced("A", ayse)
	w.carrier.order = ordered("TR123456")
	for range 2 {
		if err := w.Ship(t.Context(), "shipment/A/1", "A"); err != nil {
			t.Fatal(err)
		}
	}
	w.wants("A", application.WithCourier, "TR123456")
	want := courier.Order{Key: "shipment/A/1", Recipient: courier.Recipient{
		Name: "AYŞE YILMAZ", Mobile: "+905001112233", Address: "Işık Sokak 3", District: "Çankaya", Province: "Ankara", Postcode: "06100",
	}}
	if len(w.carrier.orders) != 1 || w.carrier.orders[0] != want {
		t.Errorf("ordered was %+v", w.carrier.orders)
	}
	history, err := w.store.ApplicationHistory(t.Context(), "A")
	if err != nil {
		t.Fatal(err)
	}
	if c := history[len(history)-1]; c.By != application.Carrier || c.Who != "" || c.Basis != "TR123456" {
		t.Errorf("kept is %+v", c)
	}
}

// TestShipByChoice: the carrier is told of a card that is fetched at its branch, and of nothing that the authority hands over itself.
func TestShipByChoice(t *testing.T) {
	for delivery, told := range map[application.Delivery]string{application.ToAddress: "", application.ToBranch: "branch", application.AtDesk: "none", application.ByAppointment: "none"} {
		w := newWorld(t)
		a := application.New(application.Seal, application.PaidByPerson, 0)
		a.Reference, a.CitizenNumber, a.Name, a.State, a.CreatedAt, a.ChangedAt = "A", ayse, "AYŞE YILMAZ", application.Produced, w.now, w.now
		a.Form = application.Form{"delivery": string(delivery)}
		if err := w.store.CreateApplication(t.Context(), a, application.Change{Event: application.Create, By: application.Person, Who: ayse, At: w.now}); err != nil {
			t.Fatal(err)
		}
		jobs, err := courier.Effect(application.Application{}, a, application.Change{Event: application.Produce})
		if err != nil || len(jobs) > 0 != (told != "none") {
			t.Errorf("%s: %d orders, %v", delivery, len(jobs), err)
		}
		w.carrier.order = ordered("TR123456")
		if err := w.Ship(t.Context(), "shipment/A/1", "A"); err != nil {
			t.Fatal(err)
		}
		if told == "none" {
			if len(w.carrier.orders) > 0 {
				t.Errorf("%s: the carrier is told of it: %+v", delivery, w.carrier.orders)
			}
			w.wants("A", application.Produced, "")
		} else if len(w.carrier.orders) != 1 || w.carrier.orders[0].Recipient.DeliverTo != told {
			t.Errorf("%s: ordered was %+v", delivery, w.carrier.orders)
		}
	}
}

// TestShipIsRefused: what the carrier says that cannot be dispatches nothing, and says whether another attempt is of use.
func TestShipIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		order    func(courier.Order) (string, error)
		hopeless bool
		part     string
	}{
		"another's number": {ordered("TR999999"), true, "is that of application B"},
		"refused":          {func(courier.Order) (string, error) { return "", courier.ErrRefused }, true, "refuses"},
		"malformed":        {func(courier.Order) (string, error) { return "", courier.ErrInvalid }, true, "cannot be"},
		"down":             {func(courier.Order) (string, error) { return "", errors.New("connection refused") }, false, "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.produced("A", ayse)
			w.produced("B", mehmet)
			w.carrier.order = ordered("TR999999")
			if err := w.Ship(t.Context(), "B", "B"); err != nil {
				t.Fatal(err)
			}
			w.carrier.order = test.order
			err := w.Ship(t.Context(), "A", "A")
			if err == nil || errors.Is(err, courier.ErrHopeless) != test.hopeless || !strings.Contains(err.Error(), test.part) {
				t.Errorf("%v", err)
			}
			w.wants("A", application.Produced, "")
			w.wants("B", application.WithCourier, "TR999999")
		})
	}
	w := newWorld(t)
	if err := w.Ship(t.Context(), "none", "none"); !errors.Is(err, courier.ErrHopeless) {
		t.Errorf("of no application: %v", err)
	}
}

// TestDeskIsFaster: a card that the desk sends while the carrier answers has the desk's number, and the carrier's is named for the operator.
func TestDeskIsFaster(t *testing.T) {
	w := newWorld(t)
	w.produced("A", ayse)
	w.carrier.order = func(courier.Order) (string, error) {
		_, err := w.moves.Do(t.Context(), "A", 1, application.Change{Event: application.Dispatch, By: application.Authority, Who: mehmet, Basis: "DESK1234"})
		return "TR123456", err
	}
	err := w.Ship(t.Context(), "A", "A")
	if !errors.Is(err, courier.ErrHopeless) || !strings.Contains(err.Error(), "TR123456") {
		t.Errorf("%v", err)
	}
	w.wants("A", application.WithCourier, "DESK1234")
}

// TestOrderAnsweredTwice: two processes order at once with one key; the number is kept once.
func TestOrderAnsweredTwice(t *testing.T) {
	w := newWorld(t)
	w.produced("A", ayse)
	var group sync.WaitGroup
	w.carrier.order = ordered("TR123456")
	for range 4 {
		group.Go(func() {
			if err := w.Ship(t.Context(), "A", "A"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	w.wants("A", application.WithCourier, "TR123456")
	if v := w.kept("A").Version; v != 2 {
		t.Errorf("version %d", v)
	}
}

// following is a world with a card that is with the courier.
func following(t *testing.T) *world {
	w := newWorld(t)
	w.produced("A", ayse)
	w.carrier.order = ordered("TR123456")
	if err := w.Ship(t.Context(), "A", "A"); err != nil {
		t.Fatal(err)
	}
	return w
}

// says has the carrier say these events, each an hour after the one before, from the dispatch on.
func (w *world) says(states ...application.ShipmentState) {
	sent := w.kept("A").ChangedAt
	w.carrier.track = func(number string) (events []application.ShipmentEvent, err error) {
		for i, state := range states {
			events = append(events, application.ShipmentEvent{Number: number, ID: fmt.Sprint(i), State: state, Place: "Iğdır", At: sent.Add(time.Duration(i) * time.Hour)})
		}
		return events, nil
	}
}

// TestFollow asks until the card is delivered, keeps each state once, and then asks no more.
func TestFollow(t *testing.T) {
	w := following(t)
	way := []application.ShipmentState{
		application.ShipmentAccepted, application.ShipmentOnItsWay, application.ShipmentNotMet, application.ShipmentOutForDelivery, application.ShipmentDelivered,
	}
	for i := range way {
		w.says(way[:i+1]...)
		w.next()
		events, err := w.store.ShipmentEvents(t.Context(), "A")
		if err != nil || len(events) != i+1 || events[i].State != way[i] {
			t.Fatalf("%+v, %v", events, err)
		}
		if asked, err := w.Next(t.Context()); asked || err != nil {
			t.Fatalf("asked again at once: %v, %v", asked, err)
		}
		w.now = w.now.Add(time.Hour)
	}
	w.wants("A", application.Delivered, "TR123456")
	w.now = w.now.AddDate(1, 0, 0)
	if asked, err := w.Next(t.Context()); asked || err != nil {
		t.Errorf("asked of what is delivered: %v, %v", asked, err)
	}
}

// TestReturned: a card that came back is the desk's again, is ordered by no machine, and goes out under a new number.
func TestReturned(t *testing.T) {
	w := following(t)
	w.says(application.ShipmentNotMet, application.ShipmentReturned)
	w.now = w.now.Add(2 * time.Hour)
	w.next()
	w.wants("A", application.Produced, "TR123456")
	if err := w.Ship(t.Context(), "A", "A"); err != nil || len(w.carrier.orders) != 1 {
		t.Errorf("%v after %d orders", err, len(w.carrier.orders))
	}
	if _, err := w.moves.Do(t.Context(), "A", 3, application.Change{Event: application.Dispatch, By: application.Authority, Who: mehmet, Basis: "TR777777"}); err != nil {
		t.Fatal(err)
	}
	w.says(application.ShipmentAccepted)
	w.next()
	w.wants("A", application.WithCourier, "TR777777") // what was said of the old number moves nothing
}

// TestCarrierCannot: what cannot be is dropped and noted, what can be is kept, and the carrier is asked again after a pause.
func TestCarrierCannot(t *testing.T) {
	event := func(w *world, state application.ShipmentState, at time.Time) application.ShipmentEvent {
		return application.ShipmentEvent{Number: "TR123456", ID: "x", State: state, At: at}
	}
	for name, test := range map[string]struct {
		track   func(w *world) ([]application.ShipmentEvent, error)
		problem application.CarrierProblem
		kept    int
	}{
		"down":    {func(*world) ([]application.ShipmentEvent, error) { return nil, errors.New("connection refused") }, application.CarrierDown, 0},
		"unknown": {func(*world) ([]application.ShipmentEvent, error) { return nil, courier.ErrUnknown }, application.CarrierUnknown, 0},
		"partly unreadable": {func(w *world) ([]application.ShipmentEvent, error) {
			return []application.ShipmentEvent{event(w, application.ShipmentAccepted, w.now)}, courier.ErrInvalid
		}, application.CarrierInvalid, 1},
		"delivered before it was sent": {func(w *world) ([]application.ShipmentEvent, error) {
			return []application.ShipmentEvent{event(w, application.ShipmentDelivered, w.now.AddDate(0, 0, -2))}, nil
		}, application.CarrierInvalid, 0},
		"delivered tomorrow": {func(w *world) ([]application.ShipmentEvent, error) {
			return []application.ShipmentEvent{event(w, application.ShipmentDelivered, w.now.AddDate(0, 0, 1))}, nil
		}, application.CarrierInvalid, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := following(t)
			w.carrier.track = func(string) ([]application.ShipmentEvent, error) { return test.track(w) }
			for attempt := range 3 {
				w.next()
				w.problem("A", test.problem)
				pause := time.Minute << attempt
				w.now = w.now.Add(pause - time.Second)
				if asked, err := w.Next(t.Context()); asked || err != nil {
					t.Errorf("attempt %d: asked again too early: %v", attempt, err)
				}
				w.now = w.now.Add(time.Second)
			}
			if events, err := w.store.ShipmentEvents(t.Context(), "A"); err != nil || len(events) != test.kept {
				t.Errorf("%+v, %v", events, err)
			}
			w.wants("A", application.WithCourier, "TR123456")
			w.says(application.ShipmentAccepted, application.ShipmentOnItsWay)
			w.now = w.now.Add(time.Hour)
			w.next()
			w.problem("A", "")
		})
	}
}

// TestHistoryStays: a carrier that says of an event something else than before, as that the card was delivered, is not believed.
func TestHistoryStays(t *testing.T) {
	w := following(t)
	w.says(application.ShipmentAccepted)
	w.next()
	w.says(application.ShipmentDelivered)
	w.now = w.now.Add(time.Hour)
	w.next()
	w.wants("A", application.WithCourier, "TR123456")
}
