package cardlogin

import (
	"bytes"
	"context"
	"errors"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/inventory"
	"github.com/e-onay/e-onay/nativehost/pinstate"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// PINs are what a person has typed for one act with a key, with the states that the window showed when they did.
type PINs struct {
	PIN, KeyPIN   []byte
	Told, KeyTold string
}

func (p PINs) clear() {
	clear(p.PIN)
	clear(p.KeyPIN)
}

// differ reports whether the key's PIN was typed, and differs from the token's.
func (p PINs) differ() bool { return len(p.KeyPIN) > 0 && !bytes.Equal(p.PIN, p.KeyPIN) }

// A KeyPINError is an error about a key's own PIN, with its state.
type KeyPINError struct {
	State protocol.PINState
	Err   *fault.Error
}

func (e *KeyPINError) Error() string { return e.Err.Error() }
func (e *KeyPINError) Unwrap() error { return e.Err }

// entry returns what is sent to the card for an act with a certificate's key, or why nothing is.
func (c *Cards) entry(certificate *inventory.Certificate, typed PINs) (worker.Entry, error) {
	token := certificate.Token
	told, err := checkPIN(token, typed.Told, typed.PIN)
	if err != nil {
		return worker.Entry{}, err
	}
	e := worker.Entry{PIN: typed.PIN, KeyPIN: typed.KeyPIN, Told: told}
	key, known := c.States.Key(certificate.KeyName())
	state := pinstate.KeyPIN(key, token.PIN)
	refuse := func(code fault.Code) (worker.Entry, error) {
		return worker.Entry{}, &KeyPINError{State: state, Err: fault.Errorf(code, "of the key's PIN, which was not sent to the card")}
	}
	switch own := known && key.Own; {
	case token.PIN.Pad && !own:
		return e, nil // the reader asks for whichever PIN it is
	case token.PIN.Pad:
	case len(typed.KeyPIN) == 0 && own:
		return refuse(fault.KeyPINRequired)
	case len(typed.KeyPIN) == 0:
		e.OnePIN = known
		return e, nil
	default:
		if code := state.Refuse(typed.KeyPIN); code != "" {
			return refuse(code)
		}
	}
	if code := state.Since(typed.KeyTold); code != "" {
		return refuse(code)
	}
	return e, nil
}

// refusedKeyPIN notes what a refusal tells of the key's own PIN, and returns the refusal with all that is known of it. It
// returns other errors as they are.
func (c *Cards) refusedKeyPIN(ctx context.Context, certificate *inventory.Certificate, err error) error {
	code := fault.CodeOf(err)
	switch code {
	case fault.KeyPINRequired, fault.KeyPINIncorrect, fault.KeyPINLocked:
	default:
		return err
	}
	key := c.States.KeyRefused(ctx, certificate.KeyName(), code)
	if _, told := errors.AsType[*KeyPINError](err); told {
		return err
	}
	return &KeyPINError{State: pinstate.KeyPIN(key, certificate.Token.PIN), Err: fault.New(code, err)}
}
