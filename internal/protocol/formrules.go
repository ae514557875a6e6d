package protocol

import (
	"fmt"
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
)

// Media types that a format wants.
const (
	MediaTypePDF       = "application/pdf"
	MediaTypeXML       = "application/xml"
	MediaTypeSignature = "application/pkcs7-signature"
	MediaTypeASiCE     = "application/vnd.etsi.asic-e+zip"
	MediaTypeEYP       = "application/eyazisma"
)

// A FormRule is what one form of a format takes.
type FormRule struct {
	Format Format
	Form   string // as in the format's options
	// Profiles are those in which it can be made.
	Profiles []Profile
	// MediaTypes are those that the document may have; of documents that are signed together, the last. Empty allows any. One that
	// begins with "+" is the end of a type (RFC 6838, 4.2.8).
	MediaTypes []string
	// Together tells whether one signature can be over all documents of a request.
	Together bool
	// NeedsContent tells that it takes more of a document than its digest.
	NeedsContent bool
	// MaxSize is the largest document, in bytes; 0 where there is no limit but those of media types.
	MaxSize int64
}

var (
	allProfiles = []Profile{ProfileP1, ProfileP2, ProfileP3, ProfileP4}
	onlyP1      = []Profile{ProfileP1}
	xmlTypes    = []string{MediaTypeXML, "text/xml", "+xml"}
)

// FormRules are all forms. The first of a format is its usual one.
var FormRules = []FormRule{
	{Format: FormatCAdES, Form: "detached", Profiles: allProfiles},
	{Format: FormatCAdES, Form: "attached", Profiles: allProfiles, NeedsContent: true},
	{Format: FormatCAdES, Form: "parallel", Profiles: allProfiles, MediaTypes: []string{MediaTypeSignature}, Together: true, NeedsContent: true},
	{Format: FormatCAdES, Form: "counter-signature", Profiles: allProfiles, MediaTypes: []string{MediaTypeSignature}, Together: true, NeedsContent: true},
	{Format: FormatPAdES, Form: "approval", Profiles: allProfiles, MediaTypes: []string{MediaTypePDF}, NeedsContent: true},
	{Format: FormatPAdES, Form: "certification", Profiles: allProfiles, MediaTypes: []string{MediaTypePDF}, NeedsContent: true},
	{Format: FormatXAdES, Form: "enveloped", Profiles: allProfiles, MediaTypes: xmlTypes, NeedsContent: true, MaxSize: MaxInMemory},
	{Format: FormatXAdES, Form: "enveloping", Profiles: allProfiles, NeedsContent: true, MaxSize: MaxInMemory},
	{Format: FormatXAdES, Form: "detached", Profiles: allProfiles, Together: true},
	{Format: FormatASiC, Form: "asic-e", Profiles: onlyP1, Together: true, NeedsContent: true},
	{Format: FormatASiC, Form: "asic-s", Profiles: onlyP1, NeedsContent: true},
	{Format: FormatASiC, Form: "further", Profiles: onlyP1, MediaTypes: []string{MediaTypeASiCE}, NeedsContent: true},
	{Format: FormatJAdES, Form: "attached", Profiles: onlyP1, NeedsContent: true, MaxSize: MaxInMemory},
	{Format: FormatJAdES, Form: "detached", Profiles: onlyP1, Together: true},
	{Format: FormatEYP, Form: "signature", Profiles: allProfiles, MediaTypes: []string{MediaTypeEYP}, NeedsContent: true},
	{Format: FormatEYP, Form: "initials", Profiles: allProfiles, MediaTypes: []string{MediaTypeEYP}, NeedsContent: true},
	{Format: FormatEYP, Form: "seal", Profiles: allProfiles, MediaTypes: []string{MediaTypeEYP}, NeedsContent: true},
}

// Rule returns the rule of the form that is asked for. Options that do not go together give fault.RequestInvalid, with what
// the page's developer must know; a format, form or profile that is not known fault.Unsupported.
func (o *SignatureOptions) Rule() (FormRule, error) {
	form := o.Form()
	i := slices.IndexFunc(FormRules, func(r FormRule) bool { return r.Format == o.Format && r.Form == form })
	if i < 0 {
		return FormRule{}, fault.Errorf(fault.Unsupported, "format or form")
	}
	rule := FormRules[i]
	switch {
	case !slices.Contains(rule.Profiles, o.Profile):
		return rule, fault.Errorf(fault.Unsupported, "profile, with %s %s", rule.Format, rule.Form)
	case o.Together && !rule.Together:
		return rule, fault.Errorf(fault.RequestInvalid, "together: not with %s %s", rule.Format, rule.Form)
	}
	return rule, o.check()
}

// Takes refuses a document that the form does not take; isLast tells that it is the last of those that are signed together,
// or is signed by itself. The error is as that of Rule.
func (r *FormRule) Takes(d DocumentInfo, isLast bool) error {
	if r.MaxSize > 0 && d.Size > r.MaxSize {
		return fault.Errorf(fault.RequestTooLarge, "more than %d bytes, with %s %s", r.MaxSize, r.Format, r.Form)
	}
	if !isLast || len(r.MediaTypes) == 0 || slices.ContainsFunc(r.MediaTypes, func(want string) bool {
		return d.MediaType == want || want[0] == '+' && strings.HasSuffix(d.MediaType, want)
	}) {
		return nil
	}
	return fault.Errorf(fault.RequestInvalid, "mediaType: %s %s is of %s", r.Format, r.Form, strings.Join(r.MediaTypes, ", "))
}

// CheckDocuments refuses documents that do not go with what is asked for.
func (o *SignatureOptions) CheckDocuments(documents []DocumentInfo) error {
	rule, err := o.Rule()
	if err != nil {
		return err
	}
	for i, d := range documents {
		if err := rule.Takes(d, !o.Together || i == len(documents)-1); err != nil {
			return fmt.Errorf("documents[%d]: %w", i, err)
		}
	}
	return nil
}

// NeedsContent tells that a signature takes more of a document than its digest.
func (o *SignatureOptions) NeedsContent() bool {
	rule, err := o.Rule()
	return err == nil && rule.NeedsContent
}
