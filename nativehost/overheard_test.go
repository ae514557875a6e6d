//go:build linux

package main_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
)

// A spy is another program of the person's. It opens what it can of a process and its descendants, through /proc, and
// reads it.
type spy struct {
	root  int
	held  map[string]int // descriptors, by what they are of
	heard map[string][]byte
}

// spyOn starts a spy, on a thread of the person's. stop ends it and tells which streams it could open, and what it read.
func spyOn(t *testing.T, root int) (stop func() *spy) {
	t.Helper()
	s := &spy{root: root, held: map[string]int{}, heard: map[string][]byte{}}
	ended, result, ready := make(chan struct{}), make(chan *spy), make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with its user
		if uid, another := person(); another {
			for _, call := range []uintptr{unix.SYS_SETRESGID, unix.SYS_SETRESUID} { // of this thread alone
				if _, _, errno := unix.RawSyscall(call, uintptr(uid), uintptr(uid), uintptr(uid)); errno != 0 {
					ready <- errno
					return
				}
			}
		}
		s.look()
		ready <- nil
		for {
			select {
			case <-ended:
				s.look()
				result <- s
				return
			default:
				s.look()
			}
		}
	}()
	if err := <-ready; err != nil {
		t.Fatal(err)
	}
	return func() *spy { close(ended); return <-result }
}

func (s *spy) look() {
	for _, pid := range append([]int{s.root}, descendants(s.root)...) {
		for n := range 10 {
			name := fmt.Sprintf("%d/fd/%d", pid, n)
			if _, has := s.held[name]; has {
				continue
			}
			fd, err := unix.Open("/proc/"+name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
			if err != nil {
				continue
			}
			var kind unix.Stat_t
			if unix.Fstat(fd, &kind) == nil && kind.Mode&unix.S_IFMT == unix.S_IFIFO {
				s.held[name] = fd
				continue
			}
			unix.Close(fd)
		}
	}
	buffer := make([]byte, 64<<10)
	for name, fd := range s.held {
		if n, err := unix.Read(fd, buffer); err == nil && n > 0 {
			s.heard[name] = append(s.heard[name], buffer[:n]...)
		}
	}
}

// descendants are the processes that a process has started, and those that these have.
func descendants(pid int) (all []int) {
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return nil
	}
	for _, list := range lists {
		content, _ := os.ReadFile(list) // a thread that has ended has none
		for _, field := range strings.Fields(string(content)) {
			if child, err := strconv.Atoi(field); err == nil {
				all = append(append(all, child), descendants(child)...)
			}
		}
	}
	return all
}

// Another program of the person's can open none of the streams by which a PIN goes from the browser to the card's
// library: not while the card is at work, and not in the moment in which a worker starts. Each round has a new worker.
func TestPINIsNotOverheard(t *testing.T) {
	t.Parallel()
	m, faulty := withFault(t, testcard.Fault{Function: "C_Login", Do: testcard.Hang})
	m.insertWith(t, "Kart", secretPIN).key(t, testcard.P256, 1)
	w := m.start(t, asPerson(t, []string{m.home, filepath.Dir(m.hsm.ConfPath), filepath.Dir(faulty.Path)}, origin))
	if uid, another := person(); another { // a pipe is who made it's
		for _, end := range []*os.File{w.stdin, w.stdout} {
			if err := end.Chown(uid, uid); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.hello()
	stop := spyOn(t, w.cmd.Process.Pid)
	shown := w.deliver([]byte("Onay"))
	for range 10 {
		list := w.list()
		if len(list.Certificates) == 0 {
			t.Error("what the library said went elsewhere")
			break
		}
		id := w.ask(protocol.HostSign, signRequest(list.Certificates[0], secretPIN, shown))
		ended := watch(t, called(t, faulty))
		w.answer(w.ask(protocol.HostCancel, protocol.HostCancelBody{Request: id}), protocol.HostReady, nil)
		w.refused(id, fault.Cancelled)
		ended()
	}
	s := stop()
	for name, fd := range s.held {
		unix.Close(fd)
		t.Errorf("a stream of /proc/%s could be opened; the PIN was in it: %t", name, bytes.Contains(s.heard[name], []byte(secretPIN)))
	}
}
