package flow

import "github.com/e-onay/e-onay/internal/protocol"

// What the windows have in common in which a PIN is typed so that a key works once: for signatures, a login, a hash.

// unfit is why a certificate cannot be used: problem, which is its own reason, or its token's PIN.
func unfit(problem protocol.Code, pin protocol.PINState) protocol.Code {
	switch {
	case problem != "":
		return known(problem)
	case pin.State == protocol.PINLocked:
		return protocol.CodePINLocked
	case pin.State == protocol.PINUnset:
		return protocol.CodePINNotSet
	}
	return ""
}

// submitPIN sends the PIN to the card with what the act asks for, once. A PIN that the card would not take is not sent
// at all: it could cost a try.
func (w *window) submitPIN(e Sign, kind protocol.HostType, body any) {
	token, ok := w.tokens[w.chosenToken()]
	if w.step != StepPIN || !ok {
		clear(e.PIN)
		return
	}
	if code := e.refusal(token.PIN); code != "" {
		clear(e.PIN)
		w.warn(code)
		return
	}
	if token.PIN.Pad {
		clear(e.PIN)
		e.PIN = nil
	}
	w.work()
	w.ask(&hostRequest{kind: kind, body: body, pin: e.PIN})
	w.slowAfter(token.PIN)
}

// hostRefuses takes no for that. A refused PIN may be typed again; whatever else ends the attempt.
func (w *window) hostRefuses(_ *hostRequest, code protocol.Code, e protocol.HostFailure) {
	if !mistyped(code) {
		w.fail(code, clip(e.Detail))
		return
	}
	w.lastTry(code)
	w.show(StepPIN)
	w.warn(code)
	w.askNext()
}
