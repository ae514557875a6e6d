package worker

import (
	"errors"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/messaging"
	"github.com/e-onay/e-onay/nativehost/secret"
)

// maxMemory is what a child may allocate, in bytes. Libraries need a few MiB; one that leaks, or announces an absurd
// length, ends its own process before the machine runs short.
const maxMemory = 512 << 20

// Main is the child: it loads the library at path module, which has the quirks, and serves the host on
// standard input and output until the input ends. It returns the process's exit status.
func Main(module string, quirks ...Quirk) int {
	// Every call into the library comes from this one thread; AKİS libraries crash otherwise.
	runtime.LockOSThread()
	if err := secret.DisableDumps(); err != nil {
		return 1
	}
	outliveLogout()
	becomeSubreaper()
	_ = limitMemory(maxMemory) // refused if it is lower already
	stdout, err := takeStdout()
	if err != nil {
		return 1
	}
	out := messaging.NewWriter(stdout)
	if err := out.Write(reply{Hello: true}); err != nil {
		return 1
	}
	jobs := make(chan job)
	g := new(guard)
	go receive(messaging.NewReader(os.Stdin), jobs, g)
	m, loading := load(module, quirks, func(r reply) error { return out.Write(r) })
	for j := range jobs {
		err := loading
		if err == nil {
			err = m.do(j)
		}
		last := reply{Done: true}
		if err != nil {
			last = reply{Error: failureOf(err)}
		}
		if err := out.Write(last); err != nil {
			break // the host is gone; a library that is not finalised may hang at its next start
		}
	}
	if m != nil {
		m.finalize()
	}
	g.reset()
	killOwnDescendants()
	return 0
}

// outliveLogout catches the signals that a system sends to all programs of a person who logs out: this process ends with its
// input, after it has reset the card. Child processes keep the system's defaults.
func outliveLogout() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM)
}

// A job is one request with its PINs, which are nil or must be freed. pin is the PUK of an unblock.
type job struct {
	request
	pin, key, fresh *secret.Buffer
}

// hasExpectedPINs reports whether the PINs that came with the request are those that its operation takes.
func (j job) hasExpectedPINs() bool {
	switch j.Op {
	case opChange, opUnblock:
		return j.key == nil
	case opOpen:
		return j.fresh == nil && (j.key == nil || j.pin != nil)
	case opReset:
		return j.pin == nil && j.key == nil
	}
	return j.pin == nil && j.key == nil && j.fresh == nil
}

// free clears the PINs.
func (j job) free() {
	for _, b := range []*secret.Buffer{j.pin, j.key, j.fresh} {
		if b != nil {
			b.Free()
		}
	}
}

// receive reads requests while the library may be at work, so that the end of the input always ends the process, even if the
// library is stuck, and no login outlives it.
func receive(in *messaging.Reader, jobs chan<- job, g *guard) {
	for {
		j, err := next(in)
		if err != nil {
			time.AfterFunc(grace, func() {
				g.reset()
				killOwnDescendants()
				os.Exit(1)
			})
			close(jobs)
			return
		}
		g.setReaders(j.Readers)
		jobs <- j
	}
}

func next(in *messaging.Reader) (job, error) {
	frame, err := in.Read()
	if err != nil {
		return job{}, err
	}
	var j job
	if err := messaging.Decode(frame, &j.request); err != nil {
		return job{}, err
	}
	if j.PIN {
		j.pin, err = readPIN(in)
	}
	if err == nil && j.KeyPIN {
		j.key, err = readPIN(in)
	}
	if err == nil && j.New {
		j.fresh, err = readPIN(in)
	}
	return j, err
}

func readPIN(in *messaging.Reader) (*secret.Buffer, error) {
	b, err := secret.NewBuffer(protocol.MaxPIN)
	if err != nil {
		return nil, err
	}
	return b, b.Fill(in.ReadInto)
}

func failureOf(err error) *failure {
	code := fault.CodeOf(err)
	f := &failure{Code: code, Detail: CleanDetail(strings.TrimPrefix(err.Error(), string(code)+": "))}
	if e, ok := errors.AsType[*PINError](err); ok {
		f.PIN = &e.State
	}
	return f
}
