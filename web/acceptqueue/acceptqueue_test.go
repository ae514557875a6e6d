package acceptqueue_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/acceptqueue"
)

// gated accepts nothing until its gate opens, as a busy program does.
type gated struct {
	net.Listener
	gate chan struct{}
}

func (g gated) Accept() (net.Conn, error) {
	<-g.gate
	return g.Listener.Accept()
}

// TestDrainServesConnectionsInQueue stops a server while requests wait that it has not accepted: each is answered.
func TestDrainServesConnectionsInQueue(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("Drain does nothing here")
	}
	listener, err := acceptqueue.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	slow := gated{listener, make(chan struct{})}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })}
	served := make(chan error, 1)
	go func() { served <- server.Serve(slow) }()
	var clients []net.Conn
	for range 50 {
		c, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, "POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		clients = append(clients, c)
	}
	go close(slow.gate)
	if err := acceptqueue.Drain(listener, time.Minute); err != nil {
		t.Fatal(err)
	}
	late := net.Dialer{Timeout: 100 * time.Millisecond}
	if c, err := late.Dial("tcp", listener.Addr().String()); err == nil {
		c.Close()
		t.Error("a connection is completed that no program will accept")
	}
	if err := server.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	<-served
	for i, c := range clients {
		if r, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil {
			t.Errorf("request %d: %v", i, err)
		} else if r.Body.Close(); r.StatusCode != http.StatusNoContent {
			t.Errorf("request %d: status %d", i, r.StatusCode)
		}
	}
}
