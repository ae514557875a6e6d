package cms

import "io"

// Content is eContent, where it lies: one octet string, or in BER one in pieces.
type Content struct {
	// Size is the length of the octets, in bytes.
	Size int64

	r         io.ReaderAt
	file      int64 // size of the file
	at        int64 // where the octets begin, or the first piece
	inPieces  bool
	piecesEnd level
}

// readOctets reads the OCTET STRING at the cursor without its octets, and goes behind it.
func (c *cursor) readOctets() (*Content, error) {
	h, err := c.header()
	if err != nil {
		return nil, err
	}
	out := &Content{r: c.r, file: c.size, at: c.at + int64(h.size)}
	switch h.tag {
	case tagOctetString:
		out.Size = h.length
		c.at = out.at + h.length
		return out, nil
	case tagOctetString | constructed:
	default: // PKCS #7 before CMS put a structure there, Authenticode does today
		return nil, malformed("content of tag %#x is not an octet string", h.tag)
	}
	out.inPieces = true
	out.piecesEnd, err = c.enter(h.tag)
	if err != nil {
		return nil, err
	}
	for count := 0; ; count++ {
		n, err := c.piece(out.piecesEnd)
		if err == io.EOF {
			return out, c.leave(out.piecesEnd)
		}
		if err != nil {
			return nil, err
		}
		if count == maxChunks {
			return nil, malformed("content in more than %d pieces", maxChunks)
		}
		out.Size += n
		c.at += n
	}
}

// piece goes to the octets of the piece at the cursor and returns their number, or io.EOF where there is no other.
func (c *cursor) piece(of level) (int64, error) {
	ended, err := c.atEnd(of)
	if err != nil {
		return 0, err
	}
	if ended {
		return 0, io.EOF
	}
	h, err := c.header()
	if err != nil {
		return 0, err
	}
	if h.tag != tagOctetString {
		return 0, malformed("content in pieces of which one has tag %#x", h.tag)
	}
	c.at += int64(h.size)
	return h.length, nil
}

// Reader reads the octets from their beginning. Several readers may be used at once.
func (c *Content) Reader() io.Reader {
	if !c.inPieces {
		return io.NewSectionReader(c.r, c.at, c.Size)
	}
	return &pieceReader{cursor: cursor{r: c.r, size: c.file, at: c.at}, end: c.piecesEnd}
}

// pieceReader reads octets that are in pieces, whose form readOctets has checked.
type pieceReader struct {
	cursor
	end  level
	left int64 // of the piece that is read
}

func (p *pieceReader) Read(b []byte) (int, error) {
	for p.left == 0 {
		n, err := p.piece(p.end)
		if err != nil {
			return 0, err
		}
		p.left = n
	}
	b = b[:min(int64(len(b)), p.left)]
	if len(b) < windowSize { // small pieces lie in the window, many at once
		within, err := p.peek(len(b))
		if err != nil {
			return 0, err
		}
		copy(b, within)
	} else if err := readFull(p.r, b, p.at); err != nil {
		return 0, err
	}
	p.at += int64(len(b))
	p.left -= int64(len(b))
	return len(b), nil
}
