package formats

import (
	"slices"

	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/xmldsig/tolerant"
)

// xadesLevel returns what a XAdES signature has, in the words of EN 319 132-1 and of TS 101 903 and EN 319 132-2, as cadesLevel does for CAdES.
func xadesLevel(s *validation.Signature, of *tolerant.Signature) (level, form string) {
	a := s.Attributes
	p := of.Properties
	if p == nil || len(s.References) == 0 || !formatsMean(of) {
		return "", ""
	}
	has := func(kind validation.StampKind) bool {
		return slices.ContainsFunc(s.TimeStamps, func(t *validation.TimeStamp) bool { return t.Kind == kind })
	}
	hasProperty := func(local string, space ...string) bool {
		for _, n := range p.Unsigned {
			if n.Local == local && (len(space) == 0 || slices.Contains(space, n.Space)) {
				return true
			}
		}
		return false
	}
	form = "BES"
	if s.Policy != nil {
		form = "EPES"
	}
	stamped, archived := has(validation.SignatureStamp), has(validation.ArchiveStamp)
	references := a.CompleteCertificates && a.CompleteRevocations
	validationData := hasProperty("TimeStampValidationData") || hasProperty("AnyValidationData")
	values := a.CertificateValues && a.RevocationValues || hasProperty("AnyValidationData")
	if stamped {
		form = "T"
		switch {
		case (values || a.RevocationValues || validationData) && archived:
			form = "A"
		case references && values:
			form = "XL"
		case references && has(validation.ReferencesStamp):
			form = "X"
		case references:
			form = "C"
		}
	}
	older := a.CompleteCertificates || a.CompleteRevocations || has(validation.ReferencesStamp) || hasProperty("ArchiveTimeStamp", tolerant.XAdES132)
	isBaseline := p.Namespace == tolerant.XAdES132 && a.SigningTime && a.CertificateEmbedded && !older && formatsAll(of)
	if !isBaseline {
		return "", form
	}
	revocations := a.RevocationValues || hasProperty("AnyValidationData")
	switch {
	case stamped && revocations && archived:
		return "LTA", ""
	case stamped && revocations:
		return "LT", ""
	case stamped:
		return "T", form
	}
	return "B", form
}

// formatsMean reports whether each DataObjectFormat is of a reference and says something of it (EN 319 132-1, 5.2.4).
func formatsMean(s *tolerant.Signature) bool {
	for _, n := range s.Properties.OfData {
		if n.Local != "DataObjectFormat" {
			continue
		}
		of, _ := n.Attribute("ObjectReference")
		isOf := slices.ContainsFunc(s.AllReferences(), func(r *tolerant.Reference) bool { return r.ID != "" && of == "#"+r.ID })
		says := slices.ContainsFunc([]string{"Description", "ObjectIdentifier", "MimeType"}, func(local string) bool {
			return tolerant.Child(n, local, s.Properties.Namespace) != nil
		})
		if !isOf || !says {
			return false
		}
	}
	return true
}

// formatsAll reports whether each thing that is signed has a DataObjectFormat with its MIME type, as a baseline signature has (EN 319 132-1,
// table 2). What is signed of the signature itself, or is another's value, needs none.
func formatsAll(s *tolerant.Signature) bool {
	formats := map[string]bool{}
	for _, n := range s.Properties.OfData {
		if of, _ := n.Attribute("ObjectReference"); n.Local == "DataObjectFormat" && tolerant.Child(n, "MimeType", s.Properties.Namespace) != nil {
			formats[of] = true
		}
	}
	for _, r := range s.References {
		if r == s.Properties.Reference || isOverValue(r) || len(r.Manifest) > 0 {
			continue
		}
		if target, err := r.Target(); err == nil && target != nil && target == s.KeyInfo {
			continue
		}
		if r.ID == "" || !formats["#"+r.ID] {
			return false
		}
	}
	return true
}
