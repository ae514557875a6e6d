package worker

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// A library may start processes of its own, also ones that leave its session and parent (a daemon's double fork). They
// end with the worker: each worker has a session of its own, and adopts whoever loses their parent below it; when it has
// ended, the host adopts them all. So a child of the host that is no worker, and not of the host's session, was left by one.
// A worker that outlives its host ends them itself.

// attributes gives the worker a session of its own.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// adopt makes this process the parent of each descendant whose own parent ends (PR_SET_CHILD_SUBREAPER, prctl(2)).
func adopt() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// running are the workers. Its lock is held while one is started, so that none is taken for an orphan.
var running = struct {
	sync.Mutex
	workers map[int]*exec.Cmd
}{workers: map[int]*exec.Cmd{}}

// startWorker starts a worker.
func startWorker(cmd *exec.Cmd) error {
	adopt()
	running.Lock()
	defer running.Unlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	running.workers[cmd.Process.Pid] = cmd
	return nil
}

// endDescendants ends what a worker that was waited for has left.
func endDescendants(cmd *exec.Cmd) {
	running.Lock()
	if running.workers[cmd.Process.Pid] == cmd {
		delete(running.workers, cmd.Process.Pid)
	}
	running.Unlock()
	session, err := unix.Getsid(0)
	if err != nil {
		return
	}
	endChildren(func(pid int, c child) bool { return c.session != session && running.workers[pid] == nil })
}

// endOwn ends what the library of this process, a worker, has started: the host may be gone.
func endOwn() { endChildren(func(int, child) bool { return true }) }

// endChildren ends the children of this process that which names, under the lock. The end of one may leave its own children;
// what forks faster than this is not caught up with.
func endChildren(which func(pid int, c child) bool) {
	for range 100 {
		ended := killChildren(which)
		if len(ended) == 0 {
			return
		}
		for _, pid := range ended {
			_, _ = unix.Wait4(pid, nil, 0, nil)
		}
	}
}

func killChildren(which func(pid int, c child) bool) (killed []int) {
	running.Lock()
	defer running.Unlock()
	for pid, c := range children() {
		if which(pid, c) && unix.Kill(pid, unix.SIGKILL) == nil {
			killed = append(killed, pid)
		}
	}
	return killed
}

// A child is a line of proc_pid_stat(5).
type child struct{ parent, session int }

// children are the processes whose parent is this one, by their numbers.
func children() map[int]child {
	out := map[int]child{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return out
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue // it has ended meanwhile
		}
		if c, ok := parseStat(line); ok && c.parent == os.Getpid() {
			out[pid] = c
		}
	}
	return out
}

// parseStat reads the fields after the command's name, which is in brackets and may hold anything: state, parent, process
// group, session.
func parseStat(line []byte) (c child, ok bool) {
	fields := bytes.Fields(line[bytes.LastIndexByte(line, ')')+1:])
	if len(fields) < 4 {
		return c, false
	}
	var parentErr, sessionErr error
	c.parent, parentErr = strconv.Atoi(string(fields[1]))
	c.session, sessionErr = strconv.Atoi(string(fields[3]))
	return c, parentErr == nil && sessionErr == nil
}
