package cades

import (
	"bytes"
	"encoding/asn1"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cms"
)

// maxPolicyURI is the longest SPuri, in bytes.
const maxPolicyURI = 300

// signaturePolicy writes SignaturePolicyId (EN 319 122-1, 5.2.9.1) with its digest and, where there is an address, the qualifier
// SPuri.
func signaturePolicy(p *ades.Policy) ([]byte, error) {
	a, ok := algorithmOf(p.Hash)
	if !ok || len(p.Digest) != p.Hash.Size() {
		return nil, fmt.Errorf("signature policy %v with a digest of %d bytes for %v", p.OID, len(p.Digest), p.Hash)
	}
	if !isPolicyURI(p.URI) && p.URI != "" {
		return nil, errors.New("signature policy with an address that is too long or not ASCII")
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(p.OID)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addDigestAlgorithm(b, a)
			b.AddASN1OctetString(p.Digest)
		})
		if p.URI == "" {
			return
		}
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidSPuri)
				b.AddASN1(cbasn1.IA5String, func(b *cryptobyte.Builder) { b.AddBytes([]byte(p.URI)) })
			})
		})
	})
	return b.Bytes()
}

// PolicyOf returns the signature policy that a signer names in their signed attributes; nil for none. It is for signatures in files
// of other programs, which Parse does not read.
func PolicyOf(signed []cms.Attribute) (*ades.Policy, error) {
	found := map[string]cryptobyte.String{}
	for _, a := range signed {
		name := a.Type.String()
		found[name] = append(found[name], bytes.Join(a.Values, nil)...)
	}
	return readPolicy(found, Rules{Policy: PolicyAllowed})
}

// readPolicy reads signature-policy-identifier as signaturePolicy writes it, where rules have it. The implied policy (NULL),
// other qualifiers and more than one are refused: what they say of the signature is not known here.
func readPolicy(found map[string]cryptobyte.String, rules Rules) (*ades.Policy, error) {
	_, there := found[oidSignaturePolicy.String()]
	switch {
	case there && rules.Policy == NoPolicy:
		return nil, badAttribute("a signature policy, which this profile does not have")
	case !there && rules.Policy == PolicyRequired:
		return nil, badAttribute("no signature policy, which this profile has")
	case !there:
		return nil, nil
	}
	value, err := single(found, oidSignaturePolicy)
	if err != nil {
		return nil, err
	}
	var id, hash cryptobyte.String
	var out ades.Policy
	if !value.ReadASN1(&id, cbasn1.SEQUENCE) || !value.Empty() || !id.ReadASN1ObjectIdentifier(&out.OID) ||
		!id.ReadASN1(&hash, cbasn1.SEQUENCE) {
		return nil, badAttribute("signature-policy-identifier is not one")
	}
	a, err := readDigestAlgorithm(&hash)
	if err != nil {
		return nil, err
	}
	out.Hash = a.hash
	if !hash.ReadASN1Bytes(&out.Digest, cbasn1.OCTET_STRING) || !hash.Empty() || len(out.Digest) != a.hash.Size() {
		return nil, badAttribute("digest of the signature policy")
	}
	if !id.Empty() {
		out.URI, err = readPolicyURI(id)
	}
	return &out, err
}

// readPolicyURI reads sigPolicyQualifiers with the one qualifier SPuri.
func readPolicyURI(s cryptobyte.String) (string, error) {
	var qualifiers, qualifier, uri cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !s.ReadASN1(&qualifiers, cbasn1.SEQUENCE) || !s.Empty() ||
		!qualifiers.ReadASN1(&qualifier, cbasn1.SEQUENCE) || !qualifiers.Empty() ||
		!qualifier.ReadASN1ObjectIdentifier(&oid) || !oid.Equal(oidSPuri) ||
		!qualifier.ReadASN1(&uri, cbasn1.IA5String) || !qualifier.Empty() || !isPolicyURI(string(uri)) {
		return "", badAttribute("qualifiers of the signature policy are not one address")
	}
	return string(uri), nil
}

// isPolicyURI reports whether uri has only visible ASCII, and not too much of it.
func isPolicyURI(uri string) bool {
	for i := range len(uri) {
		if uri[i] <= ' ' || uri[i] > '~' {
			return false
		}
	}
	return uri != "" && len(uri) <= maxPolicyURI
}
