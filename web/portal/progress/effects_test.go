package progress_test

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/progress"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

var errEffect = errors.New("no key")

// TestEffects: what follows from a change is put down with it, and whoever does jobs is woken; what cannot be put down refuses the change.
func TestEffects(t *testing.T) {
	m := newMemory()
	woken := 0
	var fails error
	told := func(before, after application.Application, c application.Change) ([]store.Job, error) {
		if c.Event == application.SaveForm {
			return nil, nil
		}
		return []store.Job{{Key: fmt.Sprintf("%s/%d %s→%s", c.Event, after.Version, before.State, after.State), Kind: "notice"}}, nil
	}
	refused := func(application.Application, application.Application, application.Change) ([]store.Job, error) {
		return nil, fails
	}
	e := progress.New(progress.Options{
		Store: m, Rules: rules, Effects: []progress.Effect{told, refused}, WakeJobs: func() { woken++ }, Log: slog.New(slog.DiscardHandler), Now: m.Now,
	})
	a := submitted(t, e)
	var keys []string
	for _, j := range m.jobs {
		keys = append(keys, j.Key)
	}
	if want := []string{"create/1 →draft", "submit/3 draft→awaiting_approval"}; !slices.Equal(keys, want) || woken != len(want) {
		t.Errorf("%q, woken %d times, want %q", keys, woken, want)
	}
	cancel := application.Change{Event: application.Cancel, By: application.Person, Who: ayse}
	if _, err := e.Do(t.Context(), a.Reference, a.Version+1, cancel); fault.CodeOf(err) != refusal.ApplicationChanged {
		t.Error(err)
	}
	fails = errEffect
	if _, err := e.Do(t.Context(), a.Reference, a.Version, cancel); !errors.Is(err, errEffect) {
		t.Error(err)
	}
	if _, err := e.Create(t.Context(), application.New(application.NES, application.PaidByInstitution, 0), application.Person, ayse); !errors.Is(err, errEffect) {
		t.Error(err)
	}
	if len(m.kept) != 1 || m.kept[a.Reference].Version != a.Version || len(m.jobs) != 2 || woken != 2 {
		t.Errorf("%d applications, %d jobs, woken %d times", len(m.kept), len(m.jobs), woken)
	}
}
