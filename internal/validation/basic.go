package validation

import (
	"crypto/x509"
)

// combine returns the conclusion that outweighs the others, with the reasons of all that have not passed, its own first: a failure
// outweighs what is not known, and that outweighs what a proof of existence may still mend.
func combine(conclusions ...Conclusion) Conclusion {
	rank := func(c Conclusion) int {
		switch {
		case c.passed():
			return 0
		case c.SubIndication == TryLater:
			return 1
		case c.mayBeProven():
			return 2
		case c.Indication == Indeterminate:
			return 3
		}
		return 4
	}
	result := passed
	for _, c := range conclusions {
		if rank(c) > rank(result) {
			result = c
		}
	}
	decisive := result.SubIndication
	var reasons, others []Reason
	for _, c := range conclusions {
		if c.SubIndication == decisive {
			reasons = append(reasons, c.Reasons...)
		} else {
			others = append(others, c.Reasons...)
		}
	}
	result.Reasons = append(reasons, others...)
	return result
}

// bound is what can be said of a signature whatever the time is: 5.2.2, 5.2.3, 5.2.7 and the part of 5.2.8 that asks for
// attributes. It returns the signer's certificate where that is known, and whether the signature verifies with its key.
func (s *Signature) bound(p *pool) (signer *x509.Certificate, verified, all Conclusion) {
	if s.Malformed != nil {
		return nil, Conclusion{}, *s.Malformed
	}
	signer, identification := s.signerOf(p.certificates)
	if signer == nil {
		return nil, Conclusion{}, identification
	}
	verified = s.Verify(signer)
	return signer, verified, combine(verified, p.acceptance(s, signer))
}
