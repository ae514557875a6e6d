// Package messaging is the framing of native messaging: a 4-byte length in the machine's byte order,
// then that many bytes of JSON in UTF-8. The browser speaks it with the host, and the host with its
// worker processes.
//
// The reader enforces every limit itself; the peer is hostile. A length that is out of range loses
// the stream's synchronisation for good: the caller answers once and ends.
package messaging

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

const headerSize = 4

// A Reader reads frames. It is for one goroutine.
type Reader struct {
	r      io.Reader
	header [headerSize]byte
}

// NewReader returns a Reader on r. It reads no byte ahead of the frame it returns, so that a secret
// that follows never lies in a buffer of its own.
func NewReader(r io.Reader) *Reader { return &Reader{r: r} }

// Read returns the next frame in memory of its own, which the caller may clear. It returns io.EOF where
// the stream ends between two frames, and a *fault.Error for a length of 0, one above
// protocol.MaxHostMessage, and a stream that ends inside a frame; after any of those the stream is of
// no more use.
func (r *Reader) Read() ([]byte, error) {
	n, err := r.length(protocol.MaxHostMessage)
	if err != nil {
		return nil, err
	}
	frame := make([]byte, n)
	if err := r.body(frame); err != nil {
		clear(frame)
		return nil, err
	}
	return frame, nil
}

// ReadInto reads the next frame into buf and returns its length. Its errors are those of Read, with
// len(buf) for the limit.
func (r *Reader) ReadInto(buf []byte) (int, error) {
	n, err := r.length(len(buf))
	if err != nil {
		return 0, err
	}
	return n, r.body(buf[:n])
}

func (r *Reader) length(limit int) (int, error) {
	_, err := io.ReadFull(r.r, r.header[:])
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, fault.Errorf(fault.MessageInvalid, "stream ends inside a frame's length")
	}
	if err != nil {
		return 0, err
	}
	n := binary.NativeEndian.Uint32(r.header[:])
	if n == 0 {
		return 0, fault.Errorf(fault.MessageInvalid, "frame of length 0")
	}
	if uint64(n) > uint64(limit) {
		return 0, fault.Errorf(fault.MessageTooLarge, "frame of %d bytes, the limit is %d", n, limit)
	}
	return int(n), nil
}

func (r *Reader) body(frame []byte) error {
	n, err := io.ReadFull(r.r, frame)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fault.Errorf(fault.MessageInvalid, "stream ends after %d of a frame's %d bytes", n, len(frame))
	}
	return err
}

// A Writer writes frames. Any number of goroutines may use it; frames do not mix.
type Writer struct {
	mu sync.Mutex
	w  io.Writer
}

// NewWriter returns a Writer on w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write writes v as JSON in one frame. It refuses, with fault.MessageTooLarge and before a byte
// is written, what the peer's reader would refuse.
func (w *Writer) Write(v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	header, err := headerOf(body)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err = w.w.Write(append(header[:], body...)) // at once: the peer wakes up for each part
	return err
}

// WriteRaw writes frame as it is. It keeps no copy of it.
func (w *Writer) WriteRaw(frame []byte) error {
	header, err := headerOf(frame)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.w.Write(header[:]); err != nil {
		return err
	}
	_, err = w.w.Write(frame)
	return err
}

// headerOf is the length that goes before frame.
func headerOf(frame []byte) (header [headerSize]byte, err error) {
	if len(frame) == 0 {
		return header, fault.Errorf(fault.MessageInvalid, "frame of length 0")
	}
	if len(frame) > protocol.MaxHostMessage {
		return header, fault.Errorf(fault.MessageTooLarge, "frame of %d bytes, the limit is %d", len(frame), protocol.MaxHostMessage)
	}
	binary.NativeEndian.PutUint32(header[:], uint32(len(frame)))
	return header, nil
}
