// Package pinentry is what all questions for a PIN have in common: what the person types, why it is not sent to the card,
// and how good a new PIN is.
package pinentry

import (
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

// Submit hands the PIN over, and the key's PIN where that is asked for. Who receives it owns both from here on and clears
// them, or hands them to the effect PostHost, whose executor does. Confirmed says that the person knows that it is the
// last attempt.
type Submit struct {
	PIN, KeyPIN []byte
	Confirmed   bool
}

// SubmitNew hands the PINs over, or PUK and new PIN; like Submit it gives them away.
type SubmitNew struct {
	Old, KeyPIN, PUK, New, Again []byte
	Confirmed                    bool
}

func (Submit) IsEvent()    {}
func (SubmitNew) IsEvent() {}

// Typed brings what stands in the field of the new PIN while it is typed. Who receives it clears it.
type Typed struct{ New []byte }

func (Typed) IsEvent() {}

// AlertConfirm is the alert of a last attempt that was not confirmed. It is not an error code: it never leaves the window.
const AlertConfirm fault.Code = "confirm"

// AlertAgain is the alert of a new PIN that was typed differently the second time. Like AlertConfirm it never
// leaves the page.
const AlertAgain fault.Code = "again"

// ConfirmsLastAttempt reports whether typed are the words that are asked for before a last attempt, in either language and
// in any case.
func ConfirmsLastAttempt(typed string) bool {
	words := strings.ToLower(strings.Join(strings.Fields(typed), " "))
	return words == "son hak" || words == "last try"
}

// Refusal returns why PINs in the states are not sent, or nothing; ofKey tells that it is about the key's. key is nil
// where that is not asked for.
func (e Submit) Refusal(state protocol.PINState, key *protocol.PINState) (code fault.Code, ofKey bool) {
	if IsLastAttempt(state, key) && !e.Confirmed {
		return AlertConfirm, false
	}
	if state.Pad {
		return "", false
	}
	if code = state.Refuse(e.PIN); code != "" || key == nil {
		return code, false
	}
	return key.Refuse(e.KeyPIN), true
}

// Clear overwrites the PINs.
func (e Submit) Clear() {
	clear(e.PIN)
	clear(e.KeyPIN)
}

// IsLastAttempt reports whether one more wrong PIN, of those that are asked for, blocks the token. key is nil where
// the key has none of its own.
func IsLastAttempt(state protocol.PINState, key *protocol.PINState) bool {
	return state.State == protocol.PINFinal || key != nil && key.State == protocol.PINFinal
}

// Clear overwrites PINs and PUK.
func (e SubmitNew) Clear() {
	clear(e.Old)
	clear(e.KeyPIN)
	clear(e.PUK)
	clear(e.New)
	clear(e.Again)
}

// Refusal returns why a new PIN is not sent, and the field that is about; nothing where all is well.
func (e SubmitNew) Refusal(state protocol.PINState) (code fault.Code, field string) {
	if state.State == protocol.PINFinal && !e.Confirmed {
		return AlertConfirm, "confirm"
	}
	if state.Pad {
		return "", ""
	}
	old := []byte(nil)
	if HasPIN(state) {
		old = e.Old
		if code = state.Refuse(old); code != "" {
			return code, "old"
		}
	}
	return e.newRefusal(old, state)
}

// KeyPINRefusal is Refusal for the key's own PIN.
func (e SubmitNew) KeyPINRefusal(state protocol.PINState) (code fault.Code, field string) {
	if state.State == protocol.PINFinal && !e.Confirmed {
		return AlertConfirm, "confirm"
	}
	return state.Refuse(e.KeyPIN), "keypin"
}

// newRefusal returns why a new PIN is not sent, and the field that is about; nothing where all is well.
func (e SubmitNew) newRefusal(old []byte, state protocol.PINState) (code fault.Code, field string) {
	if code = state.RefuseNew(old, e.New); code != "" {
		return code, "new"
	}
	if string(e.New) != string(e.Again) {
		return AlertAgain, "again"
	}
	return "", ""
}

// PUKRefusal returns why PUK and new PIN are not sent, and the field that is about; nothing where all is well.
func (e SubmitNew) PUKRefusal(t protocol.Token) (code fault.Code, field string) {
	if t.PUK == protocol.PUKFinal && !e.Confirmed {
		return AlertConfirm, "confirm"
	}
	if t.PIN.Pad {
		return "", ""
	}
	if code = t.PIN.RefusePUK(e.PUK); code != "" {
		return code, "puk"
	}
	return e.newRefusal(nil, t.PIN)
}

// HasPIN reports whether the card has a PIN that works.
func HasPIN(s protocol.PINState) bool {
	return s.State != protocol.PINLocked && s.State != protocol.PINUnset
}

// MayRetype reports whether the person may type another PIN after this refusal.
func MayRetype(code fault.Code) bool {
	switch code {
	case fault.PINEmpty, fault.PINLength, fault.PINCharacters, fault.PINIncorrect, fault.PINLastTry,
		fault.TriesFewer, fault.KeyPINRequired, fault.KeyPINIncorrect:
		return true
	}
	return false
}
