// Package sealed keeps small secrets in a browser's cookie, so that visitors who are not logged in write nothing to the store, and
// any portal process can go on with what another one began.
package sealed

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

// Sealer seals values so that a browser can neither read nor change them.
type Sealer struct{ aead cipher.AEAD }

// Max is the longest sealed value: browsers keep 4096 bytes of a cookie, its name and attributes included.
const Max = 3800

// New derives the sealer's key from a secret that all processes of a portal share; purpose tells it from all others.
func New(secret, purpose string) (*Sealer, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, purpose, 32)
	if err != nil {
		return nil, fmt.Errorf("sealed: key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("sealed: seal: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("sealed: seal: %w", err)
	}
	return &Sealer{aead}, nil
}

// Seal returns a value as JSON, encrypted.
func (s *Sealer) Seal(value any) (string, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, plain, nil)), nil
}

// Open reads into value what Seal has sealed.
func (s *Sealer) Open(sealed string, value any) error {
	if len(sealed) > Max {
		return errors.New("the sealed value is too long")
	}
	data, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return err
	}
	plain, err := s.aead.Open(nil, nil, data, nil)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, value)
}
