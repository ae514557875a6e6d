package worker

import (
	"os"
	"os/exec"
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
	gone chan struct{} // closed when the child and what it started have ended, and it was waited for

	greeted bool // the child has said hello

	closing sync.Once
	stdin   *os.File
	stdout  *os.File
}

// start starts a child in an environment; nil stands for this process's own. The child's standard error is discarded:
// debugging output of a vendor's library may contain secrets. The child ends with its standard input, not by a signal when
// this process dies: it may have a login to end first.
func start(executable, module string, quirks []Quirk, environment []string) (*process, error) {
	stdin, childIn, err := channel(false)
	if err != nil {
		return nil, err
	}
	stdout, childOut, err := channel(true)
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
	cmd.SysProcAttr = attributes()
	p := &process{
		cmd: cmd, in: messaging.NewReader(stdout), out: messaging.NewWriter(stdin),
		gone: make(chan struct{}), stdin: stdin, stdout: stdout,
	}
	err = startWorker(cmd)
	childIn.Close()
	childOut.Close()
	if err != nil {
		p.close()
		return nil, err
	}
	go p.wait()
	return p, nil
}

// wait waits for the child to end, and kills what its library has started. status tells how the child ended.
func (p *process) wait() {
	_ = p.cmd.Wait()
	killDescendants(p.cmd)
	close(p.gone)
}

// kill ends the child at once, and with it any read of its answers, even if a process that the library started still holds
// the stream. What the child had sent to the smart card service has been sent when kill returns.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	p.close()
	select {
	case <-p.gone:
	case <-time.After(grace):
	}
}

// end lets the child finalise its library and exit, and kills it if it does not.
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
