package xades

import (
	"encoding/asn1"
	"strconv"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// properties are the properties of a signature, as read.
type properties struct {
	signingTime time.Time
	certificate signingCertificate
	policy      *ades.Policy
	role        string
	formats     []string // of DataObjectFormat, what ObjectReference points at
	unsigned    []string
}

// readQualifyingProperties reads QualifyingProperties (EN 319 132-1, 4.3).
func readQualifyingProperties(n *xmltree.Node) (*properties, error) {
	parts, err := xmldsig.Children(n)
	if err != nil {
		return nil, err
	}
	signed, err := parts.Take(Namespace, "SignedProperties")
	if err != nil {
		return nil, err
	}
	unsigned := parts.TakeOptional(Namespace, "UnsignedProperties")
	if err := parts.End(); err != nil {
		return nil, err
	}
	p := &properties{}
	if unsigned != nil {
		for _, group := range unsigned.Elements() {
			for _, property := range group.Elements() {
				p.unsigned = append(p.unsigned, property.Local)
			}
		}
	}
	parts, err = xmldsig.Children(signed)
	if err != nil {
		return nil, err
	}
	ofSignature, err := parts.Take(Namespace, "SignedSignatureProperties")
	if err != nil {
		return nil, err
	}
	ofData := parts.TakeOptional(Namespace, "SignedDataObjectProperties")
	if err := parts.End(); err != nil {
		return nil, err
	}
	if err := p.readOfSignature(ofSignature); err != nil {
		return nil, err
	}
	return p, p.readOfData(ofData)
}

// readOfSignature reads SignedSignatureProperties (EN 319 132-1, 4.3.4). Each property is there once at most, in any order.
func (p *properties) readOfSignature(n *xmltree.Node) error {
	parts, err := xmldsig.Children(n)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, property := range parts.Rest {
		if property.Space != Namespace || seen[property.Local] {
			return badProperty("the property %.60q is there twice, or not one of XAdES", property.Local)
		}
		seen[property.Local] = true
		switch property.Local {
		case "SigningTime":
			p.signingTime, err = readTime(property)
		case "SigningCertificate", "SigningCertificateV2":
			p.certificate, err = readSigningCertificate(property)
		case "SignaturePolicyIdentifier":
			p.policy, err = readPolicy(property)
		case "SignerRole", "SignerRoleV2":
			p.role, err = readRole(property)
		case "SignatureProductionPlace", "SignatureProductionPlaceV2": // where the signer says to be narrows nothing
		default:
			err = badProperty("the property %.60q is not supported", property.Local)
		}
		if err != nil {
			return err
		}
	}
	hasBoth := seen["SigningCertificate"] && seen["SigningCertificateV2"] || seen["SignerRole"] && seen["SignerRoleV2"]
	if !seen["SigningTime"] || p.certificate.hash == 0 || hasBoth {
		return badProperty("SigningTime or SigningCertificate is missing, or a property is there in both versions")
	}
	return nil
}

// readOfData reads SignedDataObjectProperties (EN 319 132-1, 4.3.5), which may be absent.
func (p *properties) readOfData(n *xmltree.Node) error {
	if n == nil {
		return nil
	}
	parts, err := xmldsig.Children(n)
	if err != nil {
		return err
	}
	for _, property := range parts.Rest {
		switch {
		case property.Is(Namespace, "DataObjectFormat"):
			of, _ := property.Attribute("ObjectReference")
			p.formats = append(p.formats, of)
		case property.Is(Namespace, "CommitmentTypeIndication"): // why, not what
		default:
			return badProperty("the property %.60q is not supported", property.Local)
		}
	}
	return nil
}

// readTime reads SigningTime (xsd:dateTime), which names its zone.
func readTime(n *xmltree.Node) (time.Time, error) {
	text, ok := n.Leaf()
	if !ok {
		return time.Time{}, badProperty("SigningTime is not text alone")
	}
	t, err := time.Parse(time.RFC3339, strings.TrimSpace(text))
	if err != nil {
		return time.Time{}, badProperty("SigningTime %.40q", text)
	}
	return t.UTC().Truncate(time.Second), nil
}

// readRole reads SignerRole (TS 101 903, 7.2.8) or SignerRoleV2 with claimed roles alone.
func readRole(n *xmltree.Node) (string, error) {
	parts, err := xmldsig.Children(n)
	if err != nil {
		return "", err
	}
	claimed, err := parts.Take(Namespace, "ClaimedRoles")
	if err != nil {
		return "", badProperty("roles that are not claimed: %w", err)
	}
	if err := parts.End(); err != nil {
		return "", badProperty("roles that are not claimed: %w", err)
	}
	var roles []string
	for _, role := range claimed.Elements() {
		text, ok := role.Leaf()
		if !ok || !role.Is(Namespace, "ClaimedRole") || len(text) > maxText || len(roles) == 16 {
			return "", badProperty("ClaimedRole")
		}
		roles = append(roles, strings.TrimSpace(text))
	}
	return strings.Join(roles, ", "), nil
}

// readPolicy reads SignaturePolicyIdentifier (EN 319 132-1, 5.2.9) with an object identifier, a digest, and SPURI at most.
func readPolicy(n *xmltree.Node) (*ades.Policy, error) {
	parts, err := xmldsig.Children(n)
	if err != nil {
		return nil, err
	}
	id := parts.TakeOptional(Namespace, "SignaturePolicyId")
	if id == nil || parts.End() != nil {
		return nil, badProperty("a signature policy that is implied")
	}
	if parts, err = xmldsig.Children(id); err != nil {
		return nil, err
	}
	p := &ades.Policy{}
	if p.OID, err = readPolicyOID(parts.TakeOptional(Namespace, "SigPolicyId")); err != nil {
		return nil, err
	}
	hash, err := parts.Take(Namespace, "SigPolicyHash")
	if err != nil {
		return nil, err
	}
	qualifiers := parts.TakeOptional(Namespace, "SigPolicyQualifiers")
	if err := parts.End(); err != nil {
		return nil, err
	}
	if parts, err = xmldsig.Children(hash); err != nil {
		return nil, err
	}
	if p.Hash, p.Digest, err = xmldsig.ReadDigest(&parts); err != nil {
		return nil, err
	}
	if qualifiers != nil {
		for _, q := range qualifiers.Elements() {
			if spuri := child(q, Namespace, "SPURI"); spuri != nil {
				p.URI, _ = spuri.Leaf()
				p.URI = strings.TrimSpace(p.URI)
			}
		}
	}
	if len(p.URI) > maxText {
		return nil, badProperty("a policy's address of %d bytes", len(p.URI))
	}
	return p, parts.End()
}

// readPolicyOID reads the object identifier of a policy: as a URN (RFC 3061) or in digits.
func readPolicyOID(n *xmltree.Node) (asn1.ObjectIdentifier, error) {
	identifier := child(n, Namespace, "Identifier")
	if identifier == nil {
		return nil, badProperty("a signature policy without Identifier")
	}
	text, _ := identifier.Leaf()
	text = strings.TrimSpace(text)
	digits, _ := strings.CutPrefix(text, "urn:oid:")
	var oid asn1.ObjectIdentifier
	for part := range strings.SplitSeq(digits, ".") {
		arc, err := strconv.ParseUint(part, 10, 31)
		if err != nil || len(oid) == 32 || strconv.FormatUint(arc, 10) != part {
			return nil, badProperty("a signature policy that is no object identifier: %.100q", text)
		}
		oid = append(oid, int(arc))
	}
	return oid, nil
}
