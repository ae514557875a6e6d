package notice

import (
	"context"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// ReminderKind is that of jobs that remind of a certificate's end.
const ReminderKind = "reminder"

const (
	// lookEvery is how often Run looks for certificates that end: reminders are of days.
	lookEvery = 10 * time.Minute
	// catchUp is for how long after its day a reminder is still put down, where no portal ran on it.
	catchUp = 7 * 24 * time.Hour
	// reminderHour is when people are reminded, in Turkey.
	reminderHour = 9
	batch        = store.MaxItems
	maxOwn       = 100 // applications of a person that are looked at
)

// Run puts reminders down until ctx ends.
func (n *Notices) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := n.PutReminders(ctx); err != nil && ctx.Err() == nil {
			n.Log.Error("reminders", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// PutReminders puts down the reminders whose day has come. Their key has certificate and day: of several processes, and of several
// calls, one puts each down.
func (n *Notices) PutReminders(ctx context.Context) error {
	for _, days := range n.Days {
		if err := n.putReminders(ctx, days); err != nil {
			return fmt.Errorf("%d days before: %w", days, err)
		}
	}
	return nil
}

// putReminders puts down those of so many days before the end.
func (n *Notices) putReminders(ctx context.Context, days int) error {
	now := n.Now()
	// A day more on each side, since the hour of the end does not count; remindAt is exact.
	from, until := now.Add(-catchUp).AddDate(0, 0, days-1), now.AddDate(0, 0, days+2)
	if from.Before(now) {
		from = now
	}
	after := ""
	for {
		ending, err := n.Store.ApplicationsEnding(ctx, from, after, until, batch)
		if err != nil || len(ending) == 0 {
			return err
		}
		var due []store.Job
		for _, a := range ending {
			end, at := a.Certificate.NotAfter, remindAt(a.Certificate.NotAfter, days)
			if !end.After(now) || at.After(now) || !at.After(now.Add(-catchUp)) || at.Before(a.Certificate.NotBefore) {
				continue
			}
			due = append(due, store.Job{
				Key: fmt.Sprintf("%s/%s/%d", ReminderKind, a.Reference, days), Kind: ReminderKind, Application: a.Reference, DueAt: now, ExpiresAt: end,
			})
		}
		if len(due) > 0 {
			if err := n.Store.PutJobs(ctx, due...); err != nil {
				return err
			}
			n.Woken()
		}
		last := ending[len(ending)-1]
		from, after = last.Certificate.NotAfter, last.Reference
	}
}

// remindAt is in the morning of the day that is so many days before the day of a certificate's end, in Turkey.
func remindAt(end time.Time, days int) time.Time {
	end = end.In(site.Istanbul)
	return time.Date(end.Year(), end.Month(), end.Day()-days, reminderHour, 0, 0, 0, site.Istanbul)
}

// remind is the handler of reminders. Whoever has renewed is not reminded, and whoever is about to is told how far that is.
func (n *Notices) remind(ctx context.Context, j store.LeasedJob) error {
	a, err := n.application(ctx, j.Application)
	if err != nil {
		return err
	}
	if !endsBy(a) {
		return nil
	}
	others, err := n.Store.ApplicationsOf(ctx, a.CitizenNumber, maxOwn)
	if err != nil {
		return fmt.Errorf("applications: %w", err)
	}
	sentence, state := "notice.reminder.", application.State("")
	for _, other := range others {
		switch {
		case other.Kind != a.Kind || other.Reference == a.Reference:
		case endsBy(other) && other.Certificate.NotAfter.After(a.Certificate.NotAfter):
			return nil
		case other.State.IsOpen():
			sentence, state = "notice.renewing.", other.State
		}
	}
	return n.send(ctx, j.Key, a, sentence, func(l message.Language) []string {
		return []string{"until", site.Day(l, a.Certificate.NotAfter), "state", message.Text(l, "application.state."+string(state))}
	})
}

// endsBy reports whether an application's certificate is one that its holder has, or is about to.
func endsBy(a application.Application) bool {
	return a.State == application.Delivered || a.State == application.Active || a.State == application.Suspended
}
