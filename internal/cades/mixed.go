package cades

import (
	"bytes"
	"crypto"
	"io"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
)

// Mixed is a file of signatures in which signatures of other programs may stand beside those of this package's profile.
type Mixed struct {
	// Signatures are all, in the order in which they stand there; there is one at least.
	Signatures []MixedSignature
	// Digests are those of the content by each of ades.Hashes; empty where the content is not at hand.
	Digests map[crypto.Hash][]byte
	// HoldsContent says that the content is in the file.
	HoldsContent bool
	// Padding is how many zeros follow the signatures in the file.
	Padding int64
}

// MixedSignature is one signature of such a file.
type MixedSignature struct {
	// Own is the signature as ParseFile reads it, without a word on whether it is genuine; nil where it is of no profile of
	// this package.
	Own *Signature
	// Verdict is what package cms says of it, whichever program has made it.
	Verdict cms.Verdict
	// CounterSignatures are those of it.
	CounterSignatures []MixedSignature
}

// ReadMixed reads a file of signatures to which this package may have added one: the file and the signatures of others as
// tolerantly as package cms, its own as strictly as ParseFile. detached returns the digests of a content that is not in the file, and is
// nil where that is not at hand. Errors are those of cms.Read, and of reading.
func ReadMixed(file io.ReaderAt, size int64, detached func(crypto.Hash) ([]byte, error)) (*Mixed, error) {
	d, err := cms.Read(file, size)
	if err != nil {
		return nil, err
	}
	out := &Mixed{HoldsContent: d.Content != nil, Padding: d.Padding}
	if out.Digests, err = d.Digests(detached, ades.Hashes...); err != nil {
		return nil, err
	}
	var announced []algorithm
	for _, der := range d.DigestAlgorithms {
		s := cryptobyte.String(der)
		if a, err := readDigestAlgorithm(&s); err == nil && s.Empty() {
			announced = append(announced, a)
		}
	}
	strict := func(raw []byte, isCounter bool) *Signature {
		input := cryptobyte.String(bytes.Clone(raw))
		var signerInfo cryptobyte.String
		s := &Signature{Certificates: d.Certificates}
		if !d.ContentType.Equal(oidData) || pki.CheckDER(raw) != nil || !input.ReadASN1(&signerInfo, cbasn1.SEQUENCE) || !input.Empty() ||
			s.readSignerInfo(signerInfo, announced, Rules{Policy: PolicyAllowed, inFile: true, counter: isCounter}) != nil {
			return nil
		}
		return s
	}
	out.Signatures = mixed(d.Verify(out.Digests), false, strict)
	return out, nil
}

// mixed reads signatures once more, strictly.
func mixed(verdicts []cms.Verdict, areCounters bool, strict func(raw []byte, isCounter bool) *Signature) (all []MixedSignature) {
	for _, v := range verdicts {
		all = append(all, MixedSignature{
			Own: strict(v.Signer.Raw, areCounters), Verdict: v, CounterSignatures: mixed(v.CounterSignatures, true, strict),
		})
	}
	return all
}

// IsSame reports whether two signatures are one: the same value over the same attributes. What was added to it later may differ.
func (m MixedSignature) IsSame(other MixedSignature) bool {
	a, b := m.Verdict.Signer, other.Verdict.Signer
	return bytes.Equal(a.Value, b.Value) && bytes.Equal(a.SignedSet, b.SignedSet)
}

// All are the signatures and their counter-signatures.
func (m *Mixed) All() []MixedSignature { return flattened(m.Signatures) }

func flattened(list []MixedSignature) (all []MixedSignature) {
	for _, s := range list {
		all = append(append(all, s), flattened(s.CounterSignatures)...)
	}
	return all
}

// Verify reports whether the signature is over a content with these digests, and every counter-signature of it over it. It is for
// signatures of this package's profile, by ades.Document's Digests.
func (m MixedSignature) Verify(digests map[crypto.Hash][]byte) error {
	if digests[m.Own.Hash] == nil {
		return fault.Errorf(fault.SignatureInvalid, "the content is not at hand")
	}
	return FileSignature{Signature: m.Own}.Verify([]ades.Document{{Digests: digests}})
}

// VerifyCounter reports whether the signature, of this package's profile, is over the value of another.
func (m MixedSignature) VerifyCounter(of MixedSignature) error {
	return m.Own.VerifyDigest(sum(m.Own.Hash, of.Verdict.Signer.Value))
}
