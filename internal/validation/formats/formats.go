// Package formats reads files of signatures for internal/validation: which format a file is of, by its bytes, and what its signatures
// claim, embed and cover. Nothing is believed here, and nothing but content is read twice: what a reader does not know of a format
// becomes a conclusion that validation reports.
package formats

import (
	"bytes"
	"crypto"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"
	"sync/atomic"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/validation"
)

// maxHead is how much of a file its format is told by, in bytes.
const maxHead = 1024

// maxPEM is the largest file that is decoded from PEM, in bytes.
const maxPEM = 16 << 20

// Content is what a file of signatures may be over.
type Content struct {
	Reader io.ReaderAt
	Size   int64
}

// Document is what signatures cover that do not have it in their file.
type Document struct {
	// Name is that of its file, without folders; "" where it is not known. It counts only where a signature names what it covers.
	Name string
	Content
	// shared is read in place of Content, for a file of a container; nil for others.
	shared *digests
}

// Read returns the signatures of a file. documents are what they cover where the file does not have it. A file of no format that is
// known gives fault.Unsupported, one that is damaged fault.SignatureMalformed. A PDF gives fault.PDFMalformed and
// fault.PDFEncrypted as well, and fault.PDFUnsigned or fault.PDFOnlyStamped where nobody has signed it; a container that is damaged, or
// that two programs could read differently, fault.ContainerMalformed, and a package of e-Yazışma the codes of internal/eyazisma.
func Read(file Content, documents ...Document) ([]*validation.Signature, error) {
	head := make([]byte, min(file.Size, maxHead))
	if n, err := file.Reader.ReadAt(head, 0); n < len(head) {
		return nil, fmt.Errorf("read a signature: %w", err)
	}
	switch {
	case bytes.HasPrefix(head, []byte("-----BEGIN ")):
		decoded, err := fromPEM(file)
		if err != nil {
			return nil, err
		}
		return readCAdES(decoded, documents)
	case len(head) > 0 && head[0] == 0x30: // SEQUENCE, in DER and BER
		return readCAdES(file, documents)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return readContainer(file)
	case isXML(head):
		return readXAdES(file, documents, nil)
	case looksLikeJWS(head):
		return readJAdES(file, documents)
	case pdf.IsPDF(head): // which may begin with anything
		return readPAdES(file)
	}
	return nil, fault.New(fault.Unsupported, errors.New("a file of no format of signatures that is known"))
}

// Binary returns the file itself, or what it is in PEM. Errors are as of Read.
func Binary(file Content) (Content, error) {
	head := make([]byte, min(file.Size, 11))
	if n, err := file.Reader.ReadAt(head, 0); n < len(head) {
		return Content{}, fmt.Errorf("read a signature: %w", err)
	}
	if string(head) == "-----BEGIN " {
		return fromPEM(file)
	}
	return file, nil
}

// fromPEM decodes the CMS of a file in PEM.
func fromPEM(file Content) (Content, error) {
	if file.Size > maxPEM {
		return Content{}, fault.Errorf(fault.SignatureMalformed, "PEM of %d bytes, over the limit of %d", file.Size, maxPEM)
	}
	text := make([]byte, file.Size)
	if n, err := file.Reader.ReadAt(text, 0); n < len(text) {
		return Content{}, fmt.Errorf("read a signature: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CMS" && block.Type != "PKCS7" {
		return Content{}, fault.Errorf(fault.Unsupported, "PEM, and not of CMS")
	}
	return Content{bytes.NewReader(block.Bytes), int64(len(block.Bytes))}, nil
}

// digests are the digests of one content, each computed once.
type digests struct {
	open func() io.Reader // nil where the content is not at hand
	size int64

	mu     sync.Mutex
	known  map[crypto.Hash][]byte
	failed error // of reading, which would fail again

	budget *atomic.Int64 // bytes that may still be hashed of all files of a container; nil where there is no limit
}

func newDigests(size int64, open func() io.Reader) *digests {
	return &digests{open: open, size: size, known: map[crypto.Hash][]byte{}}
}

// digests are those of a document.
func (d Document) digests() *digests {
	if d.shared != nil {
		return d.shared
	}
	return newDigests(d.Size, func() io.Reader { return io.NewSectionReader(d.Reader, 0, d.Size) })
}

var (
	errNoContent = errors.New("the content is not at hand")
	errTooMuch   = fault.Errorf(fault.ContainerMalformed, "more to be read than a container of its size has")
)

// of returns the digest by one hash; the error is errNoContent or that of reading.
func (d *digests) of(by crypto.Hash) ([]byte, error) {
	if d == nil || d.open == nil {
		return nil, errNoContent
	}
	if !by.Available() {
		return nil, fmt.Errorf("hash %d", by)
	}
	if err := d.compute(by); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.known[by], nil
}

// compute reads the content once for all hashes that are not known yet.
func (d *digests) compute(all ...crypto.Hash) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	missing, cost := map[crypto.Hash]hash.Hash{}, int64(0)
	var writers []io.Writer
	for _, by := range all {
		if d.known[by] == nil && missing[by] == nil && by.Available() {
			cost += costOf(by)
			missing[by] = by.New()
			writers = append(writers, missing[by])
		}
	}
	if len(writers) == 0 || d.open == nil || d.failed != nil {
		return d.failed
	}
	if d.failed = d.copyTo(cost, writers...); d.failed != nil {
		return d.failed
	}
	for by, h := range missing {
		d.known[by] = h.Sum(nil)
	}
	return nil
}

// costOf is how much of the budget a byte takes: SHA-2 of 512 bits takes twice the time of that of 256, which processors help with, and SHA-3
// five times.
func costOf(by crypto.Hash) int64 {
	switch by {
	case crypto.SHA3_224, crypto.SHA3_256, crypto.SHA3_384, crypto.SHA3_512:
		return 5
	case crypto.SHA384, crypto.SHA512:
		return 2
	}
	return 1
}

// copyTo reads the content once, within the budget of its container; each byte takes cost of that.
func (d *digests) copyTo(cost int64, writers ...io.Writer) error {
	if d.budget != nil && d.budget.Add(-d.size*cost) < 0 {
		return errTooMuch
	}
	if n, err := io.Copy(io.MultiWriter(writers...), d.open()); err != nil || n != d.size {
		return fmt.Errorf("content of %d bytes ends after %d: %w", d.size, n, err)
	}
	return nil
}
