package help_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

func ask(b *portaltest.Browser, question string) portaltest.Answer {
	return b.Post("/yardim", url.Values{"soru": {question}})
}

// TestAnybodyAsks asks without a login, in both languages.
func TestAnybodyAsks(t *testing.T) {
	b := portaltest.NewSite(t, nil).Anybody()
	for _, test := range []struct{ language, question, answer, words string }{
		{"tr", "kartim kilitlendi", "pin-blocked", "Üst üste üç yanlış PIN"},
		{"en", "my card is locked", "pin-blocked", "Three wrong PINs in a row"},
		{"en", "kartım kilitlendi", "pin-blocked", "Three wrong PINs in a row"},
	} {
		b.Cookies["dil"] = test.language
		a := ask(b, test.question)
		portaltest.CheckPage(t, test.question, a, test.language)
		_, first, _ := strings.Cut(a.Body, "<details open ")
		if !strings.HasPrefix(first, `data-answer="`+test.answer+`"`) || !strings.Contains(html.UnescapeString(first), test.words) {
			t.Errorf("%s: %q is answered with %.100q", test.language, test.question, first)
		}
		if strings.Contains(a.Body, "data-own") {
			t.Error("somebody who has not logged in has a situation")
		}
	}
	b.Cookies["dil"] = "tr"
	if a := ask(b, "hava nasıl yarın"); !strings.Contains(a.Body, "Bu sözlerle bir yanıt bulunamadı") {
		t.Error("what is not answered does not say so")
	}
	if a := ask(b, " \n"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, `aria-invalid="true"`) {
		t.Errorf("an empty question: %d", a.Status)
	}
	portaltest.Refused(t, b.Get("/yardim/yok"), http.StatusNotFound, refusal.NotFound)
	portaltest.Refused(t, ask(b, strings.Repeat("a", 9000)), http.StatusRequestEntityTooLarge, fault.RequestTooLarge)
}

// TestQuestionsAreNotKept types what does not belong there: it comes back on no page, and stands in no address and no log.
func TestQuestionsAreNotKept(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	b := s.Anybody()
	for _, number := range []string{"1234", "4821 9930", "168 857 414 351 237", "10000000146", "12-34-56"} {
		a := ask(b, "pin kodum "+number+" kilitlendi")
		if strings.Contains(a.Body, number) || !strings.Contains(a.Body, "Yazdığınız sayı kaldırıldı") {
			t.Errorf("%s comes back, or nothing is said of it", number)
		}
		if a := ask(b, number); a.Status != http.StatusUnprocessableEntity || strings.Contains(a.Body, number) {
			t.Errorf("%s alone: %d", number, a.Status)
		}
	}
	ask(b, "gizlisorum kilitlendi")
	if strings.Contains(s.Log.String(), "gizlisorum") || !strings.Contains(s.Log.String(), "/yardim") {
		t.Error("the log has the question, or no line of it")
	}
	if a := b.Get("/yardim?soru=gizlisorum"); strings.Contains(a.Body, "gizlisorum") {
		t.Error("a question is taken from an address")
	}
}

// TestQuestionIsText asks with what a page could take for its own.
func TestQuestionIsText(t *testing.T) {
	b := portaltest.NewSite(t, nil).Anybody()
	for _, question := range []string{`"><script>alert(1)</script>`, `{{.}}`, "\x00\xff\u202e kart", `' autofocus onfocus='x`} {
		a := ask(b, question)
		portaltest.CheckPage(t, question, a, "tr")
		if a.Status != http.StatusOK || strings.Contains(a.Body, "<script>") || strings.Contains(a.Body, `<input onfocus`) {
			t.Errorf("%q: %d", question, a.Status)
		}
	}
}

// TestOwnSituation reads what the portal knows of a person as it changes.
func TestOwnSituation(t *testing.T) {
	s := portaltest.NewPINSite(t, nil)
	d := s.Desk()
	says := func(parts ...string) {
		t.Helper()
		a := d.Get("/yardim")
		portaltest.CheckPage(t, "own", a, "tr")
		for _, part := range parts {
			if !strings.Contains(a.Body, part) {
				t.Errorf("the page lacks %q", part)
			}
		}
	}
	says(`data-e-onay="none"`, "vermediniz", `data-card="`+portaltest.Serial[len(portaltest.Serial)-4:]+`"`, `id="card-state"`, `href="/nes/pin"`)
	d.Done("done")
	says(`data-machines="1"`)
	act := d.ToCode()
	if a := d.Sign(act.Reference, []byte("imza")); a.Status != http.StatusOK {
		t.Fatal(a)
	}
	says(`data-e-onay="given"`, "23 Kasım 2026")
	if a := s.Person(portaltest.Mehmet).Get("/yardim"); strings.Contains(a.Body, "data-card") || !strings.Contains(a.Body, `data-e-onay="none"`) || strings.Contains(a.Body, "data-machines") {
		t.Error("another person reads it too")
	}
	s.Clock.Pass(20 * 365 * 24 * time.Hour)
	d.Renew(portaltest.Ayse)
	says("süresi", "doldu")
}

// TestAnswersLeadSomewhere follows every link of every answer.
func TestAnswersLeadSomewhere(t *testing.T) {
	for name, change := range map[string]func(*portal.Settings){
		"all": nil, "no signature check": func(s *portal.Settings) { s.SignatureCheck.Off = true },
	} {
		t.Run(name, func(t *testing.T) {
			s := portaltest.NewSite(t, change)
			person := s.Person(portaltest.Ayse)
			followed := map[string]bool{}
			for _, link := range links(person.Get("/yardim")) {
				for _, next := range links(person.Get(link)) {
					if followed[next] {
						continue
					}
					followed[next] = true
					if a := person.Get(next); a.Status >= http.StatusBadRequest {
						t.Errorf("%s leads to %s: %d", link, next, a.Status)
					}
				}
			}
			if len(followed) < 30 {
				t.Errorf("only %d links found", len(followed))
			}
		})
	}
}

func links(a portaltest.Answer) (all []string) {
	for _, part := range strings.Split(a.Body, ` href="/`)[1:] {
		path, _, _ := strings.Cut(part, `"`)
		all = append(all, "/"+path)
	}
	return all
}
