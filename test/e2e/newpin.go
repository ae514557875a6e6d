package e2e

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
)

// KnowsLastTry is what a person types before a last try, in one of the ways that they do.
const KnowsLastTry = "son hak"

// FreshPIN is what a card gets that gets another PIN.
const FreshPIN = "739164"

// Record puts the card's newest certificate on the portal's record, with its PUK, as whoever makes cards does.
func (w *World) Record(who Person) {
	w.t.Helper()
	w.RecordWith(who, w.Card.Serial(), usualPUK)
}

// RecordWith is Record, of another serial number or PUK.
func (w *World) RecordWith(who Person, serial, puk string) {
	w.t.Helper()
	line, err := json.Marshal(map[string]any{
		"serial": serial, "citizen_number": who.CitizenNumber, "puk": puk, "mail": who.Mail,
		"certificate": w.Card.Certificates[len(w.Card.Certificates)-1].Raw,
	})
	if err != nil {
		w.t.Fatalf("encode a card: %v", err)
	}
	w.importCards(line)
}

// importCards puts cards on the portal's record, by their lines.
func (w *World) importCards(lines []byte) {
	w.t.Helper()
	command := exec.Command(Built(w.t, "web"), "cards", "import", "-config", filepath.Join(w.Sandbox.Dir, "portal.json"))
	command.Stdin = bytes.NewReader(lines)
	if out, err := command.CombinedOutput(); err != nil {
		w.t.Fatalf("put a card on record: %v: %s", err, out)
	}
}

// Block types a wrong PIN into a signing window until the card is blocked, and closes the window.
func (j *Journey) Block(p *Page) {
	j.ToCode(p, Give)
	window := j.Open(p)
	j.ToPIN(window)
	const wrong = "000111"
	for _, code := range []string{"pin_incorrect", "pin_last_try"} {
		j.Sign(window, wrong)
		window.Wait(`[data-step="pin"] [data-code="` + code + `"]`)
	}
	j.observe("window-last-try", window)
	window.Type("#confirm", KnowsLastTry)
	j.Sign(window, wrong)
	window.AtStep("failed")
	j.observe("window-blocked", window)
	window.Click(action("close"))
	p.Problem()
	j.w.Browser.NoWindow()
}

// ToNewPINCode goes from the menu to the last screen of PIN Oluşturma / Kilit Çözme, where the act's code is. On the way
// it logs in at the gateway again, and types a one-time code, where the portal asks for that.
func (j *Journey) ToNewPINCode(p *Page) {
	if sent := j.ToOneTimeCode(p); sent != nil {
		j.Confirm(p, j.w.Sandbox.OneTimeCode(*sent))
	}
	p.Wait("#reset:not([disabled])")
	j.observe("portal-pin-2", p)
}

// ToOneTimeCode goes from the menu to where the one-time code is typed, and returns the number of the last message before
// it; nil where the portal asks for no code.
func (j *Journey) ToOneTimeCode(p *Page) *int {
	p.Goto(j.w.Portal.URL + "/nes")
	p.Click("#menu-pin")
	for {
		p.Wait("#continue")
		j.observe("portal-pin-1", p)
		received := j.w.Sandbox.Messages()
		p.Click("#continue")
		p.Wait("#login-submit, #one-time-code, #reset")
		if Eval[bool](p, `document.querySelector("#login-submit") !== null`) {
			j.Identify(p, j.w.person)
			continue
		}
		if Eval[bool](p, `document.querySelector("#one-time-code") === null`) {
			return nil
		}
		j.observe("portal-pin-code", p)
		return &received
	}
}

// Identify logs in at the gateway's page.
func (j *Journey) Identify(p *Page, who Person) {
	p.Wait("#login-submit")
	j.speak(p)
	p.Click("#" + who.Radio)
	j.observe("gateway", p)
	p.Click("#login-submit")
}

// Confirm types a one-time code.
func (j *Journey) Confirm(p *Page, code string) {
	p.Type("#one-time-code", code)
	p.Click("#confirm-code")
}

// OpenNewPIN presses PIN Oluştur and returns the window at its first question.
func (j *Journey) OpenNewPIN(p *Page) *Page {
	p.Click("#reset")
	window := j.w.Browser.Window()
	window.AtStep("who")
	return window
}

// ToNewPIN answers the window's questions up to the new PIN.
func (j *Journey) ToNewPIN(window *Page) {
	for _, step := range []string{"who", "code", "certificate"} {
		window.AtStep(step)
		j.observe("window-pin-"+step, window)
		window.Continue()
	}
	window.AtStep("pin")
}

// SetPIN types the new PIN twice, after the old one if it is not empty; the window is at work when it returns.
func (j *Journey) SetPIN(window *Page, old, pin string) {
	if old != "" {
		window.Type("#old", old)
	}
	window.Type("#new", pin)
	window.Type("#again", pin)
	j.observe("window-pin-new", window)
	window.Click(action("sign"))
}

// FinishNewPIN waits until window and page show that the card has its PIN, and closes the window.
func (j *Journey) FinishNewPIN(p, window *Page) {
	window.AtStep("done")
	j.observe("window-pin-done", window)
	window.Click(action("close"))
	p.Wait(`#result[data-outcome="done"]`)
	j.observe("portal-pin-result", p)
	j.w.Browser.NoWindow()
}

// NewPIN is the whole way, from the menu to the result. The card has the new PIN from then on.
func (j *Journey) NewPIN(p *Page, old, pin string) {
	j.ToNewPINCode(p)
	window := j.OpenNewPIN(p)
	j.ToNewPIN(window)
	j.SetPIN(window, old, pin)
	j.FinishNewPIN(p, window)
	j.w.Card.PIN = pin
}
