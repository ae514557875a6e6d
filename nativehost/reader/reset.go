package reader

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ebfe/scard"
)

// retryFor is how long a Watcher goes on trying to reset a card, retryEvery how often it tries.
const (
	retryFor   = 30 * time.Second
	retryEvery = 100 * time.Millisecond
)

var (
	// errLoggedIn means that the card says after a reset that its PIN need not be given.
	errLoggedIn = errors.New("the card counts as logged in after a reset")
	// errHeld means that an earlier reset of the card has not come to its end.
	errHeld = errors.New("another program holds the card, or it is silent")
)

// Reset resets the card of an insertion, so that no login on it counts any more: at C_Logout some libraries send the card
// nothing. A card that has left its reader needs no reset. verify is a VERIFY command without data, by which a card tells that
// it counts as logged in; nil if the card does not tell.
//
// A program that holds the card delays the reset. ctx ends the waiting, not the attempts: they go on while the insertion
// lasts, for some time, and WaitForResets waits for them. Meanwhile another Reset of the insertion returns an error at once,
// and the attempts end only with a reset that comes after it. The service has few connections, and a silent card holds each
// that is opened to it.
func (w *Watcher) Reset(ctx context.Context, in Insertion, verify []byte) error {
	w.mu.Lock()
	if _, tried := w.resetting[in]; tried {
		w.resetting[in] = true
		w.mu.Unlock()
		return errHeld
	}
	w.resetting[in] = false
	w.mu.Unlock()
	done := make(chan error, 1)
	w.resets.Go(func() { done <- w.keepResetting(in, verify) })
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// WaitForResets returns when no attempt of Reset goes on, or when ctx ends.
func (w *Watcher) WaitForResets(ctx context.Context) {
	ended := make(chan struct{})
	go func() {
		w.resets.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
}

func (w *Watcher) keepResetting(in Insertion, verify []byte) error {
	for end := time.Now().Add(retryFor); ; time.Sleep(retryEvery) {
		// A card without power has no login, nor has one that a service finds at its start.
		var err error
		if w.Inserted(in) {
			err = Reset(in.Reader, verify)
		}
		if w.resetEnds(in, err == nil, time.Now().After(end)) {
			return err
		}
	}
}

// resetEnds reports whether the attempts to reset a card are over: it was reset since it was last asked for, or late.
func (w *Watcher) resetEnds(in Insertion, reset, late bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	again := w.resetting[in]
	w.resetting[in] = again && !reset
	if !late && (!reset || again) {
		return false
	}
	delete(w.resetting, in)
	return true
}

// Reset makes one attempt to reset whatever card is in the named reader, however long another program delays it.
func Reset(name string, verify []byte) error {
	var failed error
	for _, disposition := range []scard.Disposition{scard.ResetCard, scard.UnpowerCard} {
		err := leaveReset(name, disposition)
		if slices.ContainsFunc(powerless, func(reason error) bool { return errors.Is(err, reason) }) {
			return nil
		}
		if err == nil && !countsAsLoggedIn(name, verify) {
			return nil
		}
		if err == nil {
			err = errLoggedIn
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// powerless has the errors of a card that has no power, or is gone.
var powerless = []error{
	scard.ErrNoSmartcard, scard.ErrRemovedCard, scard.ErrUnknownReader, scard.ErrReaderUnavailable,
	scard.ErrUnpoweredCard, scard.ErrUnresponsiveCard,
}

// leaveReset takes its turn with other programs, and ends it with a disposition that resets the card.
func leaveReset(name string, disposition scard.Disposition) error {
	service, err := scard.EstablishContext()
	if err != nil {
		return explain(err)
	}
	defer service.Release()
	card, err := service.Connect(name, scard.ShareShared, scard.ProtocolAny)
	if err != nil {
		return err
	}
	err = card.BeginTransaction()
	if err == nil {
		err = card.EndTransaction(disposition)
	}
	if err != nil {
		return card.Disconnect(disposition)
	}
	_ = card.Disconnect(scard.LeaveCard) // the reset is done
	return nil
}

// countsAsLoggedIn asks the card. A card that cannot be asked does not count as logged in: it was reset.
func countsAsLoggedIn(name string, verify []byte) bool {
	if verify == nil {
		return false
	}
	status, err := transmit(name, verify)
	return err == nil && status == statusDone
}
