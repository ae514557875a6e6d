package window

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/expiry"
	"github.com/e-onay/e-onay/wasm/inventory"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
)

// handleList takes what the tokens hold. A card that comes ends the waiting; a card that goes takes the question for its PIN
// away.
func (w *Window) handleList(i inventory.Inventory) {
	w.inventory, w.choices = i, w.choicesFrom(&i)
	if seen := expiry.Of(i.Certificates); len(seen) > 0 {
		w.do(loop.RememberEnds{Seen: seen})
	}
	before := w.chosen
	w.keepChoice()
	switch w.step {
	case screen.StepWaiting, screen.StepCertificate:
		if s := w.CertificateStep(); s != w.step {
			w.Show(s)
		}
	case screen.StepStamp, screen.StepPIN:
		if w.chosen != before || w.chosen == "" {
			w.Show(w.CertificateStep())
			w.Warn(fault.TokenRemoved)
		}
	}
}

// choicesFrom makes certificates fit for the screen. One that is listed twice is shown once, one that the act is not about
// is not shown. Those that can be chosen come first.
func (w *Window) choicesFrom(i *inventory.Inventory) []screen.Choice {
	seen := make(map[string]bool, len(i.Certificates))
	var fit, unfit []screen.Choice
	for _, c := range i.Certificates {
		if seen[c.ID] || w.onlyCertificate != "" && c.ID != w.onlyCertificate {
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

// keepChoice keeps the person's choice while it can be chosen, and otherwise chooses the only usable certificate.
func (w *Window) keepChoice() {
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

// ChosenToken returns the token of the chosen certificate, and nil where there is none.
func (w *Window) ChosenToken() *protocol.Token {
	c, _ := w.Choice()
	return w.inventory.Token(c.Token)
}

// PIN returns the state of the PIN of the chosen certificate's token; the zero value where there is none.
func (w *Window) PIN() protocol.PINState {
	if t := w.ChosenToken(); t != nil {
		return t.PIN
	}
	return protocol.PINState{}
}

// CertificateStep returns the step of the choice, or of the wait while there is no certificate.
func (w *Window) CertificateStep() screen.Step {
	if len(w.choices) == 0 {
		return screen.StepWaiting
	}
	return screen.StepCertificate
}

// obstacle returns what stands in the way of a certificate; its code is empty while the host looks.
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
	case w.onlyCertificate != "":
		return protocol.Finding{Code: fault.CardChanged}
	}
	return protocol.Finding{Code: fault.NoCertificate}
}
