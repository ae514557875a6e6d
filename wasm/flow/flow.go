// Package flow is what E-Onay's windows do, without a browser: events go in, effects come out.
//
// A Flow is one request for signatures, from the opening of the window to its end; a Card is one for an act without
// a document, a Reset one for a card's new PIN, a Manage the settings page. What the first three share is a window.
// Each is handed everything that
// happens (a message of the page, a message of the host, a press of the person, a timer) as an Event
// and answers with the Effects that the browser is to carry out, in their order. It has no clock, no
// goroutine and no syscall/js, so every path of the window, bad input included, is tested natively.
//
// # Steps of a signature
//
//	loading → who → document (each) → code (if there is one) → certificate or waiting → pin → working → done
//
// and from anywhere to failed. The page's documents are pulled and handed on to the host while the
// person reads the first question, and the certificates are listed meanwhile, so that no step waits
// for what could have been ready.
//
// # What is believed
//
// Nothing. The page's messages and the host's are decoded with their limits, and one that is not
// expected at that moment ends the request. The origin comes from the broker, which has it from the
// browser. The bytes that are shown are the bytes that are hashed, and their digest goes to the host,
// which refuses to sign anything else.
package flow

import "github.com/e-onay/e-onay/internal/protocol"

// Step is one screen of the window: one question, or one thing to know.
type Step string

// The steps in their usual order.
const (
	StepLoading     Step = "loading"
	StepWho         Step = "who"
	StepDocument    Step = "document"
	StepCode        Step = "code"
	StepWaiting     Step = "waiting" // for a reader, a card or a certificate
	StepCertificate Step = "certificate"
	StepPIN         Step = "pin"
	StepWorking     Step = "working"
	StepDone        Step = "done"
	StepFailed      Step = "failed"
)

// Flow is one request for signatures. The zero value is not ready: use New. It is not safe for concurrent use.
type Flow struct {
	window
	request   protocol.SignRequest
	documents []document
	pulling   int // index of the document being pulled
	reading   int // index of the document on the screen
}

// New returns the flow of a window that has just been opened, and what to do first.
func New(calendar Calendar) (*Flow, []Effect) {
	f := &Flow{}
	return f, f.open(f, calendar)
}

// resume hands a fresh host the documents, and begins at the card if everything before it was answered.
func (f *Flow) resume() Step {
	for i := range f.documents {
		if f.documents[i].whole() {
			f.hostDocument(i)
		}
	}
	return f.resumeAt(StepWho)
}

// unfit is why a certificate cannot sign.
func (f *Flow) unfit(c protocol.Certificate, t protocol.Token) protocol.Code {
	return unfit(c.Problem, t.PIN)
}
