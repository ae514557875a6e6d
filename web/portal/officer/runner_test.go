package officer_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/peoplelist"
	"github.com/e-onay/e-onay/web/portal/progress"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
	"github.com/e-onay/e-onay/web/portal/store/sqlite/sqlitetest"
)

var start = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// desk is a store with a confirmed list, and a clock.
type desk struct {
	t     *testing.T
	store *sqlite.Store
	mu    sync.Mutex
	now   time.Time
	log   bytes.Buffer
}

func (d *desk) Now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

func newDesk(t *testing.T, file string) *desk {
	t.Helper()
	s := sqlitetest.Open(t, filepath.Join(t.TempDir(), "portal.db"))
	d := &desk{t: t, store: s, now: start}
	must(t, s.ChangeInstitution(t.Context(), store.InstitutionChange{ID: "belediye", NameTR: "Belediye", NameEN: "Municipality", At: start}))
	d.confirm("L", zeynep, file)
	return d
}

// confirm has an officer upload and confirm a list.
func (d *desk) confirm(reference, by, file string) {
	d.t.Helper()
	ctx := d.t.Context()
	must(d.t, d.store.ChangeOfficer(ctx, store.OfficerChange{CitizenNumber: by, Institution: "belediye", At: start}))
	lines, err := peoplelist.Parse([]byte(file))
	must(d.t, err)
	must(d.t, d.store.PutList(ctx, store.PeopleList{Reference: reference, Institution: "belediye", UploadedBy: by, SHA256: sha256.Sum256([]byte(file)), Content: []byte(file),
		Lines: len(lines), UploadedAt: start}, store.ListBounds{Open: 1, Recent: 9}))
	must(d.t, d.store.ConfirmList(ctx, reference, by, start))
}

// watched tells of each change of a list.
type watched struct {
	*sqlite.Store
	changed chan struct{}
}

func (w watched) AdvanceList(ctx context.Context, l store.PeopleList, p store.ListProgress) error {
	defer func() { w.changed <- struct{}{} }()
	return w.Store.AdvanceList(ctx, l, p)
}

func (w watched) CancelList(ctx context.Context, reference string, at time.Time) error {
	defer func() { w.changed <- struct{}{} }()
	return w.Store.CancelList(ctx, reference, at)
}

// around is what happens as a person is entered; create enters them.
type around func(a application.Application, create func() error) error

// run has a process enter people until the list has ended, or the process is killed by kill.
func (d *desk) run(list string, enter func(kill func()) around) {
	d.t.Helper()
	ctx, cancel := context.WithCancel(d.t.Context())
	defer cancel()
	log := slog.New(slog.NewTextHandler(&d.log, nil))
	engine := progress.New(progress.Options{Store: d.store, Log: log, Now: d.Now})
	s, do := watched{d.store, make(chan struct{}, 99)}, enter(cancel)
	r := peoplelist.NewRunner(peoplelist.Options{Store: s, Log: log, Now: d.Now,
		Create: func(ctx context.Context, a application.Application, by application.Actor, who string) (application.Application, error) {
			return a, do(a, func() error { _, err := engine.Create(ctx, a, by, who); return err })
		}})
	ended := make(chan struct{})
	go func() { r.Run(ctx); close(ended) }()
	for {
		select {
		case <-ended:
			return
		case <-s.changed:
			if l := d.list(list); l.State == store.ListDone || l.State == store.ListCancelled {
				cancel()
				<-ended
				return
			}
		}
	}
}

func (d *desk) list(reference string) store.PeopleList {
	d.t.Helper()
	l, err := d.store.List(context.WithoutCancel(d.t.Context()), reference)
	must(d.t, err)
	return l
}

func (d *desk) of(person string) []application.Application {
	d.t.Helper()
	all, err := d.store.ApplicationsOf(d.t.Context(), person, 9)
	must(d.t, err)
	return all
}

// longFile has Ayşe at its begin, Mehmet at its end, and lines with errors between that fill a chunk.
var longFile = header + ofAyse + strings.Repeat("x;x;x;x;x;x;x\n", 60) + ofMehmet

// TestRunnerGoesOn: a process that is killed leaves its list to another, which enters nobody a second time.
func TestRunnerGoesOn(t *testing.T) {
	d := newDesk(t, longFile)
	d.run("L", func(kill func()) around { // killed before it enters Mehmet: a chunk is kept by then
		return func(a application.Application, create func() error) error {
			if a.CitizenNumber == mehmet {
				kill()
				return errors.New("killed")
			}
			return create()
		}
	})
	if l := d.list("L"); l.Done != 50 || l.Created != 1 || l.State != store.ListConfirmed {
		t.Fatalf("after the first: %+v", l)
	}
	d.pass(time.Hour)
	d.run("L", func(kill func()) around { // killed after it has entered him, before that is kept as done
		return func(a application.Application, create func() error) error {
			must(t, create())
			kill()
			return errors.New("killed")
		}
	})
	if l := d.list("L"); l.Done != 50 || len(d.of(mehmet)) != 1 {
		t.Fatalf("after the second: %+v", l)
	}
	d.pass(time.Hour)
	d.run("L", func(func()) around {
		return func(application.Application, func() error) error {
			t.Error("somebody is entered again")
			return nil
		}
	})
	if l := d.list("L"); l.State != store.ListDone || l.Done != 62 || l.Created != 2 {
		t.Errorf("at the end: %+v", l)
	}
	for _, person := range []string{ayse, mehmet} {
		if all := d.of(person); len(all) != 1 || all[0].State != application.PreApplied || all[0].Form["institution"] != "Belediye" {
			t.Errorf("%d applications", len(all))
		}
	}
	if strings.Contains(d.log.String(), ayse) || strings.Contains(d.log.String(), mehmet) {
		t.Error("the log names people")
	}
}

// TestRunnerStops: a list ends where it is cancelled, or who confirmed it is no officer any more.
func TestRunnerStops(t *testing.T) {
	for name, stop := range map[string]func(d *desk) error{
		"cancelled": func(d *desk) error { return d.store.CancelList(t.Context(), "L", start) },
		"no officer": func(d *desk) error {
			return d.store.ChangeOfficer(t.Context(), store.OfficerChange{CitizenNumber: zeynep, Institution: "belediye", At: start, Until: start})
		},
		"no institution": func(d *desk) error {
			return d.store.ChangeInstitution(t.Context(), store.InstitutionChange{ID: "belediye", At: start, Until: start})
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, longFile)
			d.run("L", func(func()) around {
				return func(a application.Application, create func() error) error {
					if a.CitizenNumber == mehmet {
						t.Error("it goes on")
					}
					must(t, create())
					return stop(d)
				}
			})
			if l := d.list("L"); l.State != store.ListCancelled {
				t.Errorf("it is %+v", l)
			}
			if _, err := d.store.ListContent(t.Context(), "L"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("the content is kept: %v", err)
			}
		})
	}
}

// TestRunnerRefuses: a line of the officer's own, of somebody with an application, or with an error is noted and enters nobody.
func TestRunnerRefuses(t *testing.T) {
	d := newDesk(t, header+ofAyse+"x;x;x;x;x;x;x\n"+ofMehmet)
	must(t, d.store.CancelList(t.Context(), "L", start))
	d.confirm("M", mehmet, header+ofAyse+"x;x;x;x;x;x;x\n"+ofMehmet)
	own := application.New(application.NES, application.PaidByPerson, 0)
	own.Reference, own.CitizenNumber = "A", ayse
	must(t, d.store.CreateApplication(t.Context(), own, application.Change{Event: application.Create, By: application.Person, At: start}))
	d.run("M", func(func()) around {
		return func(_ application.Application, create func() error) error { return create() }
	})
	refused, err := d.store.RefusedLines(t.Context(), "M", 9)
	want := []store.RefusedLine{{Line: 2, Code: refusal.ApplicationOpen}, {Line: 3, Code: refusal.ApplicationIncomplete}, {Line: 4, Code: refusal.OwnApplication}}
	if err != nil || !slices.Equal(refused, want) {
		t.Errorf("refused: %v, %v", refused, err)
	}
}
