package sign

import (
	"slices"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/act"
)

// deliver sends a signed file, part by part.
func deliver(r act.Request, parts []protocol.SignaturePart) {
	for i, part := range parts {
		part.Last = i == len(parts)-1
		r.Deliver(part)
	}
}

// partsOf cuts a signed file into parts that fit into messages. documents are the places, in the request, of those that the
// file is of.
func partsOf(f signedFile, documents []int) (parts []protocol.SignaturePart) {
	for _, piece := range f.pieces {
		if piece.Size() == 0 {
			continue
		}
		if piece.Bytes == nil {
			span := protocol.Span{Document: documents[piece.Document], Offset: piece.Offset, Length: piece.Length}
			parts = append(parts, protocol.SignaturePart{Document: f.file, Span: span})
			continue
		}
		for chunk := range slices.Chunk(piece.Bytes, protocol.ChunkSize) {
			parts = append(parts, protocol.SignaturePart{Document: f.file, Data: chunk})
		}
	}
	return parts
}
