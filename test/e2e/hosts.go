package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/e-onay/e-onay/test/process"
)

// Hosts returns the sessions that run for this world's browser, without what the browser started for them, and without
// their workers.
func (w *World) Hosts() []*os.Process {
	w.t.Helper()
	return w.processes(isVerb("serve"))
}

// AwaitHosts returns the sessions once there are n: one may still end whose window has closed.
func (w *World) AwaitHosts(n int) []*os.Process {
	w.t.Helper()
	deadline := time.After(Patience)
	for {
		hosts := w.Hosts()
		if len(hosts) == n {
			return hosts
		}
		select {
		case <-time.After(lookAgain):
		case <-deadline:
			w.t.Fatalf("%d hosts run, want %d", len(hosts), n)
		}
	}
}

// workers returns the processes that have loaded a library.
func (w *World) workers() []*os.Process {
	w.t.Helper()
	return w.processes(isVerb("worker"))
}

func isVerb(verb string) func(arguments []string) bool {
	return func(arguments []string) bool { return len(arguments) > 1 && arguments[1] == verb }
}

// NoWorkers waits until no host and no worker of this world runs.
func (w *World) NoWorkers() {
	w.t.Helper()
	if err := awaitEnd(w.Dir, Patience); err != nil {
		w.t.Fatalf("%v", err)
	}
}

// awaitEnd waits until no host and no worker runs for a home folder.
func awaitEnd(home string, patience time.Duration) error {
	deadline := time.Now().Add(patience)
	for {
		running, err := processesOf(home, func([]string) bool { return true })
		if len(running) == 0 || err != nil {
			return err
		}
		first, err := process.Open(running[0].Pid)
		if err != nil {
			return err
		}
		ended, err := first.Ends(time.Until(deadline))
		first.Close()
		if err != nil || !ended {
			return fmt.Errorf("process %d, a host or worker, still runs after %v (%v)", running[0].Pid, patience, err)
		}
	}
}

// processes returns the running host programs of this world.
func (w *World) processes(want func(arguments []string) bool) []*os.Process {
	w.t.Helper()
	found, err := processesOf(w.Dir, want)
	if err != nil {
		w.t.Fatalf("list processes: %v", err)
	}
	return found
}

// processesOf returns the running host programs whose environment has a home folder.
func processesOf(home string, want func(arguments []string) bool) (found []*os.Process, err error) {
	folders, err := filepath.Glob("/proc/[0-9]*")
	for _, folder := range folders {
		executable, err := os.Readlink(filepath.Join(folder, "exe"))
		if err != nil || filepath.Base(executable) != "eonay-host" {
			continue // gone, or another program
		}
		environment, err := os.ReadFile(filepath.Join(folder, "environ"))
		if err != nil || !strings.Contains(string(environment), "HOME="+home+"\x00") {
			continue
		}
		command, err := os.ReadFile(filepath.Join(folder, "cmdline"))
		if err != nil || !want(strings.Split(strings.TrimRight(string(command), "\x00"), "\x00")) {
			continue
		}
		id, err := strconv.Atoi(filepath.Base(folder))
		if err != nil {
			continue
		}
		process, err := os.FindProcess(id)
		if err == nil {
			found = append(found, process)
		}
	}
	return found, err
}
