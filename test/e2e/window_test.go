package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/test/testcard"
)

// opened logs in, asks for a signature and returns the page and the window at its first question.
func opened(t *testing.T, w *World) (*Journey, *Page, *Page) {
	t.Helper()
	j := NewJourney(w, nil)
	page := j.LoggedIn(Ayse)
	j.ToCode(page, Give)
	return j, page, j.Open(page)
}

// nothingRecorded fails if the portal's database has an act.
func nothingRecorded(t *testing.T, w *World) {
	t.Helper()
	if n := w.Recorded(); n != 0 {
		t.Fatalf("%d acts are recorded, want none", n)
	}
}

// TestPIN types what no card should see, then a wrong PIN, then the right one.
func TestPIN(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	j, page, window := opened(t, w)
	j.ToPIN(window)
	for _, tt := range []struct{ name, pin, code string }{
		{"empty", "", "pin_empty"},
		{"too long", strings.Repeat("1", 300), "pin_length"},
		{"wrong", "000111", "pin_incorrect"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.pin != "" {
				window.Type("#pin", tt.pin)
			}
			window.Click(action("sign"))
			window.Wait(`[data-step="pin"] [data-code="` + tt.code + `"]`)
			if left := Eval[string](window, `document.getElementById("pin").value`); left != "" {
				t.Errorf("the PIN's field still holds something")
			}
		})
	}
	nothingRecorded(t, w)
	j.Sign(window, w.Card.PIN)
	j.Finish(page, window, Give)
}

// TestKeyPIN signs with a key that has a PIN of its own: the window asks for it once it is known, and sends each PIN to
// what it was typed for.
func TestKeyPIN(t *testing.T) {
	t.Parallel()
	const keyPIN = "135791"
	w := NewWorld(t, Options{EmptyCard: true})
	library, err := testcard.NewAccustomed(t.TempDir(), testcard.Habit{KeyPIN: keyPIN, KeyTries: 3})
	if err != nil {
		t.Fatal(err)
	}
	w.ConfigureHost(library.Path)
	w.Card.IssueTo(w.Card.token, w.Sandbox, Ayse, "valid", testcard.RSA2048, testcard.AlwaysAuthenticate)
	j, page, window := opened(t, w)
	j.ToPIN(window)
	j.Sign(window, w.Card.PIN)
	for _, code := range []string{"key_pin_required", "key_pin_incorrect"} {
		window.Wait(`[data-step="pin"] [data-code="` + code + `"]`)
		window.Wait(`#keypin[aria-invalid="true"]`)
		if left := Eval[string](window, `document.getElementById("pin").value + document.getElementById("keypin").value`); left != "" {
			t.Error("a PIN's field still holds something")
		}
		window.Type("#pin", w.Card.PIN)
		window.Type("#keypin", map[string]string{"key_pin_required": "000111", "key_pin_incorrect": keyPIN}[code])
		window.Click(action("sign"))
	}
	j.Finish(page, window, Give)
	logins, err := library.Logins()
	if want := []string{"user right", "user right", "key wrong", "user right", "key right"}; err != nil || !slices.Equal(logins, want) {
		t.Errorf("the card was given %q, %v, want %q", logins, err, want)
	}
}

// ways are the ways in which a person leaves a window.
var ways = map[string]func(window *Page){
	"button": func(window *Page) { window.Click(action("cancel")) },
	"escape": func(window *Page) { window.Press(Escape) },
	"close":  func(window *Page) { window.Close() },
}

// TestCancel leaves the window at every step, and in every way: the page is told, nothing is recorded, and the next attempt
// works. That a step does not ask in which way is seen in wasm/act/sign.
func TestCancel(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	j := NewJourney(w, nil)
	page := j.LoggedIn(Ayse)
	for _, at := range [][2]string{{"who", "close"}, {"document", "button"}, {"code", "escape"}, {"certificate", "close"}, {"pin", "button"}, {"pin", "close"}} {
		t.Run(at[0]+" by "+at[1], func(t *testing.T) {
			j.cancels(t, page, at[0], at[1])
		})
	}
	nothingRecorded(t, w)
	j.All(page, Give)
}

// cancels asks for a signature, and leaves the window at a step.
func (j *Journey) cancels(t *testing.T, page *Page, step, way string) {
	t.Helper()
	j.ToCode(page, Give)
	window := j.Open(page)
	window.Forward(step)
	ways[way](window)
	if code := page.Problem(); code != "cancelled" {
		t.Errorf("the page was told %q", code)
	}
	j.w.Browser.NoWindow()
}

// TestPageLeaves closes, reloads and navigates the page, while the person is at each of the steps. That a step does not ask
// in which way is seen in wasm/act/sign.
func TestPageLeaves(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	j := NewJourney(w, nil)
	page := j.LoggedIn(Ayse)
	for _, at := range [][2]string{{"who", "navigated"}, {"document", "reloaded"}, {"code", "closed"}, {"certificate", "navigated"}, {"pin", "reloaded"}, {"pin", "closed"}} {
		t.Run(at[1]+" at "+at[0], func(t *testing.T) { page = j.leaves(t, page, at[0], at[1]) })
	}
	nothingRecorded(t, w)
}

// leaves has a page ask for a signature and go while the window is at a step. It returns the page, or another one.
func (j *Journey) leaves(t *testing.T, page *Page, step, way string) *Page {
	t.Helper()
	j.ToCode(page, Give)
	window := j.Open(page)
	window.Forward(step)
	switch way {
	case "navigated":
		page.Goto(j.w.Portal.URL + "/")
	case "reloaded":
		page.Reload()
	case "closed":
		page.Close()
	}
	if code := window.Failed(); code != "page_gone" {
		t.Errorf("the window says %q", code)
	}
	window.Click(action("close"))
	j.w.Browser.NoWindow()
	if way == "closed" {
		page = j.w.Browser.NewPage(j.w.Portal.URL + "/nes")
	}
	return page
}

// TestCards shows what the window makes of no card, of unusable certificates and of two cards.
func TestCards(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{EmptyCard: true})
	// SoftHSM2 looks for tokens once; what they hold it reads anew.
	second := w.Card.AddToken("ikinci kart")
	j, page, window := opened(t, w)
	window.Forward("waiting")

	kinds := map[string]string{
		"expired":       "certificate_expired",
		"not-yet-valid": "certificate_not_yet_valid",
		"not-qualified": "certificate_not_qualified",
	}
	for kind := range kinds {
		w.Card.Issue(w.Sandbox, Ayse, kind, testcard.P256)
	}
	window.Click(action("retry"))
	window.AtStep("certificate")
	for kind, code := range kinds {
		window.Wait(`[data-step="certificate"] [data-code="` + code + `"]`)
		if enabled := Eval[bool](window, `document.querySelector('label:has([data-code="`+code+`"]) input').matches(":enabled")`); enabled {
			t.Errorf("the %s certificate can be chosen", kind)
		}
	}

	w.Card.IssueTo(second, w.Sandbox, Ayse, "valid", testcard.RSA2048)
	w.Card.Issue(w.Sandbox, Ayse, "valid", testcard.P256)
	window.Click(action("retry"))
	window.WaitFor(`document.querySelectorAll('input[name="certificate"]:enabled').length === 2`)
	text := window.Text("body")
	if !strings.Contains(text, "ikinci kart") || !strings.Contains(text, "100*****146") {
		t.Errorf("the list names neither token nor masked number:\n%s", text)
	}
	if strings.Contains(text, Ayse.CitizenNumber) {
		t.Errorf("the list shows the whole citizen number")
	}
	window.Click(`input[name="certificate"]:enabled`)
	window.Continue()
	j.Sign(window, w.Card.PIN)
	j.Finish(page, window, Give)
}

// TestPhrase sets the security phrase while the window is open: it is on every step from then on.
func TestPhrase(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	_, _, window := opened(t, w)
	const phrase = "Işıklı iskele, üç martı"
	w.SetPhrase(phrase).Close()
	window.WaitFor(`document.querySelector("#security-phrase")?.textContent.includes("` + phrase + `")`)
	for _, step := range []string{"document", "code", "certificate", "pin"} {
		window.Forward(step)
		if got := window.Text("#security-phrase"); !strings.Contains(got, phrase) {
			t.Errorf("step %s shows %q", step, got)
		}
	}
	phraseInPages(t, w)
}

// phraseInPages has the extension's script in a page ask for the phrase, as whoever broke into the page's process would.
func phraseInPages(t *testing.T, w *World) {
	t.Helper()
	got := Eval[string](w.Browser.ExtensionPage("manage.html"), `(async () => {
		const [{ id }] = await chrome.tabs.query({ url: "`+w.Portal.URL+`/*" });
		const func = () => chrome.storage.local.get().then(JSON.stringify, () => "refused");
		const [{ result }] = await chrome.scripting.executeScript({ target: { tabId: id }, func });
		return result;
	})()`)
	if got != "refused" {
		t.Errorf("a page's process reads %s", got)
	}
}
