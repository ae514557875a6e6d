package device

import (
	"crypto/ecdh"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/e-onay/e-onay/internal/attest"
	"github.com/e-onay/e-onay/nativehost/ownfile"
)

// maxRecord is how long device.json may be; one for a TPM has about 1 KiB.
const maxRecord = 16 << 10

const recordVersion = 1

// record is device.json. Byte strings are base64.
type record struct {
	Version    int        `json:"version"`
	Protection Protection `json:"protection"`
	// Signing and Sealing are the public keys, as uncompressed points (SEC 1, 2.3.3).
	Signing []byte `json:"signing"`
	Sealing []byte `json:"sealing"`
	// TPM is for a key in one: the two parts by which it loads each key again.
	TPM *tpmRecord `json:"tpm,omitempty"`
	// Private is for File: both private keys, 32 bytes each.
	Private []byte `json:"private,omitempty"`
}

// tpmRecord has a TPM2B_PUBLIC and a TPM2B_PRIVATE for each key.
type tpmRecord struct {
	Signing blob `json:"signing"`
	Sealing blob `json:"sealing"`
}

type blob struct {
	Public  []byte `json:"public"`
	Private []byte `json:"private"`
}

func newRecord(p Protection, public Public) (record, error) {
	signing, err := public.Signing.Bytes()
	return record{Version: recordVersion, Protection: p, Signing: signing, Sealing: public.Sealing.Bytes()}, err
}

// public returns the public keys, which are all that is believed of the file without a proof.
func (r *record) public() (Public, error) {
	signing, err := signingKey(r.Signing)
	if err != nil {
		return Public{}, err
	}
	sealing, err := ecdh.P256().NewPublicKey(r.Sealing)
	return Public{Signing: signing, Sealing: sealing}, err
}

// points are the public keys as they stand in the file.
func (r *record) points() attest.Points { return attest.Points{r.Signing, r.Sealing} }

// readPublic reads device.json, and the public keys in it.
func readPublic(path string) (*record, Public, error) {
	r, err := readRecord(path)
	if err != nil {
		return nil, Public{}, err
	}
	public, err := r.public()
	if err != nil {
		return nil, Public{}, fmt.Errorf("%w: %w", ErrLost, err)
	}
	return r, public, nil
}

// readRecord reads device.json. What stands in its place and is no such file holds no key.
func readRecord(path string) (*record, error) {
	data, err := ownfile.Read(path, maxRecord)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrNone
	case ownfile.IsForeign(err):
		return nil, fmt.Errorf("%w: %w", ErrLost, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return parseRecord(data)
}

// parseRecord reads the file's content, which somebody may have changed.
func parseRecord(data []byte) (*record, error) {
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("%w: device.json: %w", ErrLost, err)
	}
	switch {
	case r.Version != recordVersion:
		return nil, fmt.Errorf("%w: device.json has version %d", ErrLost, r.Version)
	case r.Protection != TPM && r.Protection != Keyring && r.Protection != File, (r.Protection == TPM) != (r.TPM != nil):
		return nil, fmt.Errorf("%w: device.json does not say what protects the key", ErrLost)
	}
	return &r, nil
}

// write puts the record in the place of the one before, whole or not at all. What is no file there is set aside.
func (r *record) write(path string) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return ownfile.Write(path, data)
}
