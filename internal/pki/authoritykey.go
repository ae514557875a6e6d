package pki

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var oidAuthorityKeyID = asn1.ObjectIdentifier{2, 5, 29, 35}

// CheckAuthorityKey refuses an issuer that is not the one of an AuthorityKeyIdentifier (RFC 5280, 4.2.1.1), of a certificate or a
// CRL, in DER. Path validation by the standard does not look at it, but OpenSSL refuses what differs, and must accept what is
// accepted here. What the identifier does not name is not compared.
func CheckAuthorityKey(der cryptobyte.String, issuer *x509.Certificate) error {
	var s, id, names, serial cryptobyte.String
	var hasID, hasNames, hasSerial bool
	primitive := func(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific() }
	if !der.ReadASN1(&s, cbasn1.SEQUENCE) || !der.Empty() || !s.ReadOptionalASN1(&id, &hasID, primitive(0)) ||
		!s.ReadOptionalASN1(&names, &hasNames, explicit(1)) || !s.ReadOptionalASN1(&serial, &hasSerial, primitive(2)) || !s.Empty() {
		return errors.New("authority key identifier cannot be read")
	}
	if hasID && len(issuer.SubjectKeyId) > 0 && !bytes.Equal(id, issuer.SubjectKeyId) {
		return errors.New("authority key identifier is of another key")
	}
	if hasSerial {
		number, err := asn1.Marshal(issuer.SerialNumber)
		if err != nil {
			return err
		}
		if wanted := cryptobyte.String(number); !wanted.ReadASN1(&wanted, cbasn1.INTEGER) || !bytes.Equal(serial, wanted) {
			return errors.New("authority key identifier is of another certificate of the issuer")
		}
	}
	list, err := readGeneralNames(names)
	if err != nil {
		return err
	}
	for _, name := range list {
		if name.form == formDirectory && !SameName(name.value, issuer.RawIssuer) {
			return errors.New("authority key identifier is of a certificate of another issuer")
		}
	}
	return nil
}

// CheckNamedIssuer is CheckAuthorityKey for a certificate, which may have no such identifier.
func CheckNamedIssuer(c, issuer *x509.Certificate) error {
	der, present := extensionValue(c, oidAuthorityKeyID)
	if !present {
		return nil
	}
	return CheckAuthorityKey(der, issuer)
}
