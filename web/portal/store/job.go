package store

import (
	"context"
	"errors"
	"time"
)

// Bounds of a job.
const (
	MaxJobKey     = 200      // bytes
	MaxJobPayload = 64 << 10 // bytes
)

// GivenUpKept is for how long a job stays that was given up, so that the operator sees it. Purge deletes those that expired before
// its time and were done before it, or given up GivenUpKept before it; of others that were given up and expired it blanks the payload.
const GivenUpKept = 30 * 24 * time.Hour

// Job is something to be done outside the portal: a mail, a shipment's order, a refund. It is put down in the transaction of what it
// follows from, and done at least once.
type Job struct {
	// Key names the job: of several with one key the first counts. It is the idempotency key for whoever receives what the job
	// brings, and names nobody. It is forgotten by Purge after ExpiresAt.
	Key  string
	Kind string // which handler does it
	// Application is the reference of what it is about; empty for none.
	Application string
	// Payload is what the handler needs and cannot look up by Key and Application. What identifies a person is encrypted in it.
	Payload []byte
	DueAt   time.Time
	// ExpiresAt is when it is of no use any more: it is not begun after that.
	ExpiresAt time.Time
}

// Check judges a job's form, as every store does before it keeps one.
func (j Job) Check() error {
	switch {
	case j.Key == "" || len(j.Key) > MaxJobKey:
		return errors.New("store: a job's key is empty or too long")
	case j.Kind == "" || len(j.Kind) > MaxJobKey:
		return errors.New("store: a job's kind is empty or too long")
	case len(j.Payload) > MaxJobPayload:
		return errors.New("store: a job's payload is too large")
	case !j.ExpiresAt.After(j.DueAt):
		return errors.New("store: a job expires before it is due")
	}
	return nil
}

// LeasedJob is a job under way.
type LeasedJob struct {
	Job
	// Attempt is from 1. It goes on counting when the operator has the job tried again.
	Attempt int
}

// JobCount is how much there is of a kind of job.
type JobCount struct {
	Kind    string
	Waiting int       // due and not ended; those are not counted whose first time is still to come
	Oldest  time.Time // when the one was due that waits longest; zero if none waits
	GivenUp int
}

// GivenUpJob is what the operator sees of a job that was given up.
type GivenUpJob struct {
	Key, Kind, Application string
	Attempts               int
	EndedAt, ExpiresAt     time.Time
}

// WaitingJob is what the operator sees of a job that is due and has not ended.
type WaitingJob struct {
	Key, Kind, Application   string
	Attempts                 int
	Since, NextAt, ExpiresAt time.Time // Since is when it was due first
}

// Jobs is the part of Store that is about jobs. CreateApplication and ChangeApplication put them down too.
type Jobs interface {
	// PutJobs puts jobs down, all or none. One whose key is known already changes nothing, whatever has become of that.
	PutJobs(ctx context.Context, jobs ...Job) error
	// LeaseJob returns the job of a kind that has been due longest, if any is, and keeps it from others until the lease ends.
	// ErrNotFound means that none is due.
	LeaseJob(ctx context.Context, kind string, now, leaseEnd time.Time) (LeasedJob, error)
	// JobDone ends a job and blanks its payload. It does nothing if the lease is another's by now.
	JobDone(ctx context.Context, j LeasedJob, at time.Time) error
	// JobFailed has a job done again at a time, or, where that is zero, gives it up. What was given up keeps its
	// payload until it has expired. It does nothing if the lease is another's by now.
	JobFailed(ctx context.Context, j LeasedJob, at, again time.Time) error
	// JobCounts returns how much there is of each kind that has waiting jobs or such that were given up.
	JobCounts(ctx context.Context, now time.Time) ([]JobCount, error)
	// WaitingJobs returns those that are due and have not ended, the one that waits longest first, at most limit.
	WaitingJobs(ctx context.Context, now time.Time, limit int) ([]WaitingJob, error)
	// GiveUpJobs gives up the jobs of a kind about an application that have not ended, as JobFailed does, whoever has their leases.
	GiveUpJobs(ctx context.Context, kind, application string, at time.Time) error
	// GivenUpJobs returns those that were given up, the newest first, at most limit.
	GivenUpJobs(ctx context.Context, limit int) ([]GivenUpJob, error)
	// RetryJob has a job that was given up done again. ErrNotFound means that there is none with this key, or that it has expired.
	RetryJob(ctx context.Context, key string, now time.Time) error
}
