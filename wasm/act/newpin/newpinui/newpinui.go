// Package newpinui draws the window in which a card gets a new PIN, as Vugu components.
package newpinui

import (
	"github.com/e-onay/e-onay/wasm/act/newpin"
	"github.com/e-onay/e-onay/wasm/screen"
)

// Window is the window in which a card gets a new PIN.
type Window struct{ V newpin.View }

// NewPIN asks for the new PIN, and for the present one where that works.
type NewPIN struct{ V *newpin.View }

// Done says that the card has its new PIN.
type Done struct{ V *newpin.View }

// next is the primary button of the steps that are no forms.
func (c *Window) next() string {
	switch c.V.Step {
	case screen.StepWho:
		return c.V.T("pin.who.continue")
	case screen.StepCode:
		return c.V.T("window.code.continue")
	}
	return ""
}

// phase is how far the work is, as an attribute that tests wait for.
func (c *Window) phase() newpin.Phase {
	if c.V.Step == screen.StepWorking {
		return c.V.Phase
	}
	return ""
}

// card names the card: the person knows it by its holder.
func (c *NewPIN) card() string {
	if c.V.Certificate.Card == "" || c.V.Certificate.Card == c.V.Certificate.Holder { // which some libraries call it by
		return c.V.Certificate.Holder
	}
	return c.V.Certificate.Holder + ", " + c.V.Certificate.Card
}

// stays says who gets the PIN, and that no site asks for the PUK.
func (c *NewPIN) stays() string { return c.V.T("pin.new.stays") + " " + c.V.T("pin.new.puk") }
