package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

var statuses = []test{
	{"certificates of a person", certificatesOf},
	{"published statuses", publishedStatuses},
	{"tries", tries},
	{"tries at once", raceTries},
	{"tries are purged", triesPurged},
}

// produced keeps an application for which a certificate was produced.
func produced(t *testing.T, s store.Store, reference, citizenNumber, serial string) {
	t.Helper()
	a, c := newApplication(reference, citizenNumber)
	a.State, a.Certificate = application.Active, application.Certificate{Serial: serial, NotBefore: now, NotAfter: now.AddDate(3, 0, 0)}
	must(t, s.CreateApplication(t.Context(), a, c))
}

func certificatesOf(t *testing.T, s store.Store) {
	produced(t, s, "A", ayse, "0a")
	produced(t, s, "B", ayse, "0b")
	produced(t, s, "C", mehmet, "0c")
	applied(t, s, "D", ayse)
	for limit, want := range map[int][]string{9: {"B", "A"}, 1: {"B"}} {
		list, err := s.CertificatesOf(t.Context(), ayse, limit)
		must(t, err)
		if got := references(list); !slices.Equal(got, want) || list[0].Certificate.Serial != "0b" {
			t.Errorf("at most %d: %q, want %q", limit, got, want)
		}
	}
}

func publishedStatuses(t *testing.T, s store.Store) {
	ctx := t.Context()
	produced(t, s, "A", ayse, "0a")
	_, err := s.PublishedStatus(ctx, "A")
	wantNotFound(t, err)
	if err := s.NoteStatus(ctx, store.PublishedStatus{Reference: "none", Version: 2, Status: "suspended", At: now}); err == nil {
		t.Error("a status of no application is kept")
	}
	want := store.PublishedStatus{Reference: "A", Version: 3, Status: "revoked", At: now.Add(time.Hour)}
	for _, p := range []store.PublishedStatus{
		{Reference: "A", Version: 2, Status: "suspended", At: now}, want,
		{Reference: "A", Version: 2, Status: "suspended", At: now.Add(2 * time.Hour)}, // it comes late
	} {
		must(t, s.NoteStatus(ctx, p))
	}
	if got, err := s.PublishedStatus(ctx, "A"); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

// newTry is of a person, who has two tries an hour, and of an address, which has three.
func newTry(id, person, address string, at time.Time) store.Try {
	return store.Try{ID: id, At: at, Subjects: []store.TrySubject{
		{Subject: store.HashOf(person), Limit: store.Limit{Count: 2, Window: time.Hour}},
		{Subject: store.HashOf(address), Limit: store.Limit{Count: 3, Window: time.Hour}},
	}}
}

func tries(t *testing.T, s store.Store) {
	ctx := t.Context()
	must(t, s.BeginTry(ctx, newTry("1", "ayse", "here", now)))
	must(t, s.BeginTry(ctx, newTry("2", "ayse", "there", now)))
	wantCode(t, s.BeginTry(ctx, newTry("3", "ayse", "here", now.Add(time.Minute))), refusal.WordWait)
	must(t, s.ForgetTry(ctx, "2"))
	must(t, s.ForgetTry(ctx, "2"))
	must(t, s.BeginTry(ctx, newTry("4", "ayse", "there", now.Add(time.Minute))))
	// What was refused has not counted: the address has one try, and two are left.
	must(t, s.BeginTry(ctx, newTry("5", "mehmet", "here", now)))
	must(t, s.BeginTry(ctx, newTry("6", "fatma", "here", now)))
	wantCode(t, s.BeginTry(ctx, newTry("7", "zeynep", "here", now)), refusal.WordWait)
	must(t, s.BeginTry(ctx, newTry("8", "zeynep", "here", now.Add(time.Hour))))
}

func raceTries(t *testing.T, s store.Store) {
	passed := 0
	for _, err := range atOnce(12, func(i int) error {
		try := newTry(fmt.Sprint(i), "ayse", fmt.Sprint("address ", i), now)
		if i%2 == 0 {
			slices.Reverse(try.Subjects)
		}
		return s.BeginTry(t.Context(), try)
	}) {
		if err == nil {
			passed++
			continue
		}
		wantCode(t, err, refusal.WordWait)
	}
	if passed != 2 {
		t.Errorf("%d tries passed, want 2", passed)
	}
}

func triesPurged(t *testing.T, s store.Store) {
	ctx := t.Context()
	for i := range 2 {
		must(t, s.BeginTry(ctx, newTry(fmt.Sprint(i), "ayse", "here", now)))
	}
	must(t, s.Purge(ctx, now.Add(store.TryKept)))
	wantCode(t, s.BeginTry(ctx, newTry("2", "ayse", "there", now)), refusal.WordWait)
	must(t, s.Purge(ctx, now.Add(store.TryKept+time.Second)))
	must(t, s.BeginTry(ctx, newTry("3", "ayse", "there", now)))
}
