package worker

import (
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"github.com/e-onay/e-onay/nativehost/messaging"
)

// grace is how long a child may take to finalise its library when it is told to end.
const grace = time.Second

// A process is one running child.
type process struct {
	cmd  *exec.Cmd
	in   *messaging.Reader
	out  *messaging.Writer
	gone chan struct{} // closed when the child has ended and was waited for

	closing sync.Once
	stdin   *os.File
	stdout  *os.File
}

// start starts a child in an environment, nil for this process's own. Its standard error leads nowhere: debugging
// output of a vendor's library may hold what nobody should read.
func start(executable, module string, quirks []Quirk, environment []string) (*process, error) {
	childIn, stdin, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	stdout, childOut, err := os.Pipe()
	if err != nil {
		childIn.Close()
		stdin.Close()
		return nil, err
	}
	arguments := []string{"worker", module}
	for _, q := range quirks {
		arguments = append(arguments, string(q))
	}
	cmd := exec.Command(executable, arguments...)
	cmd.Env = environment
	cmd.Stdin, cmd.Stdout = childIn, childOut
	cmd.SysProcAttr = dieWithParent()
	p := &process{
		cmd: cmd, in: messaging.NewReader(stdout), out: messaging.NewWriter(stdin),
		gone: make(chan struct{}), stdin: stdin, stdout: stdout,
	}
	started := make(chan error)
	go p.run(started)
	err = <-started
	childIn.Close()
	childOut.Close()
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// run starts the child and waits for it, on one thread that lives as long as the child does: Linux
// sends the signal of dieWithParent when the thread that forked ends, not the process.
func (p *process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := p.cmd.Start(); err != nil {
		started <- err
		return
	}
	started <- nil
	_ = p.cmd.Wait() // status reads how it ended
	close(p.gone)
}

// kill ends the child at once, and with it any read of its answers, even where a process that the
// library started still holds the pipe.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	p.close()
}

// end lets the child finalise its library, then makes sure of it.
func (p *process) end() {
	p.stdin.Close()
	select {
	case <-p.gone:
	case <-time.After(grace):
	}
	p.kill()
}

func (p *process) close() {
	p.closing.Do(func() {
		p.stdin.Close()
		p.stdout.Close()
	})
}

// status says how the child ended, for the log.
func (p *process) status() string {
	select {
	case <-p.gone:
		return p.cmd.ProcessState.String()
	case <-time.After(grace):
		return "still running"
	}
}
