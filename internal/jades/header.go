package jades

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/ades"
)

// header is the protected header: of RFC 7515, 4.1, RFC 7797, and TS 119 182-1, 5. Pointers are nil where a member is absent.
type header struct {
	Algorithm    string        `json:"alg"`
	ContentType  string        `json:"cty,omitempty"`
	Type         string        `json:"typ,omitempty"`
	KeyID        string        `json:"kid,omitempty"`
	Thumbprint   string        `json:"x5t#S256,omitempty"`
	OtherDigest  *otherDigest  `json:"x5t#o,omitempty"`
	Digests      []otherDigest `json:"sigX5ts,omitempty"`
	Certificates []string      `json:"x5c,omitempty"`
	IssuedAt     *int64        `json:"iat,omitempty"`
	SigningTime  *string       `json:"sigT,omitempty"`
	Policy       *policyID     `json:"sigPId,omitempty"`
	Encoded      *bool         `json:"b64,omitempty"`
	Detached     *detached     `json:"sigD,omitempty"`
	Critical     []string      `json:"crit,omitempty"`
}

// otherDigest is the digest of a certificate (5.2.2).
type otherDigest struct {
	Algorithm string `json:"digAlg"`
	Value     string `json:"digVal"`
}

// policyID is sigPId (5.2.7).
type policyID struct {
	ID struct {
		ID string `json:"id"`
	} `json:"id"`
	Algorithm  string            `json:"digAlg"`
	Value      string            `json:"digVal"`
	Qualifiers []policyQualifier `json:"sigPQuals,omitempty"`
}

// policyQualifier has where the policy is.
type policyQualifier struct {
	URI string `json:"spURI"`
}

// detached is sigD (5.2.8).
type detached struct {
	Mechanism    string   `json:"mId"`
	Parameters   []string `json:"pars"`
	Hash         string   `json:"hashM"`
	Values       []string `json:"hashV"`
	ContentTypes []string `json:"ctys,omitempty"`
}

// newHeader returns the header of a signer, but for what the documents add.
func newHeader(s ades.Signer, a algorithm) (*header, error) {
	issued := s.Time.Unix()
	h := &header{Algorithm: a.name, IssuedAt: &issued}
	for _, c := range append([]*x509.Certificate{s.Certificate}, s.Chain...) {
		encoded := base64.StdEncoding.EncodeToString(c.Raw)
		if !slices.Contains(h.Certificates, encoded) {
			h.Certificates = append(h.Certificates, encoded)
		}
	}
	name, err := nameOf(s.Hash)
	if err != nil {
		return nil, err
	}
	digest := base64url.EncodeToString(sum(s.Hash, s.Certificate.Raw))
	if s.Hash == crypto.SHA256 {
		h.Thumbprint = digest
	} else {
		h.OtherDigest = &otherDigest{name, digest}
	}
	if s.Policy != nil {
		h.Policy, err = newPolicy(s.Policy)
	}
	return h, err
}

// newPolicy returns sigPId for a policy.
func newPolicy(p *ades.Policy) (*policyID, error) {
	name, err := nameOf(p.Hash)
	if err != nil || len(p.Digest) != p.Hash.Size() || len(p.OID) < 2 {
		return nil, fmt.Errorf("signature policy %v with a digest of %d bytes for %v", p.OID, len(p.Digest), p.Hash)
	}
	out := &policyID{Algorithm: name, Value: base64url.EncodeToString(p.Digest)}
	out.ID.ID = urnOID + p.OID.String()
	if p.URI != "" {
		if !isText(p.URI) {
			return nil, fmt.Errorf("signature policy with an address that is too long or not ASCII")
		}
		out.Qualifiers = []policyQualifier{{p.URI}}
	}
	return out, nil
}

// read returns the policy that sigPId names: by its identifier, one digest, and one address or none.
func (p *policyID) read() (*ades.Policy, error) {
	if p == nil {
		return nil, nil
	}
	text, ok := strings.CutPrefix(p.ID.ID, urnOID)
	oid, err := x509.ParseOID(text)
	if !ok || err != nil || len(text) > maxText {
		return nil, badAttribute("signature policy %.40q is not named by an object identifier", p.ID.ID)
	}
	out := &ades.Policy{}
	if out.OID, ok = toASN1(oid); !ok {
		return nil, badAttribute("signature policy with an object identifier of large numbers")
	}
	if out.Hash, err = hashNamed(p.Algorithm); err != nil {
		return nil, err
	}
	if out.Digest, err = decode(base64url, p.Value, 64); err != nil || len(out.Digest) != out.Hash.Size() {
		return nil, badAttribute("digest of the signature policy")
	}
	if len(p.Qualifiers) > 1 || len(p.Qualifiers) == 1 && !isText(p.Qualifiers[0].URI) {
		return nil, badAttribute("qualifiers of the signature policy are not one address")
	}
	if len(p.Qualifiers) == 1 {
		out.URI = p.Qualifiers[0].URI
	}
	return out, nil
}

// toASN1 turns an identifier into that of encoding/asn1, which has no numbers over 31 bits.
func toASN1(oid x509.OID) (out asn1.ObjectIdentifier, ok bool) {
	der, err := oid.MarshalBinary()
	if err != nil || len(der) > 127 {
		return nil, false
	}
	_, err = asn1.Unmarshal(append([]byte{asn1.TagOID, byte(len(der))}, der...), &out)
	return out, err == nil
}

// isText reports whether a text is visible ASCII, and not too long.
func isText(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return false
		}
	}
	return text != "" && len(text) <= maxText
}

// mediaType is a media type as cty and ctys have it: without "application/" where that is all before the one slash (RFC 7515,
// 4.1.10).
func mediaType(full string) string {
	if short, ok := strings.CutPrefix(full, "application/"); ok && !strings.Contains(short, "/") {
		return short
	}
	return full
}

// reference is a document's name as a URI reference.
func reference(name string) string { return url.PathEscape(name) }
