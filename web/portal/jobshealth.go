package portal

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/e-onay/e-onay/web/metrics"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/statuses"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/together"
)

// meterJobs has a meter tell how much waits of each kind.
func (p *Portal) meterJobs(m *metrics.Meter, s store.Jobs) {
	counted := &countedJobs{store: s, now: time.Now}
	for kind := range p.jobs.Handlers {
		for name, value := range map[string]func(store.JobCount) float64{
			"eonay_jobs_waiting":  func(c store.JobCount) float64 { return float64(c.Waiting) },
			"eonay_jobs_given_up": func(c store.JobCount) float64 { return float64(c.GivenUp) },
			"eonay_jobs_oldest_seconds": func(c store.JobCount) float64 {
				if c.Waiting == 0 {
					return 0
				}
				return time.Since(c.Oldest).Seconds()
			},
		} {
			m.Gauge(fmt.Sprintf("%s{kind=%q}", name, kind), func() float64 {
				all, _ := counted.ask(context.Background()) // eonay_store_up tells of an error
				i := slices.IndexFunc(all, func(c store.JobCount) bool { return c.Kind == kind })
				if i < 0 {
					return 0
				}
				return value(all[i])
			})
		}
	}
}

// countedJobs is what the store said last of its jobs: anybody may ask.
type countedJobs struct {
	store store.Jobs
	now   func() time.Time

	mu   sync.Mutex
	at   time.Time
	last []store.JobCount
	err  error
}

// ask returns the last answer while it is fresh, else a new one, also for those who ask next.
func (c *countedJobs) ask(ctx context.Context) ([]store.JobCount, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if age := now.Sub(c.at); age < 0 || age >= healthFor {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), healthLimit)
		defer cancel()
		c.last, c.err = c.store.JobCounts(ctx, now)
		c.at = now
	}
	return c.last, c.err
}

// Bounds of how long a job may have been due before the operator is told.
const (
	jobsLate   = time.Hour
	statusLate = 10 * time.Minute // a stolen card signs elsewhere until the authority has taken the request
)

// lateAfter is how long a job of a kind may have been due.
func lateAfter(kind string) time.Duration {
	switch kind {
	case statuses.JobKind, together.RevokeJob:
		return statusLate
	}
	return jobsLate
}

// readiness tells whether nothing waits for long that has to be done outside the portal. What was given up is counted by metrics: a
// mailbox that is gone would have this say no for a month.
func (c *countedJobs) readiness(v *site.Visit) error {
	all, err := c.ask(v.R.Context())
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	var late []string
	for _, one := range all {
		if one.Waiting > 0 && c.now().Sub(one.Oldest) > lateAfter(one.Kind) {
			late = append(late, fmt.Sprintf("%d of kind %s wait", one.Waiting, one.Kind))
		}
	}
	if len(late) > 0 {
		return fmt.Errorf("health: jobs: %s", strings.Join(late, ", "))
	}
	return v.AnswerBytes("text/plain; charset=utf-8", []byte("ok\n"))
}
