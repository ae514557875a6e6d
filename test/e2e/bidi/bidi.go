// Package bidi speaks WebDriver BiDi (W3C) over its WebSocket: commands, their answers, and events.
package bidi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/coder/websocket"
)

// maxMessage bounds what a browser may say at once; the longest are pictures of whole pages.
const maxMessage = 64 << 20

// An Error is a browser's refusal of a command.
type Error struct {
	Code    string // of the standard, such as "no such frame"
	Message string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Is reports whether err is a browser's refusal with this code.
func Is(err error, code string) bool {
	var refusal *Error
	return errors.As(err, &refusal) && refusal.Code == code
}

// Conn is one connection to a browser. Commands may be given side by side.
type Conn struct {
	socket *websocket.Conn
	heard  func(Event)

	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan answer
	ended   error // why the connection is over
}

// An Event is what a browser says by itself.
type Event struct {
	Method  string
	Context string // the tab or window that it is about
}

type answer struct {
	result json.RawMessage
	err    error
}

type command struct {
	ID     uint64 `json:"id"`
	Method string `json:"method"`
	Params any    `json:"params"`
}

type message struct {
	Type    string          `json:"type"`
	ID      uint64          `json:"id"`
	Result  json.RawMessage `json:"result"`
	Error   string          `json:"error"`
	Message string          `json:"message"`
	Method  string          `json:"method"`
	Params  struct {
		Context string `json:"context"`
	} `json:"params"`
}

// Dial connects to the browser at a ws: address and opens a session. heard is told each event that Subscribe
// has asked for, in order; it must not give commands.
func Dial(ctx context.Context, address string, heard func(Event)) (*Conn, error) {
	socket, _, err := websocket.Dial(ctx, address+"/session", nil)
	if err != nil {
		return nil, err
	}
	socket.SetReadLimit(maxMessage)
	c := &Conn{socket: socket, heard: heard, waiting: map[uint64]chan answer{}}
	go c.read()
	// Sites of the tests have certificates that nobody has vouched for.
	wanted := map[string]any{"alwaysMatch": map[string]any{"acceptInsecureCerts": true}}
	session := map[string]any{"capabilities": wanted}
	if err := c.Call(ctx, "session.new", session, nil); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Subscribe asks for events.
func (c *Conn) Subscribe(ctx context.Context, events ...string) error {
	return c.Call(ctx, "session.subscribe", map[string]any{"events": events}, nil)
}

// Close ends the connection; commands that wait fail.
func (c *Conn) Close() {
	_ = c.socket.CloseNow() // the browser may have been first
}

// Call gives a command and decodes its answer into result, unless that is nil.
func (c *Conn) Call(ctx context.Context, method string, params, result any) error {
	id, answers, err := c.expect()
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	defer c.forget(id)
	text, err := json.Marshal(command{id, method, params})
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	// A write that is cut off would end the connection for all.
	if err := c.socket.Write(context.WithoutCancel(ctx), websocket.MessageText, text); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	select {
	case a := <-answers:
		if a.err != nil {
			return fmt.Errorf("%s: %w", method, a.err)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(a.result, result)
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", method, context.Cause(ctx))
	}
}

func (c *Conn) expect() (uint64, chan answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended != nil {
		return 0, nil, c.ended
	}
	c.last++
	answers := make(chan answer, 1)
	c.waiting[c.last] = answers
	return c.last, answers, nil
}

func (c *Conn) forget(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, id)
}

// read hands out what the browser says until the connection is over.
func (c *Conn) read() {
	for {
		_, text, err := c.socket.Read(context.Background())
		if err != nil {
			c.end(err)
			return
		}
		var m message
		if err := json.Unmarshal(text, &m); err != nil {
			c.end(err)
			return
		}
		switch m.Type {
		case "event":
			c.heard(Event{m.Method, m.Params.Context})
		case "success":
			c.answer(m.ID, answer{result: m.Result})
		case "error":
			c.answer(m.ID, answer{err: &Error{m.Error, m.Message}})
		}
	}
}

func (c *Conn) answer(id uint64, a answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if answers, ok := c.waiting[id]; ok {
		answers <- a
		delete(c.waiting, id)
	}
}

func (c *Conn) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = fmt.Errorf("the connection to the browser is over: %w", err)
	for _, answers := range c.waiting {
		answers <- answer{err: c.ended}
	}
	clear(c.waiting)
}
