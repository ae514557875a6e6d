package storetest

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
)

var roles = []test{
	{"roles", rolesOf},
	{"roles listed", rolesListed},
	{"a session of a login with a card", cardSession},
}

// wantRoles checks what a person may do at a time.
func wantRoles(t *testing.T, s store.Store, citizenNumber string, at time.Time, want ...store.Role) {
	t.Helper()
	got, err := s.RolesOf(t.Context(), citizenNumber, at)
	must(t, err)
	if !slices.Equal(got, want) {
		t.Errorf("at %s: got %q, want %q", at, got, want)
	}
}

func rolesOf(t *testing.T, s store.Store) {
	ctx, hour, year := t.Context(), now.Add(time.Hour), now.AddDate(1, 0, 0)
	wantRoles(t, s, ayse, now)
	must(t, s.ChangeRole(ctx, store.RoleChange{CitizenNumber: ayse, Role: store.Courier, At: now}))
	must(t, s.ChangeRole(ctx, store.RoleChange{CitizenNumber: ayse, Role: store.Reviewer, At: hour, Until: year}))
	wantRoles(t, s, ayse, now.Add(-time.Millisecond))
	wantRoles(t, s, ayse, hour.Add(-time.Millisecond), store.Courier)
	wantRoles(t, s, ayse, hour, store.Reviewer, store.Courier)
	wantRoles(t, s, ayse, year.Add(-time.Millisecond), store.Reviewer, store.Courier)
	wantRoles(t, s, ayse, year, store.Courier)
	wantRoles(t, s, mehmet, hour)

	// What was kept last counts: an end, an end that is moved, a role that is given again.
	must(t, s.ChangeRole(ctx, store.RoleChange{CitizenNumber: ayse, Role: store.Courier, By: mehmet, At: hour, Until: hour}))
	wantRoles(t, s, ayse, hour, store.Reviewer)
	must(t, s.ChangeRole(ctx, store.RoleChange{CitizenNumber: ayse, Role: store.Reviewer, At: hour, Until: hour.Add(time.Minute)}))
	wantRoles(t, s, ayse, hour.Add(time.Minute))
	must(t, s.ChangeRole(ctx, store.RoleChange{CitizenNumber: ayse, Role: store.Courier, At: hour.Add(time.Hour)}))
	wantRoles(t, s, ayse, hour.Add(time.Hour), store.Courier)

	if err := s.ChangeRole(ctx, store.RoleChange{CitizenNumber: ayse, Role: store.Courier, At: hour, Until: now}); err == nil {
		t.Error("a role that ends before it begins was kept")
	}
}

func rolesListed(t *testing.T, s store.Store) {
	ctx := t.Context()
	first := store.RoleChange{CitizenNumber: mehmet, Role: store.Courier, At: now}
	second := store.RoleChange{CitizenNumber: ayse, Role: store.Courier, By: mehmet, At: now.Add(time.Minute), Until: now.Add(time.Hour)}
	third := store.RoleChange{CitizenNumber: ayse, Role: store.Reviewer, At: now}
	gone := store.RoleChange{CitizenNumber: mehmet, Role: store.Reviewer, At: now}
	for _, c := range []store.RoleChange{gone, third, second, first} {
		must(t, s.ChangeRole(ctx, c))
	}
	gone.Until = now
	must(t, s.ChangeRole(ctx, gone))
	at := now.Add(2 * time.Minute)
	for limit, want := range map[int][]store.RoleChange{10: {first, second, third}, 1: {first}} {
		got, err := s.RolesAt(ctx, at, limit)
		must(t, err)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("at most %d: got %+v, want %+v", limit, got, want)
		}
	}
}

func cardSession(t *testing.T, s store.Store) {
	want := newSession("a", ayse)
	want.CardLogin = "L1"
	if err := s.CreateSession(t.Context(), want); err == nil {
		t.Error("a session of a login that is not on record was taken")
	}
	must(t, s.RecordLogin(t.Context(), store.Login{
		Reference: "L1", CitizenNumber: ayse, Name: "AYŞE YILMAZ", Way: "e-imza", Origin: "https://portal.example", Nonce: "n", Token: []byte("t"),
		ReceivedAt: now, Evidence: store.Evidence{VerifiedAt: now},
	}))
	must(t, s.CreateSession(t.Context(), want))
	got, err := s.Session(t.Context(), want.ID, now, idle)
	must(t, err)
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
