package inventory

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/reader"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// firstAnswer is how long the first list waits for the PC/SC service to tell of readers; one that is well answers in
// milliseconds.
const firstAnswer = 2 * time.Second

// A readerSnapshot is what PC/SC shows while a list is made, and what libraries have shown of its cards so far.
type readerSnapshot struct {
	running     bool // the service
	refused     bool // it runs, and refuses this program
	readers     []reader.Reader
	readersGone bool // the session has seen a reader, and there is none now
	cards       []cardInReader
}

// A cardInReader is a card of a readerSnapshot.
type cardInReader struct {
	reader.Reader
	family         *module.Family // nil if it is not known
	hasToken       bool           // a library has shown a token of it
	hasCertificate bool           // a library has shown a certificate of it
}

// ConnectedReaders returns the readers that PC/SC shows.
func (i *Inventory) ConnectedReaders(ctx context.Context) ([]reader.Reader, error) {
	ctx, cancel := context.WithTimeout(ctx, firstAnswer)
	defer cancel()
	return i.Readers.Readers(ctx)
}

// takeSnapshot asks PC/SC for readers and cards, and the registry for the cards' families and the libraries to ask.
func (i *Inventory) takeSnapshot(ctx context.Context) (*readerSnapshot, module.Selection) {
	readers, err := i.ConnectedReaders(ctx)
	i.restartForNewService()
	i.restartForRemovedCards()
	i.sawReader = i.sawReader || len(readers) > 0
	s := &readerSnapshot{
		running: err == nil, refused: errors.Is(err, reader.ErrRefused), readers: readers,
		readersGone: err == nil && i.sawReader && len(readers) == 0,
	}
	var atrs [][]byte
	for _, r := range readers {
		if r.Card {
			s.cards = append(s.cards, cardInReader{Reader: r})
			atrs = append(atrs, r.ATR)
		}
	}
	selection := i.Select(atrs)
	for k, card := range selection.Cards[:min(len(selection.Cards), len(s.cards))] {
		s.cards[k].family = card.Family
	}
	return s, selection
}

// note records which cards a listing shows, whose tokens are at places. It returns the answers to reset of those that show
// their first certificate with it.
func (s *readerSnapshot) note(l *worker.Listing, places []Place) (fresh [][]byte) {
	for k := range s.cards {
		card := &s.cards[k]
		for n, t := range l.Tokens {
			if places[n].Insertion() != card.Inserted {
				continue
			}
			card.hasToken = true
			has := slices.ContainsFunc(l.Certificates, func(c worker.Certificate) bool { return c.Slot == t.Slot })
			if has && !card.hasCertificate {
				card.hasCertificate = true
				fresh = append(fresh, card.ATR)
			}
		}
	}
	return fresh
}

// allHaveCertificates reports whether there is nothing left to look for: each card has shown a certificate. Without a card
// in PC/SC there is always something.
func (s *readerSnapshot) allHaveCertificates() bool {
	return len(s.cards) > 0 && !slices.ContainsFunc(s.cards, func(c cardInReader) bool { return !c.hasCertificate })
}

// readersWithToken returns the readers whose card a library has shown.
func (s *readerSnapshot) readersWithToken() (names []string) {
	for _, card := range s.cards {
		if card.hasToken {
			names = append(names, card.Name)
		}
	}
	return names
}

// lacksHeldCard reports whether a program has exclusive access to a card that no library has shown.
func (s *readerSnapshot) lacksHeldCard() bool {
	return slices.ContainsFunc(s.cards, func(c cardInReader) bool { return c.Busy && !c.hasToken })
}

// allHeldByOthers reports whether other programs have exclusive access to every card. Libraries would wait for them for
// many seconds and show nothing. A card that was visible in the latest list may be held by one of our own workers.
func (i *Inventory) allHeldByOthers(s *readerSnapshot) bool {
	for _, card := range s.cards {
		if !card.Busy || slices.Contains(i.visibleReaders, card.Name) {
			return false
		}
	}
	return len(s.cards) > 0
}

// list returns the readers as the window sees them.
func (s *readerSnapshot) list() []protocol.Reader {
	out := []protocol.Reader{}
	for _, r := range s.readers[:min(len(s.readers), protocol.MaxCertificates)] { // the window takes no more
		listed := protocol.Reader{Name: worker.CleanReader(r.Name), Card: r.Card, Busy: r.Busy}
		if k := slices.IndexFunc(s.cards, func(c cardInReader) bool { return c.Name == r.Name }); k >= 0 && s.cards[k].family != nil {
			listed.Family = s.cards[k].family.Name
		}
		out = append(out, listed)
	}
	return out
}
