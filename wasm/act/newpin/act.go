// Package newpin is the window in which a card gets a new PIN, by a PUK that the page's site releases.
package newpin

import (
	"encoding/json"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window"
	"github.com/e-onay/e-onay/wasm/wire"
)

// Act is one request for a card's new PIN, with a PUK that the page's site releases to the host, and the window never sees. It takes
// events and returns effects; use New. It is not safe for concurrent use.
//
// # Steps
//
//	loading → who → code → certificate or waiting → pin → working → done
//
// and from anywhere to failed. The work has three phases. First the host makes the claim, and the card signs it
// where its PIN works. Then the page's site is asked. What it releases goes to the card, and from there on nothing
// can be cancelled: a card that is interrupted may be harmed.
//
// The new PIN is typed before the claim, so that the PUK is used as soon as it comes. Until then it waits in one
// buffer, which every way out clears (HostGone).
type Act struct {
	window   *window.Window
	request  protocol.PINRequest
	phase    Phase
	released bool   // the site has released the PUK: its code cannot be used again
	pageTold bool   // the page has the report
	field    string // the one that the alert is about
	strength pinentry.Strength
	newPIN   []byte // while it waits for the page's answer
}

// Phase is how far the work for a new PIN is.
type Phase string

// The phases in their order.
const (
	PhaseClaim Phase = "claim" // the host signs the claim, and the card too where its PIN works
	PhaseAsk   Phase = "ask"   // the page asks its site for the release
	PhaseSet   Phase = "set"   // the card gets its PIN
)

// releaseWait is how long the page's site may take for its answer, in milliseconds. It may ask other services in turn.
const releaseWait = 120_000

// deviceSignature is the length of a signature by the device key (r‖s on P-256).
const deviceSignature = 64

// New returns the act of a window that has just been opened, and what to do first.
func New(calendar screen.Calendar) (*Act, []loop.Effect) {
	a := &Act{}
	w, effects := window.Open(a, calendar)
	a.window = w
	return a, effects
}

// Handle takes one event in and returns what to do about it, in order.
func (a *Act) Handle(event loop.Event) []loop.Effect { return a.window.Handle(event) }

// HostGone clears the new PIN.
func (a *Act) HostGone() {
	clear(a.newPIN)
	a.newPIN = nil
}

// Resume begins a second attempt.
func (a *Act) Resume() screen.Step { return a.window.ResumeAt(screen.StepWho) }

// WhyUnusable returns why a card cannot get a PIN, or nothing. A PIN that is blocked or not set yet is no reason: the act is
// for such cards.
func (a *Act) WhyUnusable(c protocol.Certificate, t protocol.Token) fault.Code {
	switch c.Problem {
	case fault.CertificateMalformed, fault.CertificateExpired, fault.CertificateNotYetValid,
		fault.CertificateNotQualified, fault.CertificateKeyUsage:
		return c.Problem
	}
	switch {
	case t.PUK == protocol.PUKLocked:
		return fault.PUKLocked
	case !t.Unblocks:
		return fault.UnblockUnsupported
	}
	return ""
}

// HandlePage takes the request, and the site's answer to the claim while one is awaited.
func (a *Act) HandlePage(t protocol.PageType, body json.RawMessage) error {
	asking := a.window.Step() == screen.StepWorking && a.phase == PhaseAsk
	switch {
	case t == protocol.PagePIN && !a.window.Asked():
		return a.handleRequest(body)
	case t == protocol.PageRelease && asking:
		return a.handleRelease(body)
	case t == protocol.PageRefusal && asking:
		a.handleRefusedRelease(body)
		return nil
	}
	return fault.Errorf(fault.RequestInvalid, "unexpected message")
}

func (a *Act) handleRequest(body json.RawMessage) error {
	var p protocol.PINRequest
	err := json.Unmarshal(body, &p)
	if err != nil {
		return fault.New(fault.RequestInvalid, err)
	}
	if p.Purpose == "" || len(p.Purpose) > protocol.MaxPurpose || !wire.IsCode(p.Code) || !wire.IsReference(p.Act) {
		return fault.Errorf(fault.RequestInvalid, "purpose, code or act")
	}
	a.request = p
	a.window.StopPageTimer()
	a.window.Accept(p.Language)
	a.window.Begin()
	return nil
}

// handleRelease sends the release, and the new PIN, to the host for the card.
func (a *Act) handleRelease(body json.RawMessage) error {
	a.released = true
	var p protocol.PINRelease
	err := json.Unmarshal(body, &p)
	if err != nil || len(p.Sealed) == 0 || len(p.Sealed) > protocol.MaxSealed {
		return fault.Errorf(fault.ReleaseInvalid, "not a sealed PUK")
	}
	pin := a.newPIN
	a.newPIN = nil
	a.window.Commit()
	a.window.StopPageTimer()
	a.startPhase(PhaseSet)
	a.window.Host().Ask(&hostclient.Request{Kind: protocol.HostRelease, Body: protocol.HostReleaseBody{Sealed: p.Sealed}, New: pin})
	return nil
}

// handleRefusedRelease ends the act with the code that the site gives. The sentence is the window's own.
func (a *Act) handleRefusedRelease(body json.RawMessage) {
	var p protocol.PINRefusal
	err := json.Unmarshal(body, &p)
	if err != nil || wire.KnownCode(p.Code) != p.Code {
		p.Code = fault.Unavailable
	}
	a.window.Fail(p.Code, "")
}

// HandleHost takes the claim, or the report on what the card did.
func (a *Act) HandleHost(m protocol.HostEnvelope) error {
	if m.Type == protocol.HostClaimed {
		var c protocol.PINClaim
		err := wire.Body(m, &c)
		if err != nil {
			return err
		}
		return a.handleClaimed(c)
	}
	var p protocol.PINReport
	err := wire.Body(m, &p)
	if err != nil {
		return err
	}
	return a.handleReported(p)
}

// handleClaimed posts the claim to the page, which asks its site. The page answers it once, so there is no second attempt.
func (a *Act) handleClaimed(c protocol.PINClaim) error {
	if !isStatement(c.Claim, c.Signature) || len(c.Card) > protocol.MaxSignature {
		return wire.Invalid("not a claim")
	}
	a.window.MakeFinal()
	a.window.SetTimeoutCode(fault.Unavailable)
	a.startPhase(PhaseAsk)
	a.window.Post(protocol.PageClaim, c)
	a.window.StartPageTimer(releaseWait)
	return nil
}

// handleReported posts to the page what the card did with the release. Where the page is gone, the person still sees it.
func (a *Act) handleReported(p protocol.PINReport) error {
	if !isStatement(p.Report, p.Signature) || p.Outcome != protocol.OutcomeDone && wire.KnownCode(p.Outcome) != p.Outcome {
		return wire.Invalid("not a report")
	}
	if a.window.PageWaits() {
		a.window.Post(protocol.PageReported, p)
		a.window.MarkPageTold()
		a.pageTold = true
	}
	if p.Outcome == protocol.OutcomeDone {
		a.window.Finish(false)
		return nil
	}
	a.window.Fail(p.Outcome, "")
	return nil
}

// isStatement reports whether text and signature can be the device key's.
func isStatement(text, signature []byte) bool {
	return len(text) > 0 && len(text) <= protocol.MaxClaim && len(signature) == deviceSignature
}

// startPhase begins a phase of the work.
func (a *Act) startPhase(p Phase) {
	a.phase = p
	a.window.ResetProgress()
	if p == PhaseSet {
		a.window.StartSlowTimer(a.window.PIN())
	} else {
		a.window.StartSlowTimer(protocol.PINState{})
	}
}
