package pki

import (
	"crypto/sha256"
	"crypto/x509"
	"slices"
	"sync"
)

// maxIssued bounds what is kept of signatures that were good, some tens of kilobytes: a site has a few CAs and responders.
const maxIssued = 1024

// issued are the signatures over certificates of CAs and responders that this process has verified. A signature that is
// good stays so: the same bytes, by the same key. Times, names and status are judged each time.
var issued = signatures{max: maxIssued}

// signatures is a bounded set. It is safe for concurrent use.
type signatures struct {
	max int

	mu   sync.Mutex
	good map[[sha256.Size]byte]struct{}
}

// CheckIssued verifies that issuer has signed c, which is no more than that. Those of CAs and OCSP responders are verified
// once in a process, since every act that is judged rests on the same few.
func CheckIssued(c, issuer *x509.Certificate) error {
	shared := c.IsCA || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning)
	if !shared {
		return CheckSignature(issuer, c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
	}
	key := signatureKey(c, issuer)
	if issued.has(key) {
		return nil
	}
	err := CheckSignature(issuer, c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
	if err == nil {
		issued.add(key)
	}
	return err
}

// CheckLegacyIssued is CheckIssued, and also verifies signatures with SHA-1 (CheckLegacySignature). It does not remember those.
func CheckLegacyIssued(c, issuer *x509.Certificate) error {
	if isLegacy(c.SignatureAlgorithm) {
		return CheckLegacySignature(issuer, c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
	}
	return CheckIssued(c, issuer)
}

// signatureKey is the digest of all that the verification of a signature depends on.
func signatureKey(c, issuer *x509.Certificate) [sha256.Size]byte {
	all := []byte{byte(c.SignatureAlgorithm)}
	for _, part := range [][]byte{c.RawTBSCertificate, c.Signature, issuer.RawSubjectPublicKeyInfo} {
		digest := sha256.Sum256(part)
		all = append(all, digest[:]...)
	}
	return sha256.Sum256(all)
}

func (s *signatures) has(key [sha256.Size]byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, there := s.good[key]
	return there
}

// add keeps a signature in place of any other, where there are too many: certificates that come with a person's signature
// can be of CAs of the person's own, and cost no more than that another is verified again.
func (s *signatures) add(key [sha256.Size]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for other := range s.good {
		if len(s.good) < s.max {
			break
		}
		delete(s.good, other)
	}
	if s.good == nil {
		s.good = map[[sha256.Size]byte]struct{}{}
	}
	s.good[key] = struct{}{}
}
