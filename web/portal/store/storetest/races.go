package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// atOnce runs f(0) … f(n−1) at once and returns their errors.
func atOnce(n int, f func(i int) error) []error {
	var group sync.WaitGroup
	start, errs := make(chan struct{}), make([]error, n)
	for i := range n {
		group.Go(func() { <-start; errs[i] = f(i) })
	}
	close(start)
	group.Wait()
	return errs
}

// oneWins checks that exactly one of errs is nil and every other has the code.
func oneWins(t *testing.T, errs []error, code fault.Code) {
	t.Helper()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			wantCode(t, err, code)
		}
	}
	if won != 1 {
		t.Errorf("%d won, want 1", won)
	}
}

func raceOneReceipt(t *testing.T, s store.Store) {
	ctx, session := t.Context(), newSession("a", ayse)
	must(t, s.CreateSession(ctx, session))
	challenge := newChallenge("A", session, store.Give, now)
	must(t, s.IssueChallenge(ctx, challenge, limit))
	r := received(t, s, challenge)
	errs := atOnce(16, func(i int) error {
		c := newCompletion(r)
		c.Evidence.OCSP = []store.Answer{{DER: []byte{byte(i)}}}
		return s.Complete(ctx, c)
	})
	oneWins(t, errs, refusal.CodeUsed)
	evidence, err := s.Evidence(ctx, "A")
	must(t, err)
	if winner := evidence.OCSP[0].DER[0]; errs[winner] != nil {
		t.Errorf("the evidence is that of completion %d, which was refused: %v", winner, errs[winner])
	}
}

func raceTwoTabs(t *testing.T, s store.Store) {
	ctx, all := t.Context(), []store.Challenge{}
	for i := range 8 {
		session := newSession(fmt.Sprint("tab", i), ayse)
		must(t, s.CreateSession(ctx, session))
		all = append(all, newChallenge(fmt.Sprint(i), session, store.Give, now))
		must(t, s.IssueChallenge(ctx, all[i], limit))
	}
	errs := atOnce(len(all), func(i int) error { _, err := s.Receive(ctx, newArrival(all[i])); return err })
	oneWins(t, errs, refusal.SignaturePending)
	r, err := s.NewestReceipt(ctx, ayse)
	must(t, err)
	if errs[slices.IndexFunc(all, func(c store.Challenge) bool { return c.Reference == r.Reference })] != nil {
		t.Errorf("the open receipt is for %s, which was refused", r.Reference)
	}
	must(t, s.Complete(ctx, newCompletion(r)))
	wantState(t, s, ayse, store.Give)
}

func cancelled(t *testing.T, s store.Store) {
	session := newSession("a", ayse)
	must(t, s.CreateSession(t.Context(), session))
	challenge := newChallenge("A", session, store.Give, now)
	must(t, s.IssueChallenge(t.Context(), challenge, limit))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Receive(ctx, newArrival(challenge)); err == nil {
		t.Error("received in a cancelled context")
	}
	r := received(t, s, challenge)
	if err := s.Complete(ctx, newCompletion(r)); err == nil {
		t.Error("completed in a cancelled context")
	}
	if err := s.Refuse(ctx, r.Number, fault.CertificateRevoked, now); err == nil {
		t.Error("refused in a cancelled context")
	}
	wantState(t, s, ayse, "")
	must(t, s.Complete(t.Context(), newCompletion(r)))
}

func raceOneClaim(t *testing.T, s store.Store) {
	must(t, s.PutCards(t.Context(), []store.Card{newCard(serial, ayse)}, otherPUK))
	challenge := newPIN(t, s, "A", ayse)
	errs := atOnce(16, func(i int) error {
		c := newClaim(challenge)
		c.Claim, c.Machine = []byte{byte(i)}, newMachine(fmt.Sprint(i))
		_, err := s.Release(t.Context(), c)
		return err
	})
	oneWins(t, errs, refusal.CodeUsed)
	got, err := s.Released(t.Context(), "A")
	must(t, err)
	if winner := got.Claim[0]; errs[winner] != nil {
		t.Errorf("on record is claim %d, which was refused: %v", winner, errs[winner])
	}
	if list, err := s.Machines(t.Context(), ayse); err != nil || len(list) != 1 {
		t.Errorf("%d machines are enrolled, %v, want the winner's", len(list), err)
	}
}

func raceSameClaim(t *testing.T, s store.Store) {
	must(t, s.PutCards(t.Context(), []store.Card{newCard(serial, ayse)}, otherPUK))
	c := newClaim(newPIN(t, s, "A", ayse))
	for i, err := range atOnce(16, func(int) error { _, err := s.Release(t.Context(), c); return err }) {
		if err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	wantReleases(t, s, ayse, "A")
}

func raceDay(t *testing.T, s store.Store) {
	must(t, s.PutCards(t.Context(), []store.Card{newCard(serial, ayse)}, otherPUK))
	var all []store.Claim
	for i := range 8 {
		c := newClaim(newPIN(t, s, fmt.Sprint(i), ayse))
		c.PerDay = 1
		all = append(all, c)
	}
	oneWins(t, atOnce(len(all), func(i int) error { _, err := s.Release(t.Context(), all[i]); return err }), refusal.ReleaseLimit)
}

func raceReports(t *testing.T, s store.Store) {
	must(t, s.PutCards(t.Context(), []store.Card{newCard(serial, ayse)}, otherPUK))
	c := newClaim(newPIN(t, s, "A", ayse))
	given(t, s, c)
	oneWins(t, atOnce(8, func(i int) error {
		r := newReport(c, protocol.OutcomeDone)
		r.Report = []byte{byte(i)}
		return s.Report(t.Context(), r)
	}), refusal.CodeUsed)
}
