// Package sign is the signing window: it shows documents, and gives their signatures to the page.
//
// # Steps
//
//	loading → who → document (each) or list ⇄ document → code (if there is one) → certificate or waiting → pin → working → done
//
// and from anywhere to failed. The page's documents are pulled and handed on to the host while the
// person reads the first question, and the certificates are listed meanwhile, so that no step waits
// for what could have been ready. The window holds few of their bytes (transfer.go), and requests them of the page again for
// the screen: they must have the digest of those that went to the host. The bytes that are shown are the bytes that are
// hashed, and their digest goes to the host, which refuses to sign anything else.
package sign

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window"
)

// Act is one request for signatures. It takes events and returns effects; use New. It is not safe for concurrent use.
type Act struct {
	window    *window.Window
	request   protocol.SignRequest
	documents []requestedDocument
	names     []string // of the documents, for the screen
	transfer  transfer
	list      list
	reading   int          // index of the document on the screen; nowhere where none is
	problems  []fault.Code // of the signed files: why one cannot be made; nil until the host has said it
	stamp     stamp
	delivery  delivery
	outcomes  []fault.Code // of the documents, at the end: why one was not signed, or nothing
}

// nowhere is no document.
const nowhere = -1

// New returns the act of a window that has just been opened, and what to do first.
func New(calendar screen.Calendar) (*Act, []loop.Effect) {
	a := &Act{}
	w, effects := window.Open(a, calendar)
	a.window = w
	return a, effects
}

// Handle takes one event in and returns what to do about it, in order.
func (a *Act) Handle(event loop.Event) []loop.Effect { return a.window.Handle(event) }

// HandleRefusal asks for a refused PIN again. Any other refusal ends the attempt.
func (a *Act) HandleRefusal(_ *hostclient.Request, failure protocol.HostFailure) {
	a.window.AskPINAgain(failure)
}

// HostGone stops what was on its way to the host. The act holds no secret.
func (a *Act) HostGone() {
	a.stopPassing()
	a.problems, a.stamp = nil, stamp{} // which may have been asked for, and will not come
}

// Resume hands the documents to another host: what the window holds, and what it requests of the page again. The second
// attempt begins at the card where the person has come that far.
func (a *Act) Resume() screen.Step {
	a.carryOn()
	return a.window.ResumeAt(screen.StepWho)
}

// WhyUnusable returns why a certificate cannot sign, or nothing.
func (a *Act) WhyUnusable(c protocol.Certificate, t protocol.Token) fault.Code {
	return window.WhyUnusable(c.Problem, t.PIN)
}
