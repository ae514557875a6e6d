package protocol

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
)

// Format is a family of signature formats.
type Format string

// Formats.
const (
	FormatCAdES Format = "cades" // CMS, ETSI EN 319 122-1
	FormatPAdES Format = "pades" // in a PDF, ETSI EN 319 142-1
	FormatXAdES Format = "xades" // XML, ETSI EN 319 132-1
	FormatASiC  Format = "asic"  // a container, ETSI EN 319 162-1
	FormatJAdES Format = "jades" // JSON, ETSI TS 119 182-1
	FormatEYP   Format = "eyp"   // in a package of e-Yazışma
)

// Profile is a signature profile of the Turkish guide (BTK, 2012).
type Profile string

// P1 is BES: no signature policy, no time stamp. The others begin as a signature that names the profile's policy; time
// stamps and revocation data are added by the site.
const (
	ProfileP1 Profile = "P1"
	ProfileP2 Profile = "P2"
	ProfileP3 Profile = "P3"
	ProfileP4 Profile = "P4"
)

// SignatureOptions say what is made of documents: format, profile, and where that is not the format's usual form, the object
// of options that is named as the format.
type SignatureOptions struct {
	Format  Format  `json:"format" read:"known"`
	Profile Profile `json:"profile" read:"known"`
	// Together asks for one signature over all documents, where the form allows it (FormRule.Together).
	Together bool          `json:"together,omitempty" read:"flag"`
	CAdES    *CAdESOptions `json:"cades,omitempty" read:"object"`
	PAdES    *PAdESOptions `json:"pades,omitempty" read:"object"`
	XAdES    *XAdESOptions `json:"xades,omitempty" read:"object"`
	ASiC     *ASiCOptions  `json:"asic,omitempty" read:"object"`
	JAdES    *JAdESOptions `json:"jades,omitempty" read:"object"`
	EYP      *EYPOptions   `json:"eyp,omitempty" read:"object"`
}

// CAdESOptions say what becomes of a document.
type CAdESOptions struct {
	// Form is what is made, CAdESDetached where it is left out.
	Form CAdESForm `json:"form,omitempty" read:"known"`
	// Signer is the number of the signature in the file that is counter-signed, the first being 0.
	Signer int `json:"signer,omitempty" read:"whole 0 MaxSigner"`
}

// CAdESForm is a form of CAdES.
type CAdESForm string

// Forms of CAdES. A file of signatures that does not hold its content is signed together with it: the content is the first
// document, the file the last.
const (
	CAdESDetached         CAdESForm = "detached"          // beside the document
	CAdESAttached         CAdESForm = "attached"          // holds the document
	CAdESParallel         CAdESForm = "parallel"          // a file of signatures (.p7s), and one more beside those in it
	CAdESCounterSignature CAdESForm = "counter-signature" // a file of signatures, one of which is signed
)

// PAdESOptions say how a PDF is signed: where nothing is said, invisibly.
type PAdESOptions struct {
	// Form is PAdESApproval where it is left out.
	Form PAdESForm `json:"form,omitempty" read:"known"`
	// Certify is what a certification allows afterwards: 1 nothing, 2 forms and signatures, 3 annotations too (ISO 32000-2,
	// table 257); 2 where it is left out.
	Certify int `json:"certify,omitempty" read:"whole 1 3"`
	// Field is the name of a signature field: of an empty one in the document, or of the one that is made.
	Field string `json:"field,omitempty" read:"line MaxName"`
	// Stamp makes the signature visible.
	Stamp *Stamp `json:"stamp,omitempty" read:"object"`
	// Reason and Location stand in the signature; the reason is also in its stamp. The window shows them.
	Reason   string `json:"reason,omitempty" read:"line MaxName"`
	Location string `json:"location,omitempty" read:"line MaxName"`
}

// PAdESForm is a form of PAdES.
type PAdESForm string

// Forms of PAdES.
const (
	PAdESApproval      PAdESForm = "approval"
	PAdESCertification PAdESForm = "certification" // the first signature of a document, which says what may still change
)

// Stamp is where a signature is seen: on a page as it is shown, from its lower left corner, in points (1/72 inch, unless
// the page has a unit of its own).
type Stamp struct {
	// Page is 1 for the first, -1 for the last. It and the area are not for an empty field of the document, which has its own.
	Page   int `json:"page,omitempty" read:"whole MinStampPage MaxStampPage"`
	Left   int `json:"left,omitempty" read:"whole 0 MaxStampPoints"`
	Bottom int `json:"bottom,omitempty" read:"whole 0 MaxStampPoints"`
	Width  int `json:"width,omitempty" read:"whole 1 MaxStampPoints"`
	Height int `json:"height,omitempty" read:"whole 1 MaxStampPoints"`
	// Image is a PNG or JPEG beside the text, base64 in JSON.
	Image []byte `json:"image,omitempty" read:"base64 MaxStampImage"`
}

// XAdESOptions say where a signature stands in XML, and how it is written.
type XAdESOptions struct {
	// Form is XAdESEnveloped where it is left out.
	Form XAdESForm `json:"form,omitempty" read:"known"`
	// Dialect is XAdESBaseline where it is left out.
	Dialect XAdESDialect `json:"dialect,omitempty" read:"known"`
	// Element is the identifier of the one element that is signed, and into which an enveloped signature is put.
	Element string `json:"element,omitempty" read:"line MaxName"`
	// DigestObject has an enveloping signature's digest made over the element ds:Object, not over the document in it.
	DigestObject bool `json:"digestObject,omitempty" read:"flag"`
	// Role is what the signer claims to be. The window shows it.
	Role string `json:"role,omitempty" read:"line MaxName"`
}

// XAdESForm is a form of XAdES.
type XAdESForm string

// Forms of XAdES.
const (
	XAdESEnveloped  XAdESForm = "enveloped"  // put into the document, which is XML
	XAdESEnveloping XAdESForm = "enveloping" // holds the document, as base64
	XAdESDetached   XAdESForm = "detached"   // names the document, by its name and digest
)

// XAdESDialect is how a signature is written, for who reads it.
type XAdESDialect string

// Dialects of XAdES.
const (
	XAdESBaseline XAdESDialect = "baseline" // EN 319 132-1, level B
	XAdESUBLTR    XAdESDialect = "ubl-tr"   // enveloped: e-Fatura and its relatives
	XAdESERecete  XAdESDialect = "e-recete" // enveloping: e-Reçete
)

// ASiCOptions say what kind of container is made.
type ASiCOptions struct {
	// Form is ASiCE where it is left out.
	Form ASiCForm `json:"form,omitempty" read:"known"`
	// Signature is FormatCAdES or FormatXAdES: the format of the signature in the container; FormatXAdES where it is left out.
	Signature Format `json:"signature,omitempty" read:"known FormatXAdES FormatCAdES"`
}

// ASiCForm is a form of ASiC.
type ASiCForm string

// Forms of ASiC.
const (
	ASiCE       ASiCForm = "asic-e"
	ASiCS       ASiCForm = "asic-s"  // of one document
	ASiCFurther ASiCForm = "further" // an ASiC-E, and one more signature over all that is in it
)

// JAdESOptions say how a signature is written.
type JAdESOptions struct {
	// Form is JAdESAttached where it is left out.
	Form JAdESForm `json:"form,omitempty" read:"known"`
	// Serialization is JAdESCompact where it is left out.
	Serialization JAdESSerialization `json:"serialization,omitempty" read:"known"`
}

// JAdESForm is a form of JAdES.
type JAdESForm string

// Forms of JAdES.
const (
	JAdESAttached JAdESForm = "attached" // the document is its payload
	JAdESDetached JAdESForm = "detached" // names the document, by its name and digest (sigD)
)

// JAdESSerialization is how a JWS is written (RFC 7515, 7).
type JAdESSerialization string

// Serializations.
const (
	JAdESCompact   JAdESSerialization = "compact"
	JAdESFlattened JAdESSerialization = "flattened"
	JAdESGeneral   JAdESSerialization = "general"
)

// EYPOptions say who signs a package of e-Yazışma.
type EYPOptions struct {
	// Form is EYPSignature where it is left out.
	Form EYPForm `json:"form,omitempty" read:"known"`
	// Attached has the signature hold the list that it is over.
	Attached bool `json:"attached,omitempty" read:"flag"`
	// Further puts the signature beside the one that is there, into the same part.
	Further bool `json:"further,omitempty" read:"flag"`
}

// EYPForm is a signature in a package.
type EYPForm string

// Signatures in a package.
const (
	EYPSignature EYPForm = "signature" // over PaketOzeti
	EYPInitials  EYPForm = "initials"  // paraf, over ParafOzeti
	EYPSeal      EYPForm = "seal"      // mühür, over NihaiOzet
)

// Form returns the form that is asked for, as in FormRule.
func (o *SignatureOptions) Form() string {
	var form string
	switch {
	case o.Format == FormatCAdES && o.CAdES != nil:
		form = string(o.CAdES.Form)
	case o.Format == FormatPAdES && o.PAdES != nil:
		form = string(o.PAdES.Form)
	case o.Format == FormatXAdES && o.XAdES != nil:
		form = string(o.XAdES.Form)
	case o.Format == FormatASiC && o.ASiC != nil:
		form = string(o.ASiC.Form)
	case o.Format == FormatJAdES && o.JAdES != nil:
		form = string(o.JAdES.Form)
	case o.Format == FormatEYP && o.EYP != nil:
		form = string(o.EYP.Form)
	}
	if form != "" {
		return form
	}
	for _, rule := range FormRules {
		if rule.Format == o.Format {
			return rule.Form
		}
	}
	return ""
}

// check refuses options of another format, and those that no page may say. The reader of messages has done the same.
func (o *SignatureOptions) check() error {
	for format, is := range map[Format]bool{
		FormatCAdES: o.CAdES != nil, FormatPAdES: o.PAdES != nil, FormatXAdES: o.XAdES != nil,
		FormatASiC: o.ASiC != nil, FormatJAdES: o.JAdES != nil, FormatEYP: o.EYP != nil,
	} {
		if is && format != o.Format {
			return fault.Errorf(fault.RequestInvalid, "%s: goes with the format %[1]s alone", format)
		}
	}
	switch {
	case o.CAdES != nil && (o.CAdES.Signer < 0 || o.CAdES.Signer > MaxSigner):
	case o.PAdES != nil && !o.PAdES.isGood():
	case o.XAdES != nil && (!slices.Contains([]XAdESDialect{"", XAdESBaseline, XAdESUBLTR, XAdESERecete}, o.XAdES.Dialect) || len(o.XAdES.Element) > MaxName || len(o.XAdES.Role) > MaxName):
	case o.ASiC != nil && !slices.Contains([]Format{"", FormatXAdES, FormatCAdES}, o.ASiC.Signature):
	case o.JAdES != nil && !slices.Contains([]JAdESSerialization{"", JAdESCompact, JAdESFlattened, JAdESGeneral}, o.JAdES.Serialization):
	default:
		return nil
	}
	return fault.Errorf(fault.RequestInvalid, "options of %s", o.Format)
}

func (o *PAdESOptions) isGood() bool {
	if o.Certify < 0 || o.Certify > 3 || len(o.Field) > MaxName || len(o.Reason) > MaxName || len(o.Location) > MaxName {
		return false
	}
	s := o.Stamp
	return s == nil || (s.Page >= MinStampPage && s.Page <= MaxStampPage && isPoints(s.Left) && isPoints(s.Bottom) && isPoints(s.Width) && isPoints(s.Height) && len(s.Image) <= MaxStampImage)
}

func isPoints(n int) bool { return n >= 0 && n <= MaxStampPoints }

// Files returns which documents each signature covers, by their places: each document one, or all together.
func (o *SignatureOptions) Files(documents int) [][]int {
	if o.Together {
		all := make([]int, documents)
		for i := range all {
			all[i] = i
		}
		return [][]int{all}
	}
	files := make([][]int, documents)
	for i := range files {
		files[i] = []int{i}
	}
	return files
}

// Equal reports whether two options ask for the same. nil is a detached CAdES signature in P1, as in a site's statement.
func (o *SignatureOptions) Equal(other *SignatureOptions) bool {
	usual := &SignatureOptions{Format: FormatCAdES, Profile: ProfileP1}
	a, errA := json.Marshal(cmp.Or(o, usual))
	b, errB := json.Marshal(cmp.Or(other, usual))
	return errA == nil && errB == nil && bytes.Equal(a, b)
}
