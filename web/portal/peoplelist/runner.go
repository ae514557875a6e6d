package peoplelist

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	// every is how often Run asks the store, beside when it is woken: other processes may have left a list.
	every = 5 * time.Second
	// chunk is how many lines are gone through before that is kept. Another process that takes the list over goes through so many again.
	chunk = 50
	lease = time.Minute
	// pause between two people lets other writes go first.
	pause = 2 * time.Millisecond
	// asked is how many people the store is asked about at once.
	asked = 1000
)

// Store is the part of the store that the engine needs, as store.Store has it.
type Store interface {
	Application(ctx context.Context, reference string) (application.Application, error)
	InstitutionsOf(ctx context.Context, citizenNumber string, now time.Time) ([]store.InstitutionChange, error)
	ListContent(ctx context.Context, reference string) ([]byte, error)
	LeaseList(ctx context.Context, now, leaseEnd time.Time) (store.PeopleList, error)
	AdvanceList(ctx context.Context, l store.PeopleList, p store.ListProgress) error
	CancelList(ctx context.Context, reference string, at time.Time) error
}

// Options is what a Runner is made of. All are required.
type Options struct {
	Store Store
	// Create keeps a new application, as progress.Engine does.
	Create func(ctx context.Context, a application.Application, by application.Actor, who string) (application.Application, error)
	Log    *slog.Logger
	Now    func() time.Time
}

// Runner enters the people of lists that were confirmed. Several processes may have one on the same store.
type Runner struct {
	Options
	wake chan struct{}
}

// NewRunner returns a runner.
func NewRunner(o Options) *Runner { return &Runner{o, make(chan struct{}, 1)} }

// Wake has Run look for lists, without waiting for it.
func (r *Runner) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run enters people until ctx ends. The store must not be closed before it has returned.
func (r *Runner) Run(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		for ctx.Err() == nil && r.next(ctx) {
		}
		select {
		case <-r.wake:
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// next goes through a list, and reports whether there may be another. After an error the list is taken up again once its lease ends.
func (r *Runner) next(ctx context.Context) bool {
	now := r.Now()
	l, err := r.Store.LeaseList(ctx, now, now.Add(lease))
	if err == nil {
		err = r.enterAll(ctx, l)
	}
	switch {
	case err == nil:
		return true
	case !errors.Is(err, store.ErrNotFound) && ctx.Err() == nil:
		r.Log.Error("list of people", "list", l.Reference, "code", fault.CodeOf(err), "error", err)
	}
	return false
}

// enterAll enters the people of a list that is leased. That it was cancelled, or that another process has it, is no error.
func (r *Runner) enterAll(ctx context.Context, l store.PeopleList) error {
	content, err := r.Store.ListContent(ctx, l.Reference)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("content: %w", err)
	}
	lines, err := Parse(content)
	if err != nil || l.SHA256 != sha256.Sum256(content) || len(lines) != l.Lines {
		return errors.Join(errors.New("the file is not the one that was checked"), err, r.Store.CancelList(ctx, l.Reference, r.Now()))
	}
	for l.Done < l.Lines {
		institution, err := r.institution(ctx, l)
		if errors.Is(err, store.ErrNotFound) {
			r.Log.Warn("list of people: who confirmed it is no officer any more", "list", l.Reference)
			return r.Store.CancelList(ctx, l.Reference, r.Now())
		}
		if err != nil {
			return err
		}
		p := store.ListProgress{Done: min(l.Done+chunk, l.Lines)}
		for _, line := range lines[l.Done:p.Done] {
			code, err := r.enter(ctx, l, institution, line)
			if err != nil {
				return fmt.Errorf("line %d: %w", line.Number, err)
			}
			if code == "" {
				p.Created++
			} else {
				p.Refused = append(p.Refused, store.RefusedLine{Line: line.Number, Code: code})
			}
		}
		p.At = r.Now()
		p.LeaseEnd = p.At.Add(lease)
		if err := r.Store.AdvanceList(ctx, l, p); errors.Is(err, store.ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
		l.Done, l.Created = p.Done, l.Created+p.Created
	}
	r.Log.Info("list of people", "list", l.Reference, "lines", l.Lines, "created", l.Created)
	return nil
}

// institution returns the list's, if who confirmed it is still an officer of it.
func (r *Runner) institution(ctx context.Context, l store.PeopleList) (store.InstitutionChange, error) {
	list, err := r.Store.InstitutionsOf(ctx, l.ConfirmedBy, r.Now())
	if err != nil {
		return store.InstitutionChange{}, err
	}
	i := slices.IndexFunc(list, func(c store.InstitutionChange) bool { return c.ID == l.Institution })
	if i < 0 {
		return store.InstitutionChange{}, store.ErrNotFound
	}
	return list[i], nil
}

// enter enters the person of a line, once: the application's reference follows from list and line, so that it is there if a process
// has entered it that was killed before it could say so. code says why the person cannot be entered.
func (r *Runner) enter(ctx context.Context, l store.PeopleList, institution store.InstitutionChange, line Line) (code fault.Code, err error) {
	switch {
	case len(line.Wrong) > 0:
		return refusal.ApplicationIncomplete, nil
	case line.Entry.CitizenNumber == l.ConfirmedBy:
		return refusal.OwnApplication, nil
	}
	a := NewApplication(institution, line.Entry)
	a.Reference = reference.Of(fmt.Sprintf("tr.eonay.list v1\n%s\n%x\n%d\n", l.Reference, l.SHA256, line.Number))
	there, err := r.isThere(ctx, a)
	if err != nil || there {
		return "", err
	}
	_, err = r.Create(ctx, a, application.Officer, l.ConfirmedBy)
	if err != nil {
		if there, thereErr := r.isThere(ctx, a); there { // another process was faster
			return "", thereErr
		}
	}
	if fault.CodeOf(err) == refusal.ApplicationOpen {
		return refusal.ApplicationOpen, nil
	}
	select {
	case <-time.After(pause):
	case <-ctx.Done():
		err = errors.Join(err, context.Cause(ctx))
	}
	return "", err
}

func (r *Runner) isThere(ctx context.Context, a application.Application) (bool, error) {
	_, err := r.Store.Application(ctx, a.Reference)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// NewApplication returns the pre-application of a person that an officer has entered.
func NewApplication(institution store.InstitutionChange, e application.Entry) application.Application {
	a := application.PreApplication(application.NES, institution.ID)
	a.CitizenNumber, a.Name, a.Form = e.CitizenNumber, e.Name, e.Form
	a.Form["institution"] = institution.NameTR
	return a
}

// Judge notes in the lines what the file alone does not tell: who is the officer, and whom the institution has entered already.
// Whether a person has applied by themselves, or for another institution, is not told before they are entered.
func Judge(ctx context.Context, s interface {
	OpenAmong(ctx context.Context, institution string, kind application.Kind, citizenNumbers []string) ([]string, error)
}, institution, officer string, lines []Line) error {
	places := map[string]int{}
	var numbers []string
	for i, l := range lines {
		if len(l.Wrong) == 0 && l.Entry.CitizenNumber == officer {
			lines[i].Wrong = []Wrong{{"number", Own}}
		} else if len(l.Wrong) == 0 {
			places[l.Entry.CitizenNumber] = i
			numbers = append(numbers, l.Entry.CitizenNumber)
		}
	}
	for some := range slices.Chunk(numbers, asked) {
		open, err := s.OpenAmong(ctx, institution, application.NES, some)
		if err != nil {
			return fmt.Errorf("open applications: %w", err)
		}
		for _, number := range open {
			lines[places[number]].Wrong = []Wrong{{"number", Open}}
		}
	}
	return nil
}
