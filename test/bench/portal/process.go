package portal

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/test/e2e"
)

// temporary returns a folder that goes with the bench.
func temporary(t e2e.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "e-onay-bench-")
	if err != nil {
		t.Fatalf("make a folder: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// join writes the content of files into another.
func join(t e2e.T, into string, from ...string) {
	t.Helper()
	var all [][]byte
	for _, path := range from {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%v", err)
		}
		all = append(all, data)
	}
	if err := os.WriteFile(into, slices.Concat(all...), 0o600); err != nil {
		t.Fatalf("%v", err)
	}
}

// ticks are those of /proc/PID/stat in a second, which Linux has fixed for programs.
const ticks = 100

// processorOf returns how long a process has kept processors, in milliseconds.
func processorOf(t e2e.T, pid int) float64 {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatalf("processor time of %d: %v", pid, err)
	}
	// The name before them may hold blanks; utime and stime are the 14th and 15th field (proc(5)).
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	var sum float64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseFloat(string(field), 64)
		if err != nil {
			t.Fatalf("processor time of %d: %v", pid, err)
		}
		sum += n
	}
	return sum * 1000 / ticks
}

// residentOf returns the memory of a process in MiB: now, and at most since it started.
func residentOf(t e2e.T, pid int) (now, most float64) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatalf("memory of %d: %v", pid, err)
	}
	for name, into := range map[string]*float64{"VmRSS:": &now, "VmHWM:": &most} {
		_, rest, _ := bytes.Cut(status, []byte(name))
		kib, err := strconv.ParseFloat(string(bytes.Fields(rest)[0]), 64)
		if err != nil {
			t.Fatalf("memory of %d: %v", pid, err)
		}
		*into = kib / 1024
	}
	return now, most
}

// last returns the end of a log.
func last(log string) string {
	lines := strings.Split(log, "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}
