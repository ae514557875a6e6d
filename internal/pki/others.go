package pki

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	oidKeyUsage          = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidBasicConstraints  = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidPolicies          = asn1.ObjectIdentifier{2, 5, 29, 32}
	oidPolicyConstraints = asn1.ObjectIdentifier{2, 5, 29, 36}
	oidExtensions        = asn1.ObjectIdentifier{2, 5, 29} // id-ce
)

// otherPurposes are extensions of certificates that OpenSSL judges by rules of their own: of proxies (RFC 3820) and of holders
// of internet addresses (RFC 3779). None belongs into a path to a person.
var otherPurposes = []asn1.ObjectIdentifier{
	{1, 3, 6, 1, 5, 5, 7, 1, 14}, {1, 3, 6, 1, 5, 5, 7, 1, 7}, {1, 3, 6, 1, 5, 5, 7, 1, 8},
}

// CheckOthers refuses what OpenSSL and BouncyCastle refuse in a certificate and x509 passes over: they must accept what is
// accepted here, or its signer could disown it.
func CheckOthers(c *x509.Certificate) error {
	if c.Version != 3 { // x509 passes over the extensions of version 1
		return fmt.Errorf("version %d", c.Version)
	}
	for _, extension := range c.Extensions {
		if err := checkExtension(c, extension); err != nil {
			return fmt.Errorf("extension %v: %w", extension.Id, err)
		}
	}
	if _, err := namesOf(c); err != nil {
		return err
	}
	if _, err := DistributionPoints(c); err != nil {
		return err
	}
	_, err := FreshestCRL(c)
	return err
}

func checkExtension(c *x509.Certificate, extension pkix.Extension) error {
	id, value := extension.Id, cryptobyte.String(extension.Value)
	if slices.ContainsFunc(otherPurposes, id.Equal) {
		return errors.New("of certificates for another purpose")
	}
	if len(id) == 4 && id[:3].Equal(oidExtensions) { // of RFC 5280, so that others look into it
		if err := CheckDER(value); err != nil {
			return err
		}
	}
	ok := true
	switch {
	case id.Equal(oidKeyUsage):
		ok = c.KeyUsage != 0
	case id.Equal(oidBasicConstraints):
		var s cryptobyte.String
		ok = value.ReadASN1(&s, cbasn1.SEQUENCE) && s.SkipOptionalASN1(cbasn1.BOOLEAN) && s.SkipOptionalASN1(cbasn1.INTEGER) && s.Empty()
	case id.Equal(oidPolicies):
		ok = arePolicies(value)
	case id.Equal(oidPolicyConstraints):
		var s cryptobyte.String
		ok = value.ReadASN1(&s, cbasn1.SEQUENCE) && skipNumber(&s, 0) && skipNumber(&s, 1) && s.Empty()
	}
	if !ok {
		return errors.New("other fields than its own, or none of use")
	}
	return nil
}

// arePolicies reports whether der is CertificatePolicies (RFC 5280, 4.2.1.4), whatever the qualifiers are.
func arePolicies(der cryptobyte.String) bool {
	var list, policy, qualifiers, qualifier cryptobyte.String
	if !der.ReadASN1(&list, cbasn1.SEQUENCE) {
		return false
	}
	for !list.Empty() {
		if !list.ReadASN1(&policy, cbasn1.SEQUENCE) || !policy.SkipASN1(cbasn1.OBJECT_IDENTIFIER) ||
			!policy.ReadOptionalASN1(&qualifiers, nil, cbasn1.SEQUENCE) || !policy.Empty() {
			return false
		}
		for !qualifiers.Empty() {
			if !qualifiers.ReadASN1(&qualifier, cbasn1.SEQUENCE) || !qualifier.SkipASN1(cbasn1.OBJECT_IDENTIFIER) {
				return false
			}
		}
		qualifiers = nil
	}
	return true
}

// skipNumber skips an optional [n] IMPLICIT INTEGER that is not negative.
func skipNumber(s *cryptobyte.String, n uint8) bool {
	var content cryptobyte.String
	var present bool
	ok := s.ReadOptionalASN1(&content, &present, cbasn1.Tag(n).ContextSpecific())
	return ok && (!present || len(content) > 0 && content[0]&0x80 == 0 && checkPrimitive(cbasn1.INTEGER, content) == nil)
}

// checkOtherName reports whether content is an OtherName (RFC 5280, 4.2.1.6).
func checkOtherName(content cryptobyte.String) error {
	var value cryptobyte.String
	if !content.SkipASN1(cbasn1.OBJECT_IDENTIFIER) || !content.ReadASN1(&value, explicit(0)) || !content.Empty() || value.Empty() {
		return errors.New("an otherName is not a type and a value")
	}
	return nil
}
