package journal

import (
	"bytes"
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
	"github.com/e-onay/e-onay/nativehost/ownfile"
)

const (
	headName    = "head.json"
	newHeadName = "head.json.new"
	headVersion = 2
	maxHead     = 4 << 10
)

// head says from which line to which the list is, and is signed. One of version 1 does not say where it begins.
type head struct {
	Version int `json:"version,omitempty"`
	// First is the oldest line that is kept.
	First *mark `json:"first,omitempty"`
	// Number and Digest are the newest line's, Offset is where that begins in its segment.
	Number uint64 `json:"number"`
	Digest string `json:"digest"`
	Offset int64  `json:"offset"`
	// Adopted is the first of those entries up to the newest that stood behind a head before this one, while no entry says
	// so yet; 0 without any.
	Adopted uint64 `json:"adopted,omitempty"`
	// Counter is what the TPM's counter says while this head is the newest; nil if none counts.
	Counter *count `json:"counter,omitempty"`
	// Key is the public key, as an uncompressed point (SEC 1, 2.3.3), Signature its of statement.
	Key       []byte `json:"key"`
	Signature []byte `json:"signature"`

	public *ecdsa.PublicKey
}

// A mark names a line.
type mark struct {
	Number uint64 `json:"number"`
	Digest string `json:"digest"`
}

// statement is what the device key signs. It cannot be mistaken for anything else that the key signs.
func (h *head) statement() []byte {
	if h.Version == 0 {
		return fmt.Appendf(nil, "tr.eonay.journal v1\n%d\n%s\n%d\n", h.Number, h.Digest, h.Offset)
	}
	var counter count
	if h.Counter != nil {
		counter = *h.Counter
	}
	return fmt.Appendf(nil, "tr.eonay.journal v2\n%d\n%s\n%d\n%s\n%d\n%d\n%d\n%d\n%d\n%d\n%x\n", h.First.Number, h.First.Digest,
		h.Number, h.Digest, h.Offset, h.Adopted, counter.Index, counter.Value, counter.Spare, counter.Refilled, h.Key)
}

// sign completes a head.
func (h *head) sign(ctx context.Context, key *device.Key) (err error) {
	h.Version, h.public = headVersion, key.Public().Signing
	if h.Key, err = h.public.Bytes(); err != nil {
		return err
	}
	h.Signature, err = key.Sign(ctx, h.statement())
	return err
}

// readHead returns nil without a head, and ErrBroken for a malformed one.
func readHead(dir string) (*head, error) {
	data, err := ownfile.Read(filepath.Join(dir, headName), maxHead)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case ownfile.IsForeign(err):
		return nil, fmt.Errorf("%w: head: %w", ErrBroken, err)
	case err != nil:
		return nil, err
	}
	return parseHead(data)
}

// parseHead reads a head, which must be as write writes it, byte for byte.
func parseHead(data []byte) (*head, error) {
	h := new(head)
	if err := json.Unmarshal(data, h); err != nil {
		return nil, fmt.Errorf("%w: head: %w", ErrBroken, err)
	}
	if written, err := json.Marshal(h); err != nil || !bytes.Equal(written, data) {
		return nil, fmt.Errorf("%w: head: it is not as it was written", ErrBroken)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), h.Key)
	if err != nil {
		return nil, fmt.Errorf("%w: head: %w", ErrBroken, err)
	}
	h.public = public
	old := h.Version == 0 && h.First == nil && h.Counter == nil && h.Adopted == 0
	if !old && (h.Version != headVersion || h.First == nil || h.First.Number == 0 || h.First.Number > h.Number || h.Adopted > h.Number) || h.Number == 0 || h.Offset < 0 {
		return nil, fmt.Errorf("%w: head: version %d of %d lines", ErrBroken, h.Version, h.Number)
	}
	if !release.Verify(public, h.statement(), h.Signature) {
		return nil, fmt.Errorf("%w: head: its signature does not fit", ErrBroken)
	}
	return h, nil
}

// write replaces the head atomically. It overwrites what a crash has left of an earlier write: there is one at a time.
func (h *head) write(dir string) error {
	data, err := json.Marshal(h)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, newHeadName)
	f, err := openFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(path, filepath.Join(dir, headName))
	}
	if err != nil {
		_ = os.Remove(path)
	}
	return err
}

// openFile opens a file of the journal for writing. What stands in its place and is not a regular file is set aside.
func openFile(path string, flag int) (*os.File, error) {
	f, err := ownfile.Open(path, flag)
	if errors.Is(err, ownfile.ErrNotRegular) {
		if _, err = ownfile.SetAside(path); err == nil {
			f, err = ownfile.Open(path, flag)
		}
	}
	return f, err
}
