package portal

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/e-onay/e-onay/web/portal/applicationkey"
	"github.com/e-onay/e-onay/web/portal/courier"
	"github.com/e-onay/e-onay/web/portal/jobs"
	"github.com/e-onay/e-onay/web/portal/notice"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/payments"
	"github.com/e-onay/e-onay/web/portal/progress"
	"github.com/e-onay/e-onay/web/portal/statuses"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/together"
)

// effects say which jobs follow from a change of an application, one of each feature.
func (a *assembly) effects() (all []progress.Effect) {
	all = append(all, payments.Effect)
	if a.notices != nil {
		all = append(all, a.notices.Effect, a.keys.Effect)
	}
	if a.Settings.Courier != nil {
		all = append(all, courier.Effect)
	}
	if a.authority != nil {
		all = append(all, statuses.Effect)
	}
	return all
}

// orderJobs are those that follow from a change of an order.
func (a *assembly) orderJobs(before, after order.Order, c order.Change) []store.Job {
	all := payments.OrderEffect(before, after, c)
	if a.notices != nil {
		all = append(all, a.notices.OrderEffect(after, c)...)
	}
	return all
}

// handlers do jobs, by their kind.
func (a *assembly) handlers() map[string]jobs.Handler {
	all := map[string]jobs.Handler{payments.LookJob: a.doLook, payments.RefundJob: a.doRefund, together.RefundJob: a.doRefundTogether}
	maps.Copy(all, a.letters.Handlers())
	if a.notices != nil {
		maps.Copy(all, a.notices.Handlers())
		all[applicationkey.JobKind] = a.keys.Send
	}
	if a.Settings.Courier != nil {
		all[courier.JobKind] = a.ship
	}
	if a.authority != nil {
		publisher := &statuses.Publisher{Store: a.Store, Authority: a.authority, Log: a.Log, Now: a.Now}
		all[statuses.JobKind], all[together.RevokeJob], all[together.SettleJob] = publisher.Do, a.doRevokeTogether, a.doSettleTogether
	}
	return all
}

// lastingJobs are the kinds of job that no number of attempts ends: those that stop a certificate, or send money back.
var lastingJobs = []string{statuses.JobKind, together.RevokeJob, payments.RefundJob, together.RefundJob}

// doRefundTogether, doRevokeTogether and doSettleTogether do what two officers have decided on, once the engines are there.
func (a *assembly) doRefundTogether(ctx context.Context, j store.LeasedJob) error {
	return a.together.DoRefund(ctx, j)
}

func (a *assembly) doRevokeTogether(ctx context.Context, j store.LeasedJob) error {
	return a.together.DoRevoke(ctx, j)
}

func (a *assembly) doSettleTogether(ctx context.Context, j store.LeasedJob) error {
	return a.together.DoSettle(ctx, j)
}

// startJobs makes the engine of applications and the runner of the jobs that follow from them.
func (a *assembly) startJobs() {
	if a.Transport != nil {
		s := a.Settings.Applications
		a.keys = applicationkey.New(applicationkey.Options{
			Store: a.Store, Transport: a.Transport, Address: a.Address, Woken: func() { a.jobs.Wake() }, Now: a.Now,
		})
		a.notices = notice.New(notice.Options{
			Store: a.Store, Contacts: a.contacts(), Transport: a.Transport, Address: a.Address, KeyPath: applicationkey.ResumePath, Rules: s.rules(), Days: s.reminderDays(),
			Woken: func() { a.jobs.Wake() }, Log: a.Log, Now: a.Now,
		})
	}
	a.jobs = jobs.New(jobs.Options{Store: a.Store, Handlers: a.handlers(), Lasting: lastingJobs, Tried: a.Meter.Job, Log: a.Log, Now: a.Now})
	a.progress = progress.New(progress.Options{
		HasPIN: a.hasPIN,
		Store:  a.Store, Rules: a.Settings.Applications.rules(), Effects: a.effects(), WakeJobs: a.jobs.Wake, Log: a.Log, Now: a.Now,
	})
}

// DoJobs does what has to be done outside the portal, as jobs.Runner.Run does, and puts down the reminders whose day has come.
func (p *Portal) DoJobs(ctx context.Context) {
	var running sync.WaitGroup
	if p.notices != nil {
		running.Go(func() { p.notices.Run(ctx) })
	}
	p.jobs.Run(ctx)
	running.Wait()
}

// maxJobsListed is how many jobs that were given up are listed.
const maxJobsListed = 10_000

// GivenUpJob is a job that was given up, as the operator may see it: it names an application and no person.
type GivenUpJob struct {
	Key         string    `json:"key"`
	Kind        string    `json:"kind"`
	Application string    `json:"application,omitempty"`
	Attempts    int       `json:"attempts"`
	GivenUpAt   time.Time `json:"given_up_at"`
	// RetryUntil is until when it may be done again.
	RetryUntil time.Time `json:"retry_until"`
}

// GivenUpJobs returns the jobs that were given up, the newest first.
func GivenUpJobs(ctx context.Context, settings *Settings) (list []GivenUpJob, err error) {
	database, err := openDatabase(ctx, settings)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	given, err := database.GivenUpJobs(ctx, maxJobsListed)
	if err != nil {
		return nil, fmt.Errorf("portal: jobs: %w", err)
	}
	for _, j := range given {
		list = append(list, GivenUpJob{j.Key, j.Kind, j.Application, j.Attempts, j.EndedAt, j.ExpiresAt})
	}
	return list, nil
}

// WaitingJob is a job that has not ended, as the operator may see it: it names an application and no person.
type WaitingJob struct {
	Key         string    `json:"key"`
	Kind        string    `json:"kind"`
	Application string    `json:"application,omitempty"`
	Attempts    int       `json:"attempts"`
	Since       time.Time `json:"since"`
	NextAt      time.Time `json:"next_at"`
}

// WaitingJobs returns the jobs that are due and have not ended, the one that waits longest first.
func WaitingJobs(ctx context.Context, settings *Settings) (list []WaitingJob, err error) {
	database, err := openDatabase(ctx, settings)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	waiting, err := database.WaitingJobs(ctx, time.Now(), maxJobsListed)
	if err != nil {
		return nil, fmt.Errorf("portal: jobs: %w", err)
	}
	for _, j := range waiting {
		list = append(list, WaitingJob{j.Key, j.Kind, j.Application, j.Attempts, j.Since, j.NextAt})
	}
	return list, nil
}

// RetryJob has a job that was given up done again, by the portal's process.
func RetryJob(ctx context.Context, settings *Settings, key string) (err error) {
	database, err := openDatabase(ctx, settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	err = database.RetryJob(ctx, key, time.Now())
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("portal: jobs: no job with the key %q was given up, or it has expired", key)
	}
	if err != nil {
		return fmt.Errorf("portal: jobs: %w", err)
	}
	return nil
}
