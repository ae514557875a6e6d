package session

import (
	"context"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/journal"
)

// pageBytes is how much of the journal one answer has: a byte of it that somebody has put there may be six in JSON.
const pageBytes = protocol.MaxHostMessage / 8

// journalPage returns a part of what was done on this machine, and how the list stands.
func (s *session) journalPage(j job, body *protocol.HostJournalBody) (any, error) {
	ctx := j.ctx
	if s.phase != phaseOpen {
		return nil, fault.Errorf(fault.Sequence, "journal in phase %d", s.phase)
	}
	if body.Limit < 1 || body.Limit > protocol.MaxJournalPage || len(body.Search) > protocol.MaxPurpose {
		return nil, fault.Errorf(fault.MessageInvalid, "%d entries, a search of %d bytes", body.Limit, len(body.Search))
	}
	if list, err := s.HashSites.Read(); err == nil && len(list.Owed) > 0 {
		if _, err := s.hashSites(j); err != nil {
			s.Log.Error("not settling what the journal is owed", "error", err)
		}
	}
	page, err := journal.Look(ctx, s.JournalAt, s.Device.Options, *body, pageBytes)
	switch {
	case context.Cause(ctx) != nil:
		return nil, fault.New(fault.Cancelled, context.Cause(ctx))
	case err != nil:
		return nil, err
	case page.Broken != nil:
		s.Log.Error("the journal is broken", "error", page.Broken)
	}
	return page.JournalPage, nil
}
