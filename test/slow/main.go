// Command slow runs a command, and all that it starts, on a machine a third as fast: in a control group that gets a third
// of the time of the processors. A test that is green on a fast machine and has a race, or a limit too near, fails here.
//
//	go run ./test/slow go test -count=1 -run '^TestSites$' ./test/e2e
//
// Linux only, as root: who else may write control groups differs from system to system.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
)

const (
	slower = 3       // times
	period = 100_000 // microseconds, in which the group gets its share
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: slow command [argument …]")
		os.Exit(2)
	}
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "slow:", err)
		os.Exit(1)
	}
	os.Exit(code)
}

// run runs the command in a group of its own and returns its exit code.
func run(command []string) (code int, err error) {
	group, err := newGroup(period * runtime.NumCPU() / slower)
	if err != nil {
		return 0, fmt.Errorf("make a control group (as root?): %w", err)
	}
	defer func() { err = errors.Join(err, group.remove()) }()
	if err := group.enter(); err != nil {
		return 0, err
	}
	signal.Ignore(os.Interrupt) // the command gets it too, and its end is ours
	c := exec.Command(command[0], command[1:]...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = c.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), nil
	}
	return 0, err
}

// A group is a control group in one hierarchy; parent is the group that this program came from.
type group struct{ dir, parent string }

// newGroup makes a group that gets so many microseconds of processor time in each period.
func newGroup(quota int) (group, error) {
	limits := map[string]string{"cpu.max": fmt.Sprintf("%d %d", quota, period)} // version 2
	root := "/sys/fs/cgroup"
	if info, err := os.Stat(filepath.Join(root, "cpu")); err == nil && info.IsDir() { // version 1
		root = filepath.Join(root, "cpu")
		limits = map[string]string{"cpu.cfs_period_us": strconv.Itoa(period), "cpu.cfs_quota_us": strconv.Itoa(quota)}
	}
	g := group{dir: filepath.Join(root, "eonay-slow-"+strconv.Itoa(os.Getpid())), parent: root}
	if err := os.Mkdir(g.dir, 0o755); err != nil {
		return group{}, err
	}
	for name, value := range limits {
		if err := os.WriteFile(filepath.Join(g.dir, name), []byte(value), 0o644); err != nil {
			return group{}, errors.Join(err, g.remove())
		}
	}
	return g, nil
}

// enter puts this process, and so what it starts from now on, into the group.
func (g group) enter() error { return join(g.dir) }

// remove takes this process out of the group, ends what is left in it, and removes it.
func (g group) remove() error {
	if err := join(g.parent); err != nil {
		return err
	}
	for {
		left, err := os.ReadFile(filepath.Join(g.dir, "cgroup.procs"))
		if err != nil {
			return err
		}
		var pid int
		if _, err := fmt.Sscan(string(left), &pid); err != nil { // empty
			return os.Remove(g.dir)
		}
		if process, err := os.FindProcess(pid); err == nil {
			_ = process.Kill() // it may have ended
		}
	}
}

func join(dir string) error {
	return os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(os.Getpid())), 0o644)
}
