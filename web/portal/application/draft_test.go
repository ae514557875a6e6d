package application_test

import (
	"maps"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// TestDraftIsSubmitted: what was written beside a version counts for that version alone, and comes into the application by Submit.
func TestDraftIsSubmitted(t *testing.T) {
	ends := now.AddDate(0, 3, 0)
	a := application.New(application.NES, application.PaidByPerson, 0)
	d := application.DraftForm{Version: 1, Counter: 3, Form: complete, Replaces: ends, SecurityWord: "hash", SavedAt: now}
	other := d
	other.Version = 2
	if got := a.WithDraft(other); len(got.Form) > 0 || got.PageVersion() != 1 {
		t.Errorf("a draft of another version counts: %+v", got)
	}
	if _, _, err := a.Apply(a.Submission("1"), rules); fault.CodeOf(err) != refusal.ApplicationIncomplete {
		t.Errorf("an empty form was submitted: %v", err)
	}
	seen := a.WithDraft(d)
	if seen.PageVersion() == a.PageVersion() || seen.PageVersion() == a.Version+d.Counter {
		t.Errorf("the page's number is %d", seen.PageVersion())
	}
	c := seen.Submission("1")
	c.At = now.Add(time.Hour)
	next, c, err := a.Apply(c, rules)
	if err != nil || next.State != application.AwaitingApproval || next.Version != 2 || c.DraftCounter != 3 || next.DraftCounter != 0 {
		t.Fatalf("%+v, %v", next, err)
	}
	if !maps.Equal(next.Form, complete) || !next.Replaces.Equal(ends) || next.SecurityWord != "hash" {
		t.Errorf("submitted: %+v", next)
	}
	if again := next.WithDraft(d); again.DraftCounter != 0 {
		t.Error("the draft counts for what was submitted")
	}
	lacking := maps.Clone(complete)
	delete(lacking, "mail")
	d.Form = lacking
	if _, _, err := a.Apply(a.WithDraft(d).Submission("1"), rules); fault.CodeOf(err) != refusal.ApplicationIncomplete {
		t.Errorf("a draft that lacks something was submitted: %v", err)
	}
}

// TestDraftKeepsWhatIsFixed: a draft changes nothing that an institution has entered.
func TestDraftKeepsWhatIsFixed(t *testing.T) {
	a := application.PreApplication(application.NES, "belediye")
	a.State, a.Form = application.Draft, application.Form{"birth_date": "1980-02-29"}
	d := application.DraftForm{Version: 1, Counter: 1, Form: application.Form{"birth_date": "1999-01-01", "unit": "x", "mail": "a@example.com"}}
	if got := a.WithDraft(d).Form; !maps.Equal(got, application.Form{"birth_date": "1980-02-29", "mail": "a@example.com"}) {
		t.Errorf("%v", got)
	}
}
