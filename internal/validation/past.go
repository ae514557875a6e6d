package validation

import (
	"crypto/x509"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/revocation"
)

// pastValidation is 5.6.2.1 and 5.6.2.2: it slides from the moment of validation back over a path whose certificates may have expired or
// been revoked since, from the anchor down, and returns the latest time at which all of them are known to have been good. What is
// proven to have existed then was made by keys that were their owners'.
//
// The control time also goes back to the end of each certificate's own time, and to that of the anchor's trust. From revocation data
// that is not fresh it goes back to the time until which the data was fresh, where the standard goes back to when it was
// made: by the letter a signature whose data one archive time stamp covers could never be accepted, since an answer on the signer would
// have to be proven before the list on its CA was made. What is accepted so is what 5.5 would have accepted on the day of the archive
// time stamp. Policy.StrictSliding is the letter.
func (r *run) pastValidation(path []*x509.Certificate, purpose Purpose) (Conclusion, time.Time) {
	control := r.moment
	slideTo := func(t time.Time) {
		if !t.IsZero() && t.Before(control) {
			control = t
		}
	}
	last := path[len(path)-1]
	slideTo(last.NotAfter)
	slideTo(r.policy.trust(last, purpose).until(control))
	for i := len(path) - 2; i >= 0; i-- { // 5.6.2.2.4, step 2
		c, issuer, provenBefore := path[i], path[i+1], control
		s := r.provenStatement(c, issuer, provenBefore)
		isWeak := r.policy.weakSigned(c.SignatureAlgorithm, issuer, r.proofs.at(ObjectOf(c.Raw))) != nil
		if s == nil || isWeak {
			return Indetermined(NoPOE, Reason{Code: ReasonNoProof, Subject: nameOf(c)}.at(control)), control
		}
		if !r.isFresh(s, control) { // (b)
			slideTo(r.policy.slidesTo(s))
		}
		slideTo(r.revokedSince(c, issuer, provenBefore))
		slideTo(c.NotAfter)
		for _, w := range []*weakness{ // (c)
			r.policy.weakSigned(c.SignatureAlgorithm, issuer, control),
			r.policy.weakSigned(s.Algorithm, s.Signer, control),
		} {
			if w == nil {
				continue
			}
			if w.since.IsZero() {
				return Indetermined(CryptoConstraintsFailure, Reason{Code: ReasonWeak, Subject: w.name}), control
			}
			slideTo(w.since)
		}
	}
	return passed, control
}

// revokedSince returns since when a certificate is revoked, or on a hold that has not been lifted, by whatever statement, or the
// zero time. Nothing need prove that the statement was there before: whoever forges a revocation gets no signature accepted. What lifts
// a hold must be proven to have existed before control.
func (r *run) revokedSince(c, issuer *x509.Certificate, control time.Time) (since time.Time) {
	all, _ := r.about(c, issuer)
	isLifted := func(hold *revocation.Statement) bool {
		return slices.ContainsFunc(all, func(s *revocation.Statement) bool {
			return s.Status == revocation.Good && s.ThisUpdate.After(hold.ThisUpdate) && !r.proofs.at(ObjectOf(s.DER)).After(control)
		})
	}
	for _, s := range all {
		if s.Status != revocation.Revoked && (s.Status != revocation.OnHold || isLifted(s)) {
			continue
		}
		if since.IsZero() || s.Since.Before(since) {
			since = s.Since
		}
	}
	return since
}

// provenStatement returns the latest statement on a certificate that was made, and is proven to have existed with the certificate, before a
// time (5.6.2.2.4, step 2 (a)), and before its algorithms were weak: dates in a list that SHA-1 has signed are anybody's. It returns
// nil where there is none.
func (r *run) provenStatement(c, issuer *x509.Certificate, control time.Time) (found *revocation.Statement) {
	if r.proofs.at(ObjectOf(c.Raw)).After(control) {
		return nil
	}
	all, _ := r.about(c, issuer)
	for _, s := range all {
		proven := r.proofs.at(ObjectOf(s.DER))
		switch {
		case s.Status == revocation.NotKnown, s.Status == revocation.OnHold, s.ThisUpdate.After(control), proven.After(control),
			proven.After(s.Signer.NotAfter), !s.KnowsExpired(c.NotAfter),
			r.policy.weakSigned(s.Algorithm, s.Signer, proven) != nil:
		case found == nil || s.ThisUpdate.After(found.ThisUpdate):
			found = s
		}
	}
	return found
}
