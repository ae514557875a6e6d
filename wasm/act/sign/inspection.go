package sign

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/inspection/report"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
)

// inspection is what is known of a document that the inspector reads.
type inspection struct {
	report *report.Report    // nil until it has come
	shapes *loop.PagesShaped // by pdf.js, of a PDF; nil until they have come
}

// isChecked reports whether nothing more is to come of the inspector, and what has come agrees with what is shown.
func (d *requestedDocument) isChecked() bool {
	if _, ok := d.shown.(document.Inspected); !ok {
		return true
	}
	return d.inspection.report != nil && (d.inspection.report.PDF == nil || d.inspection.shapes != nil)
}

// isRead reports whether the person may go on: they have come to its end, or have said that they know it, and it is checked.
func (d *requestedDocument) isRead() bool { return d.endSeen && d.isChecked() }

// takeReport takes what the inspector says of the document on the screen; what it refuses ends the request.
func (a *Act) takeReport(d *requestedDocument, e loop.Inspected) {
	shown, ok := d.shown.(document.Inspected)
	if !ok || e.Of != digestOf(d) {
		return // of a document that was left meanwhile
	}
	r, err := report.Parse(e.Report, shown.InspectAs(), e.Of, isSentence)
	switch {
	case err != nil:
		a.window.Fail(fault.DocumentUnreadable, err.Error())
		return
	case r.Refused != "":
		a.refuse(d, r.Refused, r.Reason)
		return
	}
	switch s := shown.(type) {
	case *document.Package:
		s.Letter = &r.Parts[r.Shown]
	case *document.Signatures:
		if err := a.takeContent(d, s, r, e.Content); err != nil {
			a.window.Fail(fault.CodeOf(err), err.Error())
			return
		}
	}
	d.inspection.report = r
	a.comparePages(d)
}

// takeContent takes what a file of signatures holds. Where it holds nothing, and its content is a document that the person has
// had before them, there is nothing more to be read.
func (a *Act) takeContent(d *requestedDocument, s *document.Signatures, r *report.Report, content []byte) error {
	if beside := a.contentBeside(a.reading); r.Given != "" && (beside == nil || r.Given != digestOf(beside)) {
		return fault.Errorf(fault.DocumentUnreadable, "signatures judged over another content")
	}
	sum := sha256.Sum256(content)
	if len(r.Parts) > 0 && r.Parts[r.Shown].SHA256 != hex.EncodeToString(sum[:]) {
		return fault.Errorf(fault.DocumentUnreadable, "the inspector has given out another content")
	}
	isFirst := s.Place() == ""
	s.Take(r, content, sum[:])
	d.endSeen = d.endSeen || s.Place() == document.ContentGiven
	if isFirst && d.isUnseen() {
		a.window.Show(screen.StepDocument) // another one than while it was read
	}
	return nil
}

// contentBeside is the document that the signatures of another are over (protocol.CAdESOptions); nil where there is none.
func (a *Act) contentBeside(i int) *requestedDocument {
	c := a.request.CAdES
	if c == nil || c.Form != protocol.CAdESParallel && c.Form != protocol.CAdESCounterSignature || !a.request.Together || i == 0 || i != len(a.documents)-1 {
		return nil
	}
	return &a.documents[0]
}

// comparePages refuses a PDF that the strict reader and pdf.js understand differently, once both have read it.
func (a *Act) comparePages(d *requestedDocument) {
	i := d.inspection
	if i.report == nil || i.report.PDF == nil || i.shapes == nil {
		return
	}
	if !document.SamePages(i.report.PDF, i.shapes.ID, i.shapes.Pages) {
		a.refuse(d, fault.DocumentAmbiguous, "pdf.js has read other pages")
	}
}

// savePart has the browser save a file that is in the document on the screen.
func (a *Act) savePart(number int) {
	d := a.onScreen()
	if d == nil || d.inspection.report == nil || number < 0 || number >= len(d.inspection.report.Parts) {
		return
	}
	p := d.inspection.report.Parts[number]
	name := p.Name
	if s, ok := d.shown.(*document.Signatures); ok {
		name = s.ContentName()
	}
	a.window.SavePart(loop.SavePart{Number: number, Name: document.FileName(name), SHA256: p.SHA256})
}

// InspectionView is what the inspector says of a document, in words.
type InspectionView struct {
	Pages    int // of a PDF; 0 while they are not known
	Sections []SectionView
}

// SectionView is a list under a heading. Look says of it, or of an entry, that the person should look at it.
type SectionView struct {
	Title, Note string
	Look        bool
	Entries     []EntryView
}

// EntryView is something in a list, and what is said of it.
type EntryView struct {
	Name  string
	Look  bool
	Lines []string
	// Part is the number of the file that it is, as text; "" where it is none. CanOpen says that the window can show it.
	Part    string
	CanOpen bool
	// Depth is how deep it stands under the entries before it, as text; "" at the top.
	Depth string
}

func (a *Act) inspectionView(d *requestedDocument, v *View) (i InspectionView) {
	r := d.inspection.report
	if r == nil {
		return i
	}
	if r.PDF != nil {
		i.Pages = len(r.PDF.Pages)
	}
	for _, s := range r.Sections {
		section := SectionView{Title: v.T(s.Title), Look: s.Look}
		if s.Note != "" {
			section.Note = v.T(s.Note)
		}
		for _, e := range s.Entries {
			entry := EntryView{Name: plaintext.Visible(e.Name), Look: e.Look}
			if e.Key != "" {
				entry.Name = v.T(e.Key)
			}
			if e.Depth > 0 {
				entry.Depth = strconv.Itoa(e.Depth)
			}
			if e.Part != nil {
				part := r.Parts[*e.Part]
				entry.Part, entry.CanOpen = strconv.Itoa(*e.Part), d.canOpen(part)
				entry.Lines = append(entry.Lines, v.T("window.kind."+part.Kind)+" · "+v.Bytes(part.Size))
			}
			if e.Signature > 0 && e.Signature == a.counterSigned() {
				entry.Lines = append(entry.Lines, v.T("window.signatures.chosen"))
			}
			for _, l := range e.Lines {
				entry.Lines = append(entry.Lines, v.T(l.Key, "date", a.window.Day(l.At).Text(v.Language), "text", plaintext.Visible(l.Text)))
			}
			section.Entries = append(section.Entries, entry)
		}
		i.Sections = append(i.Sections, section)
	}
	return i
}

// counterSigned is the number of the signature in the file that is to be signed, the first being 1; 0 where none is.
func (a *Act) counterSigned() int {
	if c := a.request.CAdES; c != nil && c.Form == protocol.CAdESCounterSignature {
		return c.Signer + 1
	}
	return 0
}

func isSentence(key string) bool { return message.Sentence(key).TR != key }

// digestOf is the SHA-256 of a document in hexadecimal digits.
func digestOf(d *requestedDocument) string { return hex.EncodeToString(d.digest) }
