package formats

import (
	"crypto/x509"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/validation"
)

// Limits on the validation data of all revisions of a PDF together.
const (
	maxPDFData      = 1024     // streams
	maxPDFDataBytes = 32 << 20 // decoded
	maxVRI          = 512      // entries of one revision
)

// pdfValues is the validation data of one revision.
type pdfValues struct{ validation.Data }

func (v pdfValues) hasRevocations() bool { return len(v.CRLs)+len(v.OCSPs) > 0 }

// pdfData reads document security stores (ISO 32000-2, 12.8.4.3; EN 319 142-1, 5.4.2): each stream once, however many revisions have it. What
// cannot be read is left out, as is what is over the limits.
type pdfData struct {
	streams map[streamKey]pdfValue
	bytes   int64
}

// streamKey names a stream by its place in the file, and by what it is said to be.
type streamKey struct {
	offset int64
	list   pdf.Name
}

// pdfValue is what one stream holds; all are nil where it cannot be read.
type pdfValue struct {
	certificate *x509.Certificate
	crl, ocsp   []byte
}

func newPDFData() *pdfData { return &pdfData{streams: map[streamKey]pdfValue{}} }

// read reads the store of a revision, with what VRI has for its signatures. An error is that of reading the file.
func (d *pdfData) read(f *pdf.File) (out pdfValues, err error) {
	catalog, err := f.Catalog()
	if err != nil {
		return out, err
	}
	store, err := dictOf(f, catalog["DSS"])
	if err != nil || store == nil {
		return out, err
	}
	seen := map[streamKey]bool{}
	for _, list := range []pdf.Name{"Certs", "CRLs", "OCSPs"} {
		if err := d.list(f, store[list], list, seen, &out); err != nil {
			return out, err
		}
	}
	entries, err := dictOf(f, store["VRI"])
	if err != nil {
		return out, err
	}
	for i, key := range entries.Keys() {
		if i == maxVRI {
			break
		}
		entry, err := dictOf(f, entries[key])
		if err != nil {
			return out, err
		}
		for _, list := range []pdf.Name{"Certs", "CRLs", "OCSPs"} {
			if err := d.list(f, entry[list[:len(list)-1]], list, seen, &out); err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

// dictOf resolves a dictionary; nil for anything else.
func dictOf(f *pdf.File, o pdf.Object) (pdf.Dict, error) {
	v, err := resolve(f, o)
	d, _ := v.(pdf.Dict)
	return d, err
}

// resolve is File.Resolve, with nil for what is malformed.
func resolve(f *pdf.File, o pdf.Object) (pdf.Object, error) {
	v, err := f.Resolve(o)
	if fault.CodeOf(err) == fault.PDFMalformed {
		return nil, nil
	}
	return v, err
}

// list reads the streams of one list.
func (d *pdfData) list(f *pdf.File, o pdf.Object, list pdf.Name, seen map[streamKey]bool, out *pdfValues) error {
	v, err := resolve(f, o)
	if err != nil {
		return err
	}
	all, _ := v.(pdf.Array)
	for _, o := range all[:min(len(all), maxPDFData)] {
		v, err := resolve(f, o)
		if err != nil {
			return err
		}
		s, ok := v.(*pdf.Stream)
		key := streamKey{list: list}
		if ok {
			key.offset = s.Offset
		}
		if !ok || seen[key] {
			continue
		}
		seen[key] = true
		value, err := d.stream(f, s, key)
		if err != nil {
			return err
		}
		out.add(value)
	}
	return nil
}

func (v *pdfValues) add(one pdfValue) {
	switch {
	case one.certificate != nil:
		v.Certificates = append(v.Certificates, one.certificate)
	case one.crl != nil:
		v.CRLs = append(v.CRLs, one.crl)
	case one.ocsp != nil:
		v.OCSPs = append(v.OCSPs, one.ocsp)
	}
}

// stream reads a stream that was not read yet.
func (d *pdfData) stream(f *pdf.File, s *pdf.Stream, key streamKey) (value pdfValue, err error) {
	if known, done := d.streams[key]; done || len(d.streams) == maxPDFData {
		return known, nil
	}
	limit := min(cms.MaxStructure, maxPDFDataBytes-d.bytes)
	data, err := f.Data(s, limit)
	if err != nil && fault.CodeOf(err) != fault.PDFMalformed {
		return value, err
	}
	if d.bytes += int64(len(data)); err != nil {
		d.bytes += limit // which may have been decoded
	}
	switch {
	case err != nil:
	case key.list == "Certs":
		value.certificate, _ = parseCertificate(data) // what is no certificate is left out
	case key.list == "CRLs":
		value.crl = data
	default:
		value.ocsp, _ = asOCSPResponse(data)
	}
	d.streams[key] = value
	return value, nil
}
