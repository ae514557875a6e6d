package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/web/portal/store"
)

// PutJobs implements store.Jobs.
func (s *Store) PutJobs(ctx context.Context, jobs ...store.Job) error {
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error { return putJobs(ctx, tx, jobs) })
}

// putJobs waits for another transaction that is putting down a job with the same key. It is called before the chain's lock is taken.
func putJobs(ctx context.Context, tx pgx.Tx, jobs []store.Job) error {
	if len(jobs) > store.MaxItems {
		return errors.New("store: too many jobs")
	}
	for _, j := range jobs {
		if err := j.Check(); err != nil {
			return err
		}
		if _, err := exec(ctx, tx,
			`INSERT INTO job (key, kind, application, payload, since, due_at, expires_at, attempts, given_up) VALUES ($1, $2, $3, $4, $5, $5, $6, 0, 0)
			 ON CONFLICT (key) DO NOTHING`,
			j.Key, j.Kind, j.Application, notNull(j.Payload), millis(j.DueAt), millis(j.ExpiresAt)); err != nil {
			return err
		}
	}
	return nil
}

// jobStatements are those by which jobs come to their end.
type jobStatements struct {
	// lease leases the job of a kind ($1) that has been due longest at a time ($2), until a time ($3). What somebody else is leasing
	// is theirs. Nothing is written where no job is due.
	lease string
	// These three end, or change, the job of a key ($1) whose last attempt has a number ($2): whoever has the lease has counted it.
	// $3 is the time of the end, or when it is done again.
	done, giveUp, again string
}

var tableStatements = jobStatements{
	lease: `WITH due AS MATERIALIZED (
		  SELECT key FROM job WHERE kind = $1 AND ended_at IS NULL AND due_at <= $2 ORDER BY due_at, key LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
		UPDATE job SET attempts = attempts + 1, due_at = $3 FROM due WHERE job.key = due.key
		RETURNING job.key, application, payload, since, expires_at, attempts`,
	done: `UPDATE job SET payload = NULL, ended_at = $3 WHERE key = $1 AND attempts = $2 AND ended_at IS NULL`,
	giveUp: `UPDATE job SET payload = CASE WHEN expires_at > $3 THEN payload END, ended_at = $3, given_up = 1
		WHERE key = $1 AND attempts = $2 AND ended_at IS NULL`,
	again: `UPDATE job SET due_at = $3 WHERE key = $1 AND attempts = $2 AND ended_at IS NULL`,
}

// statementsFor returns the statements for a kind of job, and what its rows have for the kind: messages are in the outbox.
func statementsFor(kind string) (jobStatements, string) {
	if k, ok := store.MessageKindOf(kind); ok {
		return messageStatements, string(k)
	}
	return tableStatements, kind
}

// LeaseJob implements store.Jobs.
func (s *Store) LeaseJob(ctx context.Context, kind string, now, leaseEnd time.Time) (j store.LeasedJob, err error) {
	statements, value := statementsFor(kind)
	err = again(func() error {
		j, err = one(ctx, s.pool, func(row scanner) (store.LeasedJob, error) {
			var (
				j            = store.LeasedJob{Job: store.Job{Kind: kind}}
				due, expires int64
			)
			err := row.Scan(&j.Key, &j.Application, &j.Payload, &due, &expires, &j.Attempt)
			j.DueAt, j.ExpiresAt = instant(due), instant(expires)
			return j, err
		}, statements.lease, value, millis(now), millis(leaseEnd))
		return err
	})
	return j, err
}

// JobDone implements store.Jobs.
func (s *Store) JobDone(ctx context.Context, j store.LeasedJob, at time.Time) error {
	statements, _ := statementsFor(j.Kind)
	_, err := s.exec(ctx, statements.done, j.Key, j.Attempt, millis(at))
	return err
}

// JobFailed implements store.Jobs.
func (s *Store) JobFailed(ctx context.Context, j store.LeasedJob, at, again time.Time) error {
	statements, _ := statementsFor(j.Kind)
	statement, when := statements.again, again
	if again.IsZero() {
		statement, when = statements.giveUp, at
	}
	_, err := s.exec(ctx, statement, j.Key, j.Attempt, millis(when))
	return err
}

// JobCounts implements store.Jobs.
func (s *Store) JobCounts(ctx context.Context, now time.Time) ([]store.JobCount, error) {
	return all(ctx, s.pool, func(row scanner) (c store.JobCount, err error) {
		var oldest *int64
		err = row.Scan(&c.Kind, &c.Waiting, &oldest, &c.GivenUp)
		c.Oldest = instantOrZero(oldest)
		return c, err
	}, `SELECT kind, sum(waiting)::bigint, min(oldest), sum(given_up)::bigint FROM (
		  SELECT kind, count(*) AS waiting, min(since) AS oldest, 0 AS given_up FROM job WHERE ended_at IS NULL AND since <= $1 GROUP BY kind
		  UNION ALL SELECT kind, 0, NULL, count(*) FROM job WHERE given_up = 1 GROUP BY kind
		  UNION ALL SELECT '`+store.MessageJob+`' || kind, count(*), min(created_at), 0 FROM outbox WHERE ended_at IS NULL AND created_at <= $1 GROUP BY kind
		  UNION ALL SELECT '`+store.MessageJob+`' || kind, 0, NULL, count(*) FROM outbox WHERE ended_at IS NOT NULL AND sent = 0 GROUP BY kind) AS counted
		GROUP BY kind ORDER BY kind`, millis(now))
}

// WaitingJobs implements store.Jobs.
func (s *Store) WaitingJobs(ctx context.Context, now time.Time, limit int) ([]store.WaitingJob, error) {
	return all(ctx, s.pool, func(row scanner) (j store.WaitingJob, err error) {
		var since, next, expires int64
		err = row.Scan(&j.Key, &j.Kind, &j.Application, &j.Attempts, &since, &next, &expires)
		j.Since, j.NextAt, j.ExpiresAt = instant(since), instant(next), instant(expires)
		return j, err
	}, `SELECT key, kind, application, attempts, since, due_at, expires_at FROM job WHERE ended_at IS NULL AND since <= $1
		UNION ALL SELECT id, '`+store.MessageJob+`' || kind, '', attempts, created_at, due_at, expires_at FROM outbox WHERE ended_at IS NULL AND created_at <= $1
		ORDER BY since, key LIMIT $2`, millis(now), limit)
}

// GiveUpJobs implements store.Jobs.
func (s *Store) GiveUpJobs(ctx context.Context, kind, application string, at time.Time) error {
	_, err := s.exec(ctx, `UPDATE job SET payload = CASE WHEN expires_at > $3 THEN payload END, ended_at = $3, given_up = 1
		WHERE kind = $1 AND application = $2 AND ended_at IS NULL`, kind, application, millis(at))
	return err
}

// GivenUpJobs implements store.Jobs. A message is of no use any more once it was given up.
func (s *Store) GivenUpJobs(ctx context.Context, limit int) ([]store.GivenUpJob, error) {
	return all(ctx, s.pool, func(row scanner) (j store.GivenUpJob, err error) {
		var ended, expires int64
		err = row.Scan(&j.Key, &j.Kind, &j.Application, &j.Attempts, &ended, &expires)
		j.EndedAt, j.ExpiresAt = instant(ended), instant(expires)
		return j, err
	}, `SELECT key, kind, application, attempts, ended_at, expires_at FROM job WHERE given_up = 1
		UNION ALL SELECT id, '`+store.MessageJob+`' || kind, '', attempts, ended_at, ended_at FROM outbox WHERE ended_at IS NOT NULL AND sent = 0
		ORDER BY ended_at DESC, key LIMIT $1`, limit)
}

// RetryJob implements store.Jobs.
func (s *Store) RetryJob(ctx context.Context, key string, now time.Time) error {
	n, err := s.exec(ctx,
		`UPDATE job SET ended_at = NULL, given_up = 0, due_at = $2 WHERE key = $1 AND given_up = 1 AND payload IS NOT NULL AND expires_at > $2`, key, millis(now))
	if err == nil && n == 0 {
		err = store.ErrNotFound
	}
	return err
}
