package signaturecheck

import (
	"context"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// places bounds how many do something at once, and how many wait for that. It is safe for concurrent use.
type places struct{ taken, waiting chan struct{} }

func newPlaces(n, waiting int) *places {
	return &places{make(chan struct{}, n), make(chan struct{}, waiting)}
}

// enter waits for a place, at most for a time and until ctx ends. The caller calls leave at the end.
func (p *places) enter(ctx context.Context, atMost time.Duration) (leave func(), err error) {
	leave = func() { <-p.taken }
	select {
	case p.taken <- struct{}{}:
		return leave, nil
	default:
	}
	select {
	case p.waiting <- struct{}{}:
		defer func() { <-p.waiting }()
	default:
		return nil, fault.Errorf(refusal.CheckBusy, "%d files wait already", cap(p.waiting))
	}
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case p.taken <- struct{}{}:
		return leave, nil
	case <-timer.C:
		return nil, fault.Errorf(refusal.CheckBusy, "no place in %v", atMost)
	case <-ctx.Done():
		return nil, fault.Errorf(refusal.CheckBusy, "waiting for a place: %w", context.Cause(ctx))
	}
}
