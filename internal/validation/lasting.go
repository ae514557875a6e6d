package validation

import (
	"crypto/x509"
	"time"
)

// subject is what is judged over time, a signature or a time stamp: whose certificate, by which algorithms, and as which object its
// existence is proven.
type subject struct {
	certificate *x509.Certificate
	usages      []x509.ExtKeyUsage
	algorithms  []Algorithm
	object      Object
	// notBefore is a time before which it cannot have been made, by a content time stamp; zero where that is not known.
	notBefore time.Time
}

// overTime judges a subject at the moment of validation (5.3), and where that does not accept it at the time at which it is proven to
// have existed (5.5), and with the data of then (5.6). bound is what holds at any time.
func (r *run) overTime(s subject, bound Conclusion) (Conclusion, chain) {
	now := r.x509(s.certificate, r.moment, s.usages...)
	result := combine(bound, now.Conclusion, r.policy.cryptoConstraints(s.algorithms, s.certificate, r.moment))
	if !result.mayBeProven() {
		return result, now
	}
	if c, ended := s.endedBefore(now); ended {
		return combine(bound, c), now
	}
	proven := r.proofs.at(s.object)
	if !proven.Before(r.moment) || now.path == nil {
		return result, now
	}
	if proven.Before(s.certificate.NotBefore) { // 5.5.4, step 4 (c)
		return combine(bound, Fail(NotYetValid, Reason{Code: ReasonNotYetValid, Subject: nameOf(s.certificate)}.at(s.certificate.NotBefore))), now
	}
	then := r.x509(s.certificate, proven, s.usages...)
	algorithms := r.policy.cryptoConstraints(s.algorithms, s.certificate, proven)
	atProof := combine(bound, then.Conclusion, algorithms)
	if atProof.passed() {
		if doubt := r.stillStands(then, purposeOf(s.usages)); doubt.passed() {
			return atProof, then
		}
	}
	path := then.path
	if path == nil {
		path = now.path
	}
	past, control := r.pastValidation(path, purposeOf(s.usages))
	anchor := path[len(path)-1]
	switch {
	case past.passed() && proven.After(control):
		past = Indetermined(NoPOE, Reason{Code: ReasonNoProof, Subject: nameOf(s.certificate)}.at(control))
	case past.passed() && !r.policy.trust(anchor, purposeOf(s.usages)).at(proven):
		past = Indetermined(OutOfBoundsNoPOE, Reason{Code: ReasonAnchorThen, Subject: nameOf(anchor)}.at(proven))
	}
	if past = combine(bound, past, algorithms); past.passed() {
		return past, then
	}
	if atProof.passed() {
		return past, then
	}
	return atProof, then
}

// endedBefore is 5.3.4, where a content time stamp shows that a signature was made after its certificate had been revoked or had expired.
func (s subject) endedBefore(now chain) (Conclusion, bool) {
	if s.notBefore.IsZero() || now.path == nil {
		return Conclusion{}, false
	}
	if st := now.statements[0]; st != nil && now.SubIndication == RevokedNoPOE && st.RevokedAt(s.notBefore) {
		return Fail(RevokedFailure, Reason{Code: ReasonRevokedThen, Subject: nameOf(s.certificate)}.at(st.Since)), true
	}
	if s.notBefore.After(s.certificate.NotAfter) {
		return Fail(ExpiredFailure, Reason{Code: ReasonExpiredThen, Subject: nameOf(s.certificate)}.at(s.certificate.NotAfter)), true
	}
	return Conclusion{}, false
}

// stillStands reports whether a chain that was good at an earlier time is believed today: its CAs and whoever has signed
// the revocation data are within their time, and none of the CAs is known to be revoked. If not, the data must be proven to have
// existed before (past.go): the keys may be anybody's by now, and so may what weak algorithms hold together.
func (r *run) stillStands(then chain, purpose Purpose) Conclusion {
	for i := 1; i < len(then.path); i++ {
		c := then.path[i]
		if r.moment.After(c.NotAfter) {
			return Indetermined(NoPOE, Reason{Code: ReasonExpired, Subject: nameOf(c)}.at(c.NotAfter))
		}
		if i == len(then.path)-1 {
			break
		}
		all, _ := r.about(c, then.path[i+1])
		for _, s := range all {
			if s.RevokedAt(r.moment) {
				return Indetermined(RevokedCANoPOE, Reason{Code: ReasonRevoked, Subject: nameOf(c)}.at(s.Since))
			}
		}
	}
	if anchor := then.path[len(then.path)-1]; !r.policy.trust(anchor, purpose).at(r.moment) {
		return Indetermined(NoPOE, Reason{Code: ReasonAnchorThen, Subject: nameOf(anchor)}.at(r.moment))
	}
	for _, s := range then.statements {
		if s == nil {
			continue
		}
		if r.moment.After(s.Signer.NotAfter) {
			return Indetermined(NoPOE, Reason{Code: ReasonExpired, Subject: nameOf(s.Signer)}.at(s.Signer.NotAfter))
		}
	}
	return r.weakChain(then, r.moment)
}
