package device

import (
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/zalando/go-keyring"
)

// keyringService is the name under which the keyring has the keys, each under its Public.ID.
const keyringService = "tr.eonay.host"

// software is a holder in this process's memory.
type software struct {
	signing *ecdsa.PrivateKey
	sealing *ecdh.PrivateKey
}

func (s *software) sign(_ context.Context, digest [sha256.Size]byte) ([]byte, error) {
	r, t, err := ecdsa.Sign(rand.Reader, s.signing, digest[:])
	if err != nil {
		return nil, err
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	t.FillBytes(signature[32:])
	return signature, nil
}

func (s *software) exchange(_ context.Context, remote *ecdh.PublicKey) ([]byte, error) {
	return s.sealing.ECDH(remote)
}

func (s *software) public() Public {
	return Public{Signing: &s.signing.PublicKey, Sealing: s.sealing.PublicKey()}
}

// private is both private keys, 32 bytes each.
func (s *software) private() ([]byte, error) {
	signing, err := s.signing.Bytes()
	return append(signing, s.sealing.Bytes()...), err
}

// openSoftware reads what private wrote; public says what keys there must be.
func openSoftware(private []byte, public Public) (*software, error) {
	if len(private) != 64 {
		return nil, fmt.Errorf("%w: private keys of %d bytes", ErrLost, len(private))
	}
	signing, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), private[:32])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLost, err)
	}
	sealing, err := ecdh.P256().NewPrivateKey(private[32:])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLost, err)
	}
	if !signing.PublicKey.Equal(public.Signing) || !sealing.PublicKey().Equal(public.Sealing) {
		return nil, fmt.Errorf("%w: the keys are others", ErrLost)
	}
	return &software{signing, sealing}, nil
}

// makeSoftware makes a key that the keyring keeps, or else the file.
func makeSoftware(ctx context.Context, o Options) (*Key, record, error) {
	signing, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, record{}, err
	}
	sealing, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, record{}, err
	}
	s := &software{signing, sealing}
	private, err := s.private()
	if err != nil {
		return nil, record{}, err
	}
	protection := File
	if o.Keyring && keep(ctx, s.public().ID(), private) == nil {
		protection = Keyring
	}
	r, err := newRecord(protection, s.public())
	if protection == File {
		r.Private = private
	}
	return &Key{protection: protection, public: s.public(), holder: s}, r, err
}

// keep gives the keyring the private keys, and sees whether it has them: some take everything and keep nothing.
func keep(ctx context.Context, id string, private []byte) error {
	text := base64.StdEncoding.EncodeToString(private)
	_, err := within(ctx, func() (bool, error) { return true, keyring.Set(keyringService, id, text) })
	if err != nil {
		return err
	}
	kept, err := within(ctx, func() (string, error) { return keyring.Get(keyringService, id) })
	if err == nil && kept != text {
		err = errors.New("the keyring gives back something else")
	}
	return err
}

// openKeyring asks the keyring for the key. A keyring that is closed or not there may open again; one without
// the key has lost it.
func openKeyring(ctx context.Context, public Public) (*software, error) {
	text, err := within(ctx, func() (string, error) { return keyring.Get(keyringService, public.ID()) })
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return nil, fmt.Errorf("%w: %w", ErrLost, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	private, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLost, err)
	}
	return openSoftware(private, public)
}
