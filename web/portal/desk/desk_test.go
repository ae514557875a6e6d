package desk_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
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
	at                   = "/masa/basvuru/"
)

// in names an application's present version in a form.
func in(a application.Application, pairs ...string) url.Values {
	form := url.Values{"surum": {strconv.Itoa(a.Version)}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

// kept returns an application as it is on record.
func kept(t *testing.T, s *portaltest.Site, a application.Application) application.Application {
	t.Helper()
	a, err := s.Store.Application(t.Context(), a.Reference)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// last returns what happened last to an application.
func last(t *testing.T, s *portaltest.Site, a application.Application) application.Change {
	t.Helper()
	changes, err := s.Store.ApplicationHistory(t.Context(), a.Reference)
	if err != nil || len(changes) == 0 {
		t.Fatalf("%d changes: %v", len(changes), err)
	}
	return changes[len(changes)-1]
}

// TestDeskAdmitsOfficersByCard: to others there is no desk, and an officer who came through the gateway is led to the card.
func TestDeskAdmitsOfficersByCard(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	a := s.ApplicationIn(application.UnderReview, nil)
	paths := []string{"/masa", "/masa/bul?kod=" + a.Reference, "/masa/kuyruk/under_review", at + a.Reference, at + a.Reference + "/kabul"}
	for name, test := range map[string]struct {
		browser *portaltest.Browser
		status  int
		code    fault.Code
	}{
		"a person":                     {s.Person(mehmet), 404, refusal.NotFound},
		"a person, by card":            {s.Officer(mehmet), 404, refusal.NotFound},
		"an officer, by the gateway":   {func() *portaltest.Browser { s.Officer(zeynep, store.Reviewer); return s.Person(zeynep) }(), 403, refusal.CardLoginRequired},
		"an officer, by card":          {s.Officer(zeynep), 200, ""},
		"an officer for another queue": {s.Officer("00000000003", store.Producer), 404, refusal.NotFound},
	} {
		for i, path := range paths {
			a := test.browser.Get(path)
			if name == "an officer, by card" && i == 1 {
				if a.Location() != at+strings.TrimPrefix(path, "/masa/bul?kod=") {
					t.Errorf("%s, %s: leads to %q", name, path, a.Location())
				}
				continue
			}
			if name == "an officer for another queue" && i == 0 {
				continue // they have a desk, with another queue
			}
			if a.Status != test.status || a.Code() != test.code {
				t.Errorf("%s, %s: %d %q", name, path, a.Status, a.Code())
			}
			if test.code == refusal.CardLoginRequired && !strings.Contains(a.Body, `href="/giris"`) {
				t.Errorf("%s, %s: no way on", name, path)
			}
		}
		if test.code != "" {
			portaltest.Refused(t, test.browser.Post(at+a.Reference+"/kabul", in(a)), test.status, test.code)
		}
	}
	if got := kept(t, s, a); got.State != application.UnderReview {
		t.Errorf("it is %s", got.State)
	}
	officer := s.Officer(zeynep)
	if !strings.Contains(officer.Get("/").Body, `id="menu-desk"`) || strings.Contains(s.Person(mehmet).Get("/").Body, `id="menu-desk"`) {
		t.Error("the menu leads others to the desk, or officers nowhere")
	}
	s.Clock.Pass(time.Minute)
	now := s.Clock.Now()
	if err := s.Store.ChangeRole(t.Context(), store.RoleChange{CitizenNumber: zeynep, Role: store.Reviewer, At: now, Until: now}); err != nil {
		t.Fatal(err)
	}
	portaltest.Refused(t, officer.Get("/masa"), http.StatusNotFound, refusal.NotFound)
	portaltest.Refused(t, officer.Post(at+a.Reference+"/kabul", in(a)), http.StatusNotFound, refusal.NotFound)
}

// deskActs are the desk's acts, with an application in the state from which each leads on.
var deskActs = []struct {
	act  string
	role store.Role
	from application.State
	to   application.State
	form func(a application.Application) []string
	done application.Change
}{
	{"onay", store.Reviewer, application.AwaitingApproval, application.UnderReview,
		func(a application.Application) []string { return []string{"kod", strings.ToLower(a.PaperCode()) + " "} },
		application.Change{Event: application.Approve, Way: application.OnPaper}},
	{"kabul", store.Reviewer, application.UnderReview, application.InProduction, nil, application.Change{Event: application.Accept}},
	{"iade", store.Reviewer, application.UnderReview, application.Draft, reason, application.Change{Event: application.Return, Reason: "Adres eksik\nTamamlayın"}},
	{"iade", store.Reviewer, application.AwaitingApproval, application.Draft, reason, application.Change{Event: application.Return, Reason: "Adres eksik\nTamamlayın"}},
	{"ret", store.Reviewer, application.UnderReview, application.Rejected, reason, application.Change{Event: application.Reject, Reason: "Adres eksik\nTamamlayın"}},
	{"odeme", store.Reviewer, application.PaymentDue, application.InProduction,
		func(application.Application) []string { return []string{"dekont", " DK-2026/17 "} },
		application.Change{Event: application.Pay, Basis: "DK-2026/17"}},
	{"sevk", store.Courier, application.Produced, application.WithCourier, shipment, application.Change{Event: application.Dispatch, Basis: "TR123456789"}},
	{"teslim", store.Courier, application.WithCourier, application.Delivered, shipment, application.Change{Event: application.Deliver, Basis: "TR123456789"}},
	{"geri", store.Courier, application.WithCourier, application.Produced, shipment, application.Change{Event: application.ReturnToSender, Basis: "TR123456789"}},
}

func reason(application.Application) []string {
	return []string{"gerekce", "  Adres eksik\r\nTamamlayın\r\n"}
}

func shipment(application.Application) []string { return []string{"gonderi", " tr 123 456 789 "} }

// prepared keeps an application from which an act leads on.
func prepared(s *portaltest.Site, from application.State) application.Application {
	return s.ApplicationIn(from, func(a *application.Application) {
		switch from {
		case application.PaymentDue:
			a.Fee = 95_000
		case application.WithCourier:
			a.Shipment = "TR123456789"
		}
		if from != application.AwaitingApproval {
			a.Approval = application.Approval{Way: application.OnPaper, Basis: "B"}
		}
	})
}

// TestDeskActs does each act by its role, and tries it with every other role.
func TestDeskActs(t *testing.T) {
	for _, test := range deskActs {
		t.Run(fmt.Sprintf("%s from %s", test.act, test.from), func(t *testing.T) {
			s := portaltest.NewSite(t, nil)
			a := prepared(s, test.from)
			form := in(a)
			if test.form != nil {
				form = in(a, test.form(a)...)
			}
			page := at + a.Reference + "/" + test.act
			for _, role := range store.KnownRoles {
				if role != test.role {
					other := s.Officer("0000000040"+strconv.Itoa(slices.Index(store.KnownRoles, role)), role)
					portaltest.Refused(t, other.Get(page), http.StatusNotFound, refusal.NotFound)
					portaltest.Refused(t, other.Post(page, form), http.StatusNotFound, refusal.NotFound)
				}
			}
			officer := s.Officer(zeynep, test.role)
			shown := officer.Get(at + a.Reference)
			if !strings.Contains(shown.Body, `href="`+page+`"`) || shown.Status != http.StatusOK {
				t.Errorf("it is not offered: %d", shown.Status)
			}
			for _, language := range []string{"tr", "en"} {
				officer.Cookies["dil"] = language
				for _, path := range []string{"/masa", "/masa/kuyruk/" + string(test.from), at + a.Reference, page} {
					portaltest.CheckPage(t, language+" "+path, officer.Get(path), language)
				}
			}
			if got := kept(t, s, a); got.Version != a.Version {
				t.Fatal("looking changed it")
			}
			if answer := send(officer, page, form); answer.Status != http.StatusSeeOther {
				t.Fatalf("%d %q", answer.Status, answer.Code())
			}
			c := last(t, s, a)
			if got := kept(t, s, a); got.State != test.to || c.To != test.to {
				t.Errorf("it is %s", got.State)
			}
			if c.Event != test.done.Event || c.By != application.Authority || c.Who != zeynep || c.Reason != test.done.Reason || c.Way != test.done.Way {
				t.Errorf("kept is %+v", c)
			}
			if test.done.Basis != "" && c.Basis != test.done.Basis {
				t.Errorf("the basis is %q", c.Basis)
			}
		})
	}
}

// TestDeskRefusesWhatIsTyped: nothing changes, and the page says what to mend where it was typed.
func TestDeskRefusesWhatIsTyped(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	officer := s.Officer(zeynep, store.Reviewer, store.Courier)
	old := portaltest.CompleteForm()
	old["address"] = "Eski Sokak 1"
	waiting := prepared(s, application.AwaitingApproval)
	older := waiting
	older.Form = old
	taken := s.ApplicationIn(application.WithCourier, func(a *application.Application) { a.CitizenNumber, a.Shipment = mehmet, "TR999999999" })
	kind := func(a *application.Application) { a.CitizenNumber = "00000000005" }
	produced := s.ApplicationIn(application.Produced, kind)
	for name, test := range map[string]struct {
		a          application.Application
		act, field string
		typed      string
		code       fault.Code
	}{
		"no code":                      {waiting, "onay", "kod", "", refusal.PaperCodeWrong},
		"the reference alone":          {waiting, "onay", "kod", waiting.Reference, refusal.PaperCodeWrong},
		"the code of an older form":    {waiting, "onay", "kod", older.PaperCode(), refusal.PaperCodeWrong},
		"another application's code":   {waiting, "onay", "kod", taken.PaperCode(), refusal.PaperCodeWrong},
		"a long code":                  {waiting, "onay", "kod", strings.Repeat("A", 5000), refusal.PaperCodeWrong},
		"no reason":                    {waiting, "iade", "gerekce", " \n ", refusal.ReasonMissing},
		"a long reason":                {waiting, "iade", "gerekce", strings.Repeat("ş", 251), refusal.ReasonMissing},
		"a reason that is turned":      {waiting, "iade", "gerekce", "iyi \u202eütök", refusal.ReasonMissing},
		"a reason with a NUL":          {waiting, "iade", "gerekce", "a\x00b", refusal.ReasonMissing},
		"a reason that is not UTF-8":   {waiting, "iade", "gerekce", "\xff", refusal.ReasonMissing},
		"no number":                    {produced, "sevk", "gonderi", "", refusal.CourierNumber},
		"a short number":               {produced, "sevk", "gonderi", "TR123", refusal.CourierNumber},
		"a long number":                {produced, "sevk", "gonderi", strings.Repeat("1", 41), refusal.CourierNumber},
		"a number with other letters":  {produced, "sevk", "gonderi", "TR<script>", refusal.CourierNumber},
		"another application's number": {produced, "sevk", "gonderi", "tr999999999", refusal.CourierNumber},
		"delivered by another number":  {taken, "teslim", "gonderi", "TR123456789", refusal.CourierNumber},
	} {
		t.Run(name, func(t *testing.T) {
			page := at + test.a.Reference + "/" + test.act
			answer := officer.Post(page, in(test.a, test.field, test.typed))
			portaltest.Refused(t, answer, http.StatusUnprocessableEntity, test.code)
			portaltest.CheckPage(t, name, answer, "tr")
			if !strings.Contains(answer.Body, `aria-invalid="true"`) || !strings.Contains(answer.Body, `href="#`+test.field+`"`) {
				t.Error("the page does not lead to the field")
			}
			if got := kept(t, s, test.a); got.Version != test.a.Version {
				t.Errorf("it is %s, version %d", got.State, got.Version)
			}
		})
	}
	for _, version := range []string{"", "0", "-1", "x", "1.0", strings.Repeat("9", 30)} {
		form := in(waiting, "kod", waiting.PaperCode())
		form.Set("surum", version)
		portaltest.Refused(t, officer.Post(at+waiting.Reference+"/onay", form), http.StatusBadRequest, fault.RequestInvalid)
	}
	for _, path := range []string{at + "x", at + "0000-0000-0000-0000", at + waiting.Reference + "/x", "/masa/kuyruk/x", "/masa/kuyruk/draft", "/masa/kuyruk/in_production"} {
		portaltest.Refused(t, officer.Get(path), http.StatusNotFound, refusal.NotFound)
	}
	portaltest.Refused(t, officer.Post(at+waiting.Reference+"/kabul", in(waiting)), http.StatusConflict, refusal.ApplicationState)
	if a := officer.Get(at + waiting.Reference + "/kabul"); a.Location() != at+waiting.Reference {
		t.Errorf("what is not possible leads to %d %q", a.Status, a.Location())
	}
}

// TestDeskTellsWhoWasFirst: of two officers at one version one wins, and the other reads who did what meanwhile.
func TestDeskTellsWhoWasFirst(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	a := prepared(s, application.UnderReview)
	officers := []*portaltest.Browser{s.Officer(zeynep, store.Reviewer), s.Officer(mehmet, store.Reviewer)}
	answers := portaltest.AtOnce(8, func(i int) portaltest.Answer {
		b := *officers[i%2]
		if i < 4 {
			return b.Do("POST", at+a.Reference+"/kabul", "application/x-www-form-urlencoded", strings.NewReader(in(a).Encode()))
		}
		return b.Do("POST", at+a.Reference+"/ret", "application/x-www-form-urlencoded", strings.NewReader(in(a, "gerekce", "Kurum değişti").Encode()))
	})
	won := 0
	first := last(t, s, a)
	for _, answer := range answers {
		if answer.Status == http.StatusSeeOther {
			won++
			continue
		}
		portaltest.Refused(t, answer, http.StatusConflict, refusal.ApplicationChanged)
		masked := map[string]string{zeynep: "111*****101", mehmet: "111*****110"}[first.Who]
		_, meanwhile, _ := strings.Cut(answer.Body, `id="newest"`)
		meanwhile, _, _ = strings.Cut(meanwhile, "</p>")
		if !strings.Contains(meanwhile, masked) {
			t.Errorf("the page does not tell who was first: %s", meanwhile)
		}
		portaltest.CheckPage(t, "changed", answer, "tr")
	}
	if got := kept(t, s, a); won != 1 || got.Version != a.Version+1 {
		t.Errorf("%d won, version %d", won, got.Version)
	}
}

// TestOfficerLeavesTheirOwnApplication: an officer sees their own application, and nobody decides for themself.
func TestOfficerLeavesTheirOwnApplication(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	a := s.ApplicationIn(application.UnderReview, func(a *application.Application) { a.CitizenNumber = zeynep })
	officer := s.Officer(zeynep, store.Reviewer)
	if page := officer.Get(at + a.Reference); !strings.Contains(page.Body, `id="own"`) || strings.Contains(page.Body, a.Reference+"/kabul") {
		t.Errorf("acts are offered: %d", page.Status)
	}
	if page := officer.Get(at + a.Reference + "/kabul"); page.Location() != at+a.Reference {
		t.Errorf("the act's page: %d", page.Status)
	}
	portaltest.Refused(t, officer.Post(at+a.Reference+"/kabul", in(a)), http.StatusForbidden, refusal.OwnApplication)
	if got := kept(t, s, a); got.State != application.UnderReview {
		t.Errorf("it is %s", got.State)
	}
}

// TestDeskShowsWhatARoleNeeds: the courier's people see an address and no date of birth, production no form, and none a whole
// citizen number.
func TestDeskShowsWhatARoleNeeds(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	a := prepared(s, application.Produced)
	made := s.ApplicationIn(application.InProduction, func(a *application.Application) { a.CitizenNumber = mehmet })
	for _, test := range []struct {
		role       store.Role
		a          application.Application
		shows, not []string
	}{
		{store.Reviewer, a, []string{"Iğdır", "Çankaya", "Işık Sokak 3\nDaire 5", "29 Şubat 1984", "3 yıl", "Evet", "100*****146"}, []string{a.Reference + "/sevk"}},
		{store.Courier, a, []string{"Çankaya", "500 111 22 33", "100*****146"}, []string{"Iğdır", "1984", portaltest.MailOfAyse}},
		{store.Producer, made, []string{"111*****110"}, []string{"Iğdır", "1984", "Çankaya", "111 22 33"}},
	} {
		page := s.Officer("0000000060"+strconv.Itoa(slices.Index(store.KnownRoles, test.role)), test.role).Get(at + test.a.Reference).Body
		for _, text := range test.shows {
			if !strings.Contains(page, text) {
				t.Errorf("%s does not see %q", test.role, text)
			}
		}
		for _, text := range append(test.not, test.a.CitizenNumber) {
			if strings.Contains(page, text) {
				t.Errorf("%s sees %q", test.role, text)
			}
		}
	}
}

// TestDeskFinds an application by all that may be scanned or typed, and leads no further than a role does.
func TestDeskFinds(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	waiting := prepared(s, application.AwaitingApproval)
	sent := s.ApplicationIn(application.WithCourier, func(a *application.Application) { a.CitizenNumber, a.Shipment = mehmet, "TR999999999" })
	reviewer, courier := s.Officer(zeynep, store.Reviewer), s.Officer("00000000007", store.Courier)
	for text, location := range map[string]string{
		waiting.Reference:                                 at + waiting.Reference,
		" " + strings.ToLower(waiting.Reference):          at + waiting.Reference,
		waiting.PaperCode():                               at + waiting.Reference + "/onay?kod=" + waiting.PaperCode(),
		strings.ReplaceAll(waiting.PaperCode(), "-", "*"): at + waiting.Reference + "/onay?kod=" + waiting.PaperCode(),
		"tr 999 999 999":                                  at + sent.Reference,
		sent.PaperCode():                                  at + sent.Reference,
	} {
		if a := reviewer.Get("/masa/bul?kod=" + url.QueryEscape(text)); a.Location() != location {
			t.Errorf("%q leads to %d %q", text, a.Status, a.Location())
		}
	}
	if page := reviewer.Get(at + waiting.Reference + "/onay?kod=" + waiting.PaperCode()); !strings.Contains(page.Body, `value="`+waiting.PaperCode()+`"`) {
		t.Error("what was scanned is not in the form")
	}
	if a := courier.Get("/masa/bul?kod=TR999999999"); a.Location() != at+sent.Reference {
		t.Errorf("the courier's people find %d %q", a.Status, a.Location())
	}
	for _, text := range []string{waiting.Reference, waiting.PaperCode(), "", "x", strings.Repeat("A", 5000), "\x00", "ş"} {
		a := courier.Get("/masa/bul?kod=" + url.QueryEscape(text))
		portaltest.Refused(t, a, http.StatusNotFound, refusal.NotFound)
		if !strings.Contains(a.Body, `id="find"`) {
			t.Errorf("%.20q: no second try", text)
		}
	}
}

// TestQueueShowsTheLongestWaiting lists what has waited longest first, and counts the rest.
func TestQueueShowsTheLongestWaiting(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	var order []string
	for i := range 102 {
		a := s.ApplicationIn(application.UnderReview, func(a *application.Application) { a.CitizenNumber = fmt.Sprintf("8%09d0", i) })
		order = append(order, a.Reference)
		s.Clock.Pass(time.Second)
	}
	officer := s.Officer(zeynep, store.Reviewer)
	if page := officer.Get("/masa").Body; !strings.Contains(page, `data-queue="under_review" data-count="102"`) || !strings.Contains(page, `data-queue="held" data-count="0"`) {
		t.Error("the queues are not counted")
	}
	page := officer.Get("/masa/kuyruk/under_review")
	portaltest.CheckPage(t, "queue", page, "tr")
	at, shown := 0, 0
	for _, reference := range order {
		if i := strings.Index(page.Body[at:], `data-application="`+reference+`"`); i >= 0 {
			at += i
			shown++
		}
	}
	if shown != 100 || strings.Contains(page.Body, order[100]) || !strings.Contains(page.Body, "102") {
		t.Errorf("%d are shown in order", shown)
	}
}
