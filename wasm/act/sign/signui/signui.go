// Package signui draws the signing window, as Vugu components.
package signui

import (
	"strconv"

	"github.com/e-onay/e-onay/wasm/act/sign"
	"github.com/e-onay/e-onay/wasm/screen"
)

// Window is the signing window: who asks and the security phrase on top, one step, its buttons.
type Window struct{ V sign.View }

// Document is the text that will be signed.
type Document struct{ V *sign.View }

// Done says what was signed, and for whom.
type Done struct{ V *sign.View }

// next is the primary button of the steps that are no forms.
func (c *Window) next() string {
	switch c.V.Step {
	case screen.StepWho:
		return c.V.T("window.who.continue")
	case screen.StepDocument:
		return c.V.T("window.document.continue")
	case screen.StepCode:
		return c.V.T("window.code.continue")
	}
	return ""
}

func (c *Window) ready() bool { return c.V.Step != screen.StepDocument || c.V.Document.Read }

// foreign is the language of the site's own text: not ours to know. It is set as a dynamic attribute
// because Vugu would draw an element without one anew each time, and empty it.
const foreign = ""

func (c *Document) percent() string { return strconv.Itoa(c.V.Document.Percent) }

func (c *Document) coming() string { return c.V.T("window.document.coming", "n", c.percent()) }

func (c *Document) hidden() string {
	return c.V.T("window.document.hidden_text", "n", strconv.Itoa(c.V.Document.Shown.Marks()))
}

func (c *Document) region() string {
	return c.V.T("window.document.region") + ": " + c.V.Document.Name
}
