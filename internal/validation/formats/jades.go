package formats

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/jades"
	"github.com/e-onay/e-onay/internal/strictjson"
	"github.com/e-onay/e-onay/internal/validation"
)

// Limits on a file of JAdES, beside those of internal/jades.
const (
	maxJWS             = 32 // signatures in one file, counter-signatures among them
	maxCounterDepth    = 3  // counter-signatures of counter-signatures
	maxUnsigned        = 512
	maxReferenceStamps = 8       // time stamps of references of one signature, each of which covers all references
	maxHeader          = 1 << 20 // bytes of a protected header
	maxSignatureValue  = 1024    // bytes
	// maxPayloads bounds what is hashed of payloads that are inside, in bytes: each signature of a file is over all of the payload.
	maxPayloads = 64 << 20
)

// looksLikeJWS reports whether a file may begin a JWS: JSON, or the base64url of a header, which begins with a brace.
func looksLikeJWS(head []byte) bool {
	text := bytes.TrimLeft(head, " \t\r\n")
	return bytes.HasPrefix(text, []byte("{")) || bytes.HasPrefix(text, []byte("ew")) || bytes.HasPrefix(text, []byte("ey"))
}

// jwsFile is a JWS in JSON (RFC 7515, 7.2), of the flattened or the general serialization. Members that it does not list say nothing.
type jwsFile struct {
	Payload    *string    `json:"payload"`
	Signatures []jwsEntry `json:"signatures"`
	jwsEntry
}

type jwsEntry struct {
	Protected string                    `json:"protected"`
	Header    map[string]jsontext.Value `json:"header"`
	Value     string                    `json:"signature"`
}

// jadesFile is a file of JAdES while it is read.
type jadesFile struct {
	documents []Document
	count     int // signatures that were read
	stamps    int // time stamps that were read
	payloads  int // bytes of payloads, once for each signature
	stampsOf  map[*validation.Signature]*jadesStamps
}

// readJAdES reads the signatures of a JWS in its compact, flattened or general serialization.
func readJAdES(file Content, documents []Document) ([]*validation.Signature, error) {
	_, all, err := openJAdES(file, documents)
	return all, err
}

func openJAdES(file Content, documents []Document) (*jadesFile, []*validation.Signature, error) {
	if file.Size > jades.MaxFile {
		return nil, nil, fault.Errorf(fault.SignatureMalformed, "%d bytes of JSON, over the limit of %d", file.Size, jades.MaxFile)
	}
	data := make([]byte, file.Size)
	if n, err := file.Reader.ReadAt(data, 0); n < len(data) {
		return nil, nil, fmt.Errorf("read a signature: %w", err)
	}
	jws, err := parseJWS(bytes.TrimSpace(data))
	if err != nil {
		return nil, nil, err
	}
	f := &jadesFile{documents: documents, stampsOf: map[*validation.Signature]*jadesStamps{}}
	var all []*validation.Signature
	for i, entry := range jws.Signatures {
		one, err := f.signature(strconv.Itoa(i+1), entry, jws.Payload, nil, 0)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, one)
	}
	return f, all, nil
}

// parseJWS reads each serialization as a general one. What is no JWS gives fault.Unsupported.
func parseJWS(data []byte) (file jwsFile, err error) {
	if !bytes.HasPrefix(data, []byte("{")) {
		parts := strings.SplitN(string(data), ".", 4)
		if len(parts) != 3 {
			return file, fault.New(fault.Unsupported, errors.New("text that is no compact JWS"))
		}
		return jwsFile{Payload: &parts[1], Signatures: []jwsEntry{{Protected: parts[0], Value: parts[2]}}}, nil
	}
	if !bytes.Contains(data, []byte(`"protected"`)) && !bytes.Contains(data, []byte(`"signatures"`)) {
		return file, fault.New(fault.Unsupported, errors.New("JSON that is no JWS"))
	}
	if err := strictjson.UnmarshalKnown(data, &file); err != nil {
		return file, fault.Errorf(fault.SignatureMalformed, "not a JWS in JSON") // the error may quote the payload
	}
	isFlattened := file.Protected != "" || file.Value != "" || file.Header != nil
	switch {
	case isFlattened == (len(file.Signatures) > 0):
		return file, fault.Errorf(fault.SignatureMalformed, "neither a flattened nor a general JWS")
	case len(file.Signatures) > maxJWS:
		return file, fault.Errorf(fault.SignatureMalformed, "%d signatures, over the limit of %d", len(file.Signatures), maxJWS)
	case isFlattened:
		file.Signatures = []jwsEntry{file.jwsEntry}
	}
	return file, nil
}

// jadesSigner is one signature of a JWS.
type jadesSigner struct {
	file      *jadesFile
	protected string // base64url, as received
	encoded   string // the value in base64url, as received
	value     []byte
	header    jadesHeader
	hash      crypto.Hash // 0 where the algorithm is not known

	// writeContent writes what is signed as it is covered: in base64url, unless b64 is false. nil where it is not at hand.
	writeContent func(io.Writer) error
	parts        []jadesPart // that sigD names
	digest       []byte      // of the signing input; nil where the content is not at hand
	problems     []validation.Conclusion
}

// signature reads one signature. countersigned is the signature that it countersigns, or nil.
func (f *jadesFile) signature(id string, entry jwsEntry, payload *string, countersigned *jadesSigner, depth int) (*validation.Signature, error) {
	f.count++
	out := &validation.Signature{ID: id, Format: "JAdES", Covers: validation.Coverage{Content: "detached", Size: -1}}
	s := &jadesSigner{file: f, protected: entry.Protected, encoded: entry.Value}
	out.Verify = s.verify
	protected, err := fromBase64URL(entry.Protected, maxHeader)
	if err == nil {
		err = strictjson.UnmarshalKnown(protected, &s.header.members)
	}
	if err != nil {
		malformed(out, "protected", errors.New("a protected header that is no JSON in base64url, or has a member twice"))
		return out, nil
	}
	if s.value, err = fromBase64URL(entry.Value, maxSignatureValue); err != nil || len(s.value) == 0 {
		malformed(out, "signature", errors.New("a value that is not base64url, or too long"))
		return out, nil
	}
	out.Value = validation.ObjectOf(s.value)
	if err := s.header.read(out, entry.Header); err != nil {
		name, _ := errors.AsType[headerError](err)
		malformed(out, string(name), err)
		return out, nil
	}
	s.readAlgorithm(out)
	s.problems = append(s.problems, s.header.unknownCritical()...)
	if countersigned != nil {
		s.readCountersigned(out, payload, countersigned)
	} else if err := s.readContent(out, payload); err != nil {
		return nil, err
	}
	if err := s.readDigest(); err != nil {
		return nil, err
	}
	if err := s.readUnsigned(out, entry.Header["etsiU"], depth); err != nil {
		return nil, err
	}
	out.Level = s.level(out)
	return out, nil
}

// readAlgorithm notes the algorithm of the signature, but for its key.
func (s *jadesSigner) readAlgorithm(out *validation.Signature) {
	hash, known := jades.HashOf(s.header.algorithm)
	if !known {
		out.Algorithms = append(out.Algorithms, validation.Algorithm{Name: shown(s.header.algorithm)})
		return
	}
	s.hash = hash
	out.Algorithms = append(out.Algorithms, validation.Algorithm{Hash: hash})
}

// readDigest computes the digest of the signing input: header, a point, and the payload (RFC 7515, 5.1; RFC 7797, 3). By the mechanism
// ObjectIdByURIHash the payload is empty (TS 119 182-1, 5.2.8.3.3). The error is that of reading a document.
func (s *jadesSigner) readDigest() error {
	if s.hash == 0 {
		return nil
	}
	h := s.hash.New()
	io.WriteString(h, s.protected+".")
	if !s.header.isByHash() {
		if s.writeContent == nil {
			return nil
		}
		if err := s.writeContent(h); err != nil {
			return err
		}
	}
	s.digest = h.Sum(nil)
	return nil
}

// verify verifies the signature with the key of a certificate (5.2.7).
func (s *jadesSigner) verify(c *x509.Certificate) validation.Conclusion {
	return worst(append(s.problems, s.verifyValue(c), s.verifyParts())...)
}

func (s *jadesSigner) verifyValue(c *x509.Certificate) validation.Conclusion {
	if s.hash != 0 && s.digest == nil {
		return validation.Indetermined(validation.SignedDataNotFound, validation.Because(validation.ReasonContentMissing, "", errNoContent))
	}
	err := jades.VerifyValue(s.header.algorithm, c.PublicKey, s.digest, s.value)
	switch {
	case err == nil:
		return validation.Pass()
	case fault.CodeOf(err) == fault.SignatureAlgorithm:
		return validation.Indetermined(validation.CryptoConstraintsFailure, validation.Because(validation.ReasonAlgorithm, shown(s.header.algorithm), err))
	}
	return validation.Fail(validation.SigCryptoFailure, validation.Because(validation.ReasonValueWrong, "", err))
}

// worst returns the conclusion that outweighs the others, a failure before what is not known, with the reasons of all that are as bad.
func worst(conclusions ...validation.Conclusion) validation.Conclusion {
	result := validation.Pass()
	for _, c := range conclusions {
		switch {
		case c.Indication == validation.Passed:
		case result.Indication == validation.Passed, result.Indication == validation.Indeterminate && c.Indication == validation.Failed:
			result = c
		case result.Indication == c.Indication && result.SubIndication == c.SubIndication:
			result.Reasons = append(result.Reasons[:len(result.Reasons):len(result.Reasons)], c.Reasons...)
		}
	}
	return result
}

// fromBase64URL decodes base64url without padding (RFC 7515, 2), in its only form.
func fromBase64URL(text string, limit int) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") || len(text) > base64.RawURLEncoding.EncodedLen(limit) {
		return nil, errors.New("a line end in base64url, or too much of it")
	}
	return base64.RawURLEncoding.Strict().DecodeString(text)
}

// fromBase64 decodes what programs write now in base64, now in base64url, with padding or without.
func fromBase64(text string, limit int) ([]byte, error) {
	text = strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(text), "=")
	return fromBase64URL(text, limit)
}
