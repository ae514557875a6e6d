package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
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
	running  bool // the service
	refused  bool // it runs, and does not let this program in
	readers  []reader.Reader
	lost     bool             // the session has seen a reader, and there is none now
	cards    []reader.Reader  // the readers with a card
	families []*module.Family // of the cards; nil where it is not known
	served   []bool           // those of cards whose certificate a library has shown
	shown    []bool           // those of cards whose token, at least, a library has shown
}

// look asks PC/SC, and the registry what kinds of cards these are.
func (s *session) look(ctx context.Context) (*sight, module.Selection) {
	ctx, cancel := context.WithTimeout(ctx, firstLook)
	defer cancel()
	readers, err := s.readers.Readers(ctx)
	if epoch := s.readers.Epoch(); epoch != s.epoch {
		s.epoch = epoch
		s.startAgain()
	}
	s.doubtAbsent()
	s.plugged = s.plugged || len(readers) > 0
	out := &sight{running: err == nil, refused: errors.Is(err, reader.ErrRefused), readers: readers, lost: err == nil && s.plugged && len(readers) == 0}
	for _, r := range readers {
		if r.Card {
			out.cards = append(out.cards, r)
		}
	}
	selection := s.Select(out.atrs())
	out.families = make([]*module.Family, len(out.cards))
	for i, card := range selection.Cards[:min(len(selection.Cards), len(out.cards))] {
		out.families[i] = card.Family
	}
	out.served, out.shown = make([]bool, len(out.cards)), make([]bool, len(out.cards))
	return out, selection
}

// startAgain ends all workers; the next question starts new ones. A library that has lost the PC/SC service neither
// sees that nor finds the next one.
func (s *session) startAgain() {
	var ending sync.WaitGroup
	for _, w := range s.workers {
		ending.Go(w.Close)
	}
	ending.Wait()
}

// shownReaders returns the readers whose card a library has shown.
func (s *sight) shownReaders() (out []string) {
	for i, card := range s.cards {
		if s.shown[i] {
			out = append(out, card.Name)
		}
	}
	return out
}

// allKept reports whether another program keeps every card to itself. Libraries would wait for them, for many
// seconds, to say nothing. A card that one of ours has shown may well be kept by that one.
func (s *session) allKept(sight *sight) bool {
	for _, card := range sight.cards {
		if !card.Busy || slices.Contains(s.ours, card.Name) {
			return false
		}
	}
	return len(sight.cards) > 0
}

// list tells of the readers.
func (s *sight) list() []protocol.Reader {
	out := []protocol.Reader{}
	for _, r := range s.readers[:min(len(s.readers), protocol.MaxCertificates)] { // the window takes no more
		listed := protocol.Reader{Name: worker.CleanReader(r.Name), Card: r.Card, Busy: r.Busy}
		if family := s.family(r.Name); family != nil {
			listed.Family = family.Name
		}
		out = append(out, listed)
	}
	return out
}

// family returns the kind of the card in the named reader, nil where it is not known.
func (s *sight) family(reader string) *module.Family {
	for i, card := range s.cards {
		if card.Name == reader {
			return s.families[i]
		}
	}
	return nil
}

// busy reports whether a program keeps a card to itself that no library has shown.
func (s *sight) busy() bool {
	for i, card := range s.cards {
		if card.Busy && !s.shown[i] {
			return true
		}
	}
	return false
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

// serve notes the cards that a listing shows, whose tokens are at places, and returns the answers to reset of those that
// nobody had shown a certificate of before.
func (s *sight) serve(l *worker.Listing, places []place) (fresh [][]byte) {
	for i, card := range s.cards {
		for k, t := range l.Tokens {
			if places[k].insertion() != card.Inserted {
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
		case sight.cards[i].Busy && !sight.shown[i]:
			m.find(fault.CardBusy, sight.cards[i].Name)
			told = true
		case card.Family == nil:
		case card.Missing && !sight.served[i]:
			s.logMissing(card)
			m.tell(missing(card))
			told = true
		case !sight.shown[i] && m.failed == 0 && len(m.tokens) == 0:
			m.find(fault.CardUnrecognized, card.Family.Name)
			told = true
		}
	}
	if len(m.tokens) > 0 || told {
		return
	}
	switch {
	case len(sight.cards) > 0 && m.failed > 0:
		// That is the reason, and it is told.
	case len(sight.cards) > 0:
		m.find(fault.NoModule, "") // no library knows it
	case m.slots == 0 && sight.refused:
		m.find(fault.ServiceRefused, "")
	case m.slots == 0 && !sight.running:
		m.find(fault.NoService, "")
	case asked == 0:
		m.find(fault.NoModule, "")
	case sight.lost, m.slots == 0 && len(sight.readers) == 0: // libraries keep the slot of a reader that has gone
		m.find(fault.NoReader, "")
	default:
		m.find(fault.NoToken, "")
	}
}

// logMissing tells the log once of each kind of card.
func (s *session) logMissing(card module.Card) {
	if !s.logged[card.Family.ID] {
		s.logged[card.Family.ID] = true
		s.Log.Warn("no library for the card", "family", card.Family.ID, "names", card.Names, "places", card.Places)
	}
}

// missing is the finding that none of a card's libraries is there.
func missing(card module.Card) protocol.Finding {
	return protocol.Finding{
		Code: fault.NoModule, Subject: card.Family.Name,
		Detail: fmt.Sprintf("%s: %s", strings.Join(card.Names, ", "), strings.Join(card.Places, ", ")),
		Driver: protocol.Sentence{TR: card.Family.Driver["tr"], EN: card.Family.Driver["en"]},
	}
}
