package revocation

import (
	"crypto/x509"
	"encoding/asn1"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// signatureAlgorithms are those an answer may be signed with, by identifier (RFC 5754). What is not here,
// SHA-1 first of all, stays x509.UnknownSignatureAlgorithm, with which no signature verifies.
var signatureAlgorithms = map[string]x509.SignatureAlgorithm{
	"1.2.840.113549.1.1.11": x509.SHA256WithRSA,
	"1.2.840.113549.1.1.12": x509.SHA384WithRSA,
	"1.2.840.113549.1.1.13": x509.SHA512WithRSA,
	"1.2.840.10045.4.3.2":   x509.ECDSAWithSHA256,
	"1.2.840.10045.4.3.3":   x509.ECDSAWithSHA384,
	"1.2.840.10045.4.3.4":   x509.ECDSAWithSHA512,
}

// readBasic reads BasicOCSPResponse.
func readBasic(der cryptobyte.String) (*ocspResponse, error) {
	var basic, signed, data, algorithm cryptobyte.String
	var oid asn1.ObjectIdentifier
	var out ocspResponse
	if !der.ReadASN1(&basic, cbasn1.SEQUENCE) || !der.Empty() ||
		!basic.ReadASN1Element(&signed, cbasn1.SEQUENCE) ||
		!basic.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&oid) ||
		!basic.ReadASN1BitStringAsBytes(&out.signature) {
		return nil, invalid("BasicOCSPResponse")
	}
	// Parameters are absent or NULL; neither changes what the identifier says.
	if !algorithm.Empty() && (!algorithm.SkipASN1(cbasn1.NULL) || !algorithm.Empty()) {
		return nil, invalid("parameters of the OCSP answer's signature algorithm")
	}
	out.signedData = signed
	out.algorithm = signatureAlgorithms[oid.String()]
	var certificates cryptobyte.String
	var present bool
	if !basic.ReadOptionalASN1(&certificates, &present, tagged(0)) || !basic.Empty() {
		return nil, invalid("BasicOCSPResponse")
	}
	if present {
		var err error
		out.certificates, err = readCertificates(certificates)
		if err != nil {
			return nil, err
		}
	}
	if !signed.ReadASN1(&data, cbasn1.SEQUENCE) {
		return nil, invalid("ResponseData")
	}
	err := out.readData(data)
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// readCertificates reads the certs field, SEQUENCE OF Certificate.
func readCertificates(explicit cryptobyte.String) ([]*x509.Certificate, error) {
	var list cryptobyte.String
	if !explicit.ReadASN1(&list, cbasn1.SEQUENCE) || !explicit.Empty() {
		return nil, invalid("certificates in the OCSP answer")
	}
	var out []*x509.Certificate
	for !list.Empty() {
		var der cryptobyte.String
		if !list.ReadASN1Element(&der, cbasn1.SEQUENCE) || len(out) == maxCertificates {
			return nil, invalid("certificates in the OCSP answer")
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, invalid("certificate in the OCSP answer: %w", err)
		}
		out = append(out, c)
	}
	return out, nil
}

// readData reads ResponseData. The version is 1, which DER leaves out.
func (out *ocspResponse) readData(data cryptobyte.String) error {
	var name, key, responses cryptobyte.String
	switch {
	case data.PeekASN1Tag(tagged(1)):
		if !data.ReadASN1(&name, tagged(1)) || !name.PeekASN1Tag(cbasn1.SEQUENCE) {
			return invalid("ResponderID")
		}
		out.responderName = name
	case data.PeekASN1Tag(tagged(2)):
		if !data.ReadASN1(&key, tagged(2)) || !key.ReadASN1Bytes(&out.responderKey, cbasn1.OCTET_STRING) || !key.Empty() {
			return invalid("ResponderID")
		}
	default:
		return invalid("ResponderID")
	}
	if !data.ReadASN1GeneralizedTime(&out.producedAt) || !data.ReadASN1(&responses, cbasn1.SEQUENCE) {
		return invalid("ResponseData")
	}
	for !responses.Empty() {
		var single cryptobyte.String
		if !responses.ReadASN1(&single, cbasn1.SEQUENCE) || len(out.responses) == maxResponses {
			return invalid("responses in the OCSP answer")
		}
		r, err := readSingle(single)
		if err != nil {
			return err
		}
		out.responses = append(out.responses, r)
	}
	nonce, err := readExtensions(&data)
	if err != nil {
		return err
	}
	out.nonce = nonce
	return nil
}

// readSingle reads SingleResponse.
func readSingle(s cryptobyte.String) (*singleResponse, error) {
	var out singleResponse
	var id, next cryptobyte.String
	var present bool
	var err error
	if !s.ReadASN1(&id, cbasn1.SEQUENCE) {
		return nil, invalid("CertID")
	}
	out.id, err = readCertID(id)
	if err != nil {
		return nil, err
	}
	if !readStatus(&s, &out) || !s.ReadASN1GeneralizedTime(&out.thisUpdate) || !s.ReadOptionalASN1(&next, &present, tagged(0)) {
		return nil, invalid("SingleResponse")
	}
	if present && (!next.ReadASN1GeneralizedTime(&out.nextUpdate) || !next.Empty()) {
		return nil, invalid("nextUpdate")
	}
	_, err = readExtensions(&s)
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// readCertID reads CertID. It returns nil for one made with another hash than ours: no answer to us.
func readCertID(s cryptobyte.String) (*certID, error) {
	var algorithm cryptobyte.String
	var oid asn1.ObjectIdentifier
	out := certID{serial: new(big.Int)}
	if !s.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&oid) ||
		!s.ReadASN1Bytes(&out.nameHash, cbasn1.OCTET_STRING) || !s.ReadASN1Bytes(&out.keyHash, cbasn1.OCTET_STRING) ||
		!s.ReadASN1Integer(out.serial) || !s.Empty() {
		return nil, invalid("CertID")
	}
	if !oid.Equal(oidSHA1) {
		return nil, nil
	}
	return &out, nil
}

// readStatus reads CertStatus: [0] NULL, [1] RevokedInfo, [2] NULL, all IMPLICIT.
func readStatus(s *cryptobyte.String, out *singleResponse) bool {
	var content cryptobyte.String
	var tag cbasn1.Tag
	if !s.ReadAnyASN1(&content, &tag) {
		return false
	}
	switch tag {
	case cbasn1.Tag(0).ContextSpecific():
		out.status = statusGood
		return content.Empty()
	case tagged(1):
		out.status = statusRevoked
		// The reason that may follow changes nothing.
		return content.ReadASN1GeneralizedTime(&out.revokedAt)
	case cbasn1.Tag(2).ContextSpecific():
		out.status = statusUnknown
		return content.Empty()
	}
	return false
}

// readExtensions reads the optional [1] Extensions that end a structure, refuses critical ones that are not
// known, and returns the nonce.
func readExtensions(s *cryptobyte.String) (nonce []byte, err error) {
	var explicit, list cryptobyte.String
	var present bool
	if !s.ReadOptionalASN1(&explicit, &present, tagged(1)) || !s.Empty() {
		return nil, invalid("extensions in the OCSP answer")
	}
	if !present {
		return nil, nil
	}
	if !explicit.ReadASN1(&list, cbasn1.SEQUENCE) || !explicit.Empty() {
		return nil, invalid("extensions in the OCSP answer")
	}
	for n := 0; !list.Empty(); n++ {
		var extension, value cryptobyte.String
		var oid asn1.ObjectIdentifier
		var critical bool
		if !list.ReadASN1(&extension, cbasn1.SEQUENCE) || !extension.ReadASN1ObjectIdentifier(&oid) ||
			extension.PeekASN1Tag(cbasn1.BOOLEAN) && !extension.ReadASN1Boolean(&critical) ||
			!extension.ReadASN1(&value, cbasn1.OCTET_STRING) || !extension.Empty() || n == maxExtensions {
			return nil, invalid("extensions in the OCSP answer")
		}
		switch {
		case oid.Equal(oidOCSPNonce):
			if nonce != nil || !value.ReadASN1Bytes(&nonce, cbasn1.OCTET_STRING) || !value.Empty() {
				return nil, invalid("nonce in the OCSP answer")
			}
		case critical:
			return nil, invalid("unknown critical extension %v in the OCSP answer", oid)
		}
	}
	return nonce, nil
}
