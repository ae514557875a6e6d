package application_test

import (
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// typed is an application that was made without a login.
func typed(fee int64) application.Application {
	a := application.NewSealWithoutLogin(application.Form{"tax_number": "1234567890", "company": "ÇINAR", "authorised": "AYŞE", "authorised_number": "10000000146",
		"mobile": "+905321234567", "mail": "a@ornek.test"}, fee)
	a.Reference = "R"
	return a
}

// TestWithoutLogin: an application without a login is paid before its form, keeps the company and person that were typed first, and is approved by
// the authority alone.
func TestWithoutLogin(t *testing.T) {
	a := typed(100)
	if !a.WithoutLogin() || a.CitizenNumber != "" || a.Number() != "10000000146" || a.Name != "AYŞE" || a.State != application.PaymentDue {
		t.Fatalf("begun: %+v", a)
	}
	do := func(c application.Change) {
		t.Helper()
		c.At = now
		next, _, err := a.Apply(c, rules)
		if err != nil {
			t.Fatal(err)
		}
		a = next
	}
	do(application.Change{Event: application.Pay, By: application.Provider, Basis: "P"})
	if a.State != application.Draft {
		t.Fatalf("paid: %s", a.State)
	}
	do(application.Change{Event: application.SaveForm, By: application.Person, SecurityWord: "hash", Form: application.Form{"tax_number": "9", "company": "BAŞKA", "authorised_number": "9",
		"mail": "b@ornek.test", "medium": "card", "delivery": "address", "mobile": "+905330000000", "address": "Sokak", "district": "Konak", "province": "İzmir", "postcode": "35000"}})
	for name, want := range map[string]string{"tax_number": "1234567890", "company": "ÇINAR", "authorised_number": "10000000146", "mail": "a@ornek.test", "mobile": "+905330000000"} {
		if a.Form[name] != want {
			t.Errorf("%s is %q, want %q", name, a.Form[name], want)
		}
	}
	do(application.Change{Event: application.Submit, By: application.Person})
	for _, by := range []application.Actor{application.Portal, application.Officer} {
		if _, _, err := a.Apply(application.Change{Event: application.Approve, By: by, Way: application.ByConsent, At: now}, rules); fault.CodeOf(err) != refusal.ApplicationState {
			t.Errorf("approved by %s: %v", by, err)
		}
	}
	signed, _, err := a.Apply(application.Change{Event: application.Approve, By: application.Person, Who: a.Number(), Way: application.BySignature, Basis: "S", At: now}, rules)
	if err != nil || signed.State != application.UnderReview || signed.CitizenNumber != "" {
		t.Errorf("approved by a signature: %+v, %v", signed, err)
	}
	do(application.Change{Event: application.Approve, By: application.Authority, Way: application.OnPaper, Basis: a.PaperCode()})
	do(application.Change{Event: application.Accept, By: application.Authority})
	if a.State != application.InProduction {
		t.Errorf("accepted: %s", a.State)
	}
}

// TestUnpaid: the portal cancels by itself what was made without a login and not paid, and nothing else.
func TestUnpaid(t *testing.T) {
	can := func(a application.Application) bool {
		return slices.Contains(a.Possible(application.Portal, now, rules), application.Cancel)
	}
	paid := typed(100)
	paid.PaidAt, paid.State = now, application.Draft
	own := application.New(application.Seal, application.PaidByPerson, 100)
	own.CitizenNumber = "10000000146"
	reviewed := typed(0)
	reviewed.State = application.UnderReview
	for what, test := range map[string]struct {
		a    application.Application
		want bool
	}{"unpaid": {typed(100), true}, "free": {typed(0), true}, "paid": {paid, false}, "with a login": {own, false}, "under review": {reviewed, false}} {
		if can(test.a) != test.want {
			t.Errorf("%s: %v", what, !test.want)
		}
	}
}
