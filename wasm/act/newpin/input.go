package newpin

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
)

// AlertBlocked is the alert of a present PIN that was wrong and has blocked the card, which does not need it any
// more. Like AlertConfirm it never leaves the window.
const AlertBlocked fault.Code = "blocked"

// HandleInput takes what the person does about the new PIN.
func (a *Act) HandleInput(event loop.Event) {
	switch e := event.(type) {
	case loop.Continue:
		a.advance()
	case loop.Back:
		a.back()
	case pinentry.Typed:
		if a.w.Step() == screen.StepPIN {
			a.strength = pinentry.StrengthOf(e.New, a.w.PIN())
		}
		clear(e.New)
	case pinentry.SubmitNew:
		a.submit(e)
	}
}

// advance goes on to the next question.
func (a *Act) advance() {
	switch a.w.Step() {
	case screen.StepWho:
		a.w.Agree()
		a.w.Show(screen.StepCode)
	case screen.StepCode:
		a.w.AllAnswered()
		a.w.Show(a.w.CertificateStep())
	case screen.StepCertificate:
		if _, ok := a.w.Choice(); ok {
			a.askPIN()
		}
	}
}

// back returns to the question before.
func (a *Act) back() {
	switch a.w.Step() {
	case screen.StepCode:
		a.w.Show(screen.StepWho)
	case screen.StepWaiting, screen.StepCertificate:
		a.w.Show(screen.StepCode)
	case screen.StepPIN:
		a.w.Show(a.w.CertificateStep())
	}
}

// askPIN shows the question for the new PIN, its fields empty.
func (a *Act) askPIN() {
	a.field, a.strength = "", pinentry.StrengthNone
	a.w.Show(screen.StepPIN)
}

// submit keeps the new PIN for the card, and asks the host for the claim. What the card would not take is not even
// claimed for.
func (a *Act) submit(e pinentry.SubmitNew) {
	_, chosen := a.w.Choice()
	if a.w.Step() != screen.StepPIN || !chosen {
		e.Clear()
		return
	}
	state := a.w.PIN()
	key := a.w.KeyPIN()
	if !pinentry.HasPIN(state) || state.Pad {
		key = nil
	}
	code, field := e.Refusal(state)
	if code == "" && key != nil {
		code, field = e.KeyPINRefusal(*key)
	}
	if code != "" {
		e.Clear()
		a.field, a.strength = field, pinentry.StrengthNone
		a.w.Warn(code)
		return
	}
	if state.Pad {
		e.Clear()
		e.Old, e.New = nil, nil
	}
	if !pinentry.HasPIN(state) {
		clear(e.Old)
		e.Old = nil
	}
	if key == nil {
		clear(e.KeyPIN)
		e.KeyPIN = nil
	}
	clear(e.Again)
	a.held, a.strength = e.New, pinentry.StrengthNone
	a.w.StartWork()
	a.phase = PhaseClaim
	body := protocol.HostClaimBody{
		Certificate: a.w.Chosen(), Origin: a.w.Origin(), Purpose: a.request.Purpose, Code: a.request.Code, Act: a.request.Act,
		Attest: a.request.Attest,
	}
	body.Told, body.KeyTold = a.w.ShownStates()
	a.w.Host().Ask(&hostclient.Request{Kind: protocol.HostClaim, Body: body, PIN: e.Old, KeyPIN: e.KeyPIN})
	a.w.SpeakOfSlowness(state)
}

// HandleRefusal takes an error of the host. A present PIN may be typed again; whatever else ends the attempt.
func (a *Act) HandleRefusal(asked *hostclient.Request, f protocol.HostFailure) {
	if asked.Kind == protocol.HostClaim && a.askAgain(f.Code) {
		if f.KeyPIN != nil {
			a.field = "keypin"
		}
		return
	}
	a.w.Fail(f.Code, plaintext.Line(f.Detail))
}

// askAgain returns to the question for the PINs where the card's present one is the obstacle.
func (a *Act) askAgain(code fault.Code) bool {
	state := ""
	switch code {
	case fault.PINUsable: // the list was older than the card
		state = protocol.PINReady
	case fault.PINLocked:
		state, code = protocol.PINLocked, AlertBlocked
	default:
		if !pinentry.MayRetype(code) {
			return false
		}
	}
	t := a.w.ChosenToken()
	if t != nil && state != "" && pinentry.HasPIN(t.PIN) != (state == protocol.PINReady) {
		t.PIN.State = state
	}
	a.w.MarkLastAttempt(code)
	clear(a.held)
	a.held = nil
	a.askPIN()
	if code != AlertBlocked && !a.w.PIN().Pad {
		a.field = "old"
	}
	a.w.Warn(code)
	a.w.Host().Next()
	return true
}
