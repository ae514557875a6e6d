package postgres_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/test/pgtest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/postgres"
)

// waiting returns once a connection waits for a lock of another.
func waiting(t *testing.T, db *pgx.Conn) {
	t.Helper()
	const query = `SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`
	for waits := false; !waits; {
		must(t, db.QueryRow(t.Context(), query).Scan(&waits))
	}
}

// TestConstraints has a program that takes none of the store's locks write first: the constraint's name becomes the code that the contract has.
func TestConstraints(t *testing.T) {
	connection := database(t)
	s, other, watcher := open(t, connection), raw(t, connection), raw(t, connection)
	_, arrival := issue(t, s, "A", ayse)
	_, err := other.Exec(t.Context(), `BEGIN; INSERT INTO receipt (reference, citizen_number, name, signature, received_at, due_at) VALUES ('A', '`+ayse+`', 'AYŞE', '\x01', 1, 2)`)
	must(t, err)
	received := make(chan error)
	go func() {
		_, err := s.Receive(t.Context(), arrival)
		received <- err
	}()
	waiting(t, watcher)
	_, err = other.Exec(t.Context(), "COMMIT")
	must(t, err)
	if err := <-received; fault.CodeOf(err) != refusal.SignaturePending {
		t.Errorf("a second open receipt: %v", err)
	}

	r, err := s.NewestReceipt(t.Context(), ayse)
	must(t, err)
	_, err = other.Exec(t.Context(), `BEGIN; INSERT INTO `+act+` VALUES ('A', '`+ayse+`', 1, 'AYŞE', 'give', 'f00d', '\x01', '\x02', 1, 2, 3, 4)`)
	must(t, err)
	go func() {
		received <- s.Complete(t.Context(), store.Completion{Receipt: r.Number, Reference: "A", Evidence: evidence})
	}()
	waiting(t, watcher)
	_, err = other.Exec(t.Context(), "COMMIT")
	must(t, err)
	if err := <-received; fault.CodeOf(err) != refusal.CodeUsed {
		t.Errorf("a second act: %v", err)
	}
}

// TestDeadlock has the server end a transaction of the store for the sake of another program's: it is tried again, and succeeds.
func TestDeadlock(t *testing.T) {
	owner := database(t)
	// The store's connections look for deadlocks at once, the other program's never: so it is the store's transaction that is ended.
	s, other, watcher := open(t, owner+" deadlock_timeout=1ms"), raw(t, owner+" deadlock_timeout=1h"), raw(t, owner)
	cards := []store.Card{{Serial: "1", CitizenNumber: ayse, PUK: []byte{1}}, {Serial: "2", CitizenNumber: ayse, PUK: []byte{1}}}
	must(t, s.PutCards(t.Context(), cards, nil))
	_, err := other.Exec(t.Context(), `UPDATE card SET puk_refused = 1 WHERE serial = '1'`)
	must(t, err)
	_, err = other.Exec(t.Context(), `BEGIN; UPDATE card SET puk = '\x02' WHERE serial = '2'`)
	must(t, err)
	tries, ended := 0, make(chan struct{})
	must(t, s.PutCards(t.Context(), cards, func(string, []byte, []byte) bool {
		switch tries++; tries {
		case 1: // the store has card 1, and then wants card 2
			go func() {
				defer close(ended)
				_, _ = other.Exec(context.WithoutCancel(t.Context()), `UPDATE card SET puk = '\x02' WHERE serial = '1'; COMMIT`)
			}()
			waiting(t, watcher)
		case 2: // which of the two has card 1 now is chance: the other program leaves
			_, err := watcher.Exec(t.Context(), `SELECT pg_terminate_backend($1, 60000)`, other.PgConn().PID())
			must(t, err)
		}
		return false
	}))
	<-ended
	if tries != 2 {
		t.Errorf("tried %d times, want 2", tries)
	}
}

// TestCrashes crashes the server while two stores record; afterwards both go on by themselves, and what was answered is there, with all that belongs to it.
func TestCrashes(t *testing.T) {
	const before = 30 // acts until the crash
	connection := database(t)
	stores := []*postgres.Store{open(t, connection), open(t, connection)}
	var (
		mu       sync.Mutex
		answered []string
		refused  []error
		group    sync.WaitGroup
	)
	enough, over := make(chan struct{}), make(chan struct{})
	for i, name := range []string{"a", "b", "c", "d"} {
		group.Go(func() {
			for n := range 10_000 {
				reference := name + time.Unix(int64(n), 0).UTC().Format("150405")
				err := tryRecord(context.WithoutCancel(t.Context()), stores[i%2], reference)
				mu.Lock()
				if err != nil {
					refused = append(refused, err)
				} else if answered = append(answered, reference); len(answered) == before {
					close(enough)
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	go func() { group.Wait(); close(over) }()
	select {
	case <-enough:
	case <-over: // all clients were refused before that, and nothing would close enough
		t.Fatalf("%d acts, and then: %v", len(answered), errors.Join(refused...))
	}
	pgtest.Crash(t)
	<-over
	if stores[0].Ping(t.Context()) == nil {
		t.Error("a server that is away is said to be well")
	}
	pgtest.Start(t)
	for _, s := range stores {
		must(t, s.Ping(t.Context()))
	}
	for _, reference := range answered {
		if _, err := stores[0].Evidence(t.Context(), reference); err != nil {
			t.Errorf("%s: %v", reference, err)
		}
	}
	if found, c := audit(t, connection); len(found) > 0 || c.Acts != c.Entries || c.Acts < len(answered) {
		t.Errorf("%d answered: %+v, %v", len(answered), c, found)
	}
}

// tryRecord has a person of their own give E-Onay.
func tryRecord(ctx context.Context, s store.Store, reference string) error {
	now, id := time.Now(), store.HashOf(reference)
	err := s.CreateSession(ctx, store.Session{ID: id, CitizenNumber: reference, Name: "AYŞE", CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour)})
	if err != nil {
		return err
	}
	if err := s.IssueChallenge(ctx, store.Challenge{Reference: reference, Session: id, CitizenNumber: reference, Kind: store.Give, Code: "1", TextVersion: "f00d",
		Document: []byte{4}, IssuedAt: now, ExpiresAt: now.Add(time.Minute)}, store.Limit{Count: 1, Window: time.Minute}); err != nil {
		return err
	}
	r, err := s.Receive(ctx, store.Arrival{Reference: reference, Session: id, SessionIdle: time.Hour, ReceivedAt: now, Signature: []byte{5}, DueAt: now})
	if err != nil {
		return err
	}
	return s.Complete(ctx, store.Completion{Receipt: r.Number, Reference: reference, Evidence: evidence})
}
