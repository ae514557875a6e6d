package pgtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Small is a server on a small disk of its own, which can be full.
type Small struct {
	t T
	instance
}

// NewSmall starts one on a disk of so many bytes, which only root can. It ends, and its disk goes, when the test ends.
func NewSmall(t T, size int) *Small {
	t.Helper()
	s := &Small{t: t}
	if err := s.makeFolder(); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	if err := syscall.Mount("tmpfs", s.folder, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Fatalf("pgtest: mount: %v", errors.Join(err, os.Remove(s.folder)))
	}
	t.Cleanup(func() {
		s.stop()
		if err := errors.Join(syscall.Unmount(s.folder, 0), os.Remove(s.folder)); err != nil {
			t.Fatalf("pgtest: %v", err)
		}
	})
	if err := errors.Join(giveAway(s.folder), s.makeFiles(), s.start(alone...)); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	return s
}

// Connection is the connection string of its database.
func (s *Small) Connection() string {
	return fmt.Sprintf("host=%s user=eonay dbname=postgres", s.folder)
}

func (s *Small) filler() string { return filepath.Join(s.folder, "filler") }

// Fill leaves no byte of the disk free.
func (s *Small) Fill() {
	s.t.Helper()
	f, err := os.Create(s.filler())
	if err != nil {
		s.t.Fatalf("pgtest: %v", err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; size /= 2 {
		block := make([]byte, size)
		for err = nil; err == nil; {
			_, err = f.Write(block)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			s.t.Fatalf("pgtest: %v", err)
		}
	}
}

// FillLog has a server whose disk is full write its log on to the end of the files that it has, which crashes it. It returns when the server has recovered
// or, since that too takes room, ended.
func (s *Small) FillLog() {
	s.t.Helper()
	var err error
	for err == nil {
		err = on(s.instance, `SELECT pg_logical_emit_message(false, 'fill', repeat('x', 1 << 20))`)
	}
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok && refused.Code == "53100" { // disk_full
		s.t.Fatalf("pgtest: the server goes on without its log: %v", err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for on(s.instance, `SELECT 1`) != nil {
		select {
		case <-s.ended:
			return
		case <-tick.C:
		}
	}
}

// Free makes room, and starts the server again where it has ended: one that has no room for its log does.
func (s *Small) Free() {
	s.t.Helper()
	if err := os.Remove(s.filler()); err != nil {
		s.t.Fatalf("pgtest: %v", err)
	}
	select {
	case <-s.ended:
		if err := s.start(alone...); err != nil {
			s.t.Fatalf("pgtest: %v", err)
		}
	default:
	}
}
