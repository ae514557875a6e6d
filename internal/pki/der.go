package pki

import (
	"crypto/x509"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/redact"
)

// maxNesting is how deep elements may lie in each other. The deepest of a certificate, a name constraint, is at 12.
const maxNesting = 32

// ParseX509 reads a certificate whose DER holds the fields of RFC 5280, 4.1 and nothing besides. x509.ParseCertificate
// passes over what follows those fields inside their SEQUENCE. Whoever carries the certificate can put bytes there, which
// no signature covers, and OpenSSL and BouncyCastle then refuse the certificate and every signature that it belongs to.
// Some that x509 refuses, and others do not, are read all the same (unread.go, distribution.go).
func ParseX509(der []byte) (*x509.Certificate, error) {
	if err := CheckCertificate(der); err != nil {
		return nil, err
	}
	c, err := x509.ParseCertificate(der)
	if err == nil {
		return c, nil
	}
	if c = readPlain(der); c != nil {
		return c, nil
	}
	if c = parseRelativeNames(der); c != nil {
		return c, nil
	}
	return nil, errors.New(redact.Text(err.Error())) // x509 quotes addresses
}

// CheckCertificate reports whether der is a Certificate from its first byte to its last, and DER throughout. What the
// fields say is not looked at.
func CheckCertificate(der []byte) error {
	if err := CheckDER(der); err != nil {
		return err
	}
	input := cryptobyte.String(der)
	var certificate, tbs, extensions cryptobyte.String
	var signature []byte
	if !input.ReadASN1(&certificate, cbasn1.SEQUENCE) || !certificate.ReadASN1(&tbs, cbasn1.SEQUENCE) ||
		!certificate.SkipASN1(cbasn1.SEQUENCE) || !certificate.ReadASN1BitStringAsBytes(&signature) || !certificate.Empty() {
		return errors.New("a certificate is not TBSCertificate, algorithm and signature")
	}
	var extended bool
	if !tbs.SkipOptionalASN1(explicit(0)) || !tbs.SkipASN1(cbasn1.INTEGER) || // version, serialNumber
		!tbs.SkipASN1(cbasn1.SEQUENCE) || !tbs.SkipASN1(cbasn1.SEQUENCE) || // signature, issuer
		!tbs.SkipASN1(cbasn1.SEQUENCE) || !tbs.SkipASN1(cbasn1.SEQUENCE) || // validity, subject
		!tbs.SkipASN1(cbasn1.SEQUENCE) || // subjectPublicKeyInfo
		!tbs.SkipOptionalASN1(cbasn1.Tag(1).ContextSpecific()) || !tbs.SkipOptionalASN1(cbasn1.Tag(2).ContextSpecific()) || // unique identifiers
		!tbs.ReadOptionalASN1(&extensions, &extended, explicit(3)) || !tbs.Empty() {
		return errors.New("a TBSCertificate has other fields than its own")
	}
	if !extended {
		return nil
	}
	return checkExtensions(extensions)
}

// checkExtensions reads Extensions (RFC 5280, 4.1): each is an identifier, a flag and an OCTET STRING.
func checkExtensions(explicit cryptobyte.String) error {
	var list, extension cryptobyte.String
	if !explicit.ReadASN1(&list, cbasn1.SEQUENCE) || !explicit.Empty() {
		return errors.New("extensions are not one sequence")
	}
	for !list.Empty() {
		if !list.ReadASN1(&extension, cbasn1.SEQUENCE) || !extension.SkipASN1(cbasn1.OBJECT_IDENTIFIER) ||
			!extension.SkipOptionalASN1(cbasn1.BOOLEAN) || !extension.SkipASN1(cbasn1.OCTET_STRING) || !extension.Empty() {
			return errors.New("an extension has other fields than its own")
		}
	}
	return nil
}

// explicit returns the tag [n], constructed.
func explicit(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific().Constructed() }

// CheckDER reports whether der is one element in DER, as far as this can be told without its type: lengths are definite
// and as short as they can be, strings are in one piece, and integers, booleans, identifiers and bits have their only
// form. Octet strings are not looked into. An order of sets, and defaults that are written out, go unseen.
func CheckDER(der []byte) error {
	rest := cryptobyte.String(der)
	if err := checkElement(&rest, 0); err != nil {
		return err
	}
	if !rest.Empty() {
		return fmt.Errorf("%d bytes after the element", len(rest))
	}
	return nil
}

func checkElement(s *cryptobyte.String, depth int) error {
	var content cryptobyte.String
	var tag cbasn1.Tag
	if depth > maxNesting {
		return fmt.Errorf("elements in each other, more than %d deep", maxNesting)
	}
	if !s.ReadAnyASN1(&content, &tag) { // checks that the length is definite and short
		return errors.New("not an element in DER")
	}
	if tag&constructed == 0 {
		return checkPrimitive(tag, content)
	}
	if universal := tag & classAndNumber; universal < contextClass && tag != cbasn1.SEQUENCE && tag != cbasn1.SET {
		return fmt.Errorf("constructed element of tag %#x", tag)
	}
	for !content.Empty() {
		if err := checkElement(&content, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// Parts of an identifier octet (X.690, 8.1.2).
const (
	constructed    = cbasn1.Tag(0x20)
	classAndNumber = cbasn1.Tag(0xdf)
	contextClass   = cbasn1.Tag(0x40) // the first that is not universal
)

// checkPrimitive reports whether content has the only form that DER gives a value of a universal type (X.690, 8 and 11).
func checkPrimitive(tag cbasn1.Tag, content cryptobyte.String) error {
	ok := true
	switch tag {
	case cbasn1.SEQUENCE &^ constructed, cbasn1.SET &^ constructed:
		ok = false
	case cbasn1.BOOLEAN:
		ok = len(content) == 1 && (content[0] == 0 || content[0] == 0xff)
	case cbasn1.INTEGER, cbasn1.ENUM:
		ok = len(content) > 0 && (len(content) == 1 || content[0] != 0 && content[0] != 0xff ||
			content[0]>>7 != content[1]>>7)
	case cbasn1.NULL:
		ok = content.Empty()
	case cbasn1.BIT_STRING:
		ok = isBitString(content)
	case cbasn1.OBJECT_IDENTIFIER:
		ok = isObjectIdentifier(content)
	}
	if !ok {
		return fmt.Errorf("element of tag %#x that is not DER", tag)
	}
	return nil
}

// isBitString reports whether the unused bits are fewer than eight, and zero.
func isBitString(content []byte) bool {
	if len(content) == 0 || content[0] > 7 {
		return false
	}
	unused := content[0]
	if len(content) == 1 {
		return unused == 0
	}
	return content[len(content)-1]&(1<<unused-1) == 0
}

// isObjectIdentifier reports whether each arc is as short as it can be, and whole.
func isObjectIdentifier(content []byte) bool {
	starts := true
	for _, b := range content {
		if starts && b == 0x80 {
			return false
		}
		starts = b&0x80 == 0
	}
	return len(content) > 0 && starts
}
