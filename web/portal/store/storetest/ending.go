package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/store"
)

var ending = []test{{"certificates that end", applicationsEnding}}

// applicationsEnding goes over those that end in a time, a few at once, also where several end at one instant.
func applicationsEnding(t *testing.T, s store.Store) {
	end := now.AddDate(1, 0, 0)
	for i, after := range []time.Duration{time.Hour, 0, 0, 0, -time.Millisecond, 2 * time.Hour} {
		person := fmt.Sprint("person ", i)
		a := walk(t, s, applied(t, s, fmt.Sprint("A", i), person), path[:4]...)
		produce := changeOf(application.Produce, application.Producer, person, a.ChangedAt.Add(time.Minute))
		produce.Certificate.NotAfter = end.Add(after)
		a, err := change(t, s, a, produce)
		must(t, err)
		if i != 2 { // that one is not delivered yet
			walk(t, s, a, path[5:7+i%3]...)
		}
	}
	for name, test := range map[string]struct {
		from  time.Time
		after string
		until time.Time
		limit int
		want  []string
	}{
		"all":                 {end.Add(-time.Hour), "", end.Add(9 * time.Hour), 9, []string{"A4", "A1", "A3", "A0", "A5"}},
		"from and until":      {end, "", end.Add(time.Hour), 9, []string{"A1", "A3"}},
		"the first two":       {end, "", end.Add(9 * time.Hour), 2, []string{"A1", "A3"}},
		"on from there":       {end, "A1", end.Add(9 * time.Hour), 2, []string{"A3", "A0"}},
		"after the last":      {end.Add(2 * time.Hour), "A5", end.Add(9 * time.Hour), 9, nil},
		"none at that moment": {end.Add(time.Minute), "", end.Add(time.Hour), 9, nil},
	} {
		list, err := s.ApplicationsEnding(t.Context(), test.from, test.after, test.until, test.limit)
		if got := references(list); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, test.want)
		}
	}
	walk(t, s, stored(t, s, "A1"), step{application.Revoke, application.Authority})
	if list, err := s.ApplicationsEnding(t.Context(), end, "", end.Add(time.Hour), 9); err != nil || !slices.Equal(references(list), []string{"A3"}) {
		t.Errorf("after a revocation: %q, %v", references(list), err)
	}
}
