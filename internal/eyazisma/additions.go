package eyazisma

import (
	"fmt"
	"path"
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// Ready returns nil where the package may be signed in a role: it has no problem, is of version 2.0, has the list, and is not
// past this step. A later list would lack the digest of this signature, and the package would not hold. further asks for a
// signature beside those over the list; otherwise there may be none. The codes are those of the problems,
// fault.PackageUnsupported, fault.PackageIncomplete and fault.PackageSigned.
func (p *Package) Ready(role Role, further bool) error {
	if err := p.Sound(); err != nil {
		return err
	}
	if !p.second {
		return fault.Errorf(fault.PackageUnsupported, "e-Yazışma: version %.40q is read, not signed", p.Version)
	}
	step := slices.Index(order[:], role)
	for _, earlier := range order[:step] {
		if l := p.Lists[earlier]; l != nil && l.Signature == nil || l == nil && earlier == Sign {
			return fault.Errorf(fault.PackageIncomplete, "e-Yazışma: the signature over %s comes first", lists[earlier].name)
		}
	}
	for _, later := range order[step+1:] {
		if p.Lists[later] != nil {
			return fault.Errorf(fault.PackageSigned, "e-Yazışma: %s is there already", lists[later].name)
		}
	}
	l := p.Lists[role]
	switch {
	case l == nil:
		return fault.Errorf(fault.PackageIncomplete, "e-Yazışma: no %s", lists[role].name)
	case role == Seal && slices.ContainsFunc(p.Missing, func(m Problem) bool { return m.Part == folders[kindFinalMetadata] }):
		return fault.Errorf(fault.PackageIncomplete, "e-Yazışma: no %s", folders[kindFinalMetadata])
	case l.Signature != nil && !further:
		return fault.Errorf(fault.PackageSigned, "e-Yazışma: %s is signed already", l.Part.Name)
	case l.Signature == nil && further:
		return fault.Errorf(fault.PackageIncomplete, "e-Yazışma: no signature over %s beside which to sign", l.Part.Name)
	}
	return nil
}

// Addition is an entry of the archive that a signature adds, or that takes the place of the one of its name.
type Addition struct {
	Name    string
	Content []byte
}

// Additions returns what puts a signature of a role into a package for which Ready has nothing against it: the part, the
// relationship of the list to it and, where there is none, the content type of such parts.
func (p *Package) Additions(role Role, signature []byte) ([]Addition, error) {
	if before := p.Lists[role].Signature; before != nil {
		return []Addition{{before.entry.Name, signature}}, nil
	}
	l := lists[role]
	types, err := p.addContentType()
	if err != nil {
		return nil, err
	}
	target := ".." + l.signature
	relationships := fmt.Sprintf(`<?xml version="1.0" encoding="utf-8"?><Relationships xmlns="%s"><Relationship Type="%s" Target="%s" Id="%s" /></Relationships>`,
		namespaceRelationships, relationPrefix+l.signatureRelation, target, l.id)
	return append(types, Addition{relationshipsOf(l.name), []byte(relationships)}, Addition{l.signature[1:], signature}), nil
}

// addContentType returns the content types with one for signatures, or nothing where they have it.
func (p *Package) addContentType() ([]Addition, error) {
	r := &reader{archive: p.archive}
	types, err := r.contentTypes()
	if err != nil || types.of(lists[Sign].signature[1:]) != "" {
		return nil, err
	}
	data, err := p.archive.Lookup(nameContentTypes).ReadAll(maxXML)
	if err != nil {
		return nil, err
	}
	document, err := xmltree.Parse(data)
	if err != nil {
		return nil, malformed("%s: %w", nameContentTypes, err)
	}
	extension := path.Ext(lists[Sign].signature)[1:]
	element := fmt.Sprintf(`<Default xmlns="%s" Extension="%s" ContentType="application/octet-stream" />`, namespaceContentTypes, extension)
	at, _ := document.Root.Content()
	return []Addition{{nameContentTypes, slices.Concat(data[:at], []byte(element), data[at:])}}, nil
}
