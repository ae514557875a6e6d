package flow

import (
	"encoding/json"

	"github.com/e-onay/e-onay/internal/protocol"
)

// Reset is one request for a card's new PIN, with a PUK that the page's site releases and nobody here sees. Like a
// Flow it takes events and returns effects; use NewReset. It is not safe for concurrent use.
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
// buffer (window.held), which every way out clears.
type Reset struct {
	window
	request  protocol.PINRequest
	phase    Phase
	spent    bool   // the site has released the PUK: the code is used up
	told     bool   // the page has the report
	field    string // the one that the alert is about
	strength Strength
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

// NewReset returns the flow of a window that has just been opened, and what to do first.
func NewReset(calendar Calendar) (*Reset, []Effect) {
	r := &Reset{}
	return r, r.open(r, calendar)
}

func (r *Reset) resume() Step { return r.resumeAt(StepWho) }

// unfit is why a card cannot get a PIN. A blocked PIN, or none, is what the act is for.
func (r *Reset) unfit(c protocol.Certificate, t protocol.Token) protocol.Code {
	switch c.Problem {
	case protocol.CodeCertificateMalformed, protocol.CodeCertificateExpired, protocol.CodeCertificateNotYetValid,
		protocol.CodeCertificateNotQualified, protocol.CodeCertificateKeyUsage:
		return c.Problem
	}
	switch {
	case t.PUK == protocol.PUKLocked:
		return protocol.CodePUKLocked
	case !t.Unblocks:
		return protocol.CodeUnblockUnsupported
	}
	return ""
}

// pageSays takes the request, and the site's answer to the claim while one is waited for.
func (r *Reset) pageSays(t protocol.PageType, body json.RawMessage) error {
	asking := r.step == StepWorking && r.phase == PhaseAsk
	switch {
	case t == protocol.PagePIN && !r.asked:
		return r.pageAsks(body)
	case t == protocol.PageRelease && asking:
		return r.release(body)
	case t == protocol.PageRefusal && asking:
		r.refusal(body)
		return nil
	}
	return protocol.Errorf(protocol.CodeRequestInvalid, "unexpected message")
}

func (r *Reset) pageAsks(body json.RawMessage) error {
	var p protocol.PINRequest
	err := json.Unmarshal(body, &p)
	if err != nil {
		return protocol.NewError(protocol.CodeRequestInvalid, err)
	}
	if p.Purpose == "" || len(p.Purpose) > protocol.MaxPurpose || !isCode(p.Code) || !isAct(p.Act) {
		return protocol.Errorf(protocol.CodeRequestInvalid, "purpose, code or act")
	}
	r.request = p
	r.do(After{Timer: TimerPage})
	r.opened(p.Language)
	r.begin()
	return nil
}

func isAct(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !digit(c) && (c|0x20 < 'a' || c|0x20 > 'z') && c != '_' && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= protocol.MaxAct
}

// release hands what was released, and the new PIN, to the host for the card.
func (r *Reset) release(body json.RawMessage) error {
	r.spent = true
	var p protocol.PINRelease
	err := json.Unmarshal(body, &p)
	if err != nil || len(p.Sealed) == 0 || len(p.Sealed) > protocol.MaxSealed {
		return protocol.Errorf(protocol.CodeReleaseInvalid, "not what can be sealed")
	}
	pin := r.held
	r.held, r.committed = nil, true
	r.do(After{Timer: TimerPage})
	r.enter(PhaseSet)
	r.ask(&hostRequest{kind: protocol.HostRelease, body: protocol.HostReleaseBody{Sealed: p.Sealed}, new: pin})
	return nil
}

// refusal ends the act by the site's word: a code, and no words of its own.
func (r *Reset) refusal(body json.RawMessage) {
	var p protocol.PINRefusal
	err := json.Unmarshal(body, &p)
	if err != nil || known(p.Code) != p.Code {
		p.Code = protocol.CodeUnavailable
	}
	r.fail(p.Code, "")
}

// hostSays takes the claim, or what became of the release.
func (r *Reset) hostSays(m protocol.HostEnvelope) error {
	if m.Type == protocol.HostClaimed {
		var c protocol.PINClaim
		err := body(m, &c)
		if err != nil {
			return err
		}
		return r.claimed(c)
	}
	var p protocol.PINReport
	err := body(m, &p)
	if err != nil {
		return err
	}
	return r.reported(p)
}

// claimed hands the claim to the page, which asks its site. The page answers it once, so there is no second attempt.
func (r *Reset) claimed(c protocol.PINClaim) error {
	if !isStatement(c.Claim, c.Signature) || len(c.Card) > protocol.MaxSignature {
		return invalid("not a claim")
	}
	r.final, r.late = true, protocol.CodeUnavailable
	r.enter(PhaseAsk)
	r.post(protocol.PageClaim, c)
	r.do(After{TimerPage, releaseWait})
	return nil
}

// reported hands what became of the release to the page, good or bad. Where the page has left, the person still
// sees it.
func (r *Reset) reported(p protocol.PINReport) error {
	if !isStatement(p.Report, p.Signature) || p.Outcome != protocol.OutcomeDone && known(p.Outcome) != p.Outcome {
		return invalid("not a report")
	}
	if !r.over {
		r.post(protocol.PageReported, p)
		r.over, r.told = true, true
	}
	if p.Outcome == protocol.OutcomeDone {
		r.done()
		return nil
	}
	r.fail(p.Outcome, "")
	return nil
}

// isStatement reports whether text and signature can be the device key's.
func isStatement(text, signature []byte) bool {
	return len(text) > 0 && len(text) <= protocol.MaxClaim && len(signature) == deviceSignature
}

// enter begins a phase of the work.
func (r *Reset) enter(p Phase) {
	r.phase, r.stage, r.slow = p, "", false
	if p == PhaseSet {
		r.slowAfter(r.pin())
	} else {
		r.do(After{TimerSlow, slowWait})
	}
}
