package pades

import (
	"crypto"
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf"
)

// forbidden returns an error with fault.PDFForbidden.
func forbidden(format string, args ...any) error {
	return fault.Errorf(fault.PDFForbidden, format, args...)
}

// allows refuses a signature that would break an earlier one, or that document or field do not allow.
func (m *form) allows(p *place, hash crypto.Hash, o Options) error {
	if o.Certify > 0 && len(m.signatures) > 0 {
		return forbidden("a document with %d signatures can no longer be certified: the certification is the first", len(m.signatures))
	}
	if o.Certify > 0 && m.permissions.Certification != (pdf.Ref{}) {
		return forbidden("the document is certified already")
	}
	for _, s := range m.signatures {
		if err := allowedBy(s, p); err != nil {
			return err
		}
	}
	if m.permissions.UsageRights != nil {
		if err := m.allowedByUsageRights(p); err != nil {
			return err
		}
	}
	if p.field == nil {
		return nil
	}
	if p.field.ReadOnly {
		return forbidden("the field %.40q is read-only", p.name)
	}
	return m.allowedBySeed(p, hash, o)
}

// allowedBy asks an earlier signature: what DocMDP permits (ISO 32000-2, table 257), and which fields FieldMDP locks. A new
// visible field is a new annotation, which even 3 does not have among form fields, and common readers report as a change.
func allowedBy(s *pdf.Signature, p *place) error {
	switch {
	case s.Permissions == 1:
		return forbidden("the signature in %.40q allows no later change", s.Field.Name)
	case s.Permissions > 1 && p.field == nil && p.isVisible():
		return forbidden("the signature in %.40q allows no new visible field", s.Field.Name)
	case s.Lock != nil && s.Lock.Locks(p.name):
		return forbidden("the signature in %.40q locks the field %.40q", s.Field.Name, p.name)
	}
	return nil
}

// allowedByUsageRights asks the usage rights: signing is Modify in Signature, a new field also Add in Form (ISO 32000-2, table
// 259). Beyond its rights such a document is no longer usable in the reader that it was enabled for.
func (m *form) allowedByUsageRights(p *place) error {
	rights := m.permissions.UsageRights
	sign, err := m.f.Allows(rights, "Signature", "Modify")
	if err != nil {
		return err
	}
	add, err := m.f.Allows(rights, "Form", "Add")
	if err != nil {
		return err
	}
	if !sign || p.field == nil && !add {
		return forbidden("the usage rights of the document do not allow this signature")
	}
	return nil
}

// Flags of a seed value dictionary: what must be followed, and is not just proposed (ISO 32000-2, table 237).
const (
	seedFilter       = 1 << 0
	seedSubFilter    = 1 << 1
	seedReasons      = 1 << 3
	seedDigestMethod = 1 << 6
)

// digestMethods are the names of hashes in a seed value dictionary.
var digestMethods = map[crypto.Hash]string{crypto.SHA256: "SHA256", crypto.SHA384: "SHA384", crypto.SHA512: "SHA512"}

// allowedBySeed asks the field's seed values (SV). What they require and is not known here is refused.
func (m *form) allowedBySeed(p *place, hash crypto.Hash, o Options) error {
	seed, err := m.dict(p.field.Dict["SV"])
	if err != nil || seed == nil {
		return err
	}
	flags, ok := seed["Ff"].(pdf.Integer)
	if !ok && seed["Ff"] != nil || flags&^(seedFilter|seedSubFilter|seedReasons|seedDigestMethod) != 0 {
		return forbidden("the field %.40q requires of a signature what is not known here", p.name)
	}
	for _, rule := range []struct {
		flag  pdf.Integer
		key   pdf.Name
		value string
	}{
		{seedFilter, "Filter", "Adobe.PPKLite"},
		{seedSubFilter, "SubFilter", string(subFilter)},
		{seedReasons, "Reasons", o.Reason},
		{seedDigestMethod, "DigestMethod", digestMethods[hash]},
	} {
		if flags&rule.flag == 0 {
			continue
		}
		if err := m.among(p, seed, rule.key, rule.value); err != nil {
			return err
		}
	}
	return m.allowedBySeedOfOthers(p, seed, o)
}

// allowedBySeedOfOthers asks the seed values that have flags of their own: Cert, and MDP, whose P is what Certify must be.
func (m *form) allowedBySeedOfOthers(p *place, seed pdf.Dict, o Options) error {
	certificate, err := m.dict(seed["Cert"])
	if err != nil {
		return err
	}
	if flags := certificate["Ff"]; flags != nil && flags != pdf.Integer(0) {
		return forbidden("the field %.40q requires certain certificates", p.name)
	}
	mdp, err := m.dict(seed["MDP"])
	if err != nil || mdp == nil {
		return err
	}
	if mdp["P"] != pdf.Integer(o.Certify) {
		return forbidden("the field %.40q is for a signature with other permissions", p.name)
	}
	return nil
}

// among checks that value is seed's entry, or one of its list.
func (m *form) among(p *place, seed pdf.Dict, key pdf.Name, value string) error {
	entry, err := m.f.Resolve(seed[key])
	if err != nil {
		return err
	}
	list, ok := entry.(pdf.Array)
	if !ok {
		list = pdf.Array{entry}
	}
	found := slices.ContainsFunc(list, func(o pdf.Object) bool {
		switch o := o.(type) {
		case pdf.Name:
			return string(o) == value
		case pdf.String:
			text, err := pdf.Text(o)
			return err == nil && text == value
		}
		return false
	})
	if !found {
		return forbidden("the field %.40q requires another %s", p.name, key)
	}
	return nil
}

// dict resolves an entry that must be a dictionary or absent.
func (m *form) dict(o pdf.Object) (pdf.Dict, error) {
	v, err := m.f.Resolve(o)
	if err != nil || v == nil {
		return nil, err
	}
	d, ok := v.(pdf.Dict)
	if !ok {
		return nil, forbidden("a part of a signature field is no dictionary")
	}
	return d, nil
}
