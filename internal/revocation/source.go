package revocation

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"net/http"
)

// Fetch asks for what is said of subject today, and judges nothing of it: that is for ReadOCSP and ReadCRL. It asks the OCSP responders that
// subject names until one answers, and where none does fetches the lists at its distribution points. The path from subject to an
// anchor must have been built before (package comment). The error is that of the last server, where none gave anything.
func (c *Checker) Fetch(ctx context.Context, subject, issuer *x509.Certificate) (ocsps, crls [][]byte, err error) {
	err = unavailable(errNoAddress)
	for _, url := range addresses(subject.OCSPServer, maxURLs) {
		var der []byte
		if der, err = c.fetchOCSP(ctx, url, subject, issuer); err == nil {
			return [][]byte{der}, nil, nil
		}
	}
	crls, listsErr := c.FetchCRLs(ctx, subject)
	if len(crls) > 0 || len(addresses(subject.CRLDistributionPoints, maxURLs)) > 0 {
		err = listsErr
	}
	return nil, crls, err
}

// FetchCRLs is Fetch of the lists alone, without asking responders.
func (c *Checker) FetchCRLs(ctx context.Context, subject *x509.Certificate) (crls [][]byte, err error) {
	err = unavailable(errNoAddress)
	for _, url := range addresses(subject.CRLDistributionPoints, maxURLs) {
		request, failure := http.NewRequest(http.MethodGet, url, nil)
		if failure != nil {
			err = unavailable(failure)
			continue
		}
		var der []byte
		if der, err = c.fetch(ctx, request, "", MaxCRL); err == nil {
			crls = append(crls, der)
		}
	}
	if len(crls) > 0 {
		err = nil
	}
	return crls, err
}

// fetchOCSP asks one responder, with a nonce: one that keeps answers makes a new one then.
func (c *Checker) fetchOCSP(ctx context.Context, url string, subject, issuer *x509.Certificate) ([]byte, error) {
	id, err := newCertID(crypto.SHA1, subject, issuer)
	if err != nil {
		return nil, invalid("certificate to ask about: %w", err)
	}
	nonce := make([]byte, nonceSize)
	rand.Read(nonce)
	der, err := ocspRequest(id, nonce)
	if err != nil {
		return nil, invalid("OCSP request: %w", err)
	}
	request, err := newOCSPRequest(url, der)
	if err != nil {
		return nil, err
	}
	return c.fetch(ctx, request, typeOCSPResponse, MaxOCSP)
}

// newOCSPRequest is an HTTP request with an OCSPRequest.
func newOCSPRequest(url string, der []byte) (*http.Request, error) {
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(der))
	if err != nil {
		return nil, unavailable(err)
	}
	request.Header.Set("Content-Type", typeOCSPRequest)
	request.Header.Set("Accept", typeOCSPResponse)
	return request, nil
}
