package storetest

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

var receipts = []test{
	{"a receipt", receipt},
	{"arrivals refused", arrivalsRefused},
	{"an open receipt holds up its person's next act", pending},
	{"a receipt outlives session and code", receiptOutlives},
	{"receipts refused", receiptsRefused},
	{"completions refused", completionsRefused},
	{"due receipts", due},
	{"one due receipt, many judges", raceDue},
	{"one receipt, judges who disagree", raceJudges},
	{"receipts are not purged", receiptPurge},
}

func wantNotReceived(t *testing.T, s store.Store, a store.Arrival, code fault.Code) {
	t.Helper()
	r, err := s.Receive(t.Context(), a)
	wantCode(t, err, code)
	if !reflect.DeepEqual(r, store.Receipt{}) {
		t.Errorf("refused with %s, and got %+v", code, r)
	}
}

// wantNewest checks the receipt of a person that arrived last.
func wantNewest(t *testing.T, s store.Store, want store.Receipt) {
	t.Helper()
	got, err := s.NewestReceipt(t.Context(), want.CitizenNumber)
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the newest receipt is %+v, want %+v", got, want)
	}
}

// opened logs a person in and issues a challenge.
func opened(t *testing.T, s store.Store, reference, citizenNumber string, kind store.Kind) store.Challenge {
	t.Helper()
	session := newSession("session of "+reference, citizenNumber)
	must(t, s.CreateSession(t.Context(), session))
	c := newChallenge(reference, session, kind, now)
	must(t, s.IssueChallenge(t.Context(), c, limit))
	return c
}

func receipt(t *testing.T, s store.Store) {
	ctx := t.Context()
	_, err := s.NewestReceipt(ctx, ayse)
	wantNotFound(t, err)
	c := opened(t, s, "A", ayse, store.Give)
	r, a := received(t, s, c), newArrival(c)
	want := store.Receipt{Number: r.Number, Reference: "A", CitizenNumber: ayse, Name: "AYŞE YILMAZ", Kind: store.Give,
		Signature: a.Signature, ReceivedAt: a.ReceivedAt, ACR: "high", AMR: "hwk pin"}
	if !reflect.DeepEqual(r, want) || !r.Open() {
		t.Errorf("got %+v, want %+v", r, want)
	}
	wantNewest(t, s, want)
	wantState(t, s, ayse, "")
	must(t, s.Complete(ctx, newCompletion(r)))
	_, err = s.NewestReceipt(ctx, ayse) // it is an act now
	wantNotFound(t, err)
	wantState(t, s, ayse, store.Give)

	next := newChallenge("B", newSession("session of A", ayse), store.Withdraw, now.Add(time.Minute))
	must(t, s.IssueChallenge(ctx, next, limit))
	if later := received(t, s, next); later.Number <= r.Number {
		t.Errorf("a receipt has number %d, after one with %d", later.Number, r.Number)
	}
}

func arrivalsRefused(t *testing.T, s store.Store) {
	ctx := t.Context()
	challenge, ofGone, ofOther := opened(t, s, "A", ayse, store.Give), opened(t, s, "B", ayse, store.Give), opened(t, s, "C", ayse, store.Give)
	must(t, s.DeleteSession(ctx, ofGone.Session))
	refused := func(code fault.Code, c store.Challenge, change func(*store.Arrival)) {
		t.Helper()
		a := newArrival(c)
		change(&a)
		wantNotReceived(t, s, a, code)
	}
	refused(refusal.ActUnknown, challenge, func(a *store.Arrival) { a.Reference = "Z" })
	refused(refusal.CodeElsewhere, challenge, func(a *store.Arrival) { a.Session = ofOther.Session })
	refused(fault.LoginRequired, ofGone, func(*store.Arrival) {})
	refused(fault.LoginRequired, challenge, func(a *store.Arrival) { a.ReceivedAt = now.Add(idle) })
	refused(refusal.CodeExpired, challenge, func(a *store.Arrival) { a.ReceivedAt = challenge.ExpiresAt })
	_, err := s.NewestReceipt(ctx, ayse)
	wantNotFound(t, err)

	last := newArrival(challenge)
	last.ReceivedAt = challenge.ExpiresAt.Add(-time.Millisecond)
	r, err := s.Receive(ctx, last)
	must(t, err)
	refused(refusal.SignaturePending, challenge, func(a *store.Arrival) { a.ReceivedAt = challenge.ExpiresAt })
	must(t, s.Complete(ctx, newCompletion(r)))
	refused(refusal.CodeUsed, challenge, func(a *store.Arrival) { a.ReceivedAt = challenge.ExpiresAt })
	refused(refusal.ActNotPossible, ofOther, func(*store.Arrival) {})
	wantState(t, s, ayse, store.Give)
}

func pending(t *testing.T, s store.Store) {
	ctx := t.Context()
	challenge, elsewhere := opened(t, s, "A", ayse, store.Give), opened(t, s, "B", ayse, store.Give)
	other := opened(t, s, "C", mehmet, store.Give)
	r := received(t, s, challenge)
	wantNotReceived(t, s, newArrival(elsewhere), refusal.SignaturePending)
	issue := func(reference string, kind store.Kind) error {
		c := newChallenge(reference, newSession("session of B", ayse), kind, now.Add(time.Second))
		return s.IssueChallenge(ctx, c, limit)
	}
	wantCode(t, issue("D", store.Give), refusal.SignaturePending)
	must(t, issue("E", store.PIN))
	received(t, s, other)
	must(t, s.Refuse(ctx, r.Number, fault.CertificateRevoked, now))
	must(t, issue("F", store.Give))
}

func receiptOutlives(t *testing.T, s store.Store) {
	ctx := t.Context()
	challenge := opened(t, s, "A", ayse, store.Give)
	r := received(t, s, challenge)
	must(t, s.DeleteSession(ctx, challenge.Session))
	c := newCompletion(r)
	c.Evidence.VerifiedAt, c.Evidence.RecordedAt = now.Add(20*time.Hour), now.Add(20*time.Hour)
	must(t, s.Complete(ctx, c))
	act, err := s.Act(ctx, "A")
	must(t, err)
	if act.Name != "AYŞE YILMAZ" || !act.ReceivedAt.Equal(r.ReceivedAt) || !act.RecordedAt.Equal(c.Evidence.RecordedAt) {
		t.Errorf("got %+v", act)
	}
}

func receiptsRefused(t *testing.T, s store.Store) {
	ctx := t.Context()
	challenge := opened(t, s, "A", ayse, store.Give)
	for i := range store.MaxRefused {
		a := newArrival(challenge)
		a.Signature = fmt.Append(nil, i)
		r, err := s.Receive(ctx, a)
		must(t, err)
		at := r.ReceivedAt.Add(time.Second)
		must(t, s.Refuse(ctx, r.Number, fault.CertificateRevoked, at))
		r.Code, r.RefusedAt = fault.CertificateRevoked, at
		wantNewest(t, s, r)
		wantNotFound(t, s.Refuse(ctx, r.Number, fault.RevocationUnavailable, at))
		wantNewest(t, s, r)
		wantCode(t, s.Complete(ctx, newCompletion(r)), fault.CertificateRevoked)
	}
	wantNotReceived(t, s, newArrival(challenge), refusal.CodeUsed)
	wantState(t, s, ayse, "")
	wantNotFound(t, s.Refuse(ctx, 9999, fault.CertificateRevoked, now))
}

func completionsRefused(t *testing.T, s store.Store) {
	ctx := t.Context()
	r := received(t, s, opened(t, s, "A", ayse, store.Give))
	for name, change := range map[string]func(*store.Completion){
		"another number":    func(c *store.Completion) { c.Receipt++ },
		"another reference": func(c *store.Completion) { c.Reference = "B" },
	} {
		c := newCompletion(r)
		change(&c)
		if err := s.Complete(ctx, c); fault.CodeOf(err) != refusal.ActUnknown {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantState(t, s, ayse, "")
	_, err := s.Evidence(ctx, "A")
	wantNotFound(t, err)
	must(t, s.Complete(ctx, newCompletion(r)))
	wantCode(t, s.Complete(ctx, newCompletion(r)), refusal.CodeUsed)
	wantNotFound(t, s.Refuse(ctx, r.Number, fault.CertificateRevoked, now))
	wantState(t, s, ayse, store.Give)
}

// taken checks which receipts are due at a time, and takes them until a later one.
func taken(t *testing.T, s store.Store, at, until time.Time, limit int, want ...store.Receipt) {
	t.Helper()
	got, err := s.TakeDue(t.Context(), at, until, limit)
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("due at %v are %+v, want %+v", at, got, want)
	}
}

func due(t *testing.T, s store.Store) {
	ctx := t.Context()
	a, b := received(t, s, opened(t, s, "A", ayse, store.Give)), received(t, s, opened(t, s, "B", mehmet, store.Give))
	first := newArrival(newChallenge("A", newSession("", ayse), store.Give, now)).DueAt
	taken(t, s, first.Add(-time.Millisecond), first.Add(time.Hour), 9)
	must(t, s.Postpone(ctx, first.Add(-time.Second), b.Number))
	taken(t, s, first, first.Add(time.Minute), 1, b)
	taken(t, s, first, first.Add(2*time.Minute), 9, a)
	taken(t, s, first, first.Add(time.Hour), 9)
	later := first.Add(2 * time.Minute)
	must(t, s.Refuse(ctx, a.Number, fault.CertificateRevoked, later))
	must(t, s.Postpone(ctx, now, a.Number, b.Number, 9999))
	must(t, s.Postpone(ctx, now))
	taken(t, s, later, later.Add(time.Hour), 9, b)
	must(t, s.Complete(ctx, newCompletion(b)))
	taken(t, s, later.Add(time.Hour), later.Add(2*time.Hour), 9)
}

func raceDue(t *testing.T, s store.Store) {
	ctx, people := t.Context(), 8
	for i := range people {
		received(t, s, opened(t, s, fmt.Sprint(i), fmt.Sprint("person ", i), store.Give))
	}
	at := now.Add(time.Hour)
	lists := make([][]store.Receipt, 16)
	for i, err := range atOnce(len(lists), func(i int) (err error) { lists[i], err = s.TakeDue(ctx, at, at.Add(time.Minute), 3); return err }) {
		if err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	seen := map[string]int{}
	for _, list := range lists {
		for _, r := range list {
			seen[r.Reference]++
		}
	}
	for i := range people {
		if n := seen[fmt.Sprint(i)]; n != 1 {
			t.Errorf("receipt %d was taken by %d judges, want one", i, n)
		}
	}
}

// raceJudges has one half of the judges record a signature and the other refuse it, as after a lease that ran out.
func raceJudges(t *testing.T, s store.Store) {
	ctx := t.Context()
	r := received(t, s, opened(t, s, "A", ayse, store.Give))
	errs := atOnce(16, func(i int) error {
		if i%2 == 0 {
			return s.Complete(ctx, newCompletion(r))
		}
		return s.Refuse(ctx, r.Number, fault.RevocationUnavailable, now)
	})
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		}
	}
	if won != 1 {
		t.Errorf("%d won, want one: %v", won, errs)
	}
	_, errAct := s.Act(ctx, "A")
	_, errReceipt := s.NewestReceipt(ctx, ayse)
	if (errAct == nil) == (errReceipt == nil) {
		t.Errorf("it is not either an act or refused: %v, %v", errAct, errReceipt)
	}
}

func receiptPurge(t *testing.T, s store.Store) {
	ctx := t.Context()
	open, refused := received(t, s, opened(t, s, "A", ayse, store.Give)), received(t, s, opened(t, s, "B", mehmet, store.Give))
	must(t, s.Refuse(ctx, refused.Number, fault.CertificateRevoked, now))
	must(t, s.Purge(ctx, now.Add(1000*time.Hour)))
	for _, reference := range []string{"A", "B"} {
		if _, err := s.Challenge(ctx, reference); err != nil {
			t.Errorf("the challenge of a receipt was purged: %v", err)
		}
	}
	must(t, s.Complete(ctx, newCompletion(open)))
	wantState(t, s, ayse, store.Give)
}
