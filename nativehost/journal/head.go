package journal

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/nativehost/device"
)

const (
	headName = "head.json"
	maxHead  = 4 << 10
)

// head names the newest line.
type head struct {
	Number uint64 `json:"number"`
	Digest string `json:"digest"`
	// Offset is where the line begins in its segment.
	Offset int64 `json:"offset"`
	// Key is the public key, as an uncompressed point (SEC 1, 2.3.3), Signature its of statement.
	Key       []byte `json:"key"`
	Signature []byte `json:"signature"`

	public *ecdsa.PublicKey
}

// statement is what the device key signs. It can pass for nothing else that the key signs.
func (h *head) statement() []byte {
	return fmt.Appendf(nil, "tr.eonay.journal v1\n%d\n%s\n%d\n", h.Number, h.Digest, h.Offset)
}

func newHead(ctx context.Context, key *device.Key, number uint64, digest string, offset int64) (*head, error) {
	h := &head{Number: number, Digest: digest, Offset: offset, public: key.Public().Signing}
	var err error
	if h.Key, err = h.public.Bytes(); err != nil {
		return nil, err
	}
	h.Signature, err = key.Sign(ctx, h.statement())
	return h, err
}

// readHead returns nil where there is none.
func readHead(dir string) (*head, error) {
	data, err := readAtMost(filepath.Join(dir, headName), maxHead)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parseHead(data)
}

func parseHead(data []byte) (*head, error) {
	h := new(head)
	if err := json.Unmarshal(data, h); err != nil {
		return nil, fmt.Errorf("%w: head: %w", ErrBroken, err)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), h.Key)
	if err != nil {
		return nil, fmt.Errorf("%w: head: %w", ErrBroken, err)
	}
	h.public = public
	if h.Number == 0 || !release.Verify(public, h.statement(), h.Signature) {
		return nil, fmt.Errorf("%w: head: its signature does not fit", ErrBroken)
	}
	return h, nil
}

// write puts the head in the place of the one before, whole or not at all.
func (h *head) write(dir string) error {
	data, err := json.Marshal(h)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".head-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(dir, headName))
}
