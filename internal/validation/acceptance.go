package validation

import (
	"crypto/x509"
	"errors"
)

// acceptance is the part of 5.2.8 that does not depend on time, with 5.2.4: the policy that the signature names, the attributes that
// must be there, and what the signer's key may be used for.
func (p *pool) acceptance(s *Signature, signer *x509.Certificate) Conclusion {
	return combine(p.namedPolicy(s.Policy), boundSigner(s), keyUsage(signer), laterChanges(s.Covers))
}

// laterChanges does not accept a signature of a PDF that was changed afterwards: the signature is good, but what the pages show today may not
// be what was signed. A person must compare the signed revision. EN 319 102-1 leaves that to signature acceptance (5.2.8).
func laterChanges(c Coverage) Conclusion {
	if c.Later != LaterChanged {
		return passed
	}
	reason := Because(ReasonLaterChanged, "", nil)
	reason.Detail = c.LaterDetail
	return Indetermined(SigConstraintsFailure, reason)
}

// namedPolicy is 5.2.4: a signature policy counts only if it is known, by the digest that the signature names.
func (p *pool) namedPolicy(named *SignaturePolicy) Conclusion {
	if named == nil {
		return passed
	}
	if named.Implied {
		return Indetermined(SignaturePolicyNotAvailable, Because(ReasonPolicyImplied, "", nil))
	}
	name, digest := p.policy.known(named)
	switch {
	case name == "":
		return Indetermined(SignaturePolicyNotAvailable, Because(ReasonPolicyUnknown, named.OID.String(), nil))
	case !digest:
		return Indetermined(PolicyProcessingError, Because(ReasonPolicyDigest, named.OID.String(), nil))
	}
	return passed
}

// boundSigner wants a signing-certificate attribute: without it another certificate of the same key, with other rights or another name,
// could take the signer's place.
func boundSigner(s *Signature) Conclusion {
	if len(s.References) > 0 {
		return passed
	}
	return Indetermined(SigConstraintsFailure, Because(ReasonSignerUnbound, "signing-certificate", nil))
}

// keyUsage wants a certificate whose key may sign documents: for non-repudiation, or digital signatures.
func keyUsage(signer *x509.Certificate) Conclusion {
	if signer.KeyUsage == 0 || signer.KeyUsage&(x509.KeyUsageContentCommitment|x509.KeyUsageDigitalSignature) != 0 {
		return passed
	}
	return Indetermined(ChainConstraintsFailure, Because(ReasonKeyUsage, nameOf(signer), errors.New("key usage without nonRepudiation and digitalSignature")))
}
