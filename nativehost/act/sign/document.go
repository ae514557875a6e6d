package sign

import (
	"context"
	"crypto"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"hash"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/act"
)

// A document is what is known of a document. It is hashed before the certificate is chosen, by all hashes that one may ask
// for. Its bytes are kept on the disk, and only where the window says that they are needed.
type document struct {
	name, mediaType string // as the page has it
	size, received  int64
	sums            map[crypto.Hash]hash.Hash
	kept            bool
	offset          int64 // of its bytes in the spool
}

func newDocument(body *protocol.HostDocumentBody, offset int64) *document {
	d := &document{name: body.Name, mediaType: body.MediaType, size: body.Size, kept: body.Keep, offset: offset, sums: map[crypto.Hash]hash.Hash{}}
	for _, h := range ades.Hashes {
		d.sums[h] = h.New()
	}
	return d
}

func (d *document) write(data []byte) {
	for _, h := range d.sums {
		h.Write(data) // never fails
	}
	d.received += int64(len(data))
}

func (d *document) digest(h crypto.Hash) []byte { return d.sums[h].Sum(nil) }

// HasDocuments reports whether a document was announced.
func (a *Act) HasDocuments() bool { return len(a.documents) > 0 }

// Receiving reports whether the last document lacks bytes.
func (a *Act) Receiving() bool {
	if len(a.documents) == 0 {
		return false
	}
	last := a.documents[len(a.documents)-1]
	return last.received < last.size
}

// Announce begins a document. An empty one is complete at once.
func (a *Act) Announce(_ context.Context, _ act.Request, body *protocol.HostDocumentBody) error {
	if body.Document != len(a.documents) {
		return fault.Errorf(fault.Sequence, "document %d, want %d", body.Document, len(a.documents))
	}
	switch {
	case len(a.documents) == protocol.MaxDocuments:
		return fault.Errorf(fault.RequestTooLarge, "more than %d documents", protocol.MaxDocuments)
	case !protocol.IsMediaType(body.MediaType):
		return fault.Errorf(fault.MessageInvalid, "media type %.*q", protocol.MaxMediaType, body.MediaType)
	case body.Size < 0 || len(body.Name) > protocol.MaxName || !utf8.ValidString(body.Name):
		return fault.Errorf(fault.MessageInvalid, "document of size %d with a name of %d bytes", body.Size, len(body.Name))
	case body.Size > protocol.MaxSize(body.MediaType) || body.Size > protocol.MaxRequest-a.announced:
		return fault.Errorf(fault.RequestTooLarge, "document of %d bytes after %d", body.Size, a.announced)
	}
	a.announced += body.Size
	a.documents = append(a.documents, newDocument(body, a.Spool.Size()))
	return nil
}

// Receive takes the next bytes of the last document.
func (a *Act) Receive(_ context.Context, _ act.Request, body *protocol.HostChunkBody) error {
	last := len(a.documents) - 1
	d := a.documents[last]
	if body.Document != last || body.Offset != d.received {
		return fault.Errorf(fault.Sequence, "chunk of document %d at offset %d, want %d at %d", body.Document, body.Offset, last, d.received)
	}
	n := int64(len(body.Data))
	if n == 0 || n > protocol.ChunkSize || n > d.size-d.received {
		return fault.Errorf(fault.MessageInvalid, "chunk of %d bytes where %d are missing", n, d.size-d.received)
	}
	if d.kept {
		if _, err := a.Spool.Write(body.Data); err != nil {
			return err
		}
	}
	d.write(body.Data)
	return nil
}

// Close forgets the documents.
func (a *Act) Close() error {
	a.documents, a.announced = nil, 0
	return a.Spool.Close()
}
