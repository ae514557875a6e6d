package e2e

import "testing"

// TestAtOnce looks at the first question of a window: a plain one is drawn before Go runs, and Go changes nothing on the
// screen; what Go must judge is not drawn before.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	h := hostile{NewWorld(t, Options{})}
	for name, call := range map[string]string{
		"signature":   asksSignature,
		"English":     `sign({ ...` + plain + `, purpose: "E-Onay <b>&</b> “x”", language: "en" })`,
		"code":        `sign({ purpose: "deneme", code: "168857414351237", documents: [{ name: "a.txt", data: "168857414351237" }] })`,
		"login":       asksLogin,
		"certificate": `certificates()`,
	} {
		t.Run(name, func(t *testing.T) { h.drawnAtOnce(t, call) })
	}
	t.Run("Hebrew", func(t *testing.T) { h.notDrawnAtOnce(t, asksHebrew) })
	t.Run("phrase", h.changedPhrase)
}

// asksHebrew is a request with a word that is not plain; which are not is in extension/question.test.js.
const asksHebrew = `sign({ ...` + plain + `, purpose: "\u05d0\u05d1" })`

func (h hostile) drawnAtOnce(t *testing.T, call string) {
	p := h.fresh(t)
	p.call(call)
	h.wantMarks(t, "readable", "kept")
}

func (h hostile) notDrawnAtOnce(t *testing.T, call string) {
	p := h.fresh(t)
	p.call(call)
	h.wantMarks(t)
}

// wantMarks waits for Go's first question and looks how it came to be there.
func (h hostile) wantMarks(t *testing.T, want ...string) {
	t.Helper()
	window := h.w.Browser.Window()
	window.AtStep("who")
	for _, mark := range []string{"readable", "kept"} {
		times := Eval[int](window, `performance.getEntriesByName("`+mark+`").length`)
		if wanted := len(want) > 0; (times == 1) != wanted {
			t.Errorf("%q: %d times, wanted: %v", mark, times, wanted)
		}
	}
	if got := Eval[string](window, `document.activeElement.id`); got != "title" {
		t.Errorf("the focus is at %q", got)
	}
}

// changedPhrase sets a phrase, which stands in the first drawing.
func (h hostile) changedPhrase(t *testing.T) {
	settings := h.w.Browser.ExtensionPage("manage.html")
	Eval[bool](settings, `chrome.storage.local.set({ securityPhrase: "Mavi vapur & üç martı" }).then(() => true)`)
	settings.Close()
	p := h.fresh(t)
	p.ask(plain)
	h.wantMarks(t, "readable", "kept")
	if got := h.w.Browser.Window().Text("#security-phrase"); got != "Mavi vapur & üç martı" {
		t.Errorf("the phrase is %q", got)
	}
}
