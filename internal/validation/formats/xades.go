package formats

import (
	"cmp"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmldsig/tolerant"
)

// isXML reports whether a file begins as XML in UTF-8 does.
func isXML(head []byte) bool {
	text := strings.TrimLeft(strings.TrimPrefix(string(head), "\ufeff"), " \t\r\n")
	return strings.HasPrefix(text, "<")
}

// readXAdES reads the signatures of an XML document, XAdES or not, counter-signatures under theirs. documents are the files that references
// may be over, by their names or their whole paths. work is that of a container, or nil for a document of its own. XML without any
// signature gives fault.Unsupported.
func readXAdES(file Content, documents []Document, work *tolerant.Work) ([]*validation.Signature, error) {
	d, err := readXML(file, documents, work)
	if err != nil {
		return nil, err
	}
	f := &xadesFile{Document: d}
	var all []*validation.Signature
	for i, s := range d.Signatures {
		one, err := f.signature(strconv.Itoa(i+1), s)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// ReadXML reads an XML document with signatures, and documents beside it, as Read does, for who adds to it.
func ReadXML(file Content, documents []Document) (*tolerant.Document, error) {
	return readXML(file, documents, nil)
}

func readXML(file Content, documents []Document, work *tolerant.Work) (*tolerant.Document, error) {
	if file.Size > tolerant.MaxSize {
		return nil, fault.Errorf(fault.SignatureMalformed, "XML of %d bytes, over the limit of %d", file.Size, tolerant.MaxSize)
	}
	var source strings.Builder
	source.Grow(int(file.Size))
	if n, err := io.Copy(&source, io.NewSectionReader(file.Reader, 0, file.Size)); err != nil || n < file.Size {
		return nil, fmt.Errorf("read a signature: %w", cmp.Or(err, io.ErrUnexpectedEOF))
	}
	if !strings.Contains(source.String(), xmldsig.Namespace) {
		return nil, fault.Errorf(fault.Unsupported, "XML without a signature")
	}
	if encoding := encodingOf(source.String()); !strings.EqualFold(encoding, "UTF-8") {
		return nil, fault.Errorf(fault.Unsupported, "XML in the encoding %.40q", encoding)
	}
	var externals []tolerant.External
	for _, d := range documents {
		digests := d.digests()
		externals = append(externals, tolerant.External{Name: d.Name, IsPath: d.shared != nil, Size: d.Size, Open: digests.open, Digest: digests.of})
	}
	if work == nil {
		size := file.Size
		for _, d := range documents {
			size += d.Size
		}
		work = tolerant.WorkFor(size)
	}
	d, err := tolerant.ReadWithin(work, source.String(), externals...)
	if err == nil && len(d.Signatures) == 0 {
		return nil, fault.Errorf(fault.Unsupported, "XML without a signature")
	}
	return d, err
}

// encodingOf returns the encoding that an XML declaration names; UTF-8 where none does.
func encodingOf(source string) string {
	declaration, isDeclared := strings.CutPrefix(strings.TrimPrefix(source, "\ufeff"), "<?xml")
	declaration, _, isClosed := strings.Cut(declaration, "?>")
	_, value, isNamed := strings.Cut(declaration, "encoding")
	value = strings.TrimLeft(value, " \t\r\n=")
	if !isDeclared || !isClosed || !isNamed || value == "" {
		return "UTF-8"
	}
	value, _, _ = strings.Cut(value[1:], value[:1])
	return value
}

// xadesFile is a document that is read.
type xadesFile struct {
	*tolerant.Document
	stamps int // that were read, of all signatures
}

// signature reads one signature. The error is that of reading a document.
func (f *xadesFile) signature(id string, s *tolerant.Signature) (*validation.Signature, error) {
	out := &validation.Signature{ID: id, Format: "XAdES", Value: validation.ObjectOf(s.Value)}
	out.Verify = func(c *x509.Certificate) validation.Conclusion { return verifyXML(s, c) }
	keyInfo := tolerant.ReadKeyInfo(s.KeyInfo)
	out.Data.Certificates, out.Data.CRLs = keyInfo.Certificates, keyInfo.CRLs
	if s.Err != nil {
		c := xmlProblem("Signature", s.Err)
		out.Malformed = &c
		out.Covers = validation.Coverage{Content: "attached", Size: -1}
	} else {
		if err := xmlCoverage(out, s); err != nil {
			return nil, err
		}
		xmlAlgorithms(out, s)
		readXMLProperties(out, s)
		nameXMLSigner(out, s, keyInfo)
		f.readXMLUnsigned(out, s)
		out.Level, out.Form = xadesLevel(out, s)
	}
	for i, counter := range s.CounterSignatures {
		one, err := f.signature(fmt.Sprintf("%s.%d", id, i+1), counter)
		if err != nil {
			return nil, err
		}
		out.CounterSignatures = append(out.CounterSignatures, one)
	}
	return out, nil
}

// xmlProblem says what an error of reading a part means.
func xmlProblem(part string, err error) validation.Conclusion {
	switch {
	case errors.Is(err, tolerant.ErrTooMuch):
		return validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonTooMany, part, err))
	case errors.Is(err, tolerant.ErrMissing):
		return validation.Indetermined(validation.SignedDataNotFound, validation.Because(validation.ReasonContentMissing, "", err))
	case fault.CodeOf(err) == fault.SignatureAlgorithm:
		return validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonUnsupported, part, err))
	case fault.CodeOf(err) == fault.SignatureMalformed:
		return validation.Fail(validation.FormatFailure, validation.Because(validation.ReasonMalformed, part, err))
	}
	return validation.Indetermined(validation.SignedDataNotFound, validation.Because(validation.ReasonContentMissing, "", err))
}

// verifyXML verifies a signature with the key of a certificate (5.2.7): all references first. A failure outweighs what cannot be told.
func verifyXML(s *tolerant.Signature, c *x509.Certificate) validation.Conclusion {
	result := validation.Pass()
	note := func(c validation.Conclusion) {
		if result.Indication == validation.Passed || result.Indication == validation.Indeterminate && c.Indication == validation.Failed {
			result = c
		}
	}
	for _, r := range s.AllReferences() {
		switch err := r.Check(); {
		case err == nil:
		case fault.CodeOf(err) == fault.SignatureInvalid:
			note(validation.Fail(validation.HashFailure, validation.Because(validation.ReasonContentChanged, "", err)))
		case r.Hash == 0 && fault.CodeOf(err) == fault.SignatureAlgorithm:
			note(validation.Indetermined(validation.CryptoConstraintsFailure, validation.Because(validation.ReasonAlgorithm, r.Method, err)))
		default:
			note(xmlProblem("Reference", err))
		}
	}
	if result.Indication == validation.Failed {
		return result
	}
	switch err := s.Check(c.PublicKey); {
	case err == nil:
	case fault.CodeOf(err) == fault.SignatureInvalid:
		note(validation.Fail(validation.SigCryptoFailure, validation.Because(validation.ReasonValueWrong, "", err)))
	case fault.CodeOf(err) == fault.KeyUnsupported, s.Method.Hash == 0:
		note(validation.Indetermined(validation.CryptoConstraintsFailure, validation.Because(validation.ReasonAlgorithm, s.Method.URI, err)))
	default:
		note(xmlProblem("SignedInfo", err))
	}
	return result
}

// xmlAlgorithms notes the algorithms that a signature depends on, but for its key.
func xmlAlgorithms(out *validation.Signature, s *tolerant.Signature) {
	add := func(hash crypto.Hash, name string) {
		one := validation.Algorithm{Hash: hash}
		if hash == 0 {
			one.Name = name
		}
		if !slices.Contains(out.Algorithms, one) {
			out.Algorithms = append(out.Algorithms, one)
		}
	}
	add(s.Method.Hash, s.Method.URI)
	for _, r := range s.AllReferences() {
		add(r.Hash, r.Method)
	}
}

// maxCandidates is how many certificates of KeyInfo are tried for the signer's.
const maxCandidates = 8

// nameXMLSigner finds out whose signature it is. The signing-certificate property may name several certificates, in any order: that one
// is the signer's whose key verifies the value. Without the property it is the certificate in KeyInfo whose key does.
func nameXMLSigner(out *validation.Signature, s *tolerant.Signature, k *tolerant.KeyInfo) {
	if !k.IsSilent() {
		out.Names = k.Names
	}
	var signer *x509.Certificate
	if len(out.References) != 1 {
		signer = candidate(s, k)
	}
	for i, r := range out.References {
		if signer != nil && referenceIs(r, signer) {
			out.References[0], out.References[i] = out.References[i], out.References[0]
			break
		}
	}
	if len(out.References) == 0 && signer != nil {
		out.Names = func(c *x509.Certificate) bool { return c.Equal(signer) && k.Names(c) }
	}
	out.Attributes.CertificateEmbedded = slices.ContainsFunc(k.Certificates, func(c *x509.Certificate) bool {
		return len(out.References) > 0 && referenceIs(out.References[0], c) || len(out.References) == 0 && c == signer
	})
}

// candidate returns the certificate in KeyInfo whose key verifies the value: the only one or, where none does, the first one; nil where there
// are none.
func candidate(s *tolerant.Signature, k *tolerant.KeyInfo) *x509.Certificate {
	if len(k.Certificates) == 0 {
		return nil
	}
	for i, c := range k.Certificates {
		if len(k.Certificates) > 1 && i < maxCandidates && s.Check(c.PublicKey) == nil {
			return c
		}
	}
	return k.Certificates[0]
}

// referenceIs reports whether a reference is of a certificate, by its digest.
func referenceIs(r validation.CertificateReference, c *x509.Certificate) bool {
	h := r.Hash.New()
	h.Write(c.Raw)
	return string(h.Sum(nil)) == string(r.Digest)
}
