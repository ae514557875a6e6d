package signaturecheck

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/wording"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// inMemory is how much of a file is kept in memory, in bytes; a longer one goes to a temporary file.
const inMemory = 1 << 20

// spooled is a file that was given, until close.
type spooled struct {
	Name    string // as the browser calls it
	Content formats.Content
	SHA256  string // hexadecimal
	temp    *os.File
}

// spool reads a file of at most limit bytes. A longer one gives refusal.CheckTooLarge.
func spool(name string, r io.Reader, limit int64) (_ *spooled, err error) {
	digest := sha256.New()
	r = io.TeeReader(io.LimitReader(r, limit+1), digest)
	head, err := io.ReadAll(io.LimitReader(r, inMemory))
	if err != nil {
		return nil, uploadError(err)
	}
	s := &spooled{Name: name, Content: formats.Content{Reader: bytes.NewReader(head), Size: int64(len(head))}}
	if len(head) == inMemory {
		if err := s.toDisk(head, r); err != nil {
			s.close()
			return nil, err
		}
	}
	if s.Content.Size > limit {
		s.close()
		return nil, fault.Errorf(refusal.CheckTooLarge, "a file over the limit of %d bytes", limit)
	}
	s.SHA256 = hex.EncodeToString(digest.Sum(nil))
	return s, nil
}

// toDisk puts what was read, and the rest, into a temporary file that has no name any more: it is gone with this process at the latest.
func (s *spooled) toDisk(head []byte, rest io.Reader) (err error) {
	if s.temp, err = os.CreateTemp("", "e-onay-check-"); err != nil {
		return fmt.Errorf("signature check: %w", err)
	}
	_ = os.Remove(s.temp.Name()) // Windows does it only in close
	if _, err := s.temp.Write(head); err != nil {
		return fmt.Errorf("signature check: %w", err)
	}
	n, err := io.Copy(diskWriter{s.temp}, rest)
	if broken, ok := errors.AsType[diskError](err); ok {
		return fmt.Errorf("signature check: %w", broken.error)
	}
	if err != nil {
		return uploadError(err)
	}
	s.Content = formats.Content{Reader: s.temp, Size: int64(len(head)) + n}
	return nil
}

// diskWriter marks errors of the disk, which are ours and not the visitor's.
type diskWriter struct{ io.Writer }

type diskError struct{ error }

func (w diskWriter) Write(data []byte) (int, error) {
	n, err := w.Writer.Write(data)
	if err != nil {
		return n, diskError{err}
	}
	return n, nil
}

func (s *spooled) close() {
	if s == nil || s.temp == nil {
		return
	}
	_ = s.temp.Close()
	_ = os.Remove(s.temp.Name())
}

// shown is the file's name as a page shows it.
func (s *spooled) shown() string { return wording.Shown(s.Name) }
