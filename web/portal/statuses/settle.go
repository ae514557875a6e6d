package statuses

import (
	"context"
	"errors"
	"fmt"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// NeedsSettling reports whether the authority refuses a revocation, and is asked for it again and again.
func (e *Engine) NeedsSettling(c Certificate) bool {
	return c.Changed.Event == application.Revoke && c.IsRefused() && c.Published.Status == Refused && e.Now().Before(c.Application.Certificate.NotAfter)
}

// ToSettle returns the certificate of an application where it NeedsSettling. Refusals: refusal.NotFound, refusal.ApplicationState.
func (e *Engine) ToSettle(ctx context.Context, reference string) (Certificate, error) {
	c, err := e.Certificate(ctx, reference)
	if err == nil && !e.NeedsSettling(c) {
		err = fault.Errorf(refusal.ApplicationState, "application %s: no revocation is refused", reference)
	}
	return c, err
}

// Settle ends the requests for a revocation that the authority refuses, on which two officers have decided. The certificate stays revoked here.
// That it is settled already is no error.
func (e *Engine) Settle(ctx context.Context, reference string) error {
	c, err := e.ToSettle(ctx, reference)
	if fault.CodeOf(err) == refusal.ApplicationState {
		return nil // settled by this job, taken by the authority after all, or at its end
	}
	if err != nil {
		return err
	}
	now := e.Now()
	err = errors.Join(
		e.Store.GiveUpJobs(ctx, JobKind, reference, now),
		e.Store.NoteStatus(ctx, store.PublishedStatus{Reference: reference, Version: c.Changed.Version, Status: Settled, At: now}))
	if err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	e.Log.Warn("a refused revocation was settled", "reference", reference, "version", c.Changed.Version)
	return nil
}
