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

// Stamp shows how a PDF will look with the signature.
type Stamp struct{ V *sign.View }

func (c *Stamp) text() string {
	text := c.V.T("window.stamp.text", "n", strconv.Itoa(c.V.Document.Page))
	if c.V.Document.Count > 1 {
		text += " " + c.V.T("window.stamp.others")
	}
	return text
}

// Report is what the inspector says of a document.
type Report struct{ V *sign.View }

// Done says what was signed, and for whom.
type Done struct{ V *sign.View }

// some reports whether a document was not signed.
func (c *Done) some() bool { return len(c.V.End.NotSigned.Documents) > 0 }

func (c *Done) text() string {
	if c.some() {
		return c.V.T("window.done.text_some")
	}
	return c.V.T("window.done.text")
}

func (c *Done) signed() string {
	if c.some() {
		return c.V.T("window.done.signed")
	}
	return c.V.T("window.done.document")
}

// next is the primary button of the steps that are no forms.
func (c *Window) next() string {
	switch c.V.Step {
	case screen.StepWho:
		return c.V.T("window.who.continue")
	case screen.StepList:
		return c.V.T("window.list.continue", "n", strconv.Itoa(c.V.List.Count))
	case screen.StepDocument:
		if c.V.Document.OfDocument {
			return c.V.T("window.part.return")
		}
		if c.V.Document.OfList {
			return c.V.T("window.list.return")
		}
		if c.V.Document.IsUnseen() && c.V.Document.ContentPlace() != document.ContentGiven {
			return c.V.T("window.unseen.continue")
		}
		return c.V.T("window.document.continue")
	case screen.StepCode:
		return c.V.T("window.code.continue")
	case screen.StepStamp:
		return c.V.T("window.stamp.continue")
	}
	return ""
}

// each says that the key wants its PIN for each of several signatures.
func (c *Window) each() string {
	if c.V.Step != screen.StepPIN || c.V.KeyPIN == nil || c.V.Signatures < 2 {
		return ""
	}
	key := "window.pin.each"
	if c.V.PIN.Pad {
		key = "window.pin.each_pad"
	}
	return c.V.T(key, "n", strconv.Itoa(c.V.Signatures))
}

func (c *Window) ready() bool {
	switch c.V.Step {
	case screen.StepList:
		return c.V.List.Ready
	case screen.StepDocument:
		return c.V.Document.Read || c.V.Document.IsOpened()
	case screen.StepStamp:
		return c.V.Document.Read
	}
	return true
}

// look is the class of what the person should look at, or else another.
func (c *Report) look(other string, look bool) string {
	if look {
		return "notice look"
	}
	return other
}

// foreign is the language of the site's own text: not ours to know. It is set as a dynamic attribute
// because Vugu would draw an element without one anew each time, and empty it.
const foreign = ""

func (c *Document) percent() string { return strconv.Itoa(c.V.Document.Percent) }

func (c *Document) coming() string { return c.V.T("window.document.coming", "n", c.percent()) }

func (c *Document) hidden() string {
	return c.V.T("window.document.hidden_text", "n", strconv.Itoa(c.V.Document.Shown.Marks()))
}

func (c *Document) region() string {
	region := c.V.T("window.document.region")
	if !c.is("text") {
		region = c.V.T("window.who.document")
	}
	return region + ": " + c.V.Document.Name
}

// content is what of the document is shown by a viewer.
func (c *Document) content() document.Readable { return document.Content(c.V.Document.Shown) }

// is reports whether the document is shown as a text, a tree, a picture or pages.
func (c *Document) is(kind string) bool {
	switch c.content().(type) {
	case nil:
		return false
	case *document.Image:
		return kind == "picture"
	case *document.PDF, *document.Package:
		return kind == "pages"
	case *document.Tree:
		return kind == "tree"
	}
	return kind == "text"
}

// canFind reports whether the document is one to search in: it is longer than what is seen at once.
func (c *Document) canFind() bool {
	text, ok := c.content().(*document.Text)
	return ok && text.Blocks() > 1 || c.is("pages") || c.is("tree")
}

func (c *Document) canZoom() bool { return c.is("picture") || c.is("pages") }

// facts are what matters of an invoice first.
func (c *Document) facts() []document.Fact {
	if t, ok := c.content().(*document.Tree); ok {
		return t.Facts
	}
	return nil
}

// pages says how many pages a PDF has, or how large a picture is.
func (c *Document) pages() string {
	if i, ok := c.content().(*document.Image); ok {
		return "· " + i.Size()
	}
	if c.V.Document.Inspection.Pages == 0 {
		return ""
	}
	return "· " + c.V.T("window.pdf.pages", "n", strconv.Itoa(c.V.Document.Inspection.Pages))
}

// trailing says that a picture's file has something behind the picture.
func (c *Document) trailing() string {
	i, ok := c.content().(*document.Image)
	if !ok || i.Trailing == 0 {
		return ""
	}
	return c.V.T("window.picture.trailing", "size", c.V.Bytes(int64(i.Trailing)))
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

func (c *Unseen) unseen() *document.Unseen {
	return document.Content(c.V.Document.Shown).(*document.Unseen)
}

// text says why the window cannot show it, and what to do.
func (c *Unseen) text() string {
	if place := c.V.Document.ContentPlace(); place != "" {
		return c.V.T("window.signatures.text." + string(place))
	}
	if c.V.Document.OfDocument {
		return c.V.T("window.part.unseen")
	}
	return c.V.T("window.unseen.text")
}

// isAsked reports whether the person is asked to say that they know what it is.
func (c *Unseen) isAsked() bool {
	return !c.V.Document.IsOpened() && c.V.Document.ContentPlace() != document.ContentGiven
}

// known is what the person says then.
func (c *Unseen) known() string {
	if c.V.Document.ContentPlace() != "" {
		return c.V.T("window.signatures.known")
	}
	return c.V.T("window.unseen.known")
}
