package storetest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

var proofs = []test{
	{"a one-time code, from sending to its release", oneTimeCode},
	{"one-time codes refused", codesRefused},
	{"a confirmed code that is over", confirmationOver},
	{"a code asked for twice at once", codeTwice},
	{"a slow letter", slowLetter},
	{"wrong codes and the waiting time", waitingTime},
	{"a refused PUK is a failure", refusedPUKCounts},
	{"what a release asks of the login", loginAsked},
	{"the same claim again needs no code", claimAgainWithoutCode},
	{"contacts", contacts},
	{"notices of releases", notices},
	{"codes are purged", codePurge},
	{"wrong codes at once", raceWrongCodes},
	{"one code, many releases", raceOneConfirmation},
}

var (
	waiting  = store.Waiting{After: store.Limit{Count: 3, Window: 24 * time.Hour}, Pause: time.Hour}
	mailings = store.Sending{Limit: store.Limit{Count: 5, Window: 30 * time.Minute}}
	right    = store.HashOf("12345678")
	wrong    = store.HashOf("87654321")
)

func newCode(c store.Challenge) store.OneTimeCode {
	return store.OneTimeCode{
		Session: c.Session, CitizenNumber: c.CitizenNumber, Code: right, IssuedAt: now, ExpiresAt: now.Add(10 * time.Minute),
	}
}

func newMessage(text string) store.Message {
	return store.Message{Sealed: []byte(text), ExpiresAt: now.Add(10 * time.Minute)}
}

func typed(c store.Challenge, code store.Hash, at time.Time) store.TypedCode {
	return store.TypedCode{Session: c.Session, SessionIdle: idle, Code: code, At: at, Until: at.Add(10 * time.Minute), Waiting: waiting}
}

// codeClaim is a claim that needs a one-time code.
func codeClaim(c store.Challenge) store.Claim {
	claim := newClaim(c)
	claim.Proof.WithoutCode = false
	return claim
}

// newPINWithCode is newPIN with a card on record and a one-time code sent.
func newPINWithCode(t *testing.T, s store.Store, reference string) store.Challenge {
	t.Helper()
	must(t, s.PutCards(t.Context(), []store.Card{newCard(serial, ayse)}, otherPUK))
	c := newPIN(t, s, reference, ayse)
	must(t, s.SendCode(t.Context(), newCode(c), newMessage("kod"), mailings))
	return c
}

func oneTimeCode(t *testing.T, s store.Store) {
	ctx := t.Context()
	c := newPINWithCode(t, s, "A")
	wantRefused(t, s, refusal.OneTimeCodeOver, codeClaim(c)) // nobody has typed it
	want := store.Standing{Code: newCode(c)}
	same := func(when string) {
		t.Helper()
		got, err := s.Standing(ctx, c.Session, ayse)
		must(t, err)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", when, got, want)
		}
	}
	same("sent")
	must(t, s.ConfirmCode(ctx, typed(c, right, now.Add(30*time.Second))))
	want.Code.Confirmed, want.Code.ExpiresAt = true, now.Add(10*time.Minute+30*time.Second)
	same("confirmed")
	wantCode(t, s.ConfirmCode(ctx, typed(c, right, now.Add(31*time.Second))), refusal.OneTimeCodeOver)
	given(t, s, codeClaim(c))
	want = store.Standing{}
	same("used")
	session := store.Session{ID: c.Session, CitizenNumber: ayse}
	second := newChallenge("B", session, store.PIN, now.Add(2*time.Minute))
	must(t, s.IssueChallenge(ctx, second, limit))
	wantRefused(t, s, refusal.OneTimeCodeOver, codeClaim(second))
	wantReleases(t, s, ayse, "A")
}

func codesRefused(t *testing.T, s store.Store) {
	ctx := t.Context()
	c, gone := newPINWithCode(t, s, "A"), newPIN(t, s, "B", ayse)
	must(t, s.DeleteSession(ctx, gone.Session))
	wantCode(t, s.SendCode(ctx, newCode(gone), newMessage("kod"), mailings), fault.LoginRequired)
	wantCode(t, s.ConfirmCode(ctx, typed(gone, right, now)), fault.LoginRequired)
	others := newCode(c)
	others.CitizenNumber = mehmet
	wantCode(t, s.SendCode(ctx, others, newMessage("kod"), mailings), fault.LoginRequired)
	wantCode(t, s.ConfirmCode(ctx, typed(newPIN(t, s, "C", ayse), right, now)), refusal.OneTimeCodeOver) // sent to another session
	wantCode(t, s.ConfirmCode(ctx, typed(c, right, now.Add(10*time.Minute))), refusal.OneTimeCodeOver)
	for i := range mailings.Limit.Count - 1 {
		must(t, s.SendCode(ctx, newCode(c), newMessage(string(rune('a'+i))), mailings))
	}
	another := newPIN(t, s, "D", ayse) // of the same person
	wantCode(t, s.SendCode(ctx, newCode(another), newMessage("kod"), mailings), refusal.CodeLimit)
	later := newCode(another)
	later.IssuedAt, later.ExpiresAt = now.Add(mailings.Limit.Window), now.Add(time.Hour)
	must(t, s.SendCode(ctx, later, newMessage("kod"), mailings))
}

// confirmationOver has a code confirmed, and uses it at the end of its time.
func confirmationOver(t *testing.T, s store.Store) {
	ctx := t.Context()
	c := newPINWithCode(t, s, "A")
	short := typed(c, right, now.Add(time.Minute))
	short.Until = now.Add(90 * time.Second)
	must(t, s.ConfirmCode(ctx, short))
	claim := codeClaim(c)
	claim.ReceivedAt = short.Until
	wantRefused(t, s, refusal.OneTimeCodeOver, claim)
	claim.ReceivedAt = short.Until.Add(-time.Millisecond)
	given(t, s, claim)
}

// codeTwice asks twice, as a double click does: the code that was sent first is good.
func codeTwice(t *testing.T, s store.Store) {
	ctx := t.Context()
	c := newPINWithCode(t, s, "A")
	rules := mailings
	rules.Pause = 10 * time.Second
	second := newCode(c)
	second.Code, second.IssuedAt = wrong, now.Add(9*time.Second)
	must(t, s.SendCode(ctx, second, newMessage("ikinci"), rules))
	if l := leased(t, s, codes, now.Add(time.Minute)); string(l.Payload) != "kod" {
		t.Errorf("the letter is %+v", l)
	}
	wantNoJob(t, s, codes, now.Add(time.Minute))
	second.IssuedAt = now.Add(10 * time.Second)
	must(t, s.SendCode(ctx, second, newMessage("ikinci"), rules))
	wantCode(t, s.ConfirmCode(ctx, typed(c, right, now.Add(20*time.Second))), refusal.OneTimeCodeWrong)
	must(t, s.ConfirmCode(ctx, typed(c, wrong, now.Add(20*time.Second))))
	must(t, s.SendCode(ctx, second, newMessage("üçüncü"), rules)) // the one before is confirmed
}

// slowLetter has the code come late: the login was just now when it was asked for, which is what counts.
func slowLetter(t *testing.T, s store.Store) {
	ctx := t.Context()
	c := newPINWithCode(t, s, "A")
	late := now.Add(9 * time.Minute)
	must(t, s.ConfirmCode(ctx, typed(c, right, late)))
	act := newChallenge("B", store.Session{ID: c.Session, CitizenNumber: ayse}, store.PIN, late)
	must(t, s.IssueChallenge(ctx, act, limit))
	sooner := codeClaim(act)
	sooner.Proof.LoginMaxAge = 59 * time.Second
	wantRefused(t, s, refusal.LoginStale, sooner)
	given(t, s, codeClaim(act))
}

// waitingTime has a person fail in two sessions: failures are the person's.
func waitingTime(t *testing.T, s store.Store) {
	ctx := t.Context()
	c, other := newPINWithCode(t, s, "A"), newPINWithCode(t, s, "B")
	for i, session := range []store.Challenge{c, other, c} {
		wantCode(t, s.ConfirmCode(ctx, typed(session, wrong, now.Add(time.Duration(i)*time.Second))), refusal.OneTimeCodeWrong)
	}
	for _, session := range []store.Challenge{c, other} {
		wantCode(t, s.ConfirmCode(ctx, typed(session, right, now.Add(3*time.Second))), refusal.PUKWait)
	}
	standing, err := s.Standing(ctx, other.Session, ayse)
	must(t, err)
	if want := []time.Time{now.Add(2 * time.Second), now.Add(time.Second), now}; !reflect.DeepEqual(standing.Failures, want) {
		t.Errorf("failures %v, want %v", standing.Failures, want)
	}
	wantRefused(t, s, refusal.PUKWait, codeClaim(c))
	if standing, err = s.Standing(ctx, other.Session, mehmet); err != nil || !reflect.DeepEqual(standing, store.Standing{}) {
		t.Errorf("another person has %+v, %v", standing, err)
	}

	// The next failure after the waiting time has the person wait again.
	over := now.Add(2*time.Second + time.Hour)
	code := newCode(c)
	code.IssuedAt, code.ExpiresAt = over, over.Add(10*time.Minute)
	must(t, s.SendCode(ctx, code, newMessage("kod"), mailings))
	again := typed(c, wrong, over)
	again.SessionIdle = 2 * time.Hour
	wantCode(t, s.ConfirmCode(ctx, again), refusal.OneTimeCodeWrong)
	again.Code = right
	wantCode(t, s.ConfirmCode(ctx, again), refusal.PUKWait)
	again.At = over.Add(time.Minute)
	wantCode(t, s.ConfirmCode(ctx, again), refusal.PUKWait)
}

func refusedPUKCounts(t *testing.T, s store.Store) {
	ctx := t.Context()
	must(t, s.PutCards(ctx, []store.Card{newCard(serial, ayse)}, otherPUK))
	for i, reference := range []string{"A", "B", "C"} {
		c := newClaim(newPIN(t, s, reference, ayse))
		given(t, s, c)
		r := newReport(c, fault.PUKIncorrect)
		r.ReportedAt = now.Add(time.Duration(i) * time.Second)
		must(t, s.Report(ctx, r))
		must(t, s.Report(ctx, r)) // the same again is no second failure
		must(t, s.PutCards(ctx, []store.Card{newCard(serial, ayse)}, otherPUK))
	}
	c := newClaim(newPIN(t, s, "D", ayse))
	c.PerDay = 10
	standing, err := s.Standing(ctx, c.Session, ayse)
	must(t, err)
	if len(standing.Failures) != 3 {
		t.Errorf("%d failures, want 3", len(standing.Failures))
	}
	wantRefused(t, s, refusal.PUKWait, c)
}

func loginAsked(t *testing.T, s store.Store) {
	ctx := t.Context()
	must(t, s.PutCards(ctx, []store.Card{newCard(serial, ayse)}, otherPUK))
	for _, test := range []struct {
		name  string
		login time.Time
		acr   string
		code  fault.Code
	}{
		{"just now", now, "high", ""},
		{"the longest age", now.Add(-5 * time.Minute), "high", ""},
		{"too old", now.Add(-5*time.Minute - time.Millisecond), "high", refusal.LoginStale},
		{"unknown", time.Time{}, "high", refusal.LoginStale},
		{"another level", now, "low", refusal.LoginWeak},
		{"no level", now, "", refusal.LoginWeak},
	} {
		session := newSession("session of "+test.name, ayse)
		session.AuthenticatedAt, session.ACR = test.login, test.acr
		must(t, s.CreateSession(ctx, session))
		challenge := newChallenge(test.name, session, store.PIN, now)
		must(t, s.IssueChallenge(ctx, challenge, limit))
		c := newClaim(challenge)
		if test.code == "" {
			given(t, s, c)
			continue
		}
		wantRefused(t, s, test.code, c)
		c.Proof.ACRs = nil
		if test.code == refusal.LoginWeak {
			c.PerDay = 10
			given(t, s, c)
		}
	}
	c := newClaim(newPIN(t, s, "nothing asked", ayse))
	c.Proof = store.Proof{}
	if _, err := s.Release(ctx, c); err == nil {
		t.Error("a proof of nothing was taken")
	}
}

func claimAgainWithoutCode(t *testing.T, s store.Store) {
	ctx := t.Context()
	c := newPINWithCode(t, s, "A")
	must(t, s.ConfirmCode(ctx, typed(c, right, now)))
	claim := codeClaim(c)
	given(t, s, claim)
	given(t, s, claim)
	wantReleases(t, s, ayse, "A")
}

func contacts(t *testing.T, s store.Store) {
	ctx := t.Context()
	_, err := s.Contact(ctx, ayse)
	wantNotFound(t, err)
	card, other := newCard(serial, ayse), newCard("SECOND", ayse)
	card.Contact = []byte("adres")
	must(t, s.PutCards(ctx, []store.Card{card, other}, otherPUK))
	same := func(want string) {
		t.Helper()
		if got, err := s.Contact(ctx, ayse); err != nil || string(got) != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	same("adres")
	card.Contact = []byte("yeni adres")
	must(t, s.PutCards(ctx, []store.Card{card}, otherPUK))
	same("yeni adres")
	_, err = s.Contact(ctx, mehmet)
	wantNotFound(t, err)
}

func notices(t *testing.T, s store.Store) {
	ctx := t.Context()
	must(t, s.PutCards(ctx, []store.Card{newCard(serial, ayse)}, otherPUK))
	known, unknown := newMessage("verildi"), newMessage("yeni bilgisayara verildi")
	for _, test := range []struct{ reference, want string }{{"A", string(unknown.Sealed)}, {"B", string(known.Sealed)}} {
		c := newClaim(newPIN(t, s, test.reference, ayse))
		c.Notice, c.NewMachineNotice = &known, &unknown
		given(t, s, c)
		given(t, s, c) // again, and no second notice
		l := leased(t, s, tellings, c.IssuedAt)
		if string(l.Payload) != test.want {
			t.Errorf("release %s is told by %+v", test.reference, l)
		}
		must(t, s.JobDone(ctx, l, c.IssuedAt))
	}
	refused := newClaim(newPIN(t, s, "C", ayse))
	refused.Notice, refused.NewMachineNotice, refused.PerDay = &known, &unknown, 1
	wantRefused(t, s, refusal.ReleaseLimit, refused)
	wantNoJob(t, s, tellings, now.Add(time.Hour))
}

func codePurge(t *testing.T, s store.Store) {
	ctx := t.Context()
	c := newPINWithCode(t, s, "A")
	wantCode(t, s.ConfirmCode(ctx, typed(c, wrong, now)), refusal.OneTimeCodeWrong)
	must(t, s.Purge(ctx, now.Add(24*time.Hour)))
	got, err := s.Standing(ctx, c.Session, ayse)
	must(t, err)
	if !got.Code.IssuedAt.IsZero() || len(got.Failures) != 1 {
		t.Errorf("after the purge: %+v", got)
	}
	leased(t, s, codes, now) // what has not ended was not purged
	for i, want := range []int{1, 0} {
		must(t, s.Purge(ctx, now.Add(store.FailureKept+time.Duration(i)*time.Millisecond)))
		if got, err = s.Standing(ctx, c.Session, ayse); err != nil || len(got.Failures) != want {
			t.Errorf("got %+v, %v, want %d failures", got, err, want)
		}
	}
}

func raceWrongCodes(t *testing.T, s store.Store) {
	c := newPINWithCode(t, s, "A")
	judged := 0
	for _, err := range atOnce(16, func(int) error { return s.ConfirmCode(t.Context(), typed(c, wrong, now)) }) {
		if fault.CodeOf(err) == refusal.OneTimeCodeWrong {
			judged++
			continue
		}
		wantCode(t, err, refusal.PUKWait)
	}
	if judged != waiting.After.Count {
		t.Errorf("%d wrong codes were judged, want %d", judged, waiting.After.Count)
	}
}

// raceOneConfirmation has two acts of one session claim at once, with the code of one: the older act's own code has
// ended, and the newer one's claims are all but one of another code.
func raceOneConfirmation(t *testing.T, s store.Store) {
	ctx := t.Context()
	c := newPINWithCode(t, s, "A")
	must(t, s.ConfirmCode(ctx, typed(c, right, now)))
	second := newChallenge("B", store.Session{ID: c.Session, CitizenNumber: ayse}, store.PIN, now.Add(time.Second))
	must(t, s.IssueChallenge(ctx, second, limit))
	won := 0
	for i, err := range atOnce(16, func(i int) error {
		claim := codeClaim([]store.Challenge{c, second}[i%2])
		claim.Claim = append(claim.Claim, byte(i))
		_, err := s.Release(ctx, claim)
		return err
	}) {
		switch code := fault.CodeOf(err); {
		case err == nil:
			won++
		case code != refusal.CodeExpired && code != refusal.CodeUsed:
			t.Errorf("claim %d: %v", i, errors.Unwrap(err))
		}
	}
	if won != 1 {
		t.Errorf("%d won, want 1", won)
	}
	wantReleases(t, s, ayse, "B")
}
