package formats

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/e-onay/e-onay/internal/strictjson"
	"github.com/e-onay/e-onay/internal/validation"
)

// Mechanisms of sigD (TS 119 182-1, 5.2.8).
const (
	sigDByURI     = "http://uri.etsi.org/19182/ObjectIdByURI"
	sigDByURIHash = "http://uri.etsi.org/19182/ObjectIdByURIHash"
)

// jadesHeader is a protected header (RFC 7515, 4.1; RFC 7797; TS 119 182-1, 5.1 and 5.2).
type jadesHeader struct {
	members map[string]jsontext.Value

	algorithm    string
	isRaw        bool // b64 is false
	critical     []string
	certificates []*x509.Certificate // of x5c
	references   int                 // how many of x5t#S256, x5t#o and sigX5ts there are
	detached     *sigD
	contentStamp []string // tokens of adoTst in base64
}

// sigD names documents that are elsewhere.
type sigD struct {
	Mechanism  string   `json:"mId"`
	Parameters []string `json:"pars"`
	Hash       string   `json:"hashM"`
	Values     []string `json:"hashV"`
}

// isByHash reports whether sigD has the digests of the documents, so that the payload is empty.
func (h *jadesHeader) isByHash() bool {
	return h.detached != nil && h.detached.Mechanism == sigDByURIHash
}

// headerError names the member that breaks the rules.
type headerError string

func (e headerError) Error() string { return "header parameter " + string(e) + " breaks the rules" }

// jadesHashes are the names of hashes in JAdES (TS 119 182-1, 5.2.2.1).
var jadesHashes = map[string]crypto.Hash{
	"S256": crypto.SHA256, "S384": crypto.SHA384, "S512": crypto.SHA512,
	"S3-256": crypto.SHA3_256, "S3-384": crypto.SHA3_384, "S3-512": crypto.SHA3_512,
}

// jadesDigest is a digest with the name of its hash.
type jadesDigest struct {
	Algorithm string `json:"digAlg"`
	Value     string `json:"digVal"`
}

// member reads a member into v, where it is there.
func (h *jadesHeader) member(name string, v any) (present bool, err error) {
	raw, present := h.members[name]
	if !present {
		return false, nil
	}
	if raw.Kind() == 'n' || strictjson.UnmarshalKnown(raw, v) != nil {
		return true, headerError(name)
	}
	return true, nil
}

// read reads the header into out. A member may not stand in the unprotected header too (RFC 7515, 4).
func (h *jadesHeader) read(out *validation.Signature, unprotected map[string]jsontext.Value) error {
	for name := range unprotected {
		if _, twice := h.members[name]; twice {
			return headerError(name)
		}
	}
	if present, err := h.member("alg", &h.algorithm); err != nil || !present {
		return headerError("alg")
	}
	encoded := true
	isB64, err := h.member("b64", &encoded)
	h.isRaw = !encoded
	if err != nil {
		return err
	}
	for _, read := range []func(*validation.Signature) error{h.readCertificates, h.readReferences, h.readTime, h.readPolicy, h.readDetached} {
		if err := read(out); err != nil {
			return err
		}
	}
	return h.readCritical(unprotected, isB64)
}

// readCertificates reads x5c, whose first certificate is the signer's.
func (h *jadesHeader) readCertificates(out *validation.Signature) error {
	var all []string
	if present, err := h.member("x5c", &all); !present || err != nil {
		return err
	}
	if len(all) == 0 || len(all) > maxValues {
		return headerError("x5c")
	}
	for _, text := range all {
		der, err := fromBase64(text, maxAttributeValue)
		if err != nil {
			return headerError("x5c")
		}
		c, err := parseCertificate(der)
		if err != nil {
			return fmt.Errorf("%w: %w", headerError("x5c"), err)
		}
		h.certificates = append(h.certificates, c)
	}
	out.Data.Certificates = h.certificates
	out.Attributes.CertificateEmbedded = true
	out.Names = h.certificates[0].Equal
	return nil
}

// readReferences reads the digests of certificates, the signer's first: x5t#S256, x5t#o or sigX5ts. Where there is none, a certificate in
// x5c is bound all the same: the header is signed.
func (h *jadesHeader) readReferences(out *validation.Signature) error {
	var thumbprint string
	var other jadesDigest
	var several []jadesDigest
	isThumbprint, err1 := h.member("x5t#S256", &thumbprint)
	isOther, err2 := h.member("x5t#o", &other)
	isSeveral, err3 := h.member("sigX5ts", &several)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	var digests []jadesDigest
	if isThumbprint {
		digests = append(digests, jadesDigest{"S256", thumbprint})
	}
	if isOther {
		digests = append(digests, other)
	}
	if isSeveral && (len(several) == 0 || len(several) > maxValues) {
		return headerError("sigX5ts")
	}
	for _, is := range []bool{isThumbprint, isOther, isSeveral} {
		if is {
			h.references++
		}
	}
	for _, d := range append(digests, several...) {
		hash, digest, err := d.decode()
		if err != nil {
			return headerError("x5t")
		}
		out.References = append(out.References, validation.CertificateReference{Hash: hash, Digest: digest})
		out.Algorithms = append(out.Algorithms, validation.Algorithm{Hash: hash, Binds: true})
	}
	if h.references > 1 && !h.allNameSigner(out.References[:len(digests)+min(1, len(several))]) {
		return headerError("x5t")
	}
	if len(out.References) == 0 && len(h.certificates) > 0 {
		digest := validation.ObjectOf(h.certificates[0].Raw)
		out.References = []validation.CertificateReference{{Hash: crypto.SHA256, Digest: digest[:]}}
	}
	out.Attributes.SigningCertificateV2 = h.references > 0
	return nil
}

// allNameSigner reports whether references of several kinds are all of the first certificate in x5c. If not, readers may take
// different ones for the signer's.
func (h *jadesHeader) allNameSigner(references []validation.CertificateReference) bool {
	for _, r := range references {
		if len(h.certificates) == 0 {
			return false
		}
		sum, err := digestOf(h.certificates[0].Raw)(r.Hash)
		if err != nil || string(sum) != string(r.Digest) {
			return false
		}
	}
	return true
}

// decode returns hash and digest. A digest by a hash that is not known is an error: nothing else names the certificate.
func (d jadesDigest) decode() (crypto.Hash, []byte, error) {
	hash := jadesHashes[d.Algorithm]
	if !known(hash) {
		return 0, nil, errors.New("a hash that is not known")
	}
	digest, err := fromBase64(d.Value, hash.Size())
	if err != nil || len(digest) != hash.Size() {
		return 0, nil, errors.New("a digest that is none")
	}
	return hash, digest, nil
}

// readTime reads the claimed signing time, iat or sigT (5.1.11, 5.2.1). Both at once could be read as two times.
func (h *jadesHeader) readTime(out *validation.Signature) error {
	var issued float64
	var text string
	isIssued, err1 := h.member("iat", &issued)
	isText, err2 := h.member("sigT", &text)
	switch {
	case err1 != nil || isIssued && (isText || issued < 0 || issued > 253402300799): // the year 9999
		return headerError("iat")
	case err2 != nil:
		return err2
	case isIssued:
		whole, part := math.Modf(issued)
		out.Claimed = time.Unix(int64(whole), int64(part*1e9)).UTC()
	case isText:
		var err error
		if out.Claimed, err = time.Parse(time.RFC3339, text); err != nil {
			return headerError("sigT")
		}
	}
	out.Attributes.SigningTime = isIssued || isText
	return nil
}

// readPolicy reads sigPId (5.2.7). A policy that is not named by an object identifier is one that is not known.
func (h *jadesHeader) readPolicy(out *validation.Signature) error {
	var policy struct {
		ID struct {
			ID string `json:"id"`
		} `json:"id"`
		jadesDigest
		Qualifiers []struct {
			URI string `json:"spURI"`
		} `json:"sigPQuals"`
	}
	present, err := h.member("sigPId", &policy)
	if !present || err != nil {
		return err
	}
	out.Policy = new(validation.SignaturePolicy)
	if oid, err := x509.ParseOID(strings.TrimPrefix(policy.ID.ID, "urn:oid:")); err == nil && len(policy.ID.ID) < 200 {
		if der, err := oid.MarshalBinary(); err == nil && len(der) < 128 {
			// An identifier with numbers over 31 bits is not known here.
			_, _ = asn1.Unmarshal(append([]byte{asn1.TagOID, byte(len(der))}, der...), &out.Policy.OID)
		}
	}
	if hash, digest, err := policy.decode(); err == nil { // one that is not known makes a digest that is not known
		out.Policy.Hash, out.Policy.Digest = hash, digest
	}
	for _, q := range policy.Qualifiers {
		if q.URI != "" && len(q.URI) <= maxPolicyURI && isVisible([]byte(q.URI)) && out.Policy.URI == "" {
			out.Policy.URI = q.URI
		}
	}
	return nil
}

// readDetached reads sigD and adoTst.
func (h *jadesHeader) readDetached(*validation.Signature) error {
	var d sigD
	present, err := h.member("sigD", &d)
	if err != nil {
		return err
	}
	if present {
		h.detached = &d
		if len(d.Parameters) > maxParts || d.Mechanism == sigDByURIHash && len(d.Values) != len(d.Parameters) {
			return headerError("sigD")
		}
		if (d.Mechanism == sigDByURI || d.Mechanism == sigDByURIHash) && len(d.Parameters) == 0 {
			return headerError("sigD")
		}
	}
	var stamps []jadesTokens
	if _, err := h.member("adoTst", &stamps); err != nil {
		var one jadesTokens // some programs write the one container without its array
		if _, err := h.member("adoTst", &one); err != nil {
			return err
		}
		stamps = append(stamps, one)
	}
	for _, s := range stamps {
		h.contentStamp = append(h.contentStamp, s.values()...)
	}
	return nil
}

// criticalKnown are the header parameters that crit may name and that are understood here. Those of RFC 7515 and RFC 7518 may not be there.
var criticalKnown = []string{"b64", "sigD", "sigT", "iat", "sigPId", "x5t#o", "sigX5ts", "adoTst", "srCms", "srAts", "sigPl", "etsiU"}

// readCritical reads crit (RFC 7515, 4.1.11): a list of names that are there, each once. b64 must be named (RFC 7797, 6): who does
// not know it reads another payload.
func (h *jadesHeader) readCritical(unprotected map[string]jsontext.Value, isB64 bool) error {
	present, err := h.member("crit", &h.critical)
	if err != nil || present && len(h.critical) == 0 || len(h.critical) > maxValues || isB64 && h.isRaw && !slices.Contains(h.critical, "b64") {
		return headerError("crit")
	}
	for i, name := range h.critical {
		_, here := h.members[name]
		_, there := unprotected[name]
		if !here && !there || slices.Contains(h.critical[:i], name) {
			return headerError("crit")
		}
	}
	return nil
}

// unknownCritical returns the critical header parameters that are not known here. They may change what a signature means.
func (h *jadesHeader) unknownCritical() (all []validation.Conclusion) {
	for _, name := range h.critical {
		if !slices.Contains(criticalKnown, name) {
			all = append(all, validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonUnsupported, shown(name), nil)))
		}
	}
	return all
}
