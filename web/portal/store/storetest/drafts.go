package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

var drafts = []test{
	{"a draft beside its application", draftLife},
	{"one draft, many tabs", raceDraft},
	{"a draft is saved while it is submitted", raceSubmission},
	{"drafts deleted and erased", draftsDeleted},
}

// written is a draft with everything in it.
func written(a application.Application, counter int) application.DraftForm {
	return application.DraftForm{Reference: a.Reference, Version: a.Version, Counter: counter, Form: fullForm(), Replaces: now.AddDate(0, 2, 0),
		SecurityWord: "$argon2id$özet", SavedAt: now.Add(time.Duration(counter) * time.Minute)}
}

// submission is the change that submits a draft.
func submission(t *testing.T, a application.Application, d application.DraftForm) (application.Application, application.Change) {
	t.Helper()
	c := a.WithDraft(d).Submission(a.CitizenNumber)
	c.At = now.Add(time.Hour)
	next, c, err := a.Apply(c, rules)
	must(t, err)
	return next, c
}

func draftLife(t *testing.T, s store.Store) {
	ctx := t.Context()
	_, err := s.Draft(ctx, "A")
	wantNotFound(t, err)
	wantCode(t, s.SaveDraft(ctx, written(application.Application{Reference: "A", Version: 1}, 1)), refusal.ApplicationChanged)
	a := applied(t, s, "A", ayse)
	entries := newest(t, s).Number
	wantCode(t, s.SaveDraft(ctx, written(a, 2)), refusal.ApplicationChanged)
	empty := application.DraftForm{Reference: "A", Version: 1, Counter: 1, Form: application.Form{}, SavedAt: now}
	for counter, d := range []application.DraftForm{empty, written(a, 2), written(a, 3)} {
		must(t, s.SaveDraft(ctx, d))
		if got, err := s.Draft(ctx, "A"); err != nil || !reflect.DeepEqual(got, d) {
			t.Fatalf("got %+v, want %+v: %v", got, d, err)
		}
		wantCode(t, s.SaveDraft(ctx, d), refusal.ApplicationChanged)
		wantCode(t, s.SaveDraft(ctx, written(a, counter+3)), refusal.ApplicationChanged)
	}
	large := written(a, 4)
	large.Form = application.Form{"address": string(make([]byte, store.MaxForm))}
	if err := s.SaveDraft(ctx, large); err == nil {
		t.Error("a large draft was kept")
	}
	if got := stored(t, s, "A"); !reflect.DeepEqual(got, a) || newest(t, s).Number != entries {
		t.Errorf("saves have changed the application to %+v", got)
	}
	for _, stale := range []application.DraftForm{written(a, 2), written(a, 4)} {
		next, c := submission(t, a, stale)
		wantCode(t, s.ChangeApplication(ctx, next, c), refusal.ApplicationChanged)
	}
	next, c := submission(t, a, written(a, 3))
	must(t, s.ChangeApplication(ctx, next, c))
	if got := stored(t, s, "A"); !reflect.DeepEqual(got.Form, fullForm()) || !got.Replaces.Equal(now.AddDate(0, 2, 0)) || newest(t, s).Number != entries+1 {
		t.Errorf("submitted: %+v", got)
	}
	_, err = s.Draft(ctx, "A")
	wantNotFound(t, err)
	wantCode(t, s.SaveDraft(ctx, written(a, 4)), refusal.ApplicationChanged)
	// Whoever gets it back begins with what was submitted.
	returned := walk(t, s, stored(t, s, "A"), step{application.Return, application.Authority})
	must(t, s.SaveDraft(ctx, written(returned, 1)))
}

// raceDraft: of tabs that save after the same draft one wins.
func raceDraft(t *testing.T, s store.Store) {
	a := applied(t, s, "A", ayse)
	var wait sync.WaitGroup
	results := make([]error, 8)
	for i := range results {
		wait.Go(func() {
			d := written(a, 1)
			d.Form = application.Form{"unit": fmt.Sprint(i)}
			results[i] = s.SaveDraft(t.Context(), d)
		})
	}
	wait.Wait()
	kept, err := s.Draft(t.Context(), "A")
	must(t, err)
	won := 0
	for i, err := range results {
		if err != nil {
			wantCode(t, err, refusal.ApplicationChanged)
			continue
		}
		won++
		if kept.Form["unit"] != fmt.Sprint(i) {
			t.Errorf("save %d was kept, %q is on record", i, kept.Form["unit"])
		}
	}
	if won != 1 {
		t.Errorf("%d saves were kept", won)
	}
}

// raceSubmission: what a person writes while another tab submits is kept or refused, and never submitted unseen.
func raceSubmission(t *testing.T, s store.Store) {
	for i := range 8 {
		a := applied(t, s, fmt.Sprint("A", i), fmt.Sprintf("0000000000%d", i))
		must(t, s.SaveDraft(t.Context(), written(a, 1)))
		next, c := submission(t, a, written(a, 1))
		var wait sync.WaitGroup
		var saved, submitted error
		wait.Go(func() { saved = s.SaveDraft(t.Context(), written(a, 2)) })
		wait.Go(func() { submitted = s.ChangeApplication(t.Context(), next, c) })
		wait.Wait()
		if (saved == nil) == (submitted == nil) {
			t.Fatalf("saved: %v, submitted: %v", saved, submitted)
		}
		if err := errors.Join(saved, submitted); fault.CodeOf(saved) != refusal.ApplicationChanged && fault.CodeOf(submitted) != refusal.ApplicationChanged {
			t.Error(err)
		}
	}
}

func draftsDeleted(t *testing.T, s store.Store) {
	ctx := t.Context()
	for i, person := range []string{ayse, mehmet, officer} {
		d := written(applied(t, s, fmt.Sprint("A", i), person), 1)
		d.SavedAt = now.Add(time.Duration(i) * time.Hour)
		must(t, s.SaveDraft(ctx, d))
	}
	must(t, s.DeleteDrafts(ctx, now.Add(time.Hour)))
	_, err := s.Draft(ctx, "A0")
	wantNotFound(t, err)
	must(t, s.SaveDraft(ctx, written(stored(t, s, "A0"), 1)))
	must(t, s.Erase(ctx, store.Erasure{CitizenNumber: mehmet, At: now}))
	_, err = s.Draft(ctx, "A1")
	wantNotFound(t, err)
	if _, err := s.Draft(ctx, "A2"); err != nil {
		t.Errorf("another's draft: %v", err)
	}
	walk(t, s, stored(t, s, "A2"), step{application.Cancel, application.Person})
	_, err = s.Draft(ctx, "A2")
	wantNotFound(t, err)
}
