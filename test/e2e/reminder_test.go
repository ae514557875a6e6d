package e2e

import (
	"strings"
	"testing"
)

// badge is the script that returns what stands on the toolbar button, and what it is called.
const badge = `Promise.all([chrome.action.getBadgeText({}), chrome.action.getTitle({})]).then((both) => both.join(" "))`

// TestReminder follows a certificate to its end: page and toolbar button say when it is, and are quiet again once a newer
// certificate of the same holder was seen.
func TestReminder(t *testing.T) {
	t.Parallel()
	reminded(t, Options{Virtual: true})
}

func reminded(t *testing.T, o Options) {
	w := NewWorld(t, o)
	page := w.Browser.ExtensionPage("manage.html")
	page.Wait(".certificate")
	page.waitForPromise(`chrome.storage.local.get("certificateEnds").then(({ certificateEnds = [] }) => certificateEnds.length === 1)`)
	w.Card.Virtual.Pull()
	page.Wait(`#missing`)
	if got := Eval[string](page, badge); strings.HasPrefix(got, "!") || page.Text("#reminder") != "" {
		t.Errorf("before: %q, %q", got, page.Text("#reminder"))
	}
	// As if what was seen had been an older certificate.
	end := Eval[string](page, `chrome.storage.local.get("certificateEnds").then(async ({ certificateEnds: [end] }) => {
		const day = new Date(Date.now() + 20 * 24 * 60 * 60 * 1000);
		await chrome.storage.local.remove("certificateEnds");
		await chrome.storage.local.set({ certificatesSeen: [{ ...end, notAfter: Math.floor(day / 1000) }] });
		return day.toLocaleDateString("tr-TR", { day: "2-digit", month: "2-digit", year: "numeric" });
	})`)
	page.Wait(`#reminder.look`)
	if text := page.Text("#reminder"); !strings.Contains(text, end) || !strings.Contains(text, "http://localhost/") {
		t.Errorf("the page says %q, the end is %s", text, end)
	}
	page.waitForPromise(badge + `.then((text) => text.startsWith("! ") && text.includes("` + end[len(end)-4:] + `"))`)
	inspectAll(t, "reminder", page, 1280, "tr")
	w.Card.Virtual.Insert()
	page.Wait(`#reminder:not(.look)`)
	page.waitForPromise(badge + `.then((text) => !text.startsWith("!"))`)
}

// waitForPromise waits until the promise of an expression, made again and again, becomes true.
func (p *Page) waitForPromise(expression string) {
	p.t.Helper()
	Eval[bool](p, `new Promise((done) => {
		const look = () => `+expression+`.then((value) => { value ? done(true) : setTimeout(look, 10); });
		look();
	})`)
}
