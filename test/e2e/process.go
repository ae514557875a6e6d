package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// Process is a server under test that says {"ready":true,"url":…} on standard output when it listens.
type Process struct {
	URL string

	name string
	cmd  *exec.Cmd
	log  *logBuffer
	done chan struct{}
}

// logBuffer keeps what a process printed, for the failure report.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// StartProcess starts a server and returns when it listens. The process ends with the test.
func StartProcess(t T, path string, args ...string) *Process {
	t.Helper()
	p := &Process{name: path, cmd: exec.Command(path, args...), log: &logBuffer{}, done: make(chan struct{})}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatalf("pipe to %s: %v", path, err)
	}
	p.cmd.Stderr = p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	t.Cleanup(p.Stop)

	ready := make(chan string, 1)
	go p.readOutput(stdout, ready)
	select {
	case p.URL = <-ready:
	case <-p.done:
		t.Fatalf("%s ended before it was ready:\n%s", path, p.log)
	case <-time.After(Patience):
		t.Fatalf("%s was not ready in %v:\n%s", path, Patience, p.log)
	}
	return p
}

func (p *Process) readOutput(stdout io.Reader, ready chan<- string) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		var line struct {
			Ready bool   `json:"ready"`
			URL   string `json:"url"`
		}
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Ready {
			ready <- line.URL
		}
	}
	_ = p.cmd.Wait() // how it ended is told by the log
	close(p.done)
}

// PID returns the process's number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Log returns what the process wrote to standard error so far.
func (p *Process) Log() string { return p.log.String() }

// Kill ends the process as a power cut would.
func (p *Process) Kill() { p.signal(syscall.SIGKILL) }

// Stop asks the process to end, and kills it when it does not.
func (p *Process) Stop() {
	p.signal(syscall.SIGTERM)
}

func (p *Process) signal(s os.Signal) {
	_ = p.cmd.Process.Signal(s) // it may have ended by itself
	select {
	case <-p.done:
	case <-time.After(5 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}
