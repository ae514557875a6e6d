package portal

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/timestamp"
	"github.com/e-onay/e-onay/web/portal/store"
)

// lastingStore says what it is told to of lasting copies.
type lastingStore struct {
	store.Lasting
	state store.LastingState
	err   error
	asked int
}

func (s *lastingStore) LastingState(context.Context, time.Time, time.Time) (store.LastingState, error) {
	s.asked++
	return s.state, s.err
}

// TestLastingHealth tells of acts without their copy, and asks the store once a minute at most.
func TestLastingHealth(t *testing.T) {
	now := time.Now()
	s := new(lastingStore)
	h := &lastingHealth{store: s, settings: new(LastingSettings), now: func() time.Time { return now }}
	for _, step := range []struct {
		state  store.LastingState
		err    error
		after  time.Duration
		isGood bool
		asked  int
	}{
		{store.LastingState{}, nil, 0, true, 1},
		{store.LastingState{Missing: 1}, nil, time.Second, true, 1},
		{store.LastingState{Missing: 1}, nil, time.Minute, false, 2},
		{store.LastingState{Fading: 1, Failing: 1}, nil, time.Minute, false, 3},
		{store.LastingState{}, errors.New("away"), time.Minute, false, 4},
		{store.LastingState{}, nil, time.Minute, true, 5},
	} {
		now = now.Add(step.after)
		s.state, s.err = step.state, step.err
		if err := h.ask(t.Context()); (err == nil) != step.isGood || s.asked != step.asked {
			t.Errorf("%+v: %v after %d questions", step, err, s.asked)
		}
	}
}

// TestLastingPaths has the files of the settings be relative to their folder.
func TestLastingPaths(t *testing.T) {
	s := &Settings{Lasting: &LastingSettings{Anchors: "tsa.pem", Authorities: []timestamp.Settings{
		{URL: "http://tsa.example", KamuSM: &timestamp.KamuSMSettings{Customer: 7, PasswordFile: "tsa.password"}}, {URL: "http://other.example"},
	}}}
	if err := s.resolve("/etc/portal"); err != nil {
		t.Fatal(err)
	}
	if s.Lasting.Anchors != filepath.Join("/etc/portal", "tsa.pem") || s.Lasting.Authorities[0].KamuSM.PasswordFile != filepath.Join("/etc/portal", "tsa.password") {
		t.Errorf("%+v", s.Lasting)
	}
	if _, err := openLasting(s, nil, nil); err == nil {
		t.Error("opened without its files")
	}
}
