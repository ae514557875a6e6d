package storetest

import (
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

const zeynep = "11111111101"

var decisions = []test{
	{"decisions", decisionsKept},
	{"who may ask", mayAsk},
	{"who may confirm", mayConfirm},
	{"how a decision ends", decisionEnds},
	{"a decision's effect", decisionEffect},
	{"a decision's job", decisionJob},
	{"two administrators stay", administratorsStay},
	{"one decision, many ends", raceDecision},
	{"texts", texts},
	{"announcements", announcements},
}

// atWork gives people a role a minute before now.
func atWork(t *testing.T, s store.Store, role store.Role, people ...string) {
	t.Helper()
	for _, person := range people {
		must(t, s.ChangeRole(t.Context(), store.RoleChange{CitizenNumber: person, Role: role, At: now.Add(-time.Minute)}))
	}
}

// newDecision is one that Ayşe asks now, as an editor.
func newDecision(reference string) store.Decision {
	return store.Decision{
		Reference: reference, Kind: "text", Role: store.Editor, Subject: "e-onay " + reference, Asked: []byte("metin"), AskedBy: ayse, AskedAt: now,
		Until: now.Add(7 * 24 * time.Hour),
	}
}

// asked keeps it.
func asked(t *testing.T, s store.Store, reference string) store.Decision {
	t.Helper()
	d := newDecision(reference)
	must(t, s.AskDecision(t.Context(), d))
	return d
}

// confirmed is how Mehmet confirms a decision an hour later.
func confirmed(reference string) store.DecisionEnd {
	return store.DecisionEnd{Reference: reference, Outcome: store.Confirmed, By: mehmet, At: now.Add(time.Hour)}
}

func decisionsKept(t *testing.T, s store.Store) {
	ctx := t.Context()
	atWork(t, s, store.Editor, ayse, mehmet)
	_, err := s.Decision(ctx, "A")
	wantNotFound(t, err)
	a := asked(t, s, "A")
	b := newDecision("B")
	b.AskedAt, b.Until, b.Person = now.Add(time.Minute), b.Until.Add(time.Minute), zeynep
	must(t, s.AskDecision(ctx, b))
	want := func(what string, got []store.Decision, err error, want ...store.Decision) {
		t.Helper()
		must(t, err)
		if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", what, got, want)
		}
	}
	roles := []store.Role{store.Courier, store.Editor}
	list, err := s.OpenDecisions(ctx, roles, now, 10)
	want("open", list, err, a, b)
	list, err = s.OpenDecisions(ctx, roles, now, 1)
	want("open, at most one", list, err, a)
	list, err = s.OpenDecisions(ctx, []store.Role{store.Courier}, now, 10)
	want("open for another role", list, err)
	list, err = s.EndedDecisions(ctx, roles, 10)
	want("ended", list, err)
	list, err = s.OpenDecisions(ctx, roles, a.Until, 10)
	want("open when one is over", list, err, b)

	end := store.DecisionEnd{Reference: "B", Outcome: store.Refused, By: mehmet, At: now.Add(2 * time.Minute), Reason: "Eksik\nİki satır"}
	must(t, s.EndDecision(ctx, end, store.DecisionEffect{}))
	b.End = &end
	got, err := s.Decision(ctx, "B")
	want("refused", []store.Decision{got}, err, b)
	endA := store.DecisionEnd{Reference: "A", Outcome: store.Withdrawn, By: ayse, At: now.Add(3 * time.Minute)}
	must(t, s.EndDecision(ctx, endA, store.DecisionEffect{}))
	a.End = &endA
	list, err = s.EndedDecisions(ctx, roles, 10)
	want("ended", list, err, a, b)
	list, err = s.OpenDecisions(ctx, roles, now, 10)
	want("open at the end", list, err)
	if e := newest(t, s); e.Number != 6 {
		t.Errorf("%d entries, want one for each role, question and end", e.Number)
	}
}

func mayAsk(t *testing.T, s store.Store) {
	ctx := t.Context()
	wantCode(t, s.AskDecision(ctx, newDecision("A")), refusal.DecisionNotYours)
	atWork(t, s, store.Courier, ayse)
	wantCode(t, s.AskDecision(ctx, newDecision("A")), refusal.DecisionNotYours)
	atWork(t, s, store.Editor, ayse, mehmet)
	a := asked(t, s, "A")
	again := newDecision("B")
	again.Subject = a.Subject
	wantCode(t, s.AskDecision(ctx, again), refusal.DecisionOpen)
	again.AskedBy = mehmet
	wantCode(t, s.AskDecision(ctx, again), refusal.DecisionOpen)
	must(t, s.EndDecision(ctx, confirmed("A"), store.DecisionEffect{}))
	must(t, s.AskDecision(ctx, again)) // once the first has ended
	again.Reference, again.AskedAt, again.Until = "C", again.Until, again.Until.Add(time.Hour)
	must(t, s.AskDecision(ctx, again)) // once its time is over
	if err := s.AskDecision(ctx, again); err == nil {
		t.Error("a reference was taken twice")
	}
	for i := range store.MaxOpenDecisions {
		asked(t, s, string(rune('a'+i%26))+string(rune('a'+i/26)))
	}
	wantCode(t, s.AskDecision(ctx, newDecision("D")), refusal.DecisionLimit)
}

// mayConfirm asks once and has each person confirm it who may not; the last one may.
func mayConfirm(t *testing.T, s store.Store) {
	ctx, at := t.Context(), now.Add(time.Hour)
	role := func(person, by string, from, until time.Time) {
		t.Helper()
		must(t, s.ChangeRole(ctx, store.RoleChange{CitizenNumber: person, Role: store.Editor, By: by, At: from, Until: until}))
	}
	atWork(t, s, store.Editor, ayse, mehmet, zeynep)
	d := newDecision("A")
	d.Person = zeynep
	must(t, s.AskDecision(ctx, d))
	const late, hand, over, courier = "00000000003", "00000000004", "00000000005", "00000000006"
	role(late, "", now.Add(time.Millisecond), time.Time{})
	role(hand, ayse, now.Add(-time.Minute), time.Time{})
	role(over, "", now.Add(-time.Minute), at)
	atWork(t, s, store.Courier, courier)
	for name, by := range map[string]string{
		"its asker": ayse, "whom it is about": zeynep, "a role that began after the question": late, "a role from the asker": hand, "a role that has ended": over,
		"another role": courier, "nobody with a role": "00000000007", "nobody": "",
	} {
		t.Run(name, func(t *testing.T) {
			end := confirmed("A")
			end.By, end.At = by, at
			wantCode(t, s.EndDecision(ctx, end, store.DecisionEffect{}), refusal.DecisionNotYours)
		})
	}
	for by, outcome := range map[string]store.Outcome{ayse: store.Refused, mehmet: store.Withdrawn, zeynep: store.Alone} {
		wantCode(t, s.EndDecision(ctx, store.DecisionEnd{Reference: "A", Outcome: outcome, By: by, At: at}, store.DecisionEffect{}), refusal.DecisionNotYours)
	}
	end := confirmed("A")
	role(ayse, "", at, at) // the asker's role ends
	wantCode(t, s.EndDecision(ctx, end, store.DecisionEffect{}), refusal.DecisionOver)
	role(ayse, "", at, time.Time{})
	must(t, s.EndDecision(ctx, end, store.DecisionEffect{}))
}

func decisionEnds(t *testing.T, s store.Store) {
	ctx := t.Context()
	atWork(t, s, store.Editor, ayse, mehmet)
	d := asked(t, s, "A")
	wantNotFound(t, s.EndDecision(ctx, confirmed("B"), store.DecisionEffect{}))
	expired := store.DecisionEnd{Reference: "A", Outcome: store.Expired, At: d.Until.Add(-time.Millisecond)}
	for name, end := range map[string]store.DecisionEnd{
		"before its time": expired,
		"by a person":     {Reference: "A", Outcome: store.Expired, By: mehmet, At: d.Until},
		"by no outcome":   {Reference: "A", Outcome: "done", By: mehmet, At: now},
	} {
		if err := s.EndDecision(ctx, end, store.DecisionEffect{}); err == nil {
			t.Errorf("ended %s", name)
		}
	}
	end := confirmed("A")
	end.At = d.Until
	wantCode(t, s.EndDecision(ctx, end, store.DecisionEffect{}), refusal.DecisionOver)
	list, err := s.OverdueDecisions(ctx, d.Until.Add(-time.Millisecond), 10)
	if err != nil || len(list) > 0 {
		t.Errorf("overdue before its time: %q, %v", list, err)
	}
	list, err = s.OverdueDecisions(ctx, d.Until, 10)
	if err != nil || !slices.Equal(list, []string{"A"}) {
		t.Errorf("overdue: %q, %v", list, err)
	}
	expired.At = d.Until
	must(t, s.EndDecision(ctx, expired, store.DecisionEffect{}))
	wantCode(t, s.EndDecision(ctx, expired, store.DecisionEffect{}), refusal.DecisionOver)
	wantCode(t, s.EndDecision(ctx, confirmed("A"), store.DecisionEffect{}), refusal.DecisionOver)
	list, err = s.OverdueDecisions(ctx, d.Until, 10)
	if err != nil || len(list) > 0 {
		t.Errorf("overdue at the end: %q, %v", list, err)
	}
}

// decisionEffect has decisions of each outcome bring a role, and one whose effect cannot be kept.
func decisionEffect(t *testing.T, s store.Store) {
	ctx, at := t.Context(), now.Add(time.Hour)
	atWork(t, s, store.Editor, ayse, mehmet)
	effect := store.DecisionEffect{Role: &store.RoleChange{CitizenNumber: zeynep, Role: store.Editor, By: mehmet, At: at}}
	for _, end := range []store.DecisionEnd{
		{Outcome: store.Refused, By: mehmet, At: at}, {Outcome: store.Withdrawn, By: ayse, At: at}, {Outcome: store.Expired, At: now.AddDate(0, 0, 7)},
	} {
		end.Reference = asked(t, s, string(end.Outcome)).Reference
		if err := s.EndDecision(ctx, end, effect); err == nil {
			t.Errorf("%s: it has an effect", end.Outcome)
		}
	}
	bad := effect
	bad.Role = &store.RoleChange{CitizenNumber: zeynep, Role: store.Editor, By: mehmet, At: at, Until: now} // ends before it begins
	asked(t, s, "A")
	if err := s.EndDecision(ctx, confirmed("A"), bad); err == nil {
		t.Error("a role was kept that ends before it begins")
	}
	if d, err := s.Decision(ctx, "A"); err != nil || d.End != nil {
		t.Errorf("confirmed without its effect: %+v, %v", d.End, err)
	}
	wantRoles(t, s, zeynep, at)
	must(t, s.EndDecision(ctx, confirmed("A"), effect))
	wantRoles(t, s, zeynep, at, store.Editor)
	held, err := s.RolesAt(ctx, at, 10)
	must(t, err)
	i := slices.IndexFunc(held, func(c store.RoleChange) bool { return c.CitizenNumber == zeynep })
	if i < 0 || held[i].Decision != "A" || held[i].By != mehmet {
		t.Errorf("roles are %+v, want Zeynep's by decision A", held)
	}
	// Who has a role by a decision may confirm the next one of who asked for it.
	d := newDecision("B")
	d.AskedBy, d.AskedAt = mehmet, at.Add(time.Minute)
	must(t, s.AskDecision(ctx, d))
	must(t, s.EndDecision(ctx, store.DecisionEnd{Reference: "B", Outcome: store.Confirmed, By: zeynep, At: at.Add(time.Hour)}, store.DecisionEffect{}))
	// By the settings one is enough.
	asked(t, s, "C")
	alone := &store.Announcement{Reference: "D", From: at, Until: at.Add(time.Hour)}
	must(t, s.EndDecision(ctx, store.DecisionEnd{Reference: "C", Outcome: store.Alone, By: ayse, At: at}, store.DecisionEffect{Announcement: alone}))
}

// decisionJob has decisions put a job down: one that is confirmed does, none does that ends otherwise, is over, or has an effect that cannot be kept.
func decisionJob(t *testing.T, s store.Store) {
	ctx := t.Context()
	atWork(t, s, store.Editor, ayse, mehmet)
	asked(t, s, "A")
	effect := store.DecisionEffect{Jobs: []store.Job{newJob("A")}}
	refused := store.DecisionEnd{Reference: "A", Outcome: store.Refused, By: mehmet, At: now}
	if err := s.EndDecision(ctx, refused, effect); err == nil {
		t.Error("refused, it has an effect")
	}
	alone := confirmed("A")
	alone.By = ayse
	wantCode(t, s.EndDecision(ctx, alone, effect), refusal.DecisionNotYours)
	bad := effect
	bad.Role = &store.RoleChange{CitizenNumber: zeynep, Role: store.Editor, By: mehmet, At: now, Until: now.Add(-time.Hour)}
	if err := s.EndDecision(ctx, confirmed("A"), bad); err == nil {
		t.Error("a role was kept that ends before it begins")
	}
	kind, later := newJob("A").Kind, now.Add(time.Hour)
	wantNoJob(t, s, kind, later)
	if err := s.EndDecision(ctx, confirmed("A"), store.DecisionEffect{Jobs: []store.Job{{Key: "A"}}}); err == nil {
		t.Error("a job without a kind was put down")
	}
	must(t, s.EndDecision(ctx, confirmed("A"), effect))
	if j := leased(t, s, kind, later); j.Key != "A" {
		t.Errorf("the job is %+v", j)
	}
	wantCode(t, s.EndDecision(ctx, confirmed("A"), store.DecisionEffect{Jobs: []store.Job{newJob("B")}}), refusal.DecisionOver)
	wantNoJob(t, s, kind, later)
}

// administratorsStay has one of three administrators lose the role, and then one of two; one who comes takes a leaving one's place.
func administratorsStay(t *testing.T, s store.Store) {
	ctx, at := t.Context(), now.Add(time.Hour)
	const fatma = "00000000003"
	atWork(t, s, store.Administrator, ayse, mehmet, zeynep)
	atWork(t, s, store.Editor, ayse, mehmet)
	number := 'A'
	ends := func(person string, until time.Time) error {
		t.Helper()
		d := newDecision(string(number))
		number++
		must(t, s.AskDecision(ctx, d))
		effect := store.DecisionEffect{Role: &store.RoleChange{CitizenNumber: person, Role: store.Administrator, By: mehmet, At: at, Until: until}}
		return s.EndDecision(ctx, confirmed(d.Reference), effect)
	}
	year := at.AddDate(1, 0, 0)
	must(t, ends(zeynep, year))
	wantCode(t, ends(ayse, year), refusal.AdministratorsFew) // Mehmet alone would stay then
	must(t, ends(fatma, year))                               // who comes takes nothing away
	must(t, ends(fatma, time.Time{}))
	must(t, ends(ayse, year))
	wantCode(t, ends(mehmet, year.Add(time.Hour)), refusal.AdministratorsFew)
	must(t, ends(zeynep, at))
	wantCode(t, ends(fatma, year), refusal.AdministratorsFew)
	wantRoles(t, s, fatma, year, store.Administrator)
}

// raceDecision has many confirm one decision at once, in several processes where there are several.
func raceDecision(t *testing.T, s store.Store) {
	atWork(t, s, store.Editor, ayse, mehmet)
	asked(t, s, "A")
	var (
		done sync.WaitGroup
		won  atomic.Int32
	)
	for range 8 {
		done.Go(func() {
			effect := store.DecisionEffect{Announcement: &store.Announcement{Reference: "D", From: now, Until: now.AddDate(1, 0, 0)}}
			switch err := s.EndDecision(t.Context(), confirmed("A"), effect); fault.CodeOf(err) {
			case refusal.DecisionOver:
			default:
				if err != nil {
					t.Error(err)
				}
				won.Add(1)
			}
		})
	}
	done.Wait()
	if won.Load() != 1 {
		t.Errorf("confirmed %d times", won.Load())
	}
}

// does has a decision do something.
func does(t *testing.T, s store.Store, reference string, effect store.DecisionEffect) {
	t.Helper()
	asked(t, s, reference)
	must(t, s.EndDecision(t.Context(), confirmed(reference), effect))
}

func texts(t *testing.T, s store.Store) {
	ctx, day := t.Context(), 24*time.Hour
	atWork(t, s, store.Editor, ayse, mehmet)
	_, err := s.TextInForce(ctx, "e-onay", now)
	wantNotFound(t, err)
	text := func(version string, from time.Time) store.LegalText {
		return store.LegalText{Name: "e-onay", Version: version, Body: "Metin " + version + " İı\n", InForceAt: from}
	}
	zero, first, second, undone := text("00", now), text("01", now.Add(2*day)), text("02", now.Add(day)), text("03", now.Add(2*day))
	other := text("0f", now)
	other.Name = "taahhutname"
	does(t, s, "A", store.DecisionEffect{Texts: []store.LegalText{zero, first}})
	does(t, s, "B", store.DecisionEffect{Texts: []store.LegalText{second, other}})
	for at, want := range map[time.Time]store.LegalText{
		now: zero, now.Add(day - time.Millisecond): zero, now.Add(day): second, now.Add(2 * day): first, now.AddDate(9, 0, 0): first,
	} {
		got, err := s.TextInForce(ctx, "e-onay", at)
		must(t, err)
		if got != want {
			t.Errorf("at %s: got %+v, want %+v", at, got, want)
		}
	}
	does(t, s, "C", store.DecisionEffect{Texts: []store.LegalText{undone}}) // of two for one time the one that came last
	if got, err := s.TextInForce(ctx, "e-onay", now.Add(2*day)); err != nil || got != undone {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, want := range []store.LegalText{zero, first, second, undone, other} {
		if got, err := s.TextOfVersion(ctx, want.Version); err != nil || got != want {
			t.Errorf("version %s: got %+v, %v", want.Version, got, err)
		}
	}
	_, err = s.TextOfVersion(ctx, "ff")
	wantNotFound(t, err)
	list, err := s.TextVersions(ctx, "e-onay", 3)
	must(t, err)
	undone.Body, first.Body, second.Body = "", "", ""
	if !slices.Equal(list, []store.LegalText{undone, first, second}) {
		t.Errorf("versions are %+v", list)
	}
}

func announcements(t *testing.T, s store.Store) {
	ctx, day := t.Context(), 24*time.Hour
	atWork(t, s, store.Editor, ayse, mehmet)
	announce := func(decision, reference string, from, until time.Time) store.Announcement {
		a := store.Announcement{Reference: reference, TitleTR: "Bakım", TextTR: "İki\nsatır", TitleEN: "Maintenance", TextEN: "Two\nlines",
			Link: "https://www.example/", From: from, Until: until, Important: reference == "X"}
		does(t, s, decision, store.DecisionEffect{Announcement: &a})
		return a
	}
	y := announce("A", "Y", now.Add(day), now.Add(2*day))
	x := announce("B", "X", now, now.Add(day))
	want := func(at time.Time, limit int, want ...store.Announcement) {
		t.Helper()
		got, err := s.Announcements(ctx, at, limit)
		must(t, err)
		if !slices.Equal(got, want) {
			t.Errorf("at %s: got %+v, want %+v", at, got, want)
		}
	}
	want(now, 10, x, y)
	want(now, 1, x)
	want(now.Add(day), 10, y)
	want(now.Add(2*day), 10)
	announce("C", "X", now, now) // taken off
	want(now, 10, y)
	x = announce("D", "X", now, now.Add(3*day)) // and on again
	want(now, 10, x, y)
}
