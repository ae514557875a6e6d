package validation

import (
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/revocation"
	"github.com/e-onay/e-onay/internal/timestamp"
)

// Bounds of the work on one signature, whatever its file says.
const (
	// MaxTimeStamps is how many time stamps a reader may give to a signature, and MaxAllTimeStamps to all signatures of a file.
	MaxTimeStamps    = 64
	MaxAllTimeStamps = 256

	maxCertificates  = 1024 // of a file and the caller together
	maxRevocations   = 1024 // CRLs and OCSP answers together
	maxIntermediates = 24   // that are tried for one path
	maxMoments       = 6    // for which a path is looked for

	// Signatures that are verified over certificates and revocation data, and so many more for each signature and time stamp.
	maxVerified, verifiedMore     = 64, 1
	maxStatements, statementsMore = 64, 4
)

// pool is what all signatures of a file are judged with: everything that is embedded, and what the caller has. Statements and paths are
// remembered, since many signatures and time stamps ask for the same.
type pool struct {
	policy       *Policy
	moment       time.Time
	source       Source
	certificates []*x509.Certificate
	material     []*revocation.Material
	tooMany      bool // something was left out

	known      map[Object]bool // of what is in the pool
	met        map[*byte]bool  // the first bytes of the slices that were compared with known: many signatures share what a file embeds
	asked      map[Object]bool // certificates that source was asked about
	statements map[[2]Object]said
	issuers    map[string][]*x509.Certificate // CAs by the name of their subject, as their certificates' issuers write it
	anchors    map[Purpose][]*x509.Certificate
	paths      map[pathKey]foundPath
	// authorities are whose tokens verify: one time stamp may cover many signatures.
	authorities map[*timestamp.Token]*x509.Certificate
	left        int // statements that may still be read
	memory      pki.Memory
}

// pathKey is what a path is looked for by; foundPath is what was found.
type pathKey struct {
	leaf    Object
	at      int64 // in nanoseconds
	isStamp bool
}

type foundPath struct {
	path   []*x509.Certificate
	isGood bool
	err    error
}

// said is what is said of a certificate: everything genuine, and the first problem with what cannot be believed.
type said struct {
	statements []*revocation.Statement
	problem    error
}

func newPool(in Input) *pool {
	p := &pool{
		policy: in.Policy, moment: in.Moment, source: in.Source,
		known: map[Object]bool{}, met: map[*byte]bool{}, asked: map[Object]bool{}, statements: map[[2]Object]said{},
		anchors: map[Purpose][]*x509.Certificate{}, paths: map[pathKey]foundPath{}, authorities: map[*timestamp.Token]*x509.Certificate{},
		left: maxStatements, memory: pki.Memory{Limit: maxVerified},
	}
	for _, s := range in.Signatures {
		p.addSignature(s)
	}
	p.add(in.Data)
	return p
}

// addSignature adds what a signature and its counter-signatures embed.
func (p *pool) addSignature(s *Signature) {
	p.add(s.Data)
	for _, t := range s.TimeStamps {
		p.add(t.Data)
	}
	p.memory.Limit += verifiedMore * (1 + len(s.TimeStamps))
	p.left += statementsMore * (1 + len(s.TimeStamps))
	for _, counter := range s.CounterSignatures {
		p.addSignature(counter)
	}
}

// add adds what is not there yet, within the limits, and returns whether revocation data was among it. What cannot be read is left out.
func (p *pool) add(d Data) (grown bool) {
	for _, c := range d.Certificates {
		if len(p.certificates) == maxCertificates {
			p.tooMany = true
			break
		}
		if p.isNew(c.Raw) {
			p.certificates, p.issuers = append(p.certificates, c), nil
		}
	}
	for i, der := range slices.Concat(d.OCSPs, d.CRLs) {
		if len(p.material) == maxRevocations {
			p.tooMany = true
			break
		}
		if !p.isNew(der) {
			continue
		}
		open := revocation.OpenOCSP
		if i >= len(d.OCSPs) {
			open = revocation.OpenCRL
		}
		if m, err := open(der); err == nil {
			p.material, grown = append(p.material, m), true
		}
	}
	return grown
}

func (p *pool) isNew(der []byte) bool {
	if len(der) == 0 || p.met[&der[0]] {
		return false
	}
	p.met[&der[0]] = true
	o := ObjectOf(der)
	if p.known[o] {
		return false
	}
	p.known[o] = true
	return true
}

// about returns everything genuine that is said of subject, and the first problem with what cannot be believed. Where nothing
// is fresh at the pool's moment the source is asked, once for each certificate.
func (p *pool) about(subject, issuer *x509.Certificate) ([]*revocation.Statement, error) {
	key := [2]Object{ObjectOf(subject.Raw), ObjectOf(issuer.Raw)}
	if _, done := p.statements[key]; !done {
		p.statements[key] = p.read(subject, issuer)
	}
	isFresh := func(s *revocation.Statement) bool { return p.isFresh(s, p.moment) }
	if p.source != nil && !p.asked[key[0]] && !slices.ContainsFunc(p.statements[key].statements, isFresh) {
		p.asked[key[0]] = true
		if p.add(p.source.Revocation(subject, issuer)) {
			clear(p.statements)
			p.statements[key] = p.read(subject, issuer)
		}
	}
	return p.statements[key].statements, p.statements[key].problem
}

func (p *pool) read(subject, issuer *x509.Certificate) (out said) {
	for _, m := range p.material {
		if p.left == 0 {
			p.tooMany = true
			return out
		}
		s, err := m.Statement(subject, issuer)
		if errors.Is(err, revocation.ErrOfAnother) {
			continue
		}
		p.left--
		switch {
		case err == nil:
			out.statements = append(out.statements, s)
		case out.problem == nil:
			out.problem = err
		}
	}
	return out
}

// isFresh is 5.2.5: at a time no newer revocation data was to be expected.
func (p *pool) isFresh(s *revocation.Statement, at time.Time) bool {
	return s.FreshAt(at, p.policy.freshness())
}

// path returns a path from leaf to an anchor, and whether it is good at a time. A path that was good at another time than this is
// returned as well: whether that will do is for who asks. The error says why there is none at all.
func (p *pool) path(leaf *x509.Certificate, at time.Time, usages []x509.ExtKeyUsage) (path []*x509.Certificate, isGood bool, err error) {
	key := pathKey{ObjectOf(leaf.Raw), at.UnixNano(), len(usages) > 0}
	found, known := p.paths[key]
	if !known {
		found.path, found.isGood, found.err = p.findPath(leaf, at, usages)
		p.paths[key] = found
	}
	return found.path, found.isGood, found.err
}

func (p *pool) findPath(leaf *x509.Certificate, at time.Time, usages []x509.ExtKeyUsage) (path []*x509.Certificate, isGood bool, err error) {
	if len(p.policy.trust(leaf, purposeOf(usages))) > 0 {
		return []*x509.Certificate{leaf}, true, nil
	}
	intermediates := p.intermediates(leaf)
	anchors := p.anchorsFor(purposeOf(usages))
	var first error
	for i, moment := range p.moments(leaf, intermediates, at) {
		v := pki.Validation{At: moment, Usages: usages, Legacy: true, Memory: &p.memory}
		path, err := v.Path(leaf, intermediates, anchors)
		if err == nil {
			return path, i == 0, nil
		}
		if code := fault.CodeOf(err); first == nil || code != fault.CertificateExpired && code != fault.CertificateNotYetValid {
			first = err // which says more than that leaf was not valid at that moment
		}
	}
	return nil, false, first
}

// anchorsFor are the certificates that are trusted for a purpose at whatever time, each once.
func (p *pool) anchorsFor(purpose Purpose) []*x509.Certificate {
	if known, done := p.anchors[purpose]; done {
		return known
	}
	out, seen := []*x509.Certificate{}, map[Object]bool{}
	for _, a := range p.policy.Anchors {
		if name := ObjectOf(a.Certificate.Raw); (a.For == ForAll || a.For == purpose) && !seen[name] {
			seen[name] = true
			out = append(out, a.Certificate)
		}
	}
	p.anchors[purpose] = out
	return out
}

// intermediates are the certificates of the pool that could be in a path of leaf, by their names.
func (p *pool) intermediates(leaf *x509.Certificate) (out []*x509.Certificate) {
	wanted := []*x509.Certificate{leaf}
	for i := 0; i < len(wanted); i++ {
		for _, c := range p.issuersOf(wanted[i]) {
			if len(out) == maxIntermediates {
				return out
			}
			if !slices.ContainsFunc(out, c.Equal) {
				out = append(out, c)
				wanted = append(wanted, c)
			}
		}
	}
	return out
}

// issuersOf are the CAs of the pool with the name of a certificate's issuer, looked for once.
func (p *pool) issuersOf(c *x509.Certificate) (all []*x509.Certificate) {
	if known, done := p.issuers[string(c.RawIssuer)]; done {
		return known
	}
	for _, ca := range p.certificates {
		if ca.IsCA && pki.SameName(c.RawIssuer, ca.RawSubject) {
			all = append(all, ca)
		}
	}
	if p.issuers == nil {
		p.issuers = map[string][]*x509.Certificate{}
	}
	p.issuers[string(c.RawIssuer)] = all
	return all
}

// moments are those for which a path is looked for: at, and where the path is not good then, those at which the certificates
// in it may all have been valid together (5.6.2.1.4, step 2).
func (p *pool) moments(leaf *x509.Certificate, intermediates []*x509.Certificate, at time.Time) []time.Time {
	out := []time.Time{at}
	add := func(t time.Time) {
		if len(out) < maxMoments && !t.Before(leaf.NotBefore) && !t.After(leaf.NotAfter) && !slices.ContainsFunc(out, t.Equal) {
			out = append(out, t)
		}
	}
	add(leaf.NotAfter)
	add(leaf.NotBefore)
	for _, c := range intermediates {
		add(c.NotAfter)
		add(c.NotBefore)
	}
	return out
}
