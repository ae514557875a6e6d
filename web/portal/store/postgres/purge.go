package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
)

// purgeBatch is how many rows one statement of the purge deletes, so that none takes long.
const purgeBatch = 1000

// purges delete at most a number of rows that ended before a time, found by an index. What another process is deleting, or somebody is about to use,
// is left to it.
var purges = []string{
	`DELETE FROM session WHERE id IN (SELECT id FROM session WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`,
	`DELETE FROM application_key WHERE hash IN (SELECT hash FROM application_key WHERE expires_at < $1 LIMIT $2)`,
	`DELETE FROM used_login_challenge WHERE digest IN (SELECT digest FROM used_login_challenge WHERE keep_until < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`,
	`DELETE FROM one_time_code WHERE session IN (SELECT session FROM one_time_code WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`,
	`DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE ended_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`,
	`DELETE FROM challenge WHERE reference IN (
	   SELECT reference FROM challenge WHERE used = 0 AND received = 0 AND expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`,
	`UPDATE job SET payload = NULL WHERE key IN (SELECT key FROM job WHERE ended_at IS NOT NULL AND expires_at < $1 AND payload IS NOT NULL
	   LIMIT $2 FOR UPDATE SKIP LOCKED)`,
	fmt.Sprintf(`DELETE FROM job WHERE key IN (SELECT key FROM job WHERE ended_at IS NOT NULL AND expires_at < $1 AND ended_at < $1::bigint - %d * given_up
	   LIMIT $2 FOR UPDATE SKIP LOCKED)`, store.GivenUpKept.Milliseconds()),
	fmt.Sprintf(`DELETE FROM word_try WHERE (id, subject) IN (
	   SELECT id, subject FROM word_try WHERE at < $1::bigint - %d LIMIT $2)`, store.TryKept.Milliseconds()),
	fmt.Sprintf(`DELETE FROM failure WHERE number IN (SELECT number FROM failure WHERE at < $1::bigint - %d LIMIT $2)`,
		store.FailureKept.Milliseconds()),
	`UPDATE people_list SET state = 'cancelled', content = NULL, due_at = changed_at
	 WHERE reference IN (SELECT reference FROM people_list WHERE state = 'checked' AND due_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`,
	`DELETE FROM people_list_line WHERE (list, line) IN (SELECT list, line FROM people_list JOIN people_list_line ON list = reference WHERE ` + endedLists + ` LIMIT $2)`,
	`DELETE FROM people_list WHERE reference IN (SELECT reference FROM people_list WHERE ` + endedLists + ` LIMIT $2)`,
}

var endedLists = fmt.Sprintf(`state IN ('done', 'cancelled') AND due_at < $1::bigint - %d`, store.ListKept.Milliseconds())

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
		n, err := s.exec(ctx, statement, millis(before), purgeBatch)
		if err != nil || n < purgeBatch {
			return err
		}
	}
}
