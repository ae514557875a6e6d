package statusdesk_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	path = "/masa/durum"
	word = "mavi kapı"
)

// newSite is a portal whose authority answers nothing, with a certificate of Ayşe's.
func newSite(t *testing.T) (*portaltest.Site, application.Application) {
	t.Helper()
	authority := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	t.Cleanup(authority.Close)
	token := portaltest.WriteFile(t, filepath.Join(t.TempDir(), "token"), "token\n")
	s := portaltest.NewSite(t, func(o *portal.Settings) {
		o.CertificateStatus = &portal.StatusSettings{URL: authority.URL, TokenFile: token}
	})
	return s, s.ApplicationIn(application.Active, func(a *application.Application) {
		a.SecurityWord = application.HashWord(word)
		a.Certificate = application.Certificate{Serial: "0abc", NotBefore: s.Clock.Now().AddDate(-1, 0, 0), NotAfter: s.Clock.Now().AddDate(2, 0, 0)}
	})
}

// form is what an officer sends, changed.
func form(act string, change ...string) url.Values {
	f := url.Values{"sozcuk": {word}, "islem": {act}, "neden": {"lost"}, "aciklama": {"Telefonda istedi."}}
	for i := 0; i < len(change); i += 2 {
		f.Set(change[i], change[i+1])
	}
	return f
}

func state(s *portaltest.Site, a application.Application) application.State {
	s.T.Helper()
	now, err := s.Store.Application(s.T.Context(), a.Reference)
	if err != nil {
		s.T.Fatal(err)
	}
	return now.State
}

// TestOnTheTelephone: an officer finds the caller's certificate, and suspends, resumes and revokes it by the word; the person reads why.
func TestOnTheTelephone(t *testing.T) {
	s, a := newSite(t)
	officer := s.Officer(portaltest.Zeynep, store.StatusOfficer)
	if home := officer.Get("/masa"); !strings.Contains(home.Body, `href="`+path+`"`) {
		t.Errorf("the desk does not lead there: %d", home.Status)
	}
	portaltest.CheckPage(t, path, officer.Get(path), "tr")
	found := officer.Post(path, url.Values{"numara": {portaltest.Ayse}})
	portaltest.CheckPage(t, path, found, "tr")
	one := path + "/" + a.Reference
	if !strings.Contains(found.Body, `href="`+one+`"`) {
		t.Fatalf("not found: %d", found.Status)
	}
	for _, step := range []struct {
		act string
		to  application.State
	}{{"suspend", application.Suspended}, {"resume", application.Active}, {"revoke", application.Revoked}} {
		portaltest.CheckPage(t, one, officer.Get(one), "tr")
		if answer := officer.Post(one, form(step.act)); answer.Location() != one || state(s, a) != step.to {
			t.Fatalf("%s: %d %s, %s", step.act, answer.Status, answer.Code(), state(s, a))
		}
	}
	history, err := s.Store.ApplicationHistory(t.Context(), a.Reference)
	if err != nil || len(history) != 4 || history[3].Basis != "telephone/lost" || history[3].Who != portaltest.Zeynep || history[1].Basis != "telephone" {
		t.Errorf("%+v, %v", history, err)
	}
	if page := s.Person(portaltest.Ayse).Get("/basvurular/" + a.Reference); !strings.Contains(page.Body, "Telefonda istedi.") {
		t.Error("the person does not read why")
	}
	if page := officer.Get(one); strings.Contains(page.Body, `name="islem"`) {
		t.Error("the page offers to change what is revoked")
	}
}

func TestDeskRefuses(t *testing.T) {
	s, a := newSite(t)
	one := path + "/" + a.Reference
	officer := s.Officer(portaltest.Zeynep, store.StatusOfficer)
	for name, test := range map[string]struct {
		form url.Values
		code fault.Code
	}{
		"another word":     {form("revoke", "sozcuk", "başka bir sözcük"), refusal.WordWrong},
		"no word":          {form("suspend", "sozcuk", ""), refusal.WordWrong},
		"no act":           {form(""), refusal.StatusChoice},
		"not possible now": {form("resume"), refusal.StatusChoice},
		"no status":        {form("deliver"), refusal.StatusChoice},
		"no reason":        {form("revoke", "neden", ""), refusal.StatusChoice},
		"no words":         {form("suspend", "aciklama", " \n"), refusal.ReasonMissing},
		"too many words":   {form("suspend", "aciklama", strings.Repeat("a", 501)), refusal.ReasonMissing},
		"hidden words":     {form("suspend", "aciklama", "a\u202eb"), refusal.ReasonMissing},
		"no text":          {form("suspend", "aciklama", "\xff"), refusal.ReasonMissing},
	} {
		t.Run(name, func(t *testing.T) {
			answer := officer.Post(one, test.form)
			if answer.Code() != test.code || state(s, a) != application.Active {
				t.Errorf("%d %s, %s", answer.Status, answer.Code(), state(s, a))
			}
			if strings.Contains(answer.Body, "sözcük\"") || strings.Contains(answer.Body, word) {
				t.Error("the page shows the word")
			}
		})
	}
	for _, number := range []string{"", "1", "1000000014a"} {
		if answer := officer.Post(path, url.Values{"numara": {number}}); answer.Status != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d", number, answer.Status)
		}
	}
	for who, b := range map[string]*portaltest.Browser{
		"a reviewer": s.Officer(portaltest.Mehmet, store.Reviewer), "a person": s.Person(portaltest.Ayse),
	} {
		if answer := b.Post(one, form("revoke")); answer.Status != http.StatusNotFound || state(s, a) != application.Active {
			t.Errorf("%s: %d", who, answer.Status)
		}
	}
	portaltest.Refused(t, s.Officer(portaltest.Ayse, store.StatusOfficer).Post(one, form("revoke")), http.StatusForbidden, refusal.OwnApplication)
	portaltest.Refused(t, officer.Get(path+"/none"), http.StatusNotFound, refusal.NotFound)
}

// TestDeskTries: five wrong words in an hour, of whichever officers.
func TestDeskTries(t *testing.T) {
	s, a := newSite(t)
	one := path + "/" + a.Reference
	officers := []*portaltest.Browser{s.Officer(portaltest.Zeynep, store.StatusOfficer), s.Officer(portaltest.Mehmet, store.StatusOfficer)}
	for i := range 5 {
		portaltest.Refused(t, officers[i%2].Post(one, form("suspend", "sozcuk", "yanlış sözcük")), http.StatusForbidden, refusal.WordWrong)
	}
	portaltest.Refused(t, officers[0].Post(one, form("suspend")), http.StatusTooManyRequests, refusal.WordWait)
	if state(s, a) != application.Active {
		t.Error("suspended")
	}
}
