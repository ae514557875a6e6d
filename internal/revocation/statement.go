package revocation

import (
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/pki"
)

// ErrOfAnother says that an answer or a list is genuine or not, but in any case not on the certificate that was asked about.
var ErrOfAnother = errors.New("about another certificate")

// Status is what an answer or a list says of a certificate.
type Status int

const (
	Good Status = iota
	OnHold
	Revoked
	NotKnown // the responder does not know the certificate, or answers no such question
)

// Statement is what one genuine OCSP answer or complete CRL says of one certificate. Nothing in it has been compared with a clock:
// what was said years ago is read like what is said today, and its reader judges for which moment it counts.
type Statement struct {
	// DER is the OCSPResponse or the CertificateList.
	DER []byte
	// IsCRL tells a CRL from an OCSP answer.
	IsCRL bool
	// ProducedAt is when an OCSP answer was signed; for a CRL it is ThisUpdate.
	ProducedAt time.Time
	// ThisUpdate is the time for which the status is known to be right.
	ThisUpdate time.Time
	// NextUpdate is when newer information was to come; zero where an OCSP responder does not say.
	NextUpdate time.Time
	// Signer is the certificate whose key signed it: the issuer's, or of a responder that the issuer certified and that was
	// within its time at ProducedAt.
	Signer *x509.Certificate
	// Algorithm is what Signer's key signed it with.
	Algorithm x509.SignatureAlgorithm
	// Status is the certificate's.
	Status Status
	// Since is when a certificate was revoked or put on hold, as its CA says; zero with another Status.
	Since time.Time
	// Reason is the CRLReason (RFC 5280, 5.3.1) of that; 0 where none is said.
	Reason int
	// ExpiredSince is the time since when expired certificates are still answered for (archiveCutoff, expiredCertsOnCRL); zero
	// where nothing is said of certificates that have expired.
	ExpiredSince time.Time
}

// RevokedAt reports whether the certificate was revoked or on hold at a time. A revocation that came later is no news for it.
func (s *Statement) RevokedAt(at time.Time) bool {
	return (s.Status == Revoked || s.Status == OnHold) && !at.Before(s.Since)
}

// KnowsExpired reports whether the statement says something of a certificate that has expired at this time. One that was made
// before does in any case; lists and responders may drop expired certificates, and those of RFC 5280 and RFC 6960 do.
func (s *Statement) KnowsExpired(notAfter time.Time) bool {
	return !s.ThisUpdate.After(notAfter) || s.Status == Revoked || s.Status == OnHold ||
		!s.ExpiredSince.IsZero() && !s.ExpiredSince.After(notAfter)
}

// FreshAt reports whether newer information was not to be expected at a time: NextUpdate has not come then, or, where nothing is
// said of it, ThisUpdate is not older than maxAge. Zero of maxAge is DefaultMaxAge.
func (s *Statement) FreshAt(at time.Time, maxAge time.Duration) bool {
	return !at.After(s.FreshUntil(maxAge))
}

// FreshUntil returns the latest time for which FreshAt holds.
func (s *Statement) FreshUntil(maxAge time.Duration) time.Time {
	if s.NextUpdate.IsZero() {
		return s.ThisUpdate.Add(orDefault(maxAge, DefaultMaxAge))
	}
	return s.NextUpdate
}

// Material is an OCSPResponse or a complete CRL, from wherever and of whatever age. It is read once for all certificates that it may be about,
// and its signature is verified once for each issuer, SHA-1's too: whoever reads it judges Statement.Algorithm. It is not safe for
// concurrent use.
type Material struct {
	der      []byte
	response *ocspResponse // nil for a list
	list     *certificateList
	issuer   []byte                            // of the list
	genuine  map[*x509.Certificate]genuineness // by the issuer that the caller gives
}

// genuineness says which certificate has signed the material, or why no signer counts.
type genuineness struct {
	signer *x509.Certificate
	list   *certificateList // read whole
	err    error
}

// OpenOCSP reads an OCSPResponse. Errors have fault.RevocationInvalid, or fault.RevocationUnavailable for a responder that did not answer.
func OpenOCSP(der []byte) (*Material, error) {
	response, err := parseOCSP(der)
	if err != nil {
		return nil, err
	}
	return &Material{der: der, response: response, genuine: map[*x509.Certificate]genuineness{}}, nil
}

// OpenCRL reads a CRL: no more than whose it says it is. Errors have fault.RevocationInvalid.
func OpenCRL(der []byte) (*Material, error) {
	list, err := splitCRL(der)
	if err != nil {
		return nil, err
	}
	issuer, err := issuerOf(list.tbs)
	if err != nil {
		return nil, err
	}
	return &Material{der: der, list: list, issuer: issuer, genuine: map[*x509.Certificate]genuineness{}}, nil
}

// Statement returns what the material says of subject, whose issuer is given: it has signed a list itself, and an answer itself or by a
// responder that it has certified. A list that says of subject that it is good must be on all reasons of revocation; deltas are
// refused. Errors have fault.RevocationInvalid; those of material on other certificates are ErrOfAnother, and then no signature has
// been verified.
func (m *Material) Statement(subject, issuer *x509.Certificate) (*Statement, error) {
	var out *Statement
	var err error
	if m.response != nil {
		out, err = m.ofAnswer(subject, issuer)
	} else {
		out, err = m.ofList(subject, issuer)
	}
	if err != nil {
		return nil, err
	}
	out.DER = m.der
	return out, out.checkTimes()
}

func (m *Material) ofAnswer(subject, issuer *x509.Certificate) (*Statement, error) {
	var ids []*certID
	for _, hash := range idHashes {
		id, err := newCertID(hash, subject, issuer)
		if err != nil {
			return nil, invalid("certificate that is asked about: %w", err)
		}
		ids = append(ids, id)
	}
	single, err := m.response.about(ids...)
	if err != nil {
		return nil, err
	}
	g, known := m.genuine[issuer]
	if !known {
		g.signer, g.err = m.response.responder(issuer, m.response.producedAt, legacy)
		m.genuine[issuer] = g
	}
	if g.err != nil {
		return nil, g.err
	}
	out := &Statement{
		ProducedAt: m.response.producedAt, ThisUpdate: single.thisUpdate, NextUpdate: single.nextUpdate,
		Signer: g.signer, Algorithm: m.response.algorithm, ExpiredSince: single.archiveCutoff,
	}
	switch single.status {
	case statusGood:
	case statusRevoked:
		out.Status, out.Since, out.Reason = Revoked, single.revokedAt, single.reason
		if single.reason == reasonHold {
			out.Status = OnHold
		}
	default:
		out.Status = NotKnown
	}
	return out, nil
}

func (m *Material) ofList(subject, issuer *x509.Certificate) (*Statement, error) {
	points, err := listPoints(subject, issuer)
	if err != nil {
		return nil, err
	}
	if !m.mayBeAbout(subject, points) {
		return nil, invalid("CRL: %w", ErrOfAnother)
	}
	g, known := m.genuine[issuer]
	if !known {
		g.list, g.err = readCRL(m.der, []*x509.Certificate{issuer}, legacy)
		m.genuine[issuer] = g
	}
	if g.err != nil {
		return nil, g.err
	}
	list := g.list
	if list.base != nil {
		return nil, invalid("CRL is a delta: only what has changed")
	}
	reasons, err := list.covers(subject, points)
	if err != nil {
		return nil, err
	}
	entry, err := list.scan(subject)
	if err != nil {
		return nil, err
	}
	out := &Statement{
		IsCRL: true, ProducedAt: list.thisUpdate, ThisUpdate: list.thisUpdate, NextUpdate: list.nextUpdate,
		Signer: list.signer, Algorithm: list.algorithm, Since: entry.since, Reason: entry.reason, ExpiredSince: list.expiredSince,
	}
	switch {
	case entry.status == isRevoked:
		out.Status = Revoked
	case entry.status == onHold:
		out.Status = OnHold
	case reasons != pki.AllReasons:
		return nil, invalid("CRL is partial: on some reasons only")
	}
	return out, nil
}

// ReadOCSP returns what an OCSPResponse says of one certificate: OpenOCSP and Statement.
func ReadOCSP(der []byte, subject, issuer *x509.Certificate) (*Statement, error) {
	m, err := OpenOCSP(der)
	if err != nil {
		return nil, err
	}
	return m.Statement(subject, issuer)
}

// ReadCRL returns what a CRL says of one certificate: OpenCRL and Statement.
func ReadCRL(der []byte, subject, issuer *x509.Certificate) (*Statement, error) {
	m, err := OpenCRL(der)
	if err != nil {
		return nil, err
	}
	return m.Statement(subject, issuer)
}

// checkTimes refuses times that contradict each other.
func (s *Statement) checkTimes() error {
	if !s.NextUpdate.IsZero() && s.NextUpdate.Before(s.ThisUpdate) {
		return invalid("answer or list with nextUpdate %v before thisUpdate %v", s.NextUpdate, s.ThisUpdate)
	}
	return nil
}

// mayBeAbout compares the issuer that a list names with that of subject and those of its distribution points, before any
// signature is verified: a file with many lists on others costs nothing.
func (m *Material) mayBeAbout(subject *x509.Certificate, points []pki.DistributionPoint) bool {
	if pki.SameName(m.issuer, subject.RawIssuer) {
		return true
	}
	issuer, err := pki.DirectoryName(m.issuer)
	return err == nil && slices.ContainsFunc(points, func(p pki.DistributionPoint) bool { return slices.ContainsFunc(p.CRLIssuers, issuer.Same) })
}

// Kind is what a file of revocation data is.
type Kind int

const (
	IsNeither Kind = iota
	IsOCSP
	IsCRL
)

// KindOf tells an OCSP response from a CRL, by its form alone.
func KindOf(der []byte) Kind {
	if _, err := OpenCRL(der); err == nil {
		return IsCRL
	}
	if _, err := OpenOCSP(der); err == nil {
		return IsOCSP
	}
	return IsNeither
}
