package flow

import "github.com/e-onay/e-onay/internal/protocol"

// Unblocking is what a PUK can do for a card.
type Unblocking string

// What it can do.
const (
	UnblockNone       Unblocking = ""           // nothing: the PIN works, and no way is known
	UnblockOffered    Unblocking = "offered"    // the PIN works, and may be forgotten
	UnblockNeeded     Unblocking = "needed"     // the PIN is blocked
	UnblockFirst      Unblocking = "first"      // there is no PIN yet
	UnblockImpossible Unblocking = "impossible" // the PIN is needed, and no way is known
	UnblockSpent      Unblocking = "spent"      // the PIN works; the PUK does not any more
	UnblockLost       Unblocking = "lost"       // neither works
)

func unblocking(t protocol.Token) Unblocking {
	works := hasPIN(t.PIN)
	switch {
	case works && t.PUK == protocol.PUKLocked:
		return UnblockSpent
	case t.PUK == protocol.PUKLocked:
		return UnblockLost
	case works && !t.Unblocks:
		return UnblockNone
	case !t.Unblocks:
		return UnblockImpossible
	case works:
		return UnblockOffered
	case t.PIN.State == protocol.PINUnset:
		return UnblockFirst
	}
	return UnblockNeeded
}

// unblock opens the question for a token's PUK and its new PIN.
func (m *Manage) unblock(id string) {
	switch unblocking(m.known[id]) {
	case UnblockOffered, UnblockNeeded, UnblockFirst:
		m.subject = id
		m.show(ScreenUnblock)
	}
}

// submitUnblock sends the PUK and the new PIN, once.
func (m *Manage) submitUnblock(e SubmitChange) {
	t := m.token()
	code, field := e.unfitPUK(t)
	if code != "" {
		e.clear()
		m.refuse(code, field)
		return
	}
	if t.PIN.Pad {
		e.clear()
		e.PUK, e.New = nil, nil
	}
	clear(e.Old)
	clear(e.Again)
	m.work(&hostRequest{kind: protocol.HostUnblock, body: protocol.HostUnblockBody{Token: m.subject}, puk: e.PUK, new: e.New})
}

// unfitPUK returns why PUK and new PIN are not sent, and the field that is about; nothing where all is well.
func (e SubmitChange) unfitPUK(t protocol.Token) (code protocol.Code, field string) {
	if t.PUK == protocol.PUKFinal && !e.Confirmed {
		return AlertConfirm, "confirm"
	}
	if t.PIN.Pad {
		return "", ""
	}
	if code = t.PIN.RefusePUK(e.PUK); code != "" {
		return code, "puk"
	}
	return e.unfitNew(nil, t.PIN)
}

// fieldOf is the field that a refusal of the host is about.
func fieldOf(question ManageScreen, state protocol.PINState, code protocol.Code) string {
	switch {
	case state.Pad:
		return ""
	case question == ScreenTest:
		return "pin"
	case code == protocol.CodePUKIncorrect, code == protocol.CodePUKLastTry:
		return "puk"
	case question == ScreenUnblock, code == protocol.CodePINWeak, code == protocol.CodePINSame, code == protocol.CodePINRefused:
		return "new"
	}
	return "old"
}
