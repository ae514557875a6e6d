package cms

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"slices"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
)

// Addition is what a new signature adds to a SignedData.
type Addition struct {
	// SignerInfo is the signature, in DER.
	SignerInfo []byte
	// DigestAlgorithm is its AlgorithmIdentifier, in DER.
	DigestAlgorithm []byte
	// Certificates are embedded unless they are already.
	Certificates []*x509.Certificate
}

// Append returns the SignedData with one more signature of the content, beside those that are there. Everything that is there stays as it
// is, byte for byte: signatures, certificates, lists, content; the sets that hold them grow, in the order of DER. document is
// the place of the file that d was read from among the documents of the pieces.
//
// A signature with an archive time stamp that covers the set of certificates would lose it, and is refused with
// fault.Unsupported. A result of more than MaxStructure bytes without the content gives fault.RequestTooLarge.
func (d *SignedData) Append(document int, a Addition) (ades.Pieces, error) {
	infos := append(d.rawSigners(), a.SignerInfo)
	return d.with(document, infos, d.digestAlgorithmsWith(a.DigestAlgorithm), a)
}

// CounterSign returns the SignedData with a counter-signature of its signer of this number, counted from 0: an unsigned attribute
// (RFC 5652, 11.4) beside those that are there. Otherwise it is as Append.
func (d *SignedData) CounterSign(document, signer int, a Addition) (ades.Pieces, error) {
	s := d.Signers[signer]
	attribute := NewAttribute(OIDCounterSignature, a.SignerInfo)
	unsigned := append(slices.Clone(s.unsignedElements), attribute)
	slices.SortFunc(unsigned, bytes.Compare)
	infos := d.rawSigners()
	infos[signer] = element(tagSequence, s.beforeUnsigned, element(tagContext1, unsigned...))
	return d.with(document, infos, d.digestAlgorithms, a)
}

func (d *SignedData) rawSigners() (all [][]byte) {
	for _, s := range d.Signers {
		all = append(all, s.Raw)
	}
	return all
}

// digestAlgorithmsWith returns the algorithms announced and, unless it is among them, one more.
func (d *SignedData) digestAlgorithmsWith(der []byte) [][]byte {
	wanted, err := current.digestOf(der)
	for _, announced := range d.DigestAlgorithms {
		if a, otherErr := current.digestOf(announced); err == nil && otherErr == nil && a.hash == wanted.hash {
			return d.digestAlgorithms
		}
	}
	return append(slices.Clone(d.digestAlgorithms), der)
}

// with puts a SignedData together, with the content where it lies.
func (d *SignedData) with(document int, infos, digestAlgorithms [][]byte, a Addition) (ades.Pieces, error) {
	for _, s := range d.Signers {
		for _, attribute := range s.Unsigned {
			if attribute.Type.Equal(oidArchiveTimeStamp) || attribute.Type.Equal(oidArchiveTimeStampV2) {
				return nil, fault.Errorf(fault.Unsupported, "a signature with an archive time stamp (%v) that covers all certificates", attribute.Type)
			}
		}
	}
	certificates := slices.Concat(d.certificates, d.others)
	for _, c := range a.Certificates {
		if !slices.ContainsFunc(certificates, func(raw []byte) bool { return bytes.Equal(raw, c.Raw) }) {
			certificates = append(certificates, c.Raw)
		}
	}
	tail := element(tagContext0, sorted(certificates)...)
	if d.crls != nil {
		tail = append(tail, element(tagContext1, sorted(d.crls)...)...)
	}
	tail = append(tail, element(tagSet, sorted(infos)...)...)
	head := slices.Concat(integerDER(d.version()), element(tagSet, sorted(digestAlgorithms)...))
	if len(head)+len(tail) > MaxStructure {
		return nil, fault.Errorf(fault.RequestTooLarge, "signature of %d bytes, over the limit of %d", len(head)+len(tail), MaxStructure)
	}
	return enclose(document, d.encapsulated, head, tail), nil
}

// enclose writes ContentInfo around head, a span of the document, and tail.
func enclose(document int, content span, head, tail []byte) ades.Pieces {
	n := int64(len(head)) + content.end - content.begin + int64(len(tail))
	signedData := AppendHeader(nil, tagSequence, n)
	n += int64(len(signedData))
	explicit := append(oidDER(OIDSignedData), AppendHeader(nil, tagContext0, n)...)
	n += int64(len(explicit))
	begin := slices.Concat(AppendHeader(nil, tagSequence, n), explicit, signedData, head)
	return ades.Pieces{
		{Bytes: begin},
		{Document: document, Offset: content.begin, Length: content.end - content.begin},
		{Bytes: tail},
	}
}

// sorted returns the elements in the order that DER wants of a SET OF (X.690, 11.6). Whoever reads gives that order no meaning.
func sorted(elements [][]byte) [][]byte {
	return slices.SortedFunc(slices.Values(elements), bytes.Compare)
}

// version is the version of the SignedData with one more signer, who is named by issuer and serial number (RFC 5652, 5.1).
func (d *SignedData) version() int {
	hasTag := func(elements [][]byte, tag byte) bool {
		return slices.ContainsFunc(elements, func(raw []byte) bool { return raw[0] == tag })
	}
	const attributeV1, attributeV2, otherCertificate, otherList = 0xa1, 0xa2, 0xa3, 0xa1
	switch {
	case hasTag(d.others, otherCertificate) || hasTag(d.crls, otherList):
		return 5
	case hasTag(d.others, attributeV2):
		return 4
	case hasTag(d.others, attributeV1), !d.ContentType.Equal(OIDData),
		slices.ContainsFunc(d.Signers, func(s *Signer) bool { return s.Version == 3 }):
		return 3
	}
	return 1
}

// NewAttribute encodes an attribute; the values are in DER.
func NewAttribute(oid asn1.ObjectIdentifier, values ...[]byte) []byte {
	return element(tagSequence, oidDER(oid), element(tagSet, sorted(values)...))
}

func integerDER(n int) []byte { return element(tagInteger, []byte{byte(n)}) }

// oidDER encodes an identifier. It panics for one that has no encoding: this package's own have one.
func oidDER(oid asn1.ObjectIdentifier) []byte {
	der, err := asn1.Marshal(oid)
	if err != nil {
		panic(err)
	}
	return der
}
