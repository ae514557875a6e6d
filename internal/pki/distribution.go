package pki

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	oidDistributionPoints = asn1.ObjectIdentifier{2, 5, 29, 31}
	oidFreshestCRL        = asn1.ObjectIdentifier{2, 5, 29, 46}
)

// maxDistributionPoints bounds those of one certificate.
const maxDistributionPoints = 32

// DistributionPoint says where a CRL on a certificate is to be had (RFC 5280, 4.2.1.13).
type DistributionPoint struct {
	// Names are those of the point; empty where it has none.
	Names []GeneralName
	// Reasons are those that its CRL is on.
	Reasons Reasons
	// CRLIssuers are the names of whoever signs its CRL, where this is not the certificate's issuer.
	CRLIssuers []GeneralName
}

// Addresses returns the URIs among its names.
func (p DistributionPoint) Addresses() (out []string) {
	for _, name := range p.Names {
		if name.form == tagURI {
			out = append(out, string(name.value))
		}
	}
	return out
}

// Reasons is a set of reasons of revocation: bit n is that of ReasonFlags (RFC 5280, 4.2.1.13).
type Reasons uint16

// AllReasons are all that ReasonFlags has, without its bit 0, which is unused.
const AllReasons Reasons = 1<<9 - 2

// ReadReasons reads the content of ReasonFlags, which is a BIT STRING with a tag of its own. Bits without a meaning are left out.
func ReadReasons(content []byte) (Reasons, error) {
	if !isBitString(content) {
		return 0, errors.New("reasons of revocation that are not bits")
	}
	bits := asn1.BitString{Bytes: content[1:], BitLength: 8*(len(content)-1) - int(content[0])}
	var out Reasons
	for n := range 9 {
		out |= Reasons(bits.At(n)) << n
	}
	return out & AllReasons, nil
}

// A GeneralName is one of RFC 5280, 4.2.1.6, whose names compare as the standard says.
type GeneralName struct{ generalName }

// Same reports whether two names are the same.
func (n GeneralName) Same(other GeneralName) bool {
	if n.form == formDirectory && other.form == formDirectory {
		return len(n.rdns) > 0 && slices.Equal(n.rdns, other.rdns)
	}
	return n.form == other.form && bytes.Equal(n.value, other.value)
}

// DirectoryName returns the GeneralName of a distinguished name in DER.
func DirectoryName(der []byte) (GeneralName, error) {
	rdns, err := canonicalName(der)
	return GeneralName{generalName{form: formDirectory, value: der, rdns: rdns}}, err
}

// DistributionPoints returns those that c names, none where the extension is absent.
func DistributionPoints(c *x509.Certificate) ([]DistributionPoint, error) {
	der, present := extensionValue(c, oidDistributionPoints)
	if !present {
		return nil, nil
	}
	return ReadDistributionPoints(der, c.RawIssuer)
}

// FreshestCRL returns the distribution points of deltas that c names (RFC 5280, 4.2.1.15), none where the extension is absent.
func FreshestCRL(c *x509.Certificate) ([]DistributionPoint, error) {
	der, present := extensionValue(c, oidFreshestCRL)
	if !present {
		return nil, nil
	}
	return ReadDistributionPoints(der, c.RawIssuer)
}

// ReadDistributionPoints reads CRLDistributionPoints. issuer is who signs the lists of those that name nobody.
func ReadDistributionPoints(der cryptobyte.String, issuer []byte) ([]DistributionPoint, error) {
	var list, point cryptobyte.String
	if !der.ReadASN1(&list, cbasn1.SEQUENCE) || !der.Empty() {
		return nil, errors.New("CRL distribution points are not a sequence")
	}
	var points []DistributionPoint
	for !list.Empty() {
		if !list.ReadASN1(&point, cbasn1.SEQUENCE) || len(points) == maxDistributionPoints {
			return nil, fmt.Errorf("a CRL distribution point is not a sequence, or there are more than %d", maxDistributionPoints)
		}
		p, err := readDistributionPoint(point, issuer)
		if err != nil {
			return nil, err
		}
		points = append(points, p)
	}
	return points, nil
}

func readDistributionPoint(s cryptobyte.String, issuer []byte) (p DistributionPoint, err error) {
	var name, reasons, issuers cryptobyte.String
	var hasName, someReasons, hasIssuers bool
	if !s.ReadOptionalASN1(&name, &hasName, explicit(0)) || !s.ReadOptionalASN1(&reasons, &someReasons, cbasn1.Tag(1).ContextSpecific()) ||
		!s.ReadOptionalASN1(&issuers, &hasIssuers, explicit(2)) || !s.Empty() {
		return p, errors.New("a CRL distribution point cannot be read")
	}
	p.Reasons = AllReasons
	if someReasons {
		if p.Reasons, err = ReadReasons(reasons); err != nil {
			return p, err
		}
	}
	if hasIssuers {
		if p.CRLIssuers, err = readGeneralNames(issuers); err != nil {
			return p, err
		}
		for _, n := range p.CRLIssuers { // a relative name is one below the CRL's issuer
			if n.form == formDirectory {
				issuer = n.value
			}
		}
	}
	if hasName {
		p.Names, err = ReadDistributionPointName(name, issuer)
	}
	return p, err
}

// ReadDistributionPointName reads a DistributionPointName. A name relative to the CRL's issuer is returned in full.
func ReadDistributionPointName(name cryptobyte.String, issuer []byte) ([]GeneralName, error) {
	var content cryptobyte.String
	switch {
	case name.PeekASN1Tag(explicit(0)) && name.ReadASN1(&content, explicit(0)) && name.Empty():
		return readGeneralNames(content)
	case name.PeekASN1Tag(explicit(1)) && name.ReadASN1(&content, explicit(1)) && name.Empty():
		var rdns cryptobyte.String
		whole := cryptobyte.String(issuer)
		if !whole.ReadASN1(&rdns, cbasn1.SEQUENCE) {
			return nil, errors.New("a relative name without the name of an issuer")
		}
		var b cryptobyte.Builder
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(rdns)
			b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(content) })
		})
		der, err := b.Bytes()
		if err != nil {
			return nil, err
		}
		full, err := DirectoryName(der)
		return []GeneralName{full}, err
	}
	return nil, errors.New("the name of a CRL distribution point cannot be read")
}

func readGeneralNames(list cryptobyte.String) ([]GeneralName, error) {
	var names []GeneralName
	for !list.Empty() {
		name, err := readGeneralName(&list)
		if err != nil {
			return nil, err
		}
		if names = append(names, GeneralName{name}); len(names) > maxNames {
			return nil, fmt.Errorf("more than %d names", maxNames)
		}
	}
	return names, nil
}

// oidHidden is an identifier of the length of oidDistributionPoints that no extension has.
var oidHidden = asn1.ObjectIdentifier{2, 5, 29, 127}

// parseRelativeNames reads a certificate that x509.ParseCertificate refuses because one of its CRL distribution points has a
// name relative to its issuer, which RFC 5280 allows. x509 is given a copy in which that extension has another identifier.
// It returns nil where this does not help.
func parseRelativeNames(der []byte) *x509.Certificate {
	visible, hidden := []byte{6, 3, 0x55, 0x1d, 31}, []byte{6, 3, 0x55, 0x1d, 127}
	if bytes.Count(der, visible) != 1 || bytes.Contains(der, hidden) {
		return nil
	}
	c, err := x509.ParseCertificate(bytes.Replace(der, visible, hidden, 1))
	if err != nil {
		return nil
	}
	restore := func(b []byte) []byte { return bytes.Replace(b, hidden, visible, 1) }
	c.Raw, c.RawTBSCertificate = restore(c.Raw), restore(c.RawTBSCertificate)
	for i := range c.Extensions {
		if c.Extensions[i].Id.Equal(oidHidden) {
			c.Extensions[i].Id = oidDistributionPoints
		}
	}
	c.UnhandledCriticalExtensions = slices.DeleteFunc(c.UnhandledCriticalExtensions, oidHidden.Equal)
	points, err := DistributionPoints(c)
	if err != nil {
		return nil
	}
	for _, point := range points { // as x509 would have it
		c.CRLDistributionPoints = append(c.CRLDistributionPoints, point.Addresses()...)
	}
	return c
}
