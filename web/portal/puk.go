package portal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
)

const (
	pukKeySize = 32 // bytes, in base64 in its file
	maxPUKKeys = 8
	maxKeyFile = 256
)

var (
	errNotAPUKKey = errors.New("want 32 bytes in base64 and nothing else")
	errNoPUKKey   = errors.New("none of the PUK keys opens it")
)

// A pukSafe encrypts the PUKs on record: AES-256-GCM with a fresh nonce, the card's serial number being the
// associated data, so that no card is given another's. Its first key encrypts; the others still open what was
// encrypted with them.
type pukSafe struct{ keys []*pukKey }

// A pukKey encrypts PUKs, and what it releases to TPMs: activation makes the secrets in their credentials.
type pukKey struct {
	cipher.AEAD
	activation []byte
}

// openSafe reads the keys that the settings name, and returns nil where they name none: then the portal has
// no PUKs.
func openSafe(s *Settings) (*pukSafe, error) {
	if s.PUKKeyFile == "" {
		return nil, nil
	}
	safe := new(pukSafe)
	for _, path := range append([]string{s.PUKKeyFile}, s.PUKOldKeyFiles...) {
		key, err := readPUKKey(path)
		if err != nil {
			return nil, fmt.Errorf("portal: PUK key %q: %w", path, err)
		}
		safe.keys = append(safe.keys, key)
	}
	return safe, nil
}

func readPUKKey(path string) (*pukKey, error) {
	data, err := readSecretFile(path, maxKeyFile)
	defer clear(data)
	if err != nil {
		return nil, err
	}
	return parsePUKKey(data)
}

// parsePUKKey takes one line of strict base64. Its errors say nothing of what it was given.
func parsePUKKey(data []byte) (*pukKey, error) {
	line := bytes.TrimSuffix(data, []byte("\n"))
	if bytes.ContainsAny(line, "\r\n") { // which the decoder would skip
		return nil, errNotAPUKKey
	}
	key, err := base64.StdEncoding.Strict().AppendDecode(nil, line)
	defer clear(key)
	if err != nil || len(key) != pukKeySize {
		return nil, errNotAPUKKey
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	activation, err := hkdf.Key(sha256.New, key, nil, "tr.eonay.activation v1", sha256.Size)
	return &pukKey{aead, activation}, err
}

// seal encrypts the PUK of a card.
func (s *pukSafe) seal(serial string, puk []byte) []byte {
	return s.keys[0].Seal(nil, nil, puk, []byte(serial))
}

// differ implements store.PUKsDiffer. A PUK that no key opens is not known to differ.
func (s *pukSafe) differ(serial string, before, after []byte) bool {
	a, err := s.open(serial, before)
	defer clear(a)
	if err != nil {
		return false
	}
	b, err := s.open(serial, after)
	defer clear(b)
	return err == nil && subtle.ConstantTimeCompare(a, b) == 0
}

// open returns the PUK of a card, which the caller clears.
func (s *pukSafe) open(serial string, sealed []byte) ([]byte, error) {
	for _, key := range s.keys {
		if puk, err := key.Open(nil, nil, sealed, []byte(serial)); err == nil {
			return puk, nil
		}
	}
	return nil, errNoPUKKey
}
