package letters

import (
	"context"
	"errors"
	"time"

	"github.com/e-onay/e-onay/web/portal/jobs"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Safe encrypts letters under a name, as safe.Safe does.
type Safe interface {
	SealValue(name string, value any) ([]byte, error)
	OpenValue(name string, sealed []byte, into any) error
}

// Outbox encrypts letters for the store, which keeps each in the transaction that it tells of, and has the handlers of the jobs that send them.
type Outbox struct {
	Safe      Safe
	Transport Transport // nil where no letters are sent
	// Wake tells whoever does jobs that a letter was put down.
	Wake func()
}

// letterName names a letter to the safe. No serial number has a NUL in it.
const letterName = "\x00letter"

// Message encrypts a letter for the store.
func (o *Outbox) Message(l Letter, expires time.Time) (*store.Message, error) {
	sealed, err := o.Safe.SealValue(letterName, l)
	if err != nil {
		return nil, err
	}
	return &store.Message{Sealed: sealed, ExpiresAt: expires}, nil
}

// Handlers are those of the jobs that letters are; none where no letters are sent.
func (o *Outbox) Handlers() map[string]jobs.Handler {
	if o.Transport == nil {
		return nil
	}
	return map[string]jobs.Handler{store.CodeMessage.JobKind(): o.send, store.NoticeMessage.JobKind(): o.send}
}

func (o *Outbox) send(ctx context.Context, j store.LeasedJob) error {
	letter := Letter{ID: j.Key}
	if err := o.Safe.OpenValue(letterName, j.Payload, &letter); err != nil {
		return errors.Join(jobs.ErrGiveUp, err)
	}
	err := o.Transport.Deliver(ctx, letter)
	if errors.Is(err, ErrUndeliverable) {
		return errors.Join(jobs.ErrGiveUp, err)
	}
	return err
}
