// Package document makes the documents that a person signs readable: one viewer for each media type. A document of a type
// without a viewer is refused, so that nothing is signed that the window has not shown.
//
// Another type is added by a file with its Viewer, a line in viewers, and what draws its Readable (wasm/sign).
package document

import "github.com/e-onay/e-onay/internal/fault"

// A Viewer makes documents of one media type readable.
type Viewer struct {
	MediaType string
	MaxSize   int64 // of a document, in bytes
	// Read makes a document readable. Its errors have fault.DocumentUnreadable.
	Read func(data []byte) (Readable, error)
	// HasCode reports whether the verification code stands in a document.
	HasCode func(data []byte, code string) bool
}

// Readable is a document as it is shown.
type Readable interface {
	// String is the whole text as it stands on the screen. The window compares it with what does stand there before it
	// goes on.
	String() string
	// Marks is how many characters are shown as marks, since they cannot be seen or reorder others.
	Marks() int
}

var viewers = []Viewer{textViewer}

// ViewerFor returns the viewer of a media type. The error where there is none has fault.DocumentUnsupported.
func ViewerFor(mediaType string) (Viewer, error) {
	for _, v := range viewers {
		if v.MediaType == mediaType {
			return v, nil
		}
	}
	return Viewer{}, fault.Errorf(fault.DocumentUnsupported, "media type")
}
