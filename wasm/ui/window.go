package ui

import "github.com/e-onay/e-onay/wasm/flow"

// Window is the signing window: who asks and the security phrase on top, one step, its buttons.
type Window struct{ V flow.View }

func (c *Window) back() bool {
	switch c.V.Step {
	case flow.StepDocument, flow.StepCode, flow.StepWaiting, flow.StepCertificate, flow.StepPIN:
		return true
	}
	return false
}

// next is the primary button of the steps that are no forms.
func (c *Window) next() string {
	switch c.V.Step {
	case flow.StepWho:
		return c.V.T("window.who.continue")
	case flow.StepDocument:
		return c.V.T("window.document.continue")
	case flow.StepCode:
		return c.V.T("window.code.continue")
	}
	return ""
}

func (c *Window) ready() bool { return c.V.Step != flow.StepDocument || c.V.Document.Whole }

func (c *Window) retry() string {
	switch {
	case c.V.Step == flow.StepWaiting, c.V.Step == flow.StepCertificate && c.V.Usable() == 0:
		return c.V.T("window.action.look_again")
	case c.V.Step == flow.StepFailed && c.V.Retriable:
		return c.V.T("window.action.retry")
	}
	return ""
}

func (c *Window) retryClass() string {
	if c.V.Step == flow.StepFailed {
		return "primary"
	}
	return ""
}

// last reports whether nothing follows this screen.
func (c *Window) last() bool { return c.V.Step == flow.StepDone || c.V.Step == flow.StepFailed }

func (c *Window) closeClass() string {
	if c.V.Step == flow.StepFailed && c.V.Retriable {
		return ""
	}
	return "primary"
}

func pressed(is bool) string {
	if is {
		return "true"
	}
	return "false"
}
