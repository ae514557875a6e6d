package sign

import (
	"slices"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/act"
)

// deliver sends a signed file, part by part.
func deliver(r act.Request, f signedFile) {
	parts := partsOf(f.document, f.pieces)
	for i, part := range parts {
		part.Last = i == len(parts)-1
		r.Deliver(part)
	}
}

// partsOf cuts pieces into parts that fit into messages.
func partsOf(document int, pieces ades.Pieces) (parts []protocol.SignaturePart) {
	for _, piece := range pieces {
		if piece.Size() == 0 {
			continue
		}
		if piece.Bytes == nil {
			span := protocol.Span{Document: piece.Document, Offset: piece.Offset, Length: piece.Length}
			parts = append(parts, protocol.SignaturePart{Document: document, Span: span})
			continue
		}
		for chunk := range slices.Chunk(piece.Bytes, protocol.ChunkSize) {
			parts = append(parts, protocol.SignaturePart{Document: document, Data: chunk})
		}
	}
	return parts
}
