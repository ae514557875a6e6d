package bulletin_test

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/bulletin"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

const write = bulletin.Path + "/yeni"

// written is a form in which nothing is wrong; it begins now, at 12:01 in Turkey, and ends a day later.
func written(pairs ...string) url.Values {
	form := url.Values{
		"baslik_tr": {"Bakım"}, "metin_tr": {"Site <b>kapalı</b> olacak.\r\n\r\nİkinci paragraf."}, "baslik_en": {"Maintenance"}, "metin_en": {"The site will be closed."},
		"baglanti": {"https://www.example/bakim?a=1"}, "baslangic": {"2026-11-23T12:01"}, "bitis": {"2026-11-24T12:01"}, "adim": {"iste"},
	}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

func editors(t *testing.T, change func(*portal.Settings)) (s *portaltest.Site, first, second *portaltest.Browser) {
	s = portaltest.NewSite(t, change)
	first, second = s.Officer(portaltest.Zeynep, store.Editor), s.Officer(portaltest.Mehmet, store.Editor)
	s.Clock.Pass(time.Minute)
	return s, first, second
}

// announced reports whether the first page announces something, in both languages.
func announced(t *testing.T, s *portaltest.Site) bool {
	t.Helper()
	b, shown := s.Anybody(), map[bool]bool{}
	for language, words := range map[string]string{"tr": "Site &lt;b&gt;kapalı&lt;/b&gt; olacak.", "en": "The site will be closed."} {
		b.Cookies["dil"] = language
		a := b.Get("/")
		portaltest.CheckPage(t, language, a, language)
		shown[strings.Contains(a.Body, words) && strings.Contains(a.Body, `<a href="https://www.example/bakim?a=1" rel="noopener noreferrer">`)] = true
	}
	if len(shown) > 1 {
		t.Error("it is announced in one language")
	}
	return shown[true]
}

// TestAnnouncementByTwo announces something and takes it off, each once the second editor has confirmed it; in between it ends by itself.
func TestAnnouncementByTwo(t *testing.T) {
	s, first, second := editors(t, nil)
	for _, step := range []string{"onizle", "duzenle"} {
		portaltest.CheckPage(t, step, first.Post(write, written("adim", step)), "tr")
	}
	asked := s.Asked(first.Post(write, written("onemli", "evet")))
	portaltest.CheckPage(t, "decision", second.Get("/masa/onaylar/"+asked), "tr")
	if announced(t, s) {
		t.Error("it is announced before it is confirmed")
	}
	if a := second.ConfirmDecision(asked); a.Status != http.StatusSeeOther || !announced(t, s) {
		t.Fatalf("%d %q", a.Status, a.Code())
	}
	portaltest.CheckPage(t, "list", second.Get(bulletin.Path), "tr")
	second.Cookies["dil"] = "en"
	if page := second.Get(bulletin.Path).Body; strings.Contains(page, "Bakım") {
		t.Errorf("the English list has the Turkish title: %s", page)
	}
	second.Cookies["dil"] = "tr"
	m := regexp.MustCompile(`href="(/masa/duyurular/[^"]+/kaldir)"`).FindStringSubmatch(second.Get(bulletin.Path).Body)
	if m == nil {
		t.Fatal("the list does not lead to its end")
	}
	portaltest.CheckPage(t, "end", second.Get(m[1]), "tr")
	asked = s.Asked(second.Post(m[1], nil))
	portaltest.Refused(t, first.Post(m[1], nil), http.StatusConflict, refusal.DecisionOpen)
	if a := first.ConfirmDecision(asked); a.Status != http.StatusSeeOther || announced(t, s) {
		t.Errorf("it is not taken off: %d %q", a.Status, a.Code())
	}
	portaltest.Refused(t, first.Get(m[1]), http.StatusNotFound, refusal.NotFound)
}

// TestAnnouncementInItsTime has one begin later, and end; one that is confirmed after its end is not announced.
func TestAnnouncementInItsTime(t *testing.T) {
	s, first, second := editors(t, nil)
	late := s.Asked(first.Post(write, written("bitis", "2026-11-23T12:10")))
	second.ConfirmDecision(s.Asked(first.Post(write, written("baslangic", "2026-11-23T12:21", "bitis", "2026-11-23T12:25"))))
	for _, want := range []bool{false, false, true, false} { // at 12:01, 12:12, 12:23, 12:34
		if got := announced(t, s); got != want {
			t.Errorf("at %s: announced is %t", s.Clock.Now(), got)
		}
		s.Clock.Pass(11 * time.Minute)
		second.Get("/") // so that the session does not end
	}
	portaltest.Refused(t, second.ConfirmDecision(late), http.StatusConflict, refusal.DecisionOver)
}

// TestOneEditorIsEnough by the settings: it is announced at once, and on record as a decision.
func TestOneEditorIsEnough(t *testing.T) {
	s, first, _ := editors(t, func(o *portal.Settings) { o.Desk.AnnouncementsByOne = true })
	asked := s.Asked(first.Post(write, written()))
	if !announced(t, s) {
		t.Error("it is not announced")
	}
	if d, err := s.Store.Decision(t.Context(), asked); err != nil || d.End == nil || d.End.Outcome != store.Alone {
		t.Errorf("on record is %+v, %v", d.End, err)
	}
	portaltest.CheckPage(t, "decision", first.Get("/masa/onaylar/"+asked), "tr")
}

// TestAnnouncementsRefused tries what cannot be announced.
func TestAnnouncementsRefused(t *testing.T) {
	s, first, _ := editors(t, nil)
	for name, pair := range map[string][2]string{
		"one language": {"baslik_en", ""}, "a title of two lines": {"baslik_tr", "a\nb"}, "unseen": {"metin_tr", "a\u202eb"}, "too long": {"metin_en", strings.Repeat("a", 2001)},
		"a script": {"baglanti", "javascript:alert(1)"}, "plain http": {"baglanti", "http://www.example/"}, "another's name before it": {"baglanti", "https://kurum@example/"},
		"no beginning": {"baslangic", ""}, "an end before": {"bitis", "2026-11-23T12:00"}, "endless": {"bitis", "2028-11-23T12:00"}, "no UTF-8": {"metin_tr", "a\xff"},
	} {
		for _, step := range []string{"iste", "onizle"} {
			form := maps.Clone(written(pair[0], pair[1]))
			form.Set("adim", step)
			a := first.Post(write, form)
			portaltest.Refused(t, a, http.StatusUnprocessableEntity, refusal.DeskForm)
			portaltest.CheckPage(t, name, a, "tr")
			if strings.Count(a.Body, `aria-invalid="true"`) != 1 {
				t.Errorf("%s: not the one field is marked", name)
			}
		}
	}
	for _, b := range []*portaltest.Browser{s.Officer("00000000003", store.Reviewer, store.Administrator), s.Person(portaltest.Ayse)} {
		portaltest.Refused(t, b.Post(write, written()), http.StatusNotFound, refusal.NotFound)
		portaltest.Refused(t, b.Get(bulletin.Path), http.StatusNotFound, refusal.NotFound)
	}
	if announced(t, s) {
		t.Error("something was announced")
	}
}
