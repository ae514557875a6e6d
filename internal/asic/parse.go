package asic

import (
	"bytes"
	"io"
	"slices"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/fault"
)

// Signature is one of a container's signatures, whose form has been checked. Only Verify says that it is genuine.
type Signature struct {
	container  *container
	name       string // in the archive
	value      *cades.Signature
	manifest   []byte // that is signed; nil in an ASiC-S
	references []reference
	covered    []string
}

// Parse reads a container's signatures, in the order in which they lie there. It reads the contents of META-INF; files are read
// by Verify. Errors carry the codes of containers and packages, or those of a signature.
func Parse(signed io.ReaderAt, size int64) ([]*Signature, error) {
	c, err := openContainer(signed, size)
	if err != nil {
		return nil, err
	}
	return c.signatures, nil
}

// Covered returns the names of the files that the signature is over.
func (s *Signature) Covered() []string { return slices.Clone(s.covered) }

// Uncovered returns the names of the container's files that the signature is not over; another one is.
func (s *Signature) Uncovered() (names []string) {
	for _, e := range s.container.files {
		if !slices.Contains(s.covered, e.Name) {
			names = append(names, e.Name)
		}
	}
	return names
}

// Claims returns what the signature says of itself.
func (s *Signature) Claims() ades.Claims {
	return ades.Claims{
		Certificate:  s.value.Certificate,
		Certificates: s.value.Certificates,
		SigningTime:  s.value.SigningTime,
		Hash:         s.value.Hash,
		Algorithm:    s.value.SignatureAlgorithm,
		Policy:       s.value.Policy,
	}
}

// Verify reads every file that the signature covers. Documents, where there are some, are these files: as many, by the same
// names, with the same content.
func (s *Signature) Verify(documents []ades.Document) error {
	references, err := s.referenced()
	if err != nil {
		return err
	}
	if err := s.verifyValue(references[0].digest); err != nil {
		return err
	}
	if len(documents) == 0 {
		return nil
	}
	return compare(documents, references)
}

// referenced returns the files that the signature covers, with digests that hold.
func (s *Signature) referenced() ([]reference, error) {
	if s.manifest == nil {
		digest, err := s.container.digest(s.container.files[0], s.value.Hash)
		if err != nil {
			return nil, fault.New(fault.SignatureInvalid, err)
		}
		return []reference{{name: s.covered[0], hash: s.value.Hash, digest: digest}}, nil
	}
	for _, r := range s.references {
		digest, err := s.container.digest(s.container.archive.Lookup(r.name), r.hash)
		if err != nil {
			return nil, fault.New(fault.SignatureInvalid, err)
		}
		if !bytes.Equal(digest, r.digest) {
			return nil, fault.Errorf(fault.SignatureInvalid, "ASiC: %q is not what was signed", r.name)
		}
	}
	return s.references, nil
}

// verifyValue verifies the signature over the manifest, or in an ASiC-S over the file with this digest.
func (s *Signature) verifyValue(file []byte) error {
	if s.manifest != nil {
		return s.value.Verify(s.manifest)
	}
	return s.value.VerifyDigest(file)
}

// compare finds each document among the files.
func compare(documents []ades.Document, references []reference) error {
	if len(documents) != len(references) {
		return fault.Errorf(fault.SignatureInvalid, "ASiC: the signature is over %d files, not %d", len(references), len(documents))
	}
	byName := make(map[string]reference, len(references))
	for _, r := range references {
		byName[r.name] = r
	}
	for _, d := range documents {
		r, ok := byName[d.Name]
		if !ok {
			return fault.Errorf(fault.SignatureInvalid, "ASiC: the signature is not over %.100q", d.Name)
		}
		delete(byName, d.Name)
		digest, err := d.Digest(r.hash)
		if err != nil {
			return err
		}
		if !bytes.Equal(digest, r.digest) {
			return fault.Errorf(fault.SignatureInvalid, "ASiC: the signature is over another %.100q", d.Name)
		}
	}
	return nil
}
