package storetest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

var jobs = []test{
	{"a job, from the change to its end", jobLife},
	{"jobs and their change, all or none", jobsOfChange},
	{"jobs refused", jobsRefused},
	{"a job that fails", jobFails},
	{"a job that is given up", jobGivenUp},
	{"jobs that are given up by hand", jobsGivenUpByHand},
	{"a job's lease that is over", jobLeaseOver},
	{"jobs counted", jobsCounted},
	{"jobs are purged", jobsPurged},
	{"one job, many runners", raceJobs},
	{"one key, many jobs", raceJobKey},
}

func newJob(key string) store.Job {
	return store.Job{Key: key, Kind: "notice", Application: "A", Payload: []byte("yük " + key), DueAt: now, ExpiresAt: now.Add(24 * time.Hour)}
}

// leased leases the next job of a kind for a minute.
func leased(t *testing.T, s store.Store, kind string, at time.Time) store.LeasedJob {
	t.Helper()
	j, err := s.LeaseJob(t.Context(), kind, at, at.Add(time.Minute))
	must(t, err)
	return j
}

func wantNoJob(t *testing.T, s store.Store, kind string, at time.Time) {
	t.Helper()
	j, err := s.LeaseJob(t.Context(), kind, at, at.Add(time.Minute))
	if err == nil {
		t.Errorf("at %v there is %+v", at, j)
		return
	}
	wantNotFound(t, err)
}

func jobLife(t *testing.T, s store.Store) {
	ctx := t.Context()
	later, other, bare := newJob("later"), newJob("other"), store.Job{Key: "bare", Kind: "notice", DueAt: now.Add(-time.Second), ExpiresAt: now.Add(time.Hour)}
	later.DueAt, other.Kind = now.Add(time.Hour), "sms"
	must(t, s.PutJobs(ctx, newJob("a"), later, other, bare))
	for _, want := range []store.Job{bare, newJob("a")} { // the one that has been due longest first
		j := leased(t, s, "notice", now)
		if len(j.Payload) == 0 {
			j.Payload = nil
		}
		if !reflect.DeepEqual(j, store.LeasedJob{Job: want, Attempt: 1}) {
			t.Errorf("got %+v, want %+v", j, want)
		}
		must(t, s.JobDone(ctx, j, now))
	}
	wantNoJob(t, s, "notice", now)
	must(t, s.PutJobs(ctx, newJob("a")))
	wantNoJob(t, s, "notice", now)
	if j := leased(t, s, "sms", now); j.Key != "other" {
		t.Errorf("got %+v", j)
	}
	wantNoJob(t, s, "notice", later.DueAt.Add(-time.Millisecond))
	if j := leased(t, s, "notice", later.DueAt); j.Key != "later" {
		t.Errorf("got %+v", j)
	}
}

// jobsOfChange has a change without its jobs, and jobs without their change, be impossible.
func jobsOfChange(t *testing.T, s store.Store) {
	ctx := t.Context()
	a, created := newApplication("A", ayse)
	var invalid store.Job
	if err := s.CreateApplication(ctx, a, created, newJob("invited"), invalid); err == nil {
		t.Error("created with a job that is none")
	}
	_, err := s.Application(ctx, "A")
	wantNotFound(t, err)
	wantNoJob(t, s, "notice", now)
	must(t, s.CreateApplication(ctx, a, created, newJob("created")))
	second, created := newApplication("B", ayse)
	wantCode(t, s.CreateApplication(ctx, second, created, newJob("of B")), refusal.ApplicationOpen)
	if j := leased(t, s, "notice", now); j.Key != "created" {
		t.Errorf("got %+v", j)
	}

	next, c, err := stored(t, s, "A").Apply(changeOf(application.Cancel, application.Person, ayse, now.Add(time.Minute)), rules)
	must(t, err)
	if err := s.ChangeApplication(ctx, next, c, newJob("cancelled"), invalid); err == nil {
		t.Error("changed with a job that is none")
	}
	wantNoJob(t, s, "notice", now)
	if got := stored(t, s, "A"); got.Version != 1 {
		t.Errorf("changed without its job to %+v", got)
	}
	must(t, s.ChangeApplication(ctx, next, c, newJob("cancelled"), newJob("refund")))
	wantCode(t, s.ChangeApplication(ctx, next, c, newJob("again")), refusal.ApplicationChanged)
	var got []string
	for range 2 {
		got = append(got, leased(t, s, "notice", now).Key)
	}
	if slices.Sort(got); !slices.Equal(got, []string{"cancelled", "refund"}) {
		t.Errorf("put down are %q", got)
	}
	wantNoJob(t, s, "notice", now)
}

func jobsRefused(t *testing.T, s store.Store) {
	for name, alter := range map[string]func(*store.Job){
		"no key":                func(j *store.Job) { j.Key = "" },
		"a long key":            func(j *store.Job) { j.Key = strings.Repeat("k", store.MaxJobKey+1) },
		"no kind":               func(j *store.Job) { j.Kind = "" },
		"a large payload":       func(j *store.Job) { j.Payload = make([]byte, store.MaxJobPayload+1) },
		"over before it is due": func(j *store.Job) { j.ExpiresAt = j.DueAt },
	} {
		j := newJob("b")
		alter(&j)
		if err := s.PutJobs(t.Context(), newJob("a"), j); err == nil {
			t.Errorf("%s: kept", name)
		}
	}
	if err := s.PutJobs(t.Context(), slices.Repeat([]store.Job{newJob("a")}, store.MaxItems+1)...); err == nil {
		t.Error("too many were kept")
	}
	wantNoJob(t, s, "notice", now)
	largest := newJob(strings.Repeat("k", store.MaxJobKey))
	largest.Payload = make([]byte, store.MaxJobPayload)
	must(t, s.PutJobs(t.Context(), largest))
}

func jobFails(t *testing.T, s store.Store) {
	ctx := t.Context()
	must(t, s.PutJobs(ctx, newJob("a")))
	must(t, s.JobFailed(ctx, leased(t, s, "notice", now), now, now.Add(5*time.Second)))
	wantNoJob(t, s, "notice", now.Add(4*time.Second))
	if j := leased(t, s, "notice", now.Add(5*time.Second)); !reflect.DeepEqual(j, store.LeasedJob{Job: newJob("a"), Attempt: 2}) {
		t.Errorf("got %+v", j)
	}
}

func jobGivenUp(t *testing.T, s store.Store) {
	ctx := t.Context()
	expires := newJob("a").ExpiresAt
	must(t, s.PutJobs(ctx, newJob("a")))
	wantNotFound(t, s.RetryJob(ctx, "a", now))
	must(t, s.JobFailed(ctx, leased(t, s, "notice", now), now.Add(time.Second), time.Time{}))
	wantNoJob(t, s, "notice", now.Add(time.Hour))
	want := store.GivenUpJob{Key: "a", Kind: "notice", Application: "A", Attempts: 1, EndedAt: now.Add(time.Second), ExpiresAt: expires}
	if got, err := s.GivenUpJobs(ctx, 9); err != nil || !reflect.DeepEqual(got, []store.GivenUpJob{want}) {
		t.Errorf("given up are %+v, %v", got, err)
	}
	wantNotFound(t, s.RetryJob(ctx, "b", now))
	wantNotFound(t, s.RetryJob(ctx, "a", expires))
	must(t, s.RetryJob(ctx, "a", now.Add(time.Hour)))
	if got, err := s.GivenUpJobs(ctx, 9); err != nil || len(got) > 0 {
		t.Errorf("given up are %+v, %v", got, err)
	}
	wantNoJob(t, s, "notice", now.Add(time.Hour-time.Millisecond))
	j := leased(t, s, "notice", now.Add(time.Hour))
	if !reflect.DeepEqual(j, store.LeasedJob{Job: newJob("a"), Attempt: 2}) {
		t.Errorf("got %+v", j)
	}
	must(t, s.JobFailed(ctx, j, expires, time.Time{}))
	wantNotFound(t, s.RetryJob(ctx, "a", now)) // its payload is gone

	for i := range 3 {
		key := fmt.Sprint("c", i)
		must(t, s.PutJobs(ctx, newJob(key)))
		must(t, s.JobFailed(ctx, leased(t, s, "notice", now), expires.Add(time.Duration(i)*time.Second), time.Time{}))
	}
	if got, err := s.GivenUpJobs(ctx, 2); err != nil || len(got) != 2 || got[0].Key != "c2" || got[1].Key != "c1" {
		t.Errorf("the newest given up are %+v, %v", got, err)
	}
}

// jobsGivenUpByHand gives up the jobs of one kind about one application, also the one that a runner has leased; all other jobs stay as they are.
func jobsGivenUpByHand(t *testing.T, s store.Store) {
	ctx := t.Context()
	first, later, sms, other, done := newJob("first"), newJob("later"), newJob("sms"), newJob("other"), newJob("done")
	done.DueAt, first.DueAt, later.DueAt = now.Add(-2*time.Hour), now.Add(-time.Hour), now.Add(time.Hour)
	sms.Kind, other.Application = "sms", "B"
	must(t, s.PutJobs(ctx, first, later, sms, other, done))
	must(t, s.JobDone(ctx, leased(t, s, "notice", now), now))
	underWay := leased(t, s, "notice", now)
	waits := func(j store.Job, attempts int, next time.Time) store.WaitingJob {
		return store.WaitingJob{Key: j.Key, Kind: j.Kind, Application: j.Application, Attempts: attempts, Since: j.DueAt, NextAt: next, ExpiresAt: j.ExpiresAt}
	}
	wantWaiting := func(limit int, want ...store.WaitingJob) {
		t.Helper()
		if got, err := s.WaitingJobs(ctx, now, limit); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("waiting are %+v, %v, want %+v", got, err, want)
		}
	}
	wantWaiting(9, waits(first, 1, now.Add(time.Minute)), waits(other, 0, now), waits(sms, 0, now))
	wantWaiting(1, waits(first, 1, now.Add(time.Minute)))
	for range 2 { // again changes nothing
		must(t, s.GiveUpJobs(ctx, "notice", "A", now))
	}
	must(t, s.JobFailed(ctx, underWay, now, now))
	must(t, s.JobDone(ctx, underWay, now))
	wantWaiting(9, waits(other, 0, now), waits(sms, 0, now))
	if got, err := s.GivenUpJobs(ctx, 9); err != nil || len(got) != 2 || got[0].Key != "first" || got[1].Key != "later" || !got[0].EndedAt.Equal(now) {
		t.Errorf("given up are %+v, %v", got, err)
	}
	must(t, s.RetryJob(ctx, "first", now.Add(-time.Millisecond)))
	if j := leased(t, s, "notice", now); j.Key != "first" || j.Attempt != 2 {
		t.Errorf("tried again is %+v", j)
	}
}

// jobLeaseOver has a runner come back after its lease: another has the job.
func jobLeaseOver(t *testing.T, s store.Store) {
	ctx := t.Context()
	must(t, s.PutJobs(ctx, newJob("a")))
	late, other := leased(t, s, "notice", now), leased(t, s, "notice", now.Add(time.Minute))
	must(t, s.JobFailed(ctx, late, now, time.Time{}))
	must(t, s.JobFailed(ctx, late, now, now))
	must(t, s.JobDone(ctx, late, now))
	wantNoJob(t, s, "notice", now.Add(90*time.Second))
	must(t, s.JobDone(ctx, other, now))
	must(t, s.JobFailed(ctx, other, now, time.Time{}))
	if got, err := s.GivenUpJobs(ctx, 9); err != nil || len(got) > 0 {
		t.Errorf("given up are %+v, %v", got, err)
	}
	wantNoJob(t, s, "notice", now.Add(time.Hour))
}

func jobsCounted(t *testing.T, s store.Store) {
	ctx := t.Context()
	want := func(what string, want ...store.JobCount) {
		t.Helper()
		if got, err := s.JobCounts(ctx, now); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: counted %+v, %v, want %+v", what, got, err, want)
		}
	}
	want("none")
	old, later, sms := newJob("old"), newJob("later"), newJob("sms")
	old.DueAt, later.DueAt, sms.Kind = now.Add(-time.Hour), now.Add(time.Millisecond), "sms"
	must(t, s.PutJobs(ctx, newJob("a"), old, later, sms))
	must(t, s.JobFailed(ctx, leased(t, s, "notice", now), now, now.Add(time.Minute))) // it waits for its second attempt
	want("waiting", store.JobCount{Kind: "notice", Waiting: 2, Oldest: old.DueAt}, store.JobCount{Kind: "sms", Waiting: 1, Oldest: now})
	must(t, s.JobDone(ctx, leased(t, s, "notice", now), now))
	must(t, s.JobFailed(ctx, leased(t, s, "sms", now), now, time.Time{}))
	want("one done, one given up", store.JobCount{Kind: "notice", Waiting: 1, Oldest: old.DueAt}, store.JobCount{Kind: "sms", GivenUp: 1})
}

func jobsPurged(t *testing.T, s store.Store) {
	ctx := t.Context()
	done, waiting := newJob("done"), newJob("waiting")
	waiting.DueAt = now.Add(time.Hour)
	must(t, s.PutJobs(ctx, done, waiting))
	must(t, s.JobDone(ctx, leased(t, s, "notice", now), now))
	must(t, s.Purge(ctx, done.ExpiresAt))
	must(t, s.PutJobs(ctx, done))
	wantNoJob(t, s, "notice", now) // its key is known until it has expired
	must(t, s.Purge(ctx, done.ExpiresAt.Add(time.Millisecond)))
	must(t, s.PutJobs(ctx, done))
	again := leased(t, s, "notice", now)
	if again.Key != "done" || again.Attempt != 1 {
		t.Errorf("got %+v", again)
	}
	must(t, s.JobDone(ctx, again, now))
	must(t, s.Purge(ctx, done.ExpiresAt.Add(time.Hour)))
	j, err := s.LeaseJob(ctx, "notice", waiting.DueAt, waiting.DueAt.Add(time.Minute)) // what has expired and not ended stays
	must(t, err)
	ended := waiting.DueAt.Add(time.Minute)
	must(t, s.JobFailed(ctx, j, ended, time.Time{}))
	must(t, s.Purge(ctx, waiting.ExpiresAt))
	must(t, s.RetryJob(ctx, "waiting", ended))
	must(t, s.JobFailed(ctx, leased(t, s, "notice", ended), ended, time.Time{}))
	must(t, s.Purge(ctx, waiting.ExpiresAt.Add(time.Millisecond)))
	wantNotFound(t, s.RetryJob(ctx, "waiting", ended)) // its payload is gone
	must(t, s.Purge(ctx, ended.Add(store.GivenUpKept)))
	if got, err := s.GivenUpJobs(ctx, 9); err != nil || len(got) != 1 {
		t.Errorf("given up are %+v, %v", got, err)
	}
	must(t, s.Purge(ctx, ended.Add(store.GivenUpKept+time.Millisecond)))
	if got, err := s.GivenUpJobs(ctx, 9); err != nil || len(got) > 0 {
		t.Errorf("given up are %+v, %v", got, err)
	}
}

func raceJobs(t *testing.T, s store.Store) {
	must(t, s.PutJobs(t.Context(), newJob("a")))
	won := 0
	for _, err := range atOnce(16, func(int) error {
		_, err := s.LeaseJob(t.Context(), "notice", now, now.Add(time.Minute))
		return err
	}) {
		if err == nil {
			won++
			continue
		}
		wantNotFound(t, err)
	}
	if won != 1 {
		t.Errorf("%d runners have it, want 1", won)
	}
}

func raceJobKey(t *testing.T, s store.Store) {
	for i, err := range atOnce(16, func(i int) error { return s.PutJobs(t.Context(), newJob("a"), newJob(fmt.Sprint("b", i))) }) {
		if err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	counts, err := s.JobCounts(t.Context(), now)
	must(t, err)
	if len(counts) != 1 || counts[0].Waiting != 17 {
		t.Errorf("counted %+v", counts)
	}
}
