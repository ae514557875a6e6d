package portal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	letterLease    = 2 * time.Minute
	deliverTimeout = time.Minute // shorter than the lease
	lettersEvery   = 2 * time.Second
	maxAttempts    = 16
	firstPause     = 5 * time.Second
	longestPause   = time.Hour
)

// noticeLifetime is for how long a notice is tried to be sent.
const noticeLifetime = 24 * time.Hour

// openLetters makes ready what codes and notices need.
func (p *Portal) openLetters() (err error) {
	if err := p.settings.checkSecondChannel(); err != nil {
		return fmt.Errorf("portal: %w", err)
	}
	if p.codes, err = newCodeHasher(p.settings.ClientSecret); err != nil {
		return err
	}
	if p.courier == nil && p.puks != nil && p.settings.Mail != nil {
		p.courier, err = newSMTPCourier(p.settings.Mail)
	}
	return err
}

// letterName names a letter to the safe. No serial number has a NUL in it.
const letterName = "\x00letter"

// newMessage encrypts a letter for the outbox.
func (p *Portal) newMessage(l Letter, expires time.Time) (*store.Message, error) {
	sealed, err := p.puks.sealValue(letterName, l)
	if err != nil {
		return nil, err
	}
	return &store.Message{Sealed: sealed, ExpiresAt: expires}, nil
}

// wakeSender tells this process' sender that a letter is there. Those of other processes look now and then.
func (p *Portal) wakeSender() {
	select {
	case p.letters <- struct{}{}:
	default:
	}
}

// SendLetters sends what is in the outbox, and what comes into it, until ctx ends.
func (p *Portal) SendLetters(ctx context.Context) {
	if p.courier == nil {
		return
	}
	tick := time.NewTicker(lettersEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if p.sendNext(ctx) {
			continue
		}
		select {
		case <-p.letters:
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// sendNext sends the letter that has been due longest, and reports whether there was one.
func (p *Portal) sendNext(ctx context.Context) bool {
	now := p.now()
	l, err := p.store.LeaseMessage(ctx, now, now.Add(letterLease))
	if errors.Is(err, store.ErrNotFound) {
		return false
	}
	if err != nil {
		if ctx.Err() == nil {
			p.log.Error("outbox", "error", err)
		}
		return false
	}
	// What the mail server has said is noted, also when the portal is stopping.
	ctx = context.WithoutCancel(ctx)
	err = p.deliver(ctx, l)
	log := p.log.With("kind", l.Kind, "id", l.ID, "attempt", l.Attempt)
	now = p.now()
	again := now.Add(pauseAfter(l.Attempt))
	switch {
	case err == nil:
		log.Info("letter sent")
		err = p.store.MessageSent(ctx, l, now)
	case errors.Is(err, errUndeliverable), l.Attempt >= maxAttempts, !again.Before(l.ExpiresAt):
		log.Error("letter given up", "error", err)
		err = p.store.MessageFailed(ctx, l, now, time.Time{})
	default:
		log.Warn("letter not sent", "error", err)
		err = p.store.MessageFailed(ctx, l, now, again)
	}
	if err != nil {
		log.Error("outbox", "error", err)
		return false // the lease ends by itself
	}
	return true
}

func (p *Portal) deliver(ctx context.Context, l store.Letter) error {
	if !p.now().Before(l.ExpiresAt) {
		return fmt.Errorf("%w: it is over", errUndeliverable)
	}
	letter := Letter{ID: l.ID}
	if err := p.puks.openValue(letterName, l.Sealed, &letter); err != nil {
		return errors.Join(errUndeliverable, err)
	}
	ctx, cancel := context.WithTimeout(ctx, deliverTimeout)
	defer cancel()
	return p.courier.Deliver(ctx, letter)
}

// pauseAfter is how long a letter waits after so many attempts: twice as long each time, up to longestPause.
func pauseAfter(attempts int) time.Duration {
	pause := firstPause
	for range attempts - 1 {
		pause = min(2*pause, longestPause)
	}
	return pause
}
