// Package device holds the key by which this installation is known: what the host claims is signed with
// it, and what a certificate authority releases to this machine is sealed to it.
//
// The key lies in the machine's TPM 2.0 if it has one, and cannot leave it. Otherwise it is a key in software, kept by the
// operating system's keyring, or, without one, in a file that only the person can read. Its protection is reported as it is. A
// portal need not believe that: a TPM proves that it holds the key (Endorsement, Activate).
//
// # What is kept
//
// One file, device.json, beside the host's configuration. For a TPM it holds what only that TPM can load again; the storage
// key above it is not kept but created again from its template (TCG TPM v2.0 Provisioning Guidance, 7.5.1). If the TPM was
// cleared, or the disk is in another machine, the error is ErrLost: the machine enrols again, with a new key.
//
// # Algorithms
//
// ECDSA on P-256 with SHA-256 to sign; HPKE to seal (RFC 9180, base mode: DHKEM(P-256, HKDF-SHA256),
// HKDF-SHA256, AES-256-GCM). The two are keys of their own.
package device

import (
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
)

// Protection says what protects a key.
type Protection string

// Protections, the strongest first.
const (
	TPM     Protection = protocol.ProtectionTPM     // in the TPM; cannot be read out
	Keyring Protection = protocol.ProtectionKeyring // in the operating system's keyring, open while the person is logged in
	File    Protection = protocol.ProtectionFile    // in a file of the person's
)

// Errors. A key that is lost will not come back; one that is unavailable may.
var (
	ErrNone        = errors.New("device: this installation has no key yet")
	ErrLost        = errors.New("device: the key is gone")
	ErrUnavailable = errors.New("device: what holds the key does not answer")
	ErrSealed      = errors.New("device: not sealed to this key, or for something else")
)

// limit is how long a TPM or a keyring may take for one thing. Making a key takes a slow TPM some seconds; a
// keyring may ask the person for its password.
const limit = 30 * time.Second

// Public is what others know a machine by; release.Device carries it.
type Public struct {
	Signing *ecdsa.PublicKey // P-256
	Sealing *ecdh.PublicKey  // P-256
}

// ID names the key: the SHA-256 of both public keys (SEC 1, 2.3.3, uncompressed), lower-case hex.
func (p Public) ID() string {
	signing, err := p.Signing.Bytes()
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(append(signing, p.Sealing.Bytes()...))
	return hex.EncodeToString(sum[:])
}

// A Key is this installation's. Its methods may be called from several goroutines and processes at once.
type Key struct {
	protection Protection
	public     Public
	holder     holder
	counter    *Counter // nil if no TPM has the key
}

// A holder has the private keys. Its errors wrap ErrLost or ErrUnavailable if that is what they mean.
type holder interface {
	// sign returns r‖s, 32 bytes each.
	sign(ctx context.Context, digest [sha256.Size]byte) ([]byte, error)
	// exchange is ECDH: the x coordinate of the common point.
	exchange(ctx context.Context, remote *ecdh.PublicKey) ([]byte, error)
}

// Protection returns what protects the key.
func (k *Key) Protection() Protection { return k.protection }

// Public returns the public keys.
func (k *Key) Public() Public { return k.public }

// Options say where the key is, or is to be.
type Options struct {
	// Path is device.json's.
	Path string
	// TPM opens the TPM; nil stands for the machine's own. Its error is ErrNoTPM if there is no TPM.
	TPM func() (Transport, error)
	// Keyring tells whether the operating system's keyring may be used.
	Keyring bool
}

// Open returns the installation's key, ErrNone before there is one, or an error that wraps ErrLost or ErrUnavailable. A
// malformed file is ErrLost too, and stays as it is until Make.
func Open(ctx context.Context, o Options) (*Key, error) {
	r, public, err := readPublic(o.Path)
	if err != nil {
		return nil, err
	}
	k := &Key{protection: r.Protection, public: public, counter: CounterOf(o, public, r.Protection)}
	switch r.Protection {
	case TPM:
		k.holder, err = openTPM(ctx, o, r)
	case Keyring:
		k.holder, err = openKeyring(ctx, public)
	default:
		k.holder, err = openSoftware(r.Private, public)
	}
	if err != nil {
		return nil, err
	}
	return k, nil
}

// Known returns what the file tells of the installation's key, or the errors of Open. It does not ask what holds the private
// keys, which may have lost them.
func Known(o Options) (Public, Protection, error) {
	r, public, err := readPublic(o.Path)
	if err != nil {
		return Public{}, "", err
	}
	return public, r.Protection, nil
}

// Make creates a key, replacing any before it, with the best protection that this machine has. A TPM that does not answer is an
// error: a key must not become weaker because of a bad moment.
func Make(ctx context.Context, o Options) (*Key, error) {
	k, r, err := makeTPM(ctx, o)
	if errors.Is(err, ErrNoTPM) {
		k, r, err = makeSoftware(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	if err := r.write(o.Path); err != nil {
		return nil, err
	}
	return k, nil
}

// Sign returns the signature of message: ECDSA with SHA-256, r‖s of 64 bytes (as JWS ES256, RFC 7518, 3.4).
func (k *Key) Sign(ctx context.Context, message []byte) ([]byte, error) {
	signature, err := k.holder.sign(ctx, sha256.Sum256(message))
	if err != nil {
		return nil, err
	}
	if !release.Verify(k.public.Signing, message, signature) {
		return nil, fmt.Errorf("%w: its signature does not verify", ErrLost)
	}
	return signature, nil
}

// within runs do, which may hang, and gives up when ctx ends or after limit. A late result of do is dropped.
func within[T any](ctx context.Context, do func() (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if ctx.Err() != nil {
		var none T
		return none, fmt.Errorf("%w: %w", ErrUnavailable, context.Cause(ctx))
	}
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := do()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, fmt.Errorf("%w: %w", ErrUnavailable, context.Cause(ctx))
	}
}

// signingKey reads a public key from the coordinates of its point.
func signingKey(point []byte) (*ecdsa.PublicKey, error) {
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
}
