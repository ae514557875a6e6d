package home_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/portaltest"
)

// TestAnnouncements shows the example of the operator's page, and words that a page could take for its own.
func TestAnnouncements(t *testing.T) {
	manual, err := os.ReadFile("../../../docs/operation/public.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, found := strings.Cut(string(manual), "<!-- announcements.json -->\n```json\n")
	if !found {
		t.Fatal("docs/operation/public.md has no announcements.json")
	}
	example, _, _ = strings.Cut(example, "```")
	path := portaltest.WriteFile(t, filepath.Join(t.TempDir(), "duyurular.json"), example)
	s := portaltest.NewSite(t, func(o *portal.Settings) { o.Announcements = path })
	b := s.Anybody()
	if a := b.Get("/"); strings.Contains(a.Body, "data-announcement") {
		t.Error("it is shown before its time")
	}
	s.Clock.Pass(8 * 24 * time.Hour) // to the first of December
	for language, words := range map[string]string{"tr": "kapalı olacak", "en": "will be closed"} {
		b.Cookies["dil"] = language
		a := b.Get("/")
		portaltest.CheckPage(t, language, a, language)
		if !strings.Contains(a.Body, words) || !strings.Contains(a.Body, `class="notice stack look"`) {
			t.Errorf("%s: the page does not announce it", language)
		}
	}
	b.Cookies["dil"] = "en"
	portaltest.WriteFile(t, path, strings.ReplaceAll(example, "Maintenance", "<script>alert(1)</script>"))
	if a := b.Get("/"); strings.Contains(a.Body, "<script>alert") || !strings.Contains(a.Body, "&lt;script&gt;alert") {
		t.Error("an announcement is markup")
	}
	s.Clock.Pass(5 * 24 * time.Hour)
	if a := b.Get("/"); strings.Contains(a.Body, "data-announcement") {
		t.Error("it is shown after its time")
	}
}

// TestMenuListsWhatStands follows every line of the menu, with and without İmza Doğrulama.
func TestMenuListsWhatStands(t *testing.T) {
	for name, change := range map[string]func(*portal.Settings){
		"all": nil, "no signature check": func(s *portal.Settings) { s.SignatureCheck.Off = true },
	} {
		t.Run(name, func(t *testing.T) {
			b := portaltest.NewSite(t, change).Anybody()
			found := 0
			for _, part := range strings.Split(b.Get("/").Body, ` href="/`)[1:] {
				path, _, _ := strings.Cut(part, `"`)
				if a := b.Get("/" + path); a.Status >= 400 {
					t.Errorf("/%s: %d", path, a.Status)
				}
				found++
			}
			if found < 8 {
				t.Errorf("only %d links found", found)
			}
		})
	}
}
