// Package hostclient is the conversation of a window, or of the settings page, with the host: one request at a time, the
// others wait in order, and only a cancel overtakes. Of a document's parts several are under way, so that neither side waits
// for the other.
package hostclient

import (
	"slices"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/wire"
)

// How long the host may take to answer, in milliseconds. It has its own, shorter limits towards libraries and cards: these
// are for a host that hangs.
const (
	shortWait = 30_000
	listWait  = 120_000
	cardWait  = 300_000 // a PIN may be typed on the reader, and another signature may be under way
)

// Request is one request to the host. It owns its PINs: they go to the effect that posts it, or are cleared.
type Request struct {
	Kind protocol.HostType
	Body any
	Data []byte // the document's bytes of a HostChunk
	// Ready reports whether the request may be posted. One that may not waits, and all others overtake it; nil is yes. The
	// client asks again with every answer.
	Ready func() bool

	PIN, KeyPIN   []byte // KeyPIN is the key's own
	Old, PUK, New []byte

	id uint32
}

func (r *Request) clear() {
	for _, secret := range [][]byte{r.PIN, r.KeyPIN, r.Old, r.PUK, r.New} {
		clear(secret)
	}
}

// UsesCard reports whether the card may be at work for a request of this kind.
func UsesCard(kind protocol.HostType) bool {
	switch kind {
	case protocol.HostSign, protocol.HostAuthenticate, protocol.HostSignHash, protocol.HostClaim, protocol.HostRelease,
		protocol.HostChangePIN, protocol.HostUnblock, protocol.HostSelfTest:
		return true
	}
	return false
}

func waitFor(kind protocol.HostType) int {
	switch {
	case UsesCard(kind):
		return cardWait
	case kind == protocol.HostCertificates, kind == protocol.HostJournal:
		return listWait
	case kind == protocol.HostCheck, kind == protocol.HostPreview, kind == protocol.HostDiagnose, kind == protocol.HostAddModule, kind == protocol.HostAllowHash, kind == protocol.HostForbidHash:
		return cardWait
	}
	return shortWait
}

// Client is a conversation with one host after the other. It does nothing itself, but passes effects to the function that
// New was given. It is not safe for concurrent use.
type Client struct {
	do func(loop.Effect)

	connected bool
	lastID    uint32
	posted    []*Request // in the order in which the host answers them: one, or parts of documents
	waiting   []*Request
	cancelID  uint32 // of a cancel that is not answered yet; else 0
	libraries []string
}

// maxTransfers is how many parts of documents are under way at a time.
const maxTransfers = 4

// isTransfer reports whether requests of this kind bring a part of a document.
func isTransfer(kind protocol.HostType) bool {
	return kind == protocol.HostDocument || kind == protocol.HostChunk
}

// New returns a client that is not connected.
func New(do func(loop.Effect)) *Client { return &Client{do: do} }

// Connected reports whether there is a host to talk to.
func (c *Client) Connected() bool { return c.connected }

// Connect starts a host, in place of an earlier one, greets it, and asks for the certificates.
func (c *Client) Connect() {
	c.forget()
	c.connected = true
	c.do(loop.ConnectHost{})
	c.Ask(&Request{Kind: protocol.HostHello, Body: protocol.Hello{Protocol: protocol.Version}})
	if len(c.libraries) > 0 {
		c.Ask(c.namesLibraries())
	}
	c.Ask(&Request{Kind: protocol.HostCertificates})
}

// UseLibraries has this host and later ones use the libraries of the person's institution.
func (c *Client) UseLibraries(paths []string) {
	if slices.Equal(paths, c.libraries) {
		return
	}
	c.libraries = paths
	if !c.connected {
		return
	}
	// A list that waits to be asked for is asked for after them.
	isList := func(r *Request) bool { return r.Kind == protocol.HostCertificates }
	if i := slices.IndexFunc(c.waiting, isList); i >= 0 {
		c.waiting = slices.Insert(c.waiting, i, c.namesLibraries())
		return
	}
	c.Ask(c.namesLibraries())
	c.List()
}

// namesLibraries names them to the host. One that is older than the request refuses it, and works without them.
func (c *Client) namesLibraries() *Request {
	return &Request{Kind: protocol.HostUseLibraries, Body: protocol.HostLibrariesBody{Paths: c.libraries}}
}

// Disconnect ends the host, whatever it is doing, and clears the PINs of all requests. A signature that is being made is
// cancelled first, so that the host can stop the card in an orderly way; a card that gets a new PIN is left undisturbed.
func (c *Client) Disconnect() {
	wasConnected := c.connected
	if wasConnected {
		c.Cancel(protocol.HostSign, protocol.HostAuthenticate, protocol.HostSignHash, protocol.HostClaim)
	}
	c.forget()
	if wasConnected {
		c.do(loop.SetTimer{Timer: loop.TimerHost})
		c.do(loop.DropHost{})
	}
}

func (c *Client) forget() {
	for _, r := range c.waiting {
		r.clear()
	}
	*c = Client{do: c.do, libraries: c.libraries}
}

// Lost notes that the host has ended by itself, so that nothing can be cancelled any more.
func (c *Client) Lost() { c.posted = nil }

// Ask posts a request, or queues it behind those that wait, but before those that are not ready.
func (c *Client) Ask(r *Request) {
	c.waiting = append(c.waiting, r)
	for i := len(c.waiting) - 1; r.Ready == nil && i > 0 && c.waiting[i-1].Ready != nil; i-- {
		c.waiting[i-1], c.waiting[i] = r, c.waiting[i-1]
	}
	c.Next()
}

// List asks for the certificates, unless a request for them waits. One that is in flight does not count: its answer may be
// older than what has changed.
func (c *Client) List() {
	for _, r := range c.waiting {
		if r.Kind == protocol.HostCertificates {
			return
		}
	}
	c.Ask(&Request{Kind: protocol.HostCertificates})
}

// InFlight reports whether a request of this kind is under way or waits.
func (c *Client) InFlight(kind protocol.HostType) bool {
	is := func(r *Request) bool { return r.Kind == kind }
	return slices.ContainsFunc(c.posted, is) || slices.ContainsFunc(c.waiting, is)
}

// Transfers returns how many parts of documents are under way or wait.
func (c *Client) Transfers() (n int) {
	for _, requests := range [][]*Request{c.posted, c.waiting} {
		for _, r := range requests {
			if isTransfer(r.Kind) {
				n++
			}
		}
	}
	return n
}

// current is the request that the host answers next; nil where none is under way.
func (c *Client) current() *Request {
	if len(c.posted) == 0 {
		return nil
	}
	return c.posted[0]
}

// Next posts the next request when none is under way, or several parts of documents.
func (c *Client) Next() {
	for len(c.waiting) > 0 && c.mayPost(c.waiting[0]) {
		r := c.waiting[0]
		c.waiting = c.waiting[1:]
		c.post(r)
	}
}

func (c *Client) mayPost(r *Request) bool {
	if r.Ready != nil && !r.Ready() {
		return false
	}
	if len(c.posted) == 0 {
		return true
	}
	return isTransfer(r.Kind) && isTransfer(c.posted[0].Kind) && len(c.posted) < maxTransfers
}

func (c *Client) post(r *Request) {
	c.lastID++
	r.id = c.lastID
	c.posted = append(c.posted, r)
	envelope := protocol.HostEnvelope{ID: r.id, Type: r.Kind, Body: wire.Encode(r.Body)}
	c.do(loop.PostHost{Envelope: envelope, Data: r.Data, PIN: r.PIN, KeyPIN: r.KeyPIN, Old: r.Old, PUK: r.PUK, New: r.New})
	r.Data, r.PIN, r.KeyPIN, r.Old, r.PUK, r.New = nil, nil, nil, nil, nil, nil
	c.do(loop.SetTimer{Timer: loop.TimerHost, Wait: waitFor(r.Kind)})
}

// Cancel asks the host to stop the request under way, if it is of one of the kinds.
func (c *Client) Cancel(kinds ...protocol.HostType) {
	r := c.current()
	if r == nil || !slices.Contains(kinds, r.Kind) {
		return
	}
	c.lastID++
	c.cancelID = c.lastID
	body := wire.Encode(protocol.HostCancelBody{Request: r.id})
	c.do(loop.PostHost{Envelope: protocol.HostEnvelope{ID: c.cancelID, Type: protocol.HostCancel, Body: body}})
}
