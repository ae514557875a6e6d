package ui

import (
	"strconv"

	"github.com/e-onay/e-onay/wasm/screen"
)

// The parts that windows and the settings page have in common.

// Heading draws a screen's number and title.
type Heading struct{ V screen.Heading }

func (c *Heading) number() string {
	return c.V.T("window.step", "n", strconv.Itoa(c.V.Number), "m", strconv.Itoa(c.V.Total))
}

// Alert draws a problem at the top of a screen, with a link to the field it is about. Its outer element is always there:
// if it came and went, Vugu would draw the fields below it anew, and empty them. The same holds for Attempts and
// PUKAttempts.
type Alert struct{ V screen.Alert }

// Attempts warns of how many attempts a PIN has left.
type Attempts struct{ V screen.Attempts }

// left says what another wrong PIN means, and how many attempts are left where the card tells.
func (c *Attempts) left() string {
	if c.V.PIN.Tries > 0 {
		return c.V.T("window.pin.tries", "n", strconv.Itoa(c.V.PIN.Tries)) + " " + c.V.T("window.pin.low_text")
	}
	return c.V.T("window.pin.low_text")
}

// LastAttempt asks for the words before the last attempt. They may be copied and pasted, so that whoever cannot copy words
// by hand can use their card (WCAG 2.2, 3.3.8).
type LastAttempt struct{ V screen.LastAttempt }

// Working says what the card is doing.
type Working struct{ V screen.Working }
