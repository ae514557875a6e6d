package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
)

// Pair is a server with a standby that has everything before a commit is answered, so that it can take over.
type Pair struct {
	t                T
	primary, standby instance
}

// replicating are the settings of both. A standby answers nothing in serializable transactions.
var replicating = []string{"wal_level=replica", "max_wal_senders=4", "default_transaction_isolation=read committed"}

// NewPair starts both. They end, and their folders go, when the test ends.
func NewPair(t T) *Pair {
	t.Helper()
	p := &Pair{t: t}
	t.Cleanup(func() {
		for _, s := range []*instance{&p.primary, &p.standby} {
			s.stop()
			if s.folder != "" {
				_ = os.RemoveAll(s.folder) // it is the system's temporary folder
			}
		}
	})
	if err := p.start(); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	return p
}

func (p *Pair) start() error {
	if err := p.primary.initialize(); err != nil {
		return err
	}
	if err := p.primary.start(replicating...); err != nil {
		return err
	}
	if err := p.standby.makeFolder(); err != nil {
		return err
	}
	backup, err := command("pg_basebackup", "-D", filepath.Join(p.standby.folder, "data"), "-h", p.primary.folder, "-U", "eonay", "-R", "--no-sync", "--checkpoint=fast")
	if err != nil {
		return err
	}
	if out, err := backup.CombinedOutput(); err != nil {
		return fmt.Errorf("pg_basebackup: %w\n%s", err, out)
	}
	if err := p.standby.start(replicating...); err != nil {
		return err
	}
	for _, statement := range []string{`ALTER SYSTEM SET synchronous_standby_names = '*'`, `SELECT pg_reload_conf()`} {
		if err := on(p.primary, statement); err != nil {
			return err
		}
	}
	return await(p.primary, `SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'`)
}

// Connection is the connection string by which a program finds the one of both that writes.
func (p *Pair) Connection() string {
	return fmt.Sprintf("host=%s,%s user=eonay dbname=postgres target_session_attrs=read-write", p.primary.folder, p.standby.folder)
}

// FailOver crashes the server, and has its standby take over.
func (p *Pair) FailOver() {
	p.t.Helper()
	p.primary.stop()
	if err := on(p.standby, `SELECT pg_promote()`); err != nil { // it waits until the server is promoted
		p.t.Fatalf("pgtest: %v", err)
	}
}

// on has a server do a statement.
func on(s instance, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	db, err := pgx.Connect(ctx, "user=eonay dbname=postgres host="+s.folder)
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, statement)
	return errors.Join(err, db.Close(ctx))
}

// await waits until a server says that something is so.
func await(s instance, query string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	db, err := pgx.Connect(ctx, "user=eonay dbname=postgres host="+s.folder)
	if err != nil {
		return err
	}
	defer db.Close(context.Background())
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		var is bool
		if err := db.QueryRow(ctx, query).Scan(&is); err != nil || is {
			return err
		}
	}
	return nil
}
