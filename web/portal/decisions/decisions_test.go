package decisions

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/sqlite/sqlitetest"
)

const (
	asker = "10000000146"
	other = "11111111110"
)

var (
	now     = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	editors = []store.Role{store.Editor}
)

// engine is one on a new database with two editors; its kind does what perform says.
func engine(t *testing.T, alone bool, perform func() (store.DecisionEffect, error)) *Engine {
	t.Helper()
	s := sqlitetest.Open(t, filepath.Join(t.TempDir(), "portal.db"))
	for _, person := range []string{asker, other} {
		if err := s.ChangeRole(t.Context(), store.RoleChange{CitizenNumber: person, Role: store.Editor, At: now}); err != nil {
			t.Fatal(err)
		}
	}
	kind := Kind{
		Name: "test", Role: store.Editor, Alone: alone,
		Describe: func(asked []byte) (d Description, err error) {
			err = Parse(asked, &d.Title)
			return d, err
		},
		Perform: func(context.Context, store.Decision, string, time.Time) (store.DecisionEffect, error) {
			return perform()
		},
	}
	return New(Options{Store: s, Kinds: []Kind{kind}, Within: time.Hour, Now: func() time.Time { return now }})
}

func nothing() (store.DecisionEffect, error) { return store.DecisionEffect{}, nil }

// ask asks for something.
func ask(t *testing.T, e *Engine) string {
	t.Helper()
	reference, err := e.Ask(t.Context(), asker, Question{Kind: "test", Subject: "s", Asked: protocol.Sentence{TR: "Bir", EN: "One"}})
	if err != nil {
		t.Fatal(err)
	}
	return reference
}

func shown(t *testing.T, e *Engine, reference string) Shown {
	t.Helper()
	s, err := e.Find(t.Context(), editors, reference)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestConfirmAndPerformAreOne has what was asked fail: the decision stays open, and can be confirmed once it can be done.
func TestConfirmAndPerformAreOne(t *testing.T) {
	failed := errors.New("the network is away")
	err := failed
	e := engine(t, false, func() (store.DecisionEffect, error) { return store.DecisionEffect{}, err })
	reference := ask(t, e)
	digest := shown(t, e, reference).Digest
	if got := e.Confirm(t.Context(), other, editors, reference, digest); !errors.Is(got, failed) || shown(t, e, reference).End != nil {
		t.Errorf("got %v, ended %+v", got, shown(t, e, reference).End)
	}
	err = nil
	if got := e.Confirm(t.Context(), other, editors, reference, digest); got != nil || shown(t, e, reference).End.Outcome != store.Confirmed {
		t.Errorf("got %v", got)
	}
	if got := e.Confirm(t.Context(), other, editors, reference, digest); fault.CodeOf(got) != refusal.DecisionOver {
		t.Errorf("confirmed again: %v", got)
	}
}

// TestAlone has the settings ask for no second person.
func TestAlone(t *testing.T) {
	e := engine(t, true, nothing)
	if end := shown(t, e, ask(t, e)).End; end == nil || end.Outcome != store.Alone || end.By != asker {
		t.Errorf("ended %+v", end)
	}
}

// TestUnknownKind has a program of an earlier version meet a decision of a later one.
func TestUnknownKind(t *testing.T) {
	e := engine(t, false, nothing)
	reference := ask(t, e)
	old := New(Options{Store: e.Store, Within: time.Hour, Now: e.Now})
	s := shown(t, old, reference)
	if s.Title.TR != "" || fault.CodeOf(old.Confirm(t.Context(), other, editors, reference, s.Digest)) != fault.Unavailable {
		t.Errorf("it is confirmed unread: %+v", s)
	}
}

// TestExpire ends what nobody has confirmed in time, once.
func TestExpire(t *testing.T) {
	e := engine(t, false, nothing)
	reference := ask(t, e)
	if n, err := Expire(t.Context(), e.Store, now.Add(time.Hour-time.Millisecond)); n != 0 || err != nil {
		t.Errorf("%d have ended before their time, %v", n, err)
	}
	for _, want := range []int{1, 0} {
		if n, err := Expire(t.Context(), e.Store, now.Add(time.Hour)); n != want || err != nil {
			t.Errorf("%d have ended, %v, want %d", n, err, want)
		}
	}
	if end := shown(t, e, reference).End; end == nil || end.Outcome != store.Expired || end.By != "" {
		t.Errorf("ended %+v", end)
	}
}
