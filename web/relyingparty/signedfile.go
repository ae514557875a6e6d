package relyingparty

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/signature"
)

// SignedFile is what became of a site's documents: a file of any format. SignRequest.File makes one.
type SignedFile struct {
	// SignatureOptions are those of the request.
	SignatureOptions
	// Content is the file, which may be as large as the documents. Its reader is used by one call at a time.
	Content *io.SectionReader
	// Documents are the site's own copies of what was to be signed, as the request had them: one, or with Together all. Of a
	// file that was signed before (a further signature) it is that file.
	Documents []Document
}

// OtherSignature is a signature that was in a file beside the person's. It is listed and not judged: somebody may have
// forged it.
type OtherSignature struct {
	// Certificate and SigningTime are what the signature claims; Certificate is nil where that cannot be read.
	Certificate *x509.Certificate
	SigningTime time.Time
}

// VerifyFile is Verify for a signed file of any format: the latest signature that was not in the documents before is a person's,
// made just now, of the format, form and profile that were asked for, over exactly the documents; and the file has nothing
// beside them that it does not cover. With ProfileP2 to ProfileP4 it names the guide's policy; time stamps and revocation
// data are not looked for. What else options say (a stamp, a reason, a role, a dialect) is not compared.
//
// The file is read several times, in memory of a constant size, but for XML, JSON and signatures, which their formats bound. To a
// file of signatures (.p7s) of any program the person may have added theirs (CAdESParallel, CAdESCounterSignature): theirs is judged,
// and those that were there must be there still, and are Evidence.Others.
//
// Errors are those of Verify, and of what the file is (CodePDFMalformed …); options that do not go together give
// CodeRequestInvalid or CodeUnsupported.
func (v *Verifier) VerifyFile(ctx context.Context, f SignedFile) (*Evidence, error) {
	evidence, err := v.CheckFile(f)
	if err != nil {
		return nil, err
	}
	if err := v.Prove(ctx, evidence); err != nil {
		return nil, err
	}
	return evidence, nil
}

// CheckFile is the part of VerifyFile that needs no network; Prove is the other.
func (v *Verifier) CheckFile(f SignedFile) (*Evidence, error) { return v.CheckFileAt(f, v.now()) }

// CheckFileAt is CheckFile as of the time at which the file arrived.
func (v *Verifier) CheckFileAt(f SignedFile, received time.Time) (*Evidence, error) {
	if v.incomplete() {
		return nil, errIncomplete
	}
	all, others, err := f.parse()
	if err != nil {
		return nil, err
	}
	s, err := v.find(all, received)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(f.Content, 0, f.Content.Size())); err != nil {
		return nil, fmt.Errorf("relyingparty: read a signed file: %w", err)
	}
	claims := s.claims
	evidence := &Evidence{
		Digest:             sum.Sum(nil),
		DigestAlgorithm:    crypto.SHA256,
		SignatureAlgorithm: claims.Algorithm,
		SigningTime:        claims.SigningTime,
		Others:             othersOf(claims, others),
	}
	evidence.nonce = evidence.Digest
	signer, err := v.checkSigner(claims.Certificate.Raw, (*pki.Certificate).Usable, claims.SigningTime)
	if err != nil {
		return nil, err
	}
	if err := v.findPath(evidence, signer, claims.Certificates, claims.SigningTime); err != nil {
		return nil, err
	}
	return evidence, nil
}

// ReverifyFile is Reverify for VerifyFile.
func (v *Verifier) ReverifyFile(ctx context.Context, f SignedFile, kept Kept) (*Evidence, error) {
	return v.replay(ctx, kept, func(then *Verifier) (*Evidence, error) { return then.CheckFileAt(f, kept.ReceivedAt) })
}

// maxTried is how many signatures of a file are verified: each costs a reading of all documents.
const maxTried = 4

// find returns the latest signature that was made near the time of arrival and is genuine. The error is that of the latest.
func (v *Verifier) find(all []candidate, received time.Time) (candidate, error) {
	slices.SortStableFunc(all, func(a, b candidate) int { return b.claims.SigningTime.Compare(a.claims.SigningTime) })
	var first error
	for _, s := range all[:min(len(all), maxTried)] {
		err := v.checkTime(s.claims.SigningTime, received)
		if err == nil {
			err = s.verify()
		}
		if err == nil {
			return s, nil
		}
		if first == nil {
			first = err
		}
	}
	return candidate{}, first
}

// othersOf lists all signatures of the file but the person's.
func othersOf(person ades.Claims, all []ades.Claims) (others []OtherSignature) {
	for _, c := range all {
		if !isSame(c, person) {
			others = append(others, OtherSignature{c.Certificate, c.SigningTime})
		}
	}
	return others
}

// format returns the format that the options name, and whether they go together.
func (f *SignedFile) format() (signature.Format, error) {
	options := f.SignatureOptions.message()
	if _, err := options.Rule(); err != nil {
		return signature.Format{}, err
	}
	if len(f.Documents) == 0 || len(f.Documents) > 1 && !options.Together {
		return signature.Format{}, fault.Errorf(fault.RequestInvalid, "a signature over %d documents", len(f.Documents))
	}
	return signature.Lookup(string(options.Format), string(options.Profile))
}
