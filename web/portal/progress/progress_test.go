package progress_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/progress"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

const ayse = "10000000146"

var rules = application.Rules{ProduceBefore: 60 * 24 * time.Hour}

var complete = application.Form{
	"birth_date": "1984-02-29", "birth_place": "Iğdır", "reason": "first", "reader": "none", "years": "3", "mobile": "+905321234567",
	"mail": "ayse@example.tr", "address": "Işık Sokak 3", "district": "Çankaya", "province": "Ankara", "postcode": "06100",
}

// memory keeps applications as store.Applications says, and tells of each change.
type memory struct {
	mu      sync.Mutex
	now     time.Time
	kept    map[string]application.Application
	changes []application.Change
	jobs    []store.Job
	changed chan application.Change
	act     store.Act                       // the person's newest
	before  func(a application.Application) // called before a change is kept, without the lock
}

func newMemory() *memory {
	return &memory{now: time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC), kept: map[string]application.Application{}, changed: make(chan application.Change, 100)}
}

func (m *memory) CreateApplication(_ context.Context, a application.Application, c application.Change, jobs ...store.Job) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keep(a, c, jobs)
	return nil
}

func (m *memory) keep(a application.Application, c application.Change, jobs []store.Job) {
	m.jobs = append(m.jobs, jobs...)
	m.kept[a.Reference] = a
	m.changes = append(m.changes, c)
	m.changed <- c
}

func (m *memory) ChangeApplication(_ context.Context, a application.Application, c application.Change, jobs ...store.Job) error {
	if m.before != nil {
		m.before(a)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept[a.Reference].Version != a.Version-1 {
		return fault.New(refusal.ApplicationChanged, nil)
	}
	if a.Approval.Way == application.ByConsent && c.To != application.AwaitingApproval && (m.act.Kind != store.Give || m.act.Reference != a.Approval.Basis) {
		return fault.New(refusal.ActNotPossible, nil)
	}
	m.keep(a, c, jobs)
	return nil
}

func (m *memory) Application(_ context.Context, ref string) (application.Application, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.kept[ref]
	if !ok {
		return a, store.ErrNotFound
	}
	return a, nil
}

// ApplicationsDue returns all: what is not due must stay as it is too.
func (m *memory) ApplicationsDue(_ context.Context, _, _ time.Time, limit int) (all []application.Application, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range m.kept {
		if len(all) < limit {
			all = append(all, a)
		}
	}
	return all, nil
}

func (m *memory) NewestAct(context.Context, string) (store.Act, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.act.Reference == "" {
		return store.Act{}, store.ErrNotFound
	}
	return m.act, nil
}

func (m *memory) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// set changes what the store says, under its lock.
func (m *memory) set(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
}

func (m *memory) engine(log *bytes.Buffer) *progress.Engine {
	if log == nil {
		log = &bytes.Buffer{}
	}
	return progress.New(progress.Options{Store: m, Rules: rules, Log: slog.New(slog.NewJSONHandler(log, nil)), Now: m.Now})
}

// submitted keeps an application that waits for its approval.
func submitted(t *testing.T, e *progress.Engine) application.Application {
	t.Helper()
	a := application.New(application.NES, application.PaidByInstitution, 0)
	a.CitizenNumber, a.Name = ayse, "AYŞE YILMAZ"
	a, err := e.Create(t.Context(), a, application.Person, ayse)
	if err != nil || !reference.Valid(a.Reference) {
		t.Fatal(a.Reference, err)
	}
	a = do(t, e, a, application.Change{Event: application.SaveForm, By: application.Person, Who: ayse, Form: complete, SecurityWord: "hash"})
	return do(t, e, a, application.Change{Event: application.Submit, By: application.Person, Who: ayse})
}

func do(t *testing.T, e *progress.Engine, a application.Application, c application.Change) application.Application {
	t.Helper()
	a, err := e.Do(t.Context(), a.Reference, a.Version, c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// E-Onay approves what waits; what it approved waits again when it is withdrawn, and one that was given anew approves again, in
// one go.
func TestAdvanceFollowsConsent(t *testing.T) {
	m := newMemory()
	e := m.engine(nil)
	a := submitted(t, e)
	advance := func(act store.Act, state application.State, basis string) {
		t.Helper()
		m.set(func() { m.act = act })
		var err error
		if a, err = e.Advance(t.Context(), a); err != nil || a.State != state || a.Approval.Basis != basis {
			t.Fatalf("%s by %q: %v, want %s by %q", a.State, a.Approval.Basis, err, state, basis)
		}
	}
	advance(store.Act{}, application.AwaitingApproval, "")
	advance(store.Act{Reference: "A", Kind: store.Give}, application.UnderReview, "A")
	advance(store.Act{Reference: "B", Kind: store.Withdraw}, application.AwaitingApproval, "")
	advance(store.Act{Reference: "C", Kind: store.Give}, application.UnderReview, "C")
	advance(store.Act{Reference: "E", Kind: store.Give}, application.UnderReview, "E")
	a.Replaces = m.now.Add(rules.ProduceBefore + time.Hour)
	m.set(func() { m.kept[a.Reference] = a })
	if a = do(t, e, a, application.Change{Event: application.Accept, By: application.Authority, Who: ayse}); a.State != application.Held {
		t.Fatal(a.State)
	}
	m.set(func() { m.now = m.now.Add(time.Hour) })
	advance(store.Act{Reference: "F", Kind: store.Withdraw}, application.AwaitingApproval, "") // due, and not produced
}

// What becomes due and what ends does so by itself, and by the portal.
func TestAdvanceFollowsTime(t *testing.T) {
	m := newMemory()
	e := m.engine(nil)
	a := submitted(t, e)
	a.State, a.Replaces = application.Held, m.now.Add(rules.ProduceBefore+time.Second)
	a.Approval.Way = application.OnPaper
	m.set(func() { m.kept[a.Reference] = a })
	if same, err := e.Advance(t.Context(), a); err != nil || same.Version != a.Version {
		t.Fatalf("moved early: %v", err)
	}
	m.set(func() { m.now = m.now.Add(time.Second) })
	a, err := e.Advance(t.Context(), a)
	if err != nil || a.State != application.InProduction {
		t.Fatal(a.State, err)
	}
	a.State, a.Certificate = application.Active, application.Certificate{Serial: "01", NotAfter: m.now}
	m.set(func() { m.kept[a.Reference] = a })
	if a, err = e.Advance(t.Context(), a); err != nil || a.State != application.Expired {
		t.Fatal(a.State, err)
	}
	for _, c := range m.changes[3:] {
		if c.By != application.Portal || c.Who != "" {
			t.Errorf("%s by %s", c.Event, c.By)
		}
	}
}

// Of two who have seen the same version one changes it, and an unknown application is not found.
func TestDoRefusesAnOldVersion(t *testing.T) {
	m := newMemory()
	e := m.engine(nil)
	a := submitted(t, e)
	cancel := application.Change{Event: application.Cancel, By: application.Person, Who: ayse}
	for _, version := range []int{a.Version - 1, a.Version + 1, -1} {
		if _, err := e.Do(t.Context(), a.Reference, version, cancel); fault.CodeOf(err) != refusal.ApplicationChanged {
			t.Errorf("version %d: %v", version, err)
		}
	}
	if _, err := e.Do(t.Context(), "0000-0000-0000-0000", 1, cancel); fault.CodeOf(err) != refusal.NotFound {
		t.Error(err)
	}
	if _, err := e.Do(t.Context(), a.Reference, 0, cancel); err != nil {
		t.Errorf("a machine takes any version: %v", err)
	}
	if _, err := e.Do(t.Context(), a.Reference, 0, cancel); fault.CodeOf(err) != refusal.ApplicationState {
		t.Errorf("cancelled twice: %v", err)
	}
}

// Of several processes that move one application at once one wins; the others have no error.
func TestProcessesMoveAnApplicationOnce(t *testing.T) {
	m := newMemory()
	a := submitted(t, m.engine(nil))
	m.act = store.Act{Reference: "A", Kind: store.Give}
	const processes = 4
	var together, running sync.WaitGroup
	together.Add(processes)
	m.before = func(application.Application) { together.Done(); together.Wait() }
	for range processes {
		running.Go(func() {
			if _, err := m.engine(nil).Advance(t.Context(), a); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	approvals := slices.DeleteFunc(slices.Clone(m.changes), func(c application.Change) bool { return c.Event != application.Approve })
	if len(approvals) != 1 {
		t.Errorf("%d approvals", len(approvals))
	}
}

// An E-Onay that is withdrawn at the last instant approves nothing, and is no error.
func TestConsentWithdrawnMeanwhile(t *testing.T) {
	m := newMemory()
	e := m.engine(nil)
	a := submitted(t, e)
	m.act = store.Act{Reference: "A", Kind: store.Give}
	m.before = func(application.Application) {
		m.set(func() { m.act = store.Act{Reference: "B", Kind: store.Withdraw} })
	}
	if same, err := e.Advance(t.Context(), a); err != nil || same.State != application.AwaitingApproval {
		t.Error(same.State, err)
	}
}

// Run moves what is due when it is woken, and logs nothing of the person.
func TestRun(t *testing.T) {
	m := newMemory()
	var log bytes.Buffer
	e := m.engine(&log)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	a := submitted(t, e)
	for range 3 {
		<-m.changed
	}
	go func() { e.Run(ctx); close(ended) }()
	m.set(func() { m.act = store.Act{Reference: "A", Kind: store.Give} })
	e.Wake()
	if c := <-m.changed; c.Event != application.Approve || c.To != application.UnderReview {
		t.Error(c.Event, c.To)
	}
	stop()
	<-ended
	for _, personal := range []string{ayse, "YILMAZ", "ayse@", "532123", "Iğdır", "hash"} {
		if strings.Contains(log.String(), personal) {
			t.Errorf("the log has %q:\n%s", personal, &log)
		}
	}
	if !strings.Contains(log.String(), a.Reference) {
		t.Error("the log does not name the application")
	}
}
