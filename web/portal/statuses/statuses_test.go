package statuses

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/jobs"
	"github.com/e-onay/e-onay/web/portal/progress"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
	"github.com/e-onay/e-onay/web/portal/store/sqlite/sqlitetest"
)

const ayse = "10000000146"

// desk is an engine on a store of its own, at a time that stands still.
type desk struct {
	*Engine
	store *sqlite.Store
	now   time.Time
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	s := sqlitetest.Open(t, filepath.Join(t.TempDir(), "portal.db"))
	d := &desk{store: s, now: time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC)}
	now, log := func() time.Time { return d.now }, slog.New(slog.DiscardHandler)
	var err error
	d.Engine, err = New(Options{
		Store: s, Progress: progress.New(progress.Options{Store: s, Effects: []progress.Effect{Effect}, Log: log, Now: now}),
		Secret: "secret", HolderMayResume: true, Log: log, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// certificate keeps an application of Ayşe's whose certificate lasts for so long.
func (d *desk) certificate(t *testing.T, lasts time.Duration) application.Application {
	t.Helper()
	a := application.New(application.NES, application.PaidByInstitution, 0)
	a.Reference, a.CitizenNumber, a.Name, a.State = reference.New(), ayse, "AYŞE", application.Active
	a.Certificate = application.Certificate{Serial: "0abc", NotBefore: d.now.AddDate(-1, 0, 0), NotAfter: d.now.Add(lasts)}
	if err := d.store.CreateApplication(t.Context(), a, application.Change{Event: application.Create, By: application.Person, Who: ayse, At: d.now}); err != nil {
		t.Fatal(err)
	}
	return a
}

func (d *desk) change(t *testing.T, a application.Application, event application.Event) {
	t.Helper()
	c := application.Change{Event: event, By: application.Person, Who: ayse, Basis: application.StatusBasis(application.ByLogin, "")}
	if err := d.Change(t.Context(), a.Reference, c, store.Hash{}); err != nil {
		t.Fatal(err)
	}
}

// publisher tells an authority.
func (d *desk) publisher(tell func(ctx context.Context, r Request) (string, error)) *Publisher {
	return &Publisher{Store: d.store, Authority: authorityFunc(tell), Log: slog.New(slog.DiscardHandler), Now: d.Now}
}

type authorityFunc func(ctx context.Context, r Request) (string, error)

func (f authorityFunc) SetStatus(ctx context.Context, r Request) (string, error) { return f(ctx, r) }

// TestLateJobTellsTheNewest: a suspension whose job comes after the revocation's tells of the revocation again, and of nothing else.
func TestLateJobTellsTheNewest(t *testing.T) {
	d := newDesk(t)
	a := d.certificate(t, time.Hour)
	for _, event := range []application.Event{application.Suspend, application.Resume, application.Suspend, application.Revoke} {
		d.change(t, a, event)
	}
	var told []string
	p := d.publisher(func(_ context.Context, r Request) (string, error) {
		told = append(told, r.Status+" "+r.Key)
		return r.Status, nil
	})
	for range 4 {
		j, err := d.store.LeaseJob(t.Context(), JobKind, d.now, d.now.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Do(t.Context(), j); err != nil {
			t.Error(err)
		}
		if err := d.store.JobDone(t.Context(), j, d.now); err != nil {
			t.Error(err)
		}
	}
	want := slices.Repeat([]string{"revoked status/" + a.Reference + "/5"}, 4)
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// TestTwoTellAtOnce: one process is held up on its way to the authority with an older status; whatever comes last there is the newest.
func TestTwoTellAtOnce(t *testing.T) {
	d := newDesk(t)
	a := d.certificate(t, time.Hour)
	d.change(t, a, application.Suspend)
	var (
		mu      sync.Mutex
		stands  string
		held    = make(chan struct{})
		release = make(chan struct{})
		once    sync.Once
	)
	p := d.publisher(func(_ context.Context, r Request) (string, error) {
		if r.Status == Suspended {
			once.Do(func() { close(held); <-release })
		}
		mu.Lock()
		defer mu.Unlock()
		stands = r.Status
		return r.Status, nil
	})
	slow := make(chan error, 1)
	go func() { slow <- p.Do(t.Context(), store.LeasedJob{Job: store.Job{Application: a.Reference}}) }()
	<-held
	d.change(t, a, application.Resume)
	if err := p.Do(t.Context(), store.LeasedJob{Job: store.Job{Application: a.Reference}}); err != nil {
		t.Error(err)
	}
	close(release)
	if err := <-slow; err != nil {
		t.Error(err)
	}
	if stands != Active {
		t.Errorf("the authority has %s", stands)
	}
	if c, err := d.Certificate(t.Context(), a.Reference); err != nil || !c.IsPublished() {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestPublish: what the authority answers decides whether the job is done, tried again or given up, and what the person reads.
func TestPublish(t *testing.T) {
	failure := errors.New("away")
	for name, test := range map[string]struct {
		stands             string
		err, want          error
		published, refused bool
		event              application.Event // Suspend where empty
	}{
		"done":             {stands: Suspended, published: true},
		"another status":   {stands: Revoked, refused: true},
		"not now":          {err: failure, want: failure},
		"refused for good": {err: fmt.Errorf("%w: 422", ErrRefused), want: jobs.ErrGiveUp, refused: true},
		"refused, wrapped": {err: fmt.Errorf("http: %w", ErrRefused), want: ErrRefused, refused: true},
		"revoked":          {event: application.Revoke, stands: Revoked, published: true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			a := d.certificate(t, time.Hour)
			d.change(t, a, cmp.Or(test.event, application.Suspend))
			err := d.publisher(func(context.Context, Request) (string, error) { return test.stands, test.err }).
				Do(t.Context(), store.LeasedJob{Job: store.Job{Application: a.Reference}})
			if !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
			c, err := d.Certificate(t.Context(), a.Reference)
			if err != nil || c.IsPublished() != test.published || c.IsRefused() != test.refused {
				t.Errorf("published %t, refused %t, %v", c.IsPublished(), c.IsRefused(), err)
			}
		})
	}
}

// refuse has the authority refuse the newest change of an application, and returns the error of the job.
func (d *desk) refuse(t *testing.T, a application.Application) error {
	t.Helper()
	return d.publisher(func(context.Context, Request) (string, error) { return "", fmt.Errorf("%w: 404", ErrRefused) }).
		Do(t.Context(), store.LeasedJob{Job: store.Job{Application: a.Reference}})
}

// TestRefusedRevocation: a revocation that the authority refuses is asked for again.
func TestRefusedRevocation(t *testing.T) {
	d := newDesk(t)
	a := d.certificate(t, time.Hour)
	d.change(t, a, application.Revoke)
	if err := d.refuse(t, a); !errors.Is(err, ErrRefused) || errors.Is(err, jobs.ErrGiveUp) {
		t.Errorf("%v, want that it is tried again", err)
	}
}

// TestSettle ends all requests for a revocation that is refused, and for no other; the authority may still take it when it is asked once more.
func TestSettle(t *testing.T) {
	d := newDesk(t)
	a, other := d.certificate(t, time.Hour), d.certificate(t, time.Hour)
	waiting := func(want ...string) {
		t.Helper()
		list, err := d.store.WaitingJobs(t.Context(), d.now, 9)
		var keys []string
		for _, j := range list {
			keys = append(keys, j.Key)
		}
		if err != nil || !slices.Equal(keys, want) {
			t.Errorf("waiting are %q, %v, want %q", keys, err, want)
		}
	}
	needsSettling := func(want bool) {
		t.Helper()
		_, err := d.ToSettle(t.Context(), a.Reference)
		if err != nil && fault.CodeOf(err) != refusal.ApplicationState || (err == nil) != want {
			t.Errorf("to settle: %v, want %t", err, want)
		}
	}
	key := func(a application.Application, version int) string {
		return fmt.Sprintf("%s/%s/%d", JobKind, a.Reference, version)
	}
	needsSettling(false) // it is active
	d.change(t, a, application.Suspend)
	_ = d.refuse(t, a)
	needsSettling(false) // a suspension is given up by itself
	d.change(t, a, application.Revoke)
	needsSettling(false) // the authority has not answered yet
	d.now = d.now.Add(time.Minute)
	d.change(t, other, application.Revoke)
	_ = d.refuse(t, a)
	_ = d.refuse(t, other)
	waiting(key(a, 2), key(a, 3), key(other, 2))
	needsSettling(true)
	for range 2 {
		if err := d.Settle(t.Context(), a.Reference); err != nil {
			t.Error(err)
		}
	}
	waiting(key(other, 2))
	needsSettling(false)
	if c, err := d.Certificate(t.Context(), a.Reference); err != nil || c.State != application.Revoked || c.IsPublished() || !c.IsRefused() {
		t.Errorf("%+v, %v", c, err)
	}

	if err := d.store.RetryJob(t.Context(), key(a, 3), d.now); err != nil {
		t.Error(err)
	}
	_ = d.refuse(t, a)
	needsSettling(true)
	err := d.publisher(func(context.Context, Request) (string, error) { return Revoked, nil }).Do(t.Context(), store.LeasedJob{Job: store.Job{Application: a.Reference}})
	if err != nil {
		t.Error(err)
	}
	needsSettling(false)
	_ = d.refuse(t, other)
	d.now = d.now.Add(time.Hour)
	if _, err := d.ToSettle(t.Context(), other.Reference); fault.CodeOf(err) != refusal.ApplicationState {
		t.Errorf("a certificate that has ended: %v", err)
	}
}

// TestExpiredMeanwhile: of a certificate that has ended, on 29 February or not, nothing is asked, put down or told.
func TestExpiredMeanwhile(t *testing.T) {
	d := newDesk(t)
	a := d.certificate(t, time.Hour)
	d.change(t, a, application.Suspend)
	d.now = d.now.Add(time.Hour)
	err := d.publisher(func(context.Context, Request) (string, error) { t.Error("told"); return "", nil }).
		Do(t.Context(), store.LeasedJob{Job: store.Job{Application: a.Reference}})
	if err != nil {
		t.Error(err)
	}
	err = d.Change(t.Context(), a.Reference, application.Change{Event: application.Revoke, By: application.Person, Who: ayse}, store.Hash{})
	if fault.CodeOf(err) != refusal.ApplicationState {
		t.Errorf("%v", err)
	}
	after := application.Application{Reference: "R", Certificate: application.Certificate{NotAfter: d.now}}
	if none, err := Effect(after, after, application.Change{Event: application.Revoke, At: d.now}); err != nil || len(none) > 0 {
		t.Errorf("%+v, %v", none, err)
	}
}

// TestTriesAreCounted: of a person who exists or not, of an address, of an officer; those of the page and of the desk apart.
func TestTriesAreCounted(t *testing.T) {
	const nobody = "99999999999"
	for name, test := range map[string]struct {
		limit  int
		by     func(i int) (string, Teller) // the tries before
		last   Teller                       // of nobody's word
		passes Teller                       // the same, by another way that is left
	}{
		"a person":   {5, func(i int) (string, Teller) { return nobody, Teller{Address: fmt.Sprint(i)} }, Teller{Address: "new"}, Teller{Officer: "o"}},
		"an address": {20, func(i int) (string, Teller) { return fmt.Sprint(i), Teller{Address: "a"} }, Teller{Address: "a"}, Teller{Address: "b"}},
		"no address": {5, func(int) (string, Teller) { return nobody, Teller{} }, Teller{}, Teller{Officer: "o"}},
		"at the desk": {
			5, func(i int) (string, Teller) { return nobody, Teller{Officer: fmt.Sprint(i)} }, Teller{Officer: "new"}, Teller{Address: "a"},
		},
		"an officer": {20, func(i int) (string, Teller) { return fmt.Sprint(i), Teller{Officer: "o"} }, Teller{Officer: "o"}, Teller{Officer: "p"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			for i := range test.limit {
				number, by := test.by(i)
				if err := d.store.BeginTry(t.Context(), store.Try{ID: fmt.Sprint(i), At: d.now, Subjects: d.subjects(number, by)}); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := d.ProveWord(t.Context(), nobody, "mavi kapı", test.last); fault.CodeOf(err) != refusal.WordWait {
				t.Errorf("try %d: %v", test.limit+1, err)
			}
			if _, err := d.ProveWord(t.Context(), nobody, "mavi kapı", test.passes); fault.CodeOf(err) != refusal.WordWrong {
				t.Errorf("by the way that is left: %v", err)
			}
		})
	}
}

// TestConstantWork: as many words are hashed for a person with certificates as for nobody.
func TestConstantWork(t *testing.T) {
	d := newDesk(t)
	hashed := 0
	d.verify = func(hash, word string) bool { hashed++; return hash == word }
	var list []application.Application
	for range wordsTried + 1 {
		a := d.certificate(t, time.Hour)
		a.SecurityWord = "mavi kapı"
		list = append(list, a)
	}
	for n := range list {
		hashed = 0
		if found := d.wordsOf(list[:n], "mavi kapı"); hashed != wordsTried || len(found) != n {
			t.Errorf("%d certificates: %d words hashed, %d found", n, hashed, len(found))
		}
	}
	hashed = 0
	if found := d.wordsOf(list, "mavi kapı"); hashed != wordsTried || len(found) != wordsTried {
		t.Errorf("more than are looked at: %d words hashed, %d found", hashed, len(found))
	}
}
