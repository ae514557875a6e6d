package formats

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"io"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/validation"
)

// Limits on what one attribute may hold.
const (
	maxPolicyURI = 1024
	maxValues    = 256 // certificates, lists and answers of one attribute
)

func bytesReader(data []byte) func() io.Reader {
	return func() io.Reader { return bytes.NewReader(data) }
}

// values returns the values of all attributes of a type.
func values(attributes []cms.Attribute, oid asn1.ObjectIdentifier) (all [][]byte) {
	for _, a := range attributes {
		if a.Type.Equal(oid) {
			all = append(all, a.Values...)
		}
	}
	return all
}

// readAlgorithms notes the algorithms that a signature depends on, but for its key.
func (f *cades) readAlgorithms(out *validation.Signature, s *cms.Signer) {
	algorithms, err := s.Algorithms()
	name := ""
	if err != nil {
		name = cms.NameOf(s.DigestAlgorithm)
	}
	out.Algorithms = append(out.Algorithms, validation.Algorithm{Hash: algorithms.Hash, Name: name})
	if algorithms.Binding != 0 {
		out.Algorithms = append(out.Algorithms, validation.Algorithm{Hash: algorithms.Binding, Binds: true})
	}
}

// readSigned reads the signed attributes. What is wrong with those that the signature itself depends on (content-type,
// message-digest, cms-algorithm-protection) is found when it is verified.
func (f *cades) readSigned(out *validation.Signature, s *cms.Signer) {
	has := func(oid asn1.ObjectIdentifier) bool { return len(values(s.Signed, oid)) > 0 }
	out.Attributes.ContentType = has(cms.OIDContentType)
	out.Attributes.MessageDigest = has(cms.OIDMessageDigest)
	out.Attributes.SigningTime = has(cms.OIDSigningTime)
	out.Attributes.SigningCertificate = has(cms.OIDSigningCertificate)
	out.Attributes.SigningCertificateV2 = has(cms.OIDSigningCertificateV2)
	for _, c := range f.Certificates {
		out.Attributes.CertificateEmbedded = out.Attributes.CertificateEmbedded || s.Names(c)
	}
	var err error
	if out.Claimed, err = s.SigningTime(); err != nil {
		malformed(out, "signing-time", err)
	}
	hash, digest, names, err := s.SigningCertificate()
	switch {
	case err != nil:
		malformed(out, "signing-certificate", err)
	case hash != 0:
		out.References = []validation.CertificateReference{{Hash: hash, Digest: digest, Names: names}}
	}
	if all := values(s.Signed, oidSignaturePolicy); len(all) > 0 {
		policy, ok := readPolicy(all[0])
		if !ok || len(all) > 1 {
			malformed(out, "signature-policy-identifier", nil)
			return
		}
		out.Policy = policy
	}
}

// malformed notes that an attribute breaks the rules of the format; what was found first stays.
func malformed(out *validation.Signature, attribute string, err error) {
	if out.Malformed == nil {
		c := validation.Fail(validation.FormatFailure, validation.Because(validation.ReasonMalformed, attribute, err))
		out.Malformed = &c
	}
}

// readPolicy reads SignaturePolicy (EN 319 122-1, 5.2.9.1): an identifier with a digest, or NULL for the implied one. Of its qualifiers the
// address counts.
func readPolicy(der cryptobyte.String) (*validation.SignaturePolicy, bool) {
	if der.PeekASN1Tag(cbasn1.NULL) {
		return &validation.SignaturePolicy{Implied: true}, true
	}
	var id, hash, qualifiers cryptobyte.String
	var algorithm cryptobyte.String
	out := new(validation.SignaturePolicy)
	if !der.ReadASN1(&id, cbasn1.SEQUENCE) || !der.Empty() || !id.ReadASN1ObjectIdentifier(&out.OID) {
		return nil, false
	}
	if id.Empty() { // the digest was optional once (RFC 3125)
		return out, true
	}
	if !id.ReadASN1(&hash, cbasn1.SEQUENCE) || !hash.ReadASN1Element(&algorithm, cbasn1.SEQUENCE) ||
		!hash.ReadASN1Bytes(&out.Digest, cbasn1.OCTET_STRING) || !hash.Empty() {
		return nil, false
	}
	out.Hash, _ = cms.HashOf(algorithm) // one that is not known makes a digest that is not known
	if id.Empty() {
		return out, true
	}
	if !id.ReadASN1(&qualifiers, cbasn1.SEQUENCE) || !id.Empty() {
		return nil, false
	}
	for !qualifiers.Empty() {
		var qualifier, uri cryptobyte.String
		var oid asn1.ObjectIdentifier
		if !qualifiers.ReadASN1(&qualifier, cbasn1.SEQUENCE) || !qualifier.ReadASN1ObjectIdentifier(&oid) {
			break // some programs leave out the sequence of one; the policy is named by its digest
		}
		if oid.Equal(oidSPuri) && qualifier.ReadASN1(&uri, cbasn1.IA5String) && len(uri) <= maxPolicyURI && out.URI == "" && isVisible(uri) {
			out.URI = string(uri)
		}
	}
	return out, true
}

// isVisible reports whether text is ASCII that can be seen.
func isVisible(text []byte) bool {
	for _, b := range text {
		if b <= ' ' || b > '~' {
			return false
		}
	}
	return true
}

// readCertificateValues reads CertificateValues (EN 319 122-1, A.1.1.2). What is not a certificate is left out.
func readCertificateValues(der cryptobyte.String) (out []*x509.Certificate) {
	var list cryptobyte.String
	if !der.ReadASN1(&list, cbasn1.SEQUENCE) {
		return nil
	}
	for n := 0; n < maxValues; n++ {
		var one cryptobyte.String
		if !list.ReadASN1Element(&one, cbasn1.SEQUENCE) {
			return out
		}
		if c, err := parseCertificate(one); err == nil {
			out = append(out, c)
		}
	}
	return out
}

// readRevocationValues reads RevocationValues (EN 319 122-1, A.1.1.4): lists, and basic OCSP responses, each of which is put into an
// OCSPResponse. Others are left out.
func readRevocationValues(der cryptobyte.String) (crls, ocsps [][]byte) {
	var all, field, list cryptobyte.String
	if !der.ReadASN1(&all, cbasn1.SEQUENCE) {
		return nil, nil
	}
	for tag := range uint8(2) {
		var present bool
		if !all.ReadOptionalASN1(&field, &present, cbasn1.Tag(tag).ContextSpecific().Constructed()) {
			return crls, ocsps
		}
		if !present || !field.ReadASN1(&list, cbasn1.SEQUENCE) {
			continue
		}
		for n := 0; n < maxValues; n++ {
			var one cryptobyte.String
			if !list.ReadASN1Element(&one, cbasn1.SEQUENCE) {
				break
			}
			if tag == 0 {
				crls = append(crls, one)
			} else if response, ok := asOCSPResponse(one); ok {
				ocsps = append(ocsps, response)
			}
		}
	}
	return crls, ocsps
}

// asOCSPResponse returns the OCSPResponse that a basic response, or an OCSPResponse, is.
func asOCSPResponse(der []byte) ([]byte, bool) {
	s := cryptobyte.String(der)
	var inside cryptobyte.String
	if !s.ReadASN1(&inside, cbasn1.SEQUENCE) {
		return nil, false
	}
	if inside.PeekASN1Tag(cbasn1.ENUM) { // some programs write it whole
		return der, true
	}
	return cms.OCSPResponse(der), true
}

// known reports whether a hash can be computed here.
func known(hash crypto.Hash) bool { return hash != 0 && hash.Available() }
