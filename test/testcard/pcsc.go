//go:build linux

package testcard

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The service, and the virtual reader's driver.
const (
	pcscd      = "/usr/sbin/pcscd"
	vpcdDriver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
)

// packages are Debian's.
var packages = map[string]string{pcscd: "pcscd", vpcdDriver: "vsmartcard-vpcd"}

// PCSC is a smart card service of its own, with one virtual reader of two slots.
type PCSC struct {
	socket string
	port   int
	dir    string // of its configuration
	bus    *bus   // nil where the reader cannot be unplugged
	cmd    *exec.Cmd
	ended  chan struct{} // closed when pcscd has ended

	mu   sync.Mutex
	used bool // a card was in the reader
}

// PCSCEnv is the environment variable that leads clients to the service that StartPCSC starts in dir, as
// "NAME=value"; it may be used before there is one.
func PCSCEnv(dir string) string { return "PCSCLITE_CSOCK_NAME=" + filepath.Join(dir, "pcscd.socket") }

// StartPCSC starts pcscd, with its socket and configuration in dir, which must exist. Stop must be called
// in the end.
func StartPCSC(dir, reader string) (*PCSC, error) {
	p, err := newPCSC(dir)
	if err != nil {
		return nil, err
	}
	conf := fmt.Sprintf("FRIENDLYNAME %q\nDEVICENAME /dev/null:0x%x\nLIBPATH %s\nCHANNELID 0x%x\n", reader, p.port, vpcdDriver, p.port)
	if err := os.WriteFile(filepath.Join(p.dir, "virtual"), []byte(conf), 0o600); err != nil {
		return nil, err
	}
	return p, p.start("")
}

// newPCSC returns a service that has not started, without the readers that an earlier one in dir may have had.
func newPCSC(dir string) (*PCSC, error) {
	for path, name := range packages {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("the package %s is not installed", name)
		}
	}
	p := &PCSC{socket: filepath.Join(dir, "pcscd.socket"), dir: filepath.Join(dir, "readers"), ended: make(chan struct{})}
	var err error
	if p.port, err = freePorts(); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(p.dir); err != nil {
		return nil, err
	}
	return p, os.MkdirAll(p.dir, 0o700)
}

// start starts pcscd, with a library loaded before all others where preload is not empty.
func (p *PCSC) start(preload string) error {
	if err := os.Remove(p.socket); err != nil && !os.IsNotExist(err) {
		return err
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: p.socket, Net: "unix"})
	if err != nil {
		return err
	}
	// Both copies of the socket are closed here once pcscd has its own, or clients would wait for a
	// service that has died.
	listener.SetUnlinkOnClose(false)
	defer listener.Close()
	file, err := listener.File()
	if err != nil {
		return err
	}
	defer file.Close()
	p.cmd = exec.Command("sh", "-c", `export LISTEN_PID=$$ LISTEN_FDS=1 LD_PRELOAD="$2"; exec "$1" -f -c "$0"`, p.dir, pcscd, preload)
	p.cmd.ExtraFiles = []*os.File{file} // as descriptor 3
	if err := p.cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = p.cmd.Wait() // its state tells
		if p.bus != nil {
			p.bus.events.Close()
		}
		close(p.ended)
	}()
	return nil
}

// Stop ends the service.
func (p *PCSC) Stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.ended
}

// Kill ends the service as a crash does, whatever it is waiting for.
func (p *PCSC) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// freePorts finds a port that is free with the one after it, in the range that vpcd can use. It does not
// connect: that would insert a card.
func freePorts() (int, error) {
	for range 100 {
		port := 20000 + 2*rand.IntN(6000)
		if free(port) && free(port+1) {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free ports")
}

func free(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
	if err != nil {
		return false
	}
	l.Close()
	return true
}

// A BlankCard is a card that knows no command.
type BlankCard struct{ conn net.Conn }

// Insert puts a blank card with the given answer to reset, in hexadecimal, into the reader.
func (p *PCSC) Insert(atr string) (*BlankCard, error) {
	answer, err := hex.DecodeString(strings.ReplaceAll(atr, " ", ""))
	if err != nil {
		return nil, err
	}
	conn, err := p.Connect()
	if err != nil {
		return nil, err
	}
	c := &BlankCard{conn: conn}
	go c.serve(answer)
	return c, nil
}

// Connect connects to the reader's first slot, which puts a card into it: the caller must then be the
// card. A service that has just been started may not have opened the reader yet, which is waited for.
//
// The driver looks for a card every 400 ms, so a card that follows another at once would be taken for it.
// Connect therefore waits until the service has seen that the reader is empty, if it was not always.
func (p *PCSC) Connect() (net.Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.used {
		if err := p.showEmpty(); err != nil {
			return nil, err
		}
	}
	conn, err := p.dial()
	p.used = p.used || err == nil
	return conn, err
}

// showEmpty is a card that leaves when the driver first asks for it: that is no card.
func (p *PCSC) showEmpty() error {
	conn, err := p.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(startTime)); err != nil {
		return err
	}
	_, err = conn.Read(make([]byte, 1))
	return err
}

// startTime is how long the service may take to open its reader, or to look for a card.
const startTime = time.Minute

func (p *PCSC) dial() (net.Conn, error) {
	end := time.Now().Add(startTime)
	for {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.port))
		if err == nil || !errors.Is(err, syscall.ECONNREFUSED) || time.Now().After(end) {
			return conn, err
		}
		select {
		case <-p.ended:
			return nil, fmt.Errorf("pcscd does not run: %v", p.cmd.ProcessState)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Remove pulls the card.
func (c *BlankCard) Remove() error { return c.conn.Close() }

// acknowledge spares the 40 ms by which the system delays an acknowledgement, for which the reader's
// driver waits between a command's length and the command.
func (c *BlankCard) acknowledge() {
	raw, err := c.conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return // slow is as good
	}
	_ = raw.Control(func(fd uintptr) { _ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_QUICKACK, 1) })
}

// serve answers until the card is pulled: control bytes by themselves, of which 4 asks for the answer to
// reset; and commands, each of which gets 6D00, instruction not supported (ISO/IEC 7816-4, 5.6).
func (c *BlankCard) serve(atr []byte) {
	for {
		var size uint16
		if err := binary.Read(c.conn, binary.BigEndian, &size); err != nil {
			return
		}
		c.acknowledge()
		message := make([]byte, size)
		if _, err := io.ReadFull(c.conn, message); err != nil {
			return
		}
		answer := []byte{0x6d, 0x00}
		if len(message) == 1 {
			if message[0] != 4 {
				continue
			}
			answer = atr
		}
		framed := append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)
		if _, err := c.conn.Write(framed); err != nil {
			return
		}
	}
}
