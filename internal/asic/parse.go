package asic

import (
	"bytes"
	"crypto"
	"io"
	"slices"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/xades"
)

// Signature is one of a container's signatures, whose form has been checked. Only Verify says that it is genuine.
type Signature struct {
	container *container
	name      string // in the archive
	covered   []string
	claims    ades.Claims
	// verify checks the signature, by digests of its files.
	verify func(digests) error
}

// digests gives the digest of a file.
type digests func(name string, hash crypto.Hash) ([]byte, error)

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
func (s *Signature) Claims() ades.Claims { return s.claims }

// Verify reads every file that the signature covers. Documents, where there are some, are these files: as many, by the same
// names, with the same content.
func (s *Signature) Verify(documents []ades.Document) error {
	if err := s.verify(s.container.digestOf); err != nil {
		return err
	}
	if len(documents) == 0 {
		return nil
	}
	if len(documents) != len(s.covered) {
		return fault.Errorf(fault.SignatureInvalid, "ASiC: the signature is over %d files, not %d", len(s.covered), len(documents))
	}
	byName := make(map[string]ades.Document, len(documents))
	for _, d := range documents {
		byName[d.Name] = d
	}
	return s.verify(func(name string, hash crypto.Hash) ([]byte, error) {
		d, ok := byName[name]
		if !ok {
			return nil, fault.Errorf(fault.SignatureInvalid, "ASiC: %.100q is covered, and no document", name)
		}
		return d.Digest(hash)
	})
}

// readCAdES reads a signature: in an ASiC-E it is over a manifest, in an ASiC-S over the one file.
func (c *container) readCAdES(name string, manifest []byte, references []reference) (*Signature, error) {
	der, err := c.values[name].ReadAll(cades.MaxSignature)
	if err != nil {
		return nil, err
	}
	value, err := cades.ParseAs(der, cades.Rules{Policy: cades.PolicyAllowed})
	if err != nil {
		return nil, err
	}
	s := &Signature{container: c, name: name, claims: ades.Claims{
		Certificate:  value.Certificate,
		Certificates: value.Certificates,
		SigningTime:  value.SigningTime,
		Hash:         value.Hash,
		Algorithm:    value.SignatureAlgorithm,
		Policy:       value.Policy,
	}}
	if manifest == nil {
		s.covered = []string{c.files[0].Name}
		s.verify = func(of digests) error {
			digest, err := of(s.covered[0], value.Hash)
			if err != nil {
				return err
			}
			return value.VerifyDigest(digest)
		}
		return s, nil
	}
	for _, r := range references {
		s.covered = append(s.covered, r.name)
	}
	s.verify = func(of digests) error {
		if err := value.Verify(manifest); err != nil {
			return err
		}
		return compare(references, of)
	}
	return s, nil
}

// compare holds files against the digests in a manifest.
func compare(references []reference, of digests) error {
	for _, r := range references {
		digest, err := of(r.name, r.hash)
		if err != nil {
			return err
		}
		if !bytes.Equal(digest, r.digest) {
			return fault.Errorf(fault.SignatureInvalid, "ASiC: %q is not what was signed", r.name)
		}
	}
	return nil
}

// readXAdES reads a file of XAdES signatures.
func (c *container) readXAdES(name string) ([]*Signature, error) {
	data, err := c.values[name].ReadAll(xades.MaxSize)
	if err != nil {
		return nil, err
	}
	values, err := xades.Parse(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	var out []*Signature
	for _, value := range values {
		files := value.Files()
		for _, file := range files {
			if err := c.isFile(file); err != nil {
				return nil, err
			}
		}
		if len(files) == 0 || len(value.Elements()) != 0 {
			return nil, malformed("a XAdES signature over something else than files")
		}
		out = append(out, &Signature{container: c, name: name, covered: files, claims: value.Claims(), verify: func(of digests) error {
			return verifyXAdES(value, of)
		}})
	}
	return out, nil
}

// verifyXAdES verifies a signature over its files.
func verifyXAdES(value *xades.Signature, of digests) error {
	var files []ades.Document
	hashes := value.FileHashes()
	for i, name := range value.Files() {
		digest, err := of(name, hashes[i])
		if err != nil {
			return err
		}
		files = append(files, ades.Document{Name: name, Digests: map[crypto.Hash][]byte{hashes[i]: digest}})
	}
	return value.Verify(files)
}
