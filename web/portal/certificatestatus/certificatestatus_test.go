package certificatestatus_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

const (
	own    = "/nes/iptal-askiya-alma"
	public = "/iptal-askiya-alma"
)

// authority does what it is asked, and remembers it. Its answers wait while it is away.
type authority struct {
	mu    sync.Mutex
	away  bool
	asked []string
	keys  []string
}

func (a *authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var body struct{ Serial, Status, Reason, Key string }
	if a.away || json.NewDecoder(r.Body).Decode(&body) != nil || r.Header.Get("Authorization") != "Bearer token" {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	a.asked, a.keys = append(a.asked, body.Status+" "+body.Reason), append(a.keys, body.Key)
	fmt.Fprintf(w, `{"serial":"00%s","status":%q}`, strings.ToUpper(body.Serial), body.Status)
}

func (a *authority) setAway(away bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.away = away
}

// newSite is a portal that tells an authority.
func newSite(t *testing.T, changes ...func(*portal.StatusSettings)) (*portaltest.Site, *authority) {
	t.Helper()
	a := new(authority)
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	settings := &portal.StatusSettings{
		URL: server.URL, TokenFile: portaltest.WriteFile(t, filepath.Join(t.TempDir(), "token"), "token\n"), HolderMayResume: true,
	}
	for _, change := range changes {
		change(settings)
	}
	return portaltest.NewSite(t, func(s *portal.Settings) { s.CertificateStatus = settings }), a
}

const word = "mavi kapı"

// certificate is Ayşe's, in a state, with the security word.
func certificate(s *portaltest.Site, state application.State, serial, securityWord string) application.Application {
	s.T.Helper()
	return s.ApplicationIn(state, func(a *application.Application) {
		a.SecurityWord = application.HashWord(securityWord)
		a.Certificate = application.Certificate{Serial: serial, NotBefore: s.Clock.Now().AddDate(-1, 0, 0), NotAfter: s.Clock.Now().AddDate(2, 0, 0)}
	})
}

var shown = regexp.MustCompile(`data-(?:state|published|act)="([^"]*)"`)

// lists checks what the page says of the certificates and offers for them, in its order.
func lists(b *portaltest.Browser, page string, want ...string) {
	b.T.Helper()
	a := b.Get(page)
	if a.Status != http.StatusOK {
		b.T.Fatalf("%s: %d %s", page, a.Status, a.Location())
	}
	var got []string
	for _, m := range shown.FindAllStringSubmatch(a.Body, -1) {
		got = append(got, m[1])
	}
	if !slices.Equal(got, want) {
		b.T.Errorf("%s has %q, want %q", page, got, want)
	}
	portaltest.CheckPage(b.T, page, a, "tr")
}

// does presses for an act on its page, as a person does who has read it.
func does(b *portaltest.Browser, list string, a application.Application, act, reason string) portaltest.Answer {
	b.T.Helper()
	at := list + "/" + a.Reference + "/" + act
	page := b.Get(at)
	if page.Status != http.StatusOK {
		b.T.Fatalf("%s: %d %s", at, page.Status, page.Location())
	}
	portaltest.CheckPage(b.T, at, page, "tr")
	return b.Post(at, url.Values{"neden": {reason}})
}

func TestSuspendResumeRevoke(t *testing.T) {
	s, authority := newSite(t)
	a, b := certificate(s, application.Active, "0abc", word), s.Person(portaltest.Ayse)
	lists(b, own, "active", "suspend", "revoke")
	if answer := does(b, own, a, "askiya-al", ""); answer.Location() != own {
		t.Fatalf("suspend: %d %s", answer.Status, answer.Code())
	}
	s.Log.Await(t, `"msg":"status published"`, 1)
	lists(b, own, "suspended", "yes", "resume", "revoke")
	does(b, own, a, "aski-kaldir", "")
	s.Log.Await(t, `"msg":"status published"`, 2)
	lists(b, own, "active", "yes", "suspend", "revoke")
	for _, reason := range []string{"", "bored"} {
		portaltest.Refused(t, does(b, own, a, "iptal", reason), http.StatusUnprocessableEntity, refusal.StatusChoice)
	}
	does(b, own, a, "iptal", "stolen")
	s.Log.Await(t, `"msg":"status published"`, 3)
	lists(b, own, "revoked", "yes")
	if answer := b.Post(own+"/"+a.Reference+"/aski-kaldir", nil); answer.Location() != own {
		t.Errorf("resume what is revoked: %d", answer.Status)
	}
	if want := []string{"suspended certificateHold", "active removeFromCRL", "revoked keyCompromise"}; !slices.Equal(authority.asked, want) {
		t.Errorf("the authority was asked %q, want %q", authority.asked, want)
	}
	history, err := s.Store.ApplicationHistory(t.Context(), a.Reference)
	if err != nil || len(history) != 4 || history[3].Basis != "login/stolen" || history[3].Who != portaltest.Ayse {
		t.Errorf("%+v, %v", history, err)
	}
	if page := b.Get("/basvurular/" + a.Reference); !strings.Contains(page.Body, "Kartım çalındı") {
		t.Errorf("the application's history does not say why")
	}
}

// TestOfAnother: nobody sees or changes another's certificate, with or without a login, and not one that does not exist.
func TestOfAnother(t *testing.T) {
	s, _ := newSite(t)
	a := certificate(s, application.Active, "0abc", word)
	draft := s.ApplicationIn(application.Draft, nil)
	b := s.Person(portaltest.Mehmet)
	lists(b, own)
	for _, reference := range []string{a.Reference, draft.Reference, "none"} {
		for _, act := range []string{"askiya-al", "iptal", "yok"} {
			at := own + "/" + reference + "/" + act
			portaltest.Refused(t, b.Get(at), http.StatusNotFound, refusal.NotFound)
			portaltest.Refused(t, b.Post(at, url.Values{"neden": {"lost"}}), http.StatusNotFound, refusal.NotFound)
			at = public + "/sertifikalar/" + reference + "/" + act
			if answer := s.Anybody().Post(at, url.Values{"neden": {"lost"}}); answer.Location() != public {
				t.Errorf("without a word: %d %s", answer.Status, answer.Location())
			}
		}
	}
	if now, err := s.Store.Application(t.Context(), a.Reference); err != nil || now.State != application.Active {
		t.Errorf("%s, %v", now.State, err)
	}
}

// TestWhoMayResume: a person lifts only their own suspension, and only where the institution says so.
func TestWhoMayResume(t *testing.T) {
	s, _ := newSite(t)
	a, b := certificate(s, application.Active, "0abc", word), s.Person(portaltest.Ayse)
	next, c, err := a.Apply(application.Change{Event: application.Suspend, By: application.Authority, Who: portaltest.Zeynep, At: s.Clock.Now(), Basis: "telephone"}, application.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Store.ChangeApplication(t.Context(), next, c); err != nil {
		t.Fatal(err)
	}
	lists(b, own, "suspended", "no", "revoke")
	if answer := b.Post(own+"/"+a.Reference+"/aski-kaldir", nil); answer.Location() != own {
		t.Errorf("%d", answer.Status)
	}
	if now, err := s.Store.Application(t.Context(), a.Reference); err != nil || now.State != application.Suspended {
		t.Errorf("%s, %v", now.State, err)
	}
	s, _ = newSite(t, func(o *portal.StatusSettings) { o.HolderMayResume = false })
	a, b = certificate(s, application.Active, "0abc", word), s.Person(portaltest.Ayse)
	does(b, own, a, "askiya-al", "")
	s.Log.Await(t, `"msg":"status published"`, 1)
	lists(b, own, "suspended", "yes", "revoke")
}

// TestFreshLogin: in an old session a person can suspend, and must log in anew for the rest; a session by card counts as old.
func TestFreshLogin(t *testing.T) {
	s, _ := newSite(t)
	a, b := certificate(s, application.Active, "0abc", word), s.Person(portaltest.Ayse)
	s.Clock.Pass(6 * time.Minute)
	at := own + "/" + a.Reference
	if page := b.Get(at + "/iptal"); !strings.Contains(page.Body, "Yeniden giriş yap") || strings.Contains(page.Body, `name="neden"`) {
		t.Error("the page of the revocation does not ask for a login")
	}
	if answer := b.Post(at+"/iptal", url.Values{"neden": {"lost"}}); answer.Status != http.StatusServiceUnavailable { // there is no gateway here
		t.Errorf("revoked with an old login: %d %s", answer.Status, answer.Location())
	}
	if answer := does(b, own, a, "askiya-al", ""); answer.Location() != own {
		t.Errorf("suspend: %d", answer.Status)
	}
	if page := b.Get(at + "/aski-kaldir"); !strings.Contains(page.Body, "Yeniden giriş yap") {
		t.Error("the page of the resumption does not ask for a login")
	}
	b.Renew(portaltest.Ayse)
	if answer := does(b, own, a, "iptal", "lost"); answer.Location() != own {
		t.Errorf("revoke: %d", answer.Status)
	}
	lists(b, own, "revoked", published(s, 2))
	if page := s.Officer(portaltest.Ayse).Get(at + "/iptal"); page.Location() != own {
		t.Errorf("%d", page.Status)
	}

	s, _ = newSite(t, func(o *portal.StatusSettings) { o.WithoutFreshLogin = true })
	a, b = certificate(s, application.Active, "0abc", word), s.Person(portaltest.Ayse)
	s.Clock.Pass(6 * time.Minute)
	if answer := does(b, own, a, "iptal", "lost"); answer.Location() != own {
		t.Errorf("where the setting says so: %d", answer.Status)
	}
}

// published waits until the authority has answered so many times.
func published(s *portaltest.Site, n int) string {
	s.T.Helper()
	s.Log.Await(s.T, `"msg":"status published"`, n)
	return "yes"
}

// TestCardSessionsEnd: whoever has the card, its PIN and a session loses the session; the person who asks keeps theirs.
func TestCardSessionsEnd(t *testing.T) {
	s, _ := newSite(t)
	a, b := certificate(s, application.Active, "0abc", word), s.Person(portaltest.Ayse)
	thief, gateway := s.Officer(portaltest.Ayse), s.Person(portaltest.Ayse)
	does(b, own, a, "askiya-al", "")
	if answer := thief.Get(own); answer.Status == http.StatusOK {
		t.Error("a session that began with the card goes on")
	}
	for _, one := range []*portaltest.Browser{b, gateway} {
		if answer := one.Get(own); answer.Status != http.StatusOK {
			t.Errorf("a session that began at the gateway has ended: %d", answer.Status)
		}
	}
}

// TestAuthorityAway: what is asked counts here at once, and is published when the authority is back after a day; asked twice and at
// once, it happens once.
func TestAuthorityAway(t *testing.T) {
	s, authority := newSite(t)
	authority.setAway(true)
	a, b := certificate(s, application.Active, "0abc", word), s.Person(portaltest.Ayse)
	var group sync.WaitGroup
	for _, one := range []*portaltest.Browser{b, b.Another()} {
		group.Go(func() { one.Post(own+"/"+a.Reference+"/askiya-al", nil) })
	}
	group.Wait()
	lists(b, own, "suspended", "no", "resume", "revoke")
	history, err := s.Store.ApplicationHistory(t.Context(), a.Reference)
	if err != nil || len(history) != 2 {
		t.Fatalf("%+v, %v", history, err)
	}
	s.Log.Await(t, `"msg":"job failed"`, 1)
	authority.setAway(false)
	s.Clock.Pass(24 * time.Hour)
	published(s, 1)
	b.Renew(portaltest.Ayse)
	lists(b, own, "suspended", "yes", "resume", "revoke")
	if want := []string{"status/" + a.Reference + "/2"}; !slices.Equal(authority.keys, want) {
		t.Errorf("asked with %q, want %q", authority.keys, want)
	}
}

// TestNothingWithoutAuthority: a portal that tells nobody offers nothing.
func TestNothingWithoutAuthority(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	b := s.Person(portaltest.Ayse)
	for _, path := range []string{own, public} {
		portaltest.Refused(t, b.Get(path), http.StatusNotFound, refusal.NotFound)
	}
	for _, path := range []string{"/", "/nes"} {
		if strings.Contains(b.Get(path).Body, "iptal-askiya-alma") {
			t.Errorf("%s leads there", path)
		}
	}
	s, _ = newSite(t)
	for path, to := range map[string]string{"/": public, "/nes": own} {
		if !strings.Contains(s.Person(portaltest.Ayse).Get(path).Body, `href="`+to+`"`) {
			t.Errorf("%s does not lead there", path)
		}
	}
}
