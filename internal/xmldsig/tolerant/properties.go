package tolerant

import (
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/xmltree"
)

// Namespaces of XAdES (TS 101 903 V1.1.1, V1.2.2, V1.3.2 and later; what V1.4.1 added).
const (
	XAdES111 = "http://uri.etsi.org/01903/v1.1.1#"
	XAdES122 = "http://uri.etsi.org/01903/v1.2.2#"
	XAdES132 = "http://uri.etsi.org/01903/v1.3.2#"
	XAdES141 = "http://uri.etsi.org/01903/v1.4.1#"
)

// Namespaces are all of XAdES.
var Namespaces = []string{XAdES132, XAdES141, XAdES122, XAdES111}

// CountersignedType is the Type of a reference to the value of a signature that is countersigned (EN 319 132-1, 5.2.7.2).
const CountersignedType = "http://uri.etsi.org/01903#CountersignedSignature"

// Properties are the properties of XAdES that a signature has. Those that are signed count only if Reference is over them.
type Properties struct {
	Element   *xmltree.Node // QualifyingProperties
	Namespace string
	// Reference is the one of the signature that is over SignedProperties; nil where none is, or several are: then nothing of them is signed.
	Reference *Reference
	// Signed and OfData are the properties in SignedSignatureProperties and in SignedDataObjectProperties; none without Reference.
	Signed, OfData []*xmltree.Node
	// Unsigned are the properties in UnsignedSignatureProperties.
	Unsigned []*xmltree.Node

	unsignedParent *xmltree.Node
}

// readQualifyingProperties reads the QualifyingProperties of the signature (EN 319 132-1, 4.3), which are there once at most.
func (s *Signature) readQualifyingProperties() (*Properties, error) {
	p := &Properties{}
	for _, object := range s.Objects {
		for _, n := range object.Elements() {
			switch {
			case n.Local != "QualifyingProperties" || !slices.Contains(Namespaces, n.Space):
			case p.Element != nil:
				return nil, malformed("QualifyingProperties twice")
			default:
				p.Element = n
			}
		}
	}
	if p.Element == nil {
		return nil, nil
	}
	p.Namespace = p.Element.Space
	// A Target that points at nothing is a mistake that programs make; one that points at something else is not.
	if target, _ := p.Element.Attribute("Target"); target != "#"+s.ID && s.Document.ids.Has(strings.TrimPrefix(target, "#")) && target != s.ID {
		return nil, malformed("QualifyingProperties of another signature")
	}
	signed, unsigned, err := p.groups()
	if err != nil {
		return nil, err
	}
	if unsigned != nil {
		groups := named(unsigned, "UnsignedSignatureProperties", p.Namespace)
		if len(groups) > 1 {
			return nil, malformed("UnsignedSignatureProperties twice")
		}
		if len(groups) == 1 {
			p.unsignedParent, p.Unsigned = groups[0], groups[0].Elements()
		}
	}
	if signed == nil {
		return p, nil
	}
	if p.Reference, err = s.propertiesReference(signed); p.Reference == nil {
		return p, err
	}
	for local, to := range map[string]*[]*xmltree.Node{"SignedSignatureProperties": &p.Signed, "SignedDataObjectProperties": &p.OfData} {
		groups := named(signed, local, p.Namespace)
		if len(groups) > 1 {
			return nil, malformed("%s twice", local)
		}
		for _, group := range groups {
			*to = group.Elements()
		}
	}
	return p, nil
}

// groups returns SignedProperties and UnsignedProperties, each nil where it is not there.
func (p *Properties) groups() (signed, unsigned *xmltree.Node, err error) {
	for local, to := range map[string]**xmltree.Node{"SignedProperties": &signed, "UnsignedProperties": &unsigned} {
		all := named(p.Element, local, p.Namespace)
		if len(all) > 1 {
			return nil, nil, malformed("%s twice", local)
		}
		if len(all) == 1 {
			*to = all[0]
		}
	}
	return signed, unsigned, nil
}

func named(n *xmltree.Node, local, space string) (all []*xmltree.Node) {
	for _, c := range n.Elements() {
		if c.Is(space, local) {
			all = append(all, c)
		}
	}
	return all
}

// propertiesReference returns the only reference of SignedInfo with the Type of signed properties, if it is over signed and over all of
// it; nil where another one is over them too. One of that Type that is over another element is malformed: the signer's properties
// were put aside, and others in their place.
func (s *Signature) propertiesReference(signed *xmltree.Node) (found *Reference, err error) {
	count := 0
	for _, r := range s.References {
		target, err := r.Target()
		isOver := err == nil && target == signed
		switch {
		case err == nil && target != signed && isPropertiesType(r.Type):
			return nil, malformed("a Reference of the type SignedProperties to other properties than those of the signature")
		case isOver:
			count++
			if isPropertiesType(r.Type) {
				found = r
			}
		}
	}
	if count != 1 || found == nil || !found.isCanonical() {
		return nil, nil
	}
	return found, nil
}

// isPropertiesType reports whether a Type is that of signed properties, in any version.
func isPropertiesType(uri string) bool {
	return strings.HasPrefix(uri, "http://uri.etsi.org/01903") && strings.HasSuffix(uri, "#SignedProperties")
}
