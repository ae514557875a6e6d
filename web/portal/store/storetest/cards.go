package storetest

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/store"
)

const serial = "0123456789ABCDEF"

func newCard(serial, citizenNumber string) store.Card {
	return store.Card{
		Serial: serial, CitizenNumber: citizenNumber, PUK: []byte("şifreli " + serial),
		Certificates: []store.CardCertificate{newCertificate(1)},
	}
}

// newCertificate is one that ends n years from now.
func newCertificate(n int) store.CardCertificate {
	return store.CardCertificate{SHA256: store.Fingerprint{byte(n)}, NotBefore: now.AddDate(n-3, 0, 0), NotAfter: now.AddDate(n, 0, 0)}
}

// otherPUK takes every PUK for another one, samePUK for the same.
func otherPUK(string, []byte, []byte) bool { return true }
func samePUK(string, []byte, []byte) bool  { return false }

func cards(t *testing.T, s store.Store) {
	ctx := t.Context()
	a, b, c := newCard("A", ayse), newCard("B", ayse), newCard("C", mehmet)
	must(t, s.PutCards(ctx, []store.Card{b, a, c}, otherPUK))
	want := func(citizenNumber string, want ...store.Card) {
		t.Helper()
		got, err := s.Cards(ctx, citizenNumber)
		must(t, err)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	want(ayse, a, b)
	want("11111111101")
	renewed := a
	renewed.PUK, renewed.Certificates = []byte("başka"), []store.CardCertificate{newCertificate(2)}
	must(t, s.PutCards(ctx, []store.Card{renewed, renewed}, otherPUK))
	renewed.Certificates = []store.CardCertificate{newCertificate(2), newCertificate(1)}
	want(ayse, renewed, b)
	want(mehmet, c)
	if !renewed.Has(newCertificate(1).SHA256) || renewed.Has(newCertificate(3).SHA256) {
		t.Error("Has does not tell which certificates a card has")
	}
}

func cardsRefused(t *testing.T, s store.Store) {
	ctx := t.Context()
	must(t, s.PutCards(ctx, []store.Card{newCard("A", ayse)}, otherPUK))
	large := newCard("C", ayse)
	large.PUK = make([]byte, store.MaxValue+1)
	for name, cards := range map[string][]store.Card{
		"another person's": {newCard("B", mehmet), newCard("A", mehmet)},
		"too large":        {newCard("B", mehmet), large},
	} {
		if err := s.PutCards(ctx, cards, otherPUK); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if got, err := s.Cards(ctx, mehmet); err != nil || len(got) != 0 {
		t.Errorf("half of a list was taken: %+v, %v", got, err)
	}
	if got, err := s.Cards(ctx, ayse); err != nil || len(got) != 1 {
		t.Errorf("the card that was there: %+v, %v", got, err)
	}
}

func outcomes(t *testing.T, s store.Store) {
	ctx := t.Context()
	for i, test := range []struct {
		outcome fault.Code
		marks   bool
	}{
		{protocol.OutcomeDone, false}, {fault.TokenRemoved, false}, {fault.PINRefused, false},
		{fault.PUKIncorrect, true}, {fault.PUKLastTry, true}, {fault.PUKLocked, true},
	} {
		must(t, s.PutCards(ctx, []store.Card{newCard(serial, ayse), newCard("OTHER", ayse)}, otherPUK)) // clears the mark
		c := newClaim(newPIN(t, s, fmt.Sprint(i), ayse))
		c.PerDay = 100
		given(t, s, c)
		must(t, s.Report(ctx, newReport(c, test.outcome)))
		got, err := s.Cards(ctx, ayse)
		must(t, err)
		if got[0].PUKRefused != test.marks || got[1].PUKRefused {
			t.Errorf("%s: marks are %v and %v, want %v and false", test.outcome, got[0].PUKRefused, got[1].PUKRefused, test.marks)
		}
		must(t, s.PutCards(ctx, []store.Card{newCard(serial, ayse)}, samePUK))
		if got, err = s.Cards(ctx, ayse); err != nil || got[0].PUKRefused != test.marks {
			t.Errorf("%s: with the same PUK once more the mark is %v, %v, want %v", test.outcome, got[0].PUKRefused, err, test.marks)
		}
	}
}
