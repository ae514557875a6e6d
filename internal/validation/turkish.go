package validation

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/revocation"
)

// Times of the guide.
const (
	StampWithin  = 2 * time.Hour   // a time stamp after the claimed signing time
	ClaimedAhead = 5 * time.Minute // the claimed signing time after a clock that is right
	Grace        = 24 * time.Hour  // until a CRL shows a revocation, in P2 and P3
)

// ProfileReport says which profile of the Turkish guide (Elektronik İmza Kullanım Profilleri Rehberi, BTK 2012) a signature claims,
// and which of its rules it keeps. It does not change the indication: the guide is stricter than the standard.
type ProfileReport struct {
	Name  string       `json:"name"` // "P1" to "P4"
	Rules []RuleReport `json:"rules"`
}

// RuleReport is one rule. Its sentence is in internal/message under "validation.rule." and the name.
type RuleReport struct {
	Rule string `json:"rule"`
	Kept bool   `json:"kept"`
	// Unknown says that it could not be told: without the status of the signer, or of the time stamp's authority.
	Unknown bool `json:"unknown,omitempty"`
}

// Keeps reports whether all rules are kept.
func (p *ProfileReport) Keeps() bool {
	for _, rule := range p.Rules {
		if !rule.Kept {
			return false
		}
	}
	return true
}

// profile judges the rules of the profile that a signature claims: by the policy that it names, or P1 where it names none. It returns nil
// where another policy is named.
func (p *pool) profile(s *Signature, stamps []*stamp, c chain, signer *x509.Certificate) *ProfileReport {
	out := &ProfileReport{Name: "P1"}
	digest := true
	if s.Policy != nil {
		var name string
		if name, digest = p.policy.known(s.Policy); name != "P2" && name != "P3" && name != "P4" {
			return nil
		}
		out.Name = name
	}
	rule := func(name string, kept bool) { out.Rules = append(out.Rules, RuleReport{Rule: name, Kept: kept}) }
	unlessUnknown := func(name string, unknown, kept bool) {
		out.Rules = append(out.Rules, RuleReport{Rule: name, Kept: kept && !unknown, Unknown: unknown})
	}
	a := s.Attributes
	said := p.ofSigner(c)
	noStatus := len(said) == 0
	rule("signing_certificate_v2", a.SigningCertificateV2)
	rule("signing_time", a.SigningTime)
	rule("certificate_embedded", a.CertificateEmbedded)
	unlessUnknown("algorithms", signer == nil, guideAlgorithms(s, signer))
	archive := firstOf(stamps, ArchiveStamp)
	stamped := firstOf(stamps, SignatureStamp)
	isPDF := s.Format == "PAdES"
	if isPDF && stamped == nil { // the first time stamp of the document is that of the signature
		stamped, archive = archive, secondOf(stamps, ArchiveStamp)
	}
	if out.Name == "P1" {
		rule("no_archive_stamp", archive == nil)
		return out
	}
	rule("policy_digest", digest)
	rule("policy_uri", s.Policy.URI != "")
	unlessUnknown("time_stamp", stamped != nil && stamped.Indication == Indeterminate, stamped != nil && stamped.passed())
	rule("time_stamp_within", stamped != nil && stamped.Token != nil && !s.Claimed.IsZero() &&
		!stamped.time().After(s.Claimed.Add(StampWithin)) && !s.Claimed.After(stamped.time().Add(ClaimedAhead)))
	if out.Name == "P2" {
		rule("no_archive_stamp", archive == nil)
		unlessUnknown("crl", noStatus, isBy(said, true))
		unlessUnknown("grace", noStatus, afterGrace(said, stamped))
		return out
	}
	if !isPDF { // whose values are in a store of the document, without references
		rule("complete_references", a.CompleteCertificates && a.CompleteRevocations)
	}
	rule("values", a.CertificateValues && a.RevocationValues || a.RevocationsInContainer)
	rule("no_references_stamp", firstOf(stamps, ReferencesStamp) == nil)
	if out.Name == "P3" {
		unlessUnknown("crl", noStatus, isBy(said, true))
		unlessUnknown("grace", noStatus, afterGrace(said, stamped))
		return out
	}
	unlessUnknown("ocsp", noStatus, isBy(said, false))
	return out
}

// guideAlgorithms wants SHA-2 or SHA-3, RSA from 2048 bits or elliptic curves from 256.
func guideAlgorithms(s *Signature, signer *x509.Certificate) bool {
	for _, a := range s.Algorithms {
		switch a.Hash {
		case crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA3_256, crypto.SHA3_384, crypto.SHA3_512:
		default:
			return false
		}
	}
	if signer == nil {
		return false
	}
	switch pub := signer.PublicKey.(type) {
	case *rsa.PublicKey:
		return pub.N.BitLen() >= 2048
	case *ecdsa.PublicKey:
		return pub.Curve.Params().BitSize >= 256
	}
	return false
}

// firstOf returns the earliest time stamp of a kind; stamps has the latest first.
func firstOf(stamps []*stamp, kind StampKind) (first *stamp) {
	for _, t := range stamps {
		if t.Kind == kind && t.Token != nil {
			first = t
		}
	}
	return first
}

// secondOf returns the second one by time.
func secondOf(stamps []*stamp, kind StampKind) *stamp {
	first := firstOf(stamps, kind)
	return firstOf(slices.DeleteFunc(slices.Clone(stamps), func(t *stamp) bool { return t == first }), kind)
}

// ofSigner is everything genuine that is said of the signer's certificate, whichever of it counted: what is newer than the answer or the
// list that the profile wants takes nothing from it.
func (p *pool) ofSigner(c chain) []*revocation.Statement {
	if len(c.path) < 2 {
		return nil
	}
	all, _ := p.about(c.path[0], c.path[1])
	return all
}

// isBy reports whether a CRL, or an OCSP answer, tells the signer's status.
func isBy(said []*revocation.Statement, crl bool) bool {
	return slices.ContainsFunc(said, func(s *revocation.Statement) bool { return s.IsCRL == crl && s.Status != revocation.NotKnown })
}

// afterGrace reports whether a list on the signer was made so late that it shows whatever was revoked until the time stamp.
func afterGrace(said []*revocation.Statement, stamped *stamp) bool {
	return stamped != nil && slices.ContainsFunc(said, func(s *revocation.Statement) bool {
		return s.IsCRL && !s.ThisUpdate.Before(stamped.time().Add(Grace))
	})
}
