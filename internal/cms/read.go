package cms

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"github.com/e-onay/e-onay/internal/pki"
)

// SignedData is a SignedData (RFC 5652, 5.1) whose form has been checked. It reads its content from where it was read itself.
type SignedData struct {
	// Version is what it says, 1 to 5.
	Version int
	// DigestAlgorithms are those announced, each in DER.
	DigestAlgorithms [][]byte
	// ContentType is eContentType.
	ContentType asn1.ObjectIdentifier
	// Content is eContent, or nil where the content is elsewhere.
	Content *Content
	// Certificates are the X.509 certificates that are embedded and can be read, in the order they stand there.
	Certificates []*x509.Certificate
	// Signers are the signatures, in the order they stand there: there is one at least.
	Signers []*Signer
	// Padding is how many zeros follow the SignedData in the file.
	Padding int64
	// Legacy has Digests and Verify take what was good enough in former years as well: SHA-1, SHA-224, RSA keys from 1024 bits.
	// It is for who judges algorithms by their date (Verdict.Algorithms). Read leaves it false.
	Legacy bool

	// The parts as received, for Append. encapsulated is the place of encapContentInfo in the file.
	digestAlgorithms     [][]byte
	encapsulated         span
	certificates, others [][]byte // others are certificates that are not X.509
	crls                 [][]byte

	// The same as received, in their order, for archive time stamps.
	file                           io.ReaderAt
	certificatesField, revocations []byte

	// The same for WithoutAttributes: version and digestAlgorithms, the set of signers, and the elements around the fields of SignedData, the
	// outermost first.
	headField, signersField []byte
	levels                  [3]level
}

// span is a part of the file, in bytes.
type span struct{ begin, end int64 }

// Read reads the SignedData that r is from its first byte to its last, in BER; zeros may follow. Structures, that is everything but the content,
// have at most MaxStructure bytes. Errors have fault.SignatureMalformed, or are those of r.
func Read(r io.ReaderAt, size int64) (*SignedData, error) {
	c := &cursor{r: r, size: size}
	var out SignedData
	whole, err := c.enter(tagSequence)
	if err != nil {
		return nil, err
	}
	var contentType asn1.ObjectIdentifier
	if err := c.readOID(&contentType); err != nil {
		return nil, err
	}
	if !contentType.Equal(OIDSignedData) {
		return nil, malformed("content type %v is not SignedData", contentType)
	}
	explicit, err := c.enter(tagContext0)
	if err != nil {
		return nil, err
	}
	signedData, err := c.enter(tagSequence)
	if err != nil {
		return nil, err
	}
	out.levels = [3]level{whole, explicit, signedData}
	if err := out.readHead(c); err != nil {
		return nil, err
	}
	if err := out.readContent(c); err != nil {
		return nil, err
	}
	if err := out.readTail(c, signedData); err != nil {
		return nil, err
	}
	for _, l := range []level{signedData, explicit, whole} {
		if err := c.leave(l); err != nil {
			return nil, err
		}
	}
	out.Padding = size - c.at
	return &out, c.readPadding()
}

// readHead reads version and digestAlgorithms.
func (d *SignedData) readHead(c *cursor) error {
	rawVersion, version, err := c.load(tagInteger)
	if err != nil {
		return err
	}
	if s := cryptobyte.String(version); !s.ReadASN1Integer(&d.Version) || d.Version < 1 || d.Version > 5 {
		return malformed("SignedData of another version than 1 to 5")
	}
	raw, _, err := c.load(tagSet)
	if err != nil {
		return err
	}
	d.headField = slices.Concat(rawVersion, raw)
	d.digestAlgorithms, err = Elements(raw, maxAlgorithms)
	if err != nil {
		return err
	}
	d.DigestAlgorithms, err = allToDER(d.digestAlgorithms)
	return err
}

// readContent reads encapContentInfo (RFC 5652, 5.2), and passes over the content.
func (d *SignedData) readContent(c *cursor) error {
	d.encapsulated.begin = c.at
	encapsulated, err := c.enter(tagSequence)
	if err != nil {
		return err
	}
	if err := c.readOID(&d.ContentType); err != nil {
		return err
	}
	ended, err := c.atEnd(encapsulated)
	if err != nil {
		return err
	}
	if !ended {
		explicit, err := c.enter(tagContext0)
		if err != nil {
			return err
		}
		d.Content, err = c.readOctets()
		if err != nil {
			return err
		}
		if err := c.leave(explicit); err != nil {
			return err
		}
	}
	err = c.leave(encapsulated)
	d.encapsulated.end = c.at
	return err
}

// readTail reads certificates, crls and signerInfos, which are loaded.
func (d *SignedData) readTail(c *cursor, within level) error {
	if left := c.size - c.at; left > MaxStructure {
		return malformed("%d bytes beside the content, over the limit of %d", left, MaxStructure)
	}
	fields := map[byte][]byte{}
	order := byte(0)
	for {
		ended, err := c.atEnd(within)
		if err != nil {
			return err
		}
		if ended {
			break
		}
		raw, h, err := c.loadAny(MaxStructure)
		if err != nil {
			return err
		}
		// [0] before [1] before SET: tagSet is moved behind both.
		place := h.tag
		if h.tag == tagSet {
			place = 0xff
		}
		if h.tag != tagContext0 && h.tag != tagContext1 && h.tag != tagSet || place <= order {
			return malformed("element of tag %#x after the content", h.tag)
		}
		order, fields[h.tag] = place, raw
	}
	var err error
	d.file, d.certificatesField, d.revocations = c.r, fields[tagContext0], fields[tagContext1]
	if raw, ok := fields[tagContext0]; ok {
		if err := d.readCertificates(raw); err != nil {
			return err
		}
	}
	if raw, ok := fields[tagContext1]; ok {
		if d.crls, err = Elements(raw, maxCertificates); err != nil {
			return err
		}
	}
	raw, ok := fields[tagSet]
	if !ok {
		return malformed("no signers")
	}
	d.signersField = raw
	infos, err := Elements(raw, maxSigners)
	if err != nil {
		return err
	}
	count := 0
	for _, info := range infos {
		s, err := readSigner(info, 0, &count)
		if err != nil {
			return err
		}
		d.Signers = append(d.Signers, s)
	}
	if len(d.Signers) == 0 {
		return malformed("no signers")
	}
	return nil
}

// readCertificates reads CertificateSet (RFC 5652, 10.2.2). A certificate that is not in DER, or that x509 does not read, is
// kept, and no signature is found to be by it.
func (d *SignedData) readCertificates(raw []byte) error {
	all, err := Elements(raw, maxCertificates)
	if err != nil {
		return err
	}
	for _, one := range all {
		if one[0] != tagSequence {
			d.others = append(d.others, one)
			continue
		}
		d.certificates = append(d.certificates, one)
		if len(one) > pki.MaxCertificate {
			continue
		}
		if c, err := pki.ParseX509(one); err == nil {
			d.Certificates = append(d.Certificates, c)
		}
	}
	return nil
}

func allToDER(raw [][]byte) (all [][]byte, err error) {
	for _, one := range raw {
		der, err := ToDER(one)
		if err != nil {
			return nil, err
		}
		all = append(all, der)
	}
	return all, nil
}

// A cursor goes through a file element by element.
type cursor struct {
	r        io.ReaderAt
	size, at int64

	window   []byte // bytes of the file from windowAt on
	windowAt int64
}

// windowSize is how much is read at once to find headers.
const windowSize = 32 << 10

// level is an element that was entered; end is where its contents end, or indefinite.
type level struct{ end int64 }

// readPadding passes over what follows the signature: nothing, or the zeros that fill its place in a PDF.
func (c *cursor) readPadding() error {
	rest := make([]byte, c.size-c.at) // readTail has bounded it
	if err := readFull(c.r, rest, c.at); err != nil {
		return err
	}
	if len(bytes.TrimLeft(rest, "\x00")) > 0 {
		return malformed("%d bytes after the signature", len(rest))
	}
	return nil
}

// peek returns up to n bytes from the cursor on, fewer only at the end of the file.
func (c *cursor) peek(n int) ([]byte, error) {
	if left := c.size - c.at; int64(n) > left {
		n = int(max(left, 0))
	}
	if c.at >= c.windowAt && c.at+int64(n) <= c.windowAt+int64(len(c.window)) {
		return c.window[c.at-c.windowAt:][:n], nil
	}
	if c.window == nil {
		c.window = make([]byte, min(windowSize, c.size))
	}
	want := int(min(windowSize, c.size-c.at))
	c.window, c.windowAt = c.window[:want], c.at
	if err := readFull(c.r, c.window, c.at); err != nil {
		c.window = c.window[:0]
		return nil, err
	}
	return c.window[:n], nil
}

// readFull fills b from the file.
func readFull(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("read a signature: %w", err)
}

// header reads the header at the cursor, and stays before it. The element ends within the file.
func (c *cursor) header() (header, error) {
	b, err := c.peek(maxHeader)
	if err != nil {
		return header{}, err
	}
	h, err := readHeader(b)
	if err != nil {
		return header{}, err
	}
	if h.length > c.size-c.at-int64(h.size) {
		return header{}, malformed("element of %d bytes, and %d are left", h.length, c.size-c.at-int64(h.size))
	}
	return h, nil
}

// enter goes to the contents of the element at the cursor, which must have this tag.
func (c *cursor) enter(tag byte) (level, error) {
	h, err := c.header()
	if err != nil {
		return level{}, err
	}
	if h.tag != tag {
		return level{}, malformed("element of tag %#x, want %#x", h.tag, tag)
	}
	c.at += int64(h.size)
	if h.length == indefinite {
		return level{indefinite}, nil
	}
	return level{c.at + h.length}, nil
}

// atEnd reports whether the contents of l end at the cursor.
func (c *cursor) atEnd(l level) (bool, error) {
	if l.end != indefinite {
		return c.at >= l.end, nil
	}
	b, err := c.peek(2)
	return endOfContents(b), err
}

// leave goes behind l, whose contents must end at the cursor.
func (c *cursor) leave(l level) error {
	ended, err := c.atEnd(l)
	if err != nil {
		return err
	}
	if !ended || l.end != indefinite && c.at != l.end {
		return malformed("the contents of an element do not end where it does")
	}
	if l.end == indefinite {
		c.at += 2
	}
	return nil
}

// load returns the element at the cursor, which must have this tag, as received and in DER, and goes behind it.
func (c *cursor) load(tag byte) (raw, der []byte, err error) {
	h, err := c.header()
	if err != nil {
		return nil, nil, err
	}
	if h.tag != tag {
		return nil, nil, malformed("element of tag %#x, want %#x", h.tag, tag)
	}
	raw, _, err = c.loadAny(maxHead)
	if err != nil {
		return nil, nil, err
	}
	der, err = ToDER(raw)
	return raw, der, err
}

// loadAny returns the element at the cursor, of at most limit bytes, and goes behind it.
func (c *cursor) loadAny(limit int64) ([]byte, header, error) {
	h, err := c.header()
	if err != nil {
		return nil, h, err
	}
	n := c.size - c.at // of an element whose end is not known, all that may be its
	if h.length != indefinite {
		n = int64(h.size) + h.length
		if n > limit {
			return nil, h, malformed("element of %d bytes, over the limit of %d", n, limit)
		}
	}
	raw := make([]byte, min(n, limit))
	if err := readFull(c.r, raw, c.at); err != nil {
		return nil, h, err
	}
	_, _, rest, err := contents(raw, 0)
	if err != nil {
		return nil, h, err
	}
	raw = bytes.Clone(raw[:len(raw)-len(rest)])
	c.at += int64(len(raw))
	return raw, h, nil
}

func (c *cursor) readOID(oid *asn1.ObjectIdentifier) error {
	_, der, err := c.load(tagOID)
	if err != nil {
		return err
	}
	s := cryptobyte.String(der)
	if !s.ReadASN1ObjectIdentifier(oid) || !s.Empty() {
		return malformed("object identifier")
	}
	return nil
}
