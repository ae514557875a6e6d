package validation

import "crypto/x509"

// signerOf is 5.2.3: the certificate that the signature names, and that its signing-certificate attribute binds. candidates are
// those of the whole file and the caller. Without a certificate the conclusion says why; with one it may still say that nothing binds it.
func (s *Signature) signerOf(candidates []*x509.Certificate) (*x509.Certificate, Conclusion) {
	if s.Names == nil && len(s.References) == 0 {
		return nil, Indetermined(NoSigningCertificateFound, Because(ReasonNoSigner, "", nil))
	}
	var found *x509.Certificate
	named := false
	for _, c := range candidates {
		if s.Names != nil && !s.Names(c) || found != nil && found.Equal(c) {
			continue
		}
		named = true
		if len(s.References) > 0 && !s.References[0].matches(c) {
			continue
		}
		if found != nil {
			return nil, Indetermined(NoSigningCertificateFound, Because(ReasonSignerAmbiguous, "", nil))
		}
		found = c
	}
	switch {
	case found != nil:
		return found, passed
	case named:
		return nil, Indetermined(NoSigningCertificateFound, Because(ReasonSignerOther, "", nil))
	}
	return nil, Indetermined(NoSigningCertificateFound, Because(ReasonNoSigner, "", nil))
}
