package validation

import (
	"crypto/x509"
	"errors"
	"time"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/revocation"
)

// chain is what 5.2.6 found out about a certificate.
type chain struct {
	Conclusion
	// path leads from the certificate to an anchor; nil where none was found.
	path []*x509.Certificate
	// statements are those that counted: statements[i] on path[i]. Nil where none did.
	statements []*revocation.Statement
}

// nameOf is a certificate's name, fit to be shown.
func nameOf(c *x509.Certificate) string { return (&pki.Certificate{Certificate: c}).Holder() }

func issuerNameOf(c *x509.Certificate) string { return (&pki.Certificate{Certificate: c}).IssuerName() }

// x509 is 5.2.6: a path to an anchor at a time, with the status of each certificate on it. usages are for time-stamp authorities.
func (p *pool) x509(leaf *x509.Certificate, at time.Time, usages ...x509.ExtKeyUsage) chain {
	path, isGood, err := p.path(leaf, at, usages)
	if err != nil {
		if errors.Is(err, pki.ErrNoIssuer) || len(p.policy.Anchors) == 0 {
			return chain{Conclusion: Indetermined(NoCertificateChainFound, Because(ReasonNoAnchor, issuerNameOf(p.highest(leaf)), err))}
		}
		return chain{Conclusion: Indetermined(ChainGeneralFailure, Because(ReasonNoPath, nameOf(leaf), err))}
	}
	out := chain{path: path, statements: make([]*revocation.Statement, len(path))}
	status := passed
	for i := len(path) - 2; i >= 0; i-- { // from the anchor down: a CA that was revoked outweighs what it says
		c := p.status(path, i, at, &out)
		if worse(c, status) {
			status = c
		}
	}
	anchor := path[len(path)-1]
	switch {
	case !status.passed() && status.SubIndication != TryLater:
		out.Conclusion = status // revoked
	case at.Before(leaf.NotBefore):
		out.Conclusion = Indetermined(OutOfBoundsNoPOE, Reason{Code: ReasonNotYetValid, Subject: nameOf(leaf)}.at(leaf.NotBefore))
	case at.After(leaf.NotAfter):
		sub := OutOfBoundsNoPOE
		if status.passed() {
			sub = OutOfBoundsNotRevoked
		}
		out.Conclusion = Indetermined(sub, append([]Reason{Reason{Code: ReasonExpired, Subject: nameOf(leaf)}.at(leaf.NotAfter)}, status.Reasons...)...)
	case !isGood:
		out.Conclusion = p.outOfBounds(path, at)
	case !p.policy.trust(anchor, purposeOf(usages)).at(at):
		out.Conclusion = Indetermined(OutOfBoundsNoPOE, Reason{Code: ReasonAnchorThen, Subject: nameOf(anchor)}.at(at))
	default:
		out.Conclusion = combine(status, p.weakChain(out, at))
	}
	return out
}

// weakChain judges the algorithms of a chain and of what counts of its revocation data (5.2.6.4, step 5).
func (p *pool) weakChain(c chain, at time.Time) Conclusion {
	for i, one := range c.path[:len(c.path)-1] {
		w := p.policy.weakSigned(one.SignatureAlgorithm, c.path[i+1], at)
		if s := c.statements[i]; w == nil && s != nil {
			w = p.policy.weakSigned(s.Algorithm, s.Signer, at)
		}
		if w != nil && w.since.IsZero() {
			return Indetermined(CryptoConstraintsFailure, Because(ReasonWeak, w.name, nil))
		}
		if w != nil {
			return Indetermined(CryptoConstraintsFailureNoPO, Reason{Code: ReasonWeak, Subject: w.name}.at(w.since))
		}
	}
	return passed
}

// worse reports whether a conclusion on one certificate outweighs that on another: a revocation outweighs what is not known.
func worse(c, than Conclusion) bool {
	rank := func(c Conclusion) int {
		switch {
		case c.passed():
			return 0
		case c.SubIndication == TryLater:
			return 1
		}
		return 2
	}
	return rank(c) > rank(than)
}

// outOfBounds says which CA of a path that was good once is not valid at a time.
func (p *pool) outOfBounds(path []*x509.Certificate, at time.Time) Conclusion {
	for _, c := range path[1:] {
		switch {
		case at.Before(c.NotBefore):
			return Indetermined(OutOfBoundsNoPOE, Reason{Code: ReasonNotYetValid, Subject: nameOf(c)}.at(c.NotBefore))
		case at.After(c.NotAfter):
			return Indetermined(OutOfBoundsNoPOE, Reason{Code: ReasonExpired, Subject: nameOf(c)}.at(c.NotAfter))
		}
	}
	return Indetermined(ChainGeneralFailure, Because(ReasonNoPath, nameOf(path[0]), nil))
}

// status looks at the revocation of one certificate of a path at a time, and notes the statement that counts.
func (p *pool) status(path []*x509.Certificate, i int, at time.Time, out *chain) Conclusion {
	c := path[i]
	all, problem := p.about(c, path[i+1])
	noPOE := RevokedNoPOE
	if i > 0 {
		noPOE = RevokedCANoPOE
	}
	var latest *revocation.Statement
	for _, s := range all {
		if s.Status == revocation.Revoked && s.RevokedAt(at) {
			out.statements[i] = s
			return Indetermined(noPOE, Reason{Code: ReasonRevoked, Subject: nameOf(c)}.at(s.Since))
		}
		if at.Equal(p.moment) && at.After(s.Signer.NotAfter) { // what it says today may be somebody else's word
			continue
		}
		if s.KnowsExpired(c.NotAfter) && (latest == nil || s.ThisUpdate.After(latest.ThisUpdate)) {
			latest = s
		}
	}
	switch {
	case latest == nil && problem != nil:
		return Indetermined(TryLater, Because(ReasonStatusBad, nameOf(c), problem))
	case latest == nil && len(all) == 0:
		return Indetermined(TryLater, Because(ReasonStatusNone, nameOf(c), nil))
	case latest == nil || latest.Status == revocation.NotKnown: // its CA may never have issued it
		return Indetermined(TryLater, Because(ReasonStatusNotKnown, nameOf(c), nil))
	}
	out.statements[i] = latest
	if latest.Status == revocation.OnHold && latest.RevokedAt(at) {
		return Indetermined(TryLater, Reason{Code: ReasonOnHold, Subject: nameOf(c)}.at(latest.Since))
	}
	if !p.isFresh(latest, at) {
		return Indetermined(TryLater, Reason{Code: ReasonStatusStale, Subject: nameOf(c)}.at(latest.FreshUntil(p.policy.freshness())))
	}
	return passed
}

// highest is the certificate that a path from leaf ends at for want of the next.
func (p *pool) highest(leaf *x509.Certificate) *x509.Certificate {
	all := p.intermediates(leaf)
	if len(all) == 0 {
		return leaf
	}
	return all[len(all)-1]
}
