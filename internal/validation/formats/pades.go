package formats

import (
	"bytes"
	"encoding/asn1"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/pdf/changes"
	"github.com/e-onay/e-onay/internal/validation"
)

// Forms of signatures in PDF (ISO 32000-2, 12.8.3 and 12.8.5). Of others, like adbe.pkcs7.sha1, the name alone is told.
const (
	subFilterPAdES = "ETSI.CAdES.detached"
	subFilterPKCS7 = "adbe.pkcs7.detached"
)

// Limits on the signatures of one PDF.
const (
	maxPDFSignatures = 256
	// maxStamped is how many pairs there may be of a signature and a document time stamp that covers it: each has its list of what is
	// covered.
	maxStamped = 512
)

// oidAdobeRevocation is adbe-revocationInfoArchival (ISO 32000-2, 12.8.3.3.2), a signed attribute in the form of revocation-values.
var oidAdobeRevocation = asn1.ObjectIdentifier{1, 2, 840, 113583, 1, 1, 8}

// padesFile is a PDF whose signatures are read.
type padesFile struct {
	*pdf.File
	ranges     *ranges
	signatures []*pdf.Signature // sound ones first, from the oldest on
	stamps     []*documentStamp // sound ones, from the oldest on
	broken     []*validation.TimeStamp
	data       *pdfData
	newest     pdfValues // of DSS

	read    int // time stamps in attributes of all signatures
	stamped int // pairs of a signature and a document time stamp
}

// readPAdES reads the signatures of a PDF.
func readPAdES(file Content) ([]*validation.Signature, error) {
	f, err := pdf.OpenTolerant(file.Reader, file.Size)
	if err != nil {
		return nil, err
	}
	p := &padesFile{File: f, ranges: newRanges(file), data: newPDFData()}
	if err := p.find(); err != nil {
		return nil, err
	}
	if p.newest, err = p.data.read(f); err != nil {
		return nil, err
	}
	later, err := p.readRevisions()
	if err != nil {
		return nil, err
	}
	var all []*validation.Signature
	for i, s := range p.signatures {
		id := strconv.Itoa(i + 1)
		if s.Problem != nil {
			all = append(all, unsoundSignature(id, s))
			continue
		}
		one, err := p.signature(id, s)
		if err != nil {
			return nil, err
		}
		one.Covers.Later, one.Covers.LaterDetail = later[s].kind, later[s].detail
		all = append(all, one)
	}
	return all, nil
}

// find reads fields, and tells signatures from document time stamps.
func (p *padesFile) find() error {
	fields, err := p.Fields()
	if err != nil {
		return err
	}
	found, err := p.FindSignatures(fields)
	if err != nil {
		return err
	}
	if len(found) > maxPDFSignatures {
		return fault.Errorf(fault.SignatureMalformed, "%d signatures in a PDF, over the limit of %d", len(found), maxPDFSignatures)
	}
	for _, s := range found {
		switch {
		case !s.IsDocumentTimeStamp():
			p.signatures = append(p.signatures, s)
		case s.Problem != nil:
			c := validation.Fail(validation.FormatFailure, validation.Because(validation.ReasonStampMalformed, documentStampName, s.Problem))
			p.broken = append(p.broken, &validation.TimeStamp{Kind: validation.ArchiveStamp, Name: documentStampName, Problem: &c})
		default:
			p.stamps = append(p.stamps, &documentStamp{Signature: s})
		}
	}
	switch {
	case len(p.signatures) > 0:
		return nil
	case len(found) > 0:
		return fault.Errorf(fault.PDFOnlyStamped, "a PDF with %d document time stamps, and no signature", len(found))
	}
	return fault.Errorf(fault.PDFUnsigned, "a PDF without a signature")
}

// laterChanges is what has come after a signature.
type laterChanges struct {
	kind   validation.LaterChanges
	detail string
}

// readRevisions reads the file as it was after each signature and document time stamp: what has come after a signature, and the
// validation data that a time stamp covers.
func (p *padesFile) readRevisions() (map[*pdf.Signature]laterChanges, error) {
	history, later := p.History(), map[*pdf.Signature]laterChanges{}
	comparison, err := changes.New(p.File)
	if err != nil {
		return nil, err
	}
	last := len(p.Revisions()) - 1
	certified := 0 // what the certification permits
	stamps := p.stamps
	for _, s := range slices.DeleteFunc(slices.Clone(p.signatures), func(s *pdf.Signature) bool { return s.Problem != nil }) {
		if stamps, err = p.readStamps(history, stamps, s.Revision); err != nil {
			return nil, err
		}
		if s.Certifies {
			certified = s.Permissions
		}
		if s.Revision == last {
			continue
		}
		permitted := changes.Permitted{DocMDP: s.Permissions, Lock: s.Lock}
		if certified > 0 && (s.Permissions == 0 || certified < s.Permissions) {
			permitted.DocMDP = certified
		}
		before, err := history.At(s.Revision)
		kind := changes.Changed
		if err == nil {
			kind, err = comparison.Since(before, permitted)
		}
		if err != nil && fault.CodeOf(err) == fault.Internal { // of reading
			return nil, err
		}
		if err == nil && p.IsAmbiguous() {
			kind, err = changes.Changed, fmt.Errorf("pdf: %s", p.Deviation())
		}
		later[s] = laterChangesOf(kind, err)
	}
	_, err = p.readStamps(history, stamps, last+1)
	return later, err
}

func laterChangesOf(kind changes.Kind, err error) laterChanges {
	switch kind {
	case changes.Signed:
		return laterChanges{kind: validation.LaterSigned}
	case changes.Filled:
		return laterChanges{kind: validation.LaterFilled}
	}
	out := laterChanges{kind: validation.LaterChanged}
	if err != nil {
		out.detail = err.Error()
	}
	return out
}

// unsoundSignature is one of whose place in the file nothing may be believed.
func unsoundSignature(id string, s *pdf.Signature) *validation.Signature {
	c := validation.Fail(validation.FormatFailure, validation.Because(validation.ReasonMalformed, "ByteRange", s.Problem))
	return &validation.Signature{
		ID: id, Format: "PAdES", Malformed: &c, Value: validation.ObjectOf(s.Contents), Covers: validation.Coverage{Content: "revision", Size: -1},
	}
}

// signature reads one signature whose ByteRange covers a revision.
func (p *padesFile) signature(id string, s *pdf.Signature) (*validation.Signature, error) {
	covers := validation.Coverage{
		Content: "revision", Size: s.ByteRange[1] + s.ByteRange[3], Revision: s.Revision + 1, Revisions: len(p.Revisions()),
	}
	out := &validation.Signature{ID: id, Format: "PAdES", Value: validation.ObjectOf(s.Contents), Covers: covers}
	if s.SubFilter != subFilterPAdES && s.SubFilter != subFilterPKCS7 {
		c := validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonUnsupported, shownName(s.SubFilter), nil))
		out.Malformed = &c
		return out, nil
	}
	d, err := cms.Read(bytes.NewReader(s.Contents), int64(len(s.Contents)))
	if err != nil {
		malformed(out, "Contents", err)
		return out, nil
	}
	d.Legacy = true
	f := &cades{SignedData: d, data: validation.Data{Certificates: d.Certificates}, stamps: &p.read, readers: map[*cms.Signer]*stampReader{}}
	f.data.CRLs, f.data.OCSPs = d.Revocation()
	content := p.ranges.content(s.ByteRange)
	if hash, err := cms.HashOf(d.Signers[0].DigestAlgorithm); err == nil {
		if err := p.ranges.compute(content, s.ByteRange, hash); err != nil {
			return nil, err
		}
	}
	out = f.signature(id, d.Signers[0], content, covers)
	out.Format = "PAdES"
	for _, der := range values(d.Signers[0].Signed, oidAdobeRevocation) {
		crls, ocsps := readRevocationValues(der)
		out.Data.CRLs, out.Data.OCSPs = slices.Concat(out.Data.CRLs, crls), slices.Concat(out.Data.OCSPs, ocsps)
	}
	switch { // EN 319 142-1, 4.1
	case len(d.Signers) > 1:
		malformed(out, "signerInfos", fmt.Errorf("%d signers in one signature dictionary", len(d.Signers)))
	case d.Content != nil && s.SubFilter == subFilterPAdES:
		malformed(out, "eContent", fmt.Errorf("the CMS has content of its own"))
	}
	p.addPDF(out, s)
	if out.Malformed != nil {
		out.Level, out.Form = "", ""
	}
	return out, nil
}

// addPDF adds what the PDF has for a signature beside its CMS: claimed time, document time stamps, validation data.
func (p *padesFile) addPDF(out *validation.Signature, s *pdf.Signature) {
	timeInCMS := out.Attributes.SigningTime
	if made, ok := s.Dict["M"].(pdf.String); ok {
		if at, err := pdf.Time(made); err == nil {
			out.Attributes.SigningTime = true
			if out.Claimed.IsZero() {
				out.Claimed = at
			}
		}
	}
	own := signatureObjects(out)
	isLasting := false
	for _, t := range p.stamps {
		if t.Revision <= s.Revision {
			continue
		}
		if len(out.TimeStamps) == validation.MaxTimeStamps || p.stamped == maxStamped {
			c := validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonTooMany, documentStampName, nil))
			out.Malformed = &c
			break
		}
		p.stamped++
		out.TimeStamps = append(out.TimeStamps, t.of(own))
		isLasting = isLasting || t.values.hasRevocations()
	}
	out.TimeStamps = append(out.TimeStamps, p.broken[:min(len(p.broken), validation.MaxTimeStamps-len(out.TimeStamps))]...)
	out.Data.Certificates = slices.Concat(out.Data.Certificates, p.newest.Certificates)
	out.Data.CRLs, out.Data.OCSPs = slices.Concat(out.Data.CRLs, p.newest.CRLs), slices.Concat(out.Data.OCSPs, p.newest.OCSPs)
	out.Attributes.RevocationsInContainer = out.Attributes.RevocationsInContainer || p.newest.hasRevocations()
	out.Level, out.Form = padesLevel(out, padesParts{
		isETSI: s.SubFilter == subFilterPAdES, timeInCMS: timeInCMS, hasValues: p.newest.hasRevocations(), isLasting: isLasting,
	})
}

// signatureObjects are the signature and what its CMS embeds, whose existence a later revision proves.
func signatureObjects(s *validation.Signature) (all []validation.Object) {
	all = append(all, s.Value)
	for _, t := range s.TimeStamps {
		if t.Token != nil {
			all = append(append(all, validation.ObjectOf(t.Token.DER)), objects(t.Data)...)
		}
	}
	for _, counter := range s.CounterSignatures {
		all = append(all, signatureObjects(counter)...)
	}
	return append(all, objects(s.Data)...)
}

// shownName is a name of the file, fit to be shown.
func shownName(n pdf.Name) string {
	const longest = 40 // bytes
	if n == "" {
		return "SubFilter"
	}
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '?'
		}
		return r
	}, string(n[:min(len(n), longest)]))
}
