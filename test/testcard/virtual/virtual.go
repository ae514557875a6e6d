// Package virtual is a smart card in Go for a virtual reader: what is above it, from the driver of the
// reader to the PKCS#11 library, is the real thing and does not know that there is no card.
//
// # The layers
//
//	transport.go  the reader's driver (vsmartcard's vpcd): a connection is a card in the reader
//	iso7816.go    command and answer, in parts where need be (ISO/IEC 7816-4)
//	piv.go, pin.go, key.go
//	              the application: the data, PIN and PUK, and the keys of a PIV card (SP 800-73-4)
//	fault.go      what goes wrong, at a chosen command
//	hostile.go, hostilefiles.go
//	              answers, and files, that lie
//
// PIV is what OpenSC and other libraries take for a card by its application, whatever its answer to reset
// says. So the card has an AKİS ATR, as Turkish cards do; it has nothing else of AKİS.
//
// # Secrets
//
// The keys never leave the card. What it records of the commands holds none of their data, so no PIN.
//
// # Concurrency
//
// All methods may be called from several goroutines. One goroutine serves the reader while the card is in
// it; it ends with Pull, or when the reader goes.
package virtual

import (
	"crypto"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/e-onay/e-onay/test/testcard"
)

// AKIS228 is the AKİS ATR of version 2.2.8.
const AKIS228 = "3B9F978131FE4580655443D2210831C073F6218081055B"

// Options says how a card is made; the zero value is a good one.
type Options struct {
	ATR   string // in hexadecimal; "" is AKIS228
	PIN   string // six to eight digits; "" is 482915
	PUK   string // eight digits; "" is 93817264
	Tries int    // of PIN and PUK each; 0 is three
	NoPIN bool   // the card has no PIN, as when it leaves production: it is blocked until the PUK sets one
}

// A Card is a card that is in a reader or is not.
type Card struct {
	atr []byte

	mu      sync.Mutex
	piv     *piv
	link    link
	fault   *armed
	log     []Exchange
	busy    time.Duration
	silent  bool   // it owes an answer
	visit   *visit // while in a reader
	serving sync.WaitGroup
}

// New returns a card without keys, in no reader.
func New(o Options) (*Card, error) {
	or := func(value, usual string) string {
		if value == "" {
			return usual
		}
		return value
	}
	atr, err := hex.DecodeString(strings.ReplaceAll(or(o.ATR, AKIS228), " ", ""))
	if err != nil {
		return nil, err
	}
	if len(atr) < 2 || len(atr) > 33 { // ISO/IEC 7816-3, 8.1
		return nil, fmt.Errorf("answer to reset of %d bytes", len(atr))
	}
	if o.Tries == 0 {
		o.Tries = 3
	}
	c := &Card{atr: atr}
	c.piv, err = newPIV(or(o.PIN, "482915"), or(o.PUK, "93817264"), o.Tries)
	if err == nil && o.NoPIN {
		c.piv.pin.tries = 0
	}
	return c, err
}

// NewKey makes a key in a slot, in the place of any before it, and returns its public part.
func (c *Card) NewKey(slot Slot, kind testcard.Kind) (crypto.PublicKey, error) {
	if slot.tag() == 0 {
		return nil, fmt.Errorf("no slot %02x", byte(slot))
	}
	key, err := newKey(kind)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.piv.keys[slot] = key
	return key.Public(), nil
}

// maxObject is that of a data object whose length is in two bytes (SP 800-73-4 has 1,905).
const maxObject = 60_020

// Store writes a slot's certificate, which need not be one. Libraries read a card once, when it comes.
func (c *Card) Store(slot Slot, certificate []byte) error {
	return c.StoreObject(slot, certificateObject(certificate, false))
}

// StoreCompressed is Store of a certificate that is compressed, or is said to be.
func (c *Card) StoreCompressed(slot Slot, certificate []byte) error {
	return c.StoreObject(slot, certificateObject(certificate, true))
}

// StoreObject is Store of the whole data object, as it is.
func (c *Card) StoreObject(slot Slot, object []byte) error {
	if slot.tag() == 0 || len(object) > maxObject {
		return fmt.Errorf("no slot %02x, or %d bytes are too many", byte(slot), len(object))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.piv.certificates[slot] = object
	return nil
}

// Serial returns the card's serial number as OpenSC shows it through PKCS#11: the end of the GUID, as there is no
// room for all of it.
func (c *Card) Serial() string { return hex.EncodeToString(c.piv.guid[8:]) }

// Tries returns how many tries PIN and PUK have left.
func (c *Card) Tries() (pin, puk int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.piv.pin.tries, c.piv.puk.tries
}

// A Reader is where a card can be put; testcard.PCSC is one.
type Reader interface {
	// Connect returns a connection to the reader's driver.
	Connect() (net.Conn, error)
}

// Insert puts the card into a reader and returns at once; the channel is closed when the service has seen
// it, which takes up to half a second. It tells its clients right after.
func (c *Card) Insert(r Reader) (seen <-chan struct{}, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.visit != nil {
		return nil, errors.New("the card is in a reader")
	}
	conn, err := r.Connect()
	if err == nil && c.silent {
		conn, err = comeAgain(r, conn)
	}
	if err != nil {
		return nil, err
	}
	c.silent = false
	c.powerUp()
	v := newVisit(conn)
	c.visit = v
	c.serving.Go(func() {
		v.serve(c)
		c.left(v)
	})
	return v.seen, nil
}

// comeAgain leaves the reader when somebody looks, and comes back. A card that was pulled while it owed an answer may
// have had a client that is dead: the service then resets what is in the reader, and that look is not the one by which
// it notices an empty reader.
func comeAgain(r Reader, conn net.Conn) (net.Conn, error) {
	_, err := conn.Read(make([]byte, 1))
	conn.Close()
	if err != nil {
		return nil, err
	}
	return r.Connect()
}

// Pull takes the card out of its reader, if it is in one, in the midst of whatever it does.
func (c *Card) Pull() {
	c.mu.Lock()
	v := c.visit
	c.mu.Unlock()
	if v != nil {
		v.end()
	}
	c.serving.Wait()
}

// left notes that the card is out of the reader.
func (c *Card) left(v *visit) {
	v.end()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.visit == v {
		c.visit = nil
	}
}

// powerUp is what a card forgets without power. c.mu is held.
func (c *Card) powerUp() {
	c.link = link{}
	c.piv.reset()
}
