// Package credentialui draws the window for acts without a document, as Vugu components.
package credentialui

import (
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/act/credential"
	"github.com/e-onay/e-onay/wasm/screen"
)

// Window is the window for acts without a document.
type Window struct{ V credential.View }

// Request asks whether this site may have what it asks for, and says what that is.
type Request struct{ V *credential.View }

// Done says what the site has got.
type Done struct{ V *credential.View }

// hidden reports whether something is to be signed that cannot be shown.
func (c *Request) hidden() bool { return c.V.Act == protocol.PageSignHash }

// asks is what the site is called; before it has asked, it is only known to be about to.
func (c *Window) asks() string {
	if c.V.Act == "" {
		return c.V.T("card.head.asks")
	}
	return c.V.T("card.head." + string(c.V.Act))
}

// next is the primary button of the step that is no form.
func (c *Window) next() string {
	if c.V.Step == screen.StepWho {
		return c.V.T("card.who.continue." + string(c.V.Act))
	}
	return ""
}

// choose is the button of the certificate, where it does more than go on.
func (c *Window) choose() string {
	if c.V.Act == protocol.PageCertificates {
		return c.V.T("card.show.continue")
	}
	return c.V.T("window.certificate.continue")
}

// holder is what the person is called who types the PIN, pad what they do with the keys of a reader, submit the button.
func (c *Window) holder() string { return c.login("card.pin.holder", "window.pin.signer") }
func (c *Window) pad() string    { return c.login("card.pin.pad_login", "card.pin.pad_hash") }
func (c *Window) submit() string { return c.login("card.pin.login", "card.pin.hash") }

func (c *Window) login(login, hash string) string {
	if c.V.Act == protocol.PageAuthenticate {
		return c.V.T(login)
	}
	return c.V.T(hash)
}
