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
	{"an application without a login, approved by a signature", approvalByKey},
	{"an approval by a key refused", approvalByKeyRefused},
	{"an approval by a key while its application is cancelled", raceApprovalByKey},
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

// awaitingByKey is an application that was made without a login and waits for its approval, to which a browser has a key for an hour; and the
// challenge that the key asks for.
func awaitingByKey(t *testing.T, s store.Store, reference, key string) (application.Application, store.Challenge) {
	t.Helper()
	a := withoutLogin(t, s, reference, 0, now.Add(-time.Hour))
	for _, c := range []application.Change{
		{Event: application.SaveForm, By: application.Person, SecurityWord: "özet", Form: application.Form{"medium": "card", "delivery": "address", "mobile": "+905550000000",
			"company": "ÇINAR", "mail": "a@ornek.test", "address": "Sokak 1", "district": "Konak", "province": "İzmir", "postcode": "35000"}},
		{Event: application.Submit, By: application.Person},
	} {
		c.At = now.Add(-time.Minute)
		if c.Event == application.SaveForm {
			a.Form["company"], a.Form["mail"] = "ÇINAR", "a@ornek.test" // which withoutLogin leaves out, and no form brings
		}
		next, err := change(t, s, a, c)
		must(t, err)
		a = next
	}
	k := browserKey(key, now.Add(time.Hour))
	k.Application = reference
	must(t, s.PutApplicationKey(t.Context(), k))
	c := newChallenge("act of "+reference, store.Session{ID: k.Hash, CitizenNumber: ayse}, store.Approval, now)
	c.Subject = store.SubjectOf(a)
	return a, c
}

func approvalByKey(t *testing.T, s store.Store) {
	ctx := t.Context()
	a, c := awaitingByKey(t, s, "A", "key")
	must(t, s.IssueChallenge(ctx, c, limit))
	if got, err := s.NewestChallenge(ctx, c.Session, store.Approval); err != nil || !reflect.DeepEqual(got, c) {
		t.Errorf("got %+v, %v, want %+v", got, err, c)
	}
	r := received(t, s, c)
	if r.CitizenNumber != ayse || r.Name != a.Name || r.ACR != "" || r.AMR != "" {
		t.Errorf("got %+v", r)
	}
	completion := approving(t, r, a)
	must(t, s.Complete(ctx, completion))
	if got := stored(t, s, "A"); !reflect.DeepEqual(got, completion.Move.Application) || got.State != application.UnderReview || got.CitizenNumber != "" {
		t.Errorf("got %+v, want %+v", got, completion.Move.Application)
	}
	if acts, err := s.ActsOf(ctx, ayse, 9); err != nil || len(acts) != 1 || acts[0].Reference != c.Reference {
		t.Errorf("the signer's acts are %+v, %v", acts, err)
	}
	wantState(t, s, ayse, "")
}

// approvalByKeyRefused: a key does what approves its own application in the name that it has, while it lives, and nothing else; of the person whose
// number was typed it learns nothing.
func approvalByKeyRefused(t *testing.T, s store.Store) {
	ctx := t.Context()
	a, c := awaitingByKey(t, s, "A", "key")
	other, _ := awaitingByKey(t, s, "B", "another key")
	for what, change := range map[string]func(*store.Challenge){
		"E-Onay":              func(c *store.Challenge) { c.Kind, c.Subject = store.Give, "" },
		"a PIN":               func(c *store.Challenge) { c.Kind, c.Subject = store.PIN, "" },
		"another application": func(c *store.Challenge) { c.Subject = store.SubjectOf(other) },
		"no application":      func(c *store.Challenge) { c.Subject = "" },
		"another person":      func(c *store.Challenge) { c.CitizenNumber = mehmet },
		"no key":              func(c *store.Challenge) { c.Session = store.HashOf("none") },
		"an ended key":        func(c *store.Challenge) { c.IssuedAt = now.Add(time.Hour) },
	} {
		t.Run(what, func(t *testing.T) {
			c := c
			change(&c)
			wantCode(t, s.IssueChallenge(ctx, c, limit), fault.LoginRequired)
		})
	}
	given := received(t, s, opened(t, s, "G", ayse, store.Give))
	must(t, s.IssueChallenge(ctx, c, limit)) // whoever typed the number does not learn that its person has signed something
	arrival := newArrival(c)
	wantNotReceived(t, s, arrival, refusal.SignaturePending) // whoever signs is that person
	must(t, s.Refuse(ctx, given.Number, refusal.ActNotPossible, now.Add(time.Minute)))
	arrival.Session = store.HashOf("another key")
	wantNotReceived(t, s, arrival, refusal.CodeElsewhere)
	must(t, s.DeleteApplicationKey(ctx, store.HashOf("key")))
	wantNotReceived(t, s, newArrival(c), fault.LoginRequired)
	if got := stored(t, s, "A"); got.State != application.AwaitingApproval || got.Version != a.Version {
		t.Errorf("got %+v", got)
	}
}

// raceApprovalByKey: whoever approves an application without a login waits for whoever cancels it, though they are known by different names.
func raceApprovalByKey(t *testing.T, s store.Store) {
	a, c := awaitingByKey(t, s, "A", "key")
	must(t, s.IssueChallenge(t.Context(), c, limit))
	raceApproved(t, s, a, received(t, s, c))
}

// raceApproval: of an approval and a cancellation one wins, and the act is there if the approval has.
func raceApproval(t *testing.T, s store.Store) {
	a := awaiting(t, s, "A", ayse)
	raceApproved(t, s, a, received(t, s, approvalOf(t, s, "S", a)))
}

func raceApproved(t *testing.T, s store.Store, a application.Application, r store.Receipt) {
	t.Helper()
	ctx := t.Context()
	completion := approving(t, r, a)
	errs := atOnce(8, func(i int) error {
		if i%2 == 0 {
			return s.Complete(ctx, completion)
		}
		_, err := change(t, s, a, changeOf(application.Cancel, application.Person, a.CitizenNumber, a.ChangedAt.Add(time.Minute)))
		return err
	})
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case fault.CodeOf(err) == fault.Internal:
			t.Errorf("whoever came second is refused by %v, want a code", err)
		}
	}
	_, err := s.Act(ctx, r.Reference)
	if approved := stored(t, s, "A").State == application.UnderReview; won != 1 || approved != (err == nil) {
		t.Errorf("%d have won, the act: %v, approved: %v", won, err, approved)
	}
}
