package session

import (
	"context"
	"slices"

	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/reader"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// A place is where a token is. It is found out once, when the token is listed: whatever is done with the card later, in
// PC/SC, goes by it, and not by what the library calls the reader.
type place struct {
	// insertions are one where the reader is certain, several where it may be in any of them, and none of a token that is
	// in no reader that PC/SC knows.
	insertions []reader.Insertion
	family     *module.Family // of the card; nil where it is not known
}

// placeOf finds out where a token is. A card that PC/SC has told of since the list began is taken too, as the library may
// have seen it first.
func (s *session) placeOf(ctx context.Context, t *worker.Token, sight *sight) place {
	candidates := t.InOneOf(sight.readers)
	if !slices.ContainsFunc(candidates, func(r reader.Reader) bool { return r.Card }) {
		if now, err := s.readers.Readers(ctx); err == nil {
			candidates = t.InOneOf(now)
		}
	}
	var p place
	for _, r := range candidates {
		p.insertions = append(p.insertions, r.Inserted)
	}
	for i, card := range sight.cards {
		if card.Inserted == p.insertion() {
			p.family = sight.families[i]
		}
	}
	return p
}

// insertion returns the card's insertion, the zero one where it is not certain.
func (p place) insertion() reader.Insertion {
	if len(p.insertions) != 1 {
		return reader.Insertion{}
	}
	return p.insertions[0]
}

// name is what a person is told of the reader: its whole name where that is certain, else the library's.
func (p place) name(t *worker.Token) string {
	if in := p.insertion(); in.Reader != "" {
		return worker.CleanReader(in.Reader)
	}
	return t.Reader
}
