package document

import "strings"

// Beginning is how many bytes of a document its kind is told by.
const Beginning = 64 << 10

var unseenViewer = Viewer{Head: Beginning, Read: readUnseen}

// Unseen is a document that the window cannot show: the person learns what is known of it, can save a copy, and must say
// that they know what it is.
type Unseen struct {
	Kind   Kind
	digest string
}

// kindSaid is the kind that a media type says, of those that other programs open without a question: a document that says it
// is one, and is not, is refused.
func kindSaid(mediaType string) Kind {
	switch mediaType {
	case "application/pdf":
		return KindPDF
	case "image/png":
		return KindPNG
	case "image/jpeg":
		return KindJPEG
	case "image/gif":
		return KindGIF
	case "image/tiff":
		return KindTIFF
	case "image/webp":
		return KindWebP
	}
	return ""
}

// readUnseen tells a document's kind. Errors have fault.DocumentMismatch.
func readUnseen(f File) (Readable, error) {
	if err := CheckBeginning(f.MediaType, f.Data); err != nil {
		return nil, err
	}
	return NewUnseen(f), nil
}

// NewUnseen is a document as one that the window cannot show.
func NewUnseen(f File) *Unseen {
	return &Unseen{Kind: KindOf(f.Data[:min(len(f.Data), Beginning)]), digest: Groups(f.Digest())}
}

// CheckBeginning refuses, with fault.DocumentMismatch, a document that is by its first bytes of another kind than its media
// type says. It looks at Beginning bytes at most.
func CheckBeginning(mediaType string, data []byte) error {
	kind := KindOf(data[:min(len(data), Beginning)])
	if want := kindSaid(mediaType); want != "" && kind != want {
		return mismatch(mediaType, kind)
	}
	return nil
}

// Groups puts a space after each four characters, as digests are read.
func Groups(text string) string {
	var b strings.Builder
	for len(text) > 4 {
		b.WriteString(text[:4] + " ")
		text = text[4:]
	}
	return b.String() + text
}

// Digest is the document's SHA-256, in hexadecimal digits in groups of four.
func (u *Unseen) Digest() string { return u.digest }

// Holds reports whether the digest on the screen is the document's. It is the only part.
func (u *Unseen) Holds(part int, shown string) bool { return part == 0 && shown == u.digest }

// Marks is none.
func (u *Unseen) Marks() int { return 0 }
