package session

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/reader"
)

// resetTime is how long an answer waits for the card to be reset, which takes a fraction of a second where no other
// program holds the card; resetTimeAtEnd is how long the session's end does.
const (
	resetTime      = 3 * time.Second
	resetTimeAtEnd = 5 * time.Second
)

// withLogin has act log in to the token of h, do its work and log out. It refuses a card that is no longer in the
// insertion that was listed, before anything is sent to it. What a refusal tells of the PIN is h's from then on. However act ends, the card is reset after it: a login lasts in
// the card, where any program of the person could use it, and C_Logout need not end it. card ends when the card is gone.
func (s *session) withLogin(ctx context.Context, h *holder, act func(card context.Context) error) error {
	card, cancel, err := s.readers.WhileInserted(ctx, h.insertion())
	if err != nil {
		return notInserted(err)
	}
	defer cancel()
	if len(h.insertions) > 0 && !h.staysOn() {
		var readers []string
		for _, in := range h.insertions {
			readers = append(readers, in.Reader)
		}
		h.worker.Guard(readers)
		defer s.endLogin(h)
	}
	return s.refusedPIN(ctx, h, act(card)) // before the reset: a card tells its tries while its application is selected
}

// notInserted gives the errors of reader.WhileInserted their codes.
func notInserted(err error) error {
	code := fault.TokenRemoved
	switch {
	case errors.Is(err, reader.ErrChanged):
		code = fault.CardChanged
	case errors.Is(err, reader.ErrNoService):
		code = fault.NoService
	}
	return fault.New(code, err)
}

// staysOn reports whether the card must not be reset.
func (h *holder) staysOn() bool { return h.family != nil && h.family.Reset == module.NoReset }

// endLogin resets the card, or, where it is not certain which reader it is in, the cards of all that it may be in. The
// attempts go on where the card could not be reset in time.
func (s *session) endLogin(h *holder) {
	ctx, cancel := context.WithTimeout(context.Background(), resetTime)
	defer cancel()
	failures := make([]error, len(h.insertions))
	var resetting sync.WaitGroup
	for i, in := range h.insertions {
		resetting.Go(func() { failures[i] = s.readers.Reset(ctx, in, h.family.VerifyWithoutData()) })
	}
	resetting.Wait()
	if err := errors.Join(failures...); err != nil {
		s.Log.Error("the card may still count as logged in", "module", h.worker.Module(), "error", err)
		h.worker.Close() // in case its library is what holds the card
		return
	}
	h.worker.Unguard(ctx)
}

// waitForResets gives a card that another program holds some more time before the session ends.
func (s *session) waitForResets() {
	ctx, cancel := context.WithTimeout(context.Background(), resetTimeAtEnd)
	defer cancel()
	s.readers.WaitForResets(ctx)
}
