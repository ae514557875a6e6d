package revocation

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/pki"
)

// Media types of RFC 6960, appendix C.
const (
	typeOCSPRequest  = "application/ocsp-request"
	typeOCSPResponse = "application/ocsp-response"
)

// nonceSize is the length of our nonces in bytes (RFC 9654, 2.1).
const nonceSize = 32

func (c *Checker) askOCSP(ctx context.Context, url string, leaf, issuer *x509.Certificate) (*Answer, error) {
	id, err := newCertID(crypto.SHA1, leaf, issuer)
	if err != nil {
		return nil, invalid("certificate to ask about: %w", err)
	}
	nonce := c.Nonce
	if nonce == nil {
		nonce = make([]byte, nonceSize)
		rand.Read(nonce)
	}
	der, err := ocspRequest(id, nonce)
	if err != nil {
		return nil, invalid("OCSP request: %w", err)
	}
	request, err := newOCSPRequest(url, der)
	if err != nil {
		return nil, err
	}
	asked := c.now()
	body, err := c.fetch(ctx, request, typeOCSPResponse, MaxOCSP)
	if err != nil {
		return nil, err
	}
	answer, err := c.readOCSP(body, id, nonce, issuer, asked)
	if err != nil {
		return nil, err
	}
	answer.URL = url
	return answer, nil
}

// readOCSP checks an OCSP response to a request for id with nonce, sent at the time asked.
func (c *Checker) readOCSP(der []byte, id *certID, nonce []byte, issuer *x509.Certificate, asked time.Time) (*Answer, error) {
	response, err := parseOCSP(der)
	if err != nil {
		return nil, err
	}
	responder, err := response.responder(issuer, c.now(), current)
	if err != nil {
		return nil, err
	}
	withoutNonce := response.nonce == nil && c.WithoutNonce
	if !withoutNonce && !bytes.Equal(response.nonce, nonce) {
		return nil, invalid("OCSP answer has another nonce, or none")
	}
	single, err := response.about(id)
	if err != nil {
		return nil, err
	}
	if withoutNonce {
		if single.nextUpdate.IsZero() { // RFC 5019, 2.2.4
			return nil, invalid("OCSP answer has neither a nonce nor nextUpdate")
		}
		asked = single.thisUpdate // signed in advance
	}
	err = c.checkFresh(response, single, asked)
	if err != nil {
		return nil, err
	}
	switch single.status {
	case statusGood:
		return &Answer{
			DER: der, ProducedAt: response.producedAt, ThisUpdate: single.thisUpdate, NextUpdate: single.nextUpdate, Responder: responder,
		}, nil
	case statusRevoked:
		return nil, revoked("revoked at %v", single.revokedAt)
	}
	// The responder does not know a certificate whose path we trust: no statement, so no signature.
	return nil, invalid("OCSP responder does not know the certificate")
}

// responder returns the certificate whose key signed the response: the issuer's, or an embedded one that
// the issuer certified for signing OCSP answers (RFC 6960, 4.2.2.2). The signature has been checked then. A responder may
// embed several certificates of its name; only one of them fits.
//
// Whether such a responder's certificate is itself revoked is not asked: the providers mark it
// id-pkix-ocsp-nocheck, and RFC 6960, 4.2.2.2.1 leaves the rest to the relying party. at is when such a certificate must be valid.
func (r *ocspResponse) responder(issuer *x509.Certificate, at time.Time, by checks) (*x509.Certificate, error) {
	failure := invalid("the OCSP responder's certificate is not there")
	for _, signer := range append([]*x509.Certificate{issuer}, r.certificates...) {
		if !r.isFrom(signer) {
			continue
		}
		err := r.signedBy(signer, issuer, at, by)
		if err == nil {
			return signer, nil
		}
		failure = err
	}
	return nil, failure
}

// signedBy reports whether signer may answer for issuer, and has signed the response.
func (r *ocspResponse) signedBy(signer, issuer *x509.Certificate, at time.Time, by checks) error {
	if !signer.Equal(issuer) {
		if err := authorised(signer, issuer, at, by); err != nil {
			return err
		}
	}
	err := by.signature(signer, r.algorithm, r.signedData, r.signature)
	if err != nil {
		return invalid("signature of the OCSP answer: %w", err)
	}
	return nil
}

// authorised reports whether issuer certified signer, directly, for OCSP answers at this time.
func authorised(signer, issuer *x509.Certificate, at time.Time, by checks) error {
	if !pki.SameName(signer.RawIssuer, issuer.RawSubject) {
		return invalid("the OCSP responder is not certified by the issuer")
	}
	err := by.issued(signer, issuer)
	if err != nil {
		return invalid("the OCSP responder is not certified by the issuer: %w", err)
	}
	err = pki.CheckNamedIssuer(signer, issuer)
	if err == nil {
		err = pki.CheckOthers(signer)
	}
	if err == nil {
		err = pki.CheckKey(signer)
	}
	if err != nil {
		return invalid("the OCSP responder's certificate: %w", err)
	}
	if !slices.Contains(signer.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) {
		return invalid("the OCSP responder's certificate lacks id-kp-OCSPSigning")
	}
	if signer.KeyUsage != 0 && signer.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0 {
		return invalid("the OCSP responder's key is not for signing")
	}
	if len(signer.UnhandledCriticalExtensions) > 0 {
		return invalid("the OCSP responder's certificate has an unknown critical extension")
	}
	if at.Before(signer.NotBefore) || at.After(signer.NotAfter) {
		return invalid("the OCSP responder's certificate is valid from %v to %v", signer.NotBefore, signer.NotAfter)
	}
	return nil
}

// checkFresh compares the answer's three times with the clock. The nonce already says that the answer was
// signed for this request, so producedAt must lie after it.
func (c *Checker) checkFresh(response *ocspResponse, single *singleResponse, asked time.Time) error {
	now := c.now()
	latest := now.Add(c.skew())
	if response.producedAt.Before(asked.Add(-c.skew())) || response.producedAt.After(latest) {
		return invalid("OCSP answer was signed at %v", response.producedAt)
	}
	if single.thisUpdate.After(latest) {
		return invalid("OCSP answer is of the future: thisUpdate %v", single.thisUpdate)
	}
	if single.nextUpdate.IsZero() {
		if single.thisUpdate.Add(c.maxAge() + c.skew()).Before(now) {
			return invalid("OCSP answer is stale: thisUpdate %v", single.thisUpdate)
		}
		return nil
	}
	if single.nextUpdate.Add(c.skew()).Before(now) || single.nextUpdate.Before(single.thisUpdate) {
		return invalid("OCSP answer is stale: thisUpdate %v, nextUpdate %v", single.thisUpdate, single.nextUpdate)
	}
	return nil
}
