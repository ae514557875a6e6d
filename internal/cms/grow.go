package cms

import (
	"bytes"
	"crypto/x509"
	"slices"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
)

// Growth is what is added to a SignedData beside its signatures.
type Growth struct {
	// Signer is the number, from 0 on, of the signer whose unsigned attributes grow by Attributes, each in DER.
	Signer     int
	Attributes []NewUnsigned
	// Certificates and Revocations, each a RevocationInfoChoice (RFC 5652, 10.2.1) in DER, are embedded unless they are already.
	Certificates []*x509.Certificate
	Revocations  [][]byte
}

// NewUnsigned is an unsigned attribute in DER.
type NewUnsigned struct {
	DER []byte
	// IsArchive says that it is an archive time stamp: older ones do not cover it.
	IsArchive bool
}

// Grow returns the SignedData with what is added. Everything that is there stays, byte for byte and in its order, but for the headers
// around it and the version of the SignedData, which no signature covers: archive time stamps depend on the order of attributes,
// and callers on that of signers. A set that is in the order of DER stays so. document is as for Append.
//
// What an archive time stamp of version 1 or 2 would lose its content by is refused with fault.Unsupported: it covers the fields of
// certificates and revocation data as wholes, and all attributes of its signer that are no archive time stamps. A result of more than
// MaxStructure bytes without the content, or with more attributes or certificates than Read accepts, gives fault.RequestTooLarge.
func (d *SignedData) Grow(document int, g Growth) (ades.Pieces, error) {
	var certificates, revocations [][]byte
	for _, c := range g.Certificates {
		certificates = appendNew(certificates, c.Raw, d.RawCertificates())
	}
	for _, raw := range g.Revocations {
		revocations = appendNew(revocations, raw, d.crls)
	}
	if err := d.mayGrow(g, len(certificates)+len(revocations) > 0); err != nil {
		return nil, err
	}
	infos := d.rawSigners()
	s := d.Signers[g.Signer]
	if len(g.Attributes) > 0 {
		var added [][]byte
		for _, a := range g.Attributes {
			added = append(added, a.DER)
		}
		unsigned := insert(s.unsignedElements, added)
		if len(unsigned) > maxAttributes {
			return nil, fault.Errorf(fault.RequestTooLarge, "%d unsigned attributes, over the limit of %d", len(unsigned), maxAttributes)
		}
		infos[g.Signer] = element(tagSequence, s.beforeUnsigned, element(tagContext1, unsigned...))
	}
	grown := *d
	certificatesField, err := grownField(d.certificatesField, tagContext0, certificates)
	if err != nil {
		return nil, err
	}
	revocationsField, err := grownField(d.revocations, tagContext1, revocations)
	if err != nil {
		return nil, err
	}
	grown.crls = slices.Concat(d.crls, revocations)
	tail := slices.Concat(certificatesField, revocationsField, element(tagSet, infos...))
	head := slices.Concat(integerDER(max(d.Version, grown.version())), element(tagSet, d.digestAlgorithms...))
	if len(head)+len(tail) > MaxStructure {
		return nil, fault.Errorf(fault.RequestTooLarge, "signature of %d bytes, over the limit of %d", len(head)+len(tail), MaxStructure)
	}
	return enclose(document, d.encapsulated, head, tail), nil
}

// appendNew appends an element that is neither in added nor in those there.
func appendNew(added [][]byte, raw []byte, there [][]byte) [][]byte {
	isIt := func(other []byte) bool { return bytes.Equal(other, raw) }
	if slices.ContainsFunc(added, isIt) || slices.ContainsFunc(there, isIt) {
		return added
	}
	return append(added, raw)
}

// mayGrow refuses what would break an archive time stamp of version 1 or 2.
func (d *SignedData) mayGrow(g Growth, fieldsGrow bool) error {
	for i, s := range d.Signers {
		hasOlder := slices.ContainsFunc(s.Unsigned, func(a Attribute) bool {
			return a.Type.Equal(oidArchiveTimeStamp) || a.Type.Equal(oidArchiveTimeStampV2)
		})
		attributesGrow := i == g.Signer && slices.ContainsFunc(g.Attributes, func(a NewUnsigned) bool { return !a.IsArchive })
		if hasOlder && (fieldsGrow || attributesGrow) {
			return fault.Errorf(fault.Unsupported, "signer %d has an archive time stamp of version 1 or 2, which covers what would grow", i+1)
		}
	}
	return nil
}

// grownField adds elements to a set. With none to add it returns the field unchanged, byte for byte.
func grownField(field []byte, tag byte, added [][]byte) ([]byte, error) {
	if len(added) == 0 {
		return field, nil
	}
	var there [][]byte
	if field != nil {
		var err error
		if there, err = Elements(field, maxCertificates); err != nil {
			return nil, err
		}
	}
	if len(there)+len(added) > maxCertificates {
		return nil, fault.Errorf(fault.RequestTooLarge, "%d elements in a set, over the limit of %d", len(there)+len(added), maxCertificates)
	}
	return element(tag, insert(there, added)...), nil
}

// insert returns the elements of a set and further ones: in the order of DER (X.690, 11.6) where those that are there have it, else at
// the end. Those that are there keep their order among themselves.
func insert(there, added [][]byte) [][]byte {
	out := slices.Concat(there, added)
	if slices.IsSortedFunc(there, bytes.Compare) {
		slices.SortStableFunc(out, bytes.Compare)
	}
	return out
}
