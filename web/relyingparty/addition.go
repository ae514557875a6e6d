package relyingparty

import (
	"bytes"
	"crypto"
	"slices"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/signature"
)

// Files of signatures (.p7s) to which one is added. Those that were there may be of any program: they must all still be there, and are
// not judged.

// addition is a file of signatures before and after one was added to it.
type addition struct{ before, after *cades.Mixed }

// readAddition reads the file that was to be signed, which is the last document, and what became of it.
func (f *SignedFile) readAddition(documents []ades.Document) (a addition, err error) {
	last := documents[len(documents)-1]
	var detached func(crypto.Hash) ([]byte, error)
	if len(documents) > 1 {
		detached = documents[0].Digest
	}
	if a.before, err = cades.ReadMixed(last.Content, last.Size, detached); err != nil {
		return a, err
	}
	if len(documents) > 2 || detached != nil && a.before.HoldsContent {
		return a, fault.Errorf(fault.RequestInvalid, "%d documents for a file of signatures", len(documents))
	}
	if a.after, err = cades.ReadMixed(f.Content, f.Content.Size(), detached); err != nil {
		return a, err
	}
	return a, a.check()
}

// check refuses a file that has lost a signature or the content of the one before, or has something behind its signatures.
func (a addition) check() error {
	if a.after.Padding > 0 {
		return fault.Errorf(fault.SignatureMalformed, "%d bytes after the signatures", a.after.Padding)
	}
	if a.before.HoldsContent != a.after.HoldsContent {
		return fault.Errorf(fault.SignatureInvalid, "the content is no longer where it was")
	}
	for hash, digest := range a.before.Digests {
		if !bytes.Equal(digest, a.after.Digests[hash]) {
			return fault.Errorf(fault.SignatureInvalid, "the content is another one")
		}
	}
	all := a.after.All()
	for _, s := range a.before.All() {
		if !slices.ContainsFunc(all, s.IsSame) {
			return fault.Errorf(fault.SignatureInvalid, "a signature of the document is not in the file")
		}
	}
	return nil
}

// isNew reports whether a signature is of this library's profile, and was not there before.
func (a addition) isNew(s cades.MixedSignature) bool {
	return s.Own != nil && !slices.ContainsFunc(a.before.All(), s.IsSame)
}

// parallel are the new signatures of the content.
func (a addition) parallel() (candidates []candidate) {
	for _, s := range a.after.Signatures {
		if a.isNew(s) {
			candidates = append(candidates, candidate{claimsOfCAdES(s.Own), func() error { return s.Verify(a.after.Digests) }})
		}
	}
	return candidates
}

// counter are the new signatures of the signature with this number in the file before.
func (a addition) counter(number int) (candidates []candidate, err error) {
	if number >= len(a.before.Signatures) {
		return nil, fault.Errorf(fault.RequestInvalid, "no signature %d of %d", number, len(a.before.Signatures))
	}
	of := a.before.Signatures[number]
	for _, s := range a.after.Signatures {
		if !s.IsSame(of) {
			continue
		}
		for _, own := range s.CounterSignatures {
			if !a.isNew(own) {
				continue
			}
			candidates = append(candidates, candidate{claimsOfCAdES(own.Own), func() error {
				if s.Verdict.State == cms.Fails {
					return fault.Errorf(fault.SignatureInvalid, "the signature that is signed: %w", s.Verdict.Err)
				}
				return own.VerifyCounter(s)
			}})
		}
	}
	return candidates, nil
}

// parseAddition reads the signatures of a file to which one was to be added. Candidates are new, and of the profile.
func (f *SignedFile) parseAddition(format signature.Format) (candidates []candidate, all []ades.Claims, err error) {
	documents, err := f.contents()
	if err != nil {
		return nil, nil, err
	}
	a, err := f.readAddition(documents)
	if err != nil {
		return nil, nil, err
	}
	if f.CAdES.Form == CAdESParallel {
		candidates = a.parallel()
	} else if candidates, err = a.counter(f.CAdES.Signer); err != nil {
		return nil, nil, err
	}
	candidates = slices.DeleteFunc(candidates, func(c candidate) bool { return !format.Profile.Accepts(c.claims.Policy) })
	for _, s := range a.after.All() {
		claims := ades.Claims{Certificate: s.Verdict.Certificate, SigningTime: s.Verdict.SigningTime}
		if s.Own != nil {
			claims = claimsOfCAdES(s.Own)
		}
		all = append(all, claims)
	}
	return candidates, all, nil
}
