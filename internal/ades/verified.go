package ades

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"sync"
)

// verified are the latest signatures that were good. Who makes a signature reads it again right away, by another way to the
// same bytes: the arithmetic, which costs a P-384 key as long as the card's, is done once.
var verified verifications

// remembered is how many signatures are remembered, of 32 bytes each.
const remembered = 256

type verifications struct {
	mu    sync.Mutex
	known map[[sha256.Size]byte]bool
	ring  [remembered][sha256.Size]byte // of known, the oldest at next
	next  int
}

func (v *verifications) has(name [sha256.Size]byte) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.known[name]
}

func (v *verifications) add(name [sha256.Size]byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.known == nil {
		v.known = map[[sha256.Size]byte]bool{}
	}
	if v.known[name] {
		return
	}
	delete(v.known, v.ring[v.next])
	v.known[name], v.ring[v.next] = true, name
	v.next = (v.next + 1) % remembered
}

// nameOf is a digest of all that a verification depends on, each part behind its length.
func nameOf(pub crypto.PublicKey, how Scheme, hash crypto.Hash, digest, signature []byte) (name [sha256.Size]byte, err error) {
	key, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return name, err
	}
	all := binary.BigEndian.AppendUint64(nil, uint64(how))
	all = binary.BigEndian.AppendUint64(all, uint64(hash))
	for _, part := range [][]byte{key, digest, signature} {
		all = binary.BigEndian.AppendUint64(all, uint64(len(part)))
		all = append(all, part...)
	}
	return sha256.Sum256(all), nil
}
