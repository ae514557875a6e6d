package timestamp

import (
	"crypto"
	"crypto/rand"
	"encoding/asn1"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/cms"
)

// nonceSize is the length of our nonces in bytes.
const nonceSize = 16

// request is a TimeStampReq (RFC 3161, 2.4.1).
type request struct {
	hash   crypto.Hash
	digest []byte
	policy asn1.ObjectIdentifier // nil for any
	nonce  *big.Int
}

// newNonce returns a positive random number of 127 bits, the highest of which is set, so that it has the same length each time.
func newNonce() *big.Int {
	b := make([]byte, nonceSize)
	rand.Read(b) // never fails (crypto/rand)
	b[0] = b[0]&0x7f | 0x40
	return new(big.Int).SetBytes(b)
}

// der encodes the request, with certReq. The parameters of the hash are NULL, as openssl writes them: old authorities refuse a
// request without them, and all take one with them (RFC 5754, 2).
func (r *request) der() ([]byte, error) {
	oid, err := cms.IdentifierOf(r.hash)
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oid)
				b.AddASN1NULL()
			})
			b.AddASN1OctetString(r.digest)
		})
		if r.policy != nil {
			b.AddASN1ObjectIdentifier(r.policy)
		}
		b.AddASN1BigInt(r.nonce)
		b.AddASN1Boolean(true)
	})
	return b.Bytes()
}

// check refuses a token that is not to the request (RFC 3161, 2.4.2).
func (r *request) check(t *Token) error {
	switch {
	case !t.Covers(r.hash, r.digest):
		return invalid("the time stamp is of another imprint")
	case t.Nonce == nil || t.Nonce.Cmp(r.nonce) != 0:
		return invalid("the time stamp has another nonce, or none")
	case r.policy != nil && !t.Policy.Equal(r.policy):
		return invalid("the time stamp is of policy %v, not %v", t.Policy, r.policy)
	}
	return nil
}
