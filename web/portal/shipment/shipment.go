// Package shipment is the feature Gönderi Sorgulama: anybody who has a courier's number reads where the card is. It tells nothing
// of whose card it is, or where it goes.
//
// The number comes by POST, so that it stands in no address, and so in no log and no history.
package shipment

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that this feature needs, as store.Applications has it.
type Store interface {
	ApplicationByShipment(ctx context.Context, number string) (application.Application, error)
	ApplicationHistory(ctx context.Context, reference string) ([]application.Change, error)
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
	// Sent and Delivered are when the card was handed to the courier and to the person; zero while it was not.
	Sent, Delivered time.Time
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
	found := view{Typed: number}
	for _, c := range history {
		switch c.Event {
		case application.Dispatch:
			found.Sent = c.At
		case application.Deliver:
			found.Delivered = c.At
		}
	}
	return v.Render(http.StatusOK, "shipment", found, "")
}
