package sign

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/inspection/report"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
)

// Files in a document: what is attached to a package. The person can open each of a kind that the window shows: it takes the
// place of the document on the screen, as a document of its own, until they go back. Nobody must open one.

// current is the document that has the screen: the one that is read, or a file in it that the person has opened.
func (a *Act) current() *requestedDocument {
	d := &a.documents[a.reading]
	if d.opened != nil {
		return d.opened
	}
	return d
}

// canOpen reports whether a part is a file that a viewer shows, and is not on the screen already.
func (d *requestedDocument) canOpen(part report.Part) bool {
	_, ok := d.shown.(*document.Package)
	return ok && document.CanShow(document.Kind(part.Kind), part.Size)
}

// openPart has a file that is in the document on the screen come.
func (a *Act) openPart(number int) {
	d := a.onScreen()
	if d == nil || d.inspection.report == nil || number < 0 || number >= len(d.inspection.report.Parts) {
		return
	}
	if part := d.inspection.report.Parts[number]; d.canOpen(part) {
		a.window.ReadPart(loop.ReadPart{Number: number, SHA256: part.SHA256})
	}
}

// takePart puts a file that has come on the screen. One that its viewer cannot read is shown as what the window cannot show.
func (a *Act) takePart(e loop.PartRead) {
	d := a.onScreen()
	if d == nil || d != &a.documents[a.reading] || e.Of != digestOf(d) || d.inspection.report == nil ||
		e.Number < 0 || e.Number >= len(d.inspection.report.Parts) {
		return // of a document that was left meanwhile
	}
	part, sum := d.inspection.report.Parts[e.Number], sha256.Sum256(e.Data)
	if hex.EncodeToString(sum[:]) != part.SHA256 {
		a.window.Fail(fault.DocumentUnreadable, "the inspector has given out another file")
		return
	}
	opened := &requestedDocument{
		info:   protocol.DocumentInfo{Name: part.Name, MediaType: document.MediaType(document.Kind(part.Kind)), Size: part.Size},
		digest: sum[:], data: e.Data, isHeld: true,
	}
	var err error
	opened.viewer, err = document.ViewerFor(opened.info.MediaType, part.Size)
	if err == nil {
		opened.shown, err = opened.viewer.Read(opened.file(e.Data))
	}
	if err != nil {
		opened.hide()
	}
	a.forgetSearch()
	d.opened = opened
	a.window.Show(screen.StepDocument)
}

// hide shows of a file in a document what is known of one that the window cannot show.
func (d *requestedDocument) hide() {
	f := d.file(d.data)
	d.shown, d.inspection = document.NewUnseen(f), inspection{}
}

// closePart goes back to the document that a file was opened in, if the file on the screen is what was made of its bytes. parts is
// nil where that is not looked at.
func (a *Act) closePart(parts []loop.Part) {
	d := &a.documents[a.reading]
	if parts != nil && !d.opened.standsAs(parts) {
		a.window.Fail(fault.ScreenChanged, "")
		return
	}
	d.opened, d.inspection = nil, inspection{} // which is made anew with its screen
	a.window.Show(screen.StepDocument)
}

// refuse ends the request, or where it is a file in a document that cannot be shown, says so of that.
func (a *Act) refuse(d *requestedDocument, code fault.Code, why string) {
	if d == a.documents[a.reading].opened {
		d.hide()
		a.window.Show(screen.StepDocument)
		return
	}
	a.window.Fail(code, plaintext.Line(why))
}
