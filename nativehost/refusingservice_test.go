//go:build linux

package main_test

import (
	"net"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
)

// A smart card service that refuses this program, as pcscd does where polkit says no, is not reported as stopped: window,
// settings and terminal say so.
func TestServiceThatRefuses(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	_, path, _ := strings.Cut(testcard.PCSCEnv(m.home), "=")
	service, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	go func() {
		for {
			client, err := service.Accept()
			if err != nil {
				return
			}
			hangUp(client)
		}
	}()
	m.configure(t, `{"search":false,"tpm":"none","keyring":false}`)
	w := m.open(t)
	w.hello()
	if got := codes(w.list()); !slices.Equal(got, []fault.Code{fault.ServiceRefused}) {
		t.Errorf("the window hears %q", got)
	}
	var d protocol.Diagnosis
	w.answer(w.ask(protocol.HostDiagnose, nil), protocol.HostDiagnosis, &d)
	refused := func(c protocol.Check) bool { return c.Name == "servicerefused" && c.Level == protocol.CheckFail }
	if !slices.ContainsFunc(d.Checks, refused) {
		t.Errorf("the settings say %+v", d.Checks)
	}
	stdout, _, status := m.command(t, "doctor", "--lang", "en")
	if status != 1 || !strings.Contains(stdout, "fail   The smart card service is running, but does not let this program in.") {
		t.Errorf("status %d\n%s", status, stdout)
	}
}

// hangUp ends a connection as soon as the client has said its version, without reading all of that.
func hangUp(client net.Conn) {
	defer client.Close()
	connection, err := client.(*net.UnixConn).File()
	if err != nil {
		return
	}
	defer connection.Close()
	message := make([]byte, 8)
	_, _, _ = unix.Recvfrom(int(connection.Fd()), message, unix.MSG_WAITALL) // the header
	_, _, _ = unix.Recvfrom(int(connection.Fd()), message, unix.MSG_PEEK)    // the beginning of the rest
}
