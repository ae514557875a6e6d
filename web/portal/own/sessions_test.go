package own_test

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

const list = "/oturumlarim"

var endForm = regexp.MustCompile(`action="(/oturumlarim/[0-9a-f]{32}/sonlandir)"`)

// ends returns the addresses at which a page's other sessions are ended.
func ends(page portaltest.Answer) (paths []string) {
	for _, m := range endForm.FindAllStringSubmatch(page.Body, -1) {
		paths = append(paths, m[1])
	}
	return paths
}

func isLoggedIn(b *portaltest.Browser) bool { return b.Get("/nes").Status == http.StatusOK }

// wantLoggedIn checks which of several browsers are logged in.
func wantLoggedIn(t *testing.T, want []bool, browsers ...*portaltest.Browser) {
	t.Helper()
	for i, b := range browsers {
		if isLoggedIn(b) != want[i] {
			t.Errorf("browser %d is logged in: %v, want %v", i, !want[i], want[i])
		}
	}
}

// TestSessions ends one of three sessions, then all others, then all.
func TestSessions(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	first := s.Person(portaltest.Ayse)
	s.Clock.Pass(time.Minute)
	second, third, another := s.Person(portaltest.Ayse), s.Person(portaltest.Ayse), s.Person(portaltest.Mehmet)
	page := first.Get(list)
	for _, language := range []string{"tr", "en"} {
		first.Cookies["dil"] = language
		portaltest.CheckPage(t, language+" "+list, first.Get(list), language)
	}
	for _, part := range []string{"23 Kasım 2026, 12:00", "23 Kasım 2026, 12:01", `data-session="present"`} {
		if !strings.Contains(page.Body, part) {
			t.Errorf("the list lacks %q", part)
		}
	}
	paths := ends(page)
	if len(paths) != 2 {
		t.Fatalf("%d sessions can be ended, want 2:\n%s", len(paths), page.Body)
	}
	if a := first.Post(paths[0], nil); a.Location() != list+"?bitti=1" {
		t.Errorf("ended one: %d %q", a.Status, a.Location())
	}
	if a := first.Get(list + "?bitti=1"); !strings.Contains(a.Body, `id="ended"`) || len(ends(a)) != 1 {
		t.Errorf("after one was ended:\n%s", a.Body)
	}
	if isLoggedIn(second) == isLoggedIn(third) {
		t.Error("not one of two was ended")
	}
	portaltest.Refused(t, first.Post(paths[0], nil), http.StatusNotFound, refusal.NotFound) // again

	second = s.Person(portaltest.Ayse)
	if a := first.Post(list+"/sonlandir", nil); a.Location() != list+"?bitti=1" {
		t.Errorf("ended all others: %d %q", a.Status, a.Location())
	}
	wantLoggedIn(t, []bool{true, false, false, true}, first, second, third, another)
	if page := first.Get(list); !strings.Contains(page.Body, `id="no-others"`) || strings.Contains(page.Body, `id="end-all"`) {
		t.Errorf("nothing is left to be ended, and the page says:\n%s", page.Body)
	}

	second = s.Person(portaltest.Ayse)
	copied := first.Another()
	if a := first.Post(list+"/sonlandir", url.Values{"bu": {"evet"}}); a.Location() != "/" || first.Cookies["oturum"] != "" {
		t.Errorf("ended all: %d %q, cookie %q", a.Status, a.Location(), first.Cookies["oturum"])
	}
	wantLoggedIn(t, []bool{false, false, true}, copied, second, another)
	if !strings.Contains(s.Log.String(), `"msg":"a person ended all other sessions of theirs"`) {
		t.Error("the log does not say that sessions were ended")
	}
}

// TestSessionHandles tries handles of other people and of other sessions, and looks for IDs in the page.
func TestSessionHandles(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	ayse, other, mehmet := s.Person(portaltest.Ayse), s.Person(portaltest.Ayse), s.Person(portaltest.Mehmet)
	for _, b := range []*portaltest.Browser{mehmet, s.Person(portaltest.Mehmet)} {
		for _, path := range append(ends(ayse.Get(list)), ends(other.Get(list))...) {
			portaltest.Refused(t, b.Post(path, nil), http.StatusNotFound, refusal.NotFound)
		}
	}
	of := ends(ayse.Get(list))
	if len(of) != 1 {
		t.Fatalf("%d sessions can be ended", len(of))
	}
	if seen := ends(other.Get(list)); len(seen) != 1 || seen[0] == of[0] {
		t.Errorf("two sessions see handles %v and %v", of, seen)
	}
	third := s.Person(portaltest.Ayse)
	for _, path := range ends(third.Get(list)) {
		if path == of[0] {
			t.Error("two sessions see one handle for a third")
		}
	}
	portaltest.Refused(t, other.Post(of[0], nil), http.StatusNotFound, refusal.NotFound) // it is of ayse's page
	sessions, err := s.Store.SessionsOf(t.Context(), portaltest.Ayse, s.Clock.Now(), time.Hour)
	if err != nil || len(sessions) != 3 {
		t.Fatal(sessions, err)
	}
	for _, one := range sessions {
		id := hex.EncodeToString(one.ID[:])
		if strings.Contains(ayse.Get(list).Body, id[:32]) {
			t.Error("the page shows the ID of a session")
		}
		portaltest.Refused(t, ayse.Post(list+"/"+id+"/sonlandir", nil), http.StatusNotFound, refusal.NotFound)
		portaltest.Refused(t, ayse.Post(list+"/"+id[:32]+"/sonlandir", nil), http.StatusNotFound, refusal.NotFound)
	}
	wantLoggedIn(t, []bool{true, true, true, true}, ayse, other, third, mehmet)
}

// TestSessionSaysItsBrowser logs in at the gateway with a browser that says more of itself than a page should show.
func TestSessionSaysItsBrowser(t *testing.T) {
	o := portaltest.NewOutside(t)
	s := o.Site()
	const words = `Mozilla/5.0 (X11; Linux x86_64; rv:154.0) Gecko/20100101 Firefox/154.0 <b>GizliSözcük</b>`
	for i, of := range []string{words, strings.Repeat("x", 4000), ""} {
		b := s.Anybody()
		b.Header = http.Header{"User-Agent": {of}}
		if a := b.LogIn(url.Values{"person": {"p1"}, "action": {"login"}}); a.Location() != "/" {
			t.Fatalf("login: %d %q", a.Status, a.Code())
		}
		s.Clock.Pass(time.Second)
		page, want := b.Get(list), []string{"Firefox, Linux", "Bilinmeyen tarayıcı, bilinmeyen sistem", "Bilinmeyen tarayıcı, bilinmeyen sistem"}[i]
		if !strings.Contains(page.Body, want) || strings.Contains(page.Body, "GizliSözcük") {
			t.Errorf("of %.20q the page shows\n%s", of, page.Body)
		}
	}
	if sessions, err := s.Store.SessionsOf(t.Context(), portaltest.Ayse, s.Clock.Now(), time.Hour); err != nil || len(sessions) != 3 || sessions[2].Device != "firefox/linux" {
		t.Errorf("kept: %+v, %v", sessions, err)
	}
}
