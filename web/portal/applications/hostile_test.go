package applications_test

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/portaltest"
)

// Whatever stands in whichever field, it is refused at that field or shown as it is, and never kept in a form that a page, a letter
// or the authority could not show.
func TestHostileFields(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	for _, kind := range []application.Kind{application.NES, application.Seal} {
		p := applying(t, s, portaltest.Ayse, kind)
		names := []string{"word", "replaces"}
		for _, f := range kind.Fields() {
			names = append(names, f.Name)
		}
		for _, value := range []string{
			"a\u202eb", "a\x00b", "a\x1bb", "\xff\xfe", "\u2066a", "a\u200bb", strings.Repeat("ş", 65), `"><script>alert(1)</script>`, "{{.}}",
		} {
			typed := map[string]string{}
			for _, name := range names {
				typed[name] = value
			}
			a := p.Post(p.path+"/form", p.fields("devam", typed))
			if a.Status != http.StatusUnprocessableEntity || strings.Contains(a.Body, "<script>alert") {
				t.Errorf("%s %.20q: %d %s", kind, value, a.Status, a.Code())
			}
			portaltest.CheckPage(t, value, a, "tr")
			for name, kept := range p.kept().Form {
				if strings.ContainsAny(kept, "\u202e\x00\x1b\u2066\u200b") || !utf8.ValidString(kept) || utf8.RuneCountInString(kept) > 200 {
					t.Errorf("%s keeps %.40q", name, kept)
				}
			}
		}
		for _, name := range names {
			form := p.fields("kaydet", nil)
			form[name] = []string{"birinci", "ikinci"}
			portaltest.Refused(t, p.Post(p.path+"/form", form), http.StatusBadRequest, fault.RequestInvalid)
			form = p.fields("kaydet", map[string]string{name: strings.Repeat("a", 1<<20)})
			portaltest.Refused(t, p.Post(p.path+"/form", form), http.StatusRequestEntityTooLarge, fault.RequestTooLarge)
		}
		form := p.fields("kaydet", map[string]string{"citizen_number": "10000000146", "state": "active", "fee": "0"})
		p.Post(p.path+"/form", form)
		for _, name := range []string{"citizen_number", "state", "fee", "word", "islem", "surum"} {
			if _, there := p.kept().Form[name]; there {
				t.Errorf("the form keeps %s", name)
			}
		}
	}
}

// Every page of an application is well formed, in both languages and in each state that a person sees, and is not kept by browsers.
func TestPages(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	p := applying(t, s, portaltest.Ayse, application.NES)
	visit := func() {
		t.Helper()
		for _, language := range []string{"tr", "en"} {
			p.Cookies["dil"] = language
			for _, at := range []string{"/basvurular", "/basvurular/yeni", p.path, p.path + "/form", p.path + "/form?denetle", p.path + "/form?kayit", p.path + "/ozet", p.path + "/makbuz", p.path + "/kagit", p.path + "/iptal"} {
				a := p.Get(at)
				if a.Status == http.StatusOK {
					portaltest.CheckPage(t, language+" "+at, a, language)
				}
				if strings.Contains(a.Body, "application.") && !strings.Contains(a.Body, "/static/application.js") || strings.Contains(a.Body, ">form.") {
					t.Errorf("%s %s lacks a sentence", language, at)
				}
				if got := a.Header.Get("Cache-Control"); got != "no-store" {
					t.Errorf("%s: Cache-Control is %q", at, got)
				}
			}
		}
	}
	visit()
	p.submitted()
	visit()
	active(t, renewed(t, p), s.Clock.Now().AddDate(3, 0, 0))
	visit()
	p.press(application.Cancel)
	visit()
}

// renewed takes the application back, so that it can be submitted once more.
func renewed(t *testing.T, p *person) *person {
	t.Helper()
	if a := p.press(application.Return); a.Status != http.StatusSeeOther {
		t.Fatal(a.Status)
	}
	return p
}
