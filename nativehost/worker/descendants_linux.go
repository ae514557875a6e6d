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

// A library may start processes of its own, also ones that leave its session and parent (a daemon's double fork). They end
// with the worker: each worker has a session of its own, and adopts the processes below it whose parent has ended; when the
// worker has ended, the host adopts them all. So a child of the host that is no worker, and is of another session than the
// host, was left by a worker. A worker that outlives its host kills them itself.

// attributes gives the worker a session of its own.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// becomeSubreaper makes this process the parent of each descendant whose own parent ends (PR_SET_CHILD_SUBREAPER, prctl(2)).
func becomeSubreaper() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// running has the workers. Its lock is held while one is started, so that it is not mistaken for an orphan.
var running = struct {
	sync.Mutex
	workers map[int]*exec.Cmd
}{workers: map[int]*exec.Cmd{}}

// startWorker starts a worker.
func startWorker(cmd *exec.Cmd) error {
	becomeSubreaper()
	running.Lock()
	defer running.Unlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	running.workers[cmd.Process.Pid] = cmd
	return nil
}

// killDescendants kills what a worker that was waited for has left.
func killDescendants(cmd *exec.Cmd) {
	running.Lock()
	if running.workers[cmd.Process.Pid] == cmd {
		delete(running.workers, cmd.Process.Pid)
	}
	running.Unlock()
	session, err := unix.Getsid(0)
	if err != nil {
		return
	}
	killAllChildren(func(pid int, c child) bool { return c.session != session && running.workers[pid] == nil })
}

// killOwnDescendants kills what the library of this process, a worker, has started: the host may be gone.
func killOwnDescendants() { killAllChildren(func(int, child) bool { return true }) }

// killAllChildren kills the children of this process that which chooses, and then those that they leave behind. It gives up
// on a process that forks faster than it kills. which is called under running's lock.
func killAllChildren(which func(pid int, c child) bool) {
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
