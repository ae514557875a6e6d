// Package home is the feature of the first page and of the menu.
package home

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/http"

	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that this feature needs, as store.Receipts has it.
type Store interface {
	NewestReceipt(ctx context.Context, citizenNumber string) (store.Receipt, error)
}

type home struct {
	store Store
	check string
}

// view is what the first page shows.
type view struct {
	// Receipt is the person's newest signature, or nil.
	Receipt *store.Receipt
	// SignatureCheck is the page on which anybody can verify signatures; "" where there is none.
	SignatureCheck string
}

//go:embed pages
var files embed.FS

// New returns the feature. signatureCheck is the page that verifies signatures, "" where there is none.
func New(s Store, signatureCheck string) site.Feature {
	h := &home{s, signatureCheck}
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
	var newest *store.Receipt
	if v.Session != nil {
		receipt, err := h.store.NewestReceipt(v.R.Context(), v.Session.CitizenNumber)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("receipt: %w", err)
		}
		if err == nil {
			newest = &receipt
		}
	}
	return v.Render(http.StatusOK, "home", view{newest, h.check}, "")
}

func (h *home) menu(v *site.Visit) error { return v.Render(http.StatusOK, "menu", nil, "") }
