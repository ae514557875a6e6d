package storetest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

var applications = []test{
	{"an application, from the draft to its end", applicationLife},
	{"applications refused", applicationsRefused},
	{"one open application of a kind", applicationOpen},
	{"an application that E-Onay approves", applicationConsent},
	{"applications by state and person", applicationLists},
	{"applications that are due", applicationsDue},
	{"applications erased", applicationErased},
	{"scans of papers", paperScans},
	{"one application, two officers", raceApplication},
	{"one person, two drafts", raceDrafts},
	{"E-Onay withdrawn while an application is accepted", raceConsent},
	{"one carrier's number, two applications", raceShipments},
	{"one application, erased twice at once", raceErasure},
}

// officer is of the authority; nobody's applications are theirs.
const officer = "11111111101"

var rules = application.Rules{ProduceBefore: 60 * 24 * time.Hour}

// newApplication is a draft of a person, and the change that creates it.
func newApplication(reference, citizenNumber string) (application.Application, application.Change) {
	a := application.New(application.NES, application.PaidByInstitution, 0)
	a.Reference, a.CitizenNumber, a.Name = reference, citizenNumber, "AYŞE YILMAZ"
	return a, application.Change{Event: application.Create, By: application.Person, Who: citizenNumber, At: now}
}

// applied is a draft that is kept.
func applied(t *testing.T, s store.Store, reference, citizenNumber string) application.Application {
	t.Helper()
	a, c := newApplication(reference, citizenNumber)
	must(t, s.CreateApplication(t.Context(), a, c))
	return stored(t, s, reference)
}

func stored(t *testing.T, s store.Store, reference string) application.Application {
	t.Helper()
	a, err := s.Application(t.Context(), reference)
	must(t, err)
	return a
}

// fullForm is a form that lacks nothing.
func fullForm() application.Form {
	return application.Form{"birth_date": "1980-02-29", "birth_place": "İzmir", "reason": "first", "reader": "usb", "years": "3", "mobile": "+905550000000",
		"mail": "ayse@example.com", "address": "Çiçek Sokak 1\nKat 2", "district": "Konak", "province": "İzmir", "postcode": "35000"}
}

// changeOf is a change with what its event needs.
func changeOf(e application.Event, by application.Actor, citizenNumber string, at time.Time) application.Change {
	c := application.Change{Event: e, By: by, At: at}
	switch by {
	case application.Person:
		c.Who = citizenNumber
	case application.Authority, application.Officer:
		c.Who = officer
	}
	switch e {
	case application.SaveForm:
		c.Form, c.SecurityWord = fullForm(), "$argon2id$özet"
	case application.Approve:
		c.Way, c.Basis = application.OnPaper, "KAĞIT-1"
	case application.Return, application.Reject, application.Revoke:
		c.Reason = "adres eksik"
	case application.Produce:
		c.Basis, c.Certificate = "MANIFEST-1", application.Certificate{Serial: "0a1b", NotBefore: now, NotAfter: now.AddDate(3, 0, 0)}
	case application.Dispatch, application.Deliver:
		c.Basis = "KARGO-" + citizenNumber
	}
	return c
}

// change tries to change an application to its next version, a minute later than it was changed last.
func change(t *testing.T, s store.Store, a application.Application, c application.Change) (application.Application, error) {
	t.Helper()
	next, c, err := a.Apply(c, rules)
	must(t, err)
	return next, s.ChangeApplication(t.Context(), next, c)
}

// step is an event and who causes it.
type step struct {
	event application.Event
	by    application.Actor
}

// path leads a draft to the end of its certificate, on paper.
var path = []step{
	{application.SaveForm, application.Person}, {application.Submit, application.Person}, {application.Approve, application.Authority},
	{application.Accept, application.Authority}, {application.Produce, application.Producer}, {application.Dispatch, application.Authority},
	{application.Deliver, application.Carrier}, {application.Activate, application.Portal}, {application.Suspend, application.Person},
	{application.Revoke, application.Authority},
}

// walk takes an application along some of a path.
func walk(t *testing.T, s store.Store, a application.Application, steps ...step) application.Application {
	t.Helper()
	for _, one := range steps {
		next, err := change(t, s, a, changeOf(one.event, one.by, a.CitizenNumber, a.ChangedAt.Add(time.Minute)))
		must(t, err)
		a = next
	}
	return a
}

func applicationLife(t *testing.T, s store.Store) {
	ctx := t.Context()
	_, err := s.Application(ctx, "A")
	wantNotFound(t, err)
	_, err = s.ApplicationByShipment(ctx, "")
	wantNotFound(t, err)
	a, c := newApplication("A", ayse)
	a.Fee, a.Replaces = 10050, now.AddDate(0, 1, 0)
	must(t, s.CreateApplication(ctx, a, c))
	a.CreatedAt, a.ChangedAt = now, now
	want := []application.Change{{Event: application.Create, By: application.Person, Who: ayse, At: now, To: application.Draft, Version: 1}}
	entries := newest(t, s).Number
	for _, one := range slices.Insert(slices.Clone(path), 4, step{application.Pay, application.Provider}) {
		if got := stored(t, s, "A"); !reflect.DeepEqual(got, a) {
			t.Fatalf("got %+v, want %+v", got, a)
		}
		next, c, err := a.Apply(changeOf(one.event, one.by, ayse, a.ChangedAt.Add(time.Minute)), rules)
		must(t, err)
		must(t, s.ChangeApplication(ctx, next, c))
		a, c.Form, c.SecurityWord = next, nil, ""
		want = append(want, c)
		if e := newest(t, s); e.Number != entries+1 {
			t.Errorf("%s: entry %d after %d", one.event, e.Number, entries)
		}
		entries++
	}
	if a.State != application.Revoked {
		t.Errorf("it ended as %s", a.State)
	}
	got, err := s.ApplicationByShipment(ctx, "KARGO-"+ayse)
	must(t, err)
	if !reflect.DeepEqual(got, a) {
		t.Errorf("by shipment: got %+v, want %+v", got, a)
	}
	history, err := s.ApplicationHistory(ctx, "A")
	must(t, err)
	if !reflect.DeepEqual(history, want) {
		t.Errorf("history: got %+v, want %+v", history, want)
	}
	if none, err := s.ApplicationHistory(ctx, "B"); err != nil || len(none) > 0 {
		t.Errorf("history of none: %+v, %v", none, err)
	}
}

func applicationsRefused(t *testing.T, s store.Store) {
	ctx := t.Context()
	a := applied(t, s, "A", ayse)
	entries := newest(t, s).Number
	save := changeOf(application.SaveForm, application.Person, ayse, now.Add(time.Minute))
	next, c, err := a.Apply(save, rules)
	must(t, err)
	for name, alter := range map[string]func(*application.Application, *application.Change){
		"another version than the change's": func(a *application.Application, c *application.Change) { c.Version++ },
		"another state than the change's":   func(a *application.Application, c *application.Change) { a.State = application.Active },
		"a state that there is not":         func(a *application.Application, c *application.Change) { a.State, c.To = "x", "x" },
		"from where it was not":             func(a *application.Application, c *application.Change) { c.From = application.PreApplied },
		"another person":                    func(a *application.Application, c *application.Change) { a.CitizenNumber = mehmet },
		"no person":                         func(a *application.Application, c *application.Change) { a.CitizenNumber = "" },
		"another kind":                      func(a *application.Application, c *application.Change) { a.Kind = application.Seal },
		"another payer":                     func(a *application.Application, c *application.Change) { a.Payer = application.PaidByPerson },
		"a large form": func(a *application.Application, c *application.Change) {
			a.Form = application.Form{"address": strings.Repeat("a", store.MaxForm)}
		},
		"a large reason": func(a *application.Application, c *application.Change) {
			c.Reason = strings.Repeat("a", store.MaxForm+1)
		},
	} {
		altered, with := next, c
		alter(&altered, &with)
		if err := s.ChangeApplication(ctx, altered, with); err == nil {
			t.Errorf("%s: kept", name)
		}
	}
	first, created := newApplication("B", mehmet)
	for name, alter := range map[string]func(*application.Application){
		"a second version":    func(a *application.Application) { a.Version = 2 },
		"another's reference": func(a *application.Application) { a.Reference = "A" },
		"no reference":        func(a *application.Application) { a.Reference = "" },
		"a path":              func(a *application.Application) { a.Reference = "B/1" },
	} {
		altered := first
		alter(&altered)
		if err := s.CreateApplication(ctx, altered, created); err == nil {
			t.Errorf("created with %s", name)
		}
	}
	if got := stored(t, s, "A"); !reflect.DeepEqual(got, a) || newest(t, s).Number != entries {
		t.Errorf("it was changed to %+v", got)
	}
	must(t, s.ChangeApplication(ctx, next, c))
	wantCode(t, s.ChangeApplication(ctx, next, c), refusal.ApplicationChanged)
	next.Reference = "C"
	wantCode(t, s.ChangeApplication(ctx, next, c), refusal.ApplicationChanged)
}

func applicationOpen(t *testing.T, s store.Store) {
	ctx := t.Context()
	first := applied(t, s, "A", ayse)
	second, created := newApplication("B", ayse)
	wantCode(t, s.CreateApplication(ctx, second, created), refusal.ApplicationOpen)
	_, err := s.Application(ctx, "B")
	wantNotFound(t, err)
	applied(t, s, "C", mehmet)
	seal := application.New(application.Seal, application.PaidByPerson, 100)
	seal.Reference, seal.CitizenNumber = "D", ayse
	must(t, s.CreateApplication(ctx, seal, created))
	walk(t, s, first, step{application.Cancel, application.Person})
	must(t, s.CreateApplication(ctx, second, created))
	walk(t, s, stored(t, s, "B"), path[:7]...) // until the card is delivered
	applied(t, s, "E", ayse)
}

// consented has a person approve by E-Onay, or end that: by the act of this reference.
func consented(t *testing.T, s store.Store, reference, citizenNumber string, kind store.Kind) {
	t.Helper()
	recorded(t, s, opened(t, s, reference, citizenNumber, kind))
}

// approval approves an application by the E-Onay of an act.
func approval(a application.Application, act string) application.Change {
	return application.Change{Event: application.Approve, By: application.Portal, At: a.ChangedAt.Add(time.Minute), Way: application.ByConsent, Basis: act}
}

func applicationConsent(t *testing.T, s store.Store) {
	consented(t, s, "give", ayse, store.Give)
	consented(t, s, "other", mehmet, store.Give)
	a := walk(t, s, applied(t, s, "A", ayse), path[:2]...)
	for _, basis := range []string{"other", "none", ""} {
		_, err := change(t, s, a, approval(a, basis))
		wantCode(t, err, refusal.ActNotPossible)
	}
	approved, err := change(t, s, a, approval(a, "give"))
	must(t, err)
	consented(t, s, "withdraw", ayse, store.Withdraw)
	accept := changeOf(application.Accept, application.Authority, ayse, now.Add(time.Hour))
	_, err = change(t, s, approved, accept)
	wantCode(t, err, refusal.ActNotPossible)
	again := walk(t, s, approved, step{application.WithdrawConsent, application.Portal})
	for _, basis := range []string{"give", "withdraw"} {
		_, err = change(t, s, again, approval(again, basis))
		wantCode(t, err, refusal.ActNotPossible)
	}
	consented(t, s, "give again", ayse, store.Give)
	_, err = change(t, s, again, approval(again, "give"))
	wantCode(t, err, refusal.ActNotPossible)
	approved, err = change(t, s, again, approval(again, "give again"))
	must(t, err)
	produced := walk(t, s, approved, path[3])
	consented(t, s, "withdraw again", ayse, store.Withdraw)
	walk(t, s, produced, path[4:]...) // what is in production is past the approval
}

func references(list []application.Application) (out []string) {
	for _, a := range list {
		out = append(out, a.Reference)
	}
	return out
}

func applicationLists(t *testing.T, s store.Store) {
	ctx := t.Context()
	for i, person := range []string{ayse, mehmet, officer} {
		a, c := newApplication(fmt.Sprint("A", i), person)
		c.At = now.Add(time.Duration(-i) * time.Hour)
		must(t, s.CreateApplication(ctx, a, c))
	}
	// A2 has been a draft longest, also after it was changed last.
	_, err := change(t, s, stored(t, s, "A2"), changeOf(application.SaveForm, application.Person, officer, now.Add(time.Hour)))
	must(t, err)
	walk(t, s, stored(t, s, "A0"), step{application.Cancel, application.Person})
	applied(t, s, "A3", ayse)
	for name, test := range map[string]struct {
		list func() ([]application.Application, error)
		want []string
	}{
		"a state":      {func() ([]application.Application, error) { return s.ApplicationsIn(ctx, application.Draft, 9) }, []string{"A2", "A1", "A3"}},
		"two of them":  {func() ([]application.Application, error) { return s.ApplicationsIn(ctx, application.Draft, 2) }, []string{"A2", "A1"}},
		"no state":     {func() ([]application.Application, error) { return s.ApplicationsIn(ctx, application.Held, 9) }, nil},
		"a person":     {func() ([]application.Application, error) { return s.ApplicationsOf(ctx, ayse, 9) }, []string{"A3", "A0"}},
		"their newest": {func() ([]application.Application, error) { return s.ApplicationsOf(ctx, ayse, 1) }, []string{"A3"}},
		"nobody":       {func() ([]application.Application, error) { return s.ApplicationsOf(ctx, "", 9) }, nil},
	} {
		list, err := test.list()
		if got := references(list); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, test.want)
		}
	}
	counts, err := s.CountApplications(ctx)
	must(t, err)
	if want := map[application.State]int{application.Draft: 3, application.Cancelled: 1}; !maps.Equal(counts, want) {
		t.Errorf("counted %v, want %v", counts, want)
	}
}

func applicationsDue(t *testing.T, s store.Store) {
	ctx := t.Context()
	wantDue := func(what string, at, producedFrom time.Time, limit int, want ...string) {
		t.Helper()
		list, err := s.ApplicationsDue(ctx, at, producedFrom, limit)
		if got := references(list); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: due are %q, %v, want %q", what, got, err, want)
		}
	}
	a := walk(t, s, applied(t, s, "A", ayse), path[:2]...)
	wantDue("without E-Onay", now, now, 9)
	consented(t, s, "give", ayse, store.Give)
	wantDue("with E-Onay", now, now, 9, "A")
	a, err := change(t, s, a, approval(a, "give"))
	must(t, err)
	wantDue("approved", now, now, 9)
	consented(t, s, "withdraw", ayse, store.Withdraw)
	wantDue("withdrawn", now, now, 9, "A")
	consented(t, s, "give again", ayse, store.Give)
	wantDue("given again, as another act", now, now, 9, "A")
	a = walk(t, s, a, step{application.WithdrawConsent, application.Portal})
	wantDue("to be approved again", now, now, 9, "A")
	a, err = change(t, s, a, approval(a, "give again"))
	must(t, err)
	wantDue("approved again", now, now, 9)
	a = walk(t, s, a, path[3:7]...)
	ends := a.Certificate.NotAfter
	wantDue("delivered", ends.Add(-time.Millisecond), now, 9)
	wantDue("ended", ends, now, 9, "A")

	renewal := applied(t, s, "B", mehmet)
	form := changeOf(application.SaveForm, application.Person, mehmet, renewal.ChangedAt.Add(time.Minute))
	form.Replaces = now.AddDate(1, 0, 0)
	renewal, err = change(t, s, renewal, form)
	must(t, err)
	renewal = walk(t, s, renewal, path[1:4]...)
	if renewal.State != application.Held {
		t.Fatalf("the renewal is %s", renewal.State)
	}
	wantDue("an early renewal", now, renewal.Replaces.Add(-time.Millisecond), 9)
	wantDue("its time", now, renewal.Replaces, 9, "B")
	consented(t, s, "other", mehmet, store.Give) // it was approved on paper
	wantDue("both", ends, renewal.Replaces, 9, "B", "A")
	wantDue("one of both", ends, renewal.Replaces, 1, "B")
	submitted := walk(t, s, applied(t, s, "C", ayse), path[:2]...)
	wantDue("E-Onay stood before", ends, renewal.Replaces, 9, "C", "B", "A")
	walk(t, s, submitted, step{application.Cancel, application.Person})
	wantDue("cancelled", now, now, 9)
}

func raceApplication(t *testing.T, s store.Store) {
	a := walk(t, s, applied(t, s, "A", ayse), path[:3]...)
	events := []application.Event{application.Accept, application.Return, application.Reject, application.Cancel}
	errs := atOnce(16, func(i int) error {
		_, err := change(t, s, a, changeOf(events[i%len(events)], application.Authority, ayse, now.Add(time.Duration(i)*time.Hour)))
		return err
	})
	oneWins(t, errs, refusal.ApplicationChanged)
	history, err := s.ApplicationHistory(t.Context(), "A")
	must(t, err)
	last, got := history[len(history)-1], stored(t, s, "A")
	winner := slices.Index(errs, nil)
	if len(history) != a.Version+1 || last.Event != events[winner%len(events)] || got.State != last.To || !got.ChangedAt.Equal(now.Add(time.Duration(winner)*time.Hour)) {
		t.Errorf("officer %d won; the last change is %+v, the application %+v", winner, last, got)
	}
}

func raceDrafts(t *testing.T, s store.Store) {
	oneWins(t, atOnce(8, func(i int) error {
		a, c := newApplication(fmt.Sprint("A", i), ayse)
		return s.CreateApplication(t.Context(), a, c)
	}), refusal.ApplicationOpen)
}

// raceConsent ends E-Onay while officers accept what it has approved: each is accepted or refused for that reason, and each withdrawal
// is recorded.
func raceConsent(t *testing.T, s store.Store) {
	var accept []func() error
	for i := range 8 {
		person := fmt.Sprint("person ", i)
		consented(t, s, fmt.Sprint("give ", i), person, store.Give)
		a := walk(t, s, applied(t, s, fmt.Sprint("A", i), person), path[:2]...)
		approved, err := change(t, s, a, approval(a, fmt.Sprint("give ", i)))
		must(t, err)
		withdrawal := received(t, s, opened(t, s, fmt.Sprint("withdraw ", i), person, store.Withdraw))
		accept = append(accept,
			func() error {
				_, err := change(t, s, approved, changeOf(application.Accept, application.Authority, person, now.Add(time.Hour)))
				return err
			},
			func() error { return s.Complete(t.Context(), newCompletion(withdrawal)) })
	}
	errs := atOnce(len(accept), func(i int) error { return accept[i]() })
	for i := 0; i < len(errs); i += 2 {
		must(t, errs[i+1])
		state := stored(t, s, fmt.Sprint("A", i/2)).State
		if errs[i] == nil && state == application.InProduction {
			continue
		}
		wantCode(t, errs[i], refusal.ActNotPossible)
		if state != application.UnderReview {
			t.Errorf("%d: %s after a refusal", i/2, state)
		}
	}
}

func raceShipments(t *testing.T, s store.Store) {
	var all []application.Application
	for i := range 4 {
		all = append(all, walk(t, s, applied(t, s, fmt.Sprint("A", i), fmt.Sprint("person ", i)), path[:5]...))
	}
	errs := atOnce(len(all), func(i int) error {
		_, err := change(t, s, all[i], changeOf(application.Dispatch, application.Authority, "1", now.Add(time.Hour)))
		return err
	})
	oneWins(t, errs, refusal.ApplicationState)
	got, err := s.ApplicationByShipment(t.Context(), "KARGO-1")
	must(t, err)
	if got.Reference != all[slices.Index(errs, nil)].Reference {
		t.Errorf("%s has the shipment", got.Reference)
	}
}

func applicationErased(t *testing.T, s store.Store) {
	ctx := t.Context()
	later := now.AddDate(1, 0, 0)
	wantNotFound(t, s.EraseApplication(ctx, "A", later))
	consented(t, s, "give", ayse, store.Give)
	a := walk(t, s, applied(t, s, "A", ayse), path[:2]...)
	a, err := change(t, s, a, approval(a, "give"))
	must(t, err)
	wantCode(t, s.EraseApplication(ctx, "A", later), refusal.ApplicationState)
	a = walk(t, s, a, step{application.Reject, application.Authority})
	walk(t, s, applied(t, s, "B", mehmet), step{application.Cancel, application.Person}) // before the other
	for before, want := range map[time.Time][]string{
		now.Add(time.Minute): nil, a.ChangedAt: {"B"}, a.ChangedAt.Add(time.Millisecond): {"B", "A"},
	} {
		if got, err := s.ApplicationsToErase(ctx, before, 9); err != nil || !slices.Equal(got, want) {
			t.Errorf("before %v: %q, %v, want %q", before, got, err, want)
		}
	}
	if got, err := s.ApplicationsToErase(ctx, later, 1); err != nil || !slices.Equal(got, []string{"B"}) {
		t.Errorf("the oldest: %q, %v", got, err)
	}
	before, err := s.ApplicationHistory(ctx, "A")
	must(t, err)
	entries := newest(t, s).Number
	for range 2 {
		must(t, s.EraseApplication(ctx, "A", later))
	}
	want := application.Application{Reference: "A", Kind: a.Kind, Payer: a.Payer, State: application.Rejected, Version: a.Version + 1,
		Form: application.Form{}, CreatedAt: a.CreatedAt, ChangedAt: later}
	if got := stored(t, s, "A"); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for i := range before {
		if before[i].Who == ayse {
			before[i].Who = ""
		}
	}
	erasure := application.Change{Event: application.Erase, By: application.Portal, At: later, From: application.Rejected, To: application.Rejected, Version: want.Version}
	if after, err := s.ApplicationHistory(ctx, "A"); err != nil || !reflect.DeepEqual(after, append(before, erasure)) {
		t.Errorf("history: got %+v, %v", after, err)
	}
	if n := newest(t, s).Number; n != entries+1 {
		t.Errorf("entry %d after %d", n, entries)
	}
	if got, err := s.ApplicationsToErase(ctx, later, 9); err != nil || !slices.Equal(got, []string{"B"}) {
		t.Errorf("afterwards: %q, %v", got, err)
	}
	if got, err := s.ApplicationsOf(ctx, ayse, 9); err != nil || len(got) > 0 {
		t.Errorf("the person still has %+v, %v", got, err)
	}
	a.Version, a.State = want.Version+1, application.Cancelled
	if err := s.ChangeApplication(ctx, a, application.Change{Event: application.Cancel, From: application.Rejected, To: application.Cancelled, Version: a.Version, At: later}); err == nil {
		t.Error("it was changed after its erasure")
	}
}

func raceErasure(t *testing.T, s store.Store) {
	a := walk(t, s, applied(t, s, "A", ayse), step{application.Cancel, application.Person})
	for i, err := range atOnce(8, func(int) error { return s.EraseApplication(t.Context(), "A", now.Add(time.Hour)) }) {
		if err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	if got := stored(t, s, "A"); got.Version != a.Version+1 || got.CitizenNumber != "" {
		t.Errorf("it is %+v", got)
	}
}
