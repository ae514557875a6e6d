package formats

import (
	"crypto"
	"slices"

	"github.com/e-onay/e-onay/internal/validation"
)

// cadesLevel returns what a CAdES signature has, in the words of EN 319 122-1 ("B", "T", "LT", "LTA", or "" for what is no baseline signature) and in
// those of TS 101 733 and EN 319 122-2 ("BES" to "A", "ERS"), which have none for LT and LTA. It says what is there, and nothing of whether it is
// good.
func cadesLevel(s *validation.Signature) (level, form string) {
	a := s.Attributes
	has := func(kind validation.StampKind, names ...string) bool {
		return slices.ContainsFunc(s.TimeStamps, func(t *validation.TimeStamp) bool {
			return t.Kind == kind && t.Name != recordName && (len(names) == 0 || slices.Contains(names, t.Name))
		})
	}
	isCounter := s.Covers.Content == "signature" // which has no content-type
	isBound := len(s.References) > 0 && (a.SigningCertificate != a.SigningCertificateV2) && (a.SigningCertificate || s.References[0].Hash != crypto.SHA1)
	if !isBound || !a.MessageDigest || a.ContentType == isCounter {
		return "", ""
	}
	form = "BES"
	if s.Policy != nil {
		form = "EPES"
	}
	stamped := has(validation.SignatureStamp)
	references := a.CompleteCertificates && a.CompleteRevocations
	values := a.CertificateValues && a.RevocationValues || references && a.RevocationsInContainer
	if stamped {
		form = "T"
		switch {
		case (values || a.RevocationsInContainer) && a.EmbeddedRecords:
			form = "ERS"
		case (values || a.RevocationsInContainer) && has(validation.ArchiveStamp):
			form = "A"
		case references && values:
			form = "XL"
		case references && has(validation.ReferencesStamp):
			form = "X"
		case references:
			form = "C"
		}
	}
	// Parts of the older forms have no place in a baseline signature (EN 319 122-1, table 1).
	older := a.CompleteCertificates || a.CompleteRevocations || a.CertificateValues || a.RevocationValues || has(validation.ReferencesStamp) ||
		has(validation.ArchiveStamp, "archive-time-stamp", "archive-time-stamp-v2")
	if !a.SigningTime || !a.CertificateEmbedded || older {
		return "", form
	}
	if stamped && a.RevocationsInContainer && form != "ERS" {
		form = ""
	}
	switch {
	case stamped && a.RevocationsInContainer && has(validation.ArchiveStamp):
		level = "LTA"
	case stamped && a.RevocationsInContainer:
		level = "LT"
	case stamped:
		level = "T"
	default:
		level = "B"
	}
	return level, form
}

// padesParts says what the file of a PAdES signature has for its level, beside the signature.
type padesParts struct {
	isETSI    bool // by its SubFilter
	timeInCMS bool // signing-time
	hasValues bool // DSS has revocation data
	isLasting bool // a later document time stamp covers such
}

// padesLevel is cadesLevel in the words of EN 319 142-1, clause 6 ("B" to "LTA"), and of TS 102 778 and EN 319 142-2 ("BES", "EPES", and "LTV" of
// DSS with a document time stamp).
func padesLevel(s *validation.Signature, p padesParts) (level, form string) {
	a := s.Attributes
	isBound := len(s.References) > 0 && (a.SigningCertificate != a.SigningCertificateV2) && (a.SigningCertificate || s.References[0].Hash != crypto.SHA1)
	if p.isLasting {
		form = "LTV"
	}
	if !p.isETSI || !isBound || !a.MessageDigest || !a.ContentType {
		return "", form
	}
	if form == "" {
		form = "BES"
		if s.Policy != nil {
			form = "EPES"
		}
	}
	if p.timeInCMS || !a.SigningTime || !a.CertificateEmbedded { // the time stands in the dictionary
		return "", form
	}
	stamped := slices.ContainsFunc(s.TimeStamps, func(t *validation.TimeStamp) bool {
		return t.Kind == validation.SignatureStamp || t.Name == documentStampName && t.Token != nil
	})
	switch {
	case stamped && p.isLasting:
		return "LTA", form
	case stamped && p.hasValues:
		return "LT", form
	case stamped:
		return "T", form
	}
	return "B", form
}
