package cades

import (
	"bytes"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
)

// FileSignature is one signature of a file that may hold its content, and several signatures.
type FileSignature struct {
	*Signature
	content *ades.Document // nil where the content is elsewhere
}

// ParseFile reads a file of signatures from DER, in which there is one at least. It is as strict as Parse, but the content may be inside
// and is then not loaded, there may be several signatures and counter-signatures, and each may name a policy. Everything
// but the content has at most MaxFile bytes. Files with signatures of other programs are read by internal/cms.
func ParseFile(signed io.ReaderAt, size int64) ([]FileSignature, error) {
	head := make([]byte, min(size, maxFileHead))
	if _, err := signed.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read a signature: %w", err)
	}
	content, before, err := findContent(head, size)
	if err != nil {
		return nil, err
	}
	begin, end := int64(0), int64(0) // of the content
	if content != nil {
		begin, end = content.begin, content.end
	}
	if size-(end-begin) > MaxFile {
		return nil, malformed("%d bytes beside the content, over the limit of %d", size-(end-begin), MaxFile)
	}
	rest := make([]byte, size-end)
	if _, err := signed.ReadAt(rest, end); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read a signature: %w", err)
	}
	der := rest
	if content != nil {
		if !bytes.Equal(head[:begin], attachedHead(before, end-begin, size-end)) {
			return nil, malformed("not a CMS ContentInfo in DER around its content")
		}
		if der, err = withoutContent(before, rest); err != nil {
			return nil, err
		}
	}
	all, err := parse(der, Rules{Policy: PolicyAllowed, inFile: true})
	if err != nil {
		return nil, err
	}
	var out []FileSignature
	for _, s := range all {
		f := FileSignature{Signature: s}
		if content != nil {
			f.content = &ades.Document{Size: end - begin, Content: io.NewSectionReader(signed, begin, end-begin)}
		}
		out = append(out, f)
	}
	return out, nil
}

// maxFileHead is how many bytes there may be before the content: headers, and the identifiers of maxFileSigners hashes.
const maxFileHead = 4 << 10

// span is a part of a file, in bytes.
type span struct{ begin, end int64 }

// findContent looks for eContent in the beginning of a file. It returns its place (nil for a detached signature), and what SignedData has
// before encapContentInfo. Of lengths it believes that of eContent alone: the caller compares all bytes before the content
// with what they must be.
func findContent(head []byte, size int64) (*span, []byte, error) {
	at := int64(0)
	enter := func(tag cbasn1.Tag) bool { // goes into an element whose end may be far behind head
		n, ok := headerSize(head[at:], byte(tag))
		at += n
		return ok
	}
	skip := func(tag cbasn1.Tag) bool {
		s := cryptobyte.String(head[at:])
		var element cryptobyte.String
		ok := s.ReadASN1Element(&element, tag)
		at += int64(len(element))
		return ok
	}
	if !enter(cbasn1.SEQUENCE) || !skip(cbasn1.OBJECT_IDENTIFIER) || !enter(tagExplicit) || !enter(cbasn1.SEQUENCE) {
		return nil, nil, malformed("not a CMS ContentInfo in DER")
	}
	begin := at
	if !skip(cbasn1.INTEGER) || !skip(cbasn1.SET) {
		return nil, nil, malformed("not a SignedData")
	}
	before := head[begin:at]
	if !enter(cbasn1.SEQUENCE) || !skip(cbasn1.OBJECT_IDENTIFIER) {
		return nil, nil, malformed("not a SignedData over a content")
	}
	if at >= int64(len(head)) || head[at] != byte(tagExplicit) {
		return nil, before, nil
	}
	// [0] stands here also where encapContentInfo is empty: as the certificates, whose first element is no octet string.
	if !enter(tagExplicit) || at >= int64(len(head)) || head[at] != byte(cbasn1.OCTET_STRING) {
		return nil, before, nil
	}
	octets := at
	if !enter(cbasn1.OCTET_STRING) {
		return nil, nil, malformed("the content of the signature")
	}
	n, ok := headerLength(head[octets:at])
	if !ok || n > size-at {
		return nil, nil, malformed("a content of %d bytes, and %d are left", n, size-at)
	}
	return &span{at, at + n}, before, nil
}

// headerSize returns the size of the header of the element at the beginning of der, which must have this tag.
func headerSize(der []byte, tag byte) (int64, bool) {
	if len(der) < 2 || der[0] != tag {
		return 0, false
	}
	n := int64(2)
	if der[1] >= 0x80 {
		n += int64(der[1] & 0x7f)
	}
	return n, n <= int64(len(der)) && n <= 2+8
}

// headerLength returns the length that a header gives. headerSize has found where the header ends.
func headerLength(header []byte) (n int64, ok bool) {
	if header[1] < 0x80 {
		return int64(header[1]), true
	}
	for _, b := range header[2:] {
		if n >= 1<<55 {
			return 0, false
		}
		n = n<<8 | int64(b)
	}
	return n, true
}

// oidDER encodes an identifier. It panics for one that has no encoding: this package's own have one.
func oidDER(oid asn1.ObjectIdentifier) []byte {
	var b cryptobyte.Builder
	b.AddASN1ObjectIdentifier(oid)
	return b.BytesOrPanic()
}

// Claims returns what the signature says of itself.
func (f FileSignature) Claims() ades.Claims {
	return ades.Claims{
		Certificate: f.Certificate, Certificates: f.Certificates, SigningTime: f.SigningTime,
		Hash: f.Hash, Algorithm: f.SignatureAlgorithm, Policy: f.Policy,
	}
}

// Content returns the content that the file holds, or nil.
func (f FileSignature) Content() *ades.Document { return f.content }

// Verify checks the signature over its content and every counter-signature of it. The content is the one document, or inside the
// file: then there may be no document, or one that is the same.
func (f FileSignature) Verify(documents []ades.Document) error {
	if len(documents) > 1 || len(documents) == 0 && f.content == nil {
		return fault.Errorf(fault.SignatureInvalid, "a CAdES signature of %d documents", len(documents))
	}
	if f.content != nil {
		documents = append([]ades.Document{*f.content}, documents...)
	}
	for _, d := range documents {
		digest, err := d.Digest(f.Hash)
		if err != nil {
			return err
		}
		if err := f.VerifyDigest(digest); err != nil {
			return err
		}
	}
	for _, counter := range f.CounterSignatures {
		if err := counter.VerifyDigest(sum(counter.Hash, f.value)); err != nil {
			return fmt.Errorf("counter-signature: %w", err)
		}
	}
	return nil
}

var _ ades.Parsed = FileSignature{}
