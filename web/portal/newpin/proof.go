package newpin

import (
	"fmt"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// What a release asks of a person beside their session: store.Proof, by the settings.

const (
	maxFailures   = 3
	failureWindow = 24 * time.Hour
)

func (n *newpin) proof() store.Proof {
	return store.Proof{LoginMaxAge: n.LoginMaxAge, ACRs: n.ACRs, WithoutCode: n.WithoutSecondChannel, Waiting: n.waiting()}
}

func (n *newpin) waiting() store.Waiting {
	return store.Waiting{After: store.Limit{Count: maxFailures, Window: failureWindow}, Pause: n.Wait}
}

// progress is how far a person has come towards a release.
type progress struct {
	store.Standing
	// Lacks is what is still missing, as store.Proof.Judge names it; empty where nothing is.
	Lacks fault.Code
}

// progress judges what is on record now, for an act that would begin now.
func (n *newpin) progress(v *site.Visit) (progress, error) {
	standing, err := n.Store.Standing(v.R.Context(), v.Session.ID, v.Session.CitizenNumber)
	if err != nil {
		return progress{}, fmt.Errorf("proof: %w", err)
	}
	now := n.Now()
	result := progress{Standing: standing}
	if err := n.proof().Judge(*v.Session, standing, now, now); err != nil {
		result.Lacks = fault.CodeOf(err)
	}
	return result, nil
}

// checkProof judges, without the network, what the release will ask of the person.
func (n *newpin) checkProof(v *site.Visit, j *judgement) error {
	standing, err := n.Store.Standing(v.R.Context(), v.Session.ID, v.Session.CitizenNumber)
	if err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	return n.proof().Judge(*v.Session, standing, j.challenge.IssuedAt, j.received)
}

// waitsUntil returns when the person's waiting time ends; zero where there is none.
func (n *newpin) waitsUntil(s store.Standing) time.Time {
	if until := n.waiting().Until(s.Failures); n.Now().Before(until) {
		return until
	}
	return time.Time{}
}

// triesLeft is how many wrong codes may still be typed before the waiting time.
func (n *newpin) triesLeft(s store.Standing) int {
	recent := 0
	for _, at := range s.Failures {
		if n.Now().Sub(at) < failureWindow {
			recent++
		}
	}
	return max(1, maxFailures-recent)
}
