package bidi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// browser is one that does what a test says after the session is made.
func browser(t *testing.T, heard func(Event), talk func(ctx context.Context, c *websocket.Conn)) *Conn {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/session" {
			t.Errorf("dialled %s", r.URL.Path)
		}
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer c.CloseNow()
		read(t, r.Context(), c) // session.new
		write(t, r.Context(), c, `{"type":"success","id":1,"result":{}}`)
		talk(r.Context(), c)
	}))
	t.Cleanup(server.Close)
	conn, err := Dial(t.Context(), strings.Replace(server.URL, "http", "ws", 1), heard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

func read(t *testing.T, ctx context.Context, c *websocket.Conn) command {
	_, text, err := c.Read(ctx)
	if err != nil {
		t.Errorf("read: %v", err)
	}
	var said command
	if err := json.Unmarshal(text, &said); err != nil {
		t.Errorf("read %q: %v", text, err)
	}
	return said
}

func write(t *testing.T, ctx context.Context, c *websocket.Conn, text string) {
	if err := c.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
		t.Errorf("write: %v", err)
	}
}

// TestAnswers gives two commands side by side, and answers the second first, after an event.
func TestAnswers(t *testing.T) {
	events := make(chan Event, 1)
	first := make(chan struct{})
	conn := browser(t, func(e Event) { events <- e }, func(ctx context.Context, c *websocket.Conn) {
		if got := read(t, ctx, c).Method; got != "one" {
			t.Errorf("got %q", got)
		}
		close(first)
		read(t, ctx, c)
		write(t, ctx, c, `{"type":"event","method":"browsingContext.load","params":{"context":"tab"}}`)
		write(t, ctx, c, `{"type":"success","id":3,"result":{"value":2}}`)
		write(t, ctx, c, `{"type":"error","id":2,"error":"no such frame","message":"gone"}`)
		_, _, _ = c.Read(ctx) // until the test is over
	})
	failed := make(chan error, 1)
	go func() { failed <- conn.Call(t.Context(), "one", struct{}{}, nil) }()
	<-first
	var result struct{ Value int }
	if err := conn.Call(t.Context(), "two", struct{}{}, &result); err != nil || result.Value != 2 {
		t.Errorf("the second command got %v, %v", result, err)
	}
	if err := <-failed; !Is(err, "no such frame") || Is(err, "no such node") {
		t.Errorf("the first command got %v", err)
	}
	if e := <-events; e != (Event{"browsingContext.load", "tab"}) {
		t.Errorf("heard %v", e)
	}
}

// TestBrowserEnds ends the connection while a command waits: that one fails, and every later one.
func TestBrowserEnds(t *testing.T) {
	conn := browser(t, func(Event) {}, func(ctx context.Context, c *websocket.Conn) { read(t, ctx, c) })
	for range 2 {
		if conn.Call(t.Context(), "one", struct{}{}, nil) == nil {
			t.Error("a command to no browser came to something")
		}
	}
}

// TestWaitIsGivenUp gives up a command that the browser does not answer; the error says why.
func TestWaitIsGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the document was left")
	conn := browser(t, func(Event) {}, func(ctx context.Context, c *websocket.Conn) {
		read(t, ctx, c)
		cancel(why)
		_, _, _ = c.Read(ctx) // until the test is over
	})
	if err := conn.Call(ctx, "one", struct{}{}, nil); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
	if len(conn.waiting) != 0 {
		t.Error("the command still waits")
	}
}
