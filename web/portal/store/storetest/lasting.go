package storetest

import (
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/store"
)

var lasting = []test{
	{"a lasting copy, and the next one", lastingCopies},
	{"a lasting copy that cannot be made", lastingFails},
	{"one act to last, many processes", raceLasting},
}

// toLast is a recorded act.
func toLast(t *testing.T, s store.Store) string {
	t.Helper()
	session := newSession("A", ayse)
	must(t, s.CreateSession(t.Context(), session))
	c := newChallenge("R1", session, store.Give, now)
	must(t, s.IssueChallenge(t.Context(), c, limit))
	recorded(t, s, c)
	return c.Reference
}

func lastingCopies(t *testing.T, s store.Store) {
	ctx := t.Context()
	at := now.Add(time.Hour)
	_, err := s.LeaseLasting(ctx, at, at.Add(time.Minute))
	wantNotFound(t, err)
	reference := toLast(t, s)
	_, err = s.NewestCopy(ctx, reference)
	wantNotFound(t, err)
	wantLasting(t, s, at, store.LastingState{Missing: 1})
	l, err := s.LeaseLasting(ctx, at, at.Add(time.Minute))
	must(t, err)
	if l.Reference != reference || l.Attempt != 1 {
		t.Errorf("%+v", l)
	}
	_, err = s.LeaseLasting(ctx, at, at.Add(time.Minute))
	wantNotFound(t, err)
	until := at.AddDate(3, 0, 0)
	must(t, s.AddCopy(ctx, l, store.Copy{Signature: []byte("kalıcı"), MadeAt: at, LastsUntil: until}, until.AddDate(0, -3, 0)))
	got, err := s.NewestCopy(ctx, reference)
	if err != nil || got.Version != 1 || got.Reference != reference || string(got.Signature) != "kalıcı" || !got.MadeAt.Equal(at) || !got.LastsUntil.Equal(until) {
		t.Errorf("%+v, %v", got, err)
	}
	wantLasting(t, s, at, store.LastingState{})
	_, err = s.LeaseLasting(ctx, at.AddDate(2, 0, 0), at)
	wantNotFound(t, err)
	if state, err := s.LastingState(ctx, until, until); err != nil || state.Fading != 1 || state.Missing != 0 {
		t.Errorf("%+v, %v", state, err)
	}
	if l, err = s.LeaseLasting(ctx, until, until.Add(time.Minute)); err != nil || l.Attempt != 1 {
		t.Errorf("%+v, %v", l, err)
	}
	must(t, s.AddCopy(ctx, l, store.Copy{Signature: []byte("daha kalıcı"), MadeAt: until}, time.Time{}))
	if got, err = s.NewestCopy(ctx, reference); err != nil || got.Version != 2 || !got.LastsUntil.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = s.LeaseLasting(ctx, until.AddDate(100, 0, 0), until)
	wantNotFound(t, err)
	must(t, s.AddCopy(ctx, l, store.Copy{Signature: []byte("geç")}, time.Time{})) // whose lease is over
	if got, err = s.NewestCopy(ctx, reference); err != nil || got.Version != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

func wantLasting(t *testing.T, s store.Store, at time.Time, want store.LastingState) {
	t.Helper()
	if got, err := s.LastingState(t.Context(), at, at.AddDate(0, 3, 0)); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

func lastingFails(t *testing.T, s store.Store) {
	ctx := t.Context()
	at := now.Add(time.Hour)
	toLast(t, s)
	l, err := s.LeaseLasting(ctx, at, at.Add(time.Minute))
	must(t, err)
	must(t, s.DeferLasting(ctx, l, at.Add(time.Hour), fault.TimestampUnavailable))
	wantLasting(t, s, at, store.LastingState{Missing: 1, Failing: 1})
	_, err = s.LeaseLasting(ctx, at.Add(time.Hour-time.Second), at)
	wantNotFound(t, err)
	again, err := s.LeaseLasting(ctx, at.Add(time.Hour), at.Add(2*time.Hour))
	must(t, err)
	if again.Attempt != 2 {
		t.Errorf("%+v", again)
	}
	must(t, s.DeferLasting(ctx, l, at, fault.TimestampUnavailable)) // whose lease is over
	_, err = s.LeaseLasting(ctx, at.Add(time.Hour), at)
	wantNotFound(t, err)
	if err := s.AddCopy(ctx, again, store.Copy{Signature: make([]byte, store.MaxCopy+1)}, time.Time{}); err == nil {
		t.Error("a copy that is too large")
	}
}

func raceLasting(t *testing.T, s store.Store) {
	toLast(t, s)
	at := now.Add(time.Hour)
	leased := 0
	for _, err := range atOnce(8, func(int) error {
		_, err := s.LeaseLasting(t.Context(), at, at.Add(time.Minute))
		return err
	}) {
		if err == nil {
			leased++
		}
	}
	if leased != 1 {
		t.Errorf("%d leases of one act", leased)
	}
}
