// Package pinstate knows what can be known of a PIN, a PUK and a key's own PIN before one is sent to a card: from the
// library's flags, from the card itself, and from earlier refusals, of this session and of others.
//
// A state only ever warns or refuses. What a card does with a PIN it has received counts for more.
package pinstate

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/keypins"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/pukrefusals"
	"github.com/e-onay/e-onay/nativehost/reader"
)

// A Tracker has what one session knows. It is for one goroutine.
type Tracker struct {
	keyPINs     keypins.File
	pukRefusals pukrefusals.File
	log         *slog.Logger

	skipTries map[string]bool        // readers, by name, whose card was too slow to tell its tries
	keys      map[string]keypins.Key // by name: keys that want a PIN of their own, as this session has seen
	puks      map[string]string      // by token: PUK states that refusals told; not every library's list does
}

// New returns a Tracker that also reads and writes what other sessions have seen.
func New(keyPINs keypins.File, pukRefusals pukrefusals.File, log *slog.Logger) *Tracker {
	return &Tracker{
		keyPINs: keyPINs, pukRefusals: pukRefusals, log: log,
		skipTries: map[string]bool{}, keys: map[string]keypins.Key{}, puks: map[string]string{},
	}
}

// triesTime is how long a card may take to tell its tries; it needs milliseconds, and a busy machine a second. One that was late is not asked again in
// the session.
const triesTime = 3 * time.Second

// Describe adds to a token's PIN what the registry knows of the card's family, and what the card itself tells. name is the
// reader's; it is empty, and family nil, if they are not known.
func (t *Tracker) Describe(ctx context.Context, pin *protocol.PINState, name string, family *module.Family) {
	if family != nil {
		pin.Alphabet = family.PIN
		t.AskTries(ctx, pin, name, family)
	}
}

// AskTries asks the card in the named reader how many tries its PIN has left, if its family can tell. The card's answer
// counts for more than the library's flags.
func (t *Tracker) AskTries(ctx context.Context, pin *protocol.PINState, name string, family *module.Family) {
	command := family.VerifyWithoutData()
	if command == nil || t.skipTries[name] {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, triesTime)
	defer cancel()
	tries, known, err := reader.Tries(ctx, name, command)
	if errors.Is(err, context.DeadlineExceeded) {
		t.skipTries[name] = true
	}
	if err != nil {
		t.log.Warn("asking for the tries of a PIN", "reader", name, "error", err)
		return
	}
	switch {
	case !known:
	case tries == 0:
		pin.State = protocol.PINLocked
	default:
		pin.Tries = tries
		pin.State = stateOf(tries, pin.State)
	}
}

// usualTries is the least number of wrong PINs that a card takes before it is blocked.
const usualTries = 3

// stateOf is the state of a PIN with so many tries left, which was known to be in the given state.
func stateOf(tries int, state string) string {
	switch {
	case tries == 1:
		return protocol.PINFinal
	case tries < usualTries && state == protocol.PINReady:
		return protocol.PINLow
	}
	return state
}
