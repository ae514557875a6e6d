package virtual

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"math/big"

	"github.com/e-onay/e-onay/test/testcard"
)

// Algorithms (SP 800-78-4, table 6-2; RSA 3072 as in SP 800-78-5).
const (
	algorithmRSA3072 = 0x05
	algorithmRSA2048 = 0x07
	algorithmP256    = 0x11
	algorithmP384    = 0x14
)

func newKey(kind testcard.Kind) (crypto.Signer, error) {
	switch kind {
	case testcard.RSA2048:
		return rsa.GenerateKey(rand.Reader, 2048)
	case testcard.RSA3072:
		return rsa.GenerateKey(rand.Reader, 3072)
	case testcard.P256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case testcard.P384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	default:
		return nil, fmt.Errorf("unknown kind %q", kind)
	}
}

// algorithm returns a key's algorithm and the most bytes that it takes.
func algorithm(key crypto.Signer) (reference byte, most int) {
	switch public := key.Public().(type) {
	case *rsa.PublicKey:
		if public.Size() == 3072/8 {
			return algorithmRSA3072, public.Size()
		}
		return algorithmRSA2048, public.Size()
	case *ecdsa.PublicKey:
		if public.Curve == elliptic.P256() {
			return algorithmP256, 32
		}
		return algorithmP384, 48
	}
	return 0, 0
}

// authenticate is GENERAL AUTHENTICATE (SP 800-73-4, part 2, 3.2.4) as far as it signs: a challenge in a
// dynamic authentication template comes back as a response. fresh is true when VERIFY came just before.
func (p *piv) authenticate(c Command, fresh bool) ([]byte, Status) {
	slot := Slot(c.P2)
	key := p.keys[slot]
	if key == nil {
		return nil, StatusUnknownKey
	}
	reference, most := algorithm(key)
	if c.P1 != reference {
		return nil, StatusWrongP1P2
	}
	if slot == Signature && !fresh || slot != CardAuthentication && !p.pin.verified {
		return nil, StatusSecurity
	}
	challenge, err := challengeOf(c.Data)
	if err != nil || len(challenge) == 0 || len(challenge) > most {
		return nil, StatusWrongData
	}
	response, err := respond(key, challenge)
	if err != nil {
		return nil, StatusWrongData
	}
	return tlv(0x7c, tlv(0x82, response)), StatusOK
}

// challengeOf finds the challenge in a template that also has room for the response.
func challengeOf(b []byte) ([]byte, error) {
	tag, template, rest, err := readTLV(b)
	if err != nil || tag != 0x7c || len(rest) > 0 {
		return nil, errTLV
	}
	var challenge []byte
	for len(template) > 0 {
		var value []byte
		if tag, value, template, err = readTLV(template); err != nil {
			return nil, err
		}
		switch tag {
		case 0x81:
			challenge = value
		case 0x82:
			if len(value) > 0 {
				return nil, errTLV
			}
		default:
			return nil, errTLV
		}
	}
	return challenge, nil
}

// respond is RSASP1 (RFC 8017, 5.2.1) over a block that the caller has padded, or ECDSA in DER.
func respond(key crypto.Signer, challenge []byte) ([]byte, error) {
	switch key := key.(type) {
	case *ecdsa.PrivateKey:
		return ecdsa.SignASN1(rand.Reader, key, challenge)
	case *rsa.PrivateKey:
		m := new(big.Int).SetBytes(challenge)
		if len(challenge) != key.Size() || m.Cmp(key.N) >= 0 {
			return nil, fmt.Errorf("block of %d bytes", len(challenge))
		}
		return power(key, m).FillBytes(make([]byte, key.Size())), nil
	default:
		return nil, fmt.Errorf("key of type %T", key)
	}
}

// power is m to the power of the private exponent, by the Chinese remainder theorem (RFC 8017, 5.1.2).
func power(key *rsa.PrivateKey, m *big.Int) *big.Int {
	p, q := key.Primes[0], key.Primes[1]
	m1 := new(big.Int).Exp(m, key.Precomputed.Dp, p)
	m2 := new(big.Int).Exp(m, key.Precomputed.Dq, q)
	h := new(big.Int).Sub(m1, m2)
	h.Mul(h, key.Precomputed.Qinv).Mod(h, p)
	return h.Mul(h, q).Add(h, m2)
}
