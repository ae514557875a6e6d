// Package storetest proves that an implementation keeps the contract of store.Store.
package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// The synthetic people of the tests.
const (
	ayse   = "10000000146"
	mehmet = "11111111110"
)

const idle = 30 * time.Minute

var (
	now   = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	limit = store.Limit{Count: 5, Window: 10 * time.Minute}
)

// test proves one part of the contract on a store without content.
type test struct {
	name string
	run  func(t *testing.T, s store.Store)
}

// Run runs the suite. open returns a store without content; it is called once for each test and
// closes the store when that test ends.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, test := range slices.Concat(acts, receipts, releases, proofs, letters, chain, lasting, own, applications, drafts, applicationKeys, approvals, activations, ending, jobs, payments, orderPayments, roles, shipments, orders, statuses, officers, lists, decisions) {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

var acts = []test{
	{"sessions", sessions},
	{"session ends", sessionEnds},
	{"challenges", challenges},
	{"a new challenge ends the session's others", supersession},
	{"challenge limit", challengeLimit},
	{"challenges refused", challengesRefused},
	{"completion", completion},
	{"give, withdraw, give", sequence},
	{"too large", tooLarge},
	{"one receipt, many completions", raceOneReceipt},
	{"one person, two tabs", raceTwoTabs},
	{"cancelled", cancelled},
	{"purge", purge},
	{"ping and close", pingAndClose},
}

func newSession(secret, citizenNumber string) store.Session {
	return store.Session{
		ID: store.HashOf(secret), CitizenNumber: citizenNumber, Name: "AYŞE YILMAZ",
		AuthenticatedAt: now.Add(-time.Minute), ACR: "high", AMR: "hwk pin", Device: "firefox/linux",
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(8 * time.Hour),
	}
}

func newChallenge(reference string, s store.Session, kind store.Kind, issued time.Time) store.Challenge {
	return store.Challenge{
		Reference: reference, Session: s.ID, CitizenNumber: s.CitizenNumber, Kind: kind,
		Code: "168857414351237", TextVersion: "f00d", Document: []byte("belge " + reference + "\n"),
		IssuedAt: issued, ExpiresAt: issued.Add(300 * time.Second),
	}
}

// newArrival is of a signature a minute after its challenge was issued.
func newArrival(c store.Challenge) store.Arrival {
	return store.Arrival{
		Reference: c.Reference, Session: c.Session, SessionIdle: idle, ReceivedAt: c.IssuedAt.Add(time.Minute),
		Signature: []byte("imza " + c.Reference), DueAt: c.IssuedAt.Add(2 * time.Minute),
	}
}

func newCompletion(r store.Receipt) store.Completion {
	return store.Completion{
		Receipt: r.Number, Reference: r.Reference,
		Evidence: store.Evidence{
			Path:        [][]byte{[]byte("kişi"), []byte("alt kök"), []byte("kök")},
			OCSP:        []store.Answer{{DER: []byte("ocsp"), URL: "http://ocsp.example"}},
			CRLs:        []store.Answer{{DER: []byte("sil 1"), URL: "http://sil.example/1"}, {DER: []byte("sil 2")}},
			CRLSigners:  [][]byte{[]byte("sil imzacısı")},
			SigningTime: r.ReceivedAt.Add(-10 * time.Second), VerifiedAt: r.ReceivedAt.Add(time.Second),
			RecordedAt: r.ReceivedAt.Add(2 * time.Second),
		},
	}
}

// received has a signature arrive for a challenge.
func received(t *testing.T, s store.Store, c store.Challenge) store.Receipt {
	t.Helper()
	r, err := s.Receive(t.Context(), newArrival(c))
	must(t, err)
	return r
}

// recorded makes a challenge an act, and returns its completion.
func recorded(t *testing.T, s store.Store, c store.Challenge) store.Completion {
	t.Helper()
	completion := newCompletion(received(t, s, c))
	must(t, s.Complete(t.Context(), completion))
	return completion
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, code fault.Code) {
	t.Helper()
	if err == nil || fault.CodeOf(err) != code {
		t.Errorf("got %v, want code %s", err, code)
	}
}

func wantNotFound(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

// wantState checks who the person is to everybody who asks: the newest act's kind, "" for none.
func wantState(t *testing.T, s store.Store, citizenNumber string, want store.Kind) {
	t.Helper()
	act, err := s.NewestAct(t.Context(), citizenNumber)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	if act.Kind != want {
		t.Errorf("state is %q, want %q", act.Kind, want)
	}
}

func sessions(t *testing.T, s store.Store) {
	ctx, want := t.Context(), newSession("a", ayse)
	must(t, s.CreateSession(ctx, want))
	if err := s.CreateSession(ctx, want); err == nil {
		t.Error("a second session with one ID was taken")
	}
	got, err := s.Session(ctx, want.ID, now, idle)
	must(t, err)
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	_, err = s.Session(ctx, store.HashOf("b"), now, idle)
	wantNotFound(t, err)

	must(t, s.DeleteSession(ctx, want.ID))
	must(t, s.DeleteSession(ctx, want.ID))
	must(t, s.TouchSession(ctx, want.ID, now))
	_, err = s.Session(ctx, want.ID, now, idle)
	wantNotFound(t, err)
}

func sessionEnds(t *testing.T, s store.Store) {
	ctx, session := t.Context(), newSession("a", ayse)
	must(t, s.CreateSession(ctx, session))
	for at, lives := range map[time.Duration]bool{
		0: true, idle - time.Millisecond: true, idle: false, 9 * time.Hour: false,
	} {
		if _, err := s.Session(ctx, session.ID, now.Add(at), idle); (err == nil) != lives {
			t.Errorf("after %v: %v", at, err)
		}
	}
	must(t, s.TouchSession(ctx, session.ID, now.Add(8*time.Hour-time.Minute)))
	must(t, s.TouchSession(ctx, session.ID, now.Add(time.Minute))) // never backwards
	if _, err := s.Session(ctx, session.ID, session.ExpiresAt.Add(-time.Millisecond), idle); err != nil {
		t.Errorf("a touched session ended early: %v", err)
	}
	_, err := s.Session(ctx, session.ID, session.ExpiresAt, idle)
	wantNotFound(t, err)
}

func challenges(t *testing.T, s store.Store) {
	ctx, session := t.Context(), newSession("a", ayse)
	must(t, s.CreateSession(ctx, session))
	_, err := s.NewestChallenge(ctx, session.ID, store.Give)
	wantNotFound(t, err)
	_, err = s.Challenge(ctx, "A")
	wantNotFound(t, err)

	want := newChallenge("A", session, store.Give, now)
	must(t, s.IssueChallenge(ctx, want, limit))
	for name, get := range map[string]func() (store.Challenge, error){
		"Challenge": func() (store.Challenge, error) { return s.Challenge(ctx, "A") },
		"NewestChallenge": func() (store.Challenge, error) {
			return s.NewestChallenge(ctx, session.ID, store.Withdraw, store.Give)
		},
	} {
		got, err := get()
		must(t, err)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	if err := s.IssueChallenge(ctx, want, limit); err == nil {
		t.Error("a second challenge with one reference was taken")
	}
}

func supersession(t *testing.T, s store.Store) {
	ctx, session, other := t.Context(), newSession("a", ayse), newSession("b", ayse)
	must(t, s.CreateSession(ctx, session))
	must(t, s.CreateSession(ctx, other))
	later := now.Add(time.Minute)
	must(t, s.IssueChallenge(ctx, newChallenge("A", session, store.Give, now), limit))
	must(t, s.IssueChallenge(ctx, newChallenge("B", other, store.Give, now), limit))
	must(t, s.IssueChallenge(ctx, newChallenge("C", session, store.Give, later), limit))
	for reference, ends := range map[string]time.Time{"A": later, "B": now.Add(300 * time.Second), "C": later.Add(300 * time.Second)} {
		c, err := s.Challenge(ctx, reference)
		must(t, err)
		if !c.ExpiresAt.Equal(ends) {
			t.Errorf("%s ends at %v, want %v", reference, c.ExpiresAt, ends)
		}
	}
	newest, err := s.NewestChallenge(ctx, session.ID, store.Give)
	must(t, err)
	if newest.Reference != "C" {
		t.Errorf("newest is %s, want C", newest.Reference)
	}
}

func challengeLimit(t *testing.T, s store.Store) {
	ctx, session := t.Context(), newSession("a", ayse)
	must(t, s.CreateSession(ctx, session))
	issue := func(name string, at time.Time) error {
		return s.IssueChallenge(ctx, newChallenge(name, session, store.Give, at), limit)
	}
	for i := range limit.Count {
		must(t, issue(fmt.Sprint(i), now))
	}
	wantCode(t, issue("one more", now.Add(time.Minute)), refusal.CodeLimit)
	newest, err := s.NewestChallenge(ctx, session.ID, store.Give)
	must(t, err)
	if want := fmt.Sprint(limit.Count - 1); newest.Reference != want || !newest.ExpiresAt.After(now) {
		t.Error("a refused challenge changed the session's newest one")
	}
	must(t, issue("after the window", now.Add(limit.Window)))
}

func challengesRefused(t *testing.T, s store.Store) {
	ctx, session := t.Context(), newSession("a", ayse)
	must(t, s.CreateSession(ctx, session))
	wantCode(t, s.IssueChallenge(ctx, newChallenge("A", newSession("b", ayse), store.Give, now), limit), fault.LoginRequired)
	wantCode(t, s.IssueChallenge(ctx, newChallenge("A", newSession("a", mehmet), store.Give, now), limit), fault.LoginRequired)
	wantCode(t, s.IssueChallenge(ctx, newChallenge("A", session, store.Give, session.ExpiresAt), limit), fault.LoginRequired)
	wantCode(t, s.IssueChallenge(ctx, newChallenge("A", session, store.Withdraw, now), limit), refusal.ActNotPossible)
	_, err := s.Challenge(ctx, "A")
	wantNotFound(t, err)
}

func completion(t *testing.T, s store.Store) {
	ctx, session := t.Context(), newSession("a", ayse)
	must(t, s.CreateSession(ctx, session))
	_, err := s.NewestAct(ctx, ayse)
	wantNotFound(t, err)
	_, err = s.Act(ctx, "A")
	wantNotFound(t, err)
	_, err = s.Evidence(ctx, "A")
	wantNotFound(t, err)

	challenge := newChallenge("A", session, store.Give, now)
	must(t, s.IssueChallenge(ctx, challenge, limit))
	c, arrival := recorded(t, s, challenge), newArrival(challenge)

	act, err := s.Act(ctx, "A")
	must(t, err)
	want := store.Act{Reference: "A", CitizenNumber: ayse, Name: session.Name, Kind: store.Give, TextVersion: "f00d", ReceivedAt: arrival.ReceivedAt, RecordedAt: c.Evidence.RecordedAt, ACR: session.ACR, AMR: session.AMR}
	if act != want {
		t.Errorf("got %+v, want %+v", act, want)
	}
	newest, err := s.NewestAct(ctx, ayse)
	must(t, err)
	if newest != want {
		t.Errorf("newest: got %+v, want %+v", newest, want)
	}
	evidence, err := s.Evidence(ctx, "A")
	must(t, err)
	c.Evidence.Document, c.Evidence.Signature = challenge.Document, arrival.Signature
	if !reflect.DeepEqual(evidence, c.Evidence) {
		t.Errorf("got %+v, want %+v", evidence, c.Evidence)
	}
	used, err := s.Challenge(ctx, "A")
	must(t, err)
	if !used.Used {
		t.Error("the challenge is not used")
	}
	wantState(t, s, mehmet, "")
}

func sequence(t *testing.T, s store.Store) {
	ctx, session := t.Context(), newSession("a", ayse)
	must(t, s.CreateSession(ctx, session))
	for i, kind := range []store.Kind{store.Give, store.Withdraw, store.Give} {
		c := newChallenge(fmt.Sprint(i), session, kind, now.Add(time.Duration(i)*time.Minute))
		must(t, s.IssueChallenge(ctx, c, limit))
		recorded(t, s, c)
		wantState(t, s, ayse, kind)
	}
}

func tooLarge(t *testing.T, s store.Store) {
	ctx, session := t.Context(), newSession("a", ayse)
	must(t, s.CreateSession(ctx, session))
	challenge := newChallenge("A", session, store.Give, now)
	must(t, s.IssueChallenge(ctx, challenge, limit))
	large := newArrival(challenge)
	large.Signature = make([]byte, store.MaxValue+1)
	if _, err := s.Receive(ctx, large); err == nil {
		t.Error("a signature that is too large was taken")
	}
	r := received(t, s, challenge)
	for name, change := range map[string]func(*store.Evidence){
		"one item": func(e *store.Evidence) { e.CRLs = []store.Answer{{DER: make([]byte, store.MaxValue+1)}} },
		"items":    func(e *store.Evidence) { e.Path = make([][]byte, store.MaxItems+1) },
	} {
		c := newCompletion(r)
		change(&c.Evidence)
		if err := s.Complete(ctx, c); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	wantState(t, s, ayse, "")
	c := newCompletion(r)
	c.Evidence.CRLs = []store.Answer{{DER: bytes.Repeat([]byte{7}, store.MaxValue)}}
	must(t, s.Complete(ctx, c))
}

func purge(t *testing.T, s store.Store) {
	ctx, session := t.Context(), newSession("a", ayse)
	must(t, s.CreateSession(ctx, session))
	unused, used := newChallenge("A", session, store.Give, now), newChallenge("B", session, store.Give, now.Add(time.Second))
	must(t, s.IssueChallenge(ctx, unused, limit))
	must(t, s.IssueChallenge(ctx, used, limit))
	recorded(t, s, used)

	must(t, s.Purge(ctx, now))
	if _, err := s.Challenge(ctx, "A"); err != nil {
		t.Errorf("purged too early: %v", err)
	}
	must(t, s.Purge(ctx, session.ExpiresAt.Add(time.Second)))
	_, err := s.Session(ctx, session.ID, now, idle)
	wantNotFound(t, err)
	_, err = s.Challenge(ctx, "A")
	wantNotFound(t, err)
	if _, err := s.Challenge(ctx, "B"); err != nil {
		t.Errorf("a used challenge was purged: %v", err)
	}
	wantState(t, s, ayse, store.Give)
	must(t, s.CreateSession(ctx, session))
	must(t, s.IssueChallenge(ctx, newChallenge("C", session, store.Withdraw, now.Add(time.Hour)), limit))
}

func pingAndClose(t *testing.T, s store.Store) {
	must(t, s.Ping(t.Context()))
	must(t, s.Close())
	if err := s.Ping(t.Context()); err == nil {
		t.Error("a closed store answers")
	}
}
