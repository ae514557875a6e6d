package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
)

// Every other write waits while a transaction of the purge holds the lock: purgeBatch rows take it some milliseconds.
// The pause lets the waiting ones go first, those of other processes too, which only try again now and then.
const (
	purgeBatch = 50
	purgePause = 10 * time.Millisecond
)

// purges delete at most a number of rows that ended before a time, found by an index.
var purges = []string{
	`DELETE FROM session WHERE id IN (SELECT id FROM session WHERE expires_at < ? LIMIT ?)`,
	`DELETE FROM application_key WHERE hash IN (SELECT hash FROM application_key WHERE expires_at < ? LIMIT ?)`,
	`DELETE FROM used_login_challenge WHERE digest IN (SELECT digest FROM used_login_challenge WHERE keep_until < ? LIMIT ?)`,
	`DELETE FROM one_time_code WHERE session IN (SELECT session FROM one_time_code WHERE expires_at < ? LIMIT ?)`,
	`DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE ended_at < ? LIMIT ?)`,
	`DELETE FROM challenge WHERE rowid IN (SELECT rowid FROM challenge WHERE used = 0 AND received = 0 AND expires_at < ? LIMIT ?)`,
	`UPDATE job SET payload = NULL WHERE key IN (SELECT key FROM job WHERE ended_at IS NOT NULL AND expires_at < ? AND payload IS NOT NULL LIMIT ?)`,
	fmt.Sprintf(`DELETE FROM job WHERE key IN (SELECT key FROM job WHERE ended_at IS NOT NULL AND expires_at < ?1 AND ended_at < ?1 - %d * given_up LIMIT ?2)`,
		store.GivenUpKept.Milliseconds()),
	fmt.Sprintf(`DELETE FROM word_try WHERE (id, subject) IN (SELECT id, subject FROM word_try WHERE at < ? - %d LIMIT ?)`, store.TryKept.Milliseconds()),
	fmt.Sprintf(`DELETE FROM failure WHERE number IN (SELECT number FROM failure WHERE at < ? - %d LIMIT ?)`, store.FailureKept.Milliseconds()),
	`UPDATE people_list SET state = 'cancelled', content = NULL, due_at = changed_at
	 WHERE reference IN (SELECT reference FROM people_list WHERE state = 'checked' AND due_at < ? LIMIT ?)`,
	`DELETE FROM people_list_line WHERE (list, line) IN (SELECT list, line FROM people_list JOIN people_list_line ON list = reference WHERE ` + endedLists + ` LIMIT ?)`,
	`DELETE FROM people_list WHERE reference IN (SELECT reference FROM people_list WHERE ` + endedLists + ` LIMIT ?)`,
}

var endedLists = fmt.Sprintf(`state IN ('done', 'cancelled') AND due_at < ? - %d`, store.ListKept.Milliseconds())

// Purge implements store.Store.
func (s *Store) Purge(ctx context.Context, before time.Time) error {
	for _, statement := range purges {
		if err := s.purgeBy(ctx, statement, before); err != nil {
			return err
		}
	}
	return nil
}

// purgeBy runs one statement, which has a time and a limit, until it has no more to do.
func (s *Store) purgeBy(ctx context.Context, statement string, before time.Time) error {
	for {
		deleted, err := s.write.exec(ctx, statement, millis(before), purgeBatch)
		if err != nil {
			return err
		}
		n, err := deleted.RowsAffected()
		if err != nil || n < purgeBatch {
			return err
		}
		select {
		case <-time.After(purgePause):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
