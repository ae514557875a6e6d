package progress

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Approval returns the change that a signature brings, of the version of an application that its challenge is about; whoever records the
// act keeps it with the act, and says so by Kept. Refusals: refusal.ApplicationChanged if there is another version by now, or the application is gone;
// those of application.Apply.
func (e *Engine) Approval(ctx context.Context, c store.Challenge) (*store.Move, error) {
	ref, _, _ := strings.Cut(c.Subject, "/")
	a, err := e.Store.Application(ctx, ref)
	if errors.Is(err, store.ErrNotFound) || err == nil && (store.SubjectOf(a) != c.Subject || a.Number() != c.CitizenNumber) {
		return nil, fault.Errorf(refusal.ApplicationChanged, "application %s: version %d, signed was %s", ref, a.Version, c.Subject)
	}
	if err != nil {
		return nil, fmt.Errorf("application: %w", err)
	}
	return e.Prepare(a, application.Change{
		Event: application.Approve, By: application.Person, Who: c.CitizenNumber, Way: application.BySignature, Basis: c.Reference,
	})
}
