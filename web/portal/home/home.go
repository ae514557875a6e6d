// Package home is the feature of the first page and of the menu.
package home

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/web/portal/announcements"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that this feature needs, as store.Receipts, store.Roles, store.Officers and
// store.Applications have it.
type Store interface {
	NewestReceipt(ctx context.Context, citizenNumber string) (store.Receipt, error)
	RolesOf(ctx context.Context, citizenNumber string, now time.Time) ([]store.Role, error)
	InstitutionsOf(ctx context.Context, citizenNumber string, now time.Time) ([]store.InstitutionChange, error)
	ApplicationsOf(ctx context.Context, citizenNumber string, limit int) ([]application.Application, error)
}

// Entry is a line of the first page's menu. Title and About are keys of the catalogue, ID is the element's.
type Entry struct{ ID, Path, Title, About string }

// Options is what the feature is made of.
type Options struct {
	Store Store
	// Open are the services that need no login, in the order of the menu.
	Open []Entry
	// Own are further lines of the menu of those who have logged in.
	Own []Entry
	// Announcements say what is announced at a moment.
	Announcements interface {
		Current(ctx context.Context, now time.Time) []announcements.Announcement
	}
	Now func() time.Time
}

type home struct{ Options }

// view is what the first page shows.
type view struct {
	// Receipt is the person's newest signature, or nil.
	Receipt       *store.Receipt
	Open          []Entry
	Announcements []announcements.Announcement
	// Desk is true where the person works at the authority's desk.
	Desk bool
	// Officer is true where the person is an officer of an institution.
	Officer bool
	// Waiting is the reference of what an institution has entered for the person and they have not opened, or "".
	Waiting string
}

// newest is among how many of a person's applications one is looked for that waits: it is open, and so it is new.
const newest = 20

//go:embed pages parts
var files embed.FS

// New returns the feature.
func New(o Options) site.Feature {
	h := &home{o}
	return site.Feature{
		Files: files,
		Routes: []site.Route{
			{Pattern: "GET /{$}", LanguageReturn: []string{"/"}, Serve: h.page},
			{Pattern: "GET /nes", Access: site.LoggedIn, LanguageReturn: []string{"/nes"}, Serve: h.menu},
		},
	}
}

// page is the first page. It tells a person who is logged in of a signature that is still being checked.
func (h *home) page(v *site.Visit) error {
	shown := view{Open: h.Open, Announcements: h.Announcements.Current(v.R.Context(), h.Now())}
	if v.Session != nil {
		receipt, err := h.Store.NewestReceipt(v.R.Context(), v.Session.CitizenNumber)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("receipt: %w", err)
		}
		if err == nil {
			shown.Receipt = &receipt
		}
		roles, err := h.Store.RolesOf(v.R.Context(), v.Session.CitizenNumber, h.Now())
		if err != nil {
			return fmt.Errorf("roles: %w", err)
		}
		shown.Desk = len(roles) > 0
		if err := h.ofInstitutions(v, &shown); err != nil {
			return err
		}
	}
	return v.Render(http.StatusOK, "home", shown, "")
}

// ofInstitutions finds what the person is to institutions: an officer, or somebody for whom one has entered an application.
func (h *home) ofInstitutions(v *site.Visit, shown *view) error {
	list, err := h.Store.InstitutionsOf(v.R.Context(), v.Session.CitizenNumber, h.Now())
	if err != nil {
		return fmt.Errorf("institutions: %w", err)
	}
	shown.Officer = len(list) > 0
	all, err := h.Store.ApplicationsOf(v.R.Context(), v.Session.CitizenNumber, newest)
	if err != nil {
		return fmt.Errorf("applications: %w", err)
	}
	for _, a := range all {
		if a.State == application.PreApplied {
			shown.Waiting = a.Reference
		}
	}
	return nil
}

func (h *home) menu(v *site.Visit) error { return v.Render(http.StatusOK, "menu", h.Own, "") }
