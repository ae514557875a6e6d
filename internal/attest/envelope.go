package attest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"github.com/google/go-tpm/tpm2"
	"golang.org/x/crypto/cryptobyte"
)

// SecretSize is how long the secret in a credential is, in bytes.
const SecretSize = 32

// Secrets are what the credentials of an envelope hold, one for each of Uses.
type Secrets [len(Uses)][SecretSize]byte

// Points are the device keys' public points, one for each of Uses.
type Points [len(Uses)][]byte

// A Credential is a secret that one TPM gives out, and only while it has a key of one name loaded.
type Credential struct {
	Object []byte // TPMS_ID_OBJECT
	Seed   []byte // encrypted to the EK
}

// MakeCredential encrypts a secret to an EK, for the key of this name, as TPM2_MakeCredential does.
func MakeCredential(ek tpm2.TPMTPublic, name, secret []byte) (Credential, error) {
	key, err := tpm2.ImportEncapsulationKey(&ek)
	if err != nil {
		return Credential{}, fmt.Errorf("attest: endorsement key: %w", err)
	}
	object, seed, err := tpm2.CreateCredential(rand.Reader, key, name, secret)
	if err != nil {
		return Credential{}, fmt.Errorf("attest: credential: %w", err)
	}
	return Credential{object, seed}, nil
}

// An Envelope holds what is sealed to the device key of a claim, until the TPM has given out both secrets.
type Envelope struct {
	Credentials [len(Uses)]Credential
	ciphertext  []byte
}

// envelopeVersion is an envelope's first byte. What is sealed without one begins with a point of P-256, uncompressed: 4.
const envelopeVersion = 1

// Bounds of what an envelope holds, in bytes: a digest and an encrypted secret, each with its length; a block of RSA 2048
// or a point.
const (
	maxObject = 2 + sha256.Size + 2 + SecretSize
	maxSeed   = 256
)

// Enclose puts what was sealed for a claim (its bytes) into an envelope that only the endorsed TPM opens, and only if it
// holds both of the keys.
func (e *Endorsement) Enclose(claim []byte, keys Points, secrets Secrets, sealed []byte) ([]byte, error) {
	b := cryptobyte.NewBuilder([]byte{envelopeVersion})
	for i, use := range Uses {
		name, err := Name(use, keys[i])
		if err != nil {
			return nil, err
		}
		c, err := MakeCredential(e.key, name, secrets[i][:])
		if err != nil {
			return nil, err
		}
		for _, part := range [][]byte{c.Object, c.Seed} {
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(part) })
		}
	}
	aead, err := secrets.cipher(claim)
	if err != nil {
		return nil, err
	}
	b.AddBytes(aead.Seal(nil, nil, sealed, nil))
	return b.Bytes()
}

// IsEnvelope tells an envelope from what is sealed without one.
func IsEnvelope(answer []byte) bool { return len(answer) > 0 && answer[0] == envelopeVersion }

// ReadEnvelope reads an envelope, which may be anybody's. The caller bounds its length.
func ReadEnvelope(answer []byte) (*Envelope, error) {
	if !IsEnvelope(answer) {
		return nil, fmt.Errorf("%w: not an envelope", ErrMalformed)
	}
	e, rest := new(Envelope), cryptobyte.String(answer[1:])
	for i := range e.Credentials {
		var object, seed cryptobyte.String
		if !rest.ReadUint16LengthPrefixed(&object) || !rest.ReadUint16LengthPrefixed(&seed) ||
			len(object) == 0 || len(object) > maxObject || len(seed) == 0 || len(seed) > maxSeed {
			return nil, fmt.Errorf("%w: credential %d", ErrMalformed, i)
		}
		e.Credentials[i] = Credential{bytes.Clone(object), bytes.Clone(seed)}
	}
	e.ciphertext = bytes.Clone(rest)
	return e, nil
}

// Open returns what was sealed for the claim.
func (e *Envelope) Open(claim []byte, secrets Secrets) ([]byte, error) {
	aead, err := secrets.cipher(claim)
	if err != nil {
		return nil, err
	}
	sealed, err := aead.Open(nil, nil, e.ciphertext, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: the envelope is of other secrets or another claim", ErrMalformed)
	}
	return sealed, nil
}

// Proof shows whoever knows the secrets that the TPM has given both out for this claim, without telling them.
func (s *Secrets) Proof(claim []byte) ([]byte, error) {
	return s.derive("tr.eonay.attested v1 proof", claim)
}

// Proves compares a proof with the one of these secrets and claim.
func (s *Secrets) Proves(claim, proof []byte) bool {
	want, err := s.Proof(claim)
	return err == nil && hmac.Equal(want, proof)
}

// cipher encrypts an envelope's content: with a random nonce, since a claim that is asked again has the same secrets.
func (s *Secrets) cipher(claim []byte) (cipher.AEAD, error) {
	key, err := s.derive("tr.eonay.attested v1 envelope", claim)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// derive returns 32 bytes for one purpose and claim, which nobody knows who lacks one of the secrets.
func (s *Secrets) derive(purpose string, claim []byte) ([]byte, error) {
	var both []byte
	for i := range s {
		both = append(both, s[i][:]...)
	}
	defer clear(both)
	digest := sha256.Sum256(claim)
	return hkdf.Key(sha256.New, both, nil, purpose+"\n"+string(digest[:]), 32)
}
