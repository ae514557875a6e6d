package formats

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmldsig/tolerant"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// maxReferences is how many certificates one signing-certificate property may name.
const maxCertificateReferences = 32

// readXMLProperties reads the signed properties (EN 319 132-1, 5.2), each of which is there once at most. Without a reference over them
// they are not signed, and nothing of them counts.
func readXMLProperties(out *validation.Signature, s *tolerant.Signature) {
	if s.Properties == nil {
		return
	}
	if r := s.Properties.Reference; r != nil && fault.CodeOf(r.Check()) == fault.SignatureInvalid {
		c := validation.Fail(validation.HashFailure, validation.Because(validation.ReasonContentChanged, "SignedProperties", r.Check()))
		out.Malformed = &c // whatever they name as the signer's certificate
	}
	out.Attributes.MessageDigest = len(s.Parts()) > 0
	seen := map[string]bool{}
	for _, n := range s.Properties.Signed {
		if seen[n.Local] {
			malformed(out, n.Local, nil)
			continue
		}
		seen[n.Local] = true
		switch n.Local {
		case "SigningTime":
			var ok bool
			if out.Claimed, ok = readXMLTime(tolerant.Text(n)); !ok {
				malformed(out, n.Local, nil)
			}
			out.Attributes.SigningTime = ok
		case "SigningCertificate", "SigningCertificateV2":
			readSigningCertificate(out, n)
		case "SignaturePolicyIdentifier":
			var ok bool
			if out.Policy, ok = readXMLPolicy(n); !ok {
				malformed(out, n.Local, nil)
			}
		case "SignatureProductionPlace", "SignatureProductionPlaceV2", "SignerRole", "SignerRoleV2":
		default:
			out.Attributes.Unknown = append(out.Attributes.Unknown, n.Local)
		}
	}
	if seen["SigningCertificate"] && seen["SigningCertificateV2"] {
		malformed(out, "SigningCertificateV2", nil)
	}
	for _, n := range s.Properties.OfData {
		if n.Local == "DataObjectFormat" {
			out.Attributes.ContentType = true
		}
	}
}

// readXMLTime reads xsd:dateTime. One without a zone is taken to be of UTC.
func readXMLTime(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// readSigningCertificate reads SigningCertificate (TS 101 903, 7.2.2) or SigningCertificateV2 (EN 319 132-1, 5.2.2). The one of the first
// version is what the Turkish guide asks for where its hash is not SHA-1, as signing-certificate-v2 of CAdES.
func readSigningCertificate(out *validation.Signature, n *xmltree.Node) {
	for _, cert := range n.Elements() {
		if cert.Local != "Cert" || len(out.References) == maxCertificateReferences {
			malformed(out, n.Local, nil)
			return
		}
		digest := tolerant.Child(cert, "CertDigest", tolerant.Namespaces...)
		hash, uri, value, ok := readXMLDigest(digest)
		if !ok {
			malformed(out, n.Local, nil)
			return
		}
		if hash == 0 {
			out.Algorithms = append(out.Algorithms, validation.Algorithm{Binds: true, Name: uri})
			continue
		}
		out.References = append(out.References, validation.CertificateReference{Hash: hash, Digest: value, Names: issuerSerial(cert)})
		out.Algorithms = append(out.Algorithms, validation.Algorithm{Hash: hash, Binds: true})
		if hash == crypto.SHA1 && n.Local == "SigningCertificate" {
			out.Attributes.SigningCertificate = true
		}
	}
	if len(out.References) > 0 && !out.Attributes.SigningCertificate {
		out.Attributes.SigningCertificateV2 = true
	}
}

// readXMLDigest reads DigestMethod and DigestValue within an element, which may be nil.
func readXMLDigest(n *xmltree.Node) (hash crypto.Hash, uri string, value []byte, ok bool) {
	method, of := tolerant.Child(n, "DigestMethod", digestSpaces...), tolerant.Child(n, "DigestValue", digestSpaces...)
	if method == nil || of == nil {
		return 0, "", nil, false
	}
	value, err := tolerant.Decode(of)
	hash, uri = tolerant.HashOf(method)
	return hash, uri, value, err == nil
}

// digestSpaces are the namespaces that programs have DigestMethod in: XAdES 1.1.1 has its own.
var digestSpaces = append([]string{xmldsig.Namespace}, tolerant.Namespaces...)

// issuerSerial compares issuer and serial number as far as they can be read; nil where there are none. An issuer that is written as text is
// not compared: there are too many ways to write one, and the digest binds.
func issuerSerial(cert *xmltree.Node) func(*x509.Certificate) bool {
	if n := tolerant.Child(cert, "IssuerSerial", tolerant.Namespaces...); n != nil {
		number := tolerant.SerialNumber(tolerant.Child(n, "X509SerialNumber", digestSpaces...))
		return func(c *x509.Certificate) bool { return number != nil && number.Cmp(c.SerialNumber) == 0 }
	}
	n := tolerant.Child(cert, "IssuerSerialV2", tolerant.Namespaces...)
	if n == nil {
		return nil
	}
	issuer, number, ok := readIssuerSerialV2(n)
	return func(c *x509.Certificate) bool {
		return ok && number.Cmp(c.SerialNumber) == 0 && (pki.SameName(issuer, c.RawIssuer) || pki.SameName(backwards(issuer), c.RawIssuer))
	}
}

// backwards is a name with its parts in the other order: some programs make one of the text of RFC 4514, which is backwards.
func backwards(name cryptobyte.String) []byte {
	var inner, set cryptobyte.String
	if !name.ReadASN1(&inner, cbasn1.SEQUENCE) {
		return nil
	}
	var sets [][]byte
	for inner.ReadASN1Element(&set, cbasn1.SET) {
		sets = append(sets, set)
	}
	slices.Reverse(sets)
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(slices.Concat(sets...)) })
	out, _ := b.Bytes() // nil for what is too long
	return out
}

// readIssuerSerialV2 reads the base64 of an IssuerSerial (RFC 5035, 4).
func readIssuerSerialV2(n *xmltree.Node) (issuer []byte, number *big.Int, ok bool) {
	der, err := tolerant.Decode(n)
	input := cryptobyte.String(der)
	var sequence, names, name, directory cryptobyte.String
	number = new(big.Int)
	ok = err == nil && input.ReadASN1(&sequence, cbasn1.SEQUENCE) && sequence.ReadASN1(&names, cbasn1.SEQUENCE) &&
		sequence.ReadASN1Integer(number) && names.ReadASN1(&name, cbasn1.Tag(4).ContextSpecific().Constructed()) &&
		name.ReadASN1Element(&directory, cbasn1.SEQUENCE)
	return directory, number, ok
}

// readXMLPolicy reads SignaturePolicyIdentifier (EN 319 132-1, 5.2.9).
func readXMLPolicy(n *xmltree.Node) (*validation.SignaturePolicy, bool) {
	if tolerant.Child(n, "SignaturePolicyImplied", tolerant.Namespaces...) != nil {
		return &validation.SignaturePolicy{Implied: true}, true
	}
	id := tolerant.Child(n, "SignaturePolicyId", tolerant.Namespaces...)
	identifier := tolerant.Child(tolerant.Child(id, "SigPolicyId", tolerant.Namespaces...), "Identifier", tolerant.Namespaces...)
	if identifier == nil {
		return nil, false
	}
	out := &validation.SignaturePolicy{}
	text := tolerant.Text(identifier)
	out.OID = readOID(text)
	if out.OID == nil && isVisible([]byte(text)) && len(text) <= maxPolicyURI {
		out.URI = text // named by an address alone
	}
	if hash := tolerant.Child(id, "SigPolicyHash", tolerant.Namespaces...); hash != nil {
		var ok bool
		if out.Hash, _, out.Digest, ok = readXMLDigest(hash); !ok {
			return nil, false
		}
	}
	qualifiers := tolerant.Child(id, "SigPolicyQualifiers", tolerant.Namespaces...)
	if qualifiers == nil {
		return out, true
	}
	for _, q := range qualifiers.Elements() {
		uri := tolerant.Text(tolerant.Child(q, "SPURI", tolerant.Namespaces...))
		if uri != "" && len(uri) <= maxPolicyURI && isVisible([]byte(uri)) {
			out.URI = uri
			break
		}
	}
	return out, true
}

// readOID reads an object identifier in digits, alone or as a URN (RFC 3061); nil for what is none.
func readOID(text string) (oid asn1.ObjectIdentifier) {
	const prefix = "urn:oid:"
	if len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix) {
		text = text[len(prefix):]
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(text, "OID."), ".") {
		arc, err := strconv.ParseUint(part, 10, 31)
		if err != nil || len(oid) == 32 {
			return nil
		}
		oid = append(oid, int(arc))
	}
	if len(oid) < 2 {
		return nil
	}
	return oid
}
