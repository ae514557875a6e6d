package revocation

import (
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/pki"
)

// checks verify signatures over answers and lists, and over certificates of responders.
type checks struct {
	signature func(signer *x509.Certificate, algorithm x509.SignatureAlgorithm, signed, signature []byte) error
	issued    func(c, issuer *x509.Certificate) error
}

// current is for what is asked today; only a test of answers from 2012, which SHA-1 has signed, puts legacy in its place. legacy
// is for Material, whose readers judge algorithms by their date.
var (
	current = checks{pki.CheckSignature, pki.CheckIssued}
	legacy  = checks{pki.CheckLegacySignature, pki.CheckLegacyIssued}
)

// readBasic reads BasicOCSPResponse.
func readBasic(der cryptobyte.String) (*ocspResponse, error) {
	var basic, signed, data, algorithm cryptobyte.String
	var out ocspResponse
	if err := pki.CheckDER(der); err != nil {
		return nil, invalid("BasicOCSPResponse: %w", err)
	}
	if !der.ReadASN1(&basic, cbasn1.SEQUENCE) || !der.Empty() ||
		!basic.ReadASN1Element(&signed, cbasn1.SEQUENCE) ||
		!basic.ReadASN1(&algorithm, cbasn1.SEQUENCE) ||
		!basic.ReadASN1BitStringAsBytes(&out.signature) {
		return nil, invalid("BasicOCSPResponse")
	}
	var err error
	out.algorithm, err = pki.ReadSignatureAlgorithm(algorithm)
	if err != nil {
		return nil, invalid("OCSP answer: %w", err)
	}
	out.signedData = signed
	var certificates cryptobyte.String
	var present bool
	if !basic.ReadOptionalASN1(&certificates, &present, tagged(0)) || !basic.Empty() {
		return nil, invalid("BasicOCSPResponse")
	}
	if present {
		out.certificates, err = readCertificates(certificates)
		if err != nil {
			return nil, err
		}
	}
	if !signed.ReadASN1(&data, cbasn1.SEQUENCE) {
		return nil, invalid("ResponseData")
	}
	err = out.readData(data)
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// readCertificates reads the certs field, SEQUENCE OF Certificate. What is a whole certificate and still not one that can be
// read is passed over: responders embed roots and others that the answer does not need.
func readCertificates(explicit cryptobyte.String) ([]*x509.Certificate, error) {
	var list cryptobyte.String
	if !explicit.ReadASN1(&list, cbasn1.SEQUENCE) || !explicit.Empty() {
		return nil, invalid("certificates in the OCSP answer")
	}
	var out []*x509.Certificate
	for n := 0; !list.Empty(); n++ {
		var der cryptobyte.String
		if !list.ReadASN1Element(&der, cbasn1.SEQUENCE) || n == maxCertificates {
			return nil, invalid("certificates in the OCSP answer")
		}
		if err := pki.CheckCertificate(der); err != nil { // no signature covers what else stands there
			return nil, invalid("certificate in the OCSP answer: %w", err)
		}
		if c, err := pki.ParseX509(der); err == nil {
			out = append(out, c)
		}
	}
	return out, nil
}

// readData reads ResponseData. The version is 1, which DER leaves out and some responders write.
func (out *ocspResponse) readData(data cryptobyte.String) error {
	var name, key, responses, version cryptobyte.String
	var number int
	if data.PeekASN1Tag(tagged(0)) && (!data.ReadASN1(&version, tagged(0)) || !version.ReadASN1Integer(&number) || number != 0 || !version.Empty()) {
		return invalid("version of the OCSP answer")
	}
	switch {
	case data.PeekASN1Tag(tagged(1)):
		if !data.ReadASN1(&name, tagged(1)) || !name.ReadASN1Element((*cryptobyte.String)(&out.responderName), cbasn1.SEQUENCE) || !name.Empty() {
			return invalid("ResponderID")
		}
	case data.PeekASN1Tag(tagged(2)):
		if !data.ReadASN1(&key, tagged(2)) || !key.ReadASN1Bytes(&out.responderKey, cbasn1.OCTET_STRING) || !key.Empty() {
			return invalid("ResponderID")
		}
	default:
		return invalid("ResponderID")
	}
	if !readGeneralizedTime(&data, &out.producedAt) || !data.ReadASN1(&responses, cbasn1.SEQUENCE) {
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
	extensions, err := readExtensions(&data)
	if err != nil {
		return err
	}
	out.nonce = extensions.nonce
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
	if !readStatus(&s, &out) || !readGeneralizedTime(&s, &out.thisUpdate) || !s.ReadOptionalASN1(&next, &present, tagged(0)) {
		return nil, invalid("SingleResponse")
	}
	if present && (!readGeneralizedTime(&next, &out.nextUpdate) || !next.Empty()) {
		return nil, invalid("nextUpdate")
	}
	extensions, err := readExtensions(&s)
	if err != nil {
		return nil, err
	}
	out.archiveCutoff = extensions.archiveCutoff
	return &out, nil
}

// readCertID reads CertID. It returns nil for one made with a hash that is not known: no answer to us.
func readCertID(s cryptobyte.String) (*certID, error) {
	var algorithm cryptobyte.String
	var oid asn1.ObjectIdentifier
	out := certID{serial: new(big.Int)}
	if !s.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&oid) ||
		!algorithm.SkipOptionalASN1(cbasn1.NULL) || !algorithm.Empty() ||
		!s.ReadASN1Bytes(&out.nameHash, cbasn1.OCTET_STRING) || !s.ReadASN1Bytes(&out.keyHash, cbasn1.OCTET_STRING) ||
		!s.ReadASN1Integer(out.serial) || !s.Empty() {
		return nil, invalid("CertID")
	}
	hash, known := idHashes[oid.String()]
	if !known {
		return nil, nil
	}
	out.hash = hash
	return &out, nil
}

// readGeneralizedTime reads a time in UTC. Fractions of a second, which RFC 5280 leaves out and some responders write, are
// dropped.
func readGeneralizedTime(s *cryptobyte.String, out *time.Time) bool {
	var content cryptobyte.String
	if !s.ReadASN1(&content, cbasn1.GeneralizedTime) {
		return false
	}
	whole, fraction, found := strings.Cut(strings.TrimSuffix(string(content), "Z"), ".")
	digits := strings.Trim(fraction, "0123456789") == "" && fraction != "" && len(fraction) <= 9 && !strings.HasSuffix(fraction, "0")
	at, err := time.Parse("20060102150405Z", whole+"Z")
	if err != nil || len(whole) != 14 || found && !digits || content[len(content)-1] != 'Z' {
		return false
	}
	*out = at
	return true
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
		return readGeneralizedTime(&content, &out.revokedAt) && readReason(content, &out.reason)
	case cbasn1.Tag(2).ContextSpecific():
		out.status = statusUnknown
		return content.Empty()
	}
	return false
}

// readReason reads the CRLReason that may end RevokedInfo: [0] EXPLICIT.
func readReason(s cryptobyte.String, out *int) bool {
	var explicit cryptobyte.String
	var present bool
	return s.ReadOptionalASN1(&explicit, &present, tagged(0)) && s.Empty() &&
		(!present || explicit.ReadASN1Enum(out) && explicit.Empty())
}

// ocspExtensions are those of an answer, or of one statement in it, that count.
type ocspExtensions struct {
	nonce         []byte
	archiveCutoff time.Time
}

// readExtensions reads the optional [1] Extensions that end a structure, and refuses critical ones that are not known.
func readExtensions(s *cryptobyte.String) (out ocspExtensions, err error) {
	var explicit, list cryptobyte.String
	var present bool
	if !s.ReadOptionalASN1(&explicit, &present, tagged(1)) || !s.Empty() {
		return out, invalid("extensions in the OCSP answer")
	}
	if !present {
		return out, nil
	}
	if !explicit.ReadASN1(&list, cbasn1.SEQUENCE) || !explicit.Empty() {
		return out, invalid("extensions in the OCSP answer")
	}
	var seen []string
	for !list.Empty() {
		var extension, value cryptobyte.String
		var oid asn1.ObjectIdentifier
		var critical bool
		if !list.ReadASN1(&extension, cbasn1.SEQUENCE) || !extension.ReadASN1ObjectIdentifier(&oid) ||
			extension.PeekASN1Tag(cbasn1.BOOLEAN) && !extension.ReadASN1Boolean(&critical) ||
			!extension.ReadASN1(&value, cbasn1.OCTET_STRING) || !extension.Empty() || len(seen) == maxExtensions {
			return out, invalid("extensions in the OCSP answer")
		}
		if slices.Contains(seen, oid.String()) { // which BouncyCastle refuses
			return out, invalid("extension %v twice in the OCSP answer", oid)
		}
		seen = append(seen, oid.String())
		switch {
		case oid.Equal(oidOCSPNonce):
			if !value.ReadASN1Bytes(&out.nonce, cbasn1.OCTET_STRING) || !value.Empty() {
				return out, invalid("nonce in the OCSP answer")
			}
		case oid.Equal(oidArchiveCutoff):
			if !readGeneralizedTime(&value, &out.archiveCutoff) || !value.Empty() {
				return out, invalid("archive cutoff in the OCSP answer")
			}
		case critical:
			return out, invalid("unknown critical extension %v in the OCSP answer", oid)
		}
	}
	return out, nil
}
