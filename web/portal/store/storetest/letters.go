package storetest

import (
	"reflect"
	"slices"
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
	{"messages among the jobs that wait or were given up", letterCounts},
}

// posted is a person's session with so many messages in the outbox.
func posted(t *testing.T, s store.Store, n int) {
	t.Helper()
	c := newPIN(t, s, "A", ayse)
	for i := range n {
		must(t, s.SendCode(t.Context(), newCode(c), newMessage(string(rune('a'+i))), store.Sending{Limit: store.Limit{Count: 100, Window: time.Hour}}))
	}
}

// codes and tellings are the jobs that messages are.
var codes, tellings = store.CodeMessage.JobKind(), store.NoticeMessage.JobKind()

func letter(t *testing.T, s store.Store) {
	ctx := t.Context()
	wantNoJob(t, s, codes, now)
	posted(t, s, 2)
	first := leased(t, s, codes, now)
	second := leased(t, s, codes, now)
	wantNoJob(t, s, codes, now)
	if string(first.Payload) != "a" || string(second.Payload) != "b" || first.Key == second.Key || first.Key == "" ||
		first.Kind != codes || first.Attempt != 1 || !first.ExpiresAt.Equal(now.Add(10*time.Minute)) {
		t.Errorf("got %+v and %+v", first, second)
	}
	must(t, s.JobDone(ctx, first, now))
	must(t, s.JobDone(ctx, second, now))
	wantNoJob(t, s, codes, now.Add(time.Hour))
}

func letterFails(t *testing.T, s store.Store) {
	ctx := t.Context()
	posted(t, s, 1)
	l := leased(t, s, codes, now)
	must(t, s.JobFailed(ctx, l, now, now.Add(5*time.Second)))
	wantNoJob(t, s, codes, now.Add(4*time.Second))
	again := leased(t, s, codes, now.Add(5*time.Second))
	if again.Key != l.Key || again.Attempt != 2 || string(again.Payload) != "a" {
		t.Errorf("got %+v after %+v", again, l)
	}
	must(t, s.JobFailed(ctx, again, now, time.Time{}))
	wantNoJob(t, s, codes, now.Add(time.Hour))
}

// leaseOver has a sender come back after its lease: another has the message.
func leaseOver(t *testing.T, s store.Store) {
	ctx := t.Context()
	posted(t, s, 1)
	late := leased(t, s, codes, now)
	other := leased(t, s, codes, now.Add(time.Minute))
	must(t, s.JobFailed(ctx, late, now, time.Time{}))
	must(t, s.JobDone(ctx, late, now))
	must(t, s.JobFailed(ctx, other, now, now.Add(3*time.Minute)))
	if l := leased(t, s, codes, now.Add(3*time.Minute)); l.Attempt != 3 || string(l.Payload) != "a" {
		t.Errorf("got %+v", l)
	}
}

func letterPurge(t *testing.T, s store.Store) {
	ctx := t.Context()
	posted(t, s, 2)
	l := leased(t, s, codes, now)
	must(t, s.JobDone(ctx, l, now))
	must(t, s.Purge(ctx, now.Add(24*time.Hour)))
	if l := leased(t, s, codes, now); string(l.Payload) != "b" {
		t.Errorf("got %+v", l)
	}
}

func raceLetters(t *testing.T, s store.Store) {
	posted(t, s, 1)
	won := 0
	for _, err := range atOnce(16, func(int) error {
		_, err := s.LeaseJob(t.Context(), codes, now, now.Add(time.Minute))
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

// letterCounts has a job of another feature beside messages of both kinds.
func letterCounts(t *testing.T, s store.Store) {
	ctx := t.Context()
	posted(t, s, 3)
	must(t, s.Erase(ctx, store.Erasure{CitizenNumber: mehmet, At: now, Notice: &store.Message{Sealed: []byte("silindi"), ExpiresAt: now.Add(time.Hour)}}))
	must(t, s.PutJobs(ctx, store.Job{Key: "other", Kind: "notice", DueAt: now, ExpiresAt: now.Add(time.Hour)}))
	must(t, s.JobDone(ctx, leased(t, s, codes, now), now))
	given := leased(t, s, codes, now)
	must(t, s.JobFailed(ctx, given, now.Add(time.Second), time.Time{}))
	got, err := s.JobCounts(ctx, now)
	must(t, err)
	if want := []store.JobCount{
		{Kind: codes, Waiting: 1, Oldest: now, GivenUp: 1}, {Kind: tellings, Waiting: 1, Oldest: now}, {Kind: "notice", Waiting: 1, Oldest: now},
	}; !reflect.DeepEqual(got, want) {
		t.Errorf("there are %+v, want %+v", got, want)
	}
	waiting, err := s.WaitingJobs(ctx, now, 9)
	must(t, err)
	var kinds []string
	for _, j := range waiting {
		kinds = append(kinds, j.Kind)
	}
	if slices.Sort(kinds); !slices.Equal(kinds, []string{codes, tellings, "notice"}) {
		t.Errorf("waiting are %+v", waiting)
	}
	listed, err := s.GivenUpJobs(ctx, 9)
	must(t, err)
	if want := []store.GivenUpJob{{
		Key: given.Key, Kind: codes, Attempts: 1, EndedAt: now.Add(time.Second), ExpiresAt: now.Add(time.Second),
	}}; !reflect.DeepEqual(listed, want) {
		t.Errorf("given up are %+v, want %+v", listed, want)
	}
	wantNotFound(t, s.RetryJob(ctx, given.Key, now)) // it is blank
}
