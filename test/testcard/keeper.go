//go:build linux

package testcard

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/ebfe/scard"
)

// keeperVariable turns a program that links this package into one that keeps the card in the named reader.
const keeperVariable = "EONAY_TESTCARD_KEEPER"

func init() {
	name := os.Getenv(keeperVariable)
	if name == "" {
		return
	}
	if err := keep(name); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Keep has another program of the machine take the card in a reader, named as clients see it, to itself, and
// returns once it has it. One that somebody uses is waited for, a while. It is a process of its own: the names of
// readers in the PC/SC binding are one process's, and so is the service that its library speaks to.
func (p *PCSC) Keep(reader string) (letGo func(), err error) {
	executable, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(executable)
	cmd.Env = append(os.Environ(), keeperVariable+"="+reader, "PCSCLITE_CSOCK_NAME="+p.socket, "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	letGo = sync.OnceFunc(func() {
		in.Close()
		_ = cmd.Wait() // that it has ended is all there is to know
	})
	if _, err := out.Read(make([]byte, 1)); err != nil {
		letGo()
		return nil, fmt.Errorf("no program keeps the card: %w", err)
	}
	return letGo, nil
}

// keep is that program: it says when it has the card, and lets go at the end of its input.
func keep(name string) error {
	service, err := scard.EstablishContext()
	if err != nil {
		return err
	}
	card, err := service.Connect(name, scard.ShareExclusive, scard.ProtocolAny)
	for end := time.Now().Add(startTime); err == scard.ErrSharingViolation && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond) // PC/SC tells of no card that is shared no more
		card, err = service.Connect(name, scard.ShareExclusive, scard.ProtocolAny)
	}
	if err != nil {
		return err
	}
	fmt.Print("x")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return card.Disconnect(scard.LeaveCard)
}
