//go:build linux

package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/test/pgtest"
	"github.com/e-onay/e-onay/web/portal/store"
)

// TestFullDisk takes all writing to files from a portal that runs, as a full disk does: pages stay readable, readiness
// says that something is wrong, a signature is refused and not half recorded; with room again it is recorded.
func TestFullDisk(t *testing.T) {
	w := newWorld(t)
	s := w.open()
	idle := store.Session{ID: store.HashOf("idle"), CitizenNumber: ayse, Name: "Ayşe Yılmaz",
		CreatedAt: time.Now(), SeenAt: time.Now().Add(-2 * time.Minute), ExpiresAt: time.Now().Add(time.Hour)}
	if err := s.CreateSession(t.Context(), idle); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	portal := start(t, "serve", "-config", w.config)
	defer func() { portal.end(syscall.SIGTERM) }()
	reference, body := w.prepare(portal.url)

	portal.mayWrite(0)
	w.must("GET", portal.url+"/saglik", "", "", 503)
	signing := w.cookie
	w.cookie = "idle" // its last request would have to be noted
	if page := w.must("GET", portal.url+"/nes", "", "", 200); !strings.Contains(page, "Ayşe") {
		t.Errorf("the page of a person who is logged in: %s", page)
	}
	w.cookie = signing
	w.must("POST", portal.url+"/nes/e-onay/imza", "application/json", body, 503)
	if w.whole(reference) {
		t.Error("an act is on record that was refused")
	}

	portal.mayWrite(unix.RLIM_INFINITY)
	w.must("POST", portal.url+"/nes/e-onay/imza", "application/json", body, 200)
	if !w.whole(reference) {
		t.Error("the act is not on record")
	}
}

// TestFullPostgres leaves a PostgreSQL server no room while people sign, first for tables, then for its log, without which it ends: readiness says that
// something is wrong, pages stay readable while the server does, who signs is told to try again, nothing is half recorded; with room again the portal goes
// on by itself.
func TestFullPostgres(t *testing.T) {
	drill(t)
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a disk")
	}
	w := newWorld(t)
	server := pgtest.NewSmall(t, 192<<20)
	owner := w.onDatabase(server.Connection())
	if status, _, says := command(t, "migrate", "-config", w.config, "-owner", owner, "-role", servingRole); status != 0 {
		t.Fatal(says)
	}
	portal := start(t, "serve", "-config", w.config)
	defer func() { portal.end(syscall.SIGKILL) }()
	w.logIn()
	answered, finish := w.threeSign(portal.url)
	signs := func() {
		t.Helper()
		w.until("five more signatures are answered", func(before int64) bool { return answered.Load() >= before+5 }, answered.Load())
	}
	ready := func(status int) {
		t.Helper()
		w.until(fmt.Sprintf("readiness is %d", status), func(int64) bool {
			got, _, err := w.do("GET", portal.url+"/saglik/hazir", "", "")
			return err == nil && got == status
		}, 0)
	}
	goesOn := func() {
		t.Helper()
		server.Free()
		ready(http.StatusOK)
		signs()
	}
	signs()
	server.Fill()
	ready(http.StatusServiceUnavailable)
	w.must("GET", portal.url+"/kurulum", "", "", 200)
	goesOn()
	server.Fill()
	server.FillLog()
	ready(http.StatusServiceUnavailable)
	goesOn()
	w.settled(finish())
	if _, r := w.audit(); r.Findings > 0 || r.Acts == 0 || r.Acts != r.Entries {
		t.Errorf("%+v", r)
	}
}

// mayWrite sets how large the files may be that the process writes to, in bytes.
func (p *process) mayWrite(size uint64) {
	p.t.Helper()
	var was unix.Rlimit
	if err := unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_FSIZE, nil, &was); err != nil {
		p.t.Fatal(err)
	}
	limit := unix.Rlimit{Cur: size, Max: was.Max}
	if err := unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		p.t.Fatal(err)
	}
}
