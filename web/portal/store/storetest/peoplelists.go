package storetest

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

var lists = []test{
	{"a list of people, from the upload to its end", listLife},
	{"a list of people, cancelled", listCancelled},
	{"lists of people are bounded", listBounds},
	{"lists of people purged", listsPurged},
	{"one list, many processes", raceList},
}

var someLists = store.ListBounds{Open: 3, Recent: 5, Since: now.Add(-24 * time.Hour)}

// newList is a list of seven lines.
func newList(reference string, at time.Time) store.PeopleList {
	content := []byte("liste " + reference)
	return store.PeopleList{Reference: reference, Institution: "belediye", UploadedBy: ayse, SHA256: sha256.Sum256(content), Content: content,
		State: store.ListChecked, Lines: 7, UploadedAt: at, ChangedAt: at}
}

func uploaded(t *testing.T, s store.Store, reference string, at time.Time) store.PeopleList {
	t.Helper()
	l := newList(reference, at)
	must(t, s.PutList(t.Context(), l, someLists))
	return l
}

func wantList(t *testing.T, s store.Store, want store.PeopleList) {
	t.Helper()
	want.Content = nil
	if got, err := s.List(t.Context(), want.Reference); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func listLife(t *testing.T, s store.Store) {
	ctx := t.Context()
	_, err := s.List(ctx, "L")
	wantNotFound(t, err)
	_, err = s.ListContent(ctx, "L")
	wantNotFound(t, err)
	l := uploaded(t, s, "L", now)
	other := uploaded(t, s, "M", now.Add(time.Minute))
	other.Content = nil
	wantList(t, s, l)
	content, err := s.ListContent(ctx, "L")
	if err != nil || !bytes.Equal(content, l.Content) {
		t.Errorf("the content is %q, %v", content, err)
	}
	_, err = s.LeaseList(ctx, now, now.Add(time.Minute))
	wantNotFound(t, err) // nobody has confirmed it
	wantNotFound(t, s.AdvanceList(ctx, l, store.ListProgress{Done: 1, Created: 1, At: now, LeaseEnd: now}))

	l.State, l.ConfirmedBy, l.ChangedAt = store.ListConfirmed, mehmet, now.Add(2*time.Minute)
	must(t, s.ConfirmList(ctx, "L", mehmet, l.ChangedAt))
	wantCode(t, s.ConfirmList(ctx, "L", ayse, l.ChangedAt), refusal.ListState)
	wantCode(t, s.ConfirmList(ctx, "none", ayse, l.ChangedAt), refusal.ListState)
	wantList(t, s, l)
	end := l.ChangedAt.Add(time.Minute)
	leased, err := s.LeaseList(ctx, l.ChangedAt, end)
	l.Content = nil
	if err != nil || !reflect.DeepEqual(leased, l) {
		t.Fatalf("leased %+v, %v, want %+v", leased, err, l)
	}
	_, err = s.LeaseList(ctx, end.Add(-time.Millisecond), end)
	wantNotFound(t, err)

	// The process that has it is killed, and another goes on with what is not done.
	must(t, s.AdvanceList(ctx, leased, store.ListProgress{Done: 3, Created: 2, Refused: []store.RefusedLine{{Line: 4, Code: refusal.ApplicationOpen}}, At: end, LeaseEnd: end}))
	wantNotFound(t, s.AdvanceList(ctx, leased, store.ListProgress{Done: 3, Created: 3, At: end, LeaseEnd: end}))
	again, err := s.LeaseList(ctx, end, end.Add(time.Minute))
	must(t, err)
	l.Done, l.Created, l.ChangedAt = 3, 2, end
	if !reflect.DeepEqual(again, l) {
		t.Errorf("leased again: %+v, want %+v", again, l)
	}
	must(t, s.AdvanceList(ctx, again, store.ListProgress{Done: 7, Created: 3, Refused: []store.RefusedLine{{Line: 8, Code: refusal.OwnApplication}}, At: end.Add(time.Minute), LeaseEnd: end}))
	l.State, l.Done, l.Created, l.ChangedAt = store.ListDone, 7, 5, end.Add(time.Minute)
	wantList(t, s, l)
	_, err = s.ListContent(ctx, "L")
	wantNotFound(t, err)
	refused, err := s.RefusedLines(ctx, "L", 9)
	if want := []store.RefusedLine{{Line: 4, Code: refusal.ApplicationOpen}, {Line: 8, Code: refusal.OwnApplication}}; err != nil || !slices.Equal(refused, want) {
		t.Errorf("refused are %v, %v", refused, err)
	}
	if refused, err = s.RefusedLines(ctx, "L", 1); err != nil || len(refused) != 1 {
		t.Errorf("at most one: %v, %v", refused, err)
	}
	if got, err := s.ListsOf(ctx, "belediye", 9); err != nil || !reflect.DeepEqual(got, []store.PeopleList{other, l}) {
		t.Errorf("lists: %+v, %v", got, err)
	}
	if got, err := s.ListsOf(ctx, "okul", 9); err != nil || len(got) > 0 {
		t.Errorf("of another institution: %+v, %v", got, err)
	}
	if got, err := s.ListsBy(ctx, ayse, 1); err != nil || !reflect.DeepEqual(got, []store.PeopleList{other}) {
		t.Errorf("by a person: %+v, %v", got, err)
	}
}

func listCancelled(t *testing.T, s store.Store) {
	ctx := t.Context()
	uploaded(t, s, "L", now)
	must(t, s.ConfirmList(ctx, "L", ayse, now))
	leased, err := s.LeaseList(ctx, now, now.Add(time.Minute))
	must(t, err)
	must(t, s.CancelList(ctx, "L", now.Add(time.Second)))
	wantNotFound(t, s.AdvanceList(ctx, leased, store.ListProgress{Done: 3, Created: 3, At: now, LeaseEnd: now}))
	_, err = s.LeaseList(ctx, now.Add(time.Hour), now.Add(time.Hour))
	wantNotFound(t, err)
	_, err = s.ListContent(ctx, "L")
	wantNotFound(t, err)
	wantCode(t, s.CancelList(ctx, "L", now), refusal.ListState)
	wantCode(t, s.ConfirmList(ctx, "L", ayse, now), refusal.ListState)
}

func listBounds(t *testing.T, s store.Store) {
	ctx := t.Context()
	for i := range 3 {
		uploaded(t, s, fmt.Sprint("L", i), now)
	}
	wantCode(t, s.PutList(ctx, newList("more", now), someLists), refusal.ListLimit)
	elsewhere := newList("elsewhere", now)
	elsewhere.Institution = "okul"
	must(t, s.PutList(ctx, elsewhere, someLists))
	for i := range 2 {
		must(t, s.CancelList(ctx, fmt.Sprint("L", i), now))
		uploaded(t, s, fmt.Sprint("again", i), now)
	}
	must(t, s.CancelList(ctx, "L2", now))
	wantCode(t, s.PutList(ctx, newList("more", now), someLists), refusal.ListLimit)
	later := someLists
	later.Since = now.Add(time.Millisecond)
	must(t, s.PutList(ctx, newList("the next day", now.Add(time.Hour)), later))
	forged := newList("forged", now)
	forged.Content = []byte("another")
	if err := s.PutList(ctx, forged, later); err == nil || fault.CodeOf(err) == refusal.ListLimit {
		t.Errorf("a content of another digest: %v", err)
	}
}

func listsPurged(t *testing.T, s store.Store) {
	ctx := t.Context()
	uploaded(t, s, "checked", now)
	uploaded(t, s, "confirmed", now)
	must(t, s.ConfirmList(ctx, "confirmed", ayse, now))
	uploaded(t, s, "done", now)
	must(t, s.ConfirmList(ctx, "done", ayse, now.Add(-time.Second)))
	leased, err := s.LeaseList(ctx, now, now.Add(time.Minute))
	must(t, err)
	must(t, s.AdvanceList(ctx, leased, store.ListProgress{Done: 7, Created: 6, Refused: []store.RefusedLine{{Line: 2, Code: refusal.ApplicationOpen}}, At: now}))
	wantStates := func(before time.Time, want map[string]store.ListState) {
		t.Helper()
		must(t, s.Purge(ctx, before))
		for _, name := range []string{"checked", "confirmed", "done"} {
			l, err := s.List(ctx, name)
			if want[name] == "" {
				wantNotFound(t, err)
			} else if err != nil || l.State != want[name] {
				t.Errorf("before %s: %s is %q, %v, want %q", before, name, l.State, err, want[name])
			}
		}
	}
	wantStates(now, map[string]store.ListState{"checked": store.ListChecked, "confirmed": store.ListConfirmed, "done": store.ListDone})
	wantStates(now.Add(time.Millisecond), map[string]store.ListState{"checked": store.ListCancelled, "confirmed": store.ListConfirmed, "done": store.ListDone})
	_, err = s.ListContent(ctx, "checked")
	wantNotFound(t, err)
	wantStates(now.Add(store.ListKept), map[string]store.ListState{"checked": store.ListCancelled, "confirmed": store.ListConfirmed, "done": store.ListDone})
	wantStates(now.Add(store.ListKept+time.Millisecond), map[string]store.ListState{"confirmed": store.ListConfirmed})
}

// raceList has many processes lease a list at once: one gets it.
func raceList(t *testing.T, s store.Store) {
	uploaded(t, s, "L", now)
	must(t, s.ConfirmList(t.Context(), "L", ayse, now))
	won := 0
	for _, err := range atOnce(8, func(int) error {
		_, err := s.LeaseList(t.Context(), now, now.Add(time.Hour))
		return err
	}) {
		if err == nil {
			won++
		} else {
			wantNotFound(t, err)
		}
	}
	if won != 1 {
		t.Errorf("%d have it", won)
	}
}
