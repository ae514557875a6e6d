//go:build linux

package wine

import (
	"bytes"
	"crypto/rsa"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
)

const (
	pin      = "246810"
	origin   = "chrome-extension://" + protocol.ChromiumExtensionID + "/"
	patience = 2 * time.Minute
	// people is a folder whose name no code page of Western Europe can write: what programs of the old kind
	// make of it is another one.
	people = `C:\Kullanıcılar\İpek Işıl Şağ\`
	// local is the folder that stays on the machine.
	local = people + `AppData\Local`
)

// A person has a home with Turkish letters, the program in it, and nothing of an earlier test.
type person struct{ program string }

func newPerson(t *testing.T) person {
	t.Helper()
	if err := os.RemoveAll(onDisk(`C:\Kullanıcılar`)); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(built)
	if err != nil {
		t.Fatal(err)
	}
	p := person{local + `\Programs\e-Onay\eonay-host.exe`}
	write(t, onDisk(p.program), content)
	return p
}

// command runs the program with arguments and returns its output and exit status. What it writes on standard error is in the
// test's log.
func (p person) command(t *testing.T, args ...string) (stdout string, status int) {
	t.Helper()
	cmd := wine(p.program, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if status = cmd.ProcessState.ExitCode(); status != 0 {
		t.Logf("%q: %v\n%s", args, cmd.ProcessState, &stderr)
	}
	return string(out), status
}

// checks are the levels and names of what doctor tells.
func (p person) checks(t *testing.T) (checks []string) {
	t.Helper()
	var report struct{ Checks []protocol.Check }
	out, _ := p.command(t, "doctor", "--json")
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, c := range report.Checks {
		checks = append(checks, string(c.Level)+" "+c.Name)
	}
	return checks
}

// withLibrary puts the library for tests into a folder, with the certificate and key of its token, and names it in
// the person's configuration. It returns the library's path.
func (p person) withLibrary(t *testing.T, folder string) string {
	t.Helper()
	path := folder + `\imza sürücüsü.dll`
	write(t, onDisk(path), nil)
	if err := compile("library.c", onDisk(path), "-shared"); err != nil {
		t.Fatal(err)
	}
	key := pkitest.Key(t, "RSA-2048 card").(*rsa.PrivateKey)
	certificate := pkitest.Root(t, "RSA-2048 root").Issue(t, key.Public())
	for name, content := range map[string][]byte{
		"certificate.der": certificate.Raw, "modulus": key.N.Bytes(), "exponent": key.D.FillBytes(make([]byte, 256)),
	} {
		write(t, filepath.Join(filepath.Dir(onDisk(path)), name), content)
	}
	config, err := json.Marshal(map[string]any{"modules": []string{path}, "search": false, "tpm": "none", "keyring": false})
	if err != nil {
		t.Fatal(err)
	}
	write(t, onDisk(local+`\e-onay\host.json`), config)
	return path
}

// A window is a browser's end of the conversation, which it frames by itself.
type window struct {
	t             *testing.T
	cmd           *exec.Cmd
	stdin, stdout *os.File
	stderr        bytes.Buffer
	last          uint32
}

// open starts the program as Chromium does. folder is the current one.
func (p person) open(t *testing.T, folder string) *window {
	t.Helper()
	return openWith(t, folder, wine(p.program, origin, "--parent-window=0"))
}

func openWith(t *testing.T, folder string, cmd *exec.Cmd) *window {
	t.Helper()
	childIn, stdin, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, childOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w := &window{t: t, cmd: cmd, stdin: stdin, stdout: stdout}
	w.cmd.Stdin, w.cmd.Stdout, w.cmd.Stderr = childIn, childOut, &w.stderr
	w.cmd.Dir = onDisk(folder)
	w.cmd.WaitDelay = patience // for standard error, which something that is left may hold
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	childIn.Close()
	childOut.Close()
	t.Cleanup(func() {
		w.close()
		for _, secret := range []string{pin, pkitest.Citizen} {
			if strings.Contains(w.stderr.String(), secret) {
				t.Error("the log holds a secret")
			}
		}
	})
	return w
}

// close closes the window, and waits for the program that the browser has started.
func (w *window) close() {
	w.stdin.Close()
	w.stdout.Close()
	_ = w.cmd.Wait()
}

// raw sends bytes as they are.
func (w *window) raw(message []byte) {
	w.t.Helper()
	if _, err := w.stdin.Write(message); err != nil {
		w.t.Fatal(err)
	}
}

// read returns the next message.
func (w *window) read() (e protocol.HostEnvelope) {
	w.t.Helper()
	if err := w.stdout.SetReadDeadline(time.Now().Add(patience)); err != nil {
		w.t.Fatal(err)
	}
	var length uint32
	err := binary.Read(w.stdout, binary.NativeEndian, &length)
	if err == nil && length > 1<<20 {
		w.t.Fatalf("a message of %d bytes", length)
	}
	message := make([]byte, length)
	if err == nil {
		_, err = io.ReadFull(w.stdout, message)
	}
	if err == nil {
		err = json.Unmarshal(message, &e)
	}
	if err != nil {
		w.t.Fatalf("no message: %v\n%s", err, &w.stderr)
	}
	return e
}

// send sends a request.
func (w *window) send(kind protocol.HostType, body any) {
	w.t.Helper()
	w.last++
	raw, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	message, err := json.Marshal(protocol.HostEnvelope{ID: w.last, Type: kind, Body: raw})
	if err != nil {
		w.t.Fatal(err)
	}
	w.raw(append(binary.NativeEndian.AppendUint32(nil, uint32(len(message))), message...))
}

// ask sends a request and decodes its answer, which must be of the given kind.
func (w *window) ask(kind protocol.HostType, body any, want protocol.HostType, answer any) {
	w.t.Helper()
	w.send(kind, body)
	for {
		e := w.read()
		if e.ID == 0 && e.Type != protocol.HostError {
			continue // an event
		}
		if e.ID != w.last || e.Type != want {
			w.t.Fatalf("answer %d %s %s to request %d %s, want %s", e.ID, e.Type, e.Body, w.last, kind, want)
		}
		if answer != nil {
			if err := json.Unmarshal(e.Body, answer); err != nil {
				w.t.Fatal(err)
			}
		}
		return
	}
}

func (w *window) hello() (welcome protocol.Welcome) {
	w.t.Helper()
	w.ask(protocol.HostHello, protocol.Hello{Protocol: protocol.Version}, protocol.HostWelcome, &welcome)
	return welcome
}

// certificate returns the name of the only certificate there is.
func (w *window) certificate() string {
	w.t.Helper()
	var list protocol.CertificateList
	w.ask(protocol.HostCertificates, nil, protocol.HostCertificateList, &list)
	if len(list.Certificates) != 1 || len(list.Tokens) != 1 || list.Tokens[0].Label != "İmza kartı" {
		w.t.Fatalf("got %+v", list)
	}
	return list.Certificates[0].ID
}

// appears returns what waits until a file of this name appears in a folder.
func appears(t *testing.T, folder, name string) (wait func()) {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if _, err := unix.InotifyAddWatch(fd, folder, unix.IN_CREATE); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		events := make([]byte, 4096)
		for deadline := time.Now().Add(patience); ; {
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(time.Until(deadline).Milliseconds()))
			if errors.Is(err, unix.EINTR) {
				continue
			}
			if n != 1 || err != nil {
				t.Fatalf("%s does not appear (%v)", name, err)
			}
			if n, err = unix.Read(fd, events); err != nil || bytes.Contains(events[:n], []byte(name+"\x00")) {
				return
			}
		}
	}
}

// pids are the processes of this run's Windows whose program has this name.
func pids(t *testing.T, program string) (pids []int) {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		command, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		surroundings, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		if strings.Contains(string(command), program) && strings.Contains(string(surroundings), prefix) {
			pids = append(pids, pid)
		}
	}
	return pids
}
