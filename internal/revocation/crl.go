package revocation

import (
	"bytes"
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"net/http"
)

// CRL extensions (RFC 5280, 5.2).
var (
	oidAuthorityKeyID    = asn1.ObjectIdentifier{2, 5, 29, 35}
	oidCRLNumber         = asn1.ObjectIdentifier{2, 5, 29, 20}
	oidDeltaCRL          = asn1.ObjectIdentifier{2, 5, 29, 27}
	oidIssuingDistPoint  = asn1.ObjectIdentifier{2, 5, 29, 28}
	oidReasonCode        = asn1.ObjectIdentifier{2, 5, 29, 21}
	oidInvalidityDate    = asn1.ObjectIdentifier{2, 5, 29, 24}
	knownCRLExtensions   = []asn1.ObjectIdentifier{oidAuthorityKeyID, oidCRLNumber}
	knownEntryExtensions = []asn1.ObjectIdentifier{oidReasonCode, oidInvalidityDate}
)

func (c *Checker) fetchCRL(ctx context.Context, url string, subject, issuer *x509.Certificate) (*Answer, error) {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, unavailable(err)
	}
	// RFC 2585 has a media type for CRLs, but servers of plain files send many others.
	der, err := c.fetch(ctx, request, "", MaxCRL)
	if err != nil {
		return nil, err
	}
	answer, err := c.readCRL(der, subject, issuer)
	if err != nil {
		return nil, err
	}
	answer.URL = url
	return answer, nil
}

// readCRL checks a CRL and looks subject up in it.
func (c *Checker) readCRL(der []byte, subject, issuer *x509.Certificate) (*Answer, error) {
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		return nil, invalid("CRL: %w", err)
	}
	if len(list.Raw) != len(der) {
		return nil, invalid("bytes after the CRL")
	}
	if !bytes.Equal(list.RawIssuer, issuer.RawSubject) {
		return nil, invalid("CRL of another issuer")
	}
	if !strong(list.SignatureAlgorithm) {
		return nil, invalid("CRL is signed with %v", list.SignatureAlgorithm)
	}
	err = list.CheckSignatureFrom(issuer)
	if err != nil {
		return nil, invalid("signature of the CRL: %w", err)
	}
	err = checkCRLExtensions(list)
	if err != nil {
		return nil, err
	}
	now := c.now()
	if list.ThisUpdate.After(now.Add(c.skew())) {
		return nil, invalid("CRL is of the future: thisUpdate %v", list.ThisUpdate)
	}
	if list.NextUpdate.Add(c.skew()).Before(now) {
		return nil, invalid("CRL is stale: nextUpdate %v", list.NextUpdate)
	}
	for _, entry := range list.RevokedCertificateEntries {
		if !extensionsKnown(entry.Extensions, knownEntryExtensions) {
			return nil, invalid("an entry of the CRL has an unknown critical extension")
		}
		if entry.SerialNumber.Cmp(subject.SerialNumber) == 0 {
			return nil, revoked("revoked at %v, reason %d", entry.RevocationTime, entry.ReasonCode)
		}
	}
	return &Answer{
		DER: der, ProducedAt: list.ThisUpdate, ThisUpdate: list.ThisUpdate, NextUpdate: list.NextUpdate, Responder: issuer,
	}, nil
}

// strong reports whether a CRL's signature algorithm is accepted: RSA or ECDSA with SHA-2. Unlike with
// certificates, crypto/x509 would let SHA-1 pass.
func strong(a x509.SignatureAlgorithm) bool {
	switch a {
	case x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA,
		x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS,
		x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512:
		return true
	}
	return false
}

// checkCRLExtensions refuses what would make the list cover less than all certificates of its issuer: a
// delta, or an issuing distribution point (a part, or an indirect list).
func checkCRLExtensions(list *x509.RevocationList) error {
	for _, extension := range list.Extensions {
		if extension.Id.Equal(oidDeltaCRL) || extension.Id.Equal(oidIssuingDistPoint) {
			return invalid("CRL is partial: extension %v", extension.Id)
		}
	}
	if !extensionsKnown(list.Extensions, knownCRLExtensions) {
		return invalid("CRL has an unknown critical extension")
	}
	return nil
}

// extensionsKnown reports whether every critical extension is among known.
func extensionsKnown(extensions []pkix.Extension, known []asn1.ObjectIdentifier) bool {
	for _, extension := range extensions {
		if !extension.Critical {
			continue
		}
		found := false
		for _, oid := range known {
			found = found || oid.Equal(extension.Id)
		}
		if !found {
			return false
		}
	}
	return true
}
