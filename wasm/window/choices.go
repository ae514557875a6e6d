package window

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/inventory"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
)

// listed takes in what the tokens hold and moves the window on or back where that matters: a card that
// comes ends the waiting by itself, a card that goes takes its PIN question with it.
func (w *Window) listed(i inventory.Inventory) {
	w.inventory, w.choices = i, w.choicesOf(&i)
	before := w.chosen
	w.choose()
	switch w.step {
	case screen.StepWaiting, screen.StepCertificate:
		if s := w.CertificateStep(); s != w.step {
			w.Show(s)
		}
	case screen.StepPIN:
		if w.chosen != before || w.chosen == "" {
			w.Show(w.CertificateStep())
			w.Warn(fault.TokenRemoved)
		}
	}
}

// choicesOf makes certificates fit for the screen. A certificate listed twice is kept once, one that the act is
// not about is left out. Those that can be chosen come first, so that nobody has to look for them below the others.
func (w *Window) choicesOf(i *inventory.Inventory) []screen.Choice {
	seen := make(map[string]bool, len(i.Certificates))
	var fit, unfit []screen.Choice
	for _, c := range i.Certificates {
		if seen[c.ID] || w.only != "" && c.ID != w.only {
			continue
		}
		seen[c.ID] = true
		t := i.Token(c.Token)
		choice := screen.Choice{
			ID: c.ID, Token: c.Token, Holder: plaintext.Short(c.Holder), Issuer: plaintext.Short(c.Issuer), Citizen: plaintext.Short(c.CitizenMasked),
			Card: plaintext.Short(t.Label), NotAfter: w.calendar(c.NotAfter), Problem: w.act.WhyUnusable(c, *t),
		}
		if choice.Problem == "" {
			fit = append(fit, choice)
		} else {
			unfit = append(unfit, choice)
		}
	}
	return append(fit, unfit...)
}

// choose keeps the person's choice where it still stands, and takes the only usable one otherwise.
func (w *Window) choose() {
	usable := ""
	count := 0
	for _, c := range w.choices {
		if c.Problem != "" {
			continue
		}
		if c.ID == w.chosen {
			return
		}
		usable = c.ID
		count++
	}
	w.chosen = ""
	if count == 1 {
		w.chosen = usable
	}
}

// Choice returns the chosen certificate.
func (w *Window) Choice() (screen.Choice, bool) {
	for _, c := range w.choices {
		if c.ID == w.chosen && w.chosen != "" {
			return c, true
		}
	}
	return screen.Choice{}, false
}

// ChosenToken is the token of the chosen certificate, and nil where there is none.
func (w *Window) ChosenToken() *protocol.Token {
	c, _ := w.Choice()
	return w.inventory.Token(c.Token)
}

// PIN is the state of the PIN of the chosen certificate's token; the zero value where there is none.
func (w *Window) PIN() protocol.PINState {
	if t := w.ChosenToken(); t != nil {
		return t.PIN
	}
	return protocol.PINState{}
}

// CertificateStep is the choice, or the wait for something to choose.
func (w *Window) CertificateStep() screen.Step {
	if len(w.choices) == 0 {
		return screen.StepWaiting
	}
	return screen.StepCertificate
}

// obstacle is what the person is waiting for; its code is empty while the host looks.
func (w *Window) obstacle() protocol.Finding {
	if !w.inventory.Listed {
		return protocol.Finding{}
	}
	if found := w.inventory.Obstacle(); found.Code != "" {
		return found
	}
	switch {
	case len(w.inventory.Tokens) == 0:
		return protocol.Finding{Code: fault.NoToken}
	case w.only != "":
		return protocol.Finding{Code: fault.CardChanged}
	}
	return protocol.Finding{Code: fault.NoCertificate}
}
