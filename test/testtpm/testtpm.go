//go:build unix

// Package testtpm runs TPMs in software for tests: swtpm, a real implementation of TPM 2.0.
package testtpm

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
	"github.com/google/go-tpm/tpm2/transport/linuxudstpm"
)

// A TPM is a running one. Its state outlives it in its folder.
type TPM struct {
	dir string
	cmd *exec.Cmd
}

// patience is how long a TPM may take to start; it takes some milliseconds.
const patience = time.Minute

// Start starts the TPM whose state is in dir, a new one where there is none. Stop must be called in the end.
func Start(dir string) (*TPM, error) {
	if _, err := exec.LookPath("swtpm"); err != nil {
		return nil, fmt.Errorf("%w: run `apt-get install swtpm`", err)
	}
	t := &TPM{dir: dir}
	_ = os.Remove(t.Socket())
	t.cmd = exec.Command("swtpm", "socket", "--tpm2", "--tpmstate", "dir="+dir,
		"--server", "type=unixio,path="+t.Socket(), "--ctrl", "type=unixio,path="+t.Socket()+".ctrl",
		"--flags", "not-need-init,startup-clear")
	t.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := t.cmd.Start(); err != nil {
		return nil, err
	}
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) { // it tells of its readiness by nothing but this
		if way, err := net.Dial("unix", t.Socket()); err == nil {
			return t, way.Close()
		}
		if time.Now().After(end) {
			t.Stop()
			return nil, errors.New("swtpm does not listen")
		}
	}
}

// Socket returns the path of the TPM's socket.
func (t *TPM) Socket() string { return filepath.Join(t.dir, "tpm.socket") }

// Open returns a way to the TPM.
func (t *TPM) Open() (transport.TPMCloser, error) { return linuxudstpm.Open(t.Socket()) }

// Undefine removes what is at an NV index, as a program of the TPM's owner may.
func (t *TPM) Undefine(index tpm2.TPMHandle) error {
	way, err := t.Open()
	if err != nil {
		return err
	}
	defer way.Close()
	public, err := tpm2.NVReadPublic{NVIndex: index}.Execute(way)
	if err != nil {
		return err
	}
	_, err = tpm2.NVUndefineSpace{AuthHandle: tpm2.TPMRHOwner, NVIndex: tpm2.NamedHandle{Handle: index, Name: public.NVName}}.Execute(way)
	return err
}

// Stop ends the TPM as a power cut would.
func (t *TPM) Stop() {
	_ = t.cmd.Process.Kill()
	_ = t.cmd.Wait()
}

// Clear stops the TPM and forgets its state, as clearing it in a machine's firmware does.
func (t *TPM) Clear() error {
	t.Stop()
	return os.Remove(filepath.Join(t.dir, "tpm2-00.permall"))
}
