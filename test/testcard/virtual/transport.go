package virtual

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"time"
)

// Control messages of the driver, each one byte long. Only the last is answered.
const (
	controlOff   = 0
	controlOn    = 1
	controlReset = 2
	controlATR   = 4
)

// A visit is a card's stay in a reader: one connection.
type visit struct {
	conn net.Conn
	once sync.Once
	gone chan struct{} // closed when it ends
	on   bool          // powered by the reader; for serve alone
	look sync.Once
	seen chan struct{} // closed when the service has powered the card and has its answer to reset
}

func newVisit(conn net.Conn) *visit {
	return &visit{conn: conn, gone: make(chan struct{}), seen: make(chan struct{})}
}

// end pulls the card.
func (v *visit) end() {
	v.once.Do(func() {
		close(v.gone)
		v.conn.Close()
	})
}

// serve answers the driver until the visit ends. A message is its length in two bytes, big-endian, and
// then that many bytes: a control byte, or a command.
func (v *visit) serve(c *Card) {
	for {
		message, err := v.read()
		if err != nil {
			return
		}
		var o outcome
		switch {
		case len(message) == 0:
			continue
		case len(message) == 1:
			o.answer = c.control(message[0])
			v.on = v.on || message[0] == controlOn
		default:
			o = c.exchange(message)
		}
		if err := v.answer(o); err != nil || o.pull {
			return
		}
		if v.on && o.answer != nil {
			v.look.Do(func() { close(v.seen) })
		}
	}
}

func (v *visit) read() ([]byte, error) {
	var size [2]byte
	if _, err := io.ReadFull(v.conn, size[:]); err != nil {
		return nil, err
	}
	acknowledge(v.conn)
	message := make([]byte, binary.BigEndian.Uint16(size[:]))
	_, err := io.ReadFull(v.conn, message)
	return message, err
}

func (v *visit) answer(o outcome) error {
	if o.until != nil {
		select {
		case <-o.until:
		case <-v.gone:
			return net.ErrClosed
		}
	}
	if o.delay > 0 {
		timer := time.NewTimer(o.delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-v.gone:
			return net.ErrClosed
		}
	}
	if o.answer == nil {
		return nil
	}
	framed := binary.BigEndian.AppendUint16(nil, uint16(len(o.answer)))
	_, err := v.conn.Write(append(framed, o.answer...))
	return err
}

// control does what the reader does with the card's contacts.
func (c *Card) control(message byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch message {
	case controlOff, controlOn, controlReset:
		c.powerUp()
	case controlATR:
		return c.atr
	}
	return nil
}
