package officer_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	ayse, mehmet, zeynep = portaltest.Ayse, portaltest.Mehmet, portaltest.Zeynep

	here = "/kurum/belediye"
	one  = here + "/basvuru/"
)

// entry is what an officer types for a person.
func entry(citizenNumber, name string) url.Values {
	return url.Values{"number": {citizenNumber}, "name": {name}, "birth_date": {"1984-02-29"}, "unit": {"Bilgi İşlem"}, "title": {"Mühendis"},
		"mail": {"kisi@kurum.example"}, "mobile": {"0500 111 22 33"}}
}

// entered has an officer enter a person, and returns the application.
func entered(t *testing.T, s *portaltest.Site, b *portaltest.Browser, citizenNumber, name string) application.Application {
	t.Helper()
	a := b.Post(here+"/yeni", entry(citizenNumber, name))
	reference, ok := strings.CutPrefix(a.Location(), one)
	if a.Status != http.StatusSeeOther || !ok {
		t.Fatalf("%d %q", a.Status, a.Location())
	}
	return kept(t, s, reference)
}

func kept(t *testing.T, s *portaltest.Site, reference string) application.Application {
	t.Helper()
	a, err := s.Store.Application(t.Context(), reference)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func in(a application.Application, pairs ...string) url.Values {
	form := url.Values{"surum": {strconv.Itoa(a.Version)}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

// TestOfficersAreAdmittedByCard: to others there is no such page; an officer from the gateway is led to the card, and nobody to
// another's institution.
func TestOfficersAreAdmittedByCard(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	officer := s.OfficerOf(zeynep, "belediye", "okul")
	other := s.OfficerOf(mehmet, "hastane")
	a := entered(t, s, officer, ayse, "Ayşe Yılmaz")
	paths := []string{"/kurum", here, here + "/yeni", here + "/kisiler.csv", here + "/liste", here + "/sablon.csv", one + a.Reference, one + a.Reference + "/iptal", one + a.Reference + "/duzelt"}
	for name, test := range map[string]struct {
		browser *portaltest.Browser
		status  int
		code    fault.Code
	}{
		"somebody":                     {s.Person(ayse), 404, refusal.NotFound},
		"the desk":                     {s.Officer(ayse, store.Reviewer), 404, refusal.NotFound},
		"an officer from the gateway":  {s.Person(zeynep), 403, refusal.CardLoginRequired},
		"an officer of somewhere else": {other, 404, refusal.NotFound},
	} {
		for _, path := range paths {
			if path == "/kurum" && test.browser == other {
				continue
			}
			portaltest.Refused(t, test.browser.Get(path), test.status, test.code)
		}
		portaltest.Refused(t, test.browser.Post(here+"/yeni", entry(mehmet, "M")), test.status, test.code)
		portaltest.Refused(t, test.browser.Post(one+a.Reference+"/iptal", in(a, "gerekce", "x")), test.status, test.code)
		_ = name
	}
	// Another institution's officer, by the address of their own.
	for _, path := range []string{"/kurum/hastane/basvuru/" + a.Reference, "/kurum/hastane?sonra=" + a.Reference, "/kurum/okul/basvuru/" + a.Reference} {
		b := other
		if strings.Contains(path, "okul") {
			b = officer
		}
		portaltest.Refused(t, b.Get(path), 404, refusal.NotFound)
	}
	if a := other.Get("/kurum"); a.Location() != "/kurum/hastane" {
		t.Errorf("an officer of one institution is led to %q", a.Location())
	}
	if a := officer.Get("/kurum"); !strings.Contains(a.Body, `data-institution="okul"`) || strings.Contains(a.Body, "hastane") {
		t.Errorf("the choice: %s", a.Body)
	}
	// What ends, ends with the next request.
	if err := s.Store.ChangeOfficer(t.Context(), store.OfficerChange{CitizenNumber: zeynep, Institution: "belediye", At: s.Clock.Now(), Until: s.Clock.Now()}); err != nil {
		t.Fatal(err)
	}
	portaltest.Refused(t, officer.Get(here), 404, refusal.NotFound)
}

// TestEntry: what an officer enters waits for the person, who finds it, opens it and cannot change what is fixed.
func TestEntry(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	officer, person := s.OfficerOf(zeynep, "belediye"), s.Person(ayse)
	a := entered(t, s, officer, ayse, "Ayşe Yılmaz")
	if a.State != application.PreApplied || a.Payer != application.PaidByInstitution || a.Institution != "belediye" || a.Form["institution"] != "Kurum belediye" || a.Form["mobile"] != "+905001112233" {
		t.Errorf("entered: %+v", a)
	}
	history, err := s.Store.ApplicationHistory(t.Context(), a.Reference)
	if err != nil || len(history) != 1 || history[0].By != application.Officer || history[0].Who != zeynep {
		t.Errorf("history: %+v, %v", history, err)
	}
	if home := person.Get("/"); !strings.Contains(home.Body, `id="waiting" href="/basvurular/`+a.Reference) {
		t.Error("the first page does not show it")
	}
	if list := person.Get("/basvurular"); !strings.Contains(list.Body, `class="card look" href="/basvurular/`+a.Reference) {
		t.Error("the list does not show it")
	}
	page := person.Get("/basvurular/" + a.Reference)
	for _, shown := range []string{"Ayşe Yılmaz", "29 Şubat 1984", "Kurum belediye", "Mühendis", `id="open"`, `id="dispute"`} {
		if !strings.Contains(page.Body, shown) {
			t.Errorf("its page does not show %q", shown)
		}
	}
	if opened := person.Post("/basvurular/"+a.Reference, in(a, "islem", "open")); opened.Location() != "/basvurular/"+a.Reference+"/form" {
		t.Fatalf("opened: %d %s", opened.Status, opened.Body)
	}
	a = kept(t, s, a.Reference)
	if a.State != application.Draft || a.Name != "AYŞE YILMAZ" {
		t.Errorf("opened: %+v", a)
	}
	form := person.Get("/basvurular/" + a.Reference + "/form")
	if strings.Contains(form.Body, `name="title"`) || strings.Count(form.Body, "data-fixed") != 4 || !strings.Contains(form.Body, `value="kisi@kurum.example"`) {
		t.Errorf("the form: %s", form.Body)
	}
	posted := in(a, "islem", "kaydet", "title", "Müdür", "institution", "Başka", "birth_date", "1999-01-01", "birth_place", "Iğdır", "mail", "ayse@ev.example")
	if saved := person.Post("/basvurular/"+a.Reference+"/form", posted); saved.Status != http.StatusSeeOther {
		t.Errorf("saved: %d %s", saved.Status, saved.Body)
	}
	a = s.Seen(a.Reference)
	if a.Form["title"] != "Mühendis" || a.Form["institution"] != "Kurum belediye" || a.Form["birth_date"] != "1984-02-29" || a.Form["birth_place"] != "Iğdır" || a.Form["mail"] != "ayse@ev.example" {
		t.Errorf("kept: %+v", a.Form)
	}
	// The officer sees the state, and nothing of the form.
	for _, path := range []string{here, one + a.Reference, here + "/kisiler.csv"} {
		page := officer.Get(path)
		if !strings.Contains(page.Body, "AYŞE YILMAZ") || !strings.Contains(page.Body, "100*****146") {
			t.Errorf("%s does not show the person: %s", path, page.Body)
		}
		for _, secret := range []string{"Iğdır", "ev.example", "kurum.example", "1112233", ayse, "1984"} {
			if strings.Contains(page.Body, secret) {
				t.Errorf("%s shows %q", path, secret)
			}
		}
	}
}

// TestEntryRefused: what cannot be entered is said beside its field, and nothing is kept.
func TestEntryRefused(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	officer := s.OfficerOf(mehmet, "belediye")
	s.ApplicationIn(application.Draft, nil) // Ayşe's own
	for name, test := range map[string]struct {
		field, value string
		status       int
		problem      string
	}{
		"a wrong check digit":     {"number", "11111111101", 422, "geçerli bir"},
		"the officer themself":    {"number", mehmet, 422, "Kendiniz için"},
		"who has applied already": {"number", ayse, 409, "süren bir başvurusu"},
		"a day that is none":      {"birth_date", "1984-02-30", 422, "Takvimde olan"},
		"a NUL":                   {"name", "A\x00B", 422, "Görünmeyen"},
	} {
		form := entry(ayse, "Ayşe Yılmaz")
		form.Set(test.field, test.value)
		a := officer.Post(here+"/yeni", form)
		if a.Status != test.status || !strings.Contains(strings.ToLower(a.Body), strings.ToLower(test.problem)) || !strings.Contains(a.Body, `aria-invalid="true"`) {
			t.Errorf("%s: %d, want %q", name, a.Status, test.problem)
		}
	}
	twice := entry(ayse, "A")
	twice.Add("name", "B")
	portaltest.Refused(t, officer.Post(here+"/yeni", twice), 400, fault.RequestInvalid)
	if counts, err := s.Store.CountApplicants(t.Context(), "belediye"); err != nil || len(counts) > 0 {
		t.Errorf("kept: %v, %v", counts, err)
	}
}

// TestDispute: another name than the login's cannot be opened; it goes back with the reason, is corrected, and is opened then.
func TestDispute(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	officer, person := s.OfficerOf(zeynep, "belediye"), s.Person(ayse)
	a := entered(t, s, officer, ayse, "Ayşe Demir")
	page := "/basvurular/" + a.Reference
	shown := person.Get(page)
	if !strings.Contains(shown.Body, `id="differs"`) || strings.Contains(shown.Body, `id="open"`) {
		t.Errorf("the page: %s", shown.Body)
	}
	portaltest.Refused(t, person.Post(page, in(a, "islem", "open")), 409, refusal.IdentityDiffers)
	if back := person.Get(page + "/geri-gonder"); !strings.Contains(back.Body, `id="wrong-name" name="yanlis" value="name" checked`) {
		t.Errorf("what is wrong is not chosen: %s", back.Body)
	}
	for _, form := range []url.Values{in(a, "yanlis", "name"), in(a, "yanlis", "other", "gerekce", "A\u202eB"), in(a, "gerekce", "x"), in(a, "yanlis", "age", "gerekce", "x")} {
		portaltest.Refused(t, person.Post(page+"/geri-gonder", form), 422, refusal.ReasonMissing)
	}
	if sent := person.Post(page+"/geri-gonder", in(a, "yanlis", "name", "gerekce", "Soyadım Yılmaz")); sent.Location() != page {
		t.Fatalf("sent back: %d %s", sent.Status, sent.Body)
	}
	a = kept(t, s, a.Reference)
	if a.State != application.Disputed {
		t.Fatalf("it is %s", a.State)
	}
	shown = officer.Get(one + a.Reference)
	if !strings.Contains(shown.Body, "Soyadım Yılmaz") || !strings.Contains(shown.Body, "Girilen ad") {
		t.Errorf("the officer is told: %s", shown.Body)
	}
	form := officer.Get(one + a.Reference + "/duzelt")
	if !strings.Contains(form.Body, `value="Ayşe Demir"`) || strings.Contains(form.Body, "kurum.example") || strings.Contains(form.Body, "1112233") {
		t.Errorf("the correction shows %s", form.Body)
	}
	wrong := in(a, "name", "", "birth_date", "1984-02-29")
	if refused := officer.Post(one+a.Reference+"/duzelt", wrong); refused.Status != 422 {
		t.Errorf("without a name: %d", refused.Status)
	}
	correction := in(a, "name", "Ayşe Yılmaz", "birth_date", "1984-02-28", "title", "Mühendis", "mobile", "0500 999 88 77", "number", mehmet)
	if corrected := officer.Post(one+a.Reference+"/duzelt", correction); corrected.Location() != one+a.Reference {
		t.Fatalf("corrected: %d %s", corrected.Status, corrected.Body)
	}
	portaltest.Refused(t, officer.Post(one+a.Reference+"/duzelt", correction), 409, refusal.ApplicationChanged)
	a = kept(t, s, a.Reference)
	if a.State != application.PreApplied || a.CitizenNumber != ayse || a.Form["mail"] != "kisi@kurum.example" || a.Form["mobile"] != "+905009998877" || a.Form["unit"] != "" || a.Form["institution"] != "Kurum belediye" {
		t.Errorf("corrected: %+v", a)
	}
	if opened := person.Post(page, in(a, "islem", "open")); opened.Status != http.StatusSeeOther {
		t.Errorf("opened: %d %s", opened.Status, opened.Body)
	}
}

// TestCancel: an officer cancels with a reason, which the person reads, and nothing of their own.
func TestCancel(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	officer, other := s.OfficerOf(zeynep, "belediye"), s.OfficerOf(mehmet, "belediye")
	a := entered(t, s, officer, mehmet, "Mehmet Öztürk")
	portaltest.Refused(t, officer.Post(one+a.Reference+"/iptal", in(a, "gerekce", " ")), 422, refusal.ReasonMissing)
	portaltest.Refused(t, other.Post(one+a.Reference+"/iptal", in(a, "gerekce", "x")), 403, refusal.OwnApplication)
	portaltest.Refused(t, other.Post(one+a.Reference+"/duzelt", in(a, "name", "Müdür")), 403, refusal.OwnApplication)
	if page := other.Get(one + a.Reference); !strings.Contains(page.Body, `id="own"`) || strings.Contains(page.Body, `id="cancel"`) {
		t.Error("an officer's own can be acted on")
	}
	if cancelled := officer.Post(one+a.Reference+"/iptal", in(a, "gerekce", "Görevden ayrıldı")); cancelled.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", cancelled.Status, cancelled.Body)
	}
	if page := s.Person(mehmet).Get("/basvurular/" + a.Reference); !strings.Contains(page.Body, "Görevden ayrıldı") {
		t.Errorf("the person is not told: %s", page.Body)
	}
	made := s.ApplicationIn(application.InProduction, func(a *application.Application) { a.Institution, a.Payer = "belediye", application.PaidByInstitution })
	portaltest.Refused(t, officer.Post(one+made.Reference+"/iptal", in(made, "gerekce", "x")), 409, refusal.ApplicationState)
}

// TestPeople: the list is filtered and paged, and its export holds no formula.
func TestPeople(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	officer := s.OfficerOf(zeynep, "belediye")
	for i := range 60 {
		a := application.PreApplication(application.NES, "belediye")
		a.Reference, a.CitizenNumber, a.Name = reference(i), "N"+strconv.Itoa(i), "=KİŞİ "+strconv.Itoa(i)
		if i%2 == 0 {
			a.State = application.Active
		}
		c := application.Change{Event: application.Create, By: application.Officer, Who: zeynep, At: s.Clock.Now().Add(time.Duration(i) * time.Second)}
		if err := s.Store.CreateApplication(t.Context(), a, c); err != nil {
			t.Fatal(err)
		}
	}
	count := func(path string) (n int, page portaltest.Answer) {
		page = officer.Get(path)
		return strings.Count(page.Body, "data-person="), page
	}
	n, page := count(here)
	if n != 50 || !strings.Contains(page.Body, `data-count="60"`) || !strings.Contains(page.Body, "?sonra="+reference(10)) {
		t.Errorf("the first page has %d", n)
	}
	if n, page = count(here + "?sonra=" + reference(10)); n != 10 || strings.Contains(page.Body, "?sonra=") {
		t.Errorf("the second page has %d", n)
	}
	if n, page = count(here + "?durum=active"); n != 30 || strings.Contains(page.Body, `data-state="pre_applied"`) {
		t.Errorf("in a state: %d", n)
	}
	portaltest.Refused(t, officer.Get(here+"?durum=all"), 404, refusal.NotFound)
	portaltest.Refused(t, officer.Get(here+"?sonra=x"), 404, refusal.NotFound)
	export := officer.Get(here + "/kisiler.csv?durum=active")
	if lines := strings.Split(strings.TrimSpace(export.Body), "\r\n"); len(lines) != 31 || !strings.HasPrefix(lines[1], `"`+reference(58)+`";"'=KİŞİ 58";"";"Etkin`) {
		t.Errorf("%d lines: %.200s", len(lines), export.Body)
	}
	if got := export.Header.Get("Content-Type"); got != "text/csv; charset=utf-8" || !strings.HasPrefix(export.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("sent as %q", got)
	}
}

// reference is the n-th in its order.
func reference(n int) string {
	return "AAAA-AAAA-AAAA-" + strconv.Itoa(1000+n)
}

// TestPages reads every page in both languages as a browser's parser does.
func TestPages(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	officer, person := s.OfficerOf(zeynep, "belediye", "okul"), s.Person(ayse)
	a := entered(t, s, officer, ayse, "Ayşe Demir")
	for _, language := range []string{"tr", "en"} {
		officer.Cookies["dil"], person.Cookies["dil"] = language, language
		for _, path := range []string{"/kurum", here, here + "/yeni", here + "/liste", one + a.Reference, one + a.Reference + "/duzelt", one + a.Reference + "/iptal"} {
			portaltest.CheckPage(t, language+" "+path, officer.Get(path), language)
		}
		for _, path := range []string{"/", "/basvurular", "/basvurular/" + a.Reference, "/basvurular/" + a.Reference + "/geri-gonder"} {
			portaltest.CheckPage(t, language+" "+path, person.Get(path), language)
		}
		portaltest.CheckPage(t, language+" wrong", officer.Post(here+"/yeni", entry("1", "")), language)
	}
}
