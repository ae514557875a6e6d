package extend

import (
	"crypto/x509"
	"encoding/asn1"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/xades"
	"github.com/e-onay/e-onay/internal/xmldsig"
)

// References adds CompleteCertificateRefs and CompleteRevocationRefs of version 1.3.2 (TS 101 903, 7.4), which the Turkish guide has.
func (e *xadesEditor) References(data validation.Data) error {
	if e.has("CompleteCertificateRefs") || e.has("CompleteRevocationRefs") {
		return nil
	}
	m := e.begin()
	m.open(e.prefix + "CompleteCertificateRefs")
	m.open(e.prefix + "CertRefs")
	for _, c := range data.Certificates {
		if err := e.addCertificate(m, c); err != nil {
			return err
		}
	}
	m.close()
	m.close()
	m.open(e.prefix + "CompleteRevocationRefs")
	if err := e.addLists(m, data.CRLs); err != nil {
		return err
	}
	if err := e.addAnswers(m, data.OCSPs); err != nil {
		return err
	}
	m.close()
	return e.insert(m.String())
}

// addDigest writes an element with DigestMethod and DigestValue of data.
func (e *xadesEditor) addDigest(m *markup, name string, data []byte) {
	h := e.target.Hash.New()
	h.Write(data)
	m.open(name)
	m.add(`<ds:DigestMethod xmlns:ds="`, xmldsig.Namespace, `" Algorithm="`, xmldsig.DigestURI(e.target.Hash), `"/>`)
	m.bytes(`ds:DigestValue xmlns:ds="`+xmldsig.Namespace+`"`, h.Sum(nil))
	m.close()
}

func (e *xadesEditor) addCertificate(m *markup, c *x509.Certificate) error {
	issuer, err := xades.DistinguishedName(c.RawIssuer)
	if err != nil {
		return err
	}
	m.open(e.prefix + "Cert")
	e.addDigest(m, e.prefix+"CertDigest", c.Raw)
	m.open(e.prefix + "IssuerSerial")
	m.text(`ds:X509IssuerName xmlns:ds="`+xmldsig.Namespace+`"`, issuer)
	m.text(`ds:X509SerialNumber xmlns:ds="`+xmldsig.Namespace+`"`, c.SerialNumber.String())
	m.close()
	m.close()
	return nil
}

// addLists writes CRLRefs, if there are any lists.
func (e *xadesEditor) addLists(m *markup, lists [][]byte) error {
	if len(lists) == 0 {
		return nil
	}
	m.open(e.prefix + "CRLRefs")
	for _, der := range lists {
		m.open(e.prefix + "CRLRef")
		e.addDigest(m, e.prefix+"DigestAlgAndValue", der)
		list, err := x509.ParseRevocationList(der)
		if err != nil {
			return fault.New(fault.RevocationInvalid, err)
		}
		issuer, err := xades.DistinguishedName(list.RawIssuer)
		if err != nil {
			return err
		}
		m.open(e.prefix + "CRLIdentifier")
		m.text(e.prefix+"Issuer", issuer)
		m.text(e.prefix+"IssueTime", list.ThisUpdate.UTC().Format(time.RFC3339))
		if list.Number != nil {
			m.text(e.prefix+"Number", list.Number.String())
		}
		m.close()
		m.close()
	}
	m.close()
	return nil
}

// addAnswers writes OCSPRefs, if there are any answers. The digest is that of the OCSPResponse, as in OCSPValues.
func (e *xadesEditor) addAnswers(m *markup, answers [][]byte) error {
	if len(answers) == 0 {
		return nil
	}
	m.open(e.prefix + "OCSPRefs")
	for _, der := range answers {
		name, key, producedAt, err := responder(der)
		if err != nil {
			return err
		}
		m.open(e.prefix + "OCSPRef")
		m.open(e.prefix + "OCSPIdentifier")
		m.open(e.prefix + "ResponderID")
		if key != nil {
			m.bytes(e.prefix+"ByKey", key)
		} else {
			m.text(e.prefix+"ByName", name)
		}
		m.close()
		m.text(e.prefix+"ProducedAt", producedAt.UTC().Format(time.RFC3339))
		m.close()
		e.addDigest(m, e.prefix+"DigestAlgAndValue", der)
		m.close()
	}
	m.close()
	return nil
}

// responder returns the responder of an OCSPResponse, as a name or the hash of its key, and producedAt (RFC 6960, 4.2.1).
func responder(der cryptobyte.String) (name string, key []byte, producedAt time.Time, err error) {
	context := func(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific().Constructed() }
	var response, wrapped, bytes, octets, basic, data, id, inside cryptobyte.String
	var kind asn1.ObjectIdentifier
	var tag cbasn1.Tag
	ok := der.ReadASN1(&response, cbasn1.SEQUENCE) && response.SkipASN1(cbasn1.ENUM) && response.ReadASN1(&wrapped, context(0)) &&
		wrapped.ReadASN1(&bytes, cbasn1.SEQUENCE) && bytes.ReadASN1ObjectIdentifier(&kind) && bytes.ReadASN1(&octets, cbasn1.OCTET_STRING) &&
		octets.ReadASN1(&basic, cbasn1.SEQUENCE) && basic.ReadASN1(&data, cbasn1.SEQUENCE) && data.SkipOptionalASN1(context(0)) &&
		data.ReadAnyASN1(&id, &tag) && data.ReadASN1GeneralizedTime(&producedAt)
	switch {
	case !ok:
		return "", nil, producedAt, fault.Errorf(fault.RevocationInvalid, "OCSP response without responder or time")
	case tag == context(2) && id.ReadASN1(&inside, cbasn1.OCTET_STRING):
		return "", inside, producedAt, nil
	case tag == context(1):
		name, err = xades.DistinguishedName(id)
		return name, nil, producedAt, err
	}
	return "", nil, producedAt, fault.Errorf(fault.RevocationInvalid, "an OCSP responder of another kind")
}
