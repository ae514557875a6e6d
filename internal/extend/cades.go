package extend

import (
	"context"
	"crypto"
	"encoding/asn1"
	"errors"
	"io"
	"slices"
	"strconv"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/timestamp"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
)

// Unsigned attributes of CAdES (EN 319 122-1, 5.3, 5.5 and annex A).
var (
	oidSignatureStamp       = smime(14)
	oidCompleteCertificates = smime(21)
	oidCompleteRevocations  = smime(22)
	oidCertificateValues    = smime(23)
	oidRevocationValues     = smime(24)
	oidReferencesStampC     = smime(25)
	oidReferencesStamp      = smime(26)
	oidArchiveStampV3       = asn1.ObjectIdentifier{0, 4, 0, 1733, 2, 4}
	oidHashIndexV3          = asn1.ObjectIdentifier{0, 4, 0, 19122, 1, 5}
)

// smime is an attribute of the arc id-aa (RFC 5035).
func smime(number int) asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, number}
}

// cadesEditor adds to one signer of a CMS SignedData. It never loads the content: each step is a file of pieces over the one before.
type cadesEditor struct {
	target Target
	number int // of the signer, from 0 on
	file   formats.Content
	signed *cms.SignedData // file, read
}

// openCAdES opens a signature of a file in DER or BER. Counter-signatures give fault.Unsupported.
func openCAdES(t Target) (Editor, error) {
	n, err := strconv.Atoi(t.ID)
	if err != nil {
		return nil, fault.Errorf(fault.Unsupported, "counter-signature %s", t.ID)
	}
	e := &cadesEditor{target: t, number: n - 1}
	if err := e.read(t.File); err != nil {
		return nil, err
	}
	if n < 1 || n > len(e.signed.Signers) {
		return nil, fault.Errorf(fault.Internal, "signature %d of %d", n, len(e.signed.Signers))
	}
	return e, nil
}

func (e *cadesEditor) read(file formats.Content) (err error) {
	e.file = file
	e.signed, err = cms.Read(file.Reader, file.Size)
	return err
}

func (e *cadesEditor) signer() *cms.Signer { return e.signed.Signers[e.number] }

func (e *cadesEditor) has(oid asn1.ObjectIdentifier) bool { return len(e.values(oid)) > 0 }

// values returns the values of all unsigned attributes of a type.
func (e *cadesEditor) values(oid asn1.ObjectIdentifier) (all [][]byte) {
	for _, a := range e.signer().Unsigned {
		if a.Type.Equal(oid) {
			all = append(all, a.Values...)
		}
	}
	return all
}

// File returns the file.
func (e *cadesEditor) File() (formats.Content, error) { return e.file, nil }

// grow adds to the file, and reads it again.
func (e *cadesEditor) grow(g cms.Growth) error {
	g.Signer = e.number
	file, err := grow(e.signed, e.file, g)
	if err != nil {
		return err
	}
	return e.read(file)
}

// grow adds to a SignedData that was read from a file.
func grow(d *cms.SignedData, file formats.Content, g cms.Growth) (formats.Content, error) {
	pieces, err := d.Grow(0, g)
	if err != nil {
		return formats.Content{}, err
	}
	return formats.Content{Reader: pieces.Reader([]ades.Document{{Size: file.Size, Content: file.Reader}}), Size: pieces.Size()}, nil
}

// SignatureTimeStamp adds a signature-time-stamp (EN 319 122-1, 5.3).
func (e *cadesEditor) SignatureTimeStamp(ctx context.Context, stamp Stamper) error {
	token, err := stampedBy(ctx, stamp, e.target.Hash, digestOf(e.target.Hash, e.signer().Value))
	if err != nil {
		return err
	}
	return e.grow(cms.Growth{Attributes: []cms.NewUnsigned{{DER: cms.NewAttribute(oidSignatureStamp, token.DER)}}})
}

// Values adds what is not there yet to the fields certificates and crls of the SignedData, as baseline signatures have it (EN 319 122-1, 6.3).
// A signature with complete references, and without values, gets all of it as certificate-values and revocation-values: that is
// CAdES-X-Long (annex A.1.1.2 and A.1.1.4).
func (e *cadesEditor) Values(data validation.Data) error {
	if e.has(oidCompleteCertificates) && !e.has(oidCertificateValues) && !e.has(oidRevocationValues) {
		certificates, revocations, err := valuesAttributes(data)
		if err != nil {
			return err
		}
		return e.grow(cms.Growth{Attributes: []cms.NewUnsigned{{DER: certificates}, {DER: revocations}}})
	}
	there := e.embedded()
	isNew := func(der []byte) bool { return !there[validation.ObjectOf(der)] }
	var g cms.Growth
	for _, c := range data.Certificates {
		if isNew(c.Raw) {
			g.Certificates = append(g.Certificates, c)
		}
	}
	for _, der := range data.CRLs {
		if isNew(der) {
			g.Revocations = append(g.Revocations, der)
		}
	}
	for _, der := range data.OCSPs {
		if isNew(der) {
			g.Revocations = append(g.Revocations, cms.OCSPRevocation(der))
		}
	}
	if len(g.Certificates)+len(g.Revocations) == 0 {
		return nil
	}
	return e.grow(g)
}

// embedded is what the SignedData, its values attributes and its time stamps have.
func (e *cadesEditor) embedded() map[validation.Object]bool {
	there := map[validation.Object]bool{}
	add := func(all ...[]byte) {
		for _, der := range all {
			there[validation.ObjectOf(der)] = true
		}
	}
	add(e.signed.RawCertificates()...)
	crls, ocsps := e.signed.Revocation()
	add(slices.Concat(crls, ocsps)...)
	for _, value := range e.values(oidCertificateValues) {
		if all, err := cms.Elements(value, maxValues); err == nil {
			add(all...)
		}
	}
	for _, value := range e.values(oidRevocationValues) {
		add(elementsOfRevocationValues(value)...)
	}
	for _, oid := range []asn1.ObjectIdentifier{oidSignatureStamp, oidReferencesStamp, oidReferencesStampC, oidArchiveStampV3} {
		for _, value := range e.values(oid) {
			if t, err := timestamp.Parse(value); err == nil {
				for _, c := range t.Certificates {
					add(c.Raw)
				}
				add(slices.Concat(t.CRLs, t.OCSPs)...)
			}
		}
	}
	return there
}

// ArchiveTimeStamp adds an archive-time-stamp-v3 (EN 319 122-1, 5.5.3) over everything that is there.
func (e *cadesEditor) ArchiveTimeStamp(ctx context.Context, stamp Stamper) error {
	content, err := e.contentDigest()
	if err != nil {
		return err
	}
	index, err := e.hashIndex()
	if err != nil {
		return err
	}
	contentType, err := asn1.Marshal(e.signed.ContentType)
	if err != nil {
		return fault.New(fault.SignatureMalformed, err)
	}
	token, err := stampedBy(ctx, stamp, e.target.Hash, digestOf(e.target.Hash, contentType, content, e.signer().WithoutUnsigned(), index))
	if err != nil {
		return err
	}
	der, err := withUnsigned(token.DER, cms.NewAttribute(oidHashIndexV3, index))
	if err != nil {
		return err
	}
	return e.grow(cms.Growth{Attributes: []cms.NewUnsigned{{DER: cms.NewAttribute(oidArchiveStampV3, der), IsArchive: true}}})
}

// contentDigest reads the content that is in the file, or the only document beside it.
func (e *cadesEditor) contentDigest() ([]byte, error) {
	h := e.target.Hash.New()
	var content io.Reader
	switch {
	case e.signed.Content != nil:
		content = e.signed.Content.Reader()
	case len(e.target.Documents) == 1:
		document := e.target.Documents[0]
		content = io.NewSectionReader(document.Reader, 0, document.Size)
	default:
		return nil, fault.Errorf(fault.ExtendContent, "%d documents beside a detached signature", len(e.target.Documents))
	}
	_, err := io.Copy(h, content)
	return h.Sum(nil), err
}

// withUnsigned returns a token with an unsigned attribute more.
func withUnsigned(token, attribute []byte) ([]byte, error) {
	file := contentOf(token)
	d, err := cms.Read(file.Reader, file.Size)
	if err != nil {
		return nil, fault.New(fault.TimestampInvalid, err)
	}
	grown, err := grow(d, file, cms.Growth{Attributes: []cms.NewUnsigned{{DER: attribute}}})
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(grown.Reader, 0, grown.Size))
}

// stampedBy asks for a time stamp, and checks that the answer is a token over the digest.
func stampedBy(ctx context.Context, stamp Stamper, hash crypto.Hash, digest []byte) (*timestamp.Token, error) {
	if stamp == nil {
		return nil, fault.New(fault.TimestampUnavailable, errors.New("there is no authority to ask"))
	}
	der, err := stamp(ctx, hash, digest)
	if err != nil {
		return nil, err
	}
	token, err := timestamp.Parse(der)
	if err != nil {
		return nil, err
	}
	if !token.Covers(hash, digest) {
		return nil, fault.Errorf(fault.TimestampInvalid, "the time stamp is of another digest")
	}
	return token, nil
}

func digestOf(hash crypto.Hash, parts ...[]byte) []byte {
	h := hash.New()
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}
