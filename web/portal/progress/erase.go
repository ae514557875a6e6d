package progress

import (
	"context"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// Eraser is the part of the store that Erase needs.
type Eraser interface {
	ApplicationsToErase(ctx context.Context, endedBefore time.Time, limit int) ([]string, error)
	EraseApplication(ctx context.Context, reference string, at time.Time) error
}

// Forgetter is the part of the store that ForgetUnpaid needs.
type Forgetter interface {
	UnpaidApplications(ctx context.Context, before time.Time, limit int) ([]string, error)
	EraseApplication(ctx context.Context, reference string, at time.Time) error
}

// Other writes wait while an erasure holds the store: the pause lets them go first.
const (
	eraseBatch = 100
	erasePause = 10 * time.Millisecond
)

// Erase overwrites what identifies people in the applications that were rejected or cancelled before a time, and returns how many
// those were. Several processes may do so at once; what was erased before an error stays erased.
func Erase(ctx context.Context, s Eraser, endedBefore, at time.Time) (erased int, err error) {
	for {
		references, err := s.ApplicationsToErase(ctx, endedBefore, eraseBatch)
		if err != nil || len(references) == 0 {
			return erased, err
		}
		for _, reference := range references {
			if err := s.EraseApplication(ctx, reference, at); err != nil {
				return erased, fmt.Errorf("erase application %s: %w", reference, err)
			}
			erased++
			select {
			case <-time.After(erasePause):
			case <-ctx.Done():
				return erased, context.Cause(ctx)
			}
		}
	}
}

// ForgetUnpaid cancels the applications that were made without a login and have waited for their payment since before a time, overwrites who
// made them, and returns how many those were. Several processes may do so at once; money that comes all the same goes back.
func (e *Engine) ForgetUnpaid(ctx context.Context, s Forgetter, before time.Time) (forgotten int, err error) {
	for {
		references, err := s.UnpaidApplications(ctx, before, eraseBatch)
		if err != nil || len(references) == 0 {
			return forgotten, err
		}
		for _, reference := range references {
			_, err := e.Do(ctx, reference, 0, application.Change{Event: application.Cancel, By: application.Portal})
			switch fault.CodeOf(err) {
			case refusal.ApplicationChanged, refusal.ApplicationState: // it has gone on, or another process was first
				continue
			}
			if err == nil {
				err = s.EraseApplication(ctx, reference, e.Now())
			}
			if err != nil {
				return forgotten, fmt.Errorf("forget application %s: %w", reference, err)
			}
			forgotten++
			select {
			case <-time.After(erasePause):
			case <-ctx.Done():
				return forgotten, context.Cause(ctx)
			}
		}
	}
}
