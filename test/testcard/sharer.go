//go:build linux

package testcard

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/ebfe/scard"
)

// sharerVariable turns a program that links this package into one that shares the card in the named reader.
const sharerVariable = "EONAY_TESTCARD_SHARER"

func init() {
	name := os.Getenv(sharerVariable)
	if name == "" {
		return
	}
	if err := share(name, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// A Sharer is another program of the person, with a shared connection to the card in a reader. It is a process of its
// own, for the reason that Keep gives.
type Sharer struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// Share starts the program and returns once it is connected. Stop must be called in the end.
func (p *PCSC) Share(reader string) (*Sharer, error) { return p.share(reader) }

// ShareImpatiently starts a program that does not wait for others: while one has the card for itself, each command fails.
func (p *PCSC) ShareImpatiently(reader string) (*Sharer, error) {
	return p.share(reader, "PCSCLITE_NO_BLOCKING=1")
}

func (p *PCSC) share(reader string, environment ...string) (*Sharer, error) {
	executable, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &Sharer{cmd: exec.Command(executable)}
	s.cmd.Env = append(append(os.Environ(), environment...), sharerVariable+"="+reader, "PCSCLITE_CSOCK_NAME="+p.socket, "GORACE=atexit_sleep_ms=0")
	s.cmd.Stderr = os.Stderr
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.out = bufio.NewReader(out)
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	if _, err := s.out.ReadString('\n'); err != nil {
		s.Stop()
		return nil, fmt.Errorf("no program shares the card: %w", err)
	}
	return s, nil
}

// Stop ends the program.
func (s *Sharer) Stop() {
	s.in.Close()
	_ = s.cmd.Wait() // that it has ended is all there is to know
}

// Kill ends the program as a crash does.
func (s *Sharer) Kill() {
	_ = s.cmd.Process.Kill()
	s.Stop()
}

// Transmit sends a command to the card and returns its answer with the status, put together from its parts. A card that
// was reset is connected to again, without another reset.
func (s *Sharer) Transmit(command []byte) ([]byte, error) { return s.ask(hex.EncodeToString(command)) }

// Begin takes the card for the program alone until End: a transaction of PC/SC.
func (s *Sharer) Begin() error { return s.just(begin) }

// End ends the transaction.
func (s *Sharer) End() error { return s.just(end) }

func (s *Sharer) just(word string) error {
	_, err := s.ask(word)
	return err
}

func (s *Sharer) ask(line string) ([]byte, error) {
	if _, err := fmt.Fprintln(s.in, line); err != nil {
		return nil, err
	}
	answer, err := s.out.ReadString('\n')
	if err != nil {
		return nil, err
	}
	answer = strings.TrimSpace(answer)
	if reason, failed := strings.CutPrefix(answer, "error "); failed {
		return nil, errors.New(reason)
	}
	return hex.DecodeString(answer)
}

// What a Sharer is told beside commands in hexadecimal.
const (
	begin = "begin"
	end   = "end"
)

// share is that program: a line for each line, until its input ends.
func share(name string, in io.Reader, out io.Writer) error {
	service, err := scard.EstablishContext()
	if err != nil {
		return err
	}
	card, err := service.Connect(name, scard.ShareShared, scard.ProtocolAny)
	for end := time.Now().Add(startTime); err == scard.ErrNoSmartcard && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond) // the service tells of a card soon after it has seen it
		card, err = service.Connect(name, scard.ShareShared, scard.ProtocolAny)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "connected")
	for lines := bufio.NewScanner(in); lines.Scan(); {
		answer, err := serveLine(card, lines.Text())
		if errors.Is(err, scard.ErrResetCard) {
			if err = card.Reconnect(scard.ShareShared, scard.ProtocolAny, scard.LeaveCard); err == nil {
				answer, err = serveLine(card, lines.Text())
			}
		}
		if err != nil {
			fmt.Fprintln(out, "error", err)
			continue
		}
		fmt.Fprintln(out, hex.EncodeToString(answer))
	}
	return card.Disconnect(scard.LeaveCard)
}

func serveLine(card *scard.Card, line string) ([]byte, error) {
	switch line {
	case begin:
		return nil, card.BeginTransaction()
	case end:
		return nil, card.EndTransaction(scard.LeaveCard)
	}
	command, err := hex.DecodeString(line)
	if err != nil {
		return nil, err
	}
	var data []byte
	for {
		answer, err := card.Transmit(command)
		if err != nil || len(answer) < 2 {
			return answer, err
		}
		n := len(answer) - 2
		data = append(data, answer[:n]...)
		if answer[n] != 0x61 {
			return append(data, answer[n:]...), nil
		}
		command = []byte{0, 0xc0, 0, 0, answer[n+1]} // GET RESPONSE
	}
}
