// Package sign is the signing window: it shows documents, and gives their signatures to the page.
//
// # Steps
//
//	loading → who → document (each) → code (if there is one) → certificate or waiting → pin → working → done
//
// and from anywhere to failed. The page's documents are pulled and handed on to the host while the
// person reads the first question, and the certificates are listed meanwhile, so that no step waits
// for what could have been ready. The bytes that are shown are the bytes that are hashed, and their digest goes to the
// host, which refuses to sign anything else.
package sign

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window"
)

// Act is one request for signatures. The zero value is not ready: use New. It is not safe for concurrent use.
type Act struct {
	w         *window.Window
	request   protocol.SignRequest
	documents []requestedDocument
	pulling   int // index of the document being pulled
	reading   int // index of the document on the screen
}

// New returns the act of a window that has just been opened, and what to do first.
func New(calendar screen.Calendar) (*Act, []loop.Effect) {
	f := &Act{}
	w, effects := window.Open(f, calendar)
	f.w = w
	return f, effects
}

// Handle takes one event in and returns what to do about it, in order.
func (a *Act) Handle(event loop.Event) []loop.Effect { return a.w.Handle(event) }

// HandleRefusal has a refused PIN typed again; whatever else ends the attempt.
func (a *Act) HandleRefusal(_ *hostclient.Request, failure protocol.HostFailure) {
	a.w.RetypePIN(failure)
}

// HostGone has nothing to forget: the act holds no secret.
func (a *Act) HostGone() {}

// Resume hands a fresh host the documents, and begins at the card if everything before it was answered.
func (a *Act) Resume() screen.Step {
	for i := range a.documents {
		if a.documents[i].whole() {
			a.hostDocument(i)
		}
	}
	return a.w.ResumeAt(screen.StepWho)
}

// WhyUnusable is why a certificate cannot sign.
func (a *Act) WhyUnusable(c protocol.Certificate, t protocol.Token) fault.Code {
	return window.WhyUnusable(c.Problem, t.PIN)
}
