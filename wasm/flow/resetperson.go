package flow

import "github.com/e-onay/e-onay/internal/protocol"

// AlertBlocked is the alert of a present PIN that was wrong and has blocked the card, which does not need it any
// more. Like AlertConfirm it never leaves the window.
const AlertBlocked protocol.Code = "blocked"

// Typed brings what stands in the field of the new PIN while it is typed. The flow clears it.
type Typed struct{ New []byte }

func (Typed) event() {}

// does takes in what the person does about the new PIN.
func (r *Reset) does(event Event) {
	switch e := event.(type) {
	case Continue:
		r.advance()
	case Back:
		r.back()
	case Typed:
		if r.step == StepPIN {
			r.strength = strengthOf(e.New, r.pin())
		}
		clear(e.New)
	case SubmitChange:
		r.submit(e)
	}
}

// advance goes on to the next question.
func (r *Reset) advance() {
	switch r.step {
	case StepWho:
		r.agree()
		r.show(StepCode)
	case StepCode:
		r.examined = true
		r.show(r.certificateStep())
	case StepCertificate:
		if _, ok := r.choice(); ok {
			r.askPIN()
		}
	}
}

// back returns to the question before.
func (r *Reset) back() {
	switch r.step {
	case StepCode:
		r.show(StepWho)
	case StepWaiting, StepCertificate:
		r.show(StepCode)
	case StepPIN:
		r.show(r.certificateStep())
	}
}

// askPIN shows the question for the new PIN, its fields empty.
func (r *Reset) askPIN() {
	r.field, r.strength = "", StrengthNone
	r.show(StepPIN)
}

// pin is the state of the chosen card's PIN.
func (r *Reset) pin() protocol.PINState { return r.tokens[r.chosenToken()].PIN }

// hasPIN reports whether the card has a PIN that works.
func hasPIN(s protocol.PINState) bool {
	return s.State != protocol.PINLocked && s.State != protocol.PINUnset
}

// submit keeps the new PIN for the card, and asks the host for the claim. What the card would not take is not even
// claimed for.
func (r *Reset) submit(e SubmitChange) {
	_, chosen := r.choice()
	if r.step != StepPIN || !chosen {
		e.clear()
		return
	}
	state := r.pin()
	code, field := e.unfit(state)
	if code != "" {
		e.clear()
		r.field, r.strength = field, StrengthNone
		r.warn(code)
		return
	}
	if state.Pad {
		e.clear()
		e.Old, e.New = nil, nil
	}
	if !hasPIN(state) {
		clear(e.Old)
		e.Old = nil
	}
	clear(e.Again)
	r.held, r.strength = e.New, StrengthNone
	r.work()
	r.phase = PhaseClaim
	body := protocol.HostClaimBody{
		Certificate: r.chosen, Origin: r.stored.Origin, Purpose: r.request.Purpose, Code: r.request.Code, Act: r.request.Act,
	}
	r.ask(&hostRequest{kind: protocol.HostClaim, body: body, pin: e.Old})
	r.slowAfter(state)
}

// unfit returns why a new PIN is not sent, and the field that is about; nothing where all is well.
func (e SubmitChange) unfit(state protocol.PINState) (code protocol.Code, field string) {
	if state.State == protocol.PINFinal && !e.Confirmed {
		return AlertConfirm, "confirm"
	}
	if state.Pad {
		return "", ""
	}
	old := []byte(nil)
	if hasPIN(state) {
		old = e.Old
		if code = state.Refuse(old); code != "" {
			return code, "old"
		}
	}
	return e.unfitNew(old, state)
}

// unfitNew is unfit for the new PIN alone.
func (e SubmitChange) unfitNew(old []byte, state protocol.PINState) (code protocol.Code, field string) {
	if code = state.RefuseNew(old, e.New); code != "" {
		return code, "new"
	}
	if string(e.New) != string(e.Again) {
		return AlertAgain, "again"
	}
	return "", ""
}

// hostRefuses takes no for a claim or a release. A present PIN may be typed again; whatever else ends the attempt.
func (r *Reset) hostRefuses(asked *hostRequest, code protocol.Code, e protocol.HostFailure) {
	if asked.kind == protocol.HostClaim && r.askAgain(code) {
		return
	}
	r.fail(code, clip(e.Detail))
}

// askAgain returns to the question for the PINs where the card's present one is the obstacle.
func (r *Reset) askAgain(code protocol.Code) bool {
	state := ""
	switch code {
	case protocol.CodePINUsable: // the list was older than the card
		state = protocol.PINReady
	case protocol.CodePINLocked:
		state, code = protocol.PINLocked, AlertBlocked
	default:
		if !mistyped(code) {
			return false
		}
	}
	t, ok := r.tokens[r.chosenToken()]
	if ok && state != "" && hasPIN(t.PIN) != (state == protocol.PINReady) {
		t.PIN.State = state
		r.tokens[t.ID] = t
	}
	r.lastTry(code)
	clear(r.held)
	r.held = nil
	r.askPIN()
	if code != AlertBlocked && !t.PIN.Pad {
		r.field = "old"
	}
	r.warn(code)
	r.askNext()
	return true
}
