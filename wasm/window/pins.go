package window

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/wire"
)

// What the acts have in common that ask for a PIN to use a key once: sign, login, signhash.

// WhyUnusable returns why a certificate cannot be used, or nothing: problem, the certificate's own, or the state of
// its token's PIN.
func WhyUnusable(problem fault.Code, pin protocol.PINState) fault.Code {
	switch {
	case problem != "":
		return wire.KnownCode(problem)
	case pin.State == protocol.PINLocked:
		return fault.PINLocked
	case pin.State == protocol.PINUnset:
		return fault.PINNotSet
	}
	return ""
}

// SubmitPINs sends the PINs to the card with what the act asks for, once. A PIN that the card would not take is not sent: it
// could cost an attempt.
func (w *Window) SubmitPINs(e pinentry.Submit, r *hostclient.Request) {
	token := w.ChosenToken()
	if w.step != screen.StepPIN || token == nil {
		e.Clear()
		return
	}
	key := w.KeyPIN()
	if code, ofKey := e.Refusal(token.PIN, key); code != "" {
		e.Clear()
		w.Warn(code)
		w.ofKey = ofKey
		return
	}
	if token.PIN.Pad {
		clear(e.PIN)
		e.PIN = nil
	}
	if key == nil || token.PIN.Pad {
		clear(e.KeyPIN)
		e.KeyPIN = nil
	}
	w.StartWork()
	r.PIN, r.KeyPIN = e.PIN, e.KeyPIN
	w.host.Ask(r)
	w.StartSlowTimer(token.PIN)
}

// KeyPIN returns the state of the PIN that the chosen certificate's key has for itself; nil where it is not asked for.
func (w *Window) KeyPIN() *protocol.PINState {
	if c := w.inventory.Certificate(w.chosen); c != nil {
		return c.KeyPIN
	}
	return nil
}

// PINStates returns the states of the token's and the key's PIN that are on the screen. The host compares them
// before it sends anything to the card.
func (w *Window) PINStates() (pin, key string) {
	if state := w.KeyPIN(); state != nil {
		key = state.State
	}
	return w.PIN().State, key
}

// AskPINAgain takes a refusal of the host: it asks for a refused PIN again, and ends the attempt for any other reason.
func (w *Window) AskPINAgain(f protocol.HostFailure) {
	if !pinentry.MayRetype(f.Code) {
		w.Fail(f.Code, plaintext.Line(f.Detail))
		return
	}
	w.MarkLastAttempt(f.Code)
	w.Show(screen.StepPIN)
	w.Warn(f.Code)
	w.ofKey = f.KeyPIN != nil
	w.host.Next()
}
