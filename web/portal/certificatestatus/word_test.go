package certificatestatus_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

const list = public + "/sertifikalar"

// names answers the two questions, and returns the answer to the second.
func names(b *portaltest.Browser, number, securityWord string) portaltest.Answer {
	b.T.Helper()
	portaltest.CheckPage(b.T, public, b.Get(public), "tr")
	if a := b.Post(public, url.Values{"numara": {number}}); a.Location() != public+"/sozcuk" {
		b.T.Fatalf("the number: %d %s", a.Status, a.Location())
	}
	portaltest.CheckPage(b.T, public+"/sozcuk", b.Get(public+"/sozcuk"), "tr")
	return b.Post(public+"/sozcuk", url.Values{"sozcuk": {securityWord}})
}

// TestByWord: whoever has lost their card suspends and revokes by number and word, and cannot resume.
func TestByWord(t *testing.T) {
	s, authority := newSite(t)
	a := certificate(s, application.Active, "0abc", word)
	other := certificate(s, application.Active, "0def", "başka bir sözcük")
	b := s.Anybody()
	if answer := names(b, "100 000 001 46", "  MAVİ   KAPI "); answer.Location() != list {
		t.Fatalf("%d %s", answer.Status, answer.Code())
	}
	lists(b, list, "active", "suspend", "revoke") // and not the one with another word
	portaltest.Refused(t, b.Post(list+"/"+other.Reference+"/iptal", url.Values{"neden": {"lost"}}), http.StatusNotFound, refusal.NotFound)
	does(b, list, a, "askiya-al", "")
	published(s, 1)
	lists(b, list, "suspended", "yes", "revoke")
	if answer := b.Post(list+"/"+a.Reference+"/aski-kaldir", nil); answer.Location() != list {
		t.Errorf("resume: %d", answer.Status)
	}
	lists(b, list, "suspended", "yes", "revoke")
	does(b, list, a, "iptal", "lost")
	published(s, 2)
	lists(b, list, "revoked", "yes")
	if history, err := s.Store.ApplicationHistory(t.Context(), a.Reference); err != nil || history[1].Basis != "word" || history[2].Basis != "word/lost" {
		t.Errorf("%+v, %v", history, err)
	}
	if len(authority.asked) != 2 {
		t.Errorf("the authority was asked %q", authority.asked)
	}
	if answer := b.Post(public+"/bitir", nil); answer.Location() != "/" {
		t.Errorf("%d", answer.Status)
	}
	if answer := b.Get(list); answer.Location() != public {
		t.Errorf("after the end: %d", answer.Status)
	}
}

// TestWordOfWhatIsLeft: the word of a certificate that can be neither suspended nor revoked opens nothing; a card that is still with the
// courier can be revoked.
func TestWordOfWhatIsLeft(t *testing.T) {
	s, _ := newSite(t)
	certificate(s, application.Revoked, "01", "eski sözcük")
	certificate(s, application.Expired, "02", "daha eski sözcük")
	for _, old := range []string{"eski sözcük", "daha eski sözcük"} {
		portaltest.Refused(t, names(s.Anybody(), portaltest.Ayse, old), http.StatusForbidden, refusal.WordWrong)
	}
	certificate(s, application.WithCourier, "03", word)
	b := s.Anybody()
	names(b, portaltest.Ayse, word)
	lists(b, list, "with_courier", "revoke")
	s.Clock.Pass(16 * time.Minute)
	if answer := b.Get(list); answer.Location() != public {
		t.Errorf("what a browser has kept is good for ever: %d", answer.Status)
	}
}

// TestWordTellsNothing: the answer is the same whether the person exists, has certificates, or has another word.
func TestWordTellsNothing(t *testing.T) {
	s, _ := newSite(t)
	certificate(s, application.Active, "0abc", word)
	var bodies []string
	for _, number := range []string{portaltest.Ayse, portaltest.Mehmet, "99999999999"} {
		a := names(s.Anybody(), number, "yanlış sözcük")
		portaltest.Refused(t, a, http.StatusForbidden, refusal.WordWrong)
		_, body, _ := strings.Cut(a.Body, "<main")
		bodies = append(bodies, body)
	}
	if bodies[0] != bodies[1] || bodies[0] != bodies[2] {
		t.Errorf("the pages differ:\n%s\n%s\n%s", bodies[0], bodies[1], bodies[2])
	}
	for _, typed := range []string{"", "1000000014", "1000000014x", strings.Repeat("1", 4000)} {
		if a := s.Anybody().Post(public, url.Values{"numara": {typed}}); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("%.20q: %d", typed, a.Status)
		}
	}
}

// TestFewTries: after five wrong words in an hour the right one is refused too; those that were right do not count.
func TestFewTries(t *testing.T) {
	s, _ := newSite(t)
	certificate(s, application.Active, "0abc", word)
	b := s.Anybody()
	for range 5 {
		portaltest.Refused(t, names(b, portaltest.Ayse, "yanlış sözcük"), http.StatusForbidden, refusal.WordWrong)
	}
	portaltest.Refused(t, names(s.Anybody(), portaltest.Ayse, word), http.StatusTooManyRequests, refusal.WordWait)
	s.Clock.Pass(time.Hour)
	if a := names(s.Anybody(), portaltest.Ayse, word); a.Location() != list {
		t.Fatalf("after an hour: %d %s", a.Status, a.Code())
	}
}

// TestKeptInTheBrowser: what the browser keeps can be neither read nor made.
func TestKeptInTheBrowser(t *testing.T) {
	s, _ := newSite(t)
	certificate(s, application.Active, "0abc", word)
	b := s.Anybody()
	names(b, portaltest.Ayse, word)
	kept := b.Cookies["durum"]
	if kept == "" || strings.Contains(kept, portaltest.Ayse) {
		t.Fatalf("the browser keeps %q", kept)
	}
	for _, forged := range []string{"", "x", kept[:len(kept)-2], "A" + kept[1:]} {
		b.Cookies["durum"] = forged
		if a := b.Get(list); a.Location() != public {
			t.Errorf("%.10q: %d", forged, a.Status)
		}
	}
	b.Cookies["durum"] = kept
	lists(b, list, "active", "suspend", "revoke")
}
