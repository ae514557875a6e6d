package pki

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"net"
	"slices"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Authorities have issued certificates that crypto/x509 refuses as a whole, and other software reads, for the sake of a
// part that no decision here depends on. ParseX509 gives x509 a copy in which that part is one it knows, and puts what the
// certificate really says back into the result: everything that is hashed, compared, embedded or verified (Raw,
// RawTBSCertificate, the raw names and key, Extensions) is the certificate's own. The parts are:
//
//   - alternative names (subjectAltName, not critical) with an rfc822Name, dNSName or URI that x509 cannot read: they are
//     not read at all;
//   - strings in the names of subject and issuer, of other types than UTF8String, with characters that their type does not
//     allow: read as UTF-8 where they are that, else as ISO 8859-1, as other software does;
//   - a key on a curve that Go does not know: it is of no known algorithm, and CheckKey refuses it.
//
// Below a CA with name constraints Path refuses what has such names. What is wrong in any other way is wrong here too.

// readPlain reads a copy of the certificate without what x509 cannot read; nil where that is not the reason.
func readPlain(der []byte) *x509.Certificate {
	var f fields
	if f.read(der) != nil {
		return nil
	}
	plain := f
	plain.issuer, plain.subject, plain.key = plainName(f.issuer), plainName(f.subject), plainKey(f.key)
	names, at := f.unreadNames()
	if names != nil {
		plain.extensions = slices.Delete(slices.Clone(f.extensions), at, at+1)
	}
	copied, err := plain.der()
	if err != nil {
		return nil
	}
	c, err := x509.ParseCertificate(copied)
	if err != nil {
		return nil
	}
	c.Raw, c.RawTBSCertificate, c.RawIssuer, c.RawSubject, c.RawSubjectPublicKeyInfo = f.whole, f.tbs, f.issuer, f.subject, f.key
	if names != nil {
		c.Extensions = slices.Insert(c.Extensions, at, pkix.Extension{Id: oidAlternativeNames, Value: names})
	}
	return c
}

// fields are the DER of a certificate's elements (RFC 5280, 4.1), those between them as they are.
type fields struct {
	whole, tbs           []byte
	before               []byte // version, serial number, signature algorithm
	issuer               []byte
	validity             []byte
	subject, key         []byte
	ids                  []byte // unique identifiers
	extensions           [][]byte
	algorithm, signature []byte
}

var errFields = errors.New("not the elements of a certificate")

func (f *fields) read(der []byte) error {
	var outer, tbs, all, list, one cryptobyte.String
	in := cryptobyte.String(der)
	if !in.ReadASN1(&outer, cbasn1.SEQUENCE) || !in.Empty() {
		return errFields
	}
	f.whole = der
	// element returns the next element, nil where that is another.
	element := func(from *cryptobyte.String, tag cbasn1.Tag) []byte {
		var out cryptobyte.String
		if !from.PeekASN1Tag(tag) || !from.ReadASN1Element(&out, tag) {
			return nil
		}
		return out
	}
	f.tbs = element(&outer, cbasn1.SEQUENCE)
	f.algorithm, f.signature = element(&outer, cbasn1.SEQUENCE), element(&outer, cbasn1.BIT_STRING)
	whole := cryptobyte.String(f.tbs)
	if f.signature == nil || !outer.Empty() || !whole.ReadASN1(&tbs, cbasn1.SEQUENCE) {
		return errFields
	}
	context := func(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific() }
	f.before = slices.Concat(element(&tbs, context(0).Constructed()), element(&tbs, cbasn1.INTEGER), element(&tbs, cbasn1.SEQUENCE))
	f.issuer, f.validity = element(&tbs, cbasn1.SEQUENCE), element(&tbs, cbasn1.SEQUENCE)
	f.subject, f.key = element(&tbs, cbasn1.SEQUENCE), element(&tbs, cbasn1.SEQUENCE)
	f.ids = slices.Concat(element(&tbs, context(1)), element(&tbs, context(2)))
	extended := !tbs.Empty()
	if f.key == nil || extended && (!tbs.ReadASN1(&all, context(3).Constructed()) || !tbs.Empty() || !all.ReadASN1(&list, cbasn1.SEQUENCE) || !all.Empty() || list.Empty()) {
		return errFields
	}
	for !list.Empty() {
		if !list.ReadASN1Element(&one, cbasn1.SEQUENCE) {
			return errFields
		}
		f.extensions = append(f.extensions, one)
	}
	return nil
}

// der is the certificate of these elements, without what is in whole and tbs.
func (f *fields) der() ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			for _, part := range [][]byte{f.before, f.issuer, f.validity, f.subject, f.key, f.ids} {
				b.AddBytes(part)
			}
			if len(f.extensions) == 0 {
				return
			}
			b.AddASN1(cbasn1.Tag(3).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					for _, e := range f.extensions {
						b.AddBytes(e)
					}
				})
			})
		})
		b.AddBytes(f.algorithm)
		b.AddBytes(f.signature)
	})
	return b.Bytes()
}

var oidAlternativeNames = asn1.ObjectIdentifier{2, 5, 29, 17}

// unreadNames returns the value of the one extension of alternative names that can be left unread, and its place. It
// returns nil where no such extension can be left unread.
func (f *fields) unreadNames() (value []byte, at int) {
	for i, der := range f.extensions {
		var extension, octets cryptobyte.String
		var id asn1.ObjectIdentifier
		in := cryptobyte.String(der)
		if !in.ReadASN1(&extension, cbasn1.SEQUENCE) || !extension.ReadASN1ObjectIdentifier(&id) || !id.Equal(oidAlternativeNames) {
			continue
		}
		// One that says whether it is critical is left to x509.
		if value != nil || !extension.ReadASN1(&octets, cbasn1.OCTET_STRING) || !extension.Empty() || !areNames(octets) {
			return nil, 0
		}
		value, at = octets, i
	}
	return value, at
}

// Forms of names that x509 reads and CAs constrain (GeneralName, RFC 5280, 4.2.1.6).
var (
	tagMail    = cbasn1.Tag(1).ContextSpecific()
	tagDNS     = cbasn1.Tag(2).ContextSpecific()
	tagURI     = cbasn1.Tag(6).ContextSpecific()
	tagAddress = cbasn1.Tag(7).ContextSpecific()
)

// areNames reports whether der is GeneralNames whose texts are UTF-8 at least.
func areNames(der cryptobyte.String) bool {
	var list cryptobyte.String
	if !der.ReadASN1(&list, cbasn1.SEQUENCE) || !der.Empty() || list.Empty() {
		return false
	}
	for !list.Empty() {
		var name cryptobyte.String
		var tag cbasn1.Tag
		if !list.ReadAnyASN1(&name, &tag) || tag&0xc0 != 0x80 {
			return false
		}
		switch tag {
		case tagMail, tagDNS, tagURI:
			if !utf8.Valid(name) {
				return false
			}
		case tagAddress:
			if len(name) != net.IPv4len && len(name) != net.IPv6len {
				return false
			}
		}
	}
	return true
}

// hasUnreadNames reports whether the certificate has names that name constraints are about and that ParseX509 has not read, or
// not as they are.
func hasUnreadNames(c *x509.Certificate) bool {
	if !bytes.Equal(plainName(c.RawSubject), c.RawSubject) {
		return true
	}
	if len(c.DNSNames)+len(c.EmailAddresses)+len(c.URIs)+len(c.IPAddresses) > 0 {
		return false
	}
	return slices.ContainsFunc(c.Extensions, func(e pkix.Extension) bool {
		return e.Id.Equal(oidAlternativeNames) && !onlyOthers(e.Value)
	})
}

// onlyOthers reports whether alternative names are all of forms that x509 does not read.
func onlyOthers(der cryptobyte.String) bool {
	var list cryptobyte.String
	if !der.ReadASN1(&list, cbasn1.SEQUENCE) {
		return false
	}
	for !list.Empty() {
		var name cryptobyte.String
		var tag cbasn1.Tag
		if !list.ReadAnyASN1(&name, &tag) {
			return false
		}
		switch tag {
		case tagMail, tagDNS, tagURI, tagAddress:
			return false
		}
	}
	return true
}

// plainName is a name (RDNSequence) in which the strings that x509 refuses for their characters are of a type that has
// them. It is as it was where it is not a name, or nothing is wrong with it.
func plainName(der []byte) []byte {
	var b cryptobyte.Builder
	in := cryptobyte.String(der)
	var sets cryptobyte.String
	if !in.ReadASN1(&sets, cbasn1.SEQUENCE) {
		return der
	}
	ok := true
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for ok && !sets.Empty() {
			var set cryptobyte.String
			ok = sets.ReadASN1(&set, cbasn1.SET)
			b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) {
				for ok && !set.Empty() {
					ok = addPlainAttribute(b, &set)
				}
			})
		}
	})
	out, err := b.Bytes()
	if !ok || err != nil {
		return der
	}
	return out
}

// addPlainAttribute copies one attribute of a name, its string in a type that has its characters.
func addPlainAttribute(b *cryptobyte.Builder, set *cryptobyte.String) bool {
	var attribute, id, value cryptobyte.String
	var tag cbasn1.Tag
	if !set.ReadASN1(&attribute, cbasn1.SEQUENCE) || !attribute.ReadASN1Element(&id, cbasn1.OBJECT_IDENTIFIER) ||
		!attribute.ReadAnyASN1(&value, &tag) || !attribute.Empty() {
		return false
	}
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(id)
		b.AddASN1(plainType(tag, value), func(b *cryptobyte.Builder) { b.AddBytes(value) })
	})
	return true
}

// plainType is the type of a string: one that has its characters, where its own has not. A citizen number is of characters
// that every type has, so no text becomes one.
func plainType(tag cbasn1.Tag, value []byte) cbasn1.Tag {
	var allowed func(byte) bool
	switch tag {
	case cbasn1.PrintableString:
		allowed = func(b byte) bool {
			return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || bytes.IndexByte(printable, b) >= 0
		}
	case cbasn1.Tag(asn1.TagNumericString):
		allowed = func(b byte) bool { return '0' <= b && b <= '9' || b == ' ' }
	case cbasn1.IA5String:
		allowed = func(b byte) bool { return b < utf8.RuneSelf }
	default: // a UTF8String that is not UTF-8 no software reads
		return tag
	}
	switch {
	case !slices.ContainsFunc(value, func(b byte) bool { return !allowed(b) }):
		return tag
	case utf8.Valid(value):
		return cbasn1.UTF8String
	}
	return cbasn1.T61String // which x509 reads as ISO 8859-1
}

// printable are the characters of PrintableString that are no letters and digits, as x509 has them.
var printable = []byte(" '()*+,-./:=?&")
