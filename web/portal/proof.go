package portal

import (
	"fmt"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/store"
)

// What a release asks of a person beside their session: store.Proof, by the settings.

const (
	maxFailures   = 3
	failureWindow = 24 * time.Hour
)

func (s *Settings) proof() store.Proof {
	return store.Proof{LoginMaxAge: s.pukLoginMaxAge(), ACRs: s.PUKACRValues, WithoutCode: !s.usesOneTimeCodes(), Waiting: s.waiting()}
}

func (s *Settings) waiting() store.Waiting {
	return store.Waiting{After: store.Limit{Count: maxFailures, Window: failureWindow}, Pause: s.pukWait()}
}

// usesOneTimeCodes reports whether a release needs a code by another channel.
func (s *Settings) usesOneTimeCodes() bool { return !s.PUKWithoutSecondChannel }

// progress is how far a person has come towards a release.
type progress struct {
	store.Standing
	// Lacks is what is still missing, as store.Proof.Judge names it; empty where nothing is.
	Lacks fault.Code
}

// progress judges what is on record now, for an act that would begin now.
func (p *Portal) progress(v *visit) (progress, error) {
	standing, err := p.store.Standing(v.r.Context(), v.session.ID, v.session.CitizenNumber)
	if err != nil {
		return progress{}, fmt.Errorf("proof: %w", err)
	}
	now := p.now()
	result := progress{Standing: standing}
	if err := p.settings.proof().Judge(*v.session, standing, now, now); err != nil {
		result.Lacks = fault.CodeOf(err)
	}
	return result, nil
}

// proven judges, without the network, what the release will ask of the person.
func (p *Portal) proven(v *visit, j *judgement) error {
	standing, err := p.store.Standing(v.r.Context(), v.session.ID, v.session.CitizenNumber)
	if err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	return p.settings.proof().Judge(*v.session, standing, j.challenge.IssuedAt, j.received)
}

// waitsUntil returns when the person's waiting time ends; zero where there is none.
func (p *Portal) waitsUntil(s store.Standing) time.Time {
	if until := p.settings.waiting().Until(s.Failures); p.now().Before(until) {
		return until
	}
	return time.Time{}
}

// triesLeft is how many wrong codes may still be typed before the waiting time.
func (p *Portal) triesLeft(s store.Standing) int {
	recent := 0
	for _, at := range s.Failures {
		if p.now().Sub(at) < failureWindow {
			recent++
		}
	}
	return max(1, maxFailures-recent)
}
