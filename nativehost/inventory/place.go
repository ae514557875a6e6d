package inventory

import (
	"context"
	"slices"

	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/reader"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// A Place is where a token is. It is found out once, when the token is listed: whatever is done with the card later, in
// PC/SC, goes by it, and not by what the library calls the reader.
type Place struct {
	// Insertions has one element if the reader is certain, several if the card may be in any of them, and none for a token
	// that is in no reader of PC/SC.
	Insertions []reader.Insertion
	Family     *module.Family // of the card; nil if it is not known
}

// Insertion returns the card's insertion, the zero one if it is not certain.
func (p Place) Insertion() reader.Insertion {
	if len(p.Insertions) != 1 {
		return reader.Insertion{}
	}
	return p.Insertions[0]
}

// placeOf finds out where a token is. A card that PC/SC has reported since the list began counts too, as the library may
// have seen it first.
func (i *Inventory) placeOf(ctx context.Context, t *worker.Token, snapshot *readerSnapshot) Place {
	candidates := t.PossibleReaders(snapshot.readers)
	if !slices.ContainsFunc(candidates, func(r reader.Reader) bool { return r.Card }) {
		if now, err := i.Readers.Readers(ctx); err == nil {
			candidates = t.PossibleReaders(now)
		}
	}
	var p Place
	for _, r := range candidates {
		p.Insertions = append(p.Insertions, r.Inserted)
	}
	for _, card := range snapshot.cards {
		if card.Inserted == p.Insertion() {
			p.Family = card.family
		}
	}
	return p
}

// readerName is the reader as people read it: its full name if it is certain, else the library's.
func (p Place) readerName(t *worker.Token) string {
	if in := p.Insertion(); in.Reader != "" {
		return worker.CleanReader(in.Reader)
	}
	return t.Reader
}
