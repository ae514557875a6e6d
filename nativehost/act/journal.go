package act

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/journal"
)

// A Journal writes a session's acts into the machine's journal. It is for one goroutine.
type Journal struct {
	// Device has the key that signs the journal's head.
	Device *device.Installation
	// Folder is the journal's.
	Folder string
	Log    *slog.Logger

	delivered bool
}

// recordTime is how long an entry may take: other windows write too, and a TPM is slow.
const recordTime = 30 * time.Second

// Delivered reports whether the product of an act has left the host. A session makes one.
func (j *Journal) Delivered() bool { return j.delivered }

// RunJournaled runs do and returns its result only once the act is journaled; a refusal is noted. It does not run do if no
// entry can be written, so that the card is not used in vain.
func RunJournaled[T any](ctx context.Context, j *Journal, r Request, entry journal.Act, do func() (T, error)) (result T, err error) {
	var none T
	if err := j.Ready(ctx); err != nil {
		return none, err
	}
	if result, err = do(); err != nil {
		return none, j.Note(ctx, r, entry, err)
	}
	if err := j.RecordProduct(ctx, entry); err != nil {
		return none, err
	}
	return result, nil
}

// RunAfterEntry journals the act and runs do then: for what must never be done without an entry. If do fails, a second
// entry says so.
func (j *Journal) RunAfterEntry(ctx context.Context, r Request, entry journal.Act, do func() error) error {
	if err := j.Record(ctx, entry); err != nil {
		return err
	}
	if err := do(); err != nil {
		return j.Note(ctx, r, entry, err)
	}
	return nil
}

// Ready returns why no entry can be written: there is no device key, or no folder to write to.
func (j *Journal) Ready(ctx context.Context) error {
	key, err := j.Device.Key(ctx)
	if err == nil {
		err = journal.New(j.Folder, key, journal.DefaultLimits).Ready(ctx)
	}
	switch {
	case err == nil:
		return nil
	case context.Cause(ctx) != nil:
		return fault.New(fault.Cancelled, err)
	}
	return notWritten(err)
}

// Record writes the entry of an act that was done, also for a window that has cancelled or gone. When it returns nil, the
// entry is on the disk.
func (j *Journal) Record(ctx context.Context, entry journal.Act) error {
	return j.write(ctx, entry, protocol.OutcomeDone)
}

// RecordProduct is Record for an act whose product then leaves the host.
func (j *Journal) RecordProduct(ctx context.Context, entry journal.Act) error {
	if err := j.Record(ctx, entry); err != nil {
		return err
	}
	j.delivered = true
	return nil
}

// Note writes the entry of what has happened whether it is written down or not: a refusal, or what a card has done. failed
// is nil for an act that was done. Note returns failed, which counts for more than a missing entry; the log is told of that.
func (j *Journal) Note(ctx context.Context, r Request, entry journal.Act, failed error) error {
	outcome := protocol.OutcomeDone
	if failed != nil {
		outcome = fault.CodeOf(failed)
	}
	if err := j.write(ctx, entry, outcome); err != nil {
		j.Log.Error("not in the journal", "request", r.ID, "kind", entry.Kind, "error", err)
	}
	return failed
}

func (j *Journal) write(ctx context.Context, entry journal.Act, outcome fault.Code) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTime)
	defer cancel()
	entry.Outcome = string(outcome)
	key, err := j.Device.Key(ctx)
	if err == nil {
		_, err = journal.New(j.Folder, key, journal.DefaultLimits).Append(ctx, entry)
	}
	if err != nil {
		return notWritten(err)
	}
	return nil
}

// notWritten gives a missing entry its code: the person's remedy for a device key differs from that for a full disk.
func notWritten(err error) error {
	if errors.Is(err, device.ErrUnavailable) || errors.Is(err, device.ErrLost) {
		return fault.New(fault.DeviceUnavailable, err)
	}
	return fault.New(fault.JournalFailed, err)
}
