package pki

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// SameName reports whether two names in DER are the same by RFC 5280, 7.1: whatever string types they are written in,
// without regard to case and to spaces at the ends or in a row. Letters beyond ASCII must be equal, and a tab is no space:
// OpenSSL and BouncyCastle, which must accept what is accepted here, do not both fold others. An empty name is the same as no other.
//
// A name proves nothing. Whoever finds a certificate by its name checks a signature with its key.
func SameName(a, b []byte) bool {
	first, err := canonicalName(a)
	if err != nil {
		return false
	}
	second, err := canonicalName(b)
	return err == nil && len(first) > 0 && slices.Equal(first, second)
}

// canonicalName returns a name's relative distinguished names, each as a string that is equal for equal ones.
func canonicalName(der cryptobyte.String) ([]string, error) {
	var name, set cryptobyte.String
	if !der.ReadASN1(&name, cbasn1.SEQUENCE) || !der.Empty() {
		return nil, errors.New("a name is not a sequence")
	}
	var out []string
	for !name.Empty() {
		if !name.ReadASN1(&set, cbasn1.SET) || set.Empty() {
			return nil, errors.New("a relative distinguished name is not a set")
		}
		var attributes []string
		for !set.Empty() {
			attribute, err := canonicalAttribute(&set)
			if err != nil {
				return nil, err
			}
			attributes = append(attributes, attribute)
		}
		slices.Sort(attributes)
		out = append(out, strings.Join(attributes, "+"))
	}
	return out, nil
}

func canonicalAttribute(set *cryptobyte.String) (string, error) {
	var attribute, id, value cryptobyte.String
	var tag cbasn1.Tag
	if !set.ReadASN1(&attribute, cbasn1.SEQUENCE) || !attribute.ReadASN1(&id, cbasn1.OBJECT_IDENTIFIER) ||
		!attribute.ReadAnyASN1(&value, &tag) || !attribute.Empty() {
		return "", errors.New("an attribute of a name is not a type and a value")
	}
	if text, ok := decodeString(tag, value); ok {
		return fmt.Sprintf("%x=%q", id, foldString(text)), nil
	}
	switch tag {
	case cbasn1.BOOLEAN, cbasn1.INTEGER, cbasn1.BIT_STRING, cbasn1.OCTET_STRING, cbasn1.OBJECT_IDENTIFIER, cbasn1.SEQUENCE, cbasn1.SET, tagNumericString:
	default: // OpenSSL or BouncyCastle cannot read it
		return "", fmt.Errorf("an attribute of a name is of type %#x, or is no text of that type", tag)
	}
	return fmt.Sprintf("%x=#%x:%x", id, tag, value), nil
}

// String types of X.680 that cryptobyte has no name for.
const (
	tagNumericString   = cbasn1.Tag(18)
	tagVisibleString   = cbasn1.Tag(26)
	tagUniversalString = cbasn1.Tag(28)
	tagBMPString       = cbasn1.Tag(30)
)

// decodeString returns the text of a value whose type compares by its letters; false for other types, and for bytes that
// are no text of that type. Bytes beyond ASCII of a TeletexString, and of a type that has none, are read as ISO 8859-1, as
// OpenSSL does.
func decodeString(tag cbasn1.Tag, value []byte) (string, bool) {
	switch tag {
	case cbasn1.UTF8String:
		return string(value), utf8.Valid(value)
	case cbasn1.PrintableString, cbasn1.IA5String, tagVisibleString, cbasn1.T61String:
		letters := make([]rune, len(value))
		for i, b := range value {
			letters[i] = rune(b)
		}
		return string(letters), true
	case tagBMPString:
		if len(value)%2 != 0 {
			return "", false
		}
		units := make([]uint16, len(value)/2)
		for i := range units {
			units[i] = binary.BigEndian.Uint16(value[2*i:])
		}
		return string(utf16.Decode(units)), true
	case tagUniversalString:
		if len(value)%4 != 0 {
			return "", false
		}
		letters := make([]rune, len(value)/4)
		for i := range letters {
			letters[i] = rune(binary.BigEndian.Uint32(value[4*i:]))
		}
		return string(letters), true
	}
	return "", false
}

// foldString takes away what does not count when names are compared.
func foldString(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' })
	return foldASCII(strings.Join(words, " "))
}

func foldASCII(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}
