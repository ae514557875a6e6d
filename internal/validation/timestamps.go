package validation

import (
	"crypto"
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/timestamp"
)

// run is the validation of one signature.
type run struct {
	*pool
	proofs *proofs
}

// stamp is a time stamp with what was found out about it.
type stamp struct {
	*TimeStamp
	Conclusion
	authority *x509.Certificate
	chain     chain
}

// stamps judges the time stamps of a signature, the latest first: each that has passed proves that what it covers was there, earlier
// time stamps among it (5.4, 5.6.3.4).
func (r *run) stamps(s *Signature) []*stamp {
	var all []*stamp
	for _, t := range s.TimeStamps {
		all = append(all, &stamp{TimeStamp: t})
	}
	slices.SortStableFunc(all, func(a, b *stamp) int { return b.time().Compare(a.time()) })
	for _, t := range all {
		t.Conclusion = r.stamp(t)
		if t.passed() {
			r.proofs.add(t.time(), t.Covers...)
		}
	}
	return all
}

// time is what the token says; zero where there is none that can be read.
func (t *TimeStamp) time() time.Time {
	if t.Token == nil {
		return time.Time{}
	}
	return t.Token.Time
}

// stamp is 5.4 for one time stamp, with 5.6.2.4 where its certificate is good no longer.
func (r *run) stamp(t *stamp) Conclusion {
	if t.Problem != nil {
		return *t.Problem
	}
	if t.Token.Hash == 0 {
		return Indetermined(CryptoConstraintsFailure, Because(ReasonAlgorithm, t.Token.HashAlgorithm.String(), nil))
	}
	imprints, err := t.Imprint(t.Token.Hash)
	switch {
	case err != nil:
		return Indetermined(SignedDataNotFound, Because(ReasonContentMissing, t.Name, err))
	case !slices.ContainsFunc(imprints, func(imprint []byte) bool { return t.Token.Covers(t.Token.Hash, imprint) }):
		return Fail(HashFailure, Because(ReasonStampOther, t.Name, nil))
	}
	t.authority, err = r.verify(t.Token)
	if err != nil {
		return forged(t.Name, err)
	}
	var result Conclusion
	result, t.chain = r.overTime(subject{
		certificate: t.authority, usages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping},
		algorithms: stampAlgorithms(t.TimeStamp), object: ObjectOf(t.Token.DER),
	}, passed)
	if result.passed() && t.time().After(r.moment) {
		return Indetermined(TimestampOrderFailure, Reason{Code: ReasonStampOrder, Subject: t.Name}.at(t.time()))
	}
	return result
}

// verify is Token.Verify, once for a token that covers several signatures.
func (p *pool) verify(t *timestamp.Token) (*x509.Certificate, error) {
	if authority, done := p.authorities[t]; done {
		return authority, nil
	}
	authority, err := t.Verify(p.certificates...)
	if err == nil {
		p.authorities[t] = authority
	}
	return authority, err
}

// forged says why the signature of a token does not hold, in the words of 5.2.
func forged(name string, err error) Conclusion {
	switch {
	case errors.Is(err, timestamp.ErrSignature):
		return Fail(SigCryptoFailure, Because(ReasonStampForged, name, err))
	case errors.Is(err, timestamp.ErrPurpose):
		return Indetermined(ChainConstraintsFailure, Because(ReasonStampUsage, name, err))
	case errors.Is(err, timestamp.ErrCertificate):
		return Indetermined(NoSigningCertificateFound, Because(ReasonNoSigner, name, err))
	}
	return Indetermined(CryptoConstraintsFailure, Because(ReasonAlgorithm, name, err))
}

// notBefore is the latest content time stamp that has passed: the signature was made later.
func notBefore(stamps []*stamp) (at time.Time) {
	for _, t := range stamps {
		if t.Kind == ContentStamp && t.passed() && t.time().After(at) {
			at = t.time()
		}
	}
	return at
}

// order is the part of 5.5.4, step 5, that compares time stamps: what another one covers is not later than that, and one of the content,
// which is signed, not later than any that covers the signature.
func order(stamps []*stamp) Conclusion {
	tokens := map[Object]*stamp{}
	var signed []*stamp // those of the content
	for _, t := range stamps {
		if !t.passed() {
			continue
		}
		tokens[ObjectOf(t.Token.DER)] = t
		if t.Kind == ContentStamp {
			signed = append(signed, t)
		}
	}
	for _, late := range stamps {
		if !late.passed() {
			continue
		}
		var before []*stamp
		if late.Kind != ContentStamp {
			before = signed
		}
		for _, o := range late.Covers {
			if early, ok := tokens[o]; ok {
				before = append(before[:len(before):len(before)], early)
			}
		}
		isEarlier := func(t *stamp) bool { return late.time().Add(late.Token.Accuracy).Before(t.time()) }
		if slices.ContainsFunc(before, isEarlier) {
			return Indetermined(TimestampOrderFailure, Reason{Code: ReasonStampOrder, Subject: late.Name}.at(late.time()))
		}
	}
	return passed
}

// stampAlgorithms are those that a token depends on.
func stampAlgorithms(t *TimeStamp) (out []Algorithm) {
	for _, hash := range append([]crypto.Hash{t.Token.Hash, t.Token.Algorithms.Hash}, t.Hashes...) {
		out = append(out, Algorithm{Hash: hash})
	}
	return append(out, Algorithm{Hash: t.Token.Algorithms.Binding, Binds: true})
}
