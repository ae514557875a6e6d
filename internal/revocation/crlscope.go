package revocation

import (
	"crypto/x509"
	"slices"

	"github.com/e-onay/e-onay/internal/pki"
)

// covers returns the reasons for which the list is on subject (RFC 5280, 6.3.3 (b) and (d)). It counts for the first distribution
// point that it is of, since OpenSSL looks at no other. A list that is on other certificates is refused by name.
func (l *certificateList) covers(subject *x509.Certificate, points []pki.DistributionPoint) (pki.Reasons, error) {
	switch isCA := subject.BasicConstraintsValid && subject.IsCA; {
	case l.scope.onlyAttributes:
		return 0, invalid("CRL is partial: on attribute certificates only")
	case l.scope.onlyUsers && isCA:
		return 0, invalid("CRL is partial: on end entities only")
	case l.scope.onlyCAs && !isCA:
		return 0, invalid("CRL is partial: on CAs only")
	}
	issuer, err := pki.DirectoryName(l.issuer)
	if err != nil {
		return 0, invalid("issuer of the CRL: %w", err)
	}
	ofIssuer := pki.SameName(l.issuer, subject.RawIssuer)
	for _, point := range points {
		if err = l.isOf(point, issuer, ofIssuer); err == nil {
			return point.Reasons & l.scope.reasons, nil
		}
	}
	return 0, err
}

// isOf reports whether the list is the one of a distribution point (b)(1), (b)(2)(i). issuer is the list's; ofIssuer says that
// it is the certificate's too.
func (l *certificateList) isOf(point pki.DistributionPoint, issuer pki.GeneralName, ofIssuer bool) error {
	switch {
	case len(point.CRLIssuers) == 0 && !ofIssuer:
		return invalid("CRL of another issuer")
	case len(point.CRLIssuers) > 0 && !slices.ContainsFunc(point.CRLIssuers, issuer.Same):
		return invalid("CRL of another issuer than the one that the certificate names")
	case !ofIssuer && !l.scope.indirect:
		return invalid("CRL of another issuer that is not indirect")
	case point.Reasons != pki.AllReasons && l.scopeDER != nil && l.scope.reasons == pki.AllReasons:
		// Right by the standard, but BouncyCastle fails on it.
		return invalid("CRL is not partial, and its distribution point is on some reasons only")
	case l.scope.names == nil:
		return nil
	}
	names := point.Names
	if len(names) == 0 {
		names = point.CRLIssuers
	}
	if !slices.ContainsFunc(names, func(n pki.GeneralName) bool { return slices.ContainsFunc(l.scope.names, n.Same) }) {
		return invalid("CRL is partial: of a distribution point that the certificate does not name")
	}
	return nil
}
