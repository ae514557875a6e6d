package formats_test

import (
	"bytes"
	"crypto"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// countedReader counts the bytes that are read.
type countedReader struct {
	io.ReaderAt
	n atomic.Int64
}

func (c *countedReader) ReadAt(p []byte, offset int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, offset)
	c.n.Add(int64(n))
	return n, err
}

// TestManyRecords has records by many hashes. The file is digested once for each, up to a limit; records beyond it prove nothing. A fifth
// record is noted.
func TestManyRecords(t *testing.T) {
	w := validationtest.New(t)
	signed := validationtest.Signed
	s := w.NewSignature(strings.Repeat("x", 4<<20)).Sign()
	for i, hash := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA256, crypto.SHA384} {
		s.AddRecord(hash, signed.Add(time.Duration(i)*time.Hour), func(r *validationtest.Record, digests func(crypto.Hash) [][]byte) {
			for j, by := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
				r.RenewTree(by, signed.Add(time.Duration(i)*time.Hour+time.Duration(j)*time.Minute), digests(by)...)
			}
		})
	}
	file := s.DER()
	reader := &countedReader{ReaderAt: bytes.NewReader(file)}
	signatures, err := formats.Read(formats.Content{Reader: reader, Size: int64(len(file))})
	if err != nil {
		t.Fatal(err)
	}
	policy := validation.DefaultPolicy()
	policy.Anchors = []validation.Anchor{{Certificate: w.Root.Certificate}}
	report := validation.Validate(validation.Input{Signatures: signatures, Policy: policy, Moment: signed.Add(24 * time.Hour), Data: revocation(w)})
	if read := reader.n.Load() / int64(len(file)); read > 20 {
		t.Errorf("the file was read %d times", read)
	}
	left := 0
	for _, stamp := range report.Signatures[0].TimeStamps {
		if stamp.SubIndication == validation.SignedDataNotFound {
			left++
		}
	}
	if left == 0 || len(report.Signatures[0].Notes) != 1 {
		t.Errorf("%d time stamps not judged, notes %+v", left, report.Signatures[0].Notes)
	}
}
