package document

import (
	"strings"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/inspection/report"
)

// maxSignatures is the largest file of signatures that is shown, in bytes: a content of 10 MiB, and the 10 MiB that package cms
// reads beside it.
const maxSignatures = 20 << 20

var signaturesViewer = Viewer{Read: readSignatures, MayHide: true}

// Signatures is a file of signatures (.p7s) as it is shown: who has signed, as the inspector says, and below it what they have
// signed, by the viewer of its kind.
type Signatures struct {
	File
	content Readable
	place   ContentPlace
}

// ContentPlace is where that is what signatures are over.
type ContentPlace string

// The places.
const (
	ContentHeld      ContentPlace = "held"      // in the file
	ContentGiven     ContentPlace = "given"     // another document of the request
	ContentElsewhere ContentPlace = "elsewhere" // neither
)

// readSignatures looks no further than to the beginning: a file that is no CMS by it is shown as what the window has no
// viewer for. The inspector reads the rest.
func readSignatures(f File) (Readable, error) {
	if KindOf(f.Data[:min(len(f.Data), Beginning)]) != KindCMS {
		return readUnseen(f)
	}
	return &Signatures{File: f}, nil
}

// InspectAs is a file of signatures.
func (s *Signatures) InspectAs() report.Kind { return report.KindSignatures }

// mediaTypes are those of the files in a document that a viewer shows, by their kinds.
var mediaTypes = map[Kind]string{
	KindText: protocol.MediaTypeText, KindXML: protocol.MediaTypeXML, KindPDF: protocol.MediaTypePDF,
	KindPNG: "image/png", KindJPEG: "image/jpeg",
}

// MediaType is that of files of a kind that the window can show; "" of others.
func MediaType(kind Kind) string { return mediaTypes[kind] }

// CanShow reports whether the window has a viewer for a file of a kind and size that is in a document.
func CanShow(kind Kind, size int64) bool {
	viewer, err := ViewerFor(mediaTypes[kind], size)
	return err == nil && viewer.Head == 0
}

// Take takes what the inspector has found, once, and the content that it has given out, whose digest the caller has compared
// with the report; nil where it has given out none. What the viewer of its kind cannot read counts as what the window cannot
// show: nothing has said of what kind it is.
func (s *Signatures) Take(r *report.Report, content, sum []byte) {
	if s.content != nil {
		return
	}
	s.content = &Unseen{Kind: KindCMS, digest: Groups(s.Digest())}
	switch {
	case r.Given != "":
		s.place = ContentGiven
	case len(r.Parts) == 0:
		s.place = ContentElsewhere
	default:
		s.place = ContentHeld
		if shown := s.read(r, content, sum); shown != nil {
			s.content = shown
		}
	}
}

// read makes a content readable by the viewer of its kind; nil where that is not possible.
func (s *Signatures) read(r *report.Report, content, sum []byte) Readable {
	kind := Kind(r.Parts[r.Shown].Kind)
	if kind == KindPDF && r.PDF == nil { // the strict reader has refused it
		return nil
	}
	viewer, err := ViewerFor(mediaTypes[kind], int64(len(content)))
	if err != nil {
		return nil
	}
	shown, err := viewer.Read(File{Name: s.ContentName(), MediaType: mediaTypes[kind], Size: int64(len(content)), SHA256: sum, Data: content})
	if _, isUnseen := shown.(*Unseen); err != nil || isUnseen {
		return nil
	}
	return shown
}

// ContentName is the name of what is signed: that of the file without its ending.
func (s *Signatures) ContentName() string {
	if name, ok := strings.CutSuffix(s.Name, ".p7s"); ok && name != "" {
		return name
	}
	return s.Name + ".bin"
}

// Place is where what is signed is; "" before the inspector has said so.
func (s *Signatures) Place() ContentPlace { return s.place }

// Holds reports whether a part of the content on the screen is what was made of its bytes; of a content that is not shown, whether
// the digest on the screen is the file's.
func (s *Signatures) Holds(part int, shown string) bool {
	return s.content != nil && s.content.Holds(part, shown)
}

// Marks is how many characters of the content are shown as marks.
func (s *Signatures) Marks() int {
	if s.content == nil {
		return 0
	}
	return s.content.Marks()
}

// Content is what of a document has a viewer of its own on the screen: of a file of signatures what is signed, or an *Unseen
// where the window cannot show that, and nil before it is known; of any other document the document.
func Content(r Readable) Readable {
	if s, ok := r.(*Signatures); ok {
		return s.content
	}
	return r
}
