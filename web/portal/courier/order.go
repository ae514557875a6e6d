package courier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// ErrHopeless says that no later attempt at an order can be expected to succeed: somebody at the desk has to send the card.
var ErrHopeless = errors.New("the desk has to send this card")

// JobKind is that of the jobs that Ship does.
const JobKind = "shipment"

// orderFor is how long an order is tried.
const orderFor = 30 * 24 * time.Hour

// Effect has a shipment ordered when a card was produced, unless the authority hands it over itself.
func Effect(_, after application.Application, c application.Change) ([]store.Job, error) {
	if c.Event != application.Produce || after.InPerson() {
		return nil, nil
	}
	return []store.Job{{
		Key: fmt.Sprintf("shipment/%s/%d", after.Reference, after.Version), Kind: JobKind, Application: after.Reference,
		DueAt: c.At, ExpiresAt: c.At.Add(orderFor),
	}}, nil
}

// Ship orders the shipment of an application that is produced, and dispatches it under the carrier's number. key names the order
// for good. It does nothing where the card is on its way already, or came back: that one the desk sends again.
func (e *Engine) Ship(ctx context.Context, key, reference string) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	a, err := e.Store.Application(ctx, reference)
	if err != nil {
		return hopelessIf(errors.Is(err, store.ErrNotFound), fmt.Errorf("application %s: %w", reference, err))
	}
	if a.State != application.Produced || a.Shipment != "" || a.InPerson() {
		return nil
	}
	number, err := e.Carrier.Order(ctx, Order{Key: key, Recipient: recipientOf(a)})
	if err != nil {
		return hopelessIf(errors.Is(err, ErrRefused) || errors.Is(err, ErrInvalid), fmt.Errorf("application %s: %w", reference, err))
	}
	other, err := e.Store.ApplicationByShipment(ctx, number)
	switch {
	case err == nil && other.Reference != reference:
		return hopelessIf(true, fmt.Errorf("application %s: %w: its number is that of application %s", reference, ErrInvalid, other.Reference))
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("shipment: %w", err)
	}
	_, err = e.Mover.Do(ctx, reference, a.Version, application.Change{Event: application.Dispatch, By: application.Carrier, Basis: number})
	switch fault.CodeOf(err) {
	case refusal.ApplicationChanged, refusal.ApplicationState:
		return e.lost(ctx, reference, number, err)
	}
	return err
}

// lost says what has become of an order whose number could not be kept, because something has happened to the application or the
// number meanwhile.
func (e *Engine) lost(ctx context.Context, reference, number string, why error) error {
	a, err := e.Store.Application(ctx, reference)
	switch {
	case err != nil:
		return fmt.Errorf("application %s: %w", reference, err)
	case a.Shipment == number:
		return nil // another process has kept it
	case a.State == application.Produced:
		return why
	}
	return hopelessIf(true, fmt.Errorf("application %s was sent otherwise meanwhile: cancel the carrier's shipment %s", reference, number))
}

func hopelessIf(hopeless bool, err error) error {
	if hopeless {
		return fmt.Errorf("%w: %w", ErrHopeless, err)
	}
	return err
}

func recipientOf(a application.Application) Recipient {
	r := Recipient{
		Name: a.Name, Mobile: a.Form["mobile"], Address: a.Form["address"], District: a.Form["district"], Province: a.Form["province"],
		Postcode: a.Form["postcode"],
	}
	if a.Delivery() == application.ToBranch {
		r.DeliverTo = toBranch
	}
	return r
}
