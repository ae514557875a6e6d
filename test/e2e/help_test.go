package e2e

import "testing"

// TestHelpLeadsToTheCard asks Kaşif about a card that is blocked: one press leads to the extension's page, which shows it, and
// the portal's page hears nothing of it.
func TestHelpLeadsToTheCard(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true})
	j := NewJourney(w, nil)
	page := j.Login(Ayse)
	page.Goto(w.Portal.URL + "/yardim")
	inspectAll(t, "help with one's own situation", page, 1280, "tr")
	page.Type("#question", "kartım kilitlendi mi")
	page.Click("#ask")
	page.Wait(`#results details[open][data-answer="pin-blocked"]`)
	if focus := Eval[string](page, `document.activeElement.id`); focus != "found" {
		t.Errorf("the focus is on %q, want what was found", focus)
	}
	before := page.Text("section[data-own] .marks")
	page.Click("#card-state")
	setup := w.Browser.attach(w.Browser.await("/manage.html#welcome", 1)[0])
	setup.Wait(`[data-step="certificate"][data-state="done"]`)
	page.Wait(`#card-state-status[data-state="opened"]`)
	if after := page.Text("section[data-own] .marks"); after != before {
		t.Errorf("the page says %q, and said %q before", after, before)
	}
	page.Click(`section[data-own] a[href="/nes/pin"]`)
	page.WaitFor(`location.pathname === "/nes/pin"`)
}
