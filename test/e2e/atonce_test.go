package e2e

import "testing"

// TestAtOnce looks at the first question of a window: a plain one is drawn before Go runs, and Go changes nothing on the
// screen; what Go must judge is not drawn before.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	h := hostile{NewWorld(t, Options{})}
	h.w.PolicyKept()
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

// drawnAtOnce asks until the window has heard its page before Go ran: on a busy machine Go may be there first, and draws.
func (h hostile) drawnAtOnce(t *testing.T, call string) *Page {
	t.Helper()
	for range 20 {
		window := h.firstQuestion(t, call)
		if Eval[bool](window, `performance.getEntriesByName("asked")[0].startTime < performance.getEntriesByName("program")[0].startTime`) {
			wantMarks(t, window, 1)
			return window
		}
	}
	t.Fatal("Go is always there before the page is heard")
	return nil
}

func (h hostile) notDrawnAtOnce(t *testing.T, call string) {
	t.Helper()
	wantMarks(t, h.firstQuestion(t, call), 0)
}

// firstQuestion has a page ask, and waits for Go's first question.
func (h hostile) firstQuestion(t *testing.T, call string) *Page {
	t.Helper()
	h.fresh(t).call(call)
	window := h.w.Browser.Window()
	window.AtStep("who")
	return window
}

// wantMarks looks how the first question came to be there.
func wantMarks(t *testing.T, window *Page, want int) {
	t.Helper()
	for _, mark := range []string{"readable", "kept"} {
		if times := Eval[int](window, `performance.getEntriesByName("`+mark+`").length`); times != want {
			t.Errorf("%q: %d times, want %d", mark, times, want)
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
	window := h.drawnAtOnce(t, asksSignature)
	if got := window.Text("#security-phrase"); got != "Mavi vapur & üç martı" {
		t.Errorf("the phrase is %q", got)
	}
}
