package gateway

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

// sealer keeps small secrets in a browser's cookie, so that visitors who are not logged in write
// nothing to the store, and any portal process can finish the login another one began.
type sealer struct{ aead cipher.AEAD }

// maxSealed is the longest sealed value: browsers keep 4096 bytes of a cookie, its name and attributes included.
const maxSealed = 3800

// newSealer derives its key from a secret that all processes of a portal share.
func newSealer(secret, purpose string) (*sealer, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, purpose, 32)
	if err != nil {
		return nil, fmt.Errorf("gateway: key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("gateway: seal: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("gateway: seal: %w", err)
	}
	return &sealer{aead}, nil
}

func (s *sealer) seal(value any) (string, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, plain, nil)), nil
}

func (s *sealer) open(sealed string, value any) error {
	if len(sealed) > maxSealed {
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
