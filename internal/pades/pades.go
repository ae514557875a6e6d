// Package pades makes and reads signatures in PDF files: PAdES baseline-B (ETSI EN 319 142-1, clause 6), over internal/pdf for the
// file and internal/cades for the signature.
//
// # What is made
//
// An incremental update; what is in the file stays byte for byte, other signatures included. It adds a signature dictionary
// (/SubFilter /ETSI.CAdES.detached) whose ByteRange covers everything but the string /Contents, and a field that has it: a new
// one, or an empty one of the document's form. The time of signing stands in the dictionary, as /M, and not in the CMS. A visible
// signature also gets an appearance: the holder's name, the time, the reason, an image of the site's.
//
// # What is refused
//
// What an earlier signature or usage rights do not allow (fault.PDFForbidden), forms in XFA, which have a second content that
// only some readers show, and whatever package pdf does not read.
//
// # What is read
//
// All signatures of a file, of whatever form; only those of this profile are verified. A signature says which revision it covers:
// what was appended afterwards is not signed by it.
//
// Functions are safe for concurrent use.
package pades

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf"
)

// subFilter is the form of the signatures that are made and verified (EN 319 142-1, 6.3).
const subFilter pdf.Name = "ETSI.CAdES.detached"

// Limits on what a site may ask for.
const (
	maxText        = 500     // bytes of reason, location and a field's name
	maxImage       = 1 << 20 // bytes of an image, as it comes
	maxImagePixels = 1 << 20
	// timeStampRoom is what is kept for a time stamp, in bytes, where a signature policy will have the site add one.
	timeStampRoom = 16 << 10
)

// Options say how a PDF is signed. The zero value is an invisible approval signature.
type Options struct {
	// Field is the name of the signature field: of an empty one in the document, or of a new one; "" chooses a free name.
	Field string
	// Stamp makes a new field visible. An empty field of the document is visible where it has an area, with or without it.
	Stamp *Stamp
	// Certify makes this the certification signature: 1 allows no later change, 2 forms and signatures, 3 also annotations (ISO
	// 32000-2, table 257). 0 is an approval signature.
	Certify int
	// Reason and Location are said in the signature dictionary, and the reason is shown in the stamp; either may be empty.
	Reason, Location string
}

// Stamp is where and how a signature is seen.
type Stamp struct {
	// Page is the index of the page, the first being 0, the last -1; Area is where on it. Both are for new fields alone.
	Page int
	Area Area
	// Image is a PNG or JPEG that is shown beside the text; nil for none.
	Image []byte
}

// Area is a rectangle on a page as it is shown, turned and cropped: from its lower left corner, in units of the page (points,
// unless the page says otherwise).
type Area struct{ Left, Bottom, Width, Height float64 }

// stampZone is the time zone of stamps: Turkey's, which has had no other time of the year since 2016.
var stampZone = time.FixedZone("", 3*60*60)

// invalid returns an error for a mistake of the site.
func invalid(format string, args ...any) error {
	return fault.Errorf(fault.RequestInvalid, format, args...)
}

// check refuses options that are wrong for every document.
func (o *Options) check() error {
	for _, text := range []string{o.Field, o.Reason, o.Location} {
		if len(text) > maxText || strings.ContainsFunc(text, isNoText) {
			return invalid("a field's name, reason or location of more than %d bytes, or with characters that are no text", maxText)
		}
	}
	switch {
	case o.Certify < 0 || o.Certify > 3:
		return invalid("certification with the permissions %d", o.Certify)
	case o.Stamp != nil && len(o.Stamp.Image) > maxImage:
		return invalid("an image of %d bytes", len(o.Stamp.Image))
	}
	return nil
}

// isNoText says whether a character is a control character, or stands for bytes that are no UTF-8.
func isNoText(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }
