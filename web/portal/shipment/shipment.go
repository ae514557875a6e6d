// Package shipment is the feature Gönderi Sorgulama: anybody who has a courier's number reads where the card is, by what is on record
// and what the courier has said. It tells nothing of whose card it is, or where it goes; where a card came back and was sent again, the
// old number does not lead to the new one.
//
// The number comes by POST, so that it stands in no address, and so in no log and no history.
package shipment

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that this feature needs, as store.Applications has it.
type Store interface {
	ApplicationByShipment(ctx context.Context, number string) (application.Application, error)
	ApplicationHistory(ctx context.Context, reference string) ([]application.Change, error)
	ShipmentEvents(ctx context.Context, reference string) ([]application.ShipmentEvent, error)
}

type shipment struct{ store Store }

//go:embed pages
var files embed.FS

// Path is the feature's page.
const Path = "/gonderi-sorgulama"

const field = "numara"

// New returns the feature.
func New(s Store) site.Feature {
	f := &shipment{s}
	return site.Feature{
		Files: files,
		Routes: []site.Route{
			{Pattern: "GET " + Path, LanguageReturn: []string{Path}, Serve: f.page},
			{Pattern: "POST " + Path, Serve: f.look},
		},
	}
}

// view is the page: a form, and below it what was found.
type view struct {
	Typed string
	Wrong bool // no number of a shipment looks like what was typed
	None  bool // no shipment has the number
	// Sent, Delivered and Returned are when the card was handed to the courier, to the person, and back; zero while it was not.
	Sent, Delivered, Returned time.Time
	// States are what the courier has said, the newest first.
	States []application.ShipmentEvent
}

// State is where the shipment is: what is on record of its application, before what the courier has said last.
func (v view) State() application.ShipmentState {
	switch {
	case !v.Delivered.IsZero():
		return application.ShipmentDelivered
	case !v.Returned.IsZero():
		return application.ShipmentReturned
	case len(v.States) > 0:
		return v.States[0].State
	}
	return ""
}

func (s *shipment) page(v *site.Visit) error { return v.Render(http.StatusOK, "shipment", view{}, "") }

// look says where the shipment is whose number was typed.
func (s *shipment) look(v *site.Visit) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	number, ok := application.ShipmentNumber(v.R.PostForm.Get(field))
	if !ok {
		return v.Render(http.StatusUnprocessableEntity, "shipment", view{Wrong: true}, "")
	}
	a, err := s.store.ApplicationByShipment(v.R.Context(), number)
	if errors.Is(err, store.ErrNotFound) {
		return v.Render(http.StatusOK, "shipment", view{Typed: number, None: true}, "")
	}
	if err != nil {
		return fmt.Errorf("shipment: %w", err)
	}
	history, err := s.store.ApplicationHistory(v.R.Context(), a.Reference)
	if err != nil {
		return fmt.Errorf("history: %w", err)
	}
	events, err := s.store.ShipmentEvents(v.R.Context(), a.Reference)
	if err != nil {
		return fmt.Errorf("events: %w", err)
	}
	found := view{Typed: number, States: application.EventsOf(number, events)}
	slices.Reverse(found.States)
	for _, c := range history {
		if c.Basis != number { // another shipment of this card
			continue
		}
		switch c.Event {
		case application.Dispatch:
			found.Sent = c.At
		case application.Deliver:
			found.Delivered = c.At
		case application.ReturnToSender:
			found.Returned = c.At
		}
	}
	return v.Render(http.StatusOK, "shipment", found, "")
}
