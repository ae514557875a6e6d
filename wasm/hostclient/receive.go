package hostclient

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/wire"
)

// Listener takes what a host says. An error of its methods ends the conversation.
type Listener interface {
	// HandleAnswer takes the answer to r. Its type is the one that belongs to r.
	HandleAnswer(r *Request, answer protocol.HostEnvelope) error
	// HandleRefusal takes an error instead of an answer to r. The next request waits until Next is called.
	HandleRefusal(r *Request, f protocol.HostFailure) error
	// HandleProgress says how far the request under way is. Its counts are within their bounds.
	HandleProgress(p protocol.HostProgressBody)
	// HandleSignature takes the next part of a signed file of the request under way, which is a HostSign.
	HandleSignature(part protocol.SignaturePart) error
	// HandleTokensChanged says that a card has come or gone.
	HandleTokensChanged()
}

// Receive takes a message of the host, and hands it to l. It returns the code of an error that ends the conversation, with
// its detail for the help desk.
func (c *Client) Receive(raw []byte, l Listener) (code fault.Code, detail string) {
	if !c.connected {
		return "", ""
	}
	var m protocol.HostEnvelope
	if err := wire.Decode(raw, &m); err != nil {
		return fault.MessageInvalid, ""
	}
	if m.ID == 0 && m.Type == protocol.HostError { // the host could not read which request it answers
		f, err := failure(m)
		if err != nil {
			return fault.CodeOf(err), ""
		}
		return f.Code, plaintext.Line(f.Detail)
	}
	var err error
	switch {
	case m.ID == 0:
		err = c.event(m, l)
	case m.ID == c.cancelID:
		c.cancelID = 0
	default:
		err = c.answer(m, l)
	}
	if err != nil {
		return fault.CodeOf(err), ""
	}
	return "", ""
}

func (c *Client) event(m protocol.HostEnvelope, l Listener) error {
	r := c.current()
	switch m.Type {
	case protocol.HostTokensChanged:
		l.HandleTokensChanged()
		return nil
	case protocol.HostProgress:
		var p protocol.HostProgressBody
		if err := wire.Body(m, &p); err != nil {
			return err
		}
		if r != nil && p.Request == r.id {
			if p.Done < 0 || p.Done > p.Total || p.Total > protocol.MaxDocuments {
				return wire.Invalid("progress")
			}
			l.HandleProgress(p)
			c.do(loop.SetTimer{Timer: loop.TimerHost, Wait: waitFor(r.Kind)}) // on a PIN pad a person may type a PIN more than once
		}
		return nil
	case protocol.HostSignature:
		var s protocol.HostSignatureBody
		if err := wire.Body(m, &s); err != nil {
			return err
		}
		if r == nil || r.Kind != protocol.HostSign || s.Request != r.id {
			return wire.Invalid("a signature that nobody has asked for")
		}
		c.do(loop.SetTimer{Timer: loop.TimerHost, Wait: waitFor(r.Kind)})
		return l.HandleSignature(s.SignaturePart)
	}
	return wire.Invalid("unknown event")
}

func (c *Client) answer(m protocol.HostEnvelope, l Listener) error {
	r := c.current()
	if r == nil || m.ID != r.id {
		return wire.Invalid("an answer to no request")
	}
	c.posted = c.posted[1:]
	wait := 0 // for none
	if next := c.current(); next != nil {
		wait = waitFor(next.Kind)
	}
	c.do(loop.SetTimer{Timer: loop.TimerHost, Wait: wait})
	if m.Type == protocol.HostError {
		f, err := failure(m)
		if err != nil {
			return err
		}
		return l.HandleRefusal(r, f)
	}
	if m.Type != r.Kind.Answer() {
		return wire.Invalid("another answer than the one expected")
	}
	if err := l.HandleAnswer(r, m); err != nil {
		return err
	}
	c.Next()
	return nil
}

// failure reads a host's error. Its code is one that has a sentence.
func failure(m protocol.HostEnvelope) (protocol.HostFailure, error) {
	var f protocol.HostFailure
	if err := wire.Body(m, &f); err != nil {
		return protocol.HostFailure{}, err
	}
	f.Code = wire.KnownCode(f.Code)
	return f, nil
}

// Welcome reads the answer to the greeting. Of a host of another protocol it returns the version with the error.
func Welcome(m protocol.HostEnvelope) (protocol.Welcome, error) {
	var w protocol.Welcome
	if err := wire.Body(m, &w); err != nil {
		return protocol.Welcome{}, err
	}
	if w.Protocol != protocol.Version {
		return protocol.Welcome{Version: w.Version}, fault.Errorf(fault.HostOutdated, "another protocol")
	}
	return w, nil
}
