package formats

import (
	"bytes"
	"crypto"
	"errors"

	"github.com/e-onay/e-onay/internal/validation"
)

// partHash is the hash of files whose signature has no digest of its own for them.
const partHash = crypto.SHA256

// part is a file of a container that a signature covers.
type part struct {
	name      string
	content   *digests // nil where it is not there
	algorithm string   // of the digest, as the file names it
	hash      crypto.Hash
	digest    []byte // as it was signed; nil where the signature is over the file itself
	isOutside bool   // of the container, where nobody can compare it
}

// compute reads the files once, for all digests that parts have.
func compute(parts []part) {
	wanted := map[*digests][]crypto.Hash{}
	for _, p := range parts {
		if p.content != nil && known(p.hash) {
			wanted[p.content] = append(wanted[p.content], p.hash)
		}
	}
	for content, hashes := range wanted {
		_ = content.compute(hashes...) // it fails again where its digests are asked for
	}
}

// report describes the part as it is now.
func (p part) report() validation.Part {
	out := validation.Part{Name: shown(p.name), Size: -1}
	if p.content == nil {
		return out
	}
	out.Size, out.Hash = p.content.size, p.hash
	if !known(p.hash) {
		out.Hash = partHash
	}
	out.Digest, _ = p.content.of(out.Hash) // nil where it cannot be read
	return out
}

// maxPartReasons is how many parts are told of that are missing or were changed.
const maxPartReasons = 20

// judgeParts says whether all parts are there, with the digests that were signed.
func judgeParts(parts []part) validation.Conclusion {
	result := validation.Pass()
	for _, p := range parts {
		c := p.judge()
		isTold := c.Indication == result.Indication && len(result.Reasons) == maxPartReasons
		if c.Indication != validation.Passed && !isTold {
			result = worst(result, c)
		}
	}
	return result
}

func (p part) judge() validation.Conclusion {
	switch {
	case p.isOutside:
		return validation.Pass()
	case p.content == nil:
		return validation.Indetermined(validation.SignedDataNotFound, validation.Because(validation.ReasonPartMissing, shown(p.name), nil))
	}
	hash := p.hash
	if p.digest == nil {
		hash = partHash
	} else if !known(hash) {
		return validation.Indetermined(validation.CryptoConstraintsFailure, validation.Because(validation.ReasonAlgorithm, shown(p.algorithm), nil))
	}
	digest, err := p.content.of(hash)
	switch {
	case errors.Is(err, errTooMuch):
		return validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonTooMany, shown(p.name), err))
	case err != nil: // the archive says that the file is another
		return validation.Fail(validation.HashFailure, validation.Because(validation.ReasonPartChanged, shown(p.name), err))
	case p.digest != nil && !bytes.Equal(digest, p.digest):
		return validation.Fail(validation.HashFailure, validation.Because(validation.ReasonPartChanged, shown(p.name), errors.New("the digest is another")))
	}
	return validation.Pass()
}
