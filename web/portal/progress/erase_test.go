package progress_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/progress"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
	"github.com/e-onay/e-onay/web/portal/store/sqlite/sqlitetest"
)

// cancelledDrafts are so many applications, cancelled a day apart from the given time on.
func cancelledDrafts(t *testing.T, n int, first time.Time) *sqlite.Store {
	t.Helper()
	s := sqlitetest.Open(t, filepath.Join(t.TempDir(), "portal.db"))
	for i := range n {
		a := application.New(application.NES, application.PaidByInstitution, 0)
		a.Reference, a.CitizenNumber, a.Name = fmt.Sprint("B", i), ayse, "AYŞE"
		at := first.AddDate(0, 0, i)
		next, c, err := a.Apply(application.Change{Event: application.Cancel, By: application.Person, Who: ayse, At: at}, rules)
		if err := errors.Join(err, s.CreateApplication(t.Context(), a, application.Change{Event: application.Create, By: application.Person, Who: ayse, At: at}),
			s.ChangeApplication(t.Context(), next, c)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestErase(t *testing.T) {
	first := time.Date(2028, 2, 28, 12, 0, 0, 0, time.UTC)
	s := cancelledDrafts(t, 4, first)
	now := first.AddDate(1, 0, 0)
	for _, want := range []int{3, 0} {
		if n, err := progress.Erase(t.Context(), s, first.AddDate(0, 0, 3), now); err != nil || n != want {
			t.Errorf("%d erased, %v, want %d", n, err, want)
		}
	}
	if list, err := s.ApplicationsOf(t.Context(), ayse, 9); err != nil || len(list) != 1 || list[0].Reference != "B3" {
		t.Errorf("the person has %+v, %v", list, err)
	}
}

// failing fails to erase the second application.
type failing struct {
	*sqlite.Store
	erased int
}

var errDisk = errors.New("disk full")

func (f *failing) EraseApplication(ctx context.Context, reference string, at time.Time) error {
	if f.erased++; f.erased == 2 {
		return errDisk
	}
	return f.Store.EraseApplication(ctx, reference, at)
}

func TestEraseFails(t *testing.T) {
	first := time.Date(2028, 2, 28, 12, 0, 0, 0, time.UTC)
	s := &failing{Store: cancelledDrafts(t, 3, first)}
	if n, err := progress.Erase(t.Context(), s, first.AddDate(1, 0, 0), first.AddDate(2, 0, 0)); n != 1 || !errors.Is(err, errDisk) {
		t.Errorf("%d erased, %v", n, err)
	}
	if n, err := progress.Erase(t.Context(), s, first.AddDate(1, 0, 0), first.AddDate(2, 0, 0)); n != 2 || err != nil {
		t.Errorf("%d erased the second time, %v", n, err)
	}
}
