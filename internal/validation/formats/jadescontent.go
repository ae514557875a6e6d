package formats

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"

	"github.com/e-onay/e-onay/internal/validation"
)

// maxParts is how many documents or files one signature covers at most.
const maxParts = 1000

// jadesPart is a document that sigD names.
type jadesPart struct {
	name     string
	document *Document // nil where it is not at hand
	differs  bool      // its digest is another than sigD has
}

// readContent reads what the signature is over: the payload, one document that it does not name, or those that sigD names. The
// error is that of reading a document.
func (s *jadesSigner) readContent(out *validation.Signature, payload *string) error {
	isInside := payload != nil && *payload != ""
	switch {
	case s.header.detached != nil && isInside:
		malformed(out, "sigD", errors.New("sigD beside a payload"))
		return nil
	case s.header.detached != nil:
		return s.readDetached(out)
	case isInside:
		s.readPayload(out, *payload)
		return nil
	case len(s.file.documents) == 1: // of several, the signature does not say which
		d := s.file.documents[0]
		s.writeContent = s.writeDocuments(&d)
		out.Covers.Size = d.Size
		return s.describe(&out.Covers.Hash, &out.Covers.Digest, &d)
	}
	return nil
}

// readPayload reads a payload that is inside.
func (s *jadesSigner) readPayload(out *validation.Signature, payload string) {
	if s.file.payloads += len(payload); s.file.payloads > maxPayloads {
		c := validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonTooMany, "payload", nil))
		out.Malformed = &c
		return
	}
	content := []byte(payload)
	if !s.header.isRaw {
		var err error
		if content, err = fromBase64URL(payload, len(payload)); err != nil {
			malformed(out, "payload", errors.New("a payload that is not base64url"))
			return
		}
	}
	s.writeContent = writeString(payload)
	out.Covers = validation.Coverage{Content: "attached", Size: int64(len(content)), Hash: s.hash}
	out.Covers.Digest, _ = digestOf(content)(s.hash) // nil where the hash is not known
}

func writeString(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// describe sets hash and digest of a document as reports have them.
func (s *jadesSigner) describe(hash *crypto.Hash, digest *[]byte, d *Document) (err error) {
	if s.hash == 0 {
		return nil
	}
	*hash = s.hash
	*digest, err = d.digests().of(s.hash)
	return err
}

// writeDocuments writes documents one behind the other, each in base64url unless b64 is false.
func (s *jadesSigner) writeDocuments(documents ...*Document) func(io.Writer) error {
	return func(w io.Writer) error {
		for _, d := range documents {
			to, finish := w, func() error { return nil }
			if !s.header.isRaw {
				encoder := base64.NewEncoder(base64.RawURLEncoding, w)
				to, finish = encoder, encoder.Close
			}
			if n, err := io.Copy(to, io.NewSectionReader(d.Reader, 0, d.Size)); err != nil || n != d.Size {
				return fmt.Errorf("content of %d bytes ends after %d: %w", d.Size, n, err)
			}
			if err := finish(); err != nil {
				return err
			}
		}
		return nil
	}
}

// readDetached finds the documents that sigD names (5.2.8). By ObjectIdByURI they are the payload, by ObjectIdByURIHash sigD has
// their digests. Other mechanisms, that of HTTP headers above all, are not judged here.
func (s *jadesSigner) readDetached(out *validation.Signature) error {
	d := s.header.detached
	if d.Mechanism != sigDByURI && d.Mechanism != sigDByURIHash {
		s.problems = append(s.problems, validation.Indetermined(validation.SigConstraintsFailure,
			validation.Because(validation.ReasonUnsupported, "sigD "+shown(path.Base(d.Mechanism)), nil)))
		return nil
	}
	var found []*Document
	for i, reference := range d.Parameters {
		part := jadesPart{name: shown(reference), document: s.file.document(reference, len(d.Parameters))}
		one := validation.Part{Name: part.name, Size: -1}
		if part.document != nil {
			found = append(found, part.document)
			one.Size = part.document.Size
			if err := s.describe(&one.Hash, &one.Digest, part.document); err != nil {
				return err
			}
			if err := s.comparePart(out, i, &part); err != nil {
				return err
			}
		}
		s.parts, out.Covers.Parts = append(s.parts, part), append(out.Covers.Parts, one)
	}
	if len(found) == len(s.parts) {
		s.writeContent = s.writeDocuments(found...)
	}
	if len(out.Covers.Parts) == 1 {
		one := out.Covers.Parts[0]
		out.Covers.Size, out.Covers.Hash, out.Covers.Digest = one.Size, one.Hash, one.Digest
	}
	if hash := jadesHashes[d.Hash]; s.header.isByHash() && hash != s.hash {
		out.Algorithms = append(out.Algorithms, validation.Algorithm{Hash: hash, Name: shown(d.Hash)})
	}
	return nil
}

// comparePart compares a document with its digest in sigD.
func (s *jadesSigner) comparePart(out *validation.Signature, i int, part *jadesPart) error {
	if !s.header.isByHash() {
		return nil
	}
	hash := jadesHashes[s.header.detached.Hash]
	if !known(hash) {
		return nil // verifyParts says so
	}
	want, err := fromBase64(s.header.detached.Values[i], hash.Size())
	if err != nil || len(want) != hash.Size() {
		malformed(out, "sigD", fmt.Errorf("digest %d is none", i))
		return nil
	}
	h := hash.New()
	if err := s.writeDocuments(part.document)(h); err != nil {
		return err
	}
	part.differs = !bytes.Equal(h.Sum(nil), want)
	return nil
}

// document finds the document of a reference by the name of its file. The only one that is named may have another.
func (f *jadesFile) document(reference string, named int) *Document {
	name := reference
	if unescaped, err := url.PathUnescape(reference); err == nil {
		name = unescaped
	}
	for i := range f.documents {
		if f.documents[i].Name == path.Base(name) {
			return &f.documents[i]
		}
	}
	if named == 1 && len(f.documents) == 1 {
		return &f.documents[0]
	}
	return nil
}

// verifyParts says whether the documents that sigD names are at hand, and have the digests that it has.
func (s *jadesSigner) verifyParts() validation.Conclusion {
	result := validation.Pass()
	if s.header.isByHash() && !known(jadesHashes[s.header.detached.Hash]) {
		result = validation.Indetermined(validation.CryptoConstraintsFailure, validation.Because(validation.ReasonAlgorithm, shown(s.header.detached.Hash), nil))
	}
	for _, part := range s.parts {
		switch {
		case part.differs:
			result = worst(result, validation.Fail(validation.HashFailure, validation.Because(validation.ReasonPartChanged, part.name, nil)))
		case part.document == nil:
			result = worst(result, validation.Indetermined(validation.SignedDataNotFound, validation.Because(validation.ReasonPartMissing, part.name, nil)))
		}
	}
	return result
}

// readCountersigned makes the value of another signature what this one is over (5.3.2). A payload that is inside must be that value.
func (s *jadesSigner) readCountersigned(out *validation.Signature, payload *string, of *jadesSigner) {
	out.Covers = validation.Coverage{Content: "signature", Size: int64(len(of.value)), Hash: s.hash}
	out.Covers.Digest, _ = digestOf(of.value)(s.hash)
	text := of.encoded
	if s.header.isRaw {
		text = string(of.value)
	}
	s.writeContent = writeString(text)
	if s.header.detached != nil {
		s.problems = append(s.problems, validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonUnsupported, "sigD", nil)))
	}
	if payload != nil && *payload != "" && *payload != text {
		s.problems = append(s.problems, validation.Fail(validation.HashFailure, validation.Because(validation.ReasonContentChanged, "", nil)))
	}
}
