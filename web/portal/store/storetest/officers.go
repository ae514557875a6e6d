package storetest

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/store"
)

var officers = []test{
	{"institutions and their officers", officersOf},
	{"an institution's people", applicantsOf},
	{"an application stays with its institution", institutionStays},
}

func wantInstitutions(t *testing.T, s store.Store, citizenNumber string, at time.Time, want ...string) {
	t.Helper()
	list, err := s.InstitutionsOf(t.Context(), citizenNumber, at)
	must(t, err)
	var got []string
	for _, c := range list {
		got = append(got, c.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("at %s: officer of %q, want %q", at, got, want)
	}
}

func officersOf(t *testing.T, s store.Store) {
	ctx, hour, year := t.Context(), now.Add(time.Hour), now.AddDate(1, 0, 0)
	_, err := s.Institution(ctx, "belediye")
	wantNotFound(t, err)
	first := store.InstitutionChange{ID: "belediye", NameTR: "Belediye", NameEN: "Municipality", Terms: "2026/114", At: now}
	second := store.InstitutionChange{ID: "okul", NameTR: "Okul", NameEN: "School", At: now, Until: year}
	entries := newestNumber(t, s)
	must(t, s.ChangeInstitution(ctx, second))
	must(t, s.ChangeInstitution(ctx, first))
	for _, at := range []time.Time{now, year} {
		want := []store.InstitutionChange{first, second}
		if at.Equal(year) {
			want = want[:1]
		}
		if got, err := s.InstitutionsAt(ctx, at, 9); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("at %s: %+v, %v", at, got, err)
		}
	}
	must(t, s.ChangeOfficer(ctx, store.OfficerChange{CitizenNumber: ayse, Institution: "belediye", At: now}))
	must(t, s.ChangeOfficer(ctx, store.OfficerChange{CitizenNumber: ayse, Institution: "okul", At: hour}))
	must(t, s.ChangeOfficer(ctx, store.OfficerChange{CitizenNumber: mehmet, Institution: "belediye", At: now, Until: hour}))
	if n := newestNumber(t, s); n != entries+5 {
		t.Errorf("%d entries, want %d", n, entries+5)
	}
	wantInstitutions(t, s, ayse, now.Add(-time.Millisecond))
	wantInstitutions(t, s, ayse, now, "belediye")
	wantInstitutions(t, s, ayse, hour, "belediye", "okul")
	wantInstitutions(t, s, ayse, year, "belediye") // the other has ended
	wantInstitutions(t, s, mehmet, hour.Add(-time.Millisecond), "belediye")
	wantInstitutions(t, s, mehmet, hour)
	if got, err := s.OfficersAt(ctx, hour, 9); err != nil || !reflect.DeepEqual(got, []store.OfficerChange{
		{CitizenNumber: ayse, Institution: "belediye", At: now}, {CitizenNumber: ayse, Institution: "okul", At: hour},
	}) {
		t.Errorf("officers: %+v, %v", got, err)
	}

	// The last change counts: of an officer, and of an institution that is renamed and ends.
	must(t, s.ChangeOfficer(ctx, store.OfficerChange{CitizenNumber: ayse, Institution: "okul", At: hour, Until: hour}))
	wantInstitutions(t, s, ayse, hour, "belediye")
	first.NameTR, first.Until = "Büyük Belediye", now
	must(t, s.ChangeInstitution(ctx, first))
	wantInstitutions(t, s, ayse, hour)
	if got, err := s.Institution(ctx, "belediye"); err != nil || got != first {
		t.Errorf("the institution is %+v, %v", got, err)
	}
	if err := s.ChangeOfficer(ctx, store.OfficerChange{CitizenNumber: ayse, Institution: "okul", At: hour, Until: now}); err == nil {
		t.Error("an officer who ends before they begin was kept")
	}
}

// newestNumber is the number of the chain's newest entry, 0 for none.
func newestNumber(t *testing.T, s store.Store) int64 {
	t.Helper()
	e, _ := s.NewestEntry(t.Context())
	return e.Number
}

// preApplied is what an institution has entered for a person.
func preApplied(t *testing.T, s store.Store, reference, citizenNumber, institution string, at time.Time) application.Application {
	t.Helper()
	a := application.PreApplication(application.NES, institution)
	a.Reference, a.CitizenNumber, a.Name, a.Form = reference, citizenNumber, "AYŞE YILMAZ", application.Form{"title": "Müdür"}
	must(t, s.CreateApplication(t.Context(), a, application.Change{Event: application.Create, By: application.Officer, Who: officer, At: at}))
	return stored(t, s, reference)
}

func applicantsOf(t *testing.T, s store.Store) {
	ctx := t.Context()
	at := func(minutes int) time.Time { return now.Add(time.Duration(minutes) * time.Minute) }
	preApplied(t, s, "A", "1", "belediye", now)
	preApplied(t, s, "B", "2", "belediye", now)
	c := preApplied(t, s, "C", "3", "belediye", at(1))
	preApplied(t, s, "D", "4", "okul", at(2))
	applied(t, s, "E", "5") // a person's own
	gone := preApplied(t, s, "F", "6", "belediye", at(3))
	walk(t, s, gone, step{application.Cancel, application.Person})
	must(t, s.EraseApplication(ctx, "F", at(9)))
	c = walk(t, s, c, step{application.Open, application.Person})

	all := []store.Applicant{
		{Reference: "C", CitizenNumber: "3", Name: "AYŞE YILMAZ", Kind: application.NES, State: application.Draft, Since: at(2), CreatedAt: at(1)},
		{Reference: "B", CitizenNumber: "2", Name: "AYŞE YILMAZ", Kind: application.NES, State: application.PreApplied, Since: now, CreatedAt: now},
		{Reference: "A", CitizenNumber: "1", Name: "AYŞE YILMAZ", Kind: application.NES, State: application.PreApplied, Since: now, CreatedAt: now},
	}
	for _, one := range []struct {
		what  string
		query store.ApplicantQuery
		limit int
		want  []store.Applicant
	}{
		{"all", store.ApplicantQuery{Institution: "belediye"}, 9, all},
		{"the first page", store.ApplicantQuery{Institution: "belediye"}, 2, all[:2]},
		{"the next page", store.ApplicantQuery{Institution: "belediye", After: all[1]}, 2, all[2:]},
		{"after the last", store.ApplicantQuery{Institution: "belediye", After: all[2]}, 2, nil},
		{"in a state", store.ApplicantQuery{Institution: "belediye", State: application.PreApplied}, 9, all[1:]},
		{"in a state, the next page", store.ApplicantQuery{Institution: "belediye", State: application.PreApplied, After: all[1]}, 9, all[2:]},
		{"in a state that none is in", store.ApplicantQuery{Institution: "belediye", State: application.Active}, 9, nil},
		{"of no institution", store.ApplicantQuery{}, 9, nil},
	} {
		if got, err := s.Applicants(ctx, one.query, one.limit); err != nil || !reflect.DeepEqual(got, one.want) {
			t.Errorf("%s: got %+v, %v", one.what, got, err)
		}
	}
	counts, err := s.CountApplicants(ctx, "belediye")
	if err != nil || !maps.Equal(counts, map[application.State]int{application.Draft: 1, application.PreApplied: 2}) {
		t.Errorf("counted %v, %v", counts, err)
	}
	walk(t, s, stored(t, s, "A"), step{application.Cancel, application.Person})
	open, err := s.OpenAmong(ctx, "belediye", application.NES, []string{"1", "2", "3", "4", "5", "7"})
	slices.Sort(open)
	if err != nil || !slices.Equal(open, []string{"2", "3"}) {
		t.Errorf("open are %q, %v, want the institution's own that have not ended", open, err)
	}
	if open, err := s.OpenAmong(ctx, "belediye", application.Seal, []string{"2", "3"}); err != nil || len(open) > 0 {
		t.Errorf("of another kind: %q, %v", open, err)
	}
	if got := stored(t, s, "C"); !reflect.DeepEqual(got, c) || got.Institution != "belediye" {
		t.Errorf("got %+v, want %+v", got, c)
	}
}

func institutionStays(t *testing.T, s store.Store) {
	a := preApplied(t, s, "A", ayse, "belediye", now)
	for _, other := range []string{"okul", ""} {
		changed := a
		changed.Institution = other
		next, c, err := changed.Apply(changeOf(application.Open, application.Person, ayse, now.Add(time.Minute)), rules)
		must(t, err)
		if err := s.ChangeApplication(t.Context(), next, c); err == nil {
			t.Errorf("it went to %q", other)
		}
	}
	if got := stored(t, s, "A"); got.Institution != "belediye" || got.Version != 1 {
		t.Errorf("it is %+v", got)
	}
}
