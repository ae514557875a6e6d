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

// Act is one request for a card's new PIN, with a PUK that the page's site releases and nobody here sees. It takes
// events and returns effects; use New. It is not safe for concurrent use.
//
// # Steps
//
//	loading → who → code → certificate or waiting → pin → working → done
//
// and from anywhere to failed. The work has three phases. First the host makes the claim, and the card signs it
// where its PIN works. Then the page's site is asked. What it releases goes to the card, and from there on nothing
// is called off: a card that is interrupted may be harmed.
//
// The new PIN is typed before the claim, so that the PUK is used as soon as it comes. Until then it waits in one
// buffer, which every way out clears (HostGone).
type Act struct {
	w        *window.Window
	request  protocol.PINRequest
	phase    Phase
	spent    bool   // the site has released the PUK: the code is used up
	told     bool   // the page has the report
	field    string // the one that the alert is about
	strength pinentry.Strength
	held     []byte // the new PIN, while it waits for the page's answer
}

// Phase is how far the work for a new PIN is.
type Phase string

// The phases in their order.
const (
	PhaseClaim Phase = "claim" // host and card say who they are
	PhaseAsk   Phase = "ask"   // the page's site is asked
	PhaseSet   Phase = "set"   // the card gets its PIN
)

// releaseWait is how long the page's site may take for its answer, in milliseconds. It asks others in its turn.
const releaseWait = 120_000

// deviceSignature is the length of a signature by the device key (r‖s on P-256).
const deviceSignature = 64

// New returns the act of a window that has just been opened, and what to do first.
func New(calendar screen.Calendar) (*Act, []loop.Effect) {
	r := &Act{}
	w, effects := window.Open(r, calendar)
	r.w = w
	return r, effects
}

// Handle takes one event in and returns what to do about it, in order.
func (a *Act) Handle(event loop.Event) []loop.Effect { return a.w.Handle(event) }

// HostGone clears the new PIN.
func (a *Act) HostGone() {
	clear(a.held)
	a.held = nil
}

// Resume begins a second attempt.
func (a *Act) Resume() screen.Step { return a.w.ResumeAt(screen.StepWho) }

// WhyUnusable is why a card cannot get a PIN. A blocked PIN, or none, is what the act is for.
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
	asking := a.w.Step() == screen.StepWorking && a.phase == PhaseAsk
	switch {
	case t == protocol.PagePIN && !a.w.Asked():
		return a.pageAsks(body)
	case t == protocol.PageRelease && asking:
		return a.release(body)
	case t == protocol.PageRefusal && asking:
		a.refusal(body)
		return nil
	}
	return fault.Errorf(fault.RequestInvalid, "unexpected message")
}

func (a *Act) pageAsks(body json.RawMessage) error {
	var p protocol.PINRequest
	err := json.Unmarshal(body, &p)
	if err != nil {
		return fault.New(fault.RequestInvalid, err)
	}
	if p.Purpose == "" || len(p.Purpose) > protocol.MaxPurpose || !wire.IsCode(p.Code) || !wire.IsReference(p.Act) {
		return fault.Errorf(fault.RequestInvalid, "purpose, code or act")
	}
	a.request = p
	a.w.StopAwaitingPage()
	a.w.Accept(p.Language)
	a.w.Begin()
	return nil
}

// release hands what was released, and the new PIN, to the host for the card.
func (a *Act) release(body json.RawMessage) error {
	a.spent = true
	var p protocol.PINRelease
	err := json.Unmarshal(body, &p)
	if err != nil || len(p.Sealed) == 0 || len(p.Sealed) > protocol.MaxSealed {
		return fault.Errorf(fault.ReleaseInvalid, "not what can be sealed")
	}
	pin := a.held
	a.held = nil
	a.w.Commit()
	a.w.StopAwaitingPage()
	a.enter(PhaseSet)
	a.w.Host().Ask(&hostclient.Request{Kind: protocol.HostRelease, Body: protocol.HostReleaseBody{Sealed: p.Sealed}, New: pin})
	return nil
}

// refusal ends the act by the site's word: a code, and no words of its own.
func (a *Act) refusal(body json.RawMessage) {
	var p protocol.PINRefusal
	err := json.Unmarshal(body, &p)
	if err != nil || wire.KnownCode(p.Code) != p.Code {
		p.Code = fault.Unavailable
	}
	a.w.Fail(p.Code, "")
}

// HandleHost takes the claim, or the report on what the card did.
func (a *Act) HandleHost(m protocol.HostEnvelope) error {
	if m.Type == protocol.HostClaimed {
		var c protocol.PINClaim
		err := wire.Body(m, &c)
		if err != nil {
			return err
		}
		return a.claimed(c)
	}
	var p protocol.PINReport
	err := wire.Body(m, &p)
	if err != nil {
		return err
	}
	return a.reported(p)
}

// claimed hands the claim to the page, which asks its site. The page answers it once, so there is no second attempt.
func (a *Act) claimed(c protocol.PINClaim) error {
	if !isStatement(c.Claim, c.Signature) || len(c.Card) > protocol.MaxSignature {
		return wire.Invalid("not a claim")
	}
	a.w.MakeFinal()
	a.w.SilenceMeans(fault.Unavailable)
	a.enter(PhaseAsk)
	a.w.Post(protocol.PageClaim, c)
	a.w.AwaitPage(releaseWait)
	return nil
}

// reported hands what became of the release to the page, good or bad. Where the page has left, the person still
// sees it.
func (a *Act) reported(p protocol.PINReport) error {
	if !isStatement(p.Report, p.Signature) || p.Outcome != protocol.OutcomeDone && wire.KnownCode(p.Outcome) != p.Outcome {
		return wire.Invalid("not a report")
	}
	if a.w.PageWaits() {
		a.w.Post(protocol.PageReported, p)
		a.w.PageKnows()
		a.told = true
	}
	if p.Outcome == protocol.OutcomeDone {
		a.w.Finish()
		return nil
	}
	a.w.Fail(p.Outcome, "")
	return nil
}

// isStatement reports whether text and signature can be the device key's.
func isStatement(text, signature []byte) bool {
	return len(text) > 0 && len(text) <= protocol.MaxClaim && len(signature) == deviceSignature
}

// enter begins a phase of the work.
func (a *Act) enter(p Phase) {
	a.phase = p
	a.w.ForgetProgress()
	if p == PhaseSet {
		a.w.SpeakOfSlowness(a.w.PIN())
	} else {
		a.w.SpeakOfSlowness(protocol.PINState{})
	}
}
