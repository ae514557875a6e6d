package storetest

import (
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
)

var letters = []test{
	{"a message, from the outbox to its end", letter},
	{"a message that fails", letterFails},
	{"a lease that is over", leaseOver},
	{"messages are purged", letterPurge},
	{"one message, many senders", raceLetters},
}

// posted is a person's session with so many messages in the outbox.
func posted(t *testing.T, s store.Store, n int) {
	t.Helper()
	c := newPIN(t, s, "A", ayse)
	for i := range n {
		must(t, s.SendCode(t.Context(), newCode(c), newMessage(string(rune('a'+i))), store.Sending{Limit: store.Limit{Count: 100, Window: time.Hour}}))
	}
}

func wantNone(t *testing.T, s store.Store, at time.Time) {
	t.Helper()
	l, err := s.LeaseMessage(t.Context(), at, at.Add(time.Minute))
	if err == nil {
		t.Errorf("at %v there is %+v", at, l)
		return
	}
	wantNotFound(t, err)
}

func letter(t *testing.T, s store.Store) {
	ctx := t.Context()
	wantNone(t, s, now)
	posted(t, s, 2)
	first, err := s.LeaseMessage(ctx, now, now.Add(time.Minute))
	must(t, err)
	second, err := s.LeaseMessage(ctx, now, now.Add(time.Minute))
	must(t, err)
	wantNone(t, s, now)
	if string(first.Sealed) != "a" || string(second.Sealed) != "b" || first.ID == second.ID || first.ID == "" ||
		first.Kind != store.CodeMessage || first.Attempt != 1 || !first.ExpiresAt.Equal(now.Add(10*time.Minute)) {
		t.Errorf("got %+v and %+v", first, second)
	}
	must(t, s.MessageSent(ctx, first, now))
	must(t, s.MessageSent(ctx, second, now))
	wantNone(t, s, now.Add(time.Hour))
}

func letterFails(t *testing.T, s store.Store) {
	ctx := t.Context()
	posted(t, s, 1)
	l, err := s.LeaseMessage(ctx, now, now.Add(time.Minute))
	must(t, err)
	must(t, s.MessageFailed(ctx, l, now, now.Add(5*time.Second)))
	wantNone(t, s, now.Add(4*time.Second))
	again, err := s.LeaseMessage(ctx, now.Add(5*time.Second), now.Add(time.Minute))
	must(t, err)
	if again.ID != l.ID || again.Attempt != 2 || string(again.Sealed) != "a" {
		t.Errorf("got %+v after %+v", again, l)
	}
	must(t, s.MessageFailed(ctx, again, now, time.Time{}))
	wantNone(t, s, now.Add(time.Hour))
}

// leaseOver has a sender come back after its lease: another has the message.
func leaseOver(t *testing.T, s store.Store) {
	ctx := t.Context()
	posted(t, s, 1)
	late, err := s.LeaseMessage(ctx, now, now.Add(time.Minute))
	must(t, err)
	other, err := s.LeaseMessage(ctx, now.Add(time.Minute), now.Add(2*time.Minute))
	must(t, err)
	must(t, s.MessageFailed(ctx, late, now, time.Time{}))
	must(t, s.MessageSent(ctx, late, now))
	must(t, s.MessageFailed(ctx, other, now, now.Add(3*time.Minute)))
	if l, err := s.LeaseMessage(ctx, now.Add(3*time.Minute), now.Add(4*time.Minute)); err != nil || l.Attempt != 3 || string(l.Sealed) != "a" {
		t.Errorf("got %+v, %v", l, err)
	}
}

func letterPurge(t *testing.T, s store.Store) {
	ctx := t.Context()
	posted(t, s, 2)
	l, err := s.LeaseMessage(ctx, now, now.Add(time.Minute))
	must(t, err)
	must(t, s.MessageSent(ctx, l, now))
	must(t, s.Purge(ctx, now.Add(24*time.Hour)))
	if l, err := s.LeaseMessage(ctx, now, now.Add(time.Minute)); err != nil || string(l.Sealed) != "b" {
		t.Errorf("got %+v, %v", l, err)
	}
}

func raceLetters(t *testing.T, s store.Store) {
	posted(t, s, 1)
	won := 0
	for _, err := range atOnce(16, func(int) error {
		_, err := s.LeaseMessage(t.Context(), now, now.Add(time.Minute))
		return err
	}) {
		if err == nil {
			won++
			continue
		}
		wantNotFound(t, err)
	}
	if won != 1 {
		t.Errorf("%d senders have it, want 1", won)
	}
}
