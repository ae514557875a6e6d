package trustlist

import (
	"crypto/x509"
	"errors"
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/xmldsig"
)

// Verify verifies the signature of a list by one of the certificates. The signature is enveloped, a child of the list, and over the
// whole of it (TS 119 612, 5.7). Times of the certificates do not count: whoever names them says by that that they sign.
//
// Errors carry fault.SignatureMalformed, fault.SignatureAlgorithm or fault.SignatureInvalid.
func (l *List) Verify(certificates []*x509.Certificate) error {
	found := xmldsig.Find(l.document)
	if len(found) != 1 || found[0].Parent != l.document.Root {
		return fault.Errorf(fault.SignatureMalformed, "trusted list with %d signatures, or one in another place", len(found))
	}
	s, err := xmldsig.Read(l.document, l.document.IDs(), found[0])
	if err != nil {
		return err
	}
	isOver := func(r *xmldsig.Reference) bool {
		id, hasID := l.document.Root.Attribute("Id")
		return r.Enveloped && !r.Base64 && (r.URI == "" || hasID && r.URI == "#"+id)
	}
	if !slices.ContainsFunc(s.References, isOver) {
		return fault.Errorf(fault.SignatureInvalid, "the signature is not over the whole list")
	}
	var failures []error
	signer := slices.IndexFunc(certificates, func(c *x509.Certificate) bool {
		err := s.Check(c.PublicKey)
		failures = append(failures, err)
		return err == nil
	})
	if signer < 0 {
		return fault.Errorf(fault.SignatureInvalid, "none of %d certificates has signed the list: %w", len(certificates), errors.Join(failures...))
	}
	for _, r := range s.References {
		if err := s.CheckReference(r); err != nil { // one to another file is an error
			return err
		}
	}
	return nil
}
