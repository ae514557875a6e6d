// Package safe encrypts the PUKs on record, and what else of people must not lie open in the database. The key is in a file
// that the settings name.
package safe

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/e-onay/e-onay/internal/attest"
	"github.com/e-onay/e-onay/web/portal/secretfile"
)

const (
	keySize    = 32 // bytes, in base64 in its file
	maxKeyFile = 256

	// MaxKeys is how many keys a safe has at most.
	MaxKeys = 8
)

var (
	errNotAKey = errors.New("want 32 bytes in base64 and nothing else")
	errNoKey   = errors.New("none of the PUK keys opens it")
)

// Safe encrypts PUKs with AES-256-GCM and a fresh nonce. The card's serial number is the associated data, so that no card
// is given another's. The first key encrypts; the others still open what was encrypted with them.
type Safe struct{ keys []*key }

// key encrypts PUKs, and what is released to TPMs: activation makes the secrets in their credentials.
type key struct {
	cipher.AEAD
	activation []byte
}

// New reads the keys in the files. The first encrypts.
func New(paths ...string) (*Safe, error) {
	safe := new(Safe)
	for _, path := range paths {
		key, err := readKey(path)
		if err != nil {
			return nil, fmt.Errorf("PUK key %q: %w", path, err)
		}
		safe.keys = append(safe.keys, key)
	}
	return safe, nil
}

func readKey(path string) (*key, error) {
	data, err := secretfile.Read(path, maxKeyFile)
	defer clear(data)
	if err != nil {
		return nil, err
	}
	return parseKey(data)
}

// parseKey takes one line of strict base64. Its errors say nothing of what it was given.
func parseKey(data []byte) (*key, error) {
	line := bytes.TrimSuffix(data, []byte("\n"))
	if bytes.ContainsAny(line, "\r\n") { // which the decoder would skip
		return nil, errNotAKey
	}
	secret, err := base64.StdEncoding.Strict().AppendDecode(nil, line)
	defer clear(secret)
	if err != nil || len(secret) != keySize {
		return nil, errNotAKey
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	activation, err := hkdf.Key(sha256.New, secret, nil, "tr.eonay.activation v1", sha256.Size)
	return &key{aead, activation}, err
}

// Seal encrypts the PUK of a card.
func (s *Safe) Seal(serial string, puk []byte) []byte {
	return s.keys[0].Seal(nil, nil, puk, []byte(serial))
}

// Differ implements store.PUKsDiffer. A PUK that no key opens is not known to differ.
func (s *Safe) Differ(serial string, before, after []byte) bool {
	a, err := s.Open(serial, before)
	defer clear(a)
	if err != nil {
		return false
	}
	b, err := s.Open(serial, after)
	defer clear(b)
	return err == nil && subtle.ConstantTimeCompare(a, b) == 0
}

// Open returns the PUK of a card, which the caller clears.
func (s *Safe) Open(serial string, sealed []byte) ([]byte, error) {
	for _, key := range s.keys {
		if puk, err := key.Open(nil, nil, sealed, []byte(serial)); err == nil {
			return puk, nil
		}
	}
	return nil, errNoKey
}

// SealValue encrypts what is no PUK, under a name that no card has.
func (s *Safe) SealValue(name string, value any) ([]byte, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return s.Seal(name, plain), nil
}

// OpenValue opens what SealValue has encrypted under the same name.
func (s *Safe) OpenValue(name string, sealed []byte, into any) error {
	plain, err := s.Open(name, sealed)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, into)
}

// Secrets returns those in a TPM's credentials for a claim.
func (s *Safe) Secrets(claim []byte) (attest.Secrets, error) { return s.keys[0].secrets(claim) }

// Proves reports whether a TPM has opened the envelope of a claim, as its proof says. The key may have been replaced since
// the release.
func (s *Safe) Proves(claim, proof []byte) (bool, error) {
	for _, key := range s.keys {
		secrets, err := key.secrets(claim)
		if err != nil {
			return false, err
		}
		if secrets.Proves(claim, proof) {
			return true, nil
		}
	}
	return false, nil
}

// secrets are those in the credentials for a claim, the same in each process and each time that it is asked: nothing is
// kept for them.
func (k *key) secrets(claim []byte) (secrets attest.Secrets, err error) {
	digest := sha256.Sum256(claim)
	for i, use := range attest.Uses {
		secret, err := hkdf.Key(sha256.New, k.activation, nil, use.String()+"\n"+string(digest[:]), attest.SecretSize)
		if err != nil {
			return secrets, err
		}
		copy(secrets[i][:], secret)
	}
	return secrets, nil
}
