package e2e

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// TestHostilePIN is what a page tries that has a card's PIN set, and is nobody's provider.
func TestHostilePIN(t *testing.T) {
	t.Parallel()
	h := hostile{NewWorld(t, Options{Virtual: true})}
	t.Run("no gesture", h.pinUnasked)
	t.Run("seals nonsense", h.sealsNonsense)
	t.Run("seals a wrong PUK", h.sealsWrongPUK)
	t.Run("seals for another claim", h.sealsForAnother)
	t.Run("speaks out of turn", h.speaksOutOfTurn)
	t.Run("leaves with the claim", h.leavesWithClaim)
	t.Run("interrupts the card", h.interrupts)
	t.Run("honest, after all of it", h.provides)
}

// asksPIN asks for a new PIN as the consequence of a press. The claim goes to window.claim; window.answer ends the
// page's answer to it.
func (h hostile) asksPIN(p *Page) (window *Page) {
	p.Gesture(`window.outcome = "";
		window.answered = new Promise((done) => { window.answer = done; });
		client.resetPIN({ purpose: "deneme", code: "168857414351237", act: "act-1", release: (claim) => {
			window.claim = btoa(String.fromCharCode(...claim.claim));
			return window.answered;
		} }).then(() => { window.outcome = "reported"; }, (e) => { window.outcome = e.code ?? String(e); });
		document.getElementById("out").textContent = "asked"`)
	return h.w.Browser.Window()
}

// toClaim answers the window's questions, up to the claim in the page's hands.
func (h hostile) toClaim(p, window *Page) (claim []byte) {
	NewJourney(h.w, nil).ToNewPIN(window)
	NewJourney(h.w, nil).SetPIN(window, usualPIN, FreshPIN)
	p.WaitFor(`window.claim !== undefined`)
	claim, err := base64.StdEncoding.DecodeString(Eval[string](p, `window.claim`))
	if err != nil {
		p.t.Fatalf("decode the claim: %v", err)
	}
	return claim
}

// answers gives the page's answer to the claim.
func (h hostile) answers(p *Page, sealed []byte) {
	Eval[bool](p, `(answer({ sealed: Uint8Array.from(atob("`+base64.StdEncoding.EncodeToString(sealed)+`"), (c) => c.charCodeAt(0)) }), true)`)
}

func seal(t *testing.T, claim, at []byte, puk string) []byte {
	t.Helper()
	var c release.Claim
	if err := json.Unmarshal(at, &c); err != nil {
		t.Fatal(err)
	}
	sealed, err := release.Seal(claim, c.Device, []byte(puk))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// heard fails unless the card has heard so many PUKs since before, and its PIN is the old one.
func (h hostile) heard(t *testing.T, before, want int) {
	t.Helper()
	if n := h.w.Card.Virtual.Count(PUKs) - before; n != want {
		t.Errorf("the card heard %d PUKs, want %d", n, want)
	}
}

func (h hostile) pinUnasked(t *testing.T) {
	p := h.fresh(t)
	code := Eval[string](p, `client.resetPIN({ purpose: "deneme", code: "168857414351237", act: "a", release: async () => ({}) }).then(() => "", (e) => e.code)`)
	if code != "gesture_required" {
		t.Errorf("the page got %q", code)
	}
	h.w.Browser.NoWindow()
}

func (h hostile) sealsNonsense(t *testing.T) {
	before := h.w.Card.Virtual.Count(PUKs)
	p := h.fresh(t)
	window := h.asksPIN(p)
	h.toClaim(p, window)
	h.answers(p, []byte(strings.Repeat("x", 200)))
	if code := window.Failed(); code != "release_invalid" {
		t.Errorf("the window says %q", code)
	}
	h.heard(t, before, 0)
}

// sealsWrongPUK costs the card one try for each time that the person goes the whole way, and the next window warns.
func (h hostile) sealsWrongPUK(t *testing.T) {
	card := h.w.Card.Virtual
	before := card.Count(PUKs)
	p := h.fresh(t)
	window := h.asksPIN(p)
	claim := h.toClaim(p, window)
	sealed := seal(t, claim, claim, "11223344")
	h.answers(p, sealed)
	if code := window.Failed(); code != "puk_incorrect" {
		t.Errorf("the window says %q", code)
	}
	Eval[bool](p, talk+`(() => { for (let i = 0; i < 100; i++) raw("release", { sealed: "`+base64.StdEncoding.EncodeToString(sealed)+`" }); return true; })()`)
	h.heard(t, before, 1)

	p = h.fresh(t)
	window = h.asksPIN(p)
	NewJourney(h.w, nil).ToNewPIN(window)
	window.Wait(`#puk-tries[data-puk="low"]`)
	window.Click(action("cancel"))
	if pins, puks := card.Tries(); pins != 3 || puks != 2 {
		t.Errorf("tries: %d of the PIN, %d of the PUK", pins, puks)
	}
}

// sealsForAnother keeps a claim and uses it for the next one.
func (h hostile) sealsForAnother(t *testing.T) {
	before := h.w.Card.Virtual.Count(PUKs)
	p := h.fresh(t)
	window := h.asksPIN(p)
	old := h.toClaim(p, window)
	p = h.fresh(t)
	window = h.asksPIN(p)
	claim := h.toClaim(p, window)
	h.answers(p, seal(t, old, claim, usualPUK))
	if code := window.Failed(); code != "release_invalid" {
		t.Errorf("the window says %q", code)
	}
	h.heard(t, before, 0)
}

// speaksOutOfTurn says everything that a page can say, long before the window has asked.
func (h hostile) speaksOutOfTurn(t *testing.T) {
	before := h.w.Card.Virtual.Count(PUKs)
	p := h.fresh(t)
	p.Gesture(talk + `raw("pin", { purpose: "deneme", code: "168857414351237", act: "act-1", language: "tr" });
		for (const type of ["release", "refusal", "reported", "claim", "chunk", "pin", "sign", "signed"])
			raw(type, { sealed: btoa("x".repeat(100)), code: "busy", outcome: "done", report: "AAAA", signature: "AAAA", purpose: "x" });`)
	window := h.w.Browser.Window()
	window.AtStep("who")
	window.Forward("pin")
	window.Click(action("cancel"))
	p.WaitFor(`heard.some((m) => m.type === "failed" && m.body.code === "cancelled")`)
	if told := Eval[int](p, `heard.filter((m) => m.type === "claim" || m.type === "reported").length`); told != 0 {
		t.Errorf("the page was told %d times what it must not know", told)
	}
	h.heard(t, before, 0)
}

// leavesWithClaim goes to another document with the claim in its hands: nobody is left to answer.
func (h hostile) leavesWithClaim(t *testing.T) {
	before := h.w.Card.Virtual.Count(PUKs)
	p := h.fresh(t)
	window := h.asksPIN(p)
	h.toClaim(p, window)
	p.Goto(p.origin() + "/?again")
	if code := window.Failed(); code != "page_gone" {
		t.Errorf("the window says %q", code)
	}
	h.heard(t, before, 0)
}

// interrupts has a page give up, be loaded anew and ask again while the card has the PUK: the window stays, and says what
// came of it.
func (h hostile) interrupts(t *testing.T) {
	card := h.w.Card.Virtual
	p := h.fresh(t)
	Eval[bool](p, `(addEventListener("message", ({ data }) => { if (data?.type === "pin") window.asked = data; }), true)`)
	window := h.asksPIN(p)
	claim := h.toClaim(p, window)
	struck := card.SetFault(virtual.Fault{INS: virtual.ResetRetryCounter, Do: virtual.Mute})
	h.answers(p, seal(t, claim, claim, usualPUK))
	card.Await(struck)
	asksAgain := func() {
		t.Helper()
		p.ask(plain)
		if got := p.outcome(); got != "busy" {
			t.Errorf("the page got %q", got)
		}
	}
	Eval[bool](p, `(postMessage({ ...asked, type: "cancel" }, "*"), true)`)
	p.WaitFor(`window.outcome === "cancelled"`)
	asksAgain()
	p.Reload()
	p.WaitFor(`window.client?.installed()`)
	asksAgain()
	card.Pull()
	if code := window.Failed(); code != "token_removed" {
		t.Errorf("the window says %q", code)
	}
	card.ClearFault()
	card.Insert()
}

// provides is a page whose site has the card's PUK.
func (h hostile) provides(t *testing.T) {
	p := h.fresh(t)
	window := h.asksPIN(p)
	claim := h.toClaim(p, window)
	h.answers(p, seal(t, claim, claim, usualPUK))
	window.AtStep("done")
	if got := p.outcome(); got != "reported" {
		t.Errorf("the page got %q", got)
	}
	if pins, puks := h.w.Card.Virtual.Tries(); pins != 3 || puks != 3 {
		t.Errorf("tries: %d of the PIN, %d of the PUK", pins, puks)
	}
}
