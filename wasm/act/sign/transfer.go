package sign

import (
	"bytes"
	"crypto/sha256"
	"hash"
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window"
)

// How the documents' bytes go from the page through the window to the host. The window holds what is on the screen and, of
// the rest, maxHeld together; all others pass through it: they are requested when the host has room, hashed, and handed on.
// Each time the bytes of a document come, their digest must be the same.

const (
	// maxPulls is how many stretches are requested of the page at a time, so that neither side waits for the other.
	maxPulls = 4
	// maxPassing is how many stretches of documents that the window does not hold may be on their way.
	maxPassing = 8
	// maxHeld is how many bytes the window holds beside the document on the screen.
	maxHeld = 32 << 20
)

// transfer is how far the documents are on their way.
type transfer struct {
	pulls  []pull     // that the page has not answered, in their order
	onward []*passage // for the host, in the order in which they began
	next   int        // the document whose bytes are requested for the host next
	extra  *passage   // for the screen or for a copy; nil where there is none
	sent   position   // where the host's next byte is
	held   int64      // bytes that are held, or will be
}

// position is a place in the request's documents.
type position struct {
	document int
	offset   int64
}

// A passage is one reading of a document, from its first byte to its last, as the page hands it out.
type passage struct {
	document int
	size     int64
	holds    bool // the window holds the bytes
	isCopy   bool // they are for a copy that the person saves
	asked    int64
	come     int64
	sum      hash.Hash // SHA-256 of what has come
	head     []byte    // the beginning of it
	isOver   bool      // what still comes is thrown away
}

// pull is one stretch that was requested of the page.
type pull struct {
	protocol.PagePullBody
	passage *passage
}

func (a *Act) newPassage(i int) *passage {
	return &passage{document: i, size: a.documents[i].info.Size, sum: sha256.New()}
}

// carryOn hands to the host what the window holds, and requests the next stretches of the page.
func (a *Act) carryOn() {
	a.handOver()
	for len(a.transfer.pulls) < maxPulls {
		p := a.nextPassage()
		if p == nil {
			break
		}
		body := protocol.PagePullBody{Document: p.document, Offset: p.asked, Length: min(p.size-p.asked, protocol.ChunkSize)}
		p.asked += body.Length
		a.transfer.pulls = append(a.transfer.pulls, pull{body, p})
		a.window.Post(protocol.PagePull, body)
	}
	if len(a.transfer.pulls) > 0 {
		a.window.StartPageTimer(window.PageWait)
	} else {
		a.window.StopPageTimer()
	}
}

// nextPassage returns the passage whose next stretch is to be requested; nil where there is none, or where the host must
// have room first. What the person waits for comes first.
func (a *Act) nextPassage() *passage {
	t := &a.transfer
	if t.extra != nil && t.extra.asked < t.extra.size {
		return t.extra
	}
	for _, p := range t.onward {
		if p.asked < p.size {
			return a.ifRoom(p)
		}
	}
	for t.next < len(a.documents) && (a.documents[t.next].isHeld || a.documents[t.next].onward != nil) {
		t.next++
	}
	if t.next == len(a.documents) || t.extra != nil && t.extra.holds && t.extra.document == t.next {
		return nil
	}
	p := a.newPassage(t.next)
	p.holds = a.mayHold(t.next)
	if a.ifRoom(p) == nil {
		return nil
	}
	if p.holds {
		a.hold(p)
	}
	a.documents[t.next].onward = p
	t.onward = append(t.onward, p)
	t.next++
	return p
}

// ifRoom returns the passage if its next stretch has a place to go to.
func (a *Act) ifRoom(p *passage) *passage {
	if p.holds {
		return p
	}
	passing := a.window.Host().Transfers()
	for _, pull := range a.transfer.pulls {
		if !pull.passage.holds {
			passing++
		}
	}
	if !a.window.Host().Connected() || passing >= maxPassing {
		return nil
	}
	return p
}

// mayHold reports whether the window can hold a document's bytes: it has room, or the person sees the document first.
func (a *Act) mayHold(i int) bool {
	d := &a.documents[i]
	return d.info.Size <= maxHeld-a.transfer.held || i == a.reading && d.viewer.Head == 0
}

// hold makes room for the bytes of a passage.
func (a *Act) hold(p *passage) {
	p.holds = true
	a.documents[p.document].data = make([]byte, 0, p.size)
	a.transfer.held += p.size
}

// letGo frees a document's bytes if the window holds more than it is to, and the host has them.
func (a *Act) letGo(i int) {
	d, t := &a.documents[i], &a.transfer
	if t.extra != nil && t.extra.document == i && !t.extra.isCopy {
		t.extra.isOver, t.extra = true, nil
	} else if !d.isHeld || t.held <= maxHeld || t.sent.document <= i {
		return
	}
	d.data, d.isHeld = nil, false
	t.held -= d.info.Size
}

// pullForScreen requests a document's bytes again, to show them.
func (a *Act) pullForScreen(i int) {
	if t := &a.transfer; t.extra != nil {
		t.extra.isOver = true // a copy, which the person no longer waits for
	}
	p := a.newPassage(i)
	a.hold(p)
	a.transfer.extra = p
}

// pullForCopy requests a document's bytes again, to save them.
func (a *Act) pullForCopy(i int) {
	p := a.newPassage(i)
	p.isCopy = true
	a.transfer.extra = p
	a.carryOn()
}

// HandleChunk takes the stretch that was requested first; any other ends the request.
func (a *Act) HandleChunk(c protocol.PageChunkBody) error {
	t := &a.transfer
	if len(t.pulls) == 0 {
		return fault.Errorf(fault.RequestInvalid, "a chunk that was not requested")
	}
	pull := t.pulls[0]
	if c.Document != pull.Document || c.Offset != pull.Offset {
		return fault.Errorf(fault.RequestInvalid, "another chunk than the requested one")
	}
	if int64(len(c.Data)) != pull.Length {
		return fault.Errorf(fault.DocumentChanged, "another length than the one announced")
	}
	t.pulls = t.pulls[1:]
	if !pull.passage.isOver {
		if err := a.takeIn(pull.passage, c.Data); err != nil {
			return err
		}
	}
	a.carryOn()
	return nil
}

// HandleRoom goes on where the host has taken a part of a document.
func (a *Act) HandleRoom() {
	if len(a.documents) > 0 {
		a.carryOn()
	}
}

// takeIn takes the next bytes of a passage.
func (a *Act) takeIn(p *passage, data []byte) error {
	p.sum.Write(data) // never fails
	if rest := document.Beginning - len(p.head); rest > 0 {
		p.head = append(p.head, data[:min(rest, len(data))]...)
	}
	p.come += int64(len(data))
	d := &a.documents[p.document]
	switch {
	case p.isCopy:
		part := loop.SaveCopy{Name: document.FileName(d.info.Name), Data: data, First: p.come == int64(len(data)), Last: p.come == p.size}
		if part.Last && !bytes.Equal(p.sum.Sum(nil), d.digest) {
			return fault.Errorf(fault.DocumentChanged, "other bytes than before")
		}
		a.window.SaveCopy(part)
	case p.holds:
		d.data = append(d.data, data...)
	default:
		a.send(data)
	}
	if p.come < p.size {
		return nil
	}
	return a.endPassage(p)
}

// endPassage judges a document whose bytes have all come.
func (a *Act) endPassage(p *passage) error {
	t, d := &a.transfer, &a.documents[p.document]
	if p == t.extra {
		t.extra = nil
	}
	if p == d.onward {
		d.onward = nil
		t.onward = slices.DeleteFunc(t.onward, func(o *passage) bool { return o == p })
	}
	if p.isCopy {
		return nil
	}
	d.isHeld = d.isHeld || p.holds
	if err := a.checkDigest(p.document, p.sum.Sum(nil)); err != nil {
		return err
	}
	if err := a.checkWhole(p); err != nil {
		return err
	}
	if a.window.Step() == screen.StepStamp {
		a.drawStamp()
	}
	return nil
}

// handOver hands to the host what the window holds, up to the first document whose bytes pass through.
func (a *Act) handOver() {
	t := &a.transfer
	for a.window.Host().Connected() && t.sent.document < len(a.documents) {
		d := &a.documents[t.sent.document]
		comesHeld := d.onward != nil && d.onward.holds
		if d.onward != nil && !comesHeld || !d.isHeld && !comesHeld {
			return
		}
		rest := d.data[t.sent.offset:]
		if len(rest) == 0 {
			return
		}
		a.send(rest[:min(len(rest), protocol.ChunkSize)])
	}
}

// send sends the host its next bytes, and announces their document before the first.
func (a *Act) send(data []byte) {
	t := &a.transfer
	i := t.sent.document
	info := a.documents[i].info
	if t.sent.offset == 0 {
		a.window.Host().Ask(&hostclient.Request{Kind: protocol.HostDocument, Body: protocol.HostDocumentBody{
			Document: i, Name: info.Name, MediaType: info.MediaType, Size: info.Size, Keep: a.request.NeedsContent(),
		}})
	}
	body := protocol.HostChunkBody{Document: i, Offset: t.sent.offset}
	a.window.Host().Ask(&hostclient.Request{Kind: protocol.HostChunk, Body: body, Data: data})
	t.sent.offset += int64(len(data))
	if t.sent.offset < info.Size {
		return
	}
	t.sent = position{document: i + 1}
	if a.isHandedOver() && a.request.NeedsContent() {
		check := protocol.HostCheckBody{SignatureOptions: a.request.SignatureOptions}
		a.window.Host().Ask(&hostclient.Request{Kind: protocol.HostCheck, Body: check})
	}
}

// isHandedOver reports whether the host has been sent all documents.
func (a *Act) isHandedOver() bool { return a.transfer.sent.document == len(a.documents) }

// stopPassing ends what passes through to a host that is gone. Another gets all documents from the first on.
func (a *Act) stopPassing() {
	t := &a.transfer
	t.onward = slices.DeleteFunc(t.onward, func(p *passage) bool {
		if !p.holds {
			p.isOver = true
			a.documents[p.document].onward = nil
		}
		return !p.holds
	})
	t.sent, t.next = position{}, 0
}

// percent is how much of the document on the screen has come.
func (a *Act) percent() int {
	d := &a.documents[a.reading]
	p := d.onward
	if t := a.transfer.extra; t != nil && t.document == a.reading && (p == nil || d.viewer.Head == 0) {
		p = t
	}
	if p == nil {
		return 0
	}
	return int(p.come * 100 / p.size)
}
