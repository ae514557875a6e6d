// Package document makes the documents that a person signs readable: one viewer for each kind of document that the window
// can show, and one for all others, which says what is known of them.
//
// Another kind is added by a file with its Viewer, a case in ViewerFor, and what draws its Readable (act/sign/signui).
// docs/formats.md says for each kind what is compared with the document's bytes when the person goes on.
package document

import (
	"encoding/hex"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/xmltree"
	"github.com/e-onay/e-onay/wasm/inspection/report"
)

// A File is a document as the page has handed it over.
type File struct {
	Name, MediaType string
	Size            int64
	SHA256          []byte // of the whole
	Data            []byte // the whole, or its beginning where the viewer needs no more
}

// Digest is the SHA-256 in hexadecimal digits.
func (f *File) Digest() string { return hex.EncodeToString(f.SHA256) }

// A Viewer makes documents of one kind readable.
type Viewer struct {
	// Head is how many bytes from the beginning of a document Read needs; 0 where it needs them all.
	Head int64
	// Read makes a document readable. Its errors have fault.DocumentUnreadable, or fault.DocumentMismatch where the
	// document is of another kind than its media type says.
	Read func(File) (Readable, error)
	// MayHide says that a document may hold what the window cannot show, though it has a viewer: in a list of documents it
	// counts as one that cannot be shown.
	MayHide bool
	// HasCode reports whether the verification code stands in a document; nil where that cannot be told.
	HasCode func(data []byte, code string) bool
}

// Readable is a document as it is shown.
type Readable interface {
	// Holds reports whether a part of the document, as it stands on the screen, is what was made of the document's
	// bytes. What is a part differs from kind to kind. The window asks before it goes on.
	Holds(part int, shown string) bool
	// Marks is how many characters are shown as marks, since they cannot be seen or reorder others.
	Marks() int
}

// Inspected is a Readable of which the inspector (wasm/inspect) must have said what it is before the person goes on.
type Inspected interface {
	Readable
	// InspectAs is what the inspector is to read the document as.
	InspectAs() report.Kind
}

// maxMediaType is the longest media type, in characters.
const maxMediaType = 100

// ViewerFor returns the viewer of a document of a media type and size. Errors have fault.RequestInvalid where it is no
// media type, and fault.RequestTooLarge where the document is larger than its kind may be.
func ViewerFor(mediaType string, size int64) (Viewer, error) {
	main, sub, found := strings.Cut(mediaType, "/")
	switch {
	case !found || len(mediaType) > maxMediaType || !isMediaName(main) || !isMediaName(sub):
		return Viewer{}, fault.Errorf(fault.RequestInvalid, "media type")
	case size < 1:
		return Viewer{}, fault.Errorf(fault.RequestInvalid, "document size")
	case mediaType == protocol.MediaTypeText && size > protocol.MaxTextDocument:
		return Viewer{}, fault.Errorf(fault.RequestTooLarge, "document size")
	case mediaType == protocol.MediaTypeText:
		return textViewer, nil
	case (mediaType == "image/png" || mediaType == "image/jpeg") && size <= maxImage:
		return imageViewer, nil
	case (sub == "xml" || strings.HasSuffix(sub, "+xml")) && size <= xmltree.MaxSize:
		return treeViewer, nil
	case mediaType == "application/pdf" && size <= maxPDF:
		return pdfViewer, nil
	case mediaType == "application/eyazisma" && size <= maxPackage:
		return packageViewer, nil
	case mediaType == protocol.MediaTypeSignature && size <= maxSignatures:
		return signaturesViewer, nil
	}
	return unseenViewer, nil
}

// isMediaName reports whether name is one half of a media type (RFC 6838, 4.2), in small letters.
func isMediaName(name string) bool {
	for i := range len(name) {
		if c := name[i]; (c < 'a' || 'z' < c) && (c < '0' || '9' < c) && strings.IndexByte("!#$&-^_.+", c) < 0 {
			return false
		}
	}
	return name != ""
}
