package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/store"
)

var chain = []test{
	{"entries", entries},
	{"entries of many at once", raceEntries},
	{"heads", heads},
}

// newest is the newest entry, without a number where there is none.
func newest(t *testing.T, s store.Store) store.Entry {
	t.Helper()
	e, err := s.NewestEntry(t.Context())
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	return e
}

// entries checks what is an entry and what is not.
func entries(t *testing.T, s store.Store) {
	ctx := t.Context()
	_, err := s.NewestEntry(ctx)
	wantNotFound(t, err)
	last := store.Entry{}
	adds := func(what string, n int64) {
		t.Helper()
		e := newest(t, s)
		if e.Number != last.Number+n || (e.Link == last.Link) != (n == 0) {
			t.Errorf("%s: entry %d after %d, want %d more", what, e.Number, last.Number, n)
		}
		last = e
	}
	c := opened(t, s, "A", ayse, store.Give)
	r := received(t, s, c)
	adds("an open receipt", 0)
	must(t, s.Refuse(ctx, r.Number, fault.CertificateRevoked, now))
	adds("a refused one", 1)
	if err := s.Refuse(ctx, r.Number, fault.CertificateRevoked, now); err == nil {
		t.Error("refused twice")
	}
	adds("refused again", 0)
	recorded(t, s, c)
	adds("an act", 1)
	must(t, s.PutCards(ctx, []store.Card{newCard(serial, ayse)}, otherPUK))
	claim := newClaim(newPIN(t, s, "B", ayse))
	for range 2 {
		given(t, s, claim)
	}
	adds("a release", 1)
	for range 2 {
		must(t, s.Report(ctx, newReport(claim, fault.PUKIncorrect)))
	}
	adds("a report", 1)
	l := store.Login{Reference: "L", CitizenNumber: ayse, Token: []byte("belirteç"), ReceivedAt: now, Evidence: newCompletion(r).Evidence}
	must(t, s.RecordLogin(ctx, l))
	adds("a login", 1)
	if err := s.RecordLogin(ctx, l); err == nil {
		t.Error("a second login with one reference was taken")
	}
	adds("a login again", 0)
	l.Reference = "M" // with the same evidence
	must(t, s.RecordLogin(ctx, l))
	adds("another login", 1)
	l.Reference, l.Token = "N", make([]byte, store.MaxValue+1)
	if err := s.RecordLogin(ctx, l); err == nil {
		t.Error("a token that is too large was taken")
	}
}

func raceEntries(t *testing.T, s store.Store) {
	const people = 16
	var all []store.Receipt
	for i := range people {
		all = append(all, received(t, s, opened(t, s, fmt.Sprint(i), fmt.Sprint("person ", i), store.Give)))
	}
	for i, err := range atOnce(people, func(i int) error { return s.Complete(t.Context(), newCompletion(all[i])) }) {
		if err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	if n := newest(t, s).Number; n != people {
		t.Errorf("%d entries, want %d", n, people)
	}
}

func heads(t *testing.T, s store.Store) {
	ctx := t.Context()
	_, err := s.NewestHead(ctx)
	wantNotFound(t, err)
	if err := s.AddHead(ctx, store.Head{SignedAt: now, Signature: []byte("imza")}); err == nil {
		t.Error("a head of no entry was taken")
	}
	recorded(t, s, opened(t, s, "A", ayse, store.Give))
	first := newest(t, s)
	recorded(t, s, opened(t, s, "B", mehmet, store.Give))
	second := newest(t, s)
	add := func(e store.Entry) error {
		return s.AddHead(ctx, store.Head{Entry: e, SignedAt: now.Add(time.Minute), Signature: []byte("imza")})
	}
	if err := add(store.Entry{Number: second.Number, Link: first.Link}); err == nil {
		t.Error("a head with another link was taken")
	}
	must(t, add(second))
	for _, e := range []store.Entry{first, second} {
		if err := add(e); err == nil {
			t.Errorf("a head of entry %d was taken after one of %d", e.Number, second.Number)
		}
	}
	h, err := s.NewestHead(ctx)
	must(t, err)
	if h.Entry != second || !h.SignedAt.Equal(now.Add(time.Minute)) || string(h.Signature) != "imza" {
		t.Errorf("got %+v", h)
	}
}
