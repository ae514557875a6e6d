package xades

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/xmldsig"
)

// style is how a dialect writes a signature.
type style struct {
	canonicalization xmldsig.Canonicalization // of SignedInfo and of SignedProperties
	// document is that of the document; nil leaves it to what holds without a transform.
	document    *xmldsig.Canonicalization
	isV1        bool   // SigningCertificate and SignerRole of TS 101 903
	hasFormats  bool   // DataObjectFormat
	hasKeyValue bool   // KeyValue and X509SubjectName
	signerRole  string // where none is given
}

func styleOf(p Dialect) style {
	switch p {
	case UBLTR:
		return style{canonicalization: xmldsig.Canonicalization{Comments: true}, isV1: true, hasKeyValue: true, signerRole: "Supplier"}
	case EPrescription:
		return style{isV1: true, hasKeyValue: true}
	}
	exclusive := xmldsig.Canonicalization{Exclusive: true}
	return style{canonicalization: exclusive, document: &exclusive, hasFormats: true}
}

// template writes a signature whose digests and value are zeros.
type template struct {
	signer    ades.Signer
	documents []ades.Document
	options   Options
	style     style
	id        string // of the signature
	suffix    string // of all further identifiers
	strings.Builder
}

// markup returns the Signature element.
func (t *template) markup() ([]byte, error) {
	pub := t.signer.Certificate.PublicKey
	t.add(`<ds:Signature xmlns:ds="`, xmldsig.Namespace, `" Id="`, t.id, `"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="`,
		t.style.canonicalization.URI(), `"/><ds:SignatureMethod Algorithm="`,
		xmldsig.MethodURI(ades.SchemeOf(pub, t.signer.PSS), t.signer.Hash), `"/>`)
	for i := range t.documents {
		t.addDocumentReference(i)
	}
	t.addReference(signedPropertiesType, "", "#SignedProperties_"+t.suffix, t.style.canonicalization.URI())
	t.add(`</ds:SignedInfo><ds:SignatureValue>`, encode(make([]byte, valueLength(pub))), `</ds:SignatureValue>`)
	if err := t.addKeyInfo(); err != nil {
		return nil, err
	}
	if err := t.addProperties(); err != nil {
		return nil, err
	}
	if t.options.Form == Enveloping {
		if err := t.addObject(); err != nil {
			return nil, err
		}
	}
	t.add(`</ds:Signature>`)
	return []byte(t.String()), nil
}

func (t *template) add(parts ...string) {
	for _, part := range parts {
		t.WriteString(part)
	}
}

func (t *template) addText(tag, text string) {
	t.add("<", tag, ">", xmldsig.EscapeText(text), "</", tag, ">")
}

func encode(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// addDocumentReference writes the reference to document i.
func (t *template) addDocumentReference(i int) {
	id := ""
	if t.style.hasFormats {
		id = t.referenceID(i)
	}
	switch t.options.Form {
	case Enveloped:
		transforms := []string{xmldsig.EnvelopedURI}
		if t.style.document != nil {
			transforms = append(transforms, t.style.document.URI())
		}
		uri := ""
		if t.options.Element != "" {
			uri = "#" + t.options.Element
		}
		t.addReference("", id, uri, transforms...)
	case Enveloping:
		transform := xmldsig.Base64URI
		if t.options.DigestObject {
			transform = t.style.canonicalization.URI()
		}
		t.addReference(objectType, id, "#Object_"+t.suffix, transform)
	case Detached:
		t.addReference("", id, fileURI(t.documents[i].Name))
	}
}

func (t *template) referenceID(i int) string { return fmt.Sprintf("Reference_%s_%d", t.suffix, i) }

// addReference writes a Reference; kind and id may be "".
func (t *template) addReference(kind, id, uri string, transforms ...string) {
	t.add(`<ds:Reference`)
	for _, a := range [][2]string{{"Id", id}, {"Type", kind}, {"URI", uri}} {
		if a[1] != "" || a[0] == "URI" {
			t.add(" ", a[0], `="`, xmldsig.EscapeAttribute(a[1]), `"`)
		}
	}
	t.add(`>`)
	if len(transforms) > 0 {
		t.add(`<ds:Transforms>`)
		for _, uri := range transforms {
			t.add(`<ds:Transform Algorithm="`, uri, `"/>`)
		}
		t.add(`</ds:Transforms>`)
	}
	t.addDigest(t.signer.Hash, make([]byte, t.signer.Hash.Size()))
	t.add(`</ds:Reference>`)
}

func (t *template) addDigest(hash crypto.Hash, digest []byte) {
	t.add(`<ds:DigestMethod Algorithm="`, xmldsig.DigestURI(hash), `"/><ds:DigestValue>`, encode(digest), `</ds:DigestValue>`)
}

// addKeyInfo writes the certificates, and with some profiles the key.
func (t *template) addKeyInfo() error {
	t.add(`<ds:KeyInfo><ds:X509Data>`)
	if t.style.hasKeyValue {
		subject, err := DistinguishedName(t.signer.Certificate.RawSubject)
		if err != nil {
			return err
		}
		t.addText("ds:X509SubjectName", subject)
	}
	for _, c := range append([]*x509.Certificate{t.signer.Certificate}, t.signer.Chain...) {
		t.add(`<ds:X509Certificate>`, encode(c.Raw), `</ds:X509Certificate>`)
	}
	t.add(`</ds:X509Data>`)
	if t.style.hasKeyValue {
		if err := t.addKeyValue(); err != nil {
			return err
		}
	}
	t.add(`</ds:KeyInfo>`)
	return nil
}

// addKeyValue writes KeyValue (XMLDSig 1.1, 4.5.2).
func (t *template) addKeyValue() error {
	t.add(`<ds:KeyValue>`)
	switch pub := t.signer.Certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		t.add(`<ds:RSAKeyValue><ds:Modulus>`, encode(pub.N.Bytes()), `</ds:Modulus><ds:Exponent>`,
			encode(big.NewInt(int64(pub.E)).Bytes()), `</ds:Exponent></ds:RSAKeyValue>`)
	case *ecdsa.PublicKey:
		point, err := pub.Bytes()
		if err != nil {
			return err
		}
		t.add(`<dsig11:ECKeyValue xmlns:dsig11="`, xmldsig.Namespace11, `"><dsig11:NamedCurve URI="`, curveURI(pub.Curve),
			`"/><dsig11:PublicKey>`, encode(point), `</dsig11:PublicKey></dsig11:ECKeyValue>`)
	}
	t.add(`</ds:KeyValue>`)
	return nil
}

// DistinguishedName writes a name as RFC 4514 has it.
func DistinguishedName(der []byte) (string, error) {
	var name pkix.RDNSequence
	if _, err := asn1.Unmarshal(der, &name); err != nil {
		return "", fmt.Errorf("a certificate's name: %w", err)
	}
	return name.String(), nil
}

// addProperties writes QualifyingProperties (EN 319 132-1, 4.3).
func (t *template) addProperties() error {
	t.add(`<ds:Object><xades:QualifyingProperties xmlns:xades="`, Namespace, `" Target="#`, t.id, `"><xades:SignedProperties Id="SignedProperties_`,
		t.suffix, `"><xades:SignedSignatureProperties>`)
	t.addText("xades:SigningTime", t.signer.Time.UTC().Truncate(time.Second).Format(time.RFC3339))
	if err := t.addSigningCertificate(); err != nil {
		return err
	}
	t.addPolicy()
	if t.options.Role != "" {
		role := "xades:SignerRoleV2"
		if t.style.isV1 {
			role = "xades:SignerRole"
		}
		t.add("<", role, "><xades:ClaimedRoles>")
		t.addText("xades:ClaimedRole", t.options.Role)
		t.add("</xades:ClaimedRoles></", role, ">")
	}
	t.add(`</xades:SignedSignatureProperties>`)
	if t.style.hasFormats {
		t.add(`<xades:SignedDataObjectProperties>`)
		for i, d := range t.documents {
			t.add(`<xades:DataObjectFormat ObjectReference="#`, t.referenceID(i), `">`)
			t.addText("xades:MimeType", cmp.Or(d.MediaType, "application/octet-stream"))
			t.add(`</xades:DataObjectFormat>`)
		}
		t.add(`</xades:SignedDataObjectProperties>`)
	}
	t.add(`</xades:SignedProperties></xades:QualifyingProperties></ds:Object>`)
	return nil
}

// addSigningCertificate writes SigningCertificateV2 (EN 319 132-1, 5.2.2), or SigningCertificate (TS 101 903, 7.2.2).
func (t *template) addSigningCertificate() error {
	name := "xades:SigningCertificateV2"
	if t.style.isV1 {
		name = "xades:SigningCertificate"
	}
	sum := t.signer.Hash.New()
	sum.Write(t.signer.Certificate.Raw)
	t.add("<", name, "><xades:Cert><xades:CertDigest>")
	t.addDigest(t.signer.Hash, sum.Sum(nil))
	t.add("</xades:CertDigest>")
	if t.style.isV1 {
		issuer, err := DistinguishedName(t.signer.Certificate.RawIssuer)
		if err != nil {
			return err
		}
		t.add("<xades:IssuerSerial>")
		t.addText("ds:X509IssuerName", issuer)
		t.addText("ds:X509SerialNumber", t.signer.Certificate.SerialNumber.String())
		t.add("</xades:IssuerSerial>")
	}
	t.add("</xades:Cert></", name, ">")
	return nil
}

// addPolicy writes SignaturePolicyIdentifier (EN 319 132-1, 5.2.9), if there is a policy.
func (t *template) addPolicy() {
	p := t.signer.Policy
	if p == nil {
		return
	}
	t.add(`<xades:SignaturePolicyIdentifier><xades:SignaturePolicyId><xades:SigPolicyId><xades:Identifier Qualifier="OIDAsURN">urn:oid:`,
		p.OID.String(), `</xades:Identifier></xades:SigPolicyId><xades:SigPolicyHash>`)
	t.addDigest(p.Hash, p.Digest)
	t.add(`</xades:SigPolicyHash>`)
	if p.URI != "" {
		t.add(`<xades:SigPolicyQualifiers><xades:SigPolicyQualifier>`)
		t.addText("xades:SPURI", p.URI)
		t.add(`</xades:SigPolicyQualifier></xades:SigPolicyQualifiers>`)
	}
	t.add(`</xades:SignaturePolicyId></xades:SignaturePolicyIdentifier>`)
}

// addObject writes the document as base64.
func (t *template) addObject() error {
	d := t.documents[0]
	t.add(`<ds:Object Id="Object_`, t.suffix, `" MimeType="`, xmldsig.EscapeAttribute(d.MediaType), `" Encoding="`, xmldsig.Base64URI, `">`)
	content, err := readDocument(d)
	if err != nil {
		return err
	}
	t.Grow(base64.StdEncoding.EncodedLen(len(content)) + 1<<10)
	encoder := base64.NewEncoder(base64.StdEncoding, t)
	_, err = io.WriteString(encoder, content)
	if err == nil {
		err = encoder.Close()
	}
	t.add(`</ds:Object>`)
	return err
}
