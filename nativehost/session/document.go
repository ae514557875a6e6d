package session

import (
	"crypto"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"hash"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

// hashes are all that cades.HashFor may ask for: documents are hashed before the certificate is chosen,
// and never kept.
var hashes = []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512}

// A document is what is known of a document: not its bytes.
type document struct {
	name           string // as the page calls it
	size, received int64
	sums           map[crypto.Hash]hash.Hash
}

func newDocument(name string, size int64) *document {
	d := &document{name: name, size: size, sums: map[crypto.Hash]hash.Hash{}}
	for _, h := range hashes {
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

// document begins a document. An empty one is complete at once.
func (s *session) document(body *protocol.HostDocumentBody) (any, error) {
	if s.phase != phaseOpen {
		return nil, fault.Errorf(fault.Sequence, "document in phase %d", s.phase)
	}
	if body.Document != len(s.documents) {
		return nil, fault.Errorf(fault.Sequence, "document %d, expected %d", body.Document, len(s.documents))
	}
	switch {
	case len(s.documents) == protocol.MaxDocuments:
		return nil, fault.Errorf(fault.RequestTooLarge, "more than %d documents", protocol.MaxDocuments)
	case body.MediaType != protocol.MediaTypeText:
		return nil, fault.Errorf(fault.DocumentUnsupported, "media type %q", truncate(body.MediaType))
	case body.Size < 0 || len(body.Name) > protocol.MaxName || !utf8.ValidString(body.Name):
		return nil, fault.Errorf(fault.MessageInvalid, "document of size %d with a name of %d bytes", body.Size, len(body.Name))
	case body.Size > protocol.MaxTextDocument:
		return nil, fault.Errorf(fault.RequestTooLarge, "document of %d bytes", body.Size)
	}
	s.documents = append(s.documents, newDocument(body.Name, body.Size))
	if body.Size > 0 {
		s.phase = phaseReceiving
	}
	return nil, nil
}

// chunk takes the next bytes of the document that is being received.
func (s *session) chunk(body *protocol.HostChunkBody) (any, error) {
	if s.phase != phaseReceiving {
		return nil, fault.Errorf(fault.Sequence, "chunk in phase %d", s.phase)
	}
	d := s.documents[len(s.documents)-1]
	if body.Document != len(s.documents)-1 || body.Offset != d.received {
		return nil, fault.Errorf(fault.Sequence, "chunk of document %d at %d, expected %d at %d", body.Document, body.Offset, len(s.documents)-1, d.received)
	}
	n := int64(len(body.Data))
	if n == 0 || n > protocol.ChunkSize || n > d.size-d.received {
		return nil, fault.Errorf(fault.MessageInvalid, "chunk of %d bytes where %d are missing", n, d.size-d.received)
	}
	d.write(body.Data)
	if d.received == d.size {
		s.phase = phaseOpen
	}
	return nil, nil
}
