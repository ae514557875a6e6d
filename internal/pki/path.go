package pki

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
)

// Bounds of path building. The Turkish hierarchies have one intermediate CA, cross-certified ones two.
const (
	maxIntermediates = 32
	maxPath          = 6
	maxSignatures    = 64 // signatures that are verified until a path is found
)

// Path returns a certification path for leaf at the given time, as Validation.Path does, without asking for a policy.
func Path(leaf *x509.Certificate, intermediates, anchors []*x509.Certificate, at time.Time, usages ...x509.ExtKeyUsage) ([]*x509.Certificate, error) {
	v := Validation{At: at, Usages: usages}
	return v.Path(leaf, intermediates, anchors)
}

// Path returns a certification path (RFC 5280, 6.1) for leaf: leaf first, trust anchor last, at least two certificates.
// intermediates may come from the signature and are believed nothing; anchors are the caller's configuration. Every
// certificate but the leaf must be a CA that may issue certificates, within its path length; every signature but the
// anchor's own uses SHA-2 (but see v.Legacy), and every key is RSA from 2048 bits or P-256, P-384, P-521.
//
// A leaf outside its time gives fault.CertificateExpired or fault.CertificateNotYetValid; a path that is good but for
// v.Policies gives fault.CertificateNotQualified. Everything else, an expired CA included, gives fault.CertificateUntrusted:
// the person can do nothing about it. Revocation is not looked at.
func (v *Validation) Path(leaf *x509.Certificate, intermediates, anchors []*x509.Certificate) ([]*x509.Certificate, error) {
	if err := checkTime(leaf, v.At); err != nil {
		return nil, err
	}
	if len(intermediates) > maxIntermediates {
		return nil, untrusted(fmt.Errorf("%d intermediate certificates, over the limit of %d", len(intermediates), maxIntermediates))
	}
	memory := v.Memory
	if memory == nil {
		memory = &Memory{Limit: maxSignatures}
	}
	b := builder{Validation: v, intermediates: intermediates, anchors: anchors, memory: memory}
	if path := b.extend([]*x509.Certificate{leaf}); path != nil {
		return path, nil
	}
	if b.policy {
		return nil, fault.New(fault.CertificateNotQualified, errPolicy)
	}
	if len(b.reasons) == 0 {
		b.reasons = append(b.reasons, ErrNoIssuer)
	}
	return nil, untrusted(errors.Join(b.reasons...))
}

// ErrNoIssuer says that a path ends before an anchor because no certificate of the next issuer is there.
var ErrNoIssuer = errors.New("no certificate of its issuer")

// Memory keeps the verdicts on signatures over certificates for as long as paths are built from the same certificates, and bounds how many
// are verified for all those paths together. It is not safe for concurrent use.
type Memory struct {
	// Limit is how many signatures are verified at most.
	Limit    int
	verified map[[2]*x509.Certificate]error // by certificate and issuer
}

func untrusted(cause error) error { return fault.New(fault.CertificateUntrusted, cause) }

// builder looks for a path. Its work is bounded by maxPath, maxIntermediates and the memory's limit.
type builder struct {
	*Validation
	intermediates, anchors []*x509.Certificate
	memory                 *Memory
	policy                 bool    // a path was good but for its policies
	reasons                []error // why others were not
}

// extend returns a valid path that begins with path, or nil.
func (b *builder) extend(path []*x509.Certificate) []*x509.Certificate {
	last := path[len(path)-1]
	for _, anchor := range b.issuers(path, b.anchors) {
		if whole := append(slices.Clone(path), anchor); b.isGood(whole) {
			return whole
		}
	}
	if len(path) == maxPath-1 {
		return nil
	}
	for _, issuer := range b.issuers(path, b.intermediates) {
		if err := b.verify(last, issuer); err != nil {
			b.because(err)
			continue
		}
		if whole := b.extend(append(slices.Clone(path), issuer)); whole != nil {
			return whole
		}
	}
	return nil
}

// issuers returns the candidates for the issuer of path's last certificate, those whose key identifier fits first. No name
// with the same key comes twice in a path.
func (b *builder) issuers(path, candidates []*x509.Certificate) []*x509.Certificate {
	last := path[len(path)-1]
	var fitting, others []*x509.Certificate
	for _, c := range candidates {
		again := slices.ContainsFunc(path, func(p *x509.Certificate) bool {
			return bytes.Equal(p.RawSubjectPublicKeyInfo, c.RawSubjectPublicKeyInfo) && bytes.Equal(p.RawSubject, c.RawSubject)
		})
		// A signature by a key of absurd size would cost seconds to verify.
		if again || !mayIssue(c) || CheckKey(c) != nil || !SameName(last.RawIssuer, c.RawSubject) {
			continue
		}
		if err := CheckNamedIssuer(last, c); err != nil {
			b.because(err)
			continue
		}
		if len(last.AuthorityKeyId) > 0 && bytes.Equal(last.AuthorityKeyId, c.SubjectKeyId) {
			fitting = append(fitting, c)
			continue
		}
		others = append(others, c)
	}
	return append(fitting, others...)
}

// isGood reports whether a path that ends at an anchor is valid.
func (b *builder) isGood(path []*x509.Certificate) bool {
	err := b.verify(path[len(path)-2], path[len(path)-1])
	if err == nil {
		err = b.validate(path)
	}
	if errors.Is(err, errPolicy) {
		b.policy = true
		return false
	}
	if err != nil {
		b.because(err)
	}
	return err == nil
}

// because notes why a path was not taken. Few reasons are of use, and hostile certificates could give many.
func (b *builder) because(err error) {
	if len(b.reasons) < 4 {
		b.reasons = append(b.reasons, err)
	}
}

// verify is 6.1.3 (a)(1): the signature of c by issuer, whose key has been looked at. Each is verified once for a path.
func (b *builder) verify(c, issuer *x509.Certificate) error {
	pair := [2]*x509.Certificate{c, issuer}
	m := b.memory
	if err, known := m.verified[pair]; known {
		return err
	}
	if len(m.verified) >= m.Limit {
		return fmt.Errorf("more than %d signatures to verify", m.Limit)
	}
	if m.verified == nil {
		m.verified = map[[2]*x509.Certificate]error{}
	}
	check := CheckIssued
	if b.Legacy {
		check = CheckLegacyIssued
	}
	err := check(c, issuer)
	m.verified[pair] = err
	return err
}

// CheckSignature verifies a signature over a certificate, a CRL or an OCSP answer with the key of signer. Only RSA and
// ECDSA with SHA-2 are accepted, while x509's own method lets SHA-1 pass.
func CheckSignature(signer *x509.Certificate, algorithm x509.SignatureAlgorithm, signed, signature []byte) error {
	switch algorithm {
	case x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA,
		x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS,
		x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512:
		return signer.CheckSignature(algorithm, signed, signature)
	}
	return fmt.Errorf("signature algorithm %v", algorithm)
}

// CheckLegacySignature is CheckSignature, and verifies with SHA-1 as well. It is for who judges algorithms by their date.
func CheckLegacySignature(signer *x509.Certificate, algorithm x509.SignatureAlgorithm, signed, signature []byte) error {
	if isLegacy(algorithm) {
		return signer.CheckSignature(algorithm, signed, signature)
	}
	return CheckSignature(signer, algorithm, signed, signature)
}

func isLegacy(algorithm x509.SignatureAlgorithm) bool {
	return algorithm == x509.SHA1WithRSA || algorithm == x509.ECDSAWithSHA1
}
