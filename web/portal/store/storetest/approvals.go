package storetest

import (
	"reflect"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

var approvals = []test{
	{"an application approved by a signature", approvalLife},
	{"approvals refused", approvalsRefused},
	{"an approval beside E-Onay", approvalBesideConsent},
	{"an approval is recorded while its application is cancelled", raceApproval},
}

// awaiting is an application that waits for its approval.
func awaiting(t *testing.T, s store.Store, reference, citizenNumber string) application.Application {
	t.Helper()
	return walk(t, s, applied(t, s, reference, citizenNumber), path[:2]...)
}

// approvalOf issues a challenge for the approval of an application.
func approvalOf(t *testing.T, s store.Store, reference string, a application.Application) store.Challenge {
	t.Helper()
	session := newSession("session of "+reference, a.CitizenNumber)
	must(t, s.CreateSession(t.Context(), session))
	c := newChallenge(reference, session, store.Approval, now)
	c.Subject = store.SubjectOf(a)
	must(t, s.IssueChallenge(t.Context(), c, limit))
	return c
}

// approving is the completion of an approval: the act, and the application's next version.
func approving(t *testing.T, r store.Receipt, a application.Application) store.Completion {
	t.Helper()
	next, c, err := a.Apply(application.Change{Event: application.Approve, By: application.Person, Who: r.CitizenNumber, At: a.ChangedAt.Add(time.Minute),
		Way: application.BySignature, Basis: r.Reference}, rules)
	must(t, err)
	completion := newCompletion(r)
	completion.Move = &store.Move{Application: next, Change: c}
	return completion
}

func approvalLife(t *testing.T, s store.Store) {
	ctx := t.Context()
	a := awaiting(t, s, "A", ayse)
	challenge := approvalOf(t, s, "S", a)
	if got, err := s.Challenge(ctx, "S"); err != nil || !reflect.DeepEqual(got, challenge) {
		t.Fatalf("got %+v, %v, want %+v", got, err, challenge)
	}
	r := received(t, s, challenge)
	entries := newest(t, s).Number
	completion := approving(t, r, a)
	must(t, s.Complete(ctx, completion))
	if got := stored(t, s, "A"); !reflect.DeepEqual(got, completion.Move.Application) || got.State != application.UnderReview {
		t.Errorf("got %+v, want %+v", got, completion.Move.Application)
	}
	if n := newest(t, s).Number - entries; n != 2 {
		t.Errorf("%d entries, want one of the act and one of the change", n)
	}
	act, err := s.Act(ctx, "S")
	must(t, err)
	if act.Kind != store.Approval || act.CitizenNumber != ayse || !act.ReceivedAt.Equal(r.ReceivedAt) {
		t.Errorf("got %+v", act)
	}
	evidence, err := s.Evidence(ctx, "S")
	must(t, err)
	if string(evidence.Document) != string(challenge.Document) || string(evidence.Signature) != string(r.Signature) || len(evidence.Path) != 3 {
		t.Errorf("got %+v", evidence)
	}
	wantState(t, s, ayse, "")
	if acts, err := s.ActsOf(ctx, ayse, 9); err != nil || len(acts) != 1 || acts[0].Reference != "S" {
		t.Errorf("the person's acts are %+v, %v", acts, err)
	}
	if l, err := s.LeaseLasting(ctx, now.Add(time.Hour), now.Add(2*time.Hour)); err != nil || l.Reference != "S" {
		t.Errorf("to be made to last is %+v, %v", l, err)
	}
	wantNotReceived(t, s, newArrival(challenge), refusal.CodeUsed)
}

func approvalsRefused(t *testing.T, s store.Store) {
	ctx := t.Context()
	a, other := awaiting(t, s, "A", ayse), awaiting(t, s, "B", mehmet)
	r := received(t, s, approvalOf(t, s, "S", a))
	refused := func(change func(*store.Completion), code fault.Code) {
		t.Helper()
		c := approving(t, r, a)
		change(&c)
		err := s.Complete(ctx, c)
		if err == nil || fault.CodeOf(err) != code {
			t.Errorf("got %v, want code %s", err, code)
		}
		if _, err := s.Act(ctx, "S"); err == nil {
			t.Fatal("the act was recorded without its application")
		}
		if got, err := s.NewestReceipt(ctx, ayse); err != nil || !got.Open() {
			t.Fatalf("the receipt is %+v, %v", got, err)
		}
	}
	refused(func(c *store.Completion) { c.Move = nil }, fault.Internal)
	refused(func(c *store.Completion) {
		c.Move = approving(t, store.Receipt{Reference: "S", CitizenNumber: mehmet}, other).Move
	}, fault.Internal)
	refused(func(c *store.Completion) { c.Move.Application.Version++; c.Move.Change.Version++ }, fault.Internal)
	walk(t, s, a, step{application.Return, application.Person}, step{application.Submit, application.Person})
	refused(func(*store.Completion) {}, refusal.ApplicationChanged)
	must(t, s.Refuse(ctx, r.Number, refusal.ApplicationChanged, now.Add(time.Minute)))

	give := received(t, s, opened(t, s, "G", mehmet, store.Give))
	c := newCompletion(give)
	c.Move = approving(t, give, other).Move
	if err := s.Complete(ctx, c); err == nil {
		t.Error("an act on E-Onay has approved an application")
	}
}

// approvalBesideConsent: an approval is possible whether E-Onay stands or not, and counts as no act on it.
func approvalBesideConsent(t *testing.T, s store.Store) {
	ctx := t.Context()
	recorded(t, s, opened(t, s, "G", ayse, store.Give))
	a := awaiting(t, s, "A", ayse)
	withdrawal := opened(t, s, "W", ayse, store.Withdraw)
	r := received(t, s, approvalOf(t, s, "S", a))
	wantNotReceived(t, s, newArrival(withdrawal), refusal.SignaturePending)
	must(t, s.Complete(ctx, approving(t, r, a)))
	wantState(t, s, ayse, store.Give)
	must(t, s.IssueChallenge(ctx, newChallenge("X", newSession("session of G", ayse), store.Withdraw, now.Add(time.Hour)), limit))
	if list, err := s.ApplicationsDue(ctx, now.Add(time.Hour), now.Add(time.Hour), 9); err != nil || len(list) != 0 {
		t.Errorf("what a signature has approved is due: %+v, %v", list, err)
	}
}

// raceApproval: of an approval and a cancellation one wins, and the act is there if the approval has.
func raceApproval(t *testing.T, s store.Store) {
	ctx := t.Context()
	a := awaiting(t, s, "A", ayse)
	r := received(t, s, approvalOf(t, s, "S", a))
	completion := approving(t, r, a)
	errs := atOnce(8, func(i int) error {
		if i%2 == 0 {
			return s.Complete(ctx, completion)
		}
		_, err := change(t, s, a, changeOf(application.Cancel, application.Person, ayse, a.ChangedAt.Add(time.Minute)))
		return err
	})
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		}
	}
	_, err := s.Act(ctx, "S")
	if approved := stored(t, s, "A").State == application.UnderReview; won != 1 || approved != (err == nil) {
		t.Errorf("%d have won, the act: %v, approved: %v", won, err, approved)
	}
}
