package relyingparty

import (
	"cmp"

	"github.com/e-onay/e-onay/internal/protocol"
)

// MaxDocuments is how many documents one request has at most, MaxRequest how many bytes they have together.
const (
	MaxDocuments = protocol.MaxDocuments
	MaxRequest   = protocol.MaxRequest
)

// SignatureOptions say what is made of documents: format, profile, and where that is not the format's usual form, the
// options of this format alone. docs/protocol/signing.md has the table of what goes with what.
type SignatureOptions struct {
	// Format is FormatCAdES where it is empty.
	Format Format `json:"format,omitempty"`
	// Profile is ProfileP1 where it is empty.
	Profile Profile `json:"profile,omitempty"`
	// Together asks for one signature over all documents, where the form allows it.
	Together bool          `json:"together,omitempty"`
	CAdES    *CAdESOptions `json:"cades,omitempty"`
	PAdES    *PAdESOptions `json:"pades,omitempty"`
	XAdES    *XAdESOptions `json:"xades,omitempty"`
	ASiC     *ASiCOptions  `json:"asic,omitempty"`
	JAdES    *JAdESOptions `json:"jades,omitempty"`
	EYP      *EYPOptions   `json:"eyp,omitempty"`
}

// message is what the page library makes of the options.
func (o SignatureOptions) message() protocol.SignatureOptions {
	o.Format = cmp.Or(o.Format, FormatCAdES)
	o.Profile = cmp.Or(o.Profile, ProfileP1)
	return protocol.SignatureOptions(o)
}

// Format is a family of signature formats.
type Format = protocol.Format

// Formats.
const (
	FormatCAdES = protocol.FormatCAdES // CMS, ETSI EN 319 122-1
	FormatPAdES = protocol.FormatPAdES // in a PDF, ETSI EN 319 142-1
	FormatXAdES = protocol.FormatXAdES // XML, ETSI EN 319 132-1
	FormatASiC  = protocol.FormatASiC  // a container, ETSI EN 319 162-1
	FormatJAdES = protocol.FormatJAdES // JSON, ETSI TS 119 182-1
	FormatEYP   = protocol.FormatEYP   // in a package of e-Yazışma
)

// Profile is a signature profile of the Turkish guide (BTK, 2012).
type Profile = protocol.Profile

// Profiles. P1 is BES. The others name the guide's policy; their time stamps and revocation data are the site's to add.
const (
	ProfileP1 = protocol.ProfileP1
	ProfileP2 = protocol.ProfileP2
	ProfileP3 = protocol.ProfileP3
	ProfileP4 = protocol.ProfileP4
)

// Options of each format. Their zero value is its usual form.
type (
	// CAdESOptions say what becomes of a document: a signature beside it, or one that holds it.
	CAdESOptions = protocol.CAdESOptions
	// CAdESForm is a form of CAdES.
	CAdESForm = protocol.CAdESForm
	// PAdESOptions say how a PDF is signed: where nothing is said, invisibly.
	PAdESOptions = protocol.PAdESOptions
	// PAdESForm is a form of PAdES.
	PAdESForm = protocol.PAdESForm
	// Stamp is where a signature is seen in a PDF, in points from the lower left corner of a page.
	Stamp = protocol.Stamp
	// XAdESOptions say where a signature stands in XML, and how it is written.
	XAdESOptions = protocol.XAdESOptions
	// XAdESForm is a form of XAdES.
	XAdESForm = protocol.XAdESForm
	// XAdESDialect is how a signature of XML is written, for who reads it.
	XAdESDialect = protocol.XAdESDialect
	// ASiCOptions say what kind of container is made.
	ASiCOptions = protocol.ASiCOptions
	// ASiCForm is a form of ASiC.
	ASiCForm = protocol.ASiCForm
	// JAdESOptions say how a signature of JSON is written.
	JAdESOptions = protocol.JAdESOptions
	// JAdESForm is a form of JAdES.
	JAdESForm = protocol.JAdESForm
	// JAdESSerialization is how a JWS is written.
	JAdESSerialization = protocol.JAdESSerialization
	// EYPOptions say who signs a package of e-Yazışma.
	EYPOptions = protocol.EYPOptions
	// EYPForm is a signature in a package.
	EYPForm = protocol.EYPForm
)

// What options may say beside their zero values.
const (
	CAdESAttached         = protocol.CAdESAttached
	CAdESParallel         = protocol.CAdESParallel
	CAdESCounterSignature = protocol.CAdESCounterSignature

	PAdESCertification = protocol.PAdESCertification

	XAdESEnveloping = protocol.XAdESEnveloping
	XAdESDetached   = protocol.XAdESDetached
	XAdESUBLTR      = protocol.XAdESUBLTR
	XAdESERecete    = protocol.XAdESERecete

	ASiCS       = protocol.ASiCS
	ASiCFurther = protocol.ASiCFurther

	JAdESDetached  = protocol.JAdESDetached
	JAdESFlattened = protocol.JAdESFlattened
	JAdESGeneral   = protocol.JAdESGeneral

	EYPInitials = protocol.EYPInitials
	EYPSeal     = protocol.EYPSeal
)

// Media types that a format wants.
const (
	MediaTypePDF       = protocol.MediaTypePDF
	MediaTypeXML       = protocol.MediaTypeXML
	MediaTypeSignature = protocol.MediaTypeSignature
	MediaTypeASiCE     = protocol.MediaTypeASiCE
	MediaTypeEYP       = protocol.MediaTypeEYP
)
