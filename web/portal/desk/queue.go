package desk

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	// maxListed is how many applications of a queue are shown. Those that have waited longest come first.
	maxListed = 100
	// maxSought is the longest that is looked for, in bytes.
	maxSought = 60
)

// homeView is what the desk's first page shows.
type homeView struct {
	Queues []queueView
	Sought string
	// Production is true for who hands over to production.
	Production bool
	// Waiting is how many acts of two persons wait for the officer.
	Waiting int
	Pages   []Page
}

type queueView struct {
	State application.State
	Count int
}

func (d *desk) renderHome(v *site.Visit, o officer, status int, code fault.Code) error {
	counts, err := d.Store.CountApplications(v.R.Context())
	if err != nil {
		return fmt.Errorf("queues: %w", err)
	}
	view := homeView{Sought: sought(v), Production: d.Production != nil && o.has(store.Producer)}
	if view.Waiting, err = d.Decisions.CountWaiting(v.R.Context(), o.citizenNumber, o.roles); err != nil {
		return fmt.Errorf("decisions: %w", err)
	}
	for _, page := range d.Pages {
		if o.has(page.Role) {
			view.Pages = append(view.Pages, page)
		}
	}
	for _, state := range o.queues() {
		view.Queues = append(view.Queues, queueView{state, counts[state]})
	}
	return v.Render(status, "desk", view, code)
}

// sought is what the form that finds an application holds.
func sought(v *site.Visit) string {
	text := strings.TrimSpace(v.R.URL.Query().Get("kod"))
	if len(text) > maxSought {
		return ""
	}
	return text
}

// find leads to the application whose reference, code on the paper or shipment's number was scanned or typed.
func (d *desk) find(v *site.Visit, o officer) error {
	text := application.Scanned(sought(v))
	named := text[:min(len(text), len(reference.New()))] // what follows on paper is a digest
	a, err := d.Store.Application(v.R.Context(), named)
	if errors.Is(err, store.ErrNotFound) {
		number, _ := application.ShipmentNumber(text)
		a, err = d.Store.ApplicationByShipment(v.R.Context(), number)
	}
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && !o.sees(a.State):
		return d.renderHome(v, o, http.StatusNotFound, refusal.NotFound)
	case err != nil:
		return fmt.Errorf("find: %w", err)
	case named != text && a.State == application.AwaitingApproval && o.has(store.Reviewer):
		return v.See(applicationPath + a.Reference + "/onay?kod=" + url.QueryEscape(text))
	}
	return v.See(applicationPath + a.Reference)
}

// listView is a queue.
type listView struct {
	State   application.State
	Count   int
	Entries []entryView
}

type entryView struct {
	Reference, Name, Number string
	Kind                    application.Kind
	Since                   time.Time
	WithoutLogin            bool
}

func (d *desk) queue(v *site.Visit, o officer) error {
	state := application.State(v.R.PathValue("state"))
	if !slices.Contains(o.queues(), state) {
		return fault.New(refusal.NotFound, nil)
	}
	counts, err := d.Store.CountApplications(v.R.Context())
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	waiting, err := d.Store.ApplicationsIn(v.R.Context(), state, maxListed)
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	view := listView{State: state, Count: counts[state]}
	for _, a := range waiting {
		view.Entries = append(view.Entries, entryView{a.Reference, a.Name, pki.MaskCitizenNumber(a.Number()), a.Kind, a.ChangedAt, a.WithoutLogin()})
	}
	return v.Render(http.StatusOK, "desk-queue", view, "")
}
