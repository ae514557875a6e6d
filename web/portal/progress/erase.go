package progress

import (
	"context"
	"fmt"
	"time"
)

// Eraser is the part of the store that Erase needs.
type Eraser interface {
	ApplicationsToErase(ctx context.Context, endedBefore time.Time, limit int) ([]string, error)
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
