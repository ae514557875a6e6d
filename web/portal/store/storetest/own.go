package storetest

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

var own = []test{
	{"sessions of a person", sessionsOf},
	{"sessions of a person are bounded", sessionsBounded},
	{"sessions of a person end", deleteSessionsOf},
	{"acts and receipts of a person", actsOf},
	{"copies of a person's acts", copiesOf},
	{"logins of a person", loginsOf},
	{"traces of a person", tracesOf},
	{"erasure", erase},
	{"erasure keeps what proves", eraseKeeps},
}

// wantSessions checks the list of a person's sessions at a time.
func wantSessions(t *testing.T, s store.Store, citizenNumber string, at time.Time, want ...store.Session) {
	t.Helper()
	got, err := s.SessionsOf(t.Context(), citizenNumber, at, idle)
	must(t, err)
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func sessionsOf(t *testing.T, s store.Store) {
	older, newer, other := newSession("a", ayse), newSession("b", ayse), newSession("c", mehmet)
	newer.CreatedAt, newer.SeenAt, newer.Device = now.Add(time.Minute), now.Add(10*time.Minute), ""
	for _, session := range []store.Session{older, newer, other} {
		must(t, s.CreateSession(t.Context(), session))
	}
	wantSessions(t, s, ayse, now.Add(20*time.Minute), newer, older)
	wantSessions(t, s, ayse, now.Add(idle), newer) // the older one is idle
	wantSessions(t, s, ayse, older.ExpiresAt)
	wantSessions(t, s, mehmet, now, other)
	wantSessions(t, s, "11111111101", now)
}

func sessionsBounded(t *testing.T, s store.Store) {
	for i := range store.MaxItems + 1 {
		session := newSession(fmt.Sprint(i), ayse)
		session.CreatedAt = now.Add(time.Duration(i) * time.Second)
		must(t, s.CreateSession(t.Context(), session))
	}
	got, err := s.SessionsOf(t.Context(), ayse, now, idle)
	must(t, err)
	if len(got) != store.MaxItems || got[0].ID != store.HashOf(fmt.Sprint(store.MaxItems)) {
		t.Errorf("%d sessions, the first of %v", len(got), got[0].CreatedAt)
	}
	if n, err := s.DeleteSessionsOf(t.Context(), ayse, store.Hash{}); err != nil || n != store.MaxItems+1 {
		t.Errorf("ended %d, %v", n, err)
	}
}

func deleteSessionsOf(t *testing.T, s store.Store) {
	ctx := t.Context()
	present, old, other := newSession("a", ayse), newSession("b", ayse), newSession("c", mehmet)
	old.ExpiresAt = now // over, and not purged yet
	for _, session := range []store.Session{present, old, other} {
		must(t, s.CreateSession(ctx, session))
	}
	for i, want := range []int{1, 0} {
		if n, err := s.DeleteSessionsOf(ctx, ayse, present.ID); err != nil || n != want {
			t.Errorf("time %d: ended %d, %v", i, n, err)
		}
	}
	wantSessions(t, s, ayse, now, present)
	if n, err := s.DeleteSessionsOf(ctx, ayse, other.ID); err != nil || n != 1 {
		t.Errorf("all but another person's: ended %d, %v", n, err)
	}
	wantSessions(t, s, ayse, now)
	wantSessions(t, s, mehmet, now, other)
	wantCode(t, s.IssueChallenge(ctx, newChallenge("A", present, store.Give, now), limit), fault.LoginRequired)
}

func actsOf(t *testing.T, s store.Store) {
	ctx, session := t.Context(), newSession("a", ayse)
	must(t, s.CreateSession(ctx, session))
	var want []store.Act
	for i, kind := range []store.Kind{store.Give, store.Withdraw, store.Give} {
		c := newChallenge(fmt.Sprint(i), session, kind, now.Add(time.Duration(i)*time.Minute))
		must(t, s.IssueChallenge(ctx, c, limit))
		recorded(t, s, c)
		act, err := s.Act(ctx, c.Reference)
		must(t, err)
		want = slices.Insert(want, 0, act)
	}
	var receipts []store.Receipt
	for i := range 2 { // the first refused, the second open
		c := newChallenge(fmt.Sprint(3+i), session, store.Withdraw, now.Add(time.Duration(3+i)*time.Minute))
		must(t, s.IssueChallenge(ctx, c, store.Limit{Count: 9, Window: limit.Window}))
		r := received(t, s, c)
		if i == 0 {
			must(t, s.Refuse(ctx, r.Number, fault.SignatureInvalid, r.ReceivedAt))
			r.Code, r.RefusedAt = fault.SignatureInvalid, r.ReceivedAt
		}
		receipts = slices.Insert(receipts, 0, r)
	}
	for _, n := range []int{0, 2, 9} {
		got, err := s.ActsOf(ctx, ayse, n)
		must(t, err)
		if !slices.Equal(got, want[:min(n, len(want))]) {
			t.Errorf("%d acts: got %+v", n, got)
		}
		list, err := s.ReceiptsOf(ctx, ayse, n)
		must(t, err)
		if expected := receipts[:min(n, len(receipts))]; len(list) != len(expected) || n > 0 && !reflect.DeepEqual(list, expected) {
			t.Errorf("%d receipts: got %+v", n, list)
		}
	}
	acts, err := s.ActsOf(ctx, mehmet, 9)
	list, err2 := s.ReceiptsOf(ctx, mehmet, 9)
	if len(acts) != 0 || len(list) != 0 || err != nil || err2 != nil {
		t.Errorf("another person has %v, %v, %v, %v", acts, list, err, err2)
	}
}

func copiesOf(t *testing.T, s store.Store) {
	ctx := t.Context()
	reference := toLast(t, s)
	wantCopies := func(citizenNumber string, n int, want ...store.Copy) {
		t.Helper()
		got, err := s.CopiesOf(ctx, citizenNumber, n)
		must(t, err)
		if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	wantCopies(ayse, 9)
	at := now.Add(time.Hour)
	for version := 1; version <= 2; version++ {
		l, err := s.LeaseLasting(ctx, at, at.Add(time.Minute))
		must(t, err)
		until := at.AddDate(version, 0, 0)
		must(t, s.AddCopy(ctx, l, store.Copy{Signature: []byte("kalıcı"), MadeAt: at, LastsUntil: until}, at))
		wantCopies(ayse, 9, store.Copy{Reference: reference, Version: version, MadeAt: at, LastsUntil: until})
	}
	wantCopies(ayse, 0)
	wantCopies(mehmet, 9)
}

func loginsOf(t *testing.T, s store.Store) {
	ctx := t.Context()
	newLogin := func(reference, citizenNumber string, at time.Time) store.Login {
		return store.Login{
			Reference: reference, CitizenNumber: citizenNumber, Name: "AYŞE YILMAZ", Way: "e-imza", Origin: "https://eonay.example",
			Nonce: "sorgu " + reference, Token: []byte("belirteç"), ReceivedAt: at, Evidence: store.Evidence{VerifiedAt: at.Add(time.Second)},
		}
	}
	first, second := newLogin("A", ayse, now), newLogin("B", ayse, now.Add(time.Minute))
	for _, l := range []store.Login{first, second, newLogin("C", mehmet, now)} {
		l.Evidence.Path = [][]byte{[]byte("kişi"), []byte("kök")}
		must(t, s.RecordLogin(ctx, l))
	}
	for n, want := range [][]store.Login{nil, {second}, {second, first}, {second, first}} {
		got, err := s.LoginsOf(ctx, ayse, n)
		must(t, err)
		if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("%d logins: got %+v, want %+v", n, got, want)
		}
	}
}

func tracesOf(t *testing.T, s store.Store) {
	ctx := t.Context()
	c := newPINWithCode(t, s, "A")
	wantCode(t, s.ConfirmCode(ctx, typed(c, wrong, now)), refusal.OneTimeCodeWrong)
	must(t, s.JobDone(ctx, leased(t, s, codes, now), now.Add(time.Second)))
	must(t, s.SendCode(ctx, func() store.OneTimeCode {
		next := newCode(c)
		next.IssuedAt = now.Add(time.Minute)
		return next
	}(), newMessage("kod"), mailings))
	c.Document = nil
	want := store.Traces{
		Challenges: []store.Challenge{c},
		Messages: []store.SentMessage{
			{Kind: store.CodeMessage, CreatedAt: now.Add(time.Minute)},
			{Kind: store.CodeMessage, CreatedAt: now, EndedAt: now.Add(time.Second), Sent: true},
		},
		Failures: []time.Time{now},
	}
	got, err := s.TracesOf(ctx, ayse, 9)
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, err = s.TracesOf(ctx, ayse, 1); err != nil || len(got.Messages) != 1 {
		t.Errorf("one of each: %+v, %v", got, err)
	}
	if got, err = s.TracesOf(ctx, mehmet, 9); err != nil || len(got.Challenges)+len(got.Messages)+len(got.Failures) != 0 {
		t.Errorf("another person: %+v, %v", got, err)
	}
}

func erase(t *testing.T, s store.Store) {
	ctx := t.Context()
	card, other := newCard(serial, ayse), newCard("B", mehmet)
	card.Contact, other.Contact = []byte("adres"), []byte("başka adres")
	must(t, s.PutCards(ctx, []store.Card{card, other}, otherPUK))
	claim := newClaim(newPIN(t, s, "A", ayse))
	given(t, s, claim)
	unused, others := newPIN(t, s, "B", ayse), newPIN(t, s, "C", mehmet)
	must(t, s.SendCode(ctx, newCode(unused), newMessage("kod"), mailings))
	at := now.Add(time.Minute)
	must(t, s.Erase(ctx, store.Erasure{CitizenNumber: ayse, At: at, Notice: &store.Message{Sealed: []byte("silindi"), ExpiresAt: at.Add(time.Hour)}}))

	wantSessions(t, s, ayse, now)
	for _, err := range []error{
		second(s.Contact(ctx, ayse)), second(s.Challenge(ctx, unused.Reference)), second(s.Session(ctx, unused.Session, now, idle)),
	} {
		wantNotFound(t, err)
	}
	standing, err := s.Standing(ctx, unused.Session, ayse)
	must(t, err)
	if !standing.Code.IssuedAt.IsZero() {
		t.Errorf("the one-time code is still there: %+v", standing)
	}
	m, err := s.Machine(ctx, ayse, claim.Machine.ID)
	must(t, err)
	if m.Platform != "" || m.Protection != "" || !m.FirstSeen.Equal(claim.IssuedAt) {
		t.Errorf("the machine is %+v", m)
	}
	for _, err := range []error{
		second(s.Contact(ctx, mehmet)), second(s.Challenge(ctx, others.Reference)), second(s.Session(ctx, others.Session, now, idle)),
	} {
		if err != nil {
			t.Errorf("another person's is gone: %v", err)
		}
	}
	if code, told := leased(t, s, codes, at), leased(t, s, tellings, at); string(code.Payload) != "kod" || string(told.Payload) != "silindi" {
		t.Errorf("the messages are %q and %q", code.Payload, told.Payload)
	}
	must(t, s.Erase(ctx, store.Erasure{CitizenNumber: ayse, At: at})) // once more, without a notice
}

func eraseKeeps(t *testing.T, s store.Store) {
	ctx, session := t.Context(), newSession("a", ayse)
	must(t, s.CreateSession(ctx, session))
	c, pending := newChallenge("A", session, store.Give, now), newChallenge("B", session, store.Withdraw, now.Add(time.Minute))
	must(t, s.IssueChallenge(ctx, c, limit))
	recorded(t, s, c)
	must(t, s.IssueChallenge(ctx, pending, limit))
	open := received(t, s, pending)
	pin := newPINWithCode(t, s, "C")
	given(t, s, newClaim(pin))
	wantCode(t, s.ConfirmCode(ctx, typed(pin, wrong, now)), refusal.OneTimeCodeOver) // used by the release
	next := newPINWithCode(t, s, "D")
	wantCode(t, s.ConfirmCode(ctx, typed(next, wrong, now)), refusal.OneTimeCodeWrong)
	must(t, s.Erase(ctx, store.Erasure{CitizenNumber: ayse, At: now}))

	wantState(t, s, ayse, store.Give)
	if e, err := s.Evidence(ctx, "A"); err != nil || len(e.Path) == 0 {
		t.Errorf("the evidence: %+v, %v", e, err)
	}
	wantReleases(t, s, ayse, "C")
	if cards, err := s.Cards(ctx, ayse); err != nil || len(cards) != 1 {
		t.Errorf("the cards: %+v, %v", cards, err)
	}
	if standing, err := s.Standing(ctx, next.Session, ayse); err != nil || len(standing.Failures) != 1 {
		t.Errorf("the failures: %+v, %v", standing, err)
	}
	must(t, s.Complete(ctx, newCompletion(open))) // the signature that had arrived counts
	wantState(t, s, ayse, store.Withdraw)
}

// second is the error of a look-up.
func second[T any](_ T, err error) error { return err }
