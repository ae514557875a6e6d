package sign

import (
	"encoding/hex"
	"strconv"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/inspection/report"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/plaintext"
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
	case r.Refused != "":
		a.window.Fail(r.Refused, plaintext.Line(r.Reason))
	default:
		d.inspection.report = r
		if p, ok := shown.(*document.Package); ok {
			p.Letter = &r.Parts[r.Shown]
		}
		a.comparePages(d)
	}
}

// comparePages refuses a PDF that the strict reader and pdf.js understand differently, once both have read it.
func (a *Act) comparePages(d *requestedDocument) {
	i := d.inspection
	if i.report == nil || i.report.PDF == nil || i.shapes == nil {
		return
	}
	if !document.SamePages(i.report.PDF, i.shapes.ID, i.shapes.Pages) {
		a.window.Fail(fault.DocumentAmbiguous, "pdf.js has read other pages")
	}
}

// savePart has the browser save a file that is in the document on the screen.
func (a *Act) savePart(number int) {
	d := a.onScreen()
	if d == nil || d.inspection.report == nil || number < 0 || number >= len(d.inspection.report.Parts) {
		return
	}
	p := d.inspection.report.Parts[number]
	a.window.SavePart(loop.SavePart{Number: number, Name: document.FileName(p.Name), SHA256: p.SHA256})
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
	// Part is the number of the file that it is, as text; "" where it is none.
	Part string
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
			if e.Part != nil {
				entry.Part = strconv.Itoa(*e.Part)
				entry.Lines = append(entry.Lines, v.Bytes(r.Parts[*e.Part].Size))
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

func isSentence(key string) bool { return message.Sentence(key).TR != key }

// digestOf is the SHA-256 of a document in hexadecimal digits.
func digestOf(d *requestedDocument) string { return hex.EncodeToString(d.digest) }
