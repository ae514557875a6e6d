package session

import (
	"bytes"
	"context"
	"errors"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/keypins"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// A keyPINError is an error about a key's own PIN, with its state.
type keyPINError struct {
	state protocol.PINState
	err   *fault.Error
}

func (e *keyPINError) Error() string { return e.err.Error() }
func (e *keyPINError) Unwrap() error { return e.err }

// typedPINs are what a person has typed for one act with a key, and the states that the window showed them before.
type typedPINs struct {
	pin, keyPIN   []byte
	told, keyTold string
}

func (t typedPINs) clear() {
	clear(t.pin)
	clear(t.keyPIN)
}

// differ reports whether the key's PIN was typed, and is another one than the token's.
func (t typedPINs) differ() bool { return len(t.keyPIN) > 0 && !bytes.Equal(t.pin, t.keyPIN) }

// entry returns what is given to the card for an act with a certificate's key, or why nothing is.
func (s *session) entry(c *choice, t typedPINs) (worker.Entry, error) {
	told, err := checkPIN(c.holder, t.told, t.pin)
	if err != nil {
		return worker.Entry{}, err
	}
	e := worker.Entry{PIN: t.pin, KeyPIN: t.keyPIN, Told: told}
	key, known := s.knownKey(c)
	state := keyPINState(key, *c.pin)
	refuse := func(code fault.Code) (worker.Entry, error) {
		return worker.Entry{}, &keyPINError{state: state, err: fault.Errorf(code, "of the key's PIN, which was not sent to the card")}
	}
	switch own := known && key.Own; {
	case c.pin.Pad && !own:
		return e, nil // the reader asks for whichever PIN it is
	case c.pin.Pad:
	case len(t.keyPIN) == 0 && own:
		return refuse(fault.KeyPINRequired)
	case len(t.keyPIN) == 0:
		e.OnePIN = known
		return e, nil
	default:
		if code := state.Refuse(t.keyPIN); code != "" {
			return refuse(code)
		}
	}
	if code := state.Since(t.keyTold); code != "" {
		return refuse(code)
	}
	return e, nil
}

// knownKey is what is known of the PIN of a certificate's key: by this session, or by the machine.
func (s *session) knownKey(c *choice) (key keypins.Key, known bool) {
	name := publicKey(c.certificate)
	key, known = s.KeyPINs.Find(name)
	if seen, ok := s.keys[name]; ok && (!known || seen.Refused > key.Refused) {
		return seen, true
	}
	return key, known
}

// keyPINState is the state of a key's own PIN. Cards tell nothing of it; most lock a PIN with the third wrong one.
func keyPINState(key keypins.Key, token protocol.PINState) protocol.PINState {
	state := protocol.PINState{State: protocol.PINReady, Alphabet: token.Alphabet}
	if key.Refused > 0 {
		state.State = stateOf(max(usualTries-key.Refused, 1), protocol.PINReady)
	}
	return state
}

// askedKeyPIN is the state of the PIN that the window is to ask for beside the token's; nil where there is none.
func (s *session) askedKeyPIN(c *choice) *protocol.PINState {
	key, known := s.knownKey(c)
	if !known || !key.Own || c.pin.Pad {
		return nil
	}
	state := keyPINState(key, *c.pin)
	return &state
}

// refusedEntry takes in what a refusal tells of the PINs that were given, and returns it with all that is known of
// them.
func (s *session) refusedEntry(ctx context.Context, c *choice, err error) error {
	code := fault.CodeOf(err)
	key, _ := s.knownKey(c)
	switch code {
	case fault.KeyPINRequired:
	case fault.KeyPINIncorrect, fault.KeyPINLocked:
		key.Refused++
		if err := s.KeyPINs.Refused(context.WithoutCancel(ctx), key.Name); err != nil {
			s.Log.Warn("not remembering that a key has refused its PIN", "error", err)
		}
	default:
		return err
	}
	key.Own = true
	s.keys[key.Name] = key
	if _, told := errors.AsType[*keyPINError](err); told {
		return err
	}
	return &keyPINError{state: keyPINState(key, *c.pin), err: fault.New(code, err)}
}

// acceptedEntry remembers which PIN a key has taken that wants one for each signature.
func (s *session) acceptedEntry(ctx context.Context, c *choice, own bool) {
	name := publicKey(c.certificate)
	delete(s.keys, name)
	if err := s.KeyPINs.Accepted(context.WithoutCancel(ctx), name, own); err != nil {
		s.Log.Warn("not remembering which PIN a key takes", "error", err)
	}
}
