package session

import (
	"context"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/reader"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// firstLook is how long the first list waits for the PC/SC service to tell of readers; one that is well
// answers in milliseconds.
const firstLook = 2 * time.Second

// A sight is what PC/SC sees while a list is made.
type sight struct {
	readers int
	cards   []reader.Reader
	served  []bool // those of cards of which a library has shown a certificate
	shown   []bool // those of which a library has shown the token at least
}

func (s *session) look(ctx context.Context) *sight {
	ctx, cancel := context.WithTimeout(ctx, firstLook)
	defer cancel()
	readers := s.readers.Readers(ctx)
	out := &sight{readers: len(readers)}
	for _, r := range readers {
		if r.Card {
			out.cards = append(out.cards, r)
		}
	}
	out.served, out.shown = make([]bool, len(out.cards)), make([]bool, len(out.cards))
	return out
}

func (s *sight) atrs() [][]byte {
	var out [][]byte
	for _, card := range s.cards {
		out = append(out, card.ATR)
	}
	return out
}

// allServed reports whether there is nothing left to look for. Where PC/SC sees no card there always is.
func (s *sight) allServed() bool {
	return len(s.cards) > 0 && !slices.Contains(s.served, false)
}

// serve notes the cards that a listing shows, and returns the answers to reset of those that nobody had
// shown a certificate of before. A token belongs to the card in the reader that its slot is named after.
func (s *sight) serve(l *worker.Listing) (fresh [][]byte) {
	for i, card := range s.cards {
		for _, t := range l.Tokens {
			if !t.In(card.Name) {
				continue
			}
			s.shown[i] = true
			has := slices.ContainsFunc(l.Certificates, func(c worker.Certificate) bool { return c.Slot == t.Slot })
			if has && !s.served[i] {
				s.served[i] = true
				fresh = append(fresh, card.ATR)
			}
		}
	}
	return fresh
}

// explain says why there is no token, or none of a card that PC/SC sees. asked is how many libraries there
// were.
func (s *session) explain(m *merger, sight *sight, selection module.Selection, asked int) {
	told := false
	for i, card := range selection.Cards {
		switch {
		case card.Family == nil:
		case card.Missing && !sight.served[i]:
			s.Log.Warn("no library for the card", "family", card.Family.ID, "names", card.Names, "places", card.Places)
			m.find(protocol.CodeNoModule, card.Family.Name)
			told = true
		case !sight.shown[i] && m.failed == 0 && len(m.list.Tokens) == 0:
			m.find(protocol.CodeCardUnrecognized, card.Family.Name)
			told = true
		}
	}
	if len(m.list.Tokens) > 0 || told {
		return
	}
	switch {
	case len(sight.cards) > 0 && m.failed > 0:
		// That is the reason, and it is told.
	case asked == 0, len(sight.cards) > 0:
		m.find(protocol.CodeNoModule, "") // there may be a card, and no library knows it
	case m.slots == 0 && sight.readers == 0:
		m.find(protocol.CodeNoReader, "")
	default:
		m.find(protocol.CodeNoToken, "")
	}
}
