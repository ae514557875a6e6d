package formats

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"strconv"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/validation"
)

// Attributes of CAdES (EN 319 122-1, 5 and annex A; TS 101 733).
var (
	oidSignaturePolicy      = smime(15)
	oidSignatureStamp       = smime(14)
	oidContentStamp         = smime(20)
	oidCompleteCertificates = smime(21)
	oidCompleteRevocations  = smime(22)
	oidCertificateValues    = smime(23)
	oidRevocationValues     = smime(24)
	oidReferencesStampC     = smime(25) // CAdES-C-timestamp
	oidReferencesStamp      = smime(26) // time-stamped-certs-crls-references
	oidArchiveStamp         = smime(27)
	oidArchiveStampV2       = smime(48)
	oidEvidenceRecord       = smime(49) // id-aa-er-internal (RFC 4998, appendix A)
	oidEvidenceRecordExtern = smime(50)
	oidArchiveStampV3       = asn1.ObjectIdentifier{0, 4, 0, 1733, 2, 4}
	oidHashIndex            = asn1.ObjectIdentifier{0, 4, 0, 1733, 2, 5}
	oidHashIndexV3          = asn1.ObjectIdentifier{0, 4, 0, 19122, 1, 5}
	oidSPuri                = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 5, 1}
)

// smime is an attribute of the arc id-aa (RFC 5035).
func smime(number int) asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, number}
}

// cades is a file of CAdES that is read.
type cades struct {
	*cms.SignedData
	content *digests
	covers  validation.Coverage // without the digest
	data    validation.Data     // of the container
	stamps  *int                // that were read, of all signers of the file
	readers map[*cms.Signer]*stampReader
}

// readCAdES reads the signatures of a CMS SignedData, counter-signatures in them.
func readCAdES(file Content, documents []Document) ([]*validation.Signature, error) {
	f, err := openCAdES(file, new(int))
	if err != nil {
		return nil, err
	}
	if f.content == nil && len(documents) == 1 { // of several, CMS does not say which
		f.content = documents[0].digests()
		f.covers.Size = documents[0].Size
	}
	return f.signatures()
}

// openCAdES reads a CMS SignedData, with the content that it has. stamps counts the time stamps of the whole file.
func openCAdES(file Content, stamps *int) (*cades, error) {
	d, err := cms.Read(file.Reader, file.Size)
	if err != nil {
		return nil, err
	}
	d.Legacy = true // validation judges algorithms by their date
	f := &cades{SignedData: d, covers: validation.Coverage{Content: "detached", Size: -1}, stamps: stamps, readers: map[*cms.Signer]*stampReader{}}
	if d.Content != nil {
		f.content = newDigests(d.Content.Size, d.Content.Reader)
		f.covers = validation.Coverage{Content: "attached", Size: d.Content.Size}
	}
	f.data.Certificates = d.Certificates
	f.data.CRLs, f.data.OCSPs = d.Revocation()
	return f, nil
}

// signatures are those of all signers. The error is that of reading the content.
func (f *cades) signatures() (all []*validation.Signature, err error) {
	if f.content != nil {
		if err := f.content.compute(f.hashes()...); err != nil {
			return nil, err
		}
	}
	for i, s := range f.Signers {
		all = append(all, f.signature(strconv.Itoa(i+1), s, f.content, f.covers))
	}
	f.addRecords(all)
	return all, nil
}

// hashes are those by which the signers cover the content.
func (f *cades) hashes() (all []crypto.Hash) {
	for _, s := range f.Signers {
		if hash, err := cms.HashOf(s.DigestAlgorithm); err == nil {
			all = append(all, hash)
		}
	}
	return all
}

// signature reads one signer. content is what it is over: that of the file or, for a counter-signature, the value of the
// signature that it countersigns.
func (f *cades) signature(id string, s *cms.Signer, content *digests, covers validation.Coverage) *validation.Signature {
	out := &validation.Signature{
		ID: id, Format: "CAdES", Value: validation.ObjectOf(s.Value), Covers: covers, Data: f.data,
		Names: s.Names,
	}
	out.Verify = func(c *x509.Certificate) validation.Conclusion { return f.verify(s, c, content) }
	f.readAlgorithms(out, s)
	if hash, err := cms.HashOf(s.DigestAlgorithm); err == nil {
		out.Covers.Hash = hash
		out.Covers.Digest, _ = content.of(hash) // nil where it is not at hand
	}
	f.readSigned(out, s)
	f.readUnsigned(out, s, content)
	out.Level, out.Form = cadesLevel(out)
	for i, counter := range s.CounterSignatures {
		of := newDigests(int64(len(s.Value)), bytesReader(s.Value))
		out.CounterSignatures = append(out.CounterSignatures,
			f.signature(fmt.Sprintf("%s.%d", id, i+1), counter, of, validation.Coverage{Content: "signature", Size: int64(len(s.Value))}))
	}
	return out
}

// verify verifies one signer with the key of a certificate (5.2.7).
func (f *cades) verify(s *cms.Signer, c *x509.Certificate, content *digests) validation.Conclusion {
	hash, _ := cms.HashOf(s.DigestAlgorithm) // what is wrong with it the verdict says
	digest, err := content.of(hash)
	if err != nil && !errors.Is(err, errNoContent) && hash != 0 {
		return validation.Indetermined(validation.SignedDataNotFound, validation.Because(validation.ReasonContentMissing, "", err))
	}
	verdict := f.VerifyBy(s, c, digest)
	switch {
	case verdict.State == cms.Holds:
		return validation.Pass()
	case verdict.State == cms.Fails && errors.Is(verdict.Err, cms.ErrContent):
		return validation.Fail(validation.HashFailure, validation.Because(validation.ReasonContentChanged, "", verdict.Err))
	case verdict.State == cms.Fails && fault.CodeOf(verdict.Err) == fault.SignatureInvalid:
		return validation.Fail(validation.SigCryptoFailure, validation.Because(validation.ReasonValueWrong, "", verdict.Err))
	case verdict.State == cms.Fails:
		return validation.Fail(validation.FormatFailure, validation.Because(validation.ReasonAttributeWrong, "", verdict.Err))
	case fault.CodeOf(verdict.Err) == fault.SignatureAlgorithm:
		return validation.Indetermined(validation.CryptoConstraintsFailure, validation.Because(validation.ReasonAlgorithm, cms.NameOf(s.SignatureAlgorithm), verdict.Err))
	case fault.CodeOf(verdict.Err) == fault.SignatureInvalid:
		return validation.Indetermined(validation.SignedDataNotFound, validation.Because(validation.ReasonContentMissing, "", verdict.Err))
	case errors.Is(verdict.Err, cms.ErrOrder):
		return validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonAttributeWrong, "", verdict.Err))
	case s.SignedSet == nil:
		return validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonAttributesMissing, "", verdict.Err))
	}
	return validation.Indetermined(validation.NoSigningCertificateFound, validation.Because(validation.ReasonSignerOther, "", verdict.Err))
}
