package portal

import (
	"context"

	"github.com/e-onay/e-onay/web/portal/jobs"
	"github.com/e-onay/e-onay/web/portal/progress"
)

// effects say which jobs follow from a change of an application, one of each feature.
func (a *assembly) effects() []progress.Effect { return nil }

// handlers do jobs, by their kind.
func (a *assembly) handlers() map[string]jobs.Handler { return map[string]jobs.Handler{} }

// startJobs makes the engine of applications and the runner of the jobs that follow from them.
func (a *assembly) startJobs() {
	a.jobs = jobs.New(jobs.Options{Store: a.Store, Handlers: a.handlers(), Tried: a.Meter.Job, Log: a.Log, Now: a.Now})
	a.progress = progress.New(progress.Options{
		Store: a.Store, Rules: a.Settings.Applications.rules(), Effects: a.effects(), WakeJobs: a.jobs.Wake, Log: a.Log, Now: a.Now,
	})
}

// DoJobs does what has to be done outside the portal, as jobs.Runner.Run does.
func (p *Portal) DoJobs(ctx context.Context) { p.jobs.Run(ctx) }
