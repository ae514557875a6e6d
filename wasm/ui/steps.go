package ui

import (
	"strconv"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/wasm/screen"
)

// The steps draw what is between header and buttons. (Vugu wants one declaration for each.)

// Loading is the moment before the page's request is here.
type Loading struct{ V *screen.View }

// Phrase sends a person to the settings whose institution wants a security phrase. It is not typed here: a window that asks for
// the phrase could be anybody's.
type Phrase struct{ V *screen.View }

// Who asks whether this site, with this purpose, is the one the person means.
type Who struct {
	V     *screen.View
	Names []string // of the documents, if there are any
	Terms []string // what the signature says or does, beyond the usual
}

// named is how many documents are named at most. More are listed on the next screen.
const named = 16

// Address is the site's, and what to look at in it.
type Address struct{ V *screen.View }

// Code asks to compare the verification code.
type Code struct{ V *screen.View }

// Waiting says what is missing: a reader, a card, a driver.
type Waiting struct{ V *screen.View }

// Certificate asks which certificate it is to be.
type Certificate struct{ V *screen.View }

// PIN asks for the PIN.
type PIN struct {
	V      *screen.View
	Holder string // what the person is called
	Pad    string // what they do with the keys of a reader
}

// Recognise repeats the security phrase right above the field for the PIN: what another program lays over the window
// covers both, or neither.
type Recognise struct{ V *screen.View }

// Seal is the mark of what went well.
type Seal struct{}

// Failed says what happened, and what can be done.
type Failed struct{ V *screen.View }

// Settings is the way to the settings, where these stand in the way.
type Settings struct{ V *screen.View }

func (c *Who) documents() string {
	if len(c.Names) == 1 {
		return c.V.T("window.who.document")
	}
	return c.V.T("window.who.documents", "n", strconv.Itoa(len(c.Names)))
}

// check tells with what the address is to be compared.
func (c *Address) check() string {
	if c.V.Embedder.Host != "" {
		return "window.who.check_frame"
	}
	return "window.who.check"
}

// picture names the drawing of what the person is to do.
func (c *Waiting) picture() string {
	switch c.V.Waiting {
	case fault.NoReader:
		return "reader"
	case fault.NoToken, fault.TokenRemoved:
		return "card"
	}
	return ""
}
