package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// reads has the journal shown, and waits for the part that comes.
func reads(page *Page, search string) {
	page.unfold()
	Eval[bool](page, `(document.getElementById("journal-search").value = "", true)`)
	if search != "" {
		page.Type("#journal-search", search)
	}
	page.Click(action("journal"))
	page.WaitFor(`document.activeElement.id === "journal-parts"`)
}

// tests has the card tried n times, and each time comes back to the overview.
func tests(w *World, page *Page, n int) {
	for range n {
		page.Click(action("test"))
		page.Wait("#pin")
		page.Type("#pin", w.Card.PIN)
		page.Click(action("sign"))
		page.Wait(`#done[data-done="tested"]`)
	}
}

// mistypes has a wrong PIN typed for a self-test, and leaves the question.
func mistypes(page *Page) {
	page.Click(action("test"))
	page.Wait("#pin")
	page.Type("#pin", "999999")
	page.Click(action("sign"))
	page.Wait(`#problem[data-code="pin_incorrect"]`)
	page.Click(action("back"))
}

// entries are the texts of the acts on the screen.
func entries(page *Page) []string {
	return Eval[[]string](page, `[...document.querySelectorAll(".entry")].map((e) => e.innerText)`)
}

// TestManageJournal is what a person sees of what was done on this machine: the newest first, part by part, searched,
// and whether somebody has changed it.
func TestManageJournal(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	j := NewJourney(w, nil)
	portal := j.LoggedIn(Ayse)
	j.All(portal, Give)
	page := w.Browser.ExtensionPage("manage.html")
	page.Wait(".certificate")
	mistypes(page)
	tests(w, page, 20)

	reads(page, "")
	page.Wait(`#journal[data-state="whole"]`)
	first := entries(page)
	if len(first) != 20 || !strings.Contains(first[0], "Kart çalışıyor.") || !strings.Contains(page.Text("#journal-state"), "Kayıt sayısı: 22.") {
		t.Errorf("%d entries, %q", len(first), page.Text("#journal-state"))
	}
	page.Click(action("older"))
	page.Wait(action("newest"))
	rest := entries(page)
	if len(rest) != 2 || !strings.Contains(rest[0], "PIN yanlış") {
		t.Fatalf("older: %q", rest)
	}
	serial := page.Text(".certificate dd:nth-of-type(5)")
	for _, want := range []string{"İmza\n", "İmzalandı.", w.Portal.URL, ".txt", serial} {
		if !strings.Contains(rest[1], want) {
			t.Errorf("no %q in %q", want, rest[1])
		}
	}
	page.Click(action("newest"))
	page.Wait(`#journal:not(:has(` + action("newest") + `))`)

	reads(page, strings.ToUpper(strings.TrimPrefix(w.Portal.URL, "http://")))
	if found := entries(page); len(found) != 1 || !strings.Contains(found[0], "İmzalandı.") {
		t.Errorf("found %q", found)
	}
	reads(page, "yok böyle bir şey")
	page.Wait("#journal-none")
	saves(t, page)
	falsifies(t, w)
	reads(page, "")
	page.Wait(`#journal[data-state="broken"] #journal-state.stop`)
	tests(w, page, 1)
	reads(page, "")
	page.Wait(`#journal[data-state="whole"] #journal-aside`)
}

// saves has the whole journal saved, whatever was searched for.
func saves(t *testing.T, page *Page) {
	Eval[bool](page, `(window.journal = new Promise((done) => {
		const create = URL.createObjectURL;
		URL.createObjectURL = (b) => (b.text().then((text) => done(b.type + "\n" + text)), create.call(URL, b));
	}), true)`)
	page.Click(action("save-journal"))
	lines := strings.Split(strings.TrimSpace(Eval[string](page, `window.journal`)), "\n")
	if len(lines) != 24 || lines[0] != "application/jsonl" || !strings.Contains(lines[1], `"state":"whole"`) || !strings.Contains(lines[23], `"kind":"sign"`) {
		t.Errorf("%d lines: %q", len(lines), lines)
	}
	page.Wait("#journal-saved")
}

// falsifies changes an entry, as somebody might who has got at the file.
func falsifies(t *testing.T, w *World) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(w.Dir, ".config", "e-onay", "machines", "*", "journal", "*.jsonl"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q: %v", files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[0], bytes.Replace(data, []byte("pin_incorrect"), []byte("done"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestManageJournalInspected checks the journal's views as TestAccessibility does.
func TestManageJournalInspected(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	j := NewJourney(w, nil)
	j.All(j.LoggedIn(Ayse), Give)
	page := w.Browser.ExtensionPage("manage.html")
	check := inspector(t, page)
	page.Wait(".certificate")
	mistypes(page)
	tests(w, page, 1)
	reads(page, "")
	page.Wait(`#journal[data-state="whole"]`)
	check("journal")
	reads(page, "yok böyle bir şey")
	page.Wait("#journal-none")
	check("journal-none")
	falsifies(t, w)
	reads(page, "")
	page.Wait(`#journal[data-state="broken"]`)
	check("journal-broken")
}
