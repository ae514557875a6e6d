package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
)

// Grant gives a person a role at the authority's desk.
func (w *World) Grant(role string, who Person) {
	w.t.Helper()
	command := exec.Command(Built(w.t, "web"), "roles", "grant", "-config", filepath.Join(w.Sandbox.Dir, "portal.json"), "-role", role)
	command.Stdin = strings.NewReader(who.CitizenNumber)
	if out, err := command.CombinedOutput(); err != nil {
		w.t.Fatalf("give a role: %v: %s", err, out)
	}
}

// CardLogin logs in with the card that is in the reader.
func (j *Journey) CardLogin(p *Page) {
	p.Goto(j.w.Portal.URL + "/giris/kart/e-imza")
	p.Wait("#card-login:not([disabled])")
	j.observe("portal-login-card", p)
	p.Click("#card-login")
	window := j.w.Browser.Window()
	window.Forward("pin")
	window.Type("#pin", j.w.Card.PIN)
	j.observe("window-login-pin", window)
	window.Press(Enter)
	p.Wait("#menu-nes")
	j.w.Browser.CloseWindows() // what the window says at the end stays for some seconds
}

// Logout ends the session.
func (j *Journey) Logout(p *Page) {
	p.Click("#logout")
	p.Wait("#login")
}

// Accept has an officer, who is logged in, take an application from the queue and accept it, which leads to a state.
func (j *Journey) Accept(p *Page, reference, state string) {
	p.Goto(j.w.Portal.URL + "/masa")
	p.Wait(`[data-queue="under_review"][data-count="1"]`)
	j.observe("portal-desk", p)
	p.Click(`[data-queue="under_review"]`)
	p.Wait(`[data-application="` + reference + `"]`)
	j.observe("portal-desk-queue", p)
	p.Click(`[data-application="` + reference + `"]`)
	p.Wait(`#state[data-state="under_review"]`)
	j.observe("portal-desk-application", p)
	p.Click("#to-kabul")
	p.Wait("#do")
	j.observe("portal-desk-accept", p)
	p.Click("#do")
	p.Wait(`#state[data-state="` + state + `"]`)
}

// Produce has an officer hand over what is to be produced, the sandbox's machine put a certificate on a blank card for an application,
// and the officer take back what the machine has signed. The card is on the portal's record then.
func (j *Journey) Produce(p *Page, reference string, blank *Blank) {
	p.Goto(j.w.Portal.URL + "/masa/uretim")
	j.observe("portal-desk-production", p)
	returned, lines := j.w.Sandbox.personalise(p.downloadForm("#hand-over"), reference, blank)
	j.w.importCards(lines)
	p.chooses("#file", "donus.json", returned)
	p.Click("#take-back")
	p.Wait(`#made[data-count="1"]`)
	j.observe("portal-desk-return", p)
}
