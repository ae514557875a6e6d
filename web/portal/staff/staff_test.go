package staff_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/staff"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	fatma = "00000000003"
	give  = staff.Path + "/ver"
	end   = staff.Path + "/bitir"
)

// office is a portal with two administrators and somebody who has logged in with a card once.
type office struct {
	*portaltest.Site
	first, second *portaltest.Browser
}

func newOffice(t *testing.T) office {
	s := portaltest.NewSite(t, nil)
	o := office{s, s.Officer(portaltest.Zeynep, store.Administrator), s.Officer(portaltest.Mehmet, store.Administrator)}
	s.Officer(fatma)
	s.Clock.Pass(time.Minute)
	return o
}

func change(person string, role store.Role, until string) url.Values {
	return url.Values{"kimlik": {person}, "gorev": {string(role)}, "bitis": {until}}
}

func (o office) wantRoles(person string, want ...store.Role) {
	o.T.Helper()
	got, err := o.Store.RolesOf(o.T.Context(), person, o.Clock.Now())
	if err != nil || !slices.Equal(got, want) {
		o.T.Errorf("roles are %q, %v, want %q", got, err, want)
	}
}

// TestRoleByTwo gives a role and ends it: each counts when the second administrator has confirmed it, and both pages show whose it is.
func TestRoleByTwo(t *testing.T) {
	o := newOffice(t)
	asked := o.Asked(o.first.Post(give, change(fatma, store.Courier, "2027-12-31")))
	o.wantRoles(fatma)
	for language, words := range map[string][]string{
		"tr": {"Görev verilmesi: Kargo", "ZEYNEP ŞAHİN · 000*****003", "31 Aralık 2027", "111*****101"}, "en": {"A role is given: Courier", "31 December 2027"},
	} {
		o.second.Cookies["dil"] = language
		for _, path := range []string{"/masa", "/masa/onaylar", "/masa/onaylar/" + asked, "/masa/onaylar/" + asked + "/ret", staff.Path, give, end} {
			portaltest.CheckPage(t, language+" "+path, o.second.Get(path), language)
		}
		page := o.second.Get("/masa/onaylar/" + asked).Body
		for _, part := range words {
			if !strings.Contains(page, part) {
				t.Errorf("%s: the page lacks %q", language, part)
			}
		}
	}
	if page := o.second.Get("/masa").Body; !strings.Contains(page, `id="to-approvals" href="/masa/onaylar" data-count="1"`) {
		t.Error("the desk does not tell the second administrator that something waits")
	}
	if a := o.second.ConfirmDecision(asked); a.Location() != "/masa/onaylar" {
		t.Fatalf("%d %q", a.Status, a.Code())
	}
	o.wantRoles(fatma, store.Courier)
	o.Clock.Pass(time.Minute)
	asked = o.Asked(o.second.Post(end, change(fatma, store.Courier, "")))
	o.wantRoles(fatma, store.Courier)
	if a := o.first.ConfirmDecision(asked); a.Status != http.StatusSeeOther {
		t.Fatalf("%d %q", a.Status, a.Code())
	}
	o.wantRoles(fatma)
	if page := o.first.Get("/masa/onaylar").Body; strings.Count(page, "data-ended=") != 2 {
		t.Error("the history has not both decisions")
	}
}

// TestOneAdministratorIsNotEnough has the asker, the person concerned, a newcomer and officers of other roles try to confirm.
func TestOneAdministratorIsNotEnough(t *testing.T) {
	o := newOffice(t)
	asked := o.Asked(o.first.Post(give, change(fatma, store.Administrator, "")))
	page := o.second.Get("/masa/onaylar/" + asked).Body
	_, digest, _ := strings.Cut(page, `name="ozet" value="`)
	form := url.Values{"ozet": {digest[:64]}}
	if strings.Contains(o.first.Get("/masa/onaylar/"+asked).Body, `id="confirm"`) {
		t.Error("the asker is shown the button")
	}
	portaltest.Refused(t, o.first.Post("/masa/onaylar/"+asked, form), http.StatusForbidden, refusal.DecisionNotYours)
	o.Clock.Pass(time.Minute)
	newcomer := o.Officer("00000000004", store.Administrator)
	portaltest.Refused(t, newcomer.Post("/masa/onaylar/"+asked, form), http.StatusForbidden, refusal.DecisionNotYours)
	for name, b := range map[string]*portaltest.Browser{
		"another role": o.Officer("00000000005", store.Reviewer), "a person": o.Person(portaltest.Ayse),
	} {
		t.Run(name, func(t *testing.T) {
			portaltest.Refused(t, b.Post("/masa/onaylar/"+asked, form), http.StatusNotFound, refusal.NotFound)
			portaltest.Refused(t, b.Get("/masa/onaylar/"+asked), http.StatusNotFound, refusal.NotFound)
			portaltest.Refused(t, b.Get(staff.Path), http.StatusNotFound, refusal.NotFound)
			portaltest.Refused(t, b.Post(give, change(fatma, store.Courier, "")), http.StatusNotFound, refusal.NotFound)
		})
	}
	form.Set("ozet", strings.Repeat("0", 64)) // not what the page has shown
	portaltest.Refused(t, o.second.Post("/masa/onaylar/"+asked, form), http.StatusConflict, refusal.DecisionOver)
	o.wantRoles(fatma)

	portaltest.Refused(t, o.second.Post("/masa/onaylar/"+asked+"/ret", url.Values{"gerekce": {" "}}), http.StatusUnprocessableEntity, refusal.ReasonMissing)
	if a := o.second.Post("/masa/onaylar/"+asked+"/ret", url.Values{"gerekce": {"Kişi ayrıldı"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("%d %q", a.Status, a.Code())
	}
	form.Set("ozet", digest[:64])
	portaltest.Refused(t, o.second.Post("/masa/onaylar/"+asked, form), http.StatusConflict, refusal.DecisionOver)
	if page := o.first.Get("/masa/onaylar/" + asked).Body; !strings.Contains(page, "Kişi ayrıldı") {
		t.Error("the asker does not read the reason")
	}
	asked = o.Asked(o.first.Post(give, change(fatma, store.Administrator, ""))) // refused is over: it may be asked again
	if a := o.first.Post("/masa/onaylar/"+asked+"/ret", nil); a.Status != http.StatusSeeOther {
		t.Fatalf("withdraw: %d %q", a.Status, a.Code())
	}
	o.wantRoles(fatma)
}

// TestPersonConcernedDoesNotConfirm has an administrator confirm a change of their own roles.
func TestPersonConcernedDoesNotConfirm(t *testing.T) {
	o := newOffice(t)
	asked := o.Asked(o.first.Post(give, change(portaltest.Mehmet, store.Editor, "")))
	a := o.second.ConfirmDecision(asked)
	portaltest.Refused(t, a, http.StatusForbidden, refusal.DecisionNotYours)
	o.wantRoles(portaltest.Mehmet, store.Administrator)
}

// TestDecisionEndsByTime confirms a decision after its time.
func TestDecisionEndsByTime(t *testing.T) {
	o := newOffice(t)
	asked := o.Asked(o.first.Post(give, change(fatma, store.Courier, "")))
	page := o.second.Get("/masa/onaylar/" + asked).Body
	_, digest, _ := strings.Cut(page, `name="ozet" value="`)
	o.Clock.Pass(7 * 24 * time.Hour)
	late := o.Officer(portaltest.Mehmet) // with a session of today
	portaltest.Refused(t, late.Post("/masa/onaylar/"+asked, url.Values{"ozet": {digest[:64]}}), http.StatusConflict, refusal.DecisionOver)
	o.wantRoles(fatma)
}

// TestTwoAdministratorsStay ends the role of one of three and then of one of two.
func TestTwoAdministratorsStay(t *testing.T) {
	o := newOffice(t)
	third := o.Officer(fatma, store.Administrator)
	o.Clock.Pass(time.Minute)
	if a := third.ConfirmDecision(o.Asked(o.first.Post(end, change(portaltest.Mehmet, store.Administrator, "")))); a.Status != http.StatusSeeOther {
		t.Fatalf("%d %q", a.Status, a.Code())
	}
	portaltest.Refused(t, o.second.Get(staff.Path), http.StatusNotFound, refusal.NotFound)
	asked := o.Asked(o.first.Post(end, change(portaltest.Zeynep, store.Administrator, ""))) // one's own
	portaltest.Refused(t, third.ConfirmDecision(asked), http.StatusConflict, refusal.AdministratorsFew)
	o.wantRoles(portaltest.Zeynep, store.Administrator)
	if d, err := o.Store.Decision(t.Context(), asked); err != nil || d.End != nil {
		t.Errorf("it ended without its effect: %+v, %v", d.End, err)
	}
}

// TestWhatIsTypedWrong tries what cannot be asked. No page holds the number that was typed.
func TestWhatIsTypedWrong(t *testing.T) {
	o := newOffice(t)
	for name, test := range map[string]struct {
		path string
		form url.Values
		code string
	}{
		"no number":          {give, change("1000000014", store.Courier, ""), "desk_form"},
		"no role":            {give, change(fatma, "root", ""), "desk_form"},
		"a day that is over": {give, change(fatma, store.Courier, "2026-11-22"), "desk_form"},
		"no day":             {give, change(fatma, store.Courier, "31.12.2027"), "desk_form"},
		"nobody's name":      {give, change(portaltest.Ayse, store.Courier, ""), "officer_unknown"},
		"oneself":            {give, change(portaltest.Zeynep, store.Courier, ""), "decision_not_yours"},
		"a role not held":    {end, change(fatma, store.Courier, ""), "officer_unknown"},
	} {
		a := o.first.Post(test.path, test.form)
		if string(a.Code()) != test.code || strings.Contains(a.Body, test.form.Get("kimlik")) {
			t.Errorf("%s: %d %q", name, a.Status, a.Code())
		}
		portaltest.CheckPage(t, name, a, "tr")
	}
	o.Asked(o.first.Post(give, change(fatma, store.Courier, "")))
	portaltest.Refused(t, o.second.Post(give, change(fatma, store.Courier, "")), http.StatusConflict, refusal.DecisionOpen)
}
