package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
)

// makeOfficer makes a person an officer of an institution, which begins.
func (w *World) makeOfficer(institution string, who Person) {
	w.t.Helper()
	for _, arguments := range [][]string{
		{"institutions", "set", "-id", institution, "-name", "Örnek Belediyesi", "-english", "Example Municipality"},
		{"officers", "grant", "-institution", institution},
	} {
		command := exec.Command(Built(w.t, "web"), append(arguments, "-config", filepath.Join(w.Sandbox.Dir, "portal.json"))...)
		command.Stdin = strings.NewReader(who.CitizenNumber)
		if out, err := command.CombinedOutput(); err != nil {
			w.t.Fatalf("%s: %v: %s", arguments[0], err, out)
		}
	}
}

// checkOfficer has an officer, who has logged in with a card, enter people by a list that has an error, and inspects the screens. What they
// take home has no citizen number.
func (w *World) checkOfficer(page *Page, check Observer) {
	w.t.Helper()
	w.makeOfficer("belediye", Ayse)
	page.Goto(w.Portal.URL + "/kurum")
	page.Wait("#new")
	check("portal-officer-nobody", page)
	page.Click("#new")
	page.Wait("#enter")
	page.Click("#enter")
	page.Wait("#problem")
	check("portal-officer-entry-problem", page)
	page.Goto(w.Portal.URL + "/kurum/belediye/liste")
	template := page.Download("#template")
	page.chooses("#file", "liste.csv", []byte("yok\n1\n"))
	page.Click("#upload")
	page.Wait(`#problem[data-code="list_file"]`)
	check("portal-officer-lists-problem", page)
	const people = "11111111110;Mehmet Öztürk;29.02.1984;Bilgi İşlem;Uzman;mehmet@ornek.test;0532 123 45 67\r\n12345678901;;;;;;\r\n"
	page.chooses("#file", "liste.csv", append(template, people...))
	page.Click("#upload")
	page.Wait(`#list[data-state="checked"][data-good="1"][data-bad="1"]`)
	check("portal-officer-list", page)
	if report := string(page.Download("#report")); strings.Contains(report, "12345678901") || strings.Count(report, "\n") < 2 {
		w.t.Fatalf("the report is %q", report)
	}
	page.Click("#confirm")
	page.Wait(`#list:not([data-state="checked"])`)             // on the page that the press leads to
	for page.Attribute("#list", "data-state") == "confirmed" { // a job enters them
		page.Reload()
	}
	check("portal-officer-list-done", page)
	page.Goto(w.Portal.URL + "/kurum/belediye")
	page.Wait("[data-person]")
	check("portal-officer-people", page)
	if export := string(page.Download("#export")); !strings.Contains(export, Mehmet.Name) || strings.Contains(export, Mehmet.CitizenNumber) {
		w.t.Fatalf("the export is %q", export)
	}
	page.Click("[data-person]")
	page.Wait("#correct")
	check("portal-officer-one", page)
	page.Click("#cancel")
	page.Wait("#confirm-cancel")
	page.Click("#confirm-cancel")
	page.Wait(`#problem[data-code="reason_missing"]`)
	check("portal-officer-cancel-problem", page)
	page.Type("#gerekce", "Deneme")
	page.Click("#confirm-cancel")
	page.Wait(`#state[data-state="cancelled"]`)
	w.makeOfficer("hastane", Ayse)
	page.Goto(w.Portal.URL + "/kurum")
	page.Wait(`[data-institution="hastane"]`)
	check("portal-officer-institutions", page)
}
