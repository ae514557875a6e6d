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

// AlertBlocked is the alert of a present PIN that was wrong and has blocked the card: from now on the card gets its new PIN
// without it. Like AlertConfirm it never leaves the window.
const AlertBlocked fault.Code = "blocked"

// HandleInput takes what the person does with the new PIN.
func (a *Act) HandleInput(event loop.Event) {
	switch e := event.(type) {
	case loop.Continue:
		a.advance()
	case loop.Back:
		a.back()
	case pinentry.Typed:
		if a.window.Step() == screen.StepPIN {
			a.strength = pinentry.StrengthOf(e.New, a.window.PIN())
		}
		clear(e.New)
	case pinentry.SubmitNew:
		a.submit(e)
	}
}

// advance goes on to the next question.
func (a *Act) advance() {
	switch a.window.Step() {
	case screen.StepWho:
		a.window.Agree()
		a.window.Show(screen.StepCode)
	case screen.StepCode:
		a.window.ReachCard()
		a.window.Show(a.window.CertificateStep())
	case screen.StepCertificate:
		if _, ok := a.window.Choice(); ok {
			a.askPIN()
		}
	}
}

// back returns to the question before.
func (a *Act) back() {
	switch a.window.Step() {
	case screen.StepCode:
		a.window.Show(screen.StepWho)
	case screen.StepWaiting, screen.StepCertificate:
		a.window.Show(screen.StepCode)
	case screen.StepPIN:
		a.window.Show(a.window.CertificateStep())
	}
}

// askPIN shows the question for the new PIN, its fields empty.
func (a *Act) askPIN() {
	a.field, a.strength = "", pinentry.StrengthNone
	a.window.Show(screen.StepPIN)
}

// submit keeps the new PIN for the card, and asks the host for the claim. A PIN that the card would not take is refused here,
// before the site releases a PUK for it.
func (a *Act) submit(e pinentry.SubmitNew) {
	_, chosen := a.window.Choice()
	if a.window.Step() != screen.StepPIN || !chosen {
		e.Clear()
		return
	}
	state := a.window.PIN()
	key := a.window.KeyPIN()
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
		a.window.Warn(code)
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
	a.newPIN, a.strength = e.New, pinentry.StrengthNone
	a.window.StartWork()
	a.phase = PhaseClaim
	body := protocol.HostClaimBody{
		Certificate: a.window.Chosen(), Origin: a.window.Origin(), Purpose: a.request.Purpose, Code: a.request.Code, Act: a.request.Act,
		Attest: a.request.Attest,
	}
	body.Told, body.KeyTold = a.window.PINStates()
	a.window.Host().Ask(&hostclient.Request{Kind: protocol.HostClaim, Body: body, PIN: e.Old, KeyPIN: e.KeyPIN})
	a.window.StartSlowTimer(state)
}

// HandleRefusal asks for a refused present PIN again. Any other refusal ends the attempt.
func (a *Act) HandleRefusal(asked *hostclient.Request, f protocol.HostFailure) {
	if asked.Kind == protocol.HostClaim && a.askAgain(f.Code) {
		if f.KeyPIN != nil {
			a.field = "keypin"
		}
		return
	}
	a.window.Fail(f.Code, plaintext.Line(f.Detail))
}

// askAgain returns to the question for the PINs where the card has refused the present one, and reports whether it has.
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
	t := a.window.ChosenToken()
	if t != nil && state != "" && pinentry.HasPIN(t.PIN) != (state == protocol.PINReady) {
		t.PIN.State = state
	}
	a.window.MarkLastAttempt(code)
	clear(a.newPIN)
	a.newPIN = nil
	a.askPIN()
	if code != AlertBlocked && !a.window.PIN().Pad {
		a.field = "old"
	}
	a.window.Warn(code)
	a.window.Host().Next()
	return true
}
