package validation

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"time"
)

// Algorithm is one that a signature depends on.
type Algorithm struct {
	// Binds says that it names the signer's certificate (Policy.Bindings); all others cover content or signed attributes.
	Binds bool
	// Hash is the hash, or 0 where it is not known; then Name has its identifier.
	Hash crypto.Hash
	Name string
}

// weakness is an algorithm that does not count at some time.
type weakness struct {
	name  string
	since time.Time // when its time ended; zero where it never had one
}

// weakHash returns what speaks against a hash at a time, or nil.
func (p *Policy) weakHash(hash crypto.Hash, at time.Time) *weakness {
	return weakBy(p.Hashes, hash, at)
}

func weakBy(limits map[string]Until, hash crypto.Hash, at time.Time) *weakness {
	until, known := limits[hash.String()]
	if !known {
		return &weakness{name: hash.String()}
	}
	if until.before(at) {
		return nil
	}
	return &weakness{hash.String(), until.Time}
}

// weakKey returns what speaks against a public key at a time, or nil.
func (p *Policy) weakKey(pub crypto.PublicKey, at time.Time) *weakness {
	name, limit := p.keyLimit(pub)
	switch {
	case limit.Bits == 0:
		return &weakness{name: name}
	case limit.Until.before(at):
		return nil
	}
	return &weakness{name, limit.Until.Time}
}

// keyUntil returns until when a public key counts, zero where no end is known or it never did.
func (p *Policy) keyUntil(pub crypto.PublicKey) Until {
	_, limit := p.keyLimit(pub)
	return limit.Until
}

// keyLimit returns the name of a public key, and the limit that counts for it: that of the most bits which it reaches. Of one that
// does not count at all Bits is 0.
func (p *Policy) keyLimit(pub crypto.PublicKey) (name string, best KeyLimit) {
	kind, bits := "", 0
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		kind, bits = "RSA", pub.N.BitLen()
	case *ecdsa.PublicKey:
		kind, bits = "ECDSA", pub.Curve.Params().BitSize
	default:
		return fmt.Sprintf("%T", pub), best
	}
	for _, limit := range p.Keys {
		if limit.Kind == kind && limit.Bits <= bits && limit.Bits > best.Bits {
			best = limit
		}
	}
	return fmt.Sprintf("%s %d", kind, bits), best
}

// certificateHashes are the hashes of signatures over certificates, CRLs and OCSP answers.
var certificateHashes = map[x509.SignatureAlgorithm]crypto.Hash{
	x509.SHA1WithRSA: crypto.SHA1, x509.SHA256WithRSA: crypto.SHA256, x509.SHA384WithRSA: crypto.SHA384, x509.SHA512WithRSA: crypto.SHA512,
	x509.SHA256WithRSAPSS: crypto.SHA256, x509.SHA384WithRSAPSS: crypto.SHA384, x509.SHA512WithRSAPSS: crypto.SHA512,
	x509.ECDSAWithSHA1: crypto.SHA1, x509.ECDSAWithSHA256: crypto.SHA256, x509.ECDSAWithSHA384: crypto.SHA384, x509.ECDSAWithSHA512: crypto.SHA512,
}

// weakSigned returns what speaks at a time against a signature over a certificate or revocation data: its hash, or the key of the
// signer.
func (p *Policy) weakSigned(algorithm x509.SignatureAlgorithm, signer *x509.Certificate, at time.Time) *weakness {
	if w := p.weakHash(certificateHashes[algorithm], at); w != nil {
		return w
	}
	return p.weakKey(signer.PublicKey, at)
}

// cryptoConstraints is the part of 5.2.8 that judges algorithms (V1.3.1, 5.2.8.4.3): those of the signature and the key of its signer at a
// time by which it is proven to have existed. One that was strong enough once is INDETERMINATE for want of an earlier proof.
func (p *Policy) cryptoConstraints(algorithms []Algorithm, signer *x509.Certificate, at time.Time) Conclusion {
	result := passed
	add := func(w *weakness) {
		if w == nil {
			return
		}
		sub := CryptoConstraintsFailureNoPO
		if w.since.IsZero() {
			sub = CryptoConstraintsFailure
		}
		if result.passed() || result.SubIndication != CryptoConstraintsFailure {
			result.Indication, result.SubIndication = Indeterminate, sub
		}
		result.Reasons = append(result.Reasons, Reason{Code: ReasonWeak, Subject: w.name}.at(w.since))
	}
	for _, a := range algorithms {
		switch {
		case a.Hash == 0:
			add(&weakness{name: a.Name})
		case a.Binds:
			add(weakBy(p.Bindings, a.Hash, at))
		default:
			add(p.weakHash(a.Hash, at))
		}
	}
	add(p.weakKey(signer.PublicKey, at))
	return result
}
