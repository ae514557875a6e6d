package session

import (
	"context"
	"errors"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/reader"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// triesTime is how long a card may take to tell its tries; it needs milliseconds. One that was late is not asked
// again in the session.
const triesTime = time.Second

// describePIN adds to a token's PIN what the registry knows of such a card, and what the card itself tells.
func (s *session) describePIN(ctx context.Context, pin *protocol.PINState, at place) {
	if at.family != nil {
		pin.Alphabet = at.family.PIN
		s.askTries(ctx, at, pin)
	}
}

// askTries asks the card for the tries that are left. What it says counts for more than the library's flags.
func (s *session) askTries(ctx context.Context, at place, state *protocol.PINState) {
	name, command := at.insertion().Reader, at.family.VerifyWithoutData()
	if command == nil || s.mute[name] {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, triesTime)
	defer cancel()
	tries, known, err := reader.Tries(ctx, name, command)
	if errors.Is(err, context.DeadlineExceeded) {
		s.mute[name] = true
	}
	if err != nil {
		s.Log.Warn("asking for the tries of a PIN", "reader", name, "error", err)
		return
	}
	switch {
	case !known:
	case tries == 0:
		state.State = protocol.PINLocked
	default:
		state.Tries = tries
		state.State = stateOf(tries, state.State)
	}
}

// usualTries is how many wrong PINs a card takes that nobody has given a wrong one, or more.
const usualTries = 3

// stateOf is what so many tries say of a PIN that is known to be in a state.
func stateOf(tries int, state string) string {
	switch {
	case tries == 1:
		return protocol.PINFinal
	case tries < usualTries && state == protocol.PINReady:
		return protocol.PINLow
	}
	return state
}

// checkPIN refuses what would only cost the person a try, or what the card would not take at all. told is the state that
// the window showed when the PIN was typed, empty for what the session told last. It returns what the card is compared
// with just before the login.
func checkPIN(h *holder, told string, pin []byte) (string, error) {
	if told == "" {
		told = h.pin.State
	}
	code := h.pin.Refuse(pin)
	if code == "" {
		code = h.pin.Since(told)
	}
	if code != "" {
		return "", unsent(h, code)
	}
	return told, nil
}

// triesAsTold asks the card again, where it tells its tries, and refuses one with fewer tries left than the person was
// shown: other windows spend tries as well. Where the card does not tell, the worker looks at the token's flags.
func (s *session) triesAsTold(ctx context.Context, h *holder, told string) error {
	if h.family != nil {
		s.askTries(ctx, h.place, h.pin)
	}
	if code := h.pin.Since(told); code != "" {
		return unsent(h, code)
	}
	return nil
}

// unsent is the refusal of a PIN that the card does not get.
func unsent(h *holder, code fault.Code) error {
	return &worker.PINError{State: *h.pin, Err: fault.New(code, errors.New("not sent to the card"))}
}

// refusedPIN takes the token's state after a refusal in, and returns the refusal with all that is known of it.
func (s *session) refusedPIN(ctx context.Context, h *holder, err error) error {
	e, ok := errors.AsType[*worker.PINError](err)
	if !ok || fault.CodeOf(err) != e.Err.Code {
		return err // a card that has gone, or that another program has, has refused nothing
	}
	state := e.State
	s.describePIN(ctx, &state, h.place)
	*h.pin = state
	return &worker.PINError{State: state, Err: e.Err}
}
