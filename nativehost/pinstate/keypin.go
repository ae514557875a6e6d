package pinstate

import (
	"context"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/keypins"
)

// Key returns what this session, or another one on this machine, has seen of a key's context-specific PIN. known is false
// if neither has seen anything.
func (t *Tracker) Key(name string) (key keypins.Key, known bool) {
	key, known = t.keyPINs.Find(name)
	if seen, ok := t.keys[name]; ok && (!known || seen.Refused > key.Refused) {
		return seen, true
	}
	return key, known
}

// KeyPIN returns the state of a key's own PIN. Cards do not tell it; most block a PIN with the third wrong one.
func KeyPIN(key keypins.Key, token protocol.PINState) protocol.PINState {
	state := protocol.PINState{State: protocol.PINReady, Alphabet: token.Alphabet}
	if key.Refused > 0 {
		state.State = stateOf(max(usualTries-key.Refused, 1), protocol.PINReady)
	}
	return state
}

// AskedKeyPIN returns the state of the PIN that the window must ask for beside the token's, nil if there is none: the key
// is not known to have a PIN of its own, or the reader asks for it.
func (t *Tracker) AskedKeyPIN(name string, token protocol.PINState) *protocol.PINState {
	key, known := t.Key(name)
	if !known || !key.Own || token.Pad {
		return nil
	}
	state := KeyPIN(key, token)
	return &state
}

// KeyRefused notes that a key wants a PIN of its own (key_pin_required) or has refused one, and returns what is known of it
// from then on.
func (t *Tracker) KeyRefused(ctx context.Context, name string, code fault.Code) keypins.Key {
	key, _ := t.Key(name)
	if code != fault.KeyPINRequired {
		key.Refused++
		if err := t.keyPINs.Refused(context.WithoutCancel(ctx), key.Name); err != nil {
			t.log.Warn("not remembering that a key has refused its PIN", "error", err)
		}
	}
	key.Own = true
	t.keys[key.Name] = key
	return key
}

// KeyAccepted notes which PIN a key that wants one for each signature has accepted: its own, or the token's.
func (t *Tracker) KeyAccepted(ctx context.Context, name string, own bool) {
	delete(t.keys, name)
	if err := t.keyPINs.Accepted(context.WithoutCancel(ctx), name, own); err != nil {
		t.log.Warn("not remembering which PIN a key takes", "error", err)
	}
}
