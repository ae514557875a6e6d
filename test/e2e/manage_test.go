package e2e

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

const otherPIN = "135246"

// TestManage is what a person does on the settings page, with a card that comes and goes.
func TestManage(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true, NoCard: true, Key: testcard.P384})
	card := w.Card.Virtual
	page := w.Browser.ExtensionPage("manage.html")
	page.Wait(`#missing[data-code="no_token"]`)

	card.Insert()
	page.Wait(`.reader[data-reader="card"] [data-pin="ready"]`)
	if text := page.Text(".certificate"); !strings.Contains(text, "Ayşe Yılmaz") || !strings.Contains(text, "gün kaldı") || !strings.Contains(text, "100*****146") {
		t.Errorf("the certificate: %s", text)
	}
	card.Pull()
	page.Wait(`#missing[data-code="no_token"]`)
	card.Insert()
	page.Wait(`.certificate`)

	t.Run("export", func(t *testing.T) { exports(t, page) })
	t.Run("self-test", func(t *testing.T) {
		page.Click(action("test"))
		page.Wait(`[data-screen="test"] #pin`)
		page.Type("#pin", w.Card.PIN)
		page.Click(action("sign"))
		page.Wait(`#done[data-done="tested"]`)
	})
	t.Run("change", func(t *testing.T) { changes(t, w, page) })
	t.Run("diagnosis", func(t *testing.T) { diagnoses(t, w, page) })

	j := NewJourney(w, nil)
	portal := j.LoggedIn(Ayse)
	w.Card.PIN = otherPIN
	j.All(portal, Give)
}

// exports has a certificate saved, and compares the file with the card's.
func exports(t *testing.T, page *Page) {
	want := Eval[string](page, `document.querySelector("[data-certificate]").dataset.certificate`)
	Eval[bool](page, `(window.saved = new Promise((done) => {
		document.addEventListener("click", (e) => {
			if (!e.target.download) return;
			e.preventDefault();
			fetch(e.target.href).then((r) => r.arrayBuffer()).then((b) => crypto.subtle.digest("SHA-256", b))
				.then((d) => done(e.target.download + " " + [...new Uint8Array(d)].map((x) => x.toString(16).padStart(2, "0")).join("")));
		}, true);
		const create = URL.createObjectURL, click = HTMLAnchorElement.prototype.click;
		HTMLAnchorElement.prototype.click = function () { document.body.append(this); click.call(this); };
		URL.revokeObjectURL = () => {};
		const blobs = [];
		URL.createObjectURL = (b) => {
			b.arrayBuffer().then((b) => crypto.subtle.digest("SHA-256", b))
				.then((d) => done([...new Uint8Array(d)].map((x) => x.toString(16).padStart(2, "0")).join("")));
			return create.call(URL, b);
		};
	}), true)`)
	page.Click(action("export"))
	if got := Eval[string](page, `window.saved`); got != want {
		t.Errorf("the file's digest is %s, the certificate's %s", got, want)
	}
}

// changes changes the PIN: what cannot be right costs nothing, a wrong one costs one try.
func changes(t *testing.T, w *World, page *Page) {
	card := w.Card.Virtual
	page.Click(action("change-pin"))
	for _, tt := range []struct {
		old, new, again, code string
		tries                 int
	}{
		{"", otherPIN, otherPIN, "pin_empty", 3},
		{"48291ş", otherPIN, otherPIN, "pin_characters", 3},
		{w.Card.PIN, "123456", "123456", "pin_weak", 3},
		{w.Card.PIN, otherPIN, "135247", "again", 3},
		{"999999", otherPIN, otherPIN, "pin_incorrect", 2},
	} {
		page.Wait(`[data-screen="change"] #old`)
		for id, value := range map[string]string{"#old": tt.old, "#new": tt.new, "#again": tt.again} {
			if value != "" {
				page.Type(id, value)
			}
		}
		page.Click(action("sign"))
		page.Wait(`#problem[data-code="` + tt.code + `"]`)
		if left := Eval[string](page, `[...document.querySelectorAll("input")].map((i) => i.value).join("")`); left != "" {
			t.Errorf("%s: a field still holds something", tt.code)
		}
		if tries, _ := card.Tries(); tries != tt.tries {
			t.Errorf("%s: %d tries are left, want %d", tt.code, tries, tt.tries)
		}
	}
	page.Type("#old", w.Card.PIN)
	page.Type("#new", otherPIN)
	page.Type("#again", otherPIN)
	page.Click(action("sign"))
	page.Wait(`#done[data-done="changed"]`)
	if tries, _ := card.Tries(); tries != 3 {
		t.Errorf("%d tries are left", tries)
	}
}

// diagnoses has everything looked at, and reads what would be copied.
func diagnoses(t *testing.T, w *World, page *Page) {
	page.unfold()
	page.Click(action("diagnose"))
	page.Wait(`#diagnosis[data-diagnosed="true"] [data-level]`)
	if text := page.Text("#diagnosis"); !strings.Contains(text, "Ayşe Yılmaz") {
		t.Errorf("the diagnosis does not know whose card it is: %s", text)
	}
	Eval[bool](page, `(navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.reject(new Error()); }, true)`)
	page.Click(action("copy"))
	page.Wait(`#copied[data-copied="failed"]`)
	shown := page.Text("#report")
	if copied := Eval[string](page, `window.copied`); strings.TrimSpace(copied) != strings.TrimSpace(shown) || !strings.Contains(copied, "Tamam  ") {
		t.Errorf("copied %q, shown %q", copied, shown)
	}
	for _, personal := range []string{"Ayşe", "100*", Ayse.CitizenNumber, w.Dir} {
		if strings.Contains(shown, personal) {
			t.Errorf("the copy has %q: %s", personal, shown)
		}
	}
	Eval[bool](page, `(navigator.clipboard.writeText = () => Promise.resolve(), true)`)
	page.Click(action("copy"))
	page.Wait(`#copied[data-copied="done"]`)
}

// TestManageModules adds a library by its path and removes it again.
func TestManageModules(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	w.ConfigureHost()
	page := w.Browser.ExtensionPage("manage.html")
	page.Wait(`#missing`)
	page.unfold()
	page.Type("#module", "/none/libakisp11.so")
	page.Click(action("add-module"))
	page.Wait(`#module-problem[data-code="module_path"]`)
	Eval[bool](page, `(document.getElementById("module").value = "", true)`)
	page.Type("#module", w.Card.Module)
	page.Click(action("add-module"))
	page.Wait(`.certificate`)
	page.Wait(action("remove-module"))
	page.Click(action("remove-module"))
	page.Wait(`#cards:not(:has(.certificate))`)
	page.Wait(`#done[data-done="removed"]`)
}

// unfold opens the advanced end of the settings page, unless it is open.
func (p *Page) unfold() {
	p.t.Helper()
	p.Wait(action("advanced"))
	if Eval[bool](p, `document.querySelector('[data-action="advanced"]').getAttribute("aria-expanded") !== "true"`) {
		p.Click(action("advanced"))
	}
	p.Wait("#diagnosis")
}

// inspector returns what checks a view of the settings page as TestAccessibility does, in both languages.
func inspector(t *testing.T, page *Page) (check func(name string)) {
	t.Helper()
	page.Wait(`[data-host="works"]`)
	return func(name string) {
		t.Helper()
		inspectBoth(t, name, page, 1280)
	}
}

// TestManageInspected checks every view of the settings page that is about cards, PINs and the machine.
func TestManageInspected(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true, NoCard: true, Key: testcard.RSA2048})
	page := w.Browser.ExtensionPage("manage.html")
	check := inspector(t, page)
	page.Wait(`#missing`)
	check("empty")
	w.Card.Issue(w.Sandbox, Ayse, "expired", testcard.P256)
	w.Card.Virtual.Insert()
	page.Wait(`.certificate`)
	check("folded")
	page.unfold()
	page.Click(action("diagnose"))
	page.Wait(`#diagnosis[data-diagnosed="true"] [data-level]`)
	check("overview")
	page.Click(action("test"))
	page.Wait("#pin")
	check("test")
	page.Type("#pin", "999999")
	page.Click(action("sign"))
	page.Wait(`#problem[data-code="pin_incorrect"]`)
	check("test-wrong")
	page.Type("#pin", "999999")
	page.Click(action("sign"))
	page.Wait(`#problem[data-code="pin_last_try"]`)
	page.Click(action("back"))
	page.Wait(`[data-pin="final"]`)
	page.Click(action("change-pin"))
	page.Wait("#final")
	check("change-final")
	page.Type("#old", w.Card.PIN)
	page.Type("#new", otherPIN)
	page.Type("#again", otherPIN)
	page.Type("#confirm", KnowsLastTry)
	slow := w.Card.Virtual.SetFault(virtual.Fault{INS: virtual.Verify, Do: virtual.Mute})
	page.Click(action("sign"))
	w.Card.Virtual.Await(slow)
	page.Wait(`[data-screen="working"]`)
	check("working")
	w.Card.Virtual.Pull()
	page.Wait(`#problem[data-code="token_removed"]`)
	check("removed")
}

// TestManageUnmoved sees that a drawing which changes nothing leaves the page alone: a word that the person has
// begun stays, while a card comes.
func TestManageUnmoved(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true, NoCard: true})
	page := w.Browser.ExtensionPage("manage.html")
	page.Wait(`#missing`)
	page.Type("#phrase", "mavi kap")
	w.Card.Virtual.Insert()
	page.Wait(`.certificate`)
	if got := Eval[string](page, `document.getElementById("phrase").value`); got != "mavi kap" {
		t.Errorf("the phrase's field holds %q", got)
	}
	if got := Eval[string](page, `document.activeElement.id`); got != "phrase" {
		t.Errorf("the focus is on %q", got)
	}
}
