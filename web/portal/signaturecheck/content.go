package signaturecheck

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"fmt"
	"io"
	"slices"

	"github.com/e-onay/e-onay/internal/validation"
)

// hashes are those by which a report may tell the digest of a content.
var hashes = []crypto.Hash{
	crypto.SHA1, crypto.SHA224, crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA512_256, crypto.SHA3_256, crypto.SHA3_384, crypto.SHA3_512,
}

// usesContent reports whether a signature was judged over the second file: the report then has its digest. A signature over XML may
// have transformed it first; then it counts that the signature is over something outside its own file, and that this is no container.
func usesContent(signature, content *spooled, signatures []*validation.SignatureReport) (bool, error) {
	digests := map[string]string{} // of content, by the name of the hash
	isOf := func(hash, digest string) (bool, error) {
		if digest == "" {
			return false, nil
		}
		if _, known := digests[hash]; !known {
			sum, err := content.digest(hash)
			if err != nil {
				return false, err
			}
			digests[hash] = sum
		}
		return digests[hash] == digest, nil
	}
	isContainer := signature.begins("PK")
	for _, s := range signatures {
		if s.Covers.Content == "detached" && !isContainer {
			return true, nil
		}
		whole := validation.PartReport{Hash: s.Covers.Hash, Digest: s.Covers.Digest}
		for _, part := range append(slices.Clone(s.Covers.Parts), whole) {
			if is, err := isOf(part.Hash, part.Digest); is || err != nil {
				return is, err
			}
		}
	}
	return false, nil
}

// digest returns the file's digest in hexadecimal, "" by a hash that is not known.
func (s *spooled) digest(name string) (string, error) {
	i := slices.IndexFunc(hashes, func(h crypto.Hash) bool { return h.Available() && h.String() == name })
	if i < 0 {
		return "", nil
	}
	h := hashes[i].New()
	if _, err := io.Copy(h, io.NewSectionReader(s.Content.Reader, 0, s.Content.Size)); err != nil {
		return "", fmt.Errorf("signature check: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// begins reports whether the file begins so.
func (s *spooled) begins(with string) bool {
	head := make([]byte, len(with))
	_, err := s.Content.Reader.ReadAt(head, 0)
	return err == nil && bytes.Equal(head, []byte(with))
}
