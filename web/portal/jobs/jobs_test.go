package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/jobs"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
	"github.com/e-onay/e-onay/web/portal/store/sqlite/sqlitetest"
)

var errAway = errors.New("connection refused")

// world is a store, a clock, and runners whose attempts arrive in tried.
type world struct {
	t     *testing.T
	store *sqlite.Store
	tried chan string
	log   lockedBuffer

	mu  sync.Mutex
	now time.Time
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func newWorld(t *testing.T) *world {
	s := sqlitetest.Open(t, filepath.Join(t.TempDir(), "portal.db"))
	return &world{t: t, store: s, tried: make(chan string, 1000), now: time.Date(2028, 2, 28, 23, 0, 0, 0, time.UTC)}
}

func (w *world) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) put(all ...store.Job) {
	w.t.Helper()
	for i := range all {
		all[i].Payload = []byte("gizli yük")
		all[i].DueAt = w.Now()
		if all[i].ExpiresAt.IsZero() {
			all[i].ExpiresAt = w.Now().AddDate(0, 0, 7)
		}
	}
	if err := w.store.PutJobs(w.t.Context(), all...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) runner(s jobs.Store, handlers map[string]jobs.Handler) *jobs.Runner {
	return jobs.New(jobs.Options{
		Store: s, Handlers: handlers, Tried: func(kind, result string) { w.tried <- kind + " " + result },
		Log: slog.New(slog.NewJSONHandler(&w.log, nil)), Now: w.Now,
	})
}

// run has a runner run until stop is called, which waits for it.
func (w *world) run(r *jobs.Runner) (stop func()) {
	ctx, cancel := context.WithCancel(w.t.Context())
	ended := make(chan struct{})
	go func() { r.Run(ctx); close(ended) }()
	stop = func() { cancel(); <-ended }
	w.t.Cleanup(stop)
	return stop
}

func (w *world) want(results ...string) {
	w.t.Helper()
	for _, want := range results {
		if got := <-w.tried; got != want {
			w.t.Fatalf("got %q, want %q\n%s", got, want, w.log.String())
		}
	}
}

// wantStored checks what the store still has.
func (w *world) wantStored(want ...store.JobCount) {
	w.t.Helper()
	got, err := w.store.JobCounts(w.t.Context(), w.Now())
	for i := range got {
		got[i].Oldest = time.Time{}
	}
	if err != nil || !slices.Equal(got, want) {
		w.t.Errorf("the store has %+v, %v, want %+v", got, err, want)
	}
}

// TestReceiverAwayForADay: what cannot be delivered for a day is delivered once after it, and the receiver is not asked all the time.
func TestReceiverAwayForADay(t *testing.T) {
	w := newWorld(t)
	back := w.Now().Add(25 * time.Hour)
	attempts := 0
	var got []store.LeasedJob
	r := w.runner(w.store, map[string]jobs.Handler{"mail": func(_ context.Context, j store.LeasedJob) error {
		attempts++
		if w.Now().Before(back) {
			return errAway
		}
		got = append(got, j)
		return nil
	}})
	w.put(store.Job{Key: "a", Kind: "mail", Application: "A"})
	stop := w.run(r)
	for <-w.tried == "mail failed" {
		w.pass(time.Hour)
		r.Wake()
	}
	stop()
	if len(got) != 1 || got[0].Key != "a" || got[0].Application != "A" || string(got[0].Payload) != "gizli yük" || attempts > 26 {
		t.Errorf("%d attempts, done %+v", attempts, got)
	}
	w.wantStored()
	if log := w.log.String(); strings.Contains(log, "gizli") || !strings.Contains(log, "connection refused") {
		t.Errorf("the log is\n%s", log)
	}
}

// TestPauses: the second attempt comes after five seconds, and pauses double.
func TestPauses(t *testing.T) {
	w := newWorld(t)
	var at []time.Duration
	began := w.Now()
	r := w.runner(w.store, map[string]jobs.Handler{"mail": func(context.Context, store.LeasedJob) error {
		at = append(at, w.Now().Sub(began))
		return errAway
	}})
	w.put(store.Job{Key: "a", Kind: "mail"})
	w.run(r)
	for pause := 5 * time.Second; pause <= 40*time.Second; pause *= 2 {
		w.want("mail failed")
		w.pass(pause)
		r.Wake()
	}
	w.want("mail failed")
	if want := []time.Duration{0, 5 * time.Second, 15 * time.Second, 35 * time.Second, 75 * time.Second}; !slices.Equal(at, want) {
		t.Errorf("attempts at %v, want %v", at, want)
	}
}

// TestGivenUp: a job ends at once where its handler says so, when it has expired, and after days of failures; only the operator brings
// it back.
func TestGivenUp(t *testing.T) {
	w := newWorld(t)
	answer := fmt.Errorf("%w: no such address", jobs.ErrGiveUp)
	handled := 0
	r := w.runner(w.store, map[string]jobs.Handler{"mail": func(context.Context, store.LeasedJob) error { handled++; return answer }})
	w.put(store.Job{Key: "a", Kind: "mail"})
	stop := w.run(r)
	w.want("mail given_up")
	stop()
	w.wantStored(store.JobCount{Kind: "mail", GivenUp: 1})
	answer = nil
	if err := w.store.RetryJob(t.Context(), "a", w.Now()); err != nil {
		t.Fatal(err)
	}
	stop = w.run(r)
	w.want("mail done")
	stop()
	w.wantStored()

	w.put(store.Job{Key: "late", Kind: "mail", ExpiresAt: w.Now().Add(time.Minute)})
	w.pass(time.Minute)
	stop = w.run(r)
	w.want("mail given_up")
	stop()
	if handled != 2 {
		t.Errorf("%d jobs were handled: one that has expired is not begun", handled)
	}

	answer = errAway
	w.put(store.Job{Key: "hopeless", Kind: "mail", ExpiresAt: w.Now().AddDate(1, 0, 0)})
	began := w.Now()
	w.run(r)
	for <-w.tried == "mail failed" {
		w.pass(time.Hour)
		r.Wake()
	}
	if days := w.Now().Sub(began).Hours() / 24; days < 2 || days > 3 {
		t.Errorf("given up after %.1f days", days)
	}
}

// TestLasting: a job of a kind that lasts is tried for as long as it is of use, an hour apart at most.
func TestLasting(t *testing.T) {
	w := newWorld(t)
	back := w.Now().AddDate(0, 0, 20)
	r := w.runner(w.store, map[string]jobs.Handler{"status": func(context.Context, store.LeasedJob) error {
		if w.Now().Before(back) {
			return errAway
		}
		return nil
	}})
	r.Lasting = []string{"status"}
	w.put(store.Job{Key: "a", Kind: "status", ExpiresAt: w.Now().AddDate(3, 0, 0)})
	w.run(r)
	result := <-w.tried
	for ; result == "status failed"; result = <-w.tried {
		w.pass(time.Hour)
		r.Wake()
	}
	if late := w.Now().Sub(back); result != "status done" || late > time.Hour {
		t.Errorf("%q %v after the authority was back", result, late)
	}
}

// TestPanicFails: a handler that panics fails, and the process goes on.
func TestPanicFails(t *testing.T) {
	w := newWorld(t)
	r := w.runner(w.store, map[string]jobs.Handler{"mail": func(_ context.Context, j store.LeasedJob) error {
		if j.Attempt == 1 {
			panic("10000000146")
		}
		return nil
	}})
	w.put(store.Job{Key: "a", Kind: "mail"})
	w.run(r)
	w.want("mail failed")
	w.pass(5 * time.Second)
	r.Wake()
	w.want("mail done")
	if strings.Contains(w.log.String(), "10000000146") {
		t.Error("the log has what the panic said")
	}
}

// TestKindsAreApart: a receiver that hangs holds up no other kind, and a runner that is stopped waits for what is under way, and notes it.
func TestKindsAreApart(t *testing.T) {
	w := newWorld(t)
	hangs, ends := make(chan struct{}), make(chan struct{})
	r := w.runner(w.store, map[string]jobs.Handler{
		"refund": func(context.Context, store.LeasedJob) error { close(hangs); <-ends; return nil },
		"mail":   func(context.Context, store.LeasedJob) error { return nil },
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { r.Run(ctx); close(ended) }()
	w.put(store.Job{Key: "a", Kind: "refund"})
	r.Wake()
	<-hangs
	w.put(store.Job{Key: "b", Kind: "mail"})
	r.Wake()
	w.want("mail done")
	cancel()
	select {
	case <-ended:
		t.Error("it has not waited for the refund")
	default:
	}
	close(ends)
	<-ended
	w.want("refund done")
	w.wantStored()
}

// TestProcessesShareJobs: of two processes on one database each job is done by one.
func TestProcessesShareJobs(t *testing.T) {
	w := newWorld(t)
	const n = 40
	var mu sync.Mutex
	done := map[string]int{}
	handlers := map[string]jobs.Handler{"mail": func(_ context.Context, j store.LeasedJob) error {
		mu.Lock()
		defer mu.Unlock()
		done[j.Key]++
		return nil
	}}
	for i := range n {
		w.put(store.Job{Key: fmt.Sprint(i), Kind: "mail"})
	}
	w.run(w.runner(w.store, handlers))
	w.run(w.runner(w.store, handlers))
	for range n {
		w.want("mail done")
	}
	mu.Lock()
	defer mu.Unlock()
	for key, times := range done {
		if times != 1 {
			t.Errorf("job %s was done %d times", key, times)
		}
	}
	if len(done) != n {
		t.Errorf("%d jobs were done", len(done))
	}
}

// forgetful loses the word that a job is done, as a process does that is killed between.
type forgetful struct {
	*sqlite.Store
	lost chan struct{}
}

func (f forgetful) JobDone(context.Context, store.LeasedJob, time.Time) error {
	close(f.lost)
	return errAway
}

// TestKilledBetween: a job that was done in a process that could not say so is done again after its lease, with the same key.
func TestKilledBetween(t *testing.T) {
	w := newWorld(t)
	keys := make(chan string, 2)
	handlers := map[string]jobs.Handler{"refund": func(_ context.Context, j store.LeasedJob) error { keys <- j.Key; return nil }}
	w.put(store.Job{Key: "a", Kind: "refund"})
	killed := forgetful{w.store, make(chan struct{})}
	stop := w.run(w.runner(killed, handlers))
	<-killed.lost
	stop()
	w.want("refund done")
	if _, err := w.store.LeaseJob(t.Context(), "refund", w.Now().Add(time.Minute), w.Now().Add(time.Hour)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("within the lease another has it: %v", err)
	}
	w.pass(2 * time.Minute)
	w.run(w.runner(w.store, handlers))
	w.want("refund done")
	if first, second := <-keys, <-keys; first != "a" || second != "a" {
		t.Errorf("the receiver got %q and %q", first, second)
	}
}
