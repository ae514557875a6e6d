package jades

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/strictjson"
)

// Signature is a signature whose form has been checked. Only Verify says that it is genuine.
type Signature struct {
	claims    ades.Claims
	algorithm algorithm
	header    header
	protected string // base64url, as received
	payload   string // base64url, as received; "" where the documents are elsewhere
	value     []byte
}

// Parse reads all signatures of a file of at most MaxFile bytes; there is one at least. Errors have one of the codes
// fault.SignatureMalformed, fault.SignatureAttributes and fault.SignatureAlgorithm, or are those of reading.
func Parse(signed io.ReaderAt, size int64) ([]*Signature, error) {
	if size > MaxFile {
		return nil, malformed("%d bytes, over the limit of %d", size, MaxFile)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(signed, 0, size), data); err != nil {
		return nil, fmt.Errorf("read a signature: %w", err)
	}
	file, err := readFile(data)
	if err != nil {
		return nil, err
	}
	var all []*Signature
	for _, one := range file.Signatures {
		s, err := parse(one, file.Payload)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// readFile reads a file of each serialization as a general one. A payload that is empty is absent.
func readFile(data []byte) (jsonFile, error) {
	if !bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{")) {
		return readCompact(string(data))
	}
	var file jsonFile
	if err := strictjson.Unmarshal(data, &file); err != nil {
		return file, malformed("not a JWS in JSON") // the error may quote the payload
	}
	isFlattened := file.Protected != "" || file.Signature != ""
	switch {
	case isFlattened && file.Signatures != nil, !isFlattened && len(file.Signatures) == 0:
		return file, malformed("neither flattened nor general serialization")
	case len(file.Signatures) > maxSignatures:
		return file, malformed("more than %d signatures", maxSignatures)
	case isFlattened:
		file.Signatures = []jsonSignature{{file.Protected, file.Signature}}
	}
	return file, nil
}

// readCompact reads the compact serialization (RFC 7515, 7.1).
func readCompact(text string) (jsonFile, error) {
	parts := strings.SplitN(text, ".", 4)
	if len(parts) != 3 {
		return jsonFile{}, malformed("neither JSON nor three parts with points between them")
	}
	return jsonFile{Payload: &parts[1], Signatures: []jsonSignature{{parts[0], parts[2]}}}, nil
}

// parse reads one signature.
func parse(one jsonSignature, payload *string) (*Signature, error) {
	s := &Signature{protected: one.Protected}
	text, err := decode(base64url, one.Protected, maxHeader)
	if err != nil {
		return nil, malformed("protected header: %w", err)
	}
	if err := strictjson.Unmarshal(text, &s.header); err != nil {
		return nil, badAttribute("a protected header that is no JSON, or has other members than JAdES baseline-B")
	}
	if s.value, err = decode(base64url, one.Signature, maxSignature); err != nil || len(s.value) == 0 {
		return nil, malformed("signature value")
	}
	if err := s.readPayload(payload); err != nil {
		return nil, err
	}
	if err := s.header.check(); err != nil {
		return nil, err
	}
	if err := s.readCertificates(); err != nil {
		return nil, err
	}
	if s.algorithm, err = algorithmNamed(s.header.Algorithm, s.claims.Certificate.PublicKey); err != nil {
		return nil, err
	}
	s.claims.Algorithm, s.claims.Hash = s.algorithm.x509, s.algorithm.hash
	if s.header.Detached != nil {
		if s.claims.Hash, err = s.header.Detached.check(); err != nil {
			return nil, err
		}
	}
	if s.claims.SigningTime, err = s.header.signingTime(); err != nil {
		return nil, err
	}
	s.claims.Policy, err = s.header.Policy.read()
	return s, err
}

// readPayload checks that the payload is there where sigD is not, and the other way round.
func (s *Signature) readPayload(payload *string) error {
	if s.header.Detached != nil {
		if payload != nil && *payload != "" {
			return badAttribute("sigD beside a payload")
		}
		return nil
	}
	if payload == nil || s.header.Encoded != nil && !*s.header.Encoded {
		return badAttribute("neither a payload in base64url nor sigD")
	}
	s.payload = *payload
	if _, err := decode(base64url, s.payload, MaxPayload); err != nil {
		return malformed("payload: %w", err)
	}
	return nil
}

// critical are the members that crit may name: those of neither RFC 7515 nor 7518 (RFC 7515, 4.1.11).
var critical = []string{"x5t#o", "sigX5ts", "iat", "sigT", "sigPId", "b64", "sigD"}

// check looks at members that have no meaning of their own, and at crit, which must have sigD and b64 (5.1.9; RFC 7797, 6).
func (h *header) check() error {
	switch strings.ToLower(h.Type) {
	case "", "jose", "jose+json":
	default:
		return badAttribute("typ %.20q", h.Type)
	}
	if len(h.KeyID) > 16*maxText || len(h.ContentType) > maxText {
		return badAttribute("kid or cty that is too long")
	}
	there := map[string]bool{
		"x5t#o": h.OtherDigest != nil, "sigX5ts": h.Digests != nil, "iat": h.IssuedAt != nil, "sigT": h.SigningTime != nil,
		"sigPId": h.Policy != nil, "b64": h.Encoded != nil, "sigD": h.Detached != nil,
	}
	seen := map[string]bool{}
	for _, name := range h.Critical {
		if seen[name] || !slices.Contains(critical, name) || !there[name] {
			return badAttribute("crit has %.20q, which is not there, not known, or twice in it", name)
		}
		seen[name] = true
	}
	if h.Critical != nil && len(h.Critical) == 0 || there["sigD"] && !seen["sigD"] || there["b64"] && !seen["b64"] {
		return badAttribute("crit is empty, or lacks sigD or b64")
	}
	return nil
}

// readCertificates reads x5c, whose first is the signer's, and compares it with the digest (5.1.7, 5.2.2), of which there must
// be one kind.
func (s *Signature) readCertificates() error {
	h := &s.header
	if len(h.Certificates) == 0 || len(h.Certificates) > maxCertificates {
		return badAttribute("%d certificates in x5c", len(h.Certificates))
	}
	for _, text := range h.Certificates {
		der, err := decode(base64.StdEncoding.Strict(), text, pki.MaxCertificate)
		if err != nil {
			return malformed("x5c: %w", err)
		}
		c, err := pki.ParseX509(der)
		if err != nil {
			return malformed("x5c: %w", err)
		}
		s.claims.Certificates = append(s.claims.Certificates, c)
	}
	s.claims.Certificate = s.claims.Certificates[0]
	digests := h.Digests
	kinds := 0
	if h.Digests != nil {
		kinds++
		if len(digests) < 2 || len(digests) > len(s.claims.Certificates) {
			return badAttribute("sigX5ts of %d certificates", len(digests))
		}
	}
	if h.OtherDigest != nil {
		kinds++
		digests = []otherDigest{*h.OtherDigest}
	}
	if h.Thumbprint != "" {
		kinds++
		digests = []otherDigest{{"S256", h.Thumbprint}}
	}
	if kinds != 1 {
		return badAttribute("%d of x5t#S256, x5t#o and sigX5ts, want one", kinds)
	}
	for i, d := range digests {
		if err := d.check(s.claims.Certificates[i]); err != nil {
			return err
		}
	}
	return nil
}

// check compares a digest with its certificate.
func (d otherDigest) check(c *x509.Certificate) error {
	hash, err := hashNamed(d.Algorithm)
	if err != nil {
		return err
	}
	digest, err := decode(base64url, d.Value, 64)
	if err != nil || !bytes.Equal(digest, sum(hash, c.Raw)) {
		return badAttribute("digest of another certificate")
	}
	return nil
}

// signingTime reads iat or sigT, of which there must be one (5.1.11, 5.2.1).
func (h *header) signingTime() (time.Time, error) {
	switch {
	case h.IssuedAt != nil && h.SigningTime == nil:
		t := time.Unix(*h.IssuedAt, 0).UTC()
		if t.Year() < 1950 || t.Year() > 9999 {
			return time.Time{}, badAttribute("iat is not in the years 1950 to 9999")
		}
		return t, nil
	case h.SigningTime != nil && h.IssuedAt == nil:
		const layout = "2006-01-02T15:04:05Z"
		t, err := time.Parse(layout, *h.SigningTime)
		if err != nil || t.Format(layout) != *h.SigningTime || t.Year() < 1950 {
			return time.Time{}, badAttribute("sigT is not a time in whole seconds of UTC")
		}
		return t, nil
	}
	return time.Time{}, badAttribute("not one of iat and sigT")
}

// check reads sigD, and returns the hash of the documents.
func (d *detached) check() (crypto.Hash, error) {
	if d.Mechanism != objectIDByURIHash {
		return 0, badAttribute("sigD by the mechanism %.60q, and only ObjectIdByURIHash is read", d.Mechanism)
	}
	hash, err := hashNamed(d.Hash)
	if err != nil {
		return 0, err
	}
	n := len(d.Parameters)
	if n == 0 || n > MaxDocuments || len(d.Values) != n || len(d.ContentTypes) != 0 && len(d.ContentTypes) != n {
		return 0, badAttribute("sigD of %d names, %d digests and %d media types", n, len(d.Values), len(d.ContentTypes))
	}
	for i := range n {
		digest, err := decode(base64url, d.Values[i], 64)
		if err != nil || len(digest) != hash.Size() || len(d.Parameters[i]) > maxName || d.Parameters[i] == "" {
			return 0, badAttribute("sigD: name or digest of document %d", i)
		}
	}
	return hash, nil
}

// Claims returns what the signature says of itself.
func (s *Signature) Claims() ades.Claims { return s.claims }

// Names are the names of the documents in a detached signature, as URI references; nil where the document is inside.
func (s *Signature) Names() []string {
	if s.header.Detached == nil {
		return nil
	}
	return s.header.Detached.Parameters
}

// Content is the document that the signature holds; ok is false where the documents are elsewhere.
func (s *Signature) Content() (content []byte, ok bool) {
	if s.header.Detached != nil {
		return nil, false
	}
	content, err := base64url.DecodeString(s.payload)
	return content, err == nil
}

// Verify checks the signature over its payload, or over these documents in the order of Names. A signature that holds its
// document is verified with it, or without any.
func (s *Signature) Verify(documents []ades.Document) error {
	digest := signedDigest(s.algorithm, []byte(s.protected), []byte(s.payload))
	if err := s.algorithm.check(s.claims.Certificate.PublicKey, digest, s.value); err != nil {
		return fault.Errorf(fault.SignatureInvalid, "signature value: %w", err)
	}
	if s.header.Detached == nil {
		return s.verifyContent(documents)
	}
	if len(documents) != len(s.header.Detached.Values) {
		return fault.Errorf(fault.SignatureInvalid, "%d documents, and the signature is of %d", len(documents), len(s.header.Detached.Values))
	}
	for i, d := range documents {
		digest, err := s.digestOf(d)
		if err != nil {
			return err
		}
		if base64url.EncodeToString(digest) != s.header.Detached.Values[i] {
			return fault.Errorf(fault.SignatureInvalid, "document %d is another than was signed", i)
		}
	}
	return nil
}

// verifyContent compares the payload with the one document, where there is one.
func (s *Signature) verifyContent(documents []ades.Document) error {
	if len(documents) == 0 {
		return nil
	}
	content, ok := s.Content()
	if len(documents) > 1 || !ok || documents[0].Size != int64(len(content)) {
		return fault.Errorf(fault.SignatureInvalid, "%d documents, or of another size than the payload", len(documents))
	}
	digest, err := documents[0].Digest(s.claims.Hash)
	if err != nil {
		return err
	}
	if !bytes.Equal(digest, sum(s.claims.Hash, content)) {
		return fault.Errorf(fault.SignatureInvalid, "the payload is another document")
	}
	return nil
}

// digestOf is a document's digest as sigD has it: of its bytes where b64 is false, and otherwise of their base64url (5.2.8.3.3).
func (s *Signature) digestOf(d ades.Document) ([]byte, error) {
	if s.header.Encoded != nil && !*s.header.Encoded {
		return d.Digest(s.claims.Hash)
	}
	if d.Content == nil {
		return nil, fmt.Errorf("a document whose content is not at hand")
	}
	h := s.claims.Hash.New()
	encoder := base64.NewEncoder(base64url, h)
	n, err := io.Copy(encoder, d.Reader())
	if err != nil || n != d.Size {
		return nil, fmt.Errorf("document of %d bytes ends after %d: %w", d.Size, n, err)
	}
	if err := encoder.Close(); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}

var _ ades.Parsed = (*Signature)(nil)
