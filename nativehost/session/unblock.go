package session

import (
	"context"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/journal"
	"github.com/e-onay/e-onay/nativehost/secret"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// unblock gives a token of the latest list a new PIN with a PUK that the person has.
func (s *session) unblock(j job, act *journal.Act) error {
	var body protocol.HostUnblockBody
	defer func() { secret.Wipe(body.PUK); secret.Wipe(body.New) }()
	err := j.take(&body)
	if err != nil {
		return err
	}
	h, err := s.listedToken(body.Token)
	if err != nil {
		return err
	}
	*act = s.ofToken(h, journal.Act{Kind: protocol.JournalUnblock})
	if err := h.unblockable(); err != nil {
		return err
	}
	if code := h.pin.RefusePUK(body.PUK); code != "" {
		return &worker.PINError{State: *h.pin, Err: fault.Errorf(code, "of the PUK, which was not sent to the card")}
	}
	told := body.Told
	if told == "" {
		told = h.puk
	}
	return s.newPIN(j, h, body.New, func(card context.Context, h *holder) error {
		return h.worker.Unblock(card, h.ref, h.method, body.PUK, body.New, told)
	})
}

// newPIN checks a PIN and has use give it to the token. What use says of PUK and PIN is what is known of them from then
// on.
func (s *session) newPIN(j job, h *holder, pin []byte, use func(context.Context, *holder) error) error {
	if err := context.Cause(j.ctx); err != nil {
		return fault.New(fault.Cancelled, err)
	}
	if code := h.pin.RefuseNew(nil, pin); code != "" {
		return &worker.PINError{State: *h.pin, Err: fault.Errorf(code, "not sent to the card")}
	}
	ctx, end := sheltered(j.ctx)
	defer end()
	err := s.withLogin(ctx, h, func(card context.Context) error {
		s.progress(j.ID, protocol.HostStagePIN)
		if err := use(card, h); err != nil {
			return precise(card, h, err)
		}
		return nil
	})
	if err != nil {
		h.puk = protocol.PUKAfter(h.puk, fault.CodeOf(err))
		if fault.CodeOf(err) == fault.TriesFewer {
			h.puk = protocol.PUKFinal
		}
		s.puks[h.id] = h.puk
		if h.puk != protocol.PUKReady {
			s.remember(ctx, h, true)
		}
		return err
	}
	h.pin.State, h.pin.Tries, h.puk = protocol.PINReady, 0, protocol.PUKReady
	delete(s.puks, h.id)
	s.remember(ctx, h, false)
	return nil
}

// remember notes for later sessions whether the card has refused its PUK.
func (s *session) remember(ctx context.Context, h *holder, refused bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recording)
	defer cancel()
	if err := s.refusals.note(ctx, h.ref.Serial, refused); err != nil {
		s.Log.Warn("not remembering what the card did with a PUK", "error", err)
	}
}

// worsePUK is the state of the two with fewer tries.
func worsePUK(a, b string) string {
	states := []string{protocol.PUKReady, protocol.PUKLow, protocol.PUKFinal, protocol.PUKLocked}
	if slices.Index(states, a) < slices.Index(states, b) {
		return b
	}
	return a
}

// finishing is how long a card has to finish what it has begun when nobody waits for it any more: many times what
// any card takes.
const finishing = 5 * time.Second

// sheltered returns a context that outlives ctx by finishing. A PUK, or a change of the PIN, on its way to the card
// cannot be called back, and a worker that is killed then cannot tell what became of it. So a cancelled request that
// has reached the card ends with what the card says, and with cancelled only where it says nothing.
func sheltered(ctx context.Context) (context.Context, context.CancelFunc) {
	out, end := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(finishing, func() { end(context.Cause(ctx)) })
	})
	return out, func() { stop(); end(nil) }
}
