// Package pgtest runs a PostgreSQL server for the tests of a package: Debian's programs, in a temporary folder, on a Unix socket, as a user
// without rights. It starts with the first test that asks for a database.
//
// The server's own defaults are the wrong ones on purpose: it answers a commit before it is written, and isolates transactions as
// serializable ones. A store must ask for what it needs.
package pgtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// startLimit is how long the server may take to start, and to stop.
const startLimit = time.Minute

// instance is a server's process and its folder, which holds its files in data, and its socket.
type instance struct {
	folder  string
	process *exec.Cmd
	ended   chan struct{} // closed once the process has ended
}

// server is the package's one server; its folder is "" before the first test that needs it.
var server struct {
	sync.Mutex
	instance
	databases int
	free      []string // names of databases that are empty
	err       error    // why it did not start, for all tests
}

// T is what this package needs of a test, or of a program that measures.
type T interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// conduct are the settings that decide what is safe after a crash, and what the server takes for granted.
var conduct = []string{"fsync=off", "full_page_writes=off", "synchronous_commit=off", "default_transaction_isolation=serializable", "autovacuum=off", "shared_buffers=16MB"}

// Durable has the server, which is started later, write as one that people rely on: for measurements.
func Durable() {
	conduct = []string{"fsync=on", "full_page_writes=on", "autovacuum=on", "shared_buffers=256MB"}
}

// Run runs the tests of a package and stops the server afterwards; TestMain passes its result to os.Exit.
func Run(m *testing.M) int {
	code := m.Run()
	if err := Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		return 1
	}
	return code
}

// Stop stops the server, if it was started, and removes what it has kept.
func Stop() error {
	server.Lock()
	defer server.Unlock()
	if server.folder == "" {
		return nil
	}
	server.stop()
	return os.RemoveAll(server.folder)
}

// Database returns the connection string of an empty database, in libpq's form of keywords. When the test ends the database is emptied for
// the next, since to make one copies the server's whole catalogue.
func Database(t T) string {
	t.Helper()
	server.Lock()
	defer server.Unlock()
	if server.process == nil {
		if server.err == nil {
			server.err = server.initialize()
		}
		if server.err == nil {
			server.err = server.start(alone...)
		}
		if server.err != nil {
			t.Fatalf("pgtest: %v", server.err)
		}
	}
	var name string
	if last := len(server.free) - 1; last >= 0 {
		name, server.free = server.free[last], server.free[:last]
	} else {
		server.databases++
		name = fmt.Sprintf("test%d", server.databases)
		execute(t, "postgres", "CREATE DATABASE "+name)
	}
	t.Cleanup(func() {
		server.Lock()
		defer server.Unlock()
		execute(t, name, empty)
		server.free = append(server.free, name)
	})
	return connection(name)
}

// empty drops all that a test has made in a database.
const empty = `DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', name);
  END LOOP;
  CREATE SCHEMA public;
END $$`

func execute(t T, database, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	db, err := pgx.Connect(ctx, connection(database))
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	_, err = db.Exec(ctx, statement)
	if err := errors.Join(err, db.Close(ctx)); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
}

// Crash ends the server as a crash does: without a checkpoint, and in the middle of transactions.
func Crash(t T) {
	t.Helper()
	server.Lock()
	defer server.Unlock()
	server.stop()
}

// Start starts the server again after Crash.
func Start(t T) {
	t.Helper()
	server.Lock()
	defer server.Unlock()
	if err := server.start(alone...); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
}

func connection(database string) string {
	return fmt.Sprintf("host=%s user=eonay dbname=%s", server.folder, database)
}

// Program returns the path of one of PostgreSQL's programs.
func Program(t T, name string) string {
	t.Helper()
	path, err := program(name)
	if err != nil {
		t.Fatalf("pgtest: %v. Run: make deps", err)
	}
	return path
}

// program returns the path of one of the server's programs: of PATH, else Debian's of the newest version.
func program(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("%s is missing: apt-get install --no-install-recommends postgresql-15", name)
	}
	slices.Sort(found)
	return found[len(found)-1], nil
}

// command returns a command of the server's.
func command(name string, args ...string) (*exec.Cmd, error) {
	path, err := program(name)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = "/"
	return cmd, confine(cmd)
}

// makeFolder makes the server's folder.
func (s *instance) makeFolder() (err error) {
	if s.folder, err = os.MkdirTemp("", "eonay-pg-"); err != nil {
		return err
	}
	return giveAway(s.folder)
}

// initialize makes the server's folder and its files.
func (s *instance) initialize() error {
	if err := s.makeFolder(); err != nil {
		return err
	}
	return s.makeFiles()
}

// makeFiles makes the server's files in its folder.
func (s *instance) makeFiles() error {
	initdb, err := command("initdb", "-D", filepath.Join(s.folder, "data"), "-U", "eonay", "-A", "trust", "-E", "UTF8", "--locale=C",
		"--no-sync", "--no-instructions")
	if err != nil {
		return err
	}
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

// alone are the settings of a server without a standby.
var alone = []string{"wal_level=minimal", "max_wal_senders=0"}

// start starts the server and returns once it takes connections.
func (s *instance) start(settings ...string) error {
	args := []string{"-D", filepath.Join(s.folder, "data"), "-k", s.folder}
	for _, setting := range slices.Concat([]string{
		"listen_addresses=", "max_connections=60", "jit=off", "logging_collector=off", "log_destination=stderr",
	}, conduct, settings) {
		args = append(args, "-c", setting)
	}
	postgres, err := command("postgres", args...)
	if err != nil {
		return err
	}
	// Not StderrPipe: the reader below goes on until the server's last process has closed the other end.
	output, input, err := os.Pipe()
	if err != nil {
		return err
	}
	postgres.Stderr = input
	err = postgres.Start()
	if err := errors.Join(err, input.Close()); err != nil {
		return errors.Join(err, output.Close())
	}
	ended := make(chan struct{})
	ready, failed := make(chan struct{}), make(chan string, 1)
	go readLog(output, ready, failed)
	go func() { _ = postgres.Wait(); close(ended) }() // it is killed, so its status says nothing
	s.process, s.ended = postgres, ended
	select {
	case <-ready:
		return nil
	case log := <-failed:
		return fmt.Errorf("postgres ended:\n%s", log)
	case <-time.After(startLimit):
		return errors.New("postgres does not start")
	}
}

// readLog reads the server's log to its end. It closes ready when the server takes connections, else tells failed what the log was.
func readLog(log *os.File, ready chan<- struct{}, failed chan<- string) {
	defer log.Close()
	var read strings.Builder
	isReady := false
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if isReady {
			continue
		}
		fmt.Fprintln(&read, lines.Text())
		if isReady = strings.Contains(lines.Text(), "ready to accept "); isReady {
			close(ready)
		}
	}
	if !isReady {
		failed <- read.String()
	}
}

// stop has the server quit at once, and its children with it, and returns when they have.
func (s *instance) stop() {
	if s.process == nil {
		return
	}
	_ = s.process.Process.Signal(syscall.SIGQUIT) // it may have ended
	select {
	case <-s.ended:
	case <-time.After(startLimit):
		_ = s.process.Process.Kill()
		<-s.ended
	}
}
