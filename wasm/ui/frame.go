package ui

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/wasm/screen"
)

// Head is the top of every window: who asks, and the security phrase.
type Head struct {
	V    *screen.View
	Asks string // what the site is called there
}

// Foot is the bottom of every window: the buttons.
type Foot struct {
	V *screen.View
	// Next is the primary button of a step that is no form; Ready tells that it can be pressed.
	Next  string
	Ready bool
	// Choose is the button that takes the chosen certificate.
	Choose string
	// Form is the id of the form for the PIN, Submit its button.
	Form, Submit string
}

func (c *Foot) back() bool {
	switch c.V.Step {
	case screen.StepList, screen.StepDocument, screen.StepCode, screen.StepWaiting, screen.StepCertificate, screen.StepStamp, screen.StepPIN:
		return true
	}
	return false
}

func (c *Foot) retry() string {
	switch {
	case c.V.Step == screen.StepWaiting, c.V.Step == screen.StepCertificate && c.V.Usable() == 0:
		return c.V.T("window.action.look_again")
	case c.V.Step == screen.StepFailed && c.V.Retriable:
		return c.V.T("window.action.retry")
	}
	return ""
}

// side is where the primary button is: it changes from screen to screen.
func (c *Foot) side() string {
	if c.V.Turn%2 == 0 {
		return "left"
	}
	return "right"
}

func (c *Foot) retryClass() string {
	if c.helps() {
		return "primary first"
	}
	return ""
}

// helps reports whether trying again is what the person should do: a blocked card is blocked the next time too, and so is
// what stands in the settings.
func (c *Foot) helps() bool {
	return c.V.Step == screen.StepFailed && c.V.Retriable && c.V.Problem != fault.PINLocked && !c.V.BlockedBySettings()
}

// last reports whether nothing follows this screen.
func (c *Foot) last() bool { return c.V.Step == screen.StepDone || c.V.Step == screen.StepFailed }

func (c *Foot) cancel() bool { return !c.last() && !c.V.Committed }

// cancelLabel says what a cancel does: what is signed already stays signed.
func (c *Foot) cancelLabel() string {
	if c.V.Step == screen.StepWorking && c.V.ToSign > 0 {
		return c.V.T("window.action.stop")
	}
	return c.V.T("window.action.cancel")
}

func (c *Foot) closeClass() string {
	if c.helps() {
		return ""
	}
	return "primary first"
}
