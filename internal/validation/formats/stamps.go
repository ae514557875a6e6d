package formats

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"
	"slices"
	"sync"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/timestamp"
	"github.com/e-onay/e-onay/internal/validation"
)

// stampAttributes are the attributes that hold time stamps, with the format's word for each.
var stampAttributes = []struct {
	oid  asn1.ObjectIdentifier
	kind validation.StampKind
	name string
}{
	{oidContentStamp, validation.ContentStamp, "content-time-stamp"},
	{oidSignatureStamp, validation.SignatureStamp, "signature-time-stamp"},
	{oidReferencesStampC, validation.ReferencesStamp, "CAdES-C-timestamp"},
	{oidReferencesStamp, validation.ReferencesStamp, "time-stamped-certs-crls-references"},
	{oidArchiveStamp, validation.ArchiveStamp, "archive-time-stamp"},
	{oidArchiveStampV2, validation.ArchiveStamp, "archive-time-stamp-v2"},
	{oidArchiveStampV3, validation.ArchiveStamp, "archive-time-stamp-v3"},
}

func parseCertificate(der []byte) (*x509.Certificate, error) {
	if len(der) > pki.MaxCertificate {
		return nil, errors.New("certificate over the limit")
	}
	return pki.ParseX509(der)
}

// stampReader reads the time stamps of one signer.
type stampReader struct {
	*cades
	signer    *cms.Signer
	content   *digests
	value     validation.Object
	isCounter bool                        // the signer is of a counter-signature
	tokens    map[validation.Object]token // by the value of the attribute
	listed    map[crypto.Hash]*elementDigests

	mu    sync.Mutex                  // of begun, which validation asks for
	begun map[crypto.Hash]hash.Cloner // digests of what all archive time stamps of version 2 begin with
}

// token is a time-stamp token that was read, once for all time stamps that cover it.
type token struct {
	*timestamp.Token
	err  error
	data validation.Data
}

func (r *stampReader) token(der []byte) token {
	name := validation.ObjectOf(der)
	if t, known := r.tokens[name]; known {
		return t
	}
	t := readToken(der)
	r.tokens[name] = t
	return t
}

// readToken reads a time-stamp token and what it embeds.
func readToken(der []byte) (t token) {
	if t.Token, t.err = timestamp.Parse(der); t.err == nil {
		more := attributeData(t.Signer.Unsigned)
		t.data = validation.Data{
			Certificates: slices.Concat(t.Certificates, more.Certificates),
			CRLs:         slices.Concat(t.CRLs, more.CRLs), OCSPs: slices.Concat(t.OCSPs, more.OCSPs),
		}
	}
	return t
}

// stamp is the time stamp of a token, without imprint and what it covers. One that cannot be read has a problem.
func (t token) stamp(kind validation.StampKind, name string) *validation.TimeStamp {
	out := &validation.TimeStamp{Kind: kind, Name: name, Token: t.Token, Data: t.data}
	if t.err != nil {
		c := validation.Indetermined(validation.NoSigningCertificateFound, validation.Because(validation.ReasonStampMalformed, name, t.err))
		out.Token, out.Problem = nil, &c
	}
	return out
}

// readUnsigned reads the unsigned attributes, and the content time stamps, which are signed.
func (f *cades) readUnsigned(out *validation.Signature, s *cms.Signer, content *digests) {
	has := func(oid asn1.ObjectIdentifier) bool { return len(values(s.Unsigned, oid)) > 0 }
	out.Attributes.CompleteCertificates = has(oidCompleteCertificates)
	out.Attributes.CompleteRevocations = has(oidCompleteRevocations)
	out.Attributes.CertificateValues = has(oidCertificateValues)
	out.Attributes.RevocationValues = has(oidRevocationValues)
	out.Attributes.RevocationsInContainer = len(f.data.CRLs)+len(f.data.OCSPs) > 0
	out.Attributes.EvidenceRecords = has(oidEvidenceRecord) || has(oidEvidenceRecordExtern)
	more := attributeData(s.Unsigned)
	out.Data.Certificates = slices.Concat(out.Data.Certificates, more.Certificates)
	out.Data.CRLs = slices.Concat(out.Data.CRLs, more.CRLs)
	out.Data.OCSPs = slices.Concat(out.Data.OCSPs, more.OCSPs)
	r := &stampReader{
		cades: f, signer: s, content: content, value: out.Value, isCounter: out.Covers.Content == "signature",
		tokens: map[validation.Object]token{}, listed: map[crypto.Hash]*elementDigests{}, begun: map[crypto.Hash]hash.Cloner{},
	}
	f.readers[s] = r
	for _, kind := range stampAttributes {
		attributes := s.Unsigned
		if kind.kind == validation.ContentStamp {
			attributes = s.Signed
		}
		for _, der := range values(attributes, kind.oid) {
			if len(out.TimeStamps) == validation.MaxTimeStamps || *f.stamps == validation.MaxAllTimeStamps {
				c := validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonTooMany, kind.name, nil))
				out.Malformed = &c
				return
			}
			*f.stamps++
			out.TimeStamps = append(out.TimeStamps, r.stamp(kind.kind, kind.name, der))
		}
	}
}

// attributeData is what certificate-values and revocation-values hold, of a signature or a time stamp.
func attributeData(attributes []cms.Attribute) (out validation.Data) {
	for _, der := range values(attributes, oidCertificateValues) {
		out.Certificates = append(out.Certificates, readCertificateValues(der)...)
	}
	for _, der := range values(attributes, oidRevocationValues) {
		crls, ocsps := readRevocationValues(der)
		out.CRLs, out.OCSPs = append(out.CRLs, crls...), append(out.OCSPs, ocsps...)
	}
	return out
}

// stamp reads one time stamp.
func (r *stampReader) stamp(kind validation.StampKind, name string, der []byte) *validation.TimeStamp {
	out := r.token(der).stamp(kind, name)
	if out.Problem != nil {
		return out
	}
	switch name {
	case "content-time-stamp":
		out.Imprint = oneImprint(r.content.of)
	case "signature-time-stamp":
		out.Imprint = oneImprint(digestOf(r.signer.Value))
		out.Covers = []validation.Object{r.value}
	case "CAdES-C-timestamp":
		r.references(out, true)
	case "time-stamped-certs-crls-references":
		r.references(out, false)
	case "archive-time-stamp-v3":
		r.archiveV3(out)
	case "archive-time-stamp-v2":
		r.archiveV2(out)
	default:
		unsupported(out)
	}
	return out
}

// unsupported says that a time stamp is of a kind whose imprint is not computed here.
func unsupported(out *validation.TimeStamp) {
	c := validation.Indetermined(validation.NoPOE, validation.Because(validation.ReasonUnsupported, out.Name, nil))
	out.Problem = &c
}

// digestOf returns the digests of some bytes.
func digestOf(parts ...[]byte) func(crypto.Hash) ([]byte, error) {
	return func(by crypto.Hash) ([]byte, error) {
		if !known(by) {
			return nil, fmt.Errorf("hash %d", by)
		}
		h := by.New()
		for _, part := range parts {
			h.Write(part)
		}
		return h.Sum(nil), nil
	}
}

// oneImprint is the imprint of a time stamp on whose digest all programs agree.
func oneImprint(digest func(crypto.Hash) ([]byte, error)) func(crypto.Hash) ([][]byte, error) {
	return func(by crypto.Hash) ([][]byte, error) {
		one, err := digest(by)
		return [][]byte{one}, err
	}
}

// references is the imprint of a time stamp over references (TS 101 733, 6.3.5 and 6.3.6): the signature value and its time stamps, where
// withSignature is set, and the complete references. Each attribute counts without the header of its sequence.
func (r *stampReader) references(out *validation.TimeStamp, withSignature bool) {
	var parts [][]byte
	types := []asn1.ObjectIdentifier{oidCompleteCertificates, oidCompleteRevocations}
	if withSignature {
		parts = append(parts, r.signer.Value)
		types = slices.Insert(types, 0, oidSignatureStamp)
		out.Covers = append(out.Covers, r.value)
	}
	for _, oid := range types {
		for _, raw := range r.signer.RawUnsigned() {
			if a, ok := cms.ReadAttribute(raw); ok && a.Type.Equal(oid) {
				content, err := cms.ContentsOf(raw)
				if err != nil {
					unsupported(out)
					return
				}
				parts = append(parts, content)
				out.Covers = append(out.Covers, r.covered(a)...)
			}
		}
	}
	out.Imprint = oneImprint(digestOf(parts...))
}

// covered are the objects whose existence is proven by who has stamped an attribute: time stamps, certificates and revocation data in it.
func (r *stampReader) covered(a cms.Attribute) (all []validation.Object) {
	isStamp := slices.ContainsFunc(stampAttributes, func(k struct {
		oid  asn1.ObjectIdentifier
		kind validation.StampKind
		name string
	}) bool {
		return k.oid.Equal(a.Type)
	})
	for _, der := range a.Values {
		if !isStamp {
			break
		}
		if t := r.token(der); t.err == nil {
			all = append(append(all, validation.ObjectOf(t.DER)), objects(t.data)...)
		}
	}
	if a.Type.Equal(cms.OIDCounterSignature) {
		for _, counter := range r.signer.CounterSignatures {
			all = append(all, validation.ObjectOf(counter.Value))
		}
	}
	return append(all, objects(attributeData([]cms.Attribute{a}))...)
}

func objects(d validation.Data) (all []validation.Object) {
	for _, c := range d.Certificates {
		all = append(all, validation.ObjectOf(c.Raw))
	}
	for _, der := range slices.Concat(d.CRLs, d.OCSPs) {
		all = append(all, validation.ObjectOf(der))
	}
	return all
}
