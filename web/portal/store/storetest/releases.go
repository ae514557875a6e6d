package storetest

import (
	"bytes"
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

var releases = []test{
	{"cards", cards},
	{"cards refused", cardsRefused},
	{"a release and its report", release},
	{"a new code ends those of other kinds", pinSupersession},
	{"releases refused", releasesRefused},
	{"a certificate that is stopped meanwhile", releaseStopped},
	{"the same claim again", claimAgain},
	{"releases of a day", releaseLimit},
	{"reports refused", reportsRefused},
	{"outcomes that mark a card", outcomes},
	{"machines", machines},
	{"attested", attested},
	{"releases too large", releaseTooLarge},
	{"releases are not purged", releasePurge},
	{"one code, many claims", raceOneClaim},
	{"one code, one claim many times", raceSameClaim},
	{"one person, many codes in a day", raceDay},
	{"one release, many reports", raceReports},
	{"a release cancelled", releaseCancelled},
}

func newMachine(id string) store.Machine {
	return store.Machine{ID: id, Signing: []byte("imza " + id), Sealing: []byte("mühür " + id), Protection: "tpm", Platform: "linux/amd64"}
}

func newClaim(c store.Challenge) store.Claim {
	return store.Claim{
		Reference: c.Reference, Session: c.Session, SessionIdle: idle,
		ReceivedAt: c.IssuedAt.Add(time.Minute), IssuedAt: c.IssuedAt.Add(61 * time.Second),
		Card: serial, Certificate: newCertificate(1).SHA256, Machine: newMachine("M1"),
		Claim: []byte("talep " + c.Reference), Signature: []byte("imzası"), CardSignature: []byte("kartın imzası"),
		Proof: store.Proof{LoginMaxAge: 5 * time.Minute, ACRs: []string{"high"}, WithoutCode: true, Waiting: waiting},
		Day:   now.Add(-9 * time.Hour), PerDay: 3,
	}
}

func newReport(c store.Claim, outcome fault.Code) store.Report {
	return store.Report{
		Reference: c.Reference, CitizenNumber: ayse, Outcome: outcome, Report: []byte("sonuç " + c.Reference),
		Signature: []byte("sonucun imzası"), ReportedAt: c.IssuedAt.Add(time.Minute),
	}
}

// newPIN makes a session, and a code for a new PIN in it.
func newPIN(t *testing.T, s store.Store, reference, citizenNumber string) store.Challenge {
	t.Helper()
	session := newSession("session of "+reference, citizenNumber)
	must(t, s.CreateSession(t.Context(), session))
	c := newChallenge(reference, session, store.PIN, now)
	c.TextVersion, c.Document = "", nil
	must(t, s.IssueChallenge(t.Context(), c, limit))
	return c
}

func given(t *testing.T, s store.Store, c store.Claim) {
	t.Helper()
	puk, err := s.Release(t.Context(), c)
	must(t, err)
	if want := newCard(c.Card, ayse).PUK; !bytes.Equal(puk, want) {
		t.Errorf("got the PUK %q, want %q", puk, want)
	}
}

func wantRefused(t *testing.T, s store.Store, code fault.Code, c store.Claim) {
	t.Helper()
	puk, err := s.Release(t.Context(), c)
	wantCode(t, err, code)
	if puk != nil {
		t.Errorf("refused with %s, and the PUK came along", code)
	}
}

// releaseStopped suspends a certificate after everything else was judged that is asked of a claim for its card.
func releaseStopped(t *testing.T, s store.Store) {
	ctx := t.Context()
	must(t, s.PutCards(ctx, []store.Card{newCard(serial, ayse)}, otherPUK))
	a := applied(t, s, "A", ayse)
	a = walk(t, s, a, path[:8]...)
	c := newClaim(newPIN(t, s, "P", ayse))
	c.Serial = a.Certificate.Serial
	other := c
	other.Serial = "0" + c.Serial // another certificate of the person has its own fate
	a = walk(t, s, a, step{application.Suspend, application.Person})
	wantRefused(t, s, refusal.CertificateSuspended, c)
	wantReleases(t, s, ayse)
	a = walk(t, s, a, step{application.Resume, application.Person})
	given(t, s, c)
	walk(t, s, a, step{application.Suspend, application.Person}, step{application.Revoke, application.Authority})
	wantRefused(t, s, fault.CertificateRevoked, c) // nor is the PUK given again that was released before
	given(t, s, other)
}

// wantReleases checks whose releases are on record, the newest first.
func wantReleases(t *testing.T, s store.Store, citizenNumber string, want ...string) {
	t.Helper()
	list, err := s.ReleasedTo(t.Context(), citizenNumber, 100)
	must(t, err)
	var got []string
	for _, one := range list {
		got = append(got, one.Reference)
	}
	if !slices.Equal(got, want) {
		t.Errorf("releases %v, want %v", got, want)
	}
}

func release(t *testing.T, s store.Store) {
	ctx := t.Context()
	must(t, s.PutCards(ctx, []store.Card{newCard(serial, ayse)}, otherPUK))
	challenge := newPIN(t, s, "A", ayse)
	_, err := s.Released(ctx, "A")
	wantNotFound(t, err)
	c := newClaim(challenge)
	given(t, s, c)
	want := store.Release{
		Reference: "A", CitizenNumber: ayse, Card: serial, Machine: "M1",
		Claim: c.Claim, Signature: c.Signature, CardSignature: c.CardSignature, IssuedAt: c.IssuedAt,
	}
	same := func(when string) {
		t.Helper()
		got, err := s.Released(ctx, "A")
		must(t, err)
		list, err := s.ReleasedTo(ctx, ayse, 1)
		must(t, err)
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(list, []store.Release{want}) {
			t.Errorf("%s: got %+v, %+v, want %+v", when, got, list, want)
		}
	}
	same("released")
	r := newReport(c, protocol.OutcomeDone)
	must(t, s.Report(ctx, r))
	want.Outcome, want.Report, want.ReportSignature, want.ReportedAt = r.Outcome, r.Report, r.Signature, r.ReportedAt
	same("reported")
	must(t, s.Report(ctx, r))
	same("reported again")

	used, err := s.Challenge(ctx, "A")
	must(t, err)
	challenge.Used = true
	if !reflect.DeepEqual(used, challenge) {
		t.Errorf("got %+v, want %+v", used, challenge)
	}
	wantReleases(t, s, mehmet)
	wantState(t, s, ayse, "") // of E-Onay
}

func pinSupersession(t *testing.T, s store.Store) {
	ctx, session := t.Context(), newSession("a", ayse)
	must(t, s.CreateSession(ctx, session))
	must(t, s.PutCards(ctx, []store.Card{newCard(serial, ayse)}, otherPUK))
	give := newChallenge("A", session, store.Give, now)
	pin := newChallenge("B", session, store.PIN, now.Add(time.Second))
	must(t, s.IssueChallenge(ctx, give, limit))
	must(t, s.IssueChallenge(ctx, pin, limit))
	wantNotReceived(t, s, newArrival(give), refusal.CodeExpired)
	for kind, want := range map[store.Kind]string{store.Give: "A", store.PIN: "B"} {
		if newest, err := s.NewestChallenge(ctx, session.ID, kind); err != nil || newest.Reference != want {
			t.Errorf("the newest to %s is %q, %v, want %s", kind, newest.Reference, err, want)
		}
	}
	must(t, s.IssueChallenge(ctx, newChallenge("C", session, store.Give, now.Add(2*time.Second)), limit))
	wantRefused(t, s, refusal.CodeExpired, newClaim(pin))
	wantReleases(t, s, ayse)
}

func releasesRefused(t *testing.T, s store.Store) {
	ctx := t.Context()
	must(t, s.PutCards(ctx, []store.Card{newCard(serial, ayse), newCard("OF MEHMET", mehmet), newCard("MARKED", ayse)}, otherPUK))
	challenge, gone, marking := newPIN(t, s, "A", ayse), newPIN(t, s, "B", ayse), newPIN(t, s, "C", ayse)
	must(t, s.DeleteSession(ctx, gone.Session))
	mark := newClaim(marking)
	mark.Card, mark.Machine = "MARKED", newMachine("M2")
	given(t, s, mark)
	must(t, s.Report(ctx, newReport(mark, fault.PUKIncorrect)))
	must(t, s.RevokeMachine(ctx, ayse, "M2", now))
	signing := newSession("signing", ayse)
	must(t, s.CreateSession(ctx, signing))
	consent := newChallenge("D", signing, store.Give, now)
	must(t, s.IssueChallenge(ctx, consent, limit))

	refused := func(code fault.Code, of store.Challenge, change func(*store.Claim)) {
		t.Helper()
		c := newClaim(of)
		change(&c)
		wantRefused(t, s, code, c)
	}
	refused(refusal.ActUnknown, challenge, func(c *store.Claim) { c.Reference = "Z" })
	refused(refusal.ActUnknown, consent, func(*store.Claim) {})
	refused(refusal.CodeElsewhere, challenge, func(c *store.Claim) { c.Session = marking.Session })
	refused(fault.LoginRequired, gone, func(*store.Claim) {})
	refused(fault.LoginRequired, challenge, func(c *store.Claim) { c.ReceivedAt = now.Add(idle) })
	refused(refusal.CodeUsed, marking, func(*store.Claim) {})
	refused(refusal.CodeExpired, challenge, func(c *store.Claim) { c.ReceivedAt = challenge.ExpiresAt })
	refused(refusal.CardUnknown, challenge, func(c *store.Claim) { c.Card = "none" })
	refused(refusal.CardUnknown, challenge, func(c *store.Claim) { c.Card = "OF MEHMET" })
	refused(refusal.CardUnknown, challenge, func(c *store.Claim) { c.Certificate = newCertificate(2).SHA256 })
	refused(refusal.PUKWithheld, challenge, func(c *store.Claim) { c.Card = "MARKED" })
	refused(refusal.DeviceRevoked, challenge, func(c *store.Claim) { c.Machine = newMachine("M2") })
	refused(refusal.ReleaseLimit, challenge, func(c *store.Claim) { c.PerDay = 1 })
	wantNotReceived(t, s, newArrival(challenge), refusal.ActUnknown)
	wantReleases(t, s, ayse, "C")
	if _, err := s.Machine(ctx, ayse, "M1"); err == nil {
		t.Error("a refused claim enrolled its machine")
	}
	given(t, s, newClaim(challenge))
}

func claimAgain(t *testing.T, s store.Store) {
	ctx := t.Context()
	must(t, s.PutCards(ctx, []store.Card{newCard(serial, ayse)}, otherPUK))
	challenge := newPIN(t, s, "A", ayse)
	c := newClaim(challenge)
	c.PerDay = 1
	given(t, s, c)
	late := c
	late.ReceivedAt, late.IssuedAt = challenge.ExpiresAt, challenge.ExpiresAt.Add(time.Second)
	given(t, s, late) // one release only, whose time and day it is not any more
	wantReleases(t, s, ayse, "A")
	got, err := s.Released(ctx, "A")
	must(t, err)
	if !got.IssuedAt.Equal(c.IssuedAt) {
		t.Errorf("issued at %v, want %v", got.IssuedAt, c.IssuedAt)
	}

	other, elsewhere := c, c
	other.Claim = []byte("başka talep")
	wantRefused(t, s, refusal.CodeUsed, other)
	elsewhere.Session = newPIN(t, s, "B", ayse).Session
	wantRefused(t, s, refusal.CodeElsewhere, elsewhere)
	must(t, s.RevokeMachine(ctx, ayse, "M1", now))
	wantRefused(t, s, refusal.DeviceRevoked, c)
	must(t, s.Report(ctx, newReport(c, protocol.OutcomeDone)))
	wantRefused(t, s, refusal.CodeUsed, c)
}

func releaseLimit(t *testing.T, s store.Store) {
	must(t, s.PutCards(t.Context(), []store.Card{newCard(serial, ayse), newCard("OF MEHMET", mehmet)}, otherPUK))
	for _, reference := range []string{"A", "B", "C"} {
		given(t, s, newClaim(newPIN(t, s, reference, ayse)))
	}
	last := newClaim(newPIN(t, s, "D", ayse))
	wantRefused(t, s, refusal.ReleaseLimit, last)
	other := newClaim(newPIN(t, s, "E", mehmet))
	other.Card = "OF MEHMET"
	given(t, s, other)
	last.IssuedAt = last.IssuedAt.Add(time.Millisecond)
	last.Day = last.IssuedAt
	given(t, s, last) // the first moment of another day
	wantReleases(t, s, ayse, "D", "C", "B", "A")
}

func reportsRefused(t *testing.T, s store.Store) {
	ctx := t.Context()
	must(t, s.PutCards(ctx, []store.Card{newCard(serial, ayse)}, otherPUK))
	c := newClaim(newPIN(t, s, "A", ayse))
	r := newReport(c, protocol.OutcomeDone)
	wantCode(t, s.Report(ctx, r), refusal.ActUnknown) // nothing was released yet
	given(t, s, c)
	others := r
	others.CitizenNumber = mehmet
	wantCode(t, s.Report(ctx, others), refusal.ActUnknown)
	must(t, s.Report(ctx, r))
	second := newReport(c, fault.PUKIncorrect)
	second.Report = []byte("başka sonuç")
	wantCode(t, s.Report(ctx, second), refusal.CodeUsed)
	got, err := s.Released(ctx, "A")
	must(t, err)
	list, err := s.Cards(ctx, ayse)
	must(t, err)
	if got.Outcome != protocol.OutcomeDone || list[0].PUKRefused {
		t.Errorf("a refused report changed something: %+v, %+v", got, list)
	}
}

func machines(t *testing.T, s store.Store) {
	ctx := t.Context()
	must(t, s.PutCards(ctx, []store.Card{newCard(serial, ayse), newCard("OF MEHMET", mehmet)}, otherPUK))
	use := func(reference, citizenNumber string, m store.Machine, at time.Time) {
		t.Helper()
		c := newClaim(newPIN(t, s, reference, citizenNumber))
		c.Machine, c.IssuedAt, c.PerDay = m, at, 100
		if citizenNumber == mehmet {
			c.Card = "OF MEHMET"
		}
		given(t, s, c)
	}
	first, moved := newMachine("M1"), newMachine("M1")
	moved.Protection, moved.Platform = "file", "windows/amd64"
	use("A", ayse, first, now)
	use("B", ayse, newMachine("M2"), now.Add(time.Minute))
	use("C", ayse, moved, now.Add(2*time.Minute))
	use("D", ayse, moved, now.Add(time.Second)) // never backwards
	use("E", mehmet, first, now)
	must(t, s.RevokeMachine(ctx, ayse, "M1", now.Add(time.Hour)))
	must(t, s.RevokeMachine(ctx, ayse, "M1", now.Add(2*time.Hour)))
	wantNotFound(t, s.RevokeMachine(ctx, ayse, "M3", now))
	wantNotFound(t, s.RevokeMachine(ctx, mehmet, "M2", now))

	m1, m2, others := moved, newMachine("M2"), first
	m1.CitizenNumber, m1.FirstSeen, m1.LastSeen, m1.RevokedAt = ayse, now, now.Add(2*time.Minute), now.Add(time.Hour)
	m2.CitizenNumber, m2.FirstSeen, m2.LastSeen = ayse, now.Add(time.Minute), now.Add(time.Minute)
	others.CitizenNumber, others.FirstSeen, others.LastSeen = mehmet, now, now
	for person, want := range map[string][]store.Machine{ayse: {m1, m2}, mehmet: {others}} {
		got, err := s.Machines(ctx, person)
		must(t, err)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		one, err := s.Machine(ctx, person, "M1")
		must(t, err)
		if !reflect.DeepEqual(one, want[0]) {
			t.Errorf("got %+v, want %+v", one, want[0])
		}
	}
	_, err := s.Machine(ctx, mehmet, "M2")
	wantNotFound(t, err)
}

// attested has a machine's TPM prove that it has the keys, for one person and not for another who uses the same machine.
func attested(t *testing.T, s store.Store) {
	ctx := t.Context()
	must(t, s.PutCards(ctx, []store.Card{newCard(serial, ayse), newCard("OF MEHMET", mehmet)}, otherPUK))
	report := func(reference, citizenNumber string, attested bool, at time.Time) {
		t.Helper()
		c := newClaim(newPIN(t, s, reference, citizenNumber))
		c.PerDay = 100
		if citizenNumber == mehmet {
			c.Card = "OF MEHMET"
		}
		given(t, s, c)
		r := newReport(c, protocol.OutcomeDone)
		r.CitizenNumber, r.Attested, r.ReportedAt = citizenNumber, attested, at
		must(t, s.Report(ctx, r))
		r.Attested = true
		must(t, s.Report(ctx, r)) // again, which changes nothing
	}
	shown := func(citizenNumber string, want time.Time) {
		t.Helper()
		m, err := s.Machine(ctx, citizenNumber, "M1")
		must(t, err)
		if !m.AttestedAt.Equal(want) {
			t.Errorf("attested at %v, want %v", m.AttestedAt, want)
		}
	}
	report("A", ayse, false, now)
	report("B", mehmet, false, now)
	shown(ayse, time.Time{})
	later := now.Add(time.Hour)
	report("C", ayse, true, later)
	shown(ayse, later)
	shown(mehmet, time.Time{})
	report("D", ayse, false, later.Add(time.Hour))
	shown(ayse, later)
	report("E", ayse, true, now) // never backwards
	shown(ayse, later)
	list, err := s.Machines(ctx, ayse)
	must(t, err)
	if len(list) != 1 || !list[0].AttestedAt.Equal(later) {
		t.Errorf("the list is %+v", list)
	}
}

func releaseTooLarge(t *testing.T, s store.Store) {
	ctx := t.Context()
	must(t, s.PutCards(ctx, []store.Card{newCard(serial, ayse)}, otherPUK))
	challenge, large := newPIN(t, s, "A", ayse), make([]byte, store.MaxValue+1)
	for _, change := range []func(*store.Claim){
		func(c *store.Claim) { c.Claim = large }, func(c *store.Claim) { c.Signature = large }, func(c *store.Claim) { c.CardSignature = large },
	} {
		c := newClaim(challenge)
		change(&c)
		if puk, err := s.Release(ctx, c); err == nil || puk != nil {
			t.Error("a claim that is too large was taken")
		}
	}
	c := newClaim(challenge)
	given(t, s, c)
	r := newReport(c, protocol.OutcomeDone)
	r.Report = large
	if err := s.Report(ctx, r); err == nil {
		t.Error("a report that is too large was taken")
	}
}

func releasePurge(t *testing.T, s store.Store) {
	ctx := t.Context()
	must(t, s.PutCards(ctx, []store.Card{newCard(serial, ayse)}, otherPUK))
	used, unused := newPIN(t, s, "A", ayse), newPIN(t, s, "B", ayse)
	given(t, s, newClaim(used))
	must(t, s.Purge(ctx, now.Add(24*time.Hour)))
	if _, err := s.Challenge(ctx, used.Reference); err != nil {
		t.Errorf("a used challenge was purged: %v", err)
	}
	_, err := s.Challenge(ctx, unused.Reference)
	wantNotFound(t, err)
	wantReleases(t, s, ayse, "A")
}

func releaseCancelled(t *testing.T, s store.Store) {
	must(t, s.PutCards(t.Context(), []store.Card{newCard(serial, ayse)}, otherPUK))
	c := newClaim(newPIN(t, s, "A", ayse))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if puk, err := s.Release(ctx, c); err == nil || puk != nil {
		t.Error("released in a cancelled context")
	}
	wantReleases(t, s, ayse)
	given(t, s, c)
}
