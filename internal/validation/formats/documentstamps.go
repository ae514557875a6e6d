package formats

import (
	"crypto"
	"slices"

	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/timestamp"
	"github.com/e-onay/e-onay/internal/validation"
)

const documentStampName = "document-time-stamp"

// documentStamp is a document time stamp (ISO 32000-2, 12.8.5; EN 319 142-1, 5.4.3): over its revision, and so over all signatures, time
// stamps and validation data that are in the file by then.
type documentStamp struct {
	*pdf.Signature
	token   *timestamp.Token
	problem *validation.Conclusion
	data    validation.Data // of the token
	content *digests
	values  pdfValues
	covered []validation.Object // beside what signatures have
}

// readStamps reads those time stamps that come before a revision, and returns the others.
func (p *padesFile) readStamps(history *pdf.History, stamps []*documentStamp, revision int) ([]*documentStamp, error) {
	for len(stamps) > 0 && stamps[0].Revision < revision {
		t := stamps[0]
		stamps = stamps[1:]
		if err := p.readStamp(history, t); err != nil {
			return nil, err
		}
	}
	return stamps, nil
}

func (p *padesFile) readStamp(history *pdf.History, t *documentStamp) error {
	token, err := timestamp.Parse(t.Contents)
	if err != nil {
		c := validation.Indetermined(validation.NoSigningCertificateFound, validation.Because(validation.ReasonStampMalformed, documentStampName, err))
		t.problem = &c
		return nil
	}
	t.token, t.content = token, p.ranges.content(t.ByteRange)
	more := attributeData(token.Signer.Unsigned)
	t.data = validation.Data{
		Certificates: slices.Concat(token.Certificates, more.Certificates),
		CRLs:         slices.Concat(token.CRLs, more.CRLs), OCSPs: slices.Concat(token.OCSPs, more.OCSPs),
	}
	before := p.File
	if t.Revision < len(p.Revisions())-1 {
		if before, err = history.At(t.Revision); err != nil {
			return err
		}
	}
	if t.values, err = p.data.read(before); err != nil {
		return err
	}
	t.covered = objects(t.values.Data)
	for _, earlier := range p.stamps {
		if earlier.Revision < t.Revision && earlier.token != nil {
			t.covered = append(append(t.covered, validation.ObjectOf(earlier.token.DER)), objects(earlier.data)...)
		}
	}
	return nil
}

// of is the time stamp of one signature, whose objects are own.
func (t *documentStamp) of(own []validation.Object) *validation.TimeStamp {
	out := &validation.TimeStamp{Kind: validation.ArchiveStamp, Name: documentStampName, Token: t.token, Problem: t.problem, Data: t.data}
	if t.token != nil {
		out.Imprint = oneImprint(func(by crypto.Hash) ([]byte, error) { return t.content.of(by) })
		out.Covers = slices.Concat(own, t.covered)
	}
	return out
}
