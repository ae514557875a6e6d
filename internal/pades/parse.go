package pades

import (
	"bytes"
	"crypto"
	"fmt"
	"io"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/pdf/changes"
)

// Signature is a signature of a PDF whose form has been checked. Only Verify says that it is genuine.
type Signature struct {
	// Signature has what the PDF says of it: field, ByteRange, revision, certification, locked fields.
	*pdf.Signature
	// BytesAfter is how many bytes of the file stand behind what is signed: later revisions. 0 where it covers the whole file.
	BytesAfter int64
	// Reason and Location are what the signer gives for them.
	Reason, Location string
	// Problem is why a signature cannot be verified here: another form than PAdES baseline-B, or a bad one. Such a signature has no
	// claims.
	Problem error

	file *file
	time time.Time
	cms  *cades.Signature
	der  []byte
}

// Parse reads all signatures of a PDF, the oldest first. A PDF without any gives fault.SignatureMalformed; other errors carry the
// codes of package pdf. One that this package cannot verify is among them, and says so in Problem: the others can be verified all
// the same.
func Parse(signed io.ReaderAt, size int64) ([]*Signature, error) {
	f, err := pdf.Open(signed, size)
	if err != nil {
		return nil, err
	}
	return ParseFile(f)
}

// ParseFile is Parse of a file that is open. From then on the signatures alone may use f.
func ParseFile(f *pdf.File) ([]*Signature, error) {
	fields, err := f.Fields()
	if err != nil {
		return nil, err
	}
	found, err := f.Signatures(fields)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, malformed("a PDF without a signature")
	}
	var out []*Signature
	whole := &file{pdf: f, signatures: found, history: f.History(), beginnings: map[crypto.Hash]*beginning{}}
	for _, s := range found {
		signature := &Signature{Signature: s, file: whole, BytesAfter: f.Size() - s.ByteRange[2] - s.ByteRange[3]}
		signature.Problem = signature.read()
		out = append(out, signature)
	}
	return out, nil
}

func malformed(format string, args ...any) error {
	return fault.Errorf(fault.SignatureMalformed, "pades: "+format, args...)
}

// read reads dictionary and CMS by the rules of EN 319 142-1, 6.3.
func (s *Signature) read() error {
	if s.SubFilter != subFilter {
		return fault.Errorf(fault.Unsupported, "a signature of the form %.40q", s.SubFilter)
	}
	if s.Dict["Type"] != nil && s.Dict["Type"] != pdf.Name("Sig") || s.Dict["Cert"] != nil {
		return malformed("a signature dictionary of another type, or with certificates of its own")
	}
	filter, ok := s.Dict["Filter"].(pdf.Name)
	if !ok || filter == "" {
		return malformed("a signature without a Filter")
	}
	made, ok := s.Dict["M"].(pdf.String)
	if !ok {
		return fault.Errorf(fault.SignatureAttributes, "a signature dictionary without its time")
	}
	var err error
	if s.time, err = pdf.Time(made); err != nil {
		return fault.Errorf(fault.SignatureAttributes, "the time of a signature: %w", err)
	}
	if s.Reason, err = s.text("Reason"); err != nil {
		return err
	}
	if s.Location, err = s.text("Location"); err != nil {
		return err
	}
	if s.der, err = trim(s.Contents); err != nil {
		return err
	}
	s.cms, err = cades.ParseAs(s.der, cades.Rules{InPDF: true, Policy: cades.PolicyAllowed})
	return err
}

// text returns a text string of the dictionary; "" where it is absent.
func (s *Signature) text(key pdf.Name) (string, error) {
	switch v := s.Dict[key].(type) {
	case nil:
		return "", nil
	case pdf.String:
		text, err := pdf.Text(v)
		if err != nil {
			return "", malformed("%s: %w", key, err)
		}
		return text, nil
	}
	return "", malformed("%s is no text", key)
}

// trim returns the one element of DER in Contents, behind which there are only zeros.
func trim(contents []byte) ([]byte, error) {
	rest := cryptobyte.String(contents)
	var der cryptobyte.String
	if !rest.ReadASN1Element(&der, cbasn1.SEQUENCE) {
		return nil, malformed("Contents is no CMS in DER")
	}
	if len(bytes.Trim(rest, "\x00")) > 0 {
		return nil, malformed("Contents has bytes after the signature")
	}
	return der, nil
}

// Claims returns what the signature says of itself. The time is that of the signature dictionary, which the signature covers.
func (s *Signature) Claims() ades.Claims {
	if s.Problem != nil {
		return ades.Claims{}
	}
	return ades.Claims{
		Certificate: s.cms.Certificate, Certificates: s.cms.Certificates, SigningTime: s.time,
		Hash: s.cms.Hash, Algorithm: s.cms.SignatureAlgorithm, Policy: s.cms.Policy,
	}
}

// Verify checks the signature over its ByteRange. With a document, that must be the PDF as it was before the signature: the
// signature's revision was appended to exactly this document, and does nothing but sign. Where not, the error has
// fault.SignatureInvalid; a Problem is the error itself.
func (s *Signature) Verify(documents []ades.Document) error {
	if s.Problem != nil {
		return s.Problem
	}
	if len(documents) > 1 {
		return fault.Errorf(fault.SignatureInvalid, "a PDF's signature over %d documents", len(documents))
	}
	digest, err := s.Digest(s.cms.Hash)
	if err != nil {
		return err
	}
	if err := s.cms.VerifyDigest(digest); err != nil {
		return err
	}
	if len(documents) == 0 {
		return nil
	}
	return s.isOver(documents[0])
}

// Digest returns the digest of all that ByteRange covers, whatever the form of the signature.
func (s *Signature) Digest(hash crypto.Hash) ([]byte, error) { return s.file.digest(s.Signature, hash) }

// isOver checks that the signature's revision was appended to exactly this document, and only signs it.
func (s *Signature) isOver(d ades.Document) error {
	other := fault.Errorf(fault.SignatureInvalid, "the signature was not added to this document")
	if s.Revision == 0 {
		return other
	}
	if before := s.file.pdf.Revisions()[s.Revision-1]; d.Size < before.End || d.Size > s.ByteRange[1] {
		return other
	}
	hash := s.cms.Hash
	want, err := d.Digest(hash)
	if err != nil {
		return err
	}
	sum := hash.New()
	if _, err := io.Copy(sum, s.file.pdf.Reader(0, d.Size)); err != nil {
		return fmt.Errorf("pades: read the file: %w", err)
	}
	if !bytes.Equal(sum.Sum(nil), want) {
		return other
	}
	history := s.file.pdf.History()
	before, err := history.At(s.Revision - 1)
	if err != nil {
		return err
	}
	after, err := history.At(s.Revision)
	if err != nil {
		return err
	}
	c, err := changes.New(after)
	if err != nil {
		return err
	}
	return c.OnlySigns(before)
}

// LaterChanges says whether the revisions after this signature do more than to sign: fault.SignatureInvalid with the first such
// change, and nil where there are none. A signature is genuine either way; what it was made over may not be what the file shows now.
func (s *Signature) LaterChanges() error {
	if s.Revision == len(s.file.pdf.Revisions())-1 {
		return nil
	}
	return s.file.changesAfter(s.Signature)
}
