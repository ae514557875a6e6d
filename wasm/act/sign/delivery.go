package sign

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/wire"
)

// A delivery is what has come of the signed files of one request to the host.
type delivery struct {
	whole    []bool // by file: the last part has come
	document int    // the place of the file that is coming, or came last
	parts    int    // of that file
	newBytes int
}

// takes reports whether a part may come now, and notes it: the parts of one file come in a row, the files in their order.
func (d *delivery) takes(p protocol.SignaturePart, documents []requestedDocument) bool {
	if p.Document < d.document || p.Document >= len(d.whole) || d.whole[p.Document] {
		return false
	}
	if p.Document > d.document {
		if d.parts > 0 && !d.whole[d.document] {
			return false
		}
		*d = delivery{whole: d.whole, document: p.Document}
	}
	d.parts++
	d.newBytes += len(p.Data)
	d.whole[p.Document] = p.Last
	return hasBytes(p, documents) && d.parts <= protocol.MaxParts && d.newBytes <= protocol.MaxNewBytes
}

// hasBytes reports whether a part has either new bytes or a span of a document.
func hasBytes(p protocol.SignaturePart, documents []requestedDocument) bool {
	s := p.Span
	if s == (protocol.Span{}) {
		return len(p.Data) > 0 && len(p.Data) <= protocol.ChunkSize
	}
	if len(p.Data) > 0 || s.Document < 0 || s.Document >= len(documents) {
		return false
	}
	size := documents[s.Document].info.Size
	return s.Offset >= 0 && s.Length > 0 && s.Offset <= size && s.Length <= size-s.Offset
}

// count is how many files have come whole.
func (d *delivery) count() (n int) {
	for _, whole := range d.whole {
		if whole {
			n++
		}
	}
	return n
}

// fits reports whether outcomes are those of what has come.
func (d *delivery) fits(outcomes []protocol.Outcome) bool {
	if len(outcomes) != len(d.whole) {
		return false
	}
	signed := false
	for i, o := range outcomes {
		if (o.Code == "") != d.whole[i] {
			return false
		}
		signed = signed || o.Code == ""
	}
	return signed
}

// HandleSignature posts a part of a signed file to the page at once. From then on nothing is asked of the host again: a
// document must not be signed twice.
func (a *Act) HandleSignature(part protocol.SignaturePart) error {
	if !a.delivery.takes(part, a.documents) {
		return wire.Invalid("not the next part of a signed file")
	}
	a.window.MarkLeaving()
	a.window.Post(protocol.PageSignature, part)
	return nil
}

// HandleHost takes what could not be signed, how a stamp will look, and what became of the documents.
func (a *Act) HandleHost(m protocol.HostEnvelope) error {
	switch m.Type {
	case protocol.HostChecked:
		return a.handleChecked(m)
	case protocol.HostPreviewed:
		return a.handlePreviewed(m)
	}
	return a.handleSigned(m)
}

// handleSigned takes what became of the documents, and posts it to the page.
func (a *Act) handleSigned(m protocol.HostEnvelope) error {
	var result protocol.SignResult
	if err := wire.Body(m, &result); err != nil {
		return err
	}
	if !a.delivery.fits(result.Outcomes) {
		return wire.Invalid("not what became of the signed files that have come")
	}
	a.outcomes = make([]fault.Code, len(result.Outcomes))
	for i, o := range result.Outcomes {
		if o.Code != "" {
			a.outcomes[i] = wire.KnownCode(o.Code)
			failure := message.Failure(protocol.ForPage(a.outcomes[i], true))
			result.Outcomes[i] = protocol.Outcome{Code: failure.Code, Message: failure.Message}
		}
	}
	a.window.Post(protocol.PageSigned, result)
	a.window.Finish(a.delivery.count() < len(a.files()))
	return nil
}
