package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestInstallation is the way of a person who has neither extension nor program, on one page: it notices each as it comes,
// and goes on to the reader and the card, which it never hears of itself.
func TestInstallation(t *testing.T) {
	t.Parallel()
	installs(t, Options{})
}

func installs(t *testing.T, o Options) {
	downloads := t.TempDir()
	for _, name := range []string{"e-onay_9.0.0_amd64.deb", "e-onay_9.0.0_arm64.deb", "e-onay-9.0.0-1.x86_64.rpm", "e-onay-9.0.0-x64-user.msi", "SHA256SUMS"} {
		if err := os.WriteFile(filepath.Join(downloads, name), []byte("paket"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o.NoExtension, o.NoHost, o.Virtual, o.NoCard = true, true, true, true
	o.Portal = map[string]any{"downloads": downloads, "extension_links": []map[string]string{
		{"name": "Chrome Web Mağazası", "url": "https://chromewebstore.google.com/detail/x"}, {"name": "Firefox", "url": "https://addons.mozilla.org/firefox/addon/x"},
	}}
	w := NewWorld(t, o)
	page := w.Browser.NewPage(w.Portal.URL + "/kurulum")
	page.Wait(`#status[data-state="extension"]`)
	page.Wait(`#step-extension[data-state="todo"] #get-extension.primary`)
	if !o.Firefox { // its tests change how a page looks by the extension
		inspectAll(t, "nothing is installed", page, 1280, "tr")
	}

	w.Browser.Install(extension(t, o.Firefox), o.Private)
	page.Wait(`#step-extension[data-state="done"]`)
	page.Wait(`#status[data-state="program"]`)
	page.Wait(`.get-program .primary`)
	if state := Eval[string](page, `document.visibilityState`); state != "visible" {
		t.Errorf("the page that leads the person is %s", state)
	}
	leadsToTheSite(t, w)
	page = w.Browser.NewPage(w.Portal.URL + "/kurulum") // in front of the other, which looks for nothing behind it
	page.Wait(`#status[data-state="program"]`)
	w.InstallHost()
	page.Wait(`#step-card[data-state="ready"] #look.primary`)
	if text := page.Text(`#step-program[data-state="old"] .part-version`); !strings.Contains(text, "9.0.0") {
		t.Errorf("the page offers 9.0.0 and says of an older program: %q", text)
	}
	inspectAll(t, "all is installed", page, 1280, "tr")

	page.Click("#look")
	setup := w.Browser.attach(w.Browser.await("/manage.html#welcome", 1)[0])
	setup.Wait(`[data-step="reader"][data-state="done"]`)
	setup.Wait(`[data-step="certificate"][data-state="todo"]`)
	w.Card.Virtual.Insert()
	setup.Wait(`[data-step="certificate"][data-state="done"]`)
	if seen := Eval[string](page, `document.documentElement.outerHTML`); strings.Contains(seen, "Yılmaz") {
		t.Error("the portal's page has something of the card")
	}
}

// leadsToTheSite has a site ask where there is no program: the window has a link to the site's own page, and opens it.
func leadsToTheSite(t *testing.T, w *World) {
	t.Helper()
	p := hostile{w}.fresh(t)
	p.ask(`Object.assign(` + plain + `, { installURL: "/?yardim" })`)
	window := w.Browser.Window()
	window.Wait(`#install[data-from="site"]`)
	if text, address := window.Text("#install"), p.origin(); !strings.Contains(text, strings.TrimPrefix(address, "http://")) {
		t.Errorf("the link of %s says %q", address, text)
	}
	inspectAll(t, "no program", window, 480, "tr")
	window.Click("#install")
	help := w.Browser.attach(w.Browser.await("/?yardim", 1)[0])
	help.Close()
	window.Click(action("close"))
	if got := p.outcome(); got != "host_missing" {
		t.Errorf("the page got %q", got)
	}
	if got := Eval[string](p, `client.status({ installURL: "/?yardim" }).then(({ problem }) => problem.installURL)`); got != p.origin()+"/?yardim" {
		t.Errorf("the page is given %q to link to", got)
	}
}

// Install installs the extension in front of a person: the tab of its first start stays.
func (b *Browser) Install(path string, private bool) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.driver.context(), Patience)
	defer cancel()
	if err := b.driver.install(ctx, installed{path, private}); err != nil {
		b.t.Fatalf("install the extension: %v", err)
	}
}
