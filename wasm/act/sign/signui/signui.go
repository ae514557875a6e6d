// Package signui draws the signing window, as Vugu components.
package signui

import (
	"strconv"

	"github.com/e-onay/e-onay/wasm/act/sign"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/screen"
)

// Window is the signing window: who asks and the security phrase on top, one step, its buttons.
type Window struct{ V sign.View }

// Document is the text that will be signed.
type Document struct{ V *sign.View }

// Unseen says what is known of a document that the window cannot show, and asks whether the person knows it.
type Unseen struct{ V *sign.View }

// Done says what was signed, and for whom.
type Done struct{ V *sign.View }

// next is the primary button of the steps that are no forms.
func (c *Window) next() string {
	switch c.V.Step {
	case screen.StepWho:
		return c.V.T("window.who.continue")
	case screen.StepDocument:
		if c.V.Document.IsUnseen() {
			return c.V.T("window.unseen.continue")
		}
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

// canFind reports whether the document is one to search in: text that is longer than what is seen at once.
func (c *Document) canFind() bool {
	text, ok := c.V.Document.Shown.(*document.Text)
	return ok && text.Blocks() > 1
}

// found is the present place of what was looked for, and how many there are.
func (c *Document) found() string {
	f := c.V.Document.Find
	switch {
	case f.Text == "":
		return ""
	case f.Count == 0:
		return c.V.T("window.find.none")
	case f.Count == document.MaxHits:
		return c.V.T("window.find.of", "n", strconv.Itoa(f.Index), "m", strconv.Itoa(f.Count)+"+")
	}
	return c.V.T("window.find.of", "n", strconv.Itoa(f.Index), "m", strconv.Itoa(f.Count))
}

func (c *Unseen) unseen() *document.Unseen { return c.V.Document.Shown.(*document.Unseen) }
