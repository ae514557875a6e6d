package letters

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	lease          = 2 * time.Minute
	deliverTimeout = time.Minute // shorter than the lease
	lookEvery      = 2 * time.Second
	maxAttempts    = 16
	firstPause     = 5 * time.Second
	longestPause   = time.Hour
)

// Safe encrypts letters under a name, as safe.Safe does.
type Safe interface {
	SealValue(name string, value any) ([]byte, error)
	OpenValue(name string, sealed []byte, into any) error
}

// Options is what a sender is made of.
type Options struct {
	Store     store.Outbox
	Safe      Safe
	Transport Transport // nil where no letters are sent
	// Tried is told what came of each attempt: "sent", "failed" or "given_up"; nil tells nobody.
	Tried func(kind store.MessageKind, result string)
	Log   *slog.Logger
	Now   func() time.Time
}

// Sender sends what is in the outbox.
type Sender struct {
	Options
	waiting chan struct{} // has a value when a letter is in the outbox
}

// NewSender returns a sender; Run sends.
func NewSender(o Options) *Sender {
	if o.Tried == nil {
		o.Tried = func(store.MessageKind, string) {}
	}
	return &Sender{o, make(chan struct{}, 1)}
}

// letterName names a letter to the safe. No serial number has a NUL in it.
const letterName = "\x00letter"

// Message encrypts a letter for the outbox.
func (s *Sender) Message(l Letter, expires time.Time) (*store.Message, error) {
	sealed, err := s.Safe.SealValue(letterName, l)
	if err != nil {
		return nil, err
	}
	return &store.Message{Sealed: sealed, ExpiresAt: expires}, nil
}

// Wake tells this process's sender that a letter is there. Those of other processes look now and then.
func (s *Sender) Wake() {
	select {
	case s.waiting <- struct{}{}:
	default:
	}
}

// Run sends what is in the outbox, and what comes into it, until ctx ends.
func (s *Sender) Run(ctx context.Context) {
	if s.Transport == nil {
		return
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if s.sendNext(ctx) {
			continue
		}
		select {
		case <-s.waiting:
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// sendNext sends the letter that has been due longest, and reports whether there was one.
func (s *Sender) sendNext(ctx context.Context) bool {
	now := s.Now()
	l, err := s.Store.LeaseMessage(ctx, now, now.Add(lease))
	if errors.Is(err, store.ErrNotFound) {
		return false
	}
	if err != nil {
		if ctx.Err() == nil {
			s.Log.Error("outbox", "error", err)
		}
		return false
	}
	// What the mail server has said is noted, also when the portal is stopping.
	ctx = context.WithoutCancel(ctx)
	err = s.deliver(ctx, l)
	log := s.Log.With("kind", l.Kind, "id", l.ID, "attempt", l.Attempt)
	now = s.Now()
	again := now.Add(pauseAfter(l.Attempt))
	switch {
	case err == nil:
		s.Tried(l.Kind, "sent")
		log.Info("letter sent")
		err = s.Store.MessageSent(ctx, l, now)
	case errors.Is(err, ErrUndeliverable), l.Attempt >= maxAttempts, !again.Before(l.ExpiresAt):
		s.Tried(l.Kind, "given_up")
		log.Error("letter given up", "error", err)
		err = s.Store.MessageFailed(ctx, l, now, time.Time{})
	default:
		s.Tried(l.Kind, "failed")
		log.Warn("letter not sent", "error", err)
		err = s.Store.MessageFailed(ctx, l, now, again)
	}
	if err != nil {
		log.Error("outbox", "error", err)
		return false // the lease ends by itself
	}
	return true
}

func (s *Sender) deliver(ctx context.Context, l store.Letter) error {
	if !s.Now().Before(l.ExpiresAt) {
		return fmt.Errorf("%w: it is over", ErrUndeliverable)
	}
	letter := Letter{ID: l.ID}
	if err := s.Safe.OpenValue(letterName, l.Sealed, &letter); err != nil {
		return errors.Join(ErrUndeliverable, err)
	}
	ctx, cancel := context.WithTimeout(ctx, deliverTimeout)
	defer cancel()
	return s.Transport.Deliver(ctx, letter)
}

// pauseAfter is how long a letter waits after so many attempts: twice as long each time, up to longestPause.
func pauseAfter(attempts int) time.Duration {
	pause := firstPause
	for range attempts - 1 {
		pause = min(2*pause, longestPause)
	}
	return pause
}
