package application_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

var (
	now   = time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC)
	rules = application.Rules{ProduceBefore: 60 * 24 * time.Hour}
)

var complete = application.Form{
	"birth_date": "1984-02-29", "birth_place": "Iğdır", "reason": "first", "reader": "none", "years": "3", "mobile": "+905321234567",
	"mail": "ayse@example.tr", "address": "Işık Sokak 3", "district": "Çankaya", "province": "Ankara", "postcode": "06100",
}

// allowed is what leads on from a state, written here a second time: event, who causes it, and the state after it, for an
// application that is complete, paid by the institution, approved by E-Onay, with a certificate of these days.
const allowed = `
pre_applied        open              person                    draft
pre_applied        dispute           person                    disputed
pre_applied        correct           officer                   pre_applied
disputed           correct           officer                   pre_applied
disputed           cancel            person,officer,authority  cancelled
pre_applied        cancel            person,officer,authority  cancelled
draft              save_form         person                    draft
draft              submit            person                    awaiting_approval
draft              cancel            person,officer,authority  cancelled
awaiting_approval  approve           person,authority,portal   under_review
awaiting_approval  return            person,authority          draft
awaiting_approval  cancel            person,officer,authority  cancelled
under_review       accept            authority                 in_production
under_review       return            authority                 draft
under_review       reject            authority                 rejected
under_review       withdraw_consent  portal                    awaiting_approval
under_review       cancel            person,officer,authority  cancelled
payment_due        pay               provider,authority        in_production
payment_due        withdraw_consent  portal                    awaiting_approval
payment_due        cancel            person,officer,authority  cancelled
held               become_due        portal                    in_production
held               withdraw_consent  portal                    awaiting_approval
held               cancel            person,officer,authority  cancelled
in_production      produce           producer                  produced
produced           dispatch          carrier,authority         with_courier
produced           revoke            person,authority          revoked
with_courier       deliver           carrier,authority         delivered
with_courier       return_to_sender  carrier,authority         produced
with_courier       revoke            person,authority          revoked
delivered          activate          portal                    active
delivered          revoke            person,authority          revoked
active             suspend           person,authority          suspended
active             revoke            person,authority          revoked
suspended          resume            person,authority          active
suspended          revoke            person,authority          revoked
`

var actors = []application.Actor{
	application.Person, application.Officer, application.Authority, application.Provider, application.Producer, application.Carrier, application.Portal,
}

func applicationIn(s application.State) application.Application {
	a := application.New(application.NES, application.PaidByInstitution, 0)
	a.Reference, a.State, a.Form, a.SecurityWord = "R", s, complete, "hash"
	a.Approval = application.Approval{Way: application.ByConsent, Basis: "E"}
	a.Certificate = application.Certificate{NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0)}
	return a
}

// Every event of every actor in every state leads where it must, or is refused by name.
func TestEveryTransition(t *testing.T) {
	want := map[string]string{}
	for line := range strings.Lines(strings.TrimSpace(allowed)) {
		f := strings.Fields(line)
		for _, by := range strings.Split(f[2], ",") {
			want[f[0]+" "+f[1]+" "+by] = f[3]
		}
	}
	got := map[string]string{}
	for _, s := range application.States {
		for _, by := range actors {
			for _, e := range application.Events {
				a := applicationIn(s)
				next, c, err := a.Apply(application.Change{Event: e, By: by, At: now, Reason: "neden", Form: complete}, rules)
				key := fmt.Sprint(s, " ", e, " ", by)
				switch {
				case err == nil:
					got[key] = string(next.State)
					if next.Version != a.Version+1 || c.Version != next.Version || c.From != s || c.To != next.State || !next.ChangedAt.Equal(now) {
						t.Errorf("%s: %+v", key, c)
					}
				case fault.CodeOf(err) != refusal.ApplicationState:
					t.Errorf("%s: %v", key, err)
				}
				if slices.Contains(a.Possible(by, now, rules), e) != (err == nil) {
					t.Errorf("%s: pages offer otherwise", key)
				}
			}
		}
	}
	if !maps.Equal(got, want) {
		for key, to := range got {
			if want[key] != to {
				t.Errorf("%s leads to %s, want %q", key, to, want[key])
			}
		}
		for key := range want {
			if got[key] == "" {
				t.Errorf("%s is refused", key)
			}
		}
	}
}

func apply(t *testing.T, a application.Application, e application.Event, by application.Actor) application.Application {
	t.Helper()
	a, _, err := a.Apply(application.Change{Event: e, By: by, At: now, Reason: "neden", Form: complete}, rules)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// What a person pays leads to payment before production, of a kind that is paid first before the form.
func TestPayment(t *testing.T) {
	a := applicationIn(application.UnderReview)
	a.Payer, a.Fee = application.PaidByPerson, 95_000
	a = apply(t, a, application.Accept, application.Authority)
	if a.State != application.PaymentDue {
		t.Fatal(a.State)
	}
	a = apply(t, a, application.Pay, application.Provider)
	if a.State != application.InProduction || a.PaidAt.IsZero() {
		t.Fatal(a.State, a.PaidAt)
	}
	if _, _, err := a.Apply(application.Change{Event: application.Pay, By: application.Provider, At: now}, rules); fault.CodeOf(err) != refusal.ApplicationState {
		t.Errorf("paid twice: %v", err)
	}

	seal := application.New(application.Seal, application.PaidByPerson, 200_000)
	if seal.State != application.PaymentDue {
		t.Fatal(seal.State)
	}
	seal = apply(t, seal, application.Pay, application.Provider)
	if seal.State != application.Draft {
		t.Fatal(seal.State)
	}
	seal.State, seal.Form = application.UnderReview, complete
	if seal = apply(t, seal, application.Accept, application.Authority); seal.State != application.InProduction {
		t.Errorf("after the review of what was paid first: %s", seal.State)
	}
}

// A renewal waits until the old certificate ends within the time that the rules say, to the second.
func TestRenewalWaits(t *testing.T) {
	for _, c := range []struct {
		ends time.Time
		held bool
	}{
		{now.Add(rules.ProduceBefore), false},
		{now.Add(rules.ProduceBefore + time.Second), true},
		{now.Add(-time.Hour), false},
	} {
		a := applicationIn(application.UnderReview)
		a.Replaces = c.ends
		a = apply(t, a, application.Accept, application.Authority)
		if (a.State == application.Held) != c.held {
			t.Errorf("old certificate ends %s: %s", c.ends, a.State)
		}
		if !c.held {
			continue
		}
		_, _, err := a.Apply(application.Change{Event: application.BecomeDue, By: application.Portal, At: now}, rules)
		if fault.CodeOf(err) != refusal.ApplicationState {
			t.Errorf("produced early: %v", err)
		}
		after, _, err := a.Apply(application.Change{Event: application.BecomeDue, By: application.Portal, At: now.Add(time.Second)}, rules)
		if err != nil || after.State != application.InProduction {
			t.Errorf("not produced when due: %v", err)
		}
	}
}

// A form says which certificate is renewed, and saved again without it does not.
func TestFormNamesWhatIsReplaced(t *testing.T) {
	a := applicationIn(application.Draft)
	for _, ends := range []time.Time{now.AddDate(1, 0, 0), {}} {
		next, _, err := a.Apply(application.Change{Event: application.SaveForm, By: application.Person, At: now, Form: complete, Replaces: ends}, rules)
		if err != nil || !next.Replaces.Equal(ends) {
			t.Errorf("%s: %v", next.Replaces, err)
		}
		a = next
	}
}

// What E-Onay has not approved stays when E-Onay is withdrawn, and an approval ends with what takes it back.
func TestApprovals(t *testing.T) {
	a := applicationIn(application.UnderReview)
	if a = apply(t, a, application.WithdrawConsent, application.Portal); a.Approval != (application.Approval{}) {
		t.Errorf("%+v", a.Approval)
	}
	a = applicationIn(application.UnderReview)
	a.Approval.Way = application.OnPaper
	if slices.Contains(a.Possible(application.Portal, now, rules), application.WithdrawConsent) {
		t.Error("an approval on paper ends with E-Onay")
	}
	if a = apply(t, a, application.Return, application.Authority); a.Approval != (application.Approval{}) {
		t.Error("a form that was returned is still approved")
	}
	a = applicationIn(application.AwaitingApproval)
	a, _, err := a.Apply(application.Change{Event: application.Approve, By: application.Portal, At: now, Way: application.ByConsent, Basis: "ONAY-1"}, rules)
	if err != nil || a.Approval != (application.Approval{Way: application.ByConsent, Basis: "ONAY-1"}) {
		t.Errorf("%+v: %v", a.Approval, err)
	}
}

// A certificate's ends lead to and from its states.
func TestCertificateEnds(t *testing.T) {
	a := applicationIn(application.Active)
	a.Certificate.NotAfter = now
	if a = apply(t, a, application.Expire, application.Portal); a.State != application.Expired {
		t.Error(a.State)
	}
	a = applicationIn(application.Delivered)
	a.Certificate.NotBefore = now.Add(time.Second)
	if slices.Contains(a.Possible(application.Portal, now, rules), application.Activate) {
		t.Error("a certificate is active before it begins")
	}
}

// What people are told the reason of needs one, and no reason is endless.
func TestReasons(t *testing.T) {
	for _, reason := range []string{"", strings.Repeat("ş", application.MaxReason/2+1), "\xff"} {
		_, _, err := applicationIn(application.UnderReview).Apply(application.Change{Event: application.Return, By: application.Authority, At: now, Reason: reason}, rules)
		if fault.CodeOf(err) != refusal.ReasonMissing {
			t.Errorf("%.10q: %v", reason, err)
		}
	}
	if _, _, err := applicationIn(application.Active).Apply(application.Change{Event: application.Revoke, By: application.Person, At: now}, rules); err != nil {
		t.Errorf("a person needs a reason for their own: %v", err)
	}
}

// An incomplete form is refused as that.
func TestIncomplete(t *testing.T) {
	for name := range maps.Keys(complete) {
		a := applicationIn(application.Draft)
		a.Form = maps.Clone(complete)
		delete(a.Form, name)
		_, _, err := a.Apply(application.Change{Event: application.Submit, By: application.Person, At: now}, rules)
		if fault.CodeOf(err) != refusal.ApplicationIncomplete {
			t.Errorf("without %s: %v", name, err)
		}
	}
	a := applicationIn(application.Draft)
	a.SecurityWord = ""
	if _, _, err := a.Apply(application.Change{Event: application.Submit, By: application.Person, At: now}, rules); fault.CodeOf(err) != refusal.ApplicationIncomplete {
		t.Errorf("without a security word: %v", err)
	}
	var coded *fault.Error
	if _, _, err := (application.Application{}).Apply(application.Change{Event: application.Submit, By: application.Person}, rules); !errors.As(err, &coded) {
		t.Errorf("of no application: %v", err)
	}
}
