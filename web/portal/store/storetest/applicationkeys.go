package storetest

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/store"
)

var applicationKeys = []test{
	{"an application without a login is nobody's", nobodysApplication},
	{"keys to an application", keysToApplication},
	{"one link, many browsers", raceLink},
	{"unpaid applications", unpaidApplications},
}

// withoutLogin is an application that was made without a login, in the name of Ayşe.
func withoutLogin(t *testing.T, s store.Store, reference string, fee int64, at time.Time) application.Application {
	t.Helper()
	a := application.NewSealWithoutLogin(application.Form{"tax_number": "1234567890", "authorised": "AYŞE YILMAZ", "authorised_number": ayse}, fee)
	a.Reference, a.CreatedAt, a.ChangedAt = reference, at, at
	must(t, s.CreateApplication(t.Context(), a, application.Change{Event: application.Create, By: application.Person, At: at}))
	return a
}

// nobodysApplication: it is in no person's list, keeps nobody from applying, is approved by no E-Onay, and is erased as others are.
func nobodysApplication(t *testing.T, s store.Store) {
	ctx := t.Context()
	session := newSession("oturum", ayse)
	must(t, s.CreateSession(ctx, session))
	c := newChallenge("E", session, store.Give, now)
	must(t, s.IssueChallenge(ctx, c, limit))
	recorded(t, s, c)
	a := withoutLogin(t, s, "A", 0, now)
	withoutLogin(t, s, "B", 0, now)
	got, err := s.Application(ctx, "A")
	must(t, err)
	if !reflect.DeepEqual(got, a) || !got.WithoutLogin() || got.Number() != ayse {
		t.Errorf("got %+v, want %+v", got, a)
	}
	own := application.New(application.Seal, application.PaidByPerson, 0)
	own.Reference, own.CitizenNumber, own.Name = "C", ayse, "AYŞE YILMAZ"
	must(t, s.CreateApplication(ctx, own, application.Change{Event: application.Create, By: application.Person, Who: ayse, At: now}))
	for number, want := range map[string]int{ayse: 1, "": 0} {
		if list, err := s.ApplicationsOf(ctx, number, 9); err != nil || len(list) != want {
			t.Errorf("%q has %d applications, want %d: %v", number, len(list), want, err)
		}
	}
	next := a
	for i, change := range []application.Change{
		{Event: application.SaveForm, By: application.Person, SecurityWord: "özet", Form: application.Form{"medium": "card", "delivery": "address", "mobile": "+905550000000", "company": "A",
			"address": "Sokak 1", "district": "Konak", "province": "İzmir", "postcode": "35000"}},
		{Event: application.Cancel, By: application.Person},
	} {
		change.At = now.Add(time.Duration(i+1) * time.Minute)
		var c application.Change
		next, c, err = next.Apply(change, application.Rules{})
		must(t, err)
		must(t, s.ChangeApplication(ctx, next, c))
	}
	if due, err := s.ApplicationsDue(ctx, now.AddDate(1, 0, 0), now.AddDate(1, 0, 0), 9); err != nil || len(due) > 0 {
		t.Errorf("the portal moves %+v, %v", due, err)
	}
	if history, err := s.ApplicationHistory(ctx, "A"); err != nil || len(history) != 3 || history[1].Who != "" {
		t.Errorf("history: %+v, %v", history, err)
	}
	for range 2 {
		must(t, s.EraseApplication(ctx, "A", now.Add(time.Hour)))
	}
	got, err = s.Application(ctx, "A")
	must(t, err)
	if got.Number() != "" || got.Name != "" || len(got.Form) > 0 || got.Version != next.Version+1 {
		t.Errorf("after its erasure: %+v", got)
	}
}

func browserKey(secret string, until time.Time) store.ApplicationKey {
	return store.ApplicationKey{Hash: store.HashOf(secret), Use: store.BrowserKey, ExpiresAt: until}
}

func keysToApplication(t *testing.T, s store.Store) {
	ctx := t.Context()
	withoutLogin(t, s, "A", 0, now)
	withoutLogin(t, s, "B", 0, now)
	end := now.Add(time.Hour)
	link := func(secret, of string) {
		t.Helper()
		must(t, s.PutApplicationKey(ctx, store.ApplicationKey{Hash: store.HashOf(secret), Application: of, Use: store.LinkKey, ExpiresAt: end}))
	}
	opens := func(secret, browser string, at time.Time, want string) {
		t.Helper()
		got, err := s.OpenApplicationLink(ctx, store.HashOf(secret), browserKey(browser, end.Add(time.Hour)), at)
		if want == "" {
			wantNotFound(t, err)
		} else if err != nil || got != want {
			t.Errorf("%s opens %q, %v, want %s", secret, got, err, want)
		}
	}
	link("old", "A")
	link("other", "B")
	link("new", "A")
	opens("old", "1", now, "")
	opens("new", "2", end, "")
	opens("none", "3", now, "")
	opens("new", "4", now, "A")
	opens("new", "5", now, "")
	opens("4", "6", now, "") // a browser's key is no link
	opens("other", "7", now, "B")
	for _, secret := range []string{"1", "2", "3", "5", "6", "new"} {
		_, err := s.ApplicationByKey(ctx, store.HashOf(secret), now)
		wantNotFound(t, err)
	}
	for secret, want := range map[string]string{"4": "A", "7": "B"} {
		if got, err := s.ApplicationByKey(ctx, store.HashOf(secret), end); err != nil || got != want {
			t.Errorf("%s opens %q, %v", secret, got, err)
		}
		_, err := s.ApplicationByKey(ctx, store.HashOf(secret), end.Add(time.Hour))
		wantNotFound(t, err)
	}
	for range 2 {
		must(t, s.DeleteApplicationKey(ctx, store.HashOf("4")))
	}
	_, err := s.ApplicationByKey(ctx, store.HashOf("4"), now)
	wantNotFound(t, err)
	must(t, s.Purge(ctx, end.Add(2*time.Hour)))
	_, err = s.ApplicationByKey(ctx, store.HashOf("7"), now)
	wantNotFound(t, err)
}

func raceLink(t *testing.T, s store.Store) {
	withoutLogin(t, s, "A", 0, now)
	must(t, s.PutApplicationKey(t.Context(), store.ApplicationKey{Hash: store.HashOf("link"), Application: "A", Use: store.LinkKey, ExpiresAt: now.Add(time.Hour)}))
	opened := 0
	for _, err := range atOnce(8, func(i int) error {
		_, err := s.OpenApplicationLink(t.Context(), store.HashOf("link"), browserKey(fmt.Sprint(i), now.Add(time.Hour)), now)
		return err
	}) {
		if err == nil {
			opened++
		} else {
			wantNotFound(t, err)
		}
	}
	if opened != 1 {
		t.Errorf("one link was opened %d times", opened)
	}
}

func unpaidApplications(t *testing.T, s store.Store) {
	ctx := t.Context()
	withoutLogin(t, s, "NEW", 100, now)
	withoutLogin(t, s, "FREE", 0, now.Add(-time.Minute))
	withoutLogin(t, s, "OLD", 100, now.Add(-time.Hour))
	paid := withoutLogin(t, s, "PAID", 100, now.Add(-2*time.Hour))
	next, c, err := paid.Apply(application.Change{Event: application.Pay, By: application.Authority, Who: mehmet, Basis: "M", At: now.Add(-2 * time.Hour)}, application.Rules{})
	must(t, err)
	must(t, s.ChangeApplication(ctx, next, c))
	own := application.New(application.Seal, application.PaidByPerson, 100)
	own.Reference, own.CitizenNumber = "OWN", ayse
	must(t, s.CreateApplication(ctx, own, application.Change{Event: application.Create, By: application.Person, Who: ayse, At: now.Add(-3 * time.Hour)}))
	for limit, want := range map[int][]string{9: {"OLD", "FREE"}, 1: {"OLD"}} {
		if got, err := s.UnpaidApplications(ctx, now, limit); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
}
