package progress_test

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/progress"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
)

// TestForgetUnpaid: what was made without a login and never paid is cancelled and erased; what was paid, and what a person has made, is not.
func TestForgetUnpaid(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "portal.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	now := time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC)
	e := progress.New(progress.Options{Store: s, Rules: rules, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
	begin := func(reference, number string) application.Application {
		t.Helper()
		a := application.NewSealWithoutLogin(application.Form{"authorised": "AYŞE", "authorised_number": ayse}, 100)
		if number != "" {
			a = application.New(application.Seal, application.PaidByPerson, 100)
			a.CitizenNumber, a.Name = number, "AYŞE"
		}
		a.Reference = reference
		a, err := e.Create(t.Context(), a, application.Person, number)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	begin("UNPAID", "")
	begin("OWN", ayse)
	paid := begin("PAID", "")
	if _, err := e.Do(t.Context(), paid.Reference, 1, application.Change{Event: application.Pay, By: application.Authority, Who: ayse, Basis: "M"}); err != nil {
		t.Fatal(err)
	}
	before := now.Add(time.Hour)
	now = now.AddDate(0, 0, 30)
	begin("NEW", "")
	for _, want := range []int{1, 0} {
		if n, err := e.ForgetUnpaid(t.Context(), s, before); err != nil || n != want {
			t.Errorf("%d forgotten, %v, want %d", n, err, want)
		}
	}
	for reference, want := range map[string]application.State{"UNPAID": application.Cancelled, "OWN": application.PaymentDue, "PAID": application.Draft, "NEW": application.PaymentDue} {
		a, err := s.Application(t.Context(), reference)
		if err != nil || a.State != want || (a.Name == "") != (reference == "UNPAID") || (len(a.Form) == 0) != (reference == "UNPAID" || reference == "OWN") {
			t.Errorf("%s: %+v, %v", reference, a, err)
		}
	}
}
