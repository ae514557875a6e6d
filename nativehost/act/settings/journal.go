package settings

import (
	"context"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/journal"
)

// pageBytes is how much of the journal one answer has: a byte that somebody has put there may be six in JSON.
const pageBytes = protocol.MaxHostMessage / 8

// JournalPage returns a part of what was done on this machine, and whether the list is proven.
func (a *Act) JournalPage(ctx context.Context, r act.Request, body *protocol.HostJournalBody) (*protocol.JournalPage, error) {
	if body.Limit < 1 || body.Limit > protocol.MaxJournalPage || len(body.Search) > protocol.MaxPurpose {
		return nil, fault.Errorf(fault.MessageInvalid, "%d entries, a search of %d bytes", body.Limit, len(body.Search))
	}
	if list, err := a.HashSites.Read(); err == nil && len(list.Owed) > 0 {
		if _, err := a.ListHashSites(ctx, r); err != nil {
			a.Log.Error("not settling what the journal is owed", "error", err)
		}
	}
	page, err := journal.ReadPage(ctx, a.Journal.Folder, a.Device.Options, *body, pageBytes)
	switch {
	case context.Cause(ctx) != nil:
		return nil, fault.New(fault.Cancelled, context.Cause(ctx))
	case err != nil:
		return nil, err
	case page.Broken != nil:
		a.Log.Error("the journal is broken", "error", page.Broken)
	}
	return &page.JournalPage, nil
}
