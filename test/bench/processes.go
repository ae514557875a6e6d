package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/e-onay/e-onay/test/e2e"
)

// A load is what a browser's processes take of the machine, by what they are for.
type load struct {
	browser, windows, hosts usage
	all                     float64 // seconds of processors, other processes' too: those of pages, for example
}

// A usage is what processes of one kind take: memory, in MiB, and processors since their start, in seconds.
type usage struct{ resident, processor float64 }

func (u usage) plus(p process) usage {
	return usage{u.resident + p.resident, u.processor + p.processor}
}

func (u usage) minus(o usage) usage { return usage{u.resident - o.resident, u.processor - o.processor} }

func (u usage) most(o usage) usage {
	return usage{max(u.resident, o.resident), max(u.processor, o.processor)}
}

// minus is what is above another state.
func (l load) minus(o load) load {
	return load{l.browser.minus(o.browser), l.windows.minus(o.windows), l.hosts.minus(o.hosts), l.all - o.all}
}

// most is the larger of each.
func (l load) most(o load) load {
	return load{l.browser.most(o.browser), l.windows.most(o.windows), l.hosts.most(o.hosts), max(l.all, o.all)}
}

// loadOf looks at a browser's processes now: its own, those of the extension's pages, and what it has started for them,
// without libraries' workers.
func loadOf(b *e2e.Browser) (l load) {
	all := processes()
	for pid, p := range all {
		if pid != b.PID() && !all.descends(pid, b.PID()) {
			continue
		}
		l.all += p.processor
		switch {
		case pid == b.PID():
			l.browser = l.browser.plus(p)
		case p.isWindow:
			l.windows = l.windows.plus(p)
		case p.isHost && !p.isWorker:
			l.hosts = l.hosts.plus(p)
		}
	}
	return l
}

// lookEvery is how often the memory is looked at: a look takes some milliseconds of a processor.
const lookEvery = 200 * time.Millisecond

// watch looks at a browser's processes until the returned function is called, which returns the most of each.
func watch(b *e2e.Browser) (stop func() load) {
	ended, most := make(chan struct{}), make(chan load)
	go func() {
		var l load
		defer func() { most <- l }()
		for ticker := time.NewTicker(lookEvery); ; {
			l = l.most(loadOf(b))
			select {
			case <-ticker.C:
			case <-ended:
				ticker.Stop()
				return
			}
		}
	}()
	return func() load {
		close(ended)
		return <-most
	}
}

// A process is one that runs on the machine.
type process struct {
	parent    int
	resident  float64 // MiB
	processor float64 // seconds
	isWindow  bool    // a browser's for extensions
	isHost    bool    // eonay-host, or the floor's
	isWorker  bool    // of a host
}

type processTable map[int]process

// processes lists all that this user may see.
func processes() processTable {
	all := processTable{}
	folders, _ := filepath.Glob("/proc/[0-9]*") // a good pattern
	for _, folder := range folders {
		status, err := os.ReadFile(filepath.Join(folder, "status"))
		if err != nil {
			continue // gone
		}
		line, _ := os.ReadFile(filepath.Join(folder, "cmdline")) // empty of one that is gone
		arguments := bytes.Split(line, []byte{0})
		name := filepath.Base(string(arguments[0]))
		pid, _ := strconv.Atoi(filepath.Base(folder))
		all[pid] = process{
			parent:    int(statusOf(status, "PPid:")),
			resident:  statusOf(status, "VmRSS:") / 1024,
			processor: processorTime(folder),
			// Chromium says it in the arguments, Firefox in the name of the process's first thread.
			isWindow: bytes.Contains(line, []byte("--extension-process")) || bytes.HasPrefix(status, []byte("Name:\tWebExtensions\n")),
			isHost:   name == "eonay-host" || name == "floor",
			isWorker: name == "eonay-host" && len(arguments) > 1 && string(arguments[1]) == "worker",
		}
	}
	return all
}

// descends reports whether a process was started by another, or by one that was.
func (all processTable) descends(pid, from int) bool {
	for p, ok := all[pid]; ok; p, ok = all[p.parent] {
		if p.parent == from {
			return true
		}
	}
	return false
}

// statusOf is a number of /proc/PID/status (proc(5)); 0 where it has none, as of a process that ends.
func statusOf(status []byte, name string) float64 {
	_, rest, _ := bytes.Cut(status, []byte("\n"+name))
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	n, _ := strconv.ParseFloat(string(fields[0]), 64) // what is no number is 0
	return n
}

// ticks are those of /proc/PID/stat in a second, which Linux has fixed for programs.
const ticks = 100

// processorTime is how long a process has kept processors, in seconds; 0 of one that is gone.
func processorTime(folder string) float64 {
	stat, _ := os.ReadFile(filepath.Join(folder, "stat"))
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:]) // the name before them may hold blanks
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(string(fields[11]), 64) // the 14th and 15th field (proc(5))
	system, _ := strconv.ParseFloat(string(fields[12]), 64)
	return (user + system) / ticks
}
