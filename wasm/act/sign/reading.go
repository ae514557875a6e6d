package sign

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
)

// What the person does with the document on the screen.

// standsAs reports whether a document as it stands on the screen is what was made of its bytes. What shows no part of it is
// not.
func (d *requestedDocument) standsAs(parts []loop.Part) bool {
	for _, p := range parts {
		if !d.shown.Holds(p.Index, p.Text) {
			return false
		}
	}
	return len(parts) > 0
}

// handleLeft takes a part of the document that leaves the screen: it, too, must have been the document's.
func (a *Act) handleLeft(p loop.Part) {
	d := a.onScreen()
	if d != nil && !d.shown.Holds(p.Index, p.Text) {
		a.window.Fail(fault.ScreenChanged, "")
	}
}

// onScreen is the document that the person has before them; nil where it has not come, or another question is on the screen.
func (a *Act) onScreen() *requestedDocument {
	if a.window.Step() != screen.StepDocument || !a.documents[a.reading].isWhole() {
		return nil
	}
	return a.current()
}

// isUnseen reports whether the window cannot show a document, or what is signed in it.
func (d *requestedDocument) isUnseen() bool {
	_, ok := document.Content(d.shown).(*document.Unseen)
	return ok
}

// noteEndSeen notes that the end of the document on the screen has been in view.
func (a *Act) noteEndSeen() {
	if d := a.onScreen(); d != nil && document.Content(d.shown) != nil && !d.isUnseen() {
		d.endSeen = true
	}
}

// confirm takes the answer whether the person knows a document that the window cannot show.
func (a *Act) confirm(isKnown bool) {
	if d := a.onScreen(); d != nil && d.isUnseen() {
		d.endSeen = isKnown
	}
}

// saveCopy has the browser save the bytes of the document on the screen.
func (a *Act) saveCopy() {
	switch d := a.onScreen(); {
	case d == nil || a.transfer.extra != nil:
	case d.isHeld:
		a.window.SaveCopy(loop.SaveCopy{Name: document.FileName(d.info.Name), Data: d.data, First: true, Last: true})
	default:
		a.pullForCopy(a.reading)
	}
}

// handleViewer takes what a viewer of the browser's says of the document on the screen.
func (a *Act) handleViewer(event loop.Event) {
	if a.window.Step() == screen.StepStamp {
		switch e := event.(type) {
		case loop.PagesShaped:
			a.stamp.isDrawn = a.stamp.shown != nil
		case loop.Unreadable:
			a.window.Fail(fault.DocumentUnreadable, plaintext.Line(e.Why))
		}
		return
	}
	d := a.onScreen()
	if d == nil {
		return
	}
	switch e := event.(type) {
	case loop.PagesShaped:
		d.inspection.shapes = &e
		a.comparePages(d)
	case loop.Inspected:
		a.takeReport(d, e)
	case loop.PartRead:
		a.takePart(e)
	case loop.Found:
		e.Context = plaintext.Visible(e.Context)
		d.search = search{text: e.Text, elsewhere: e, turn: d.search.turn + 1}
	case loop.Unreadable:
		a.refuse(d, fault.DocumentUnreadable, e.Why)
	}
}

// search is what was looked for in a document.
type search struct {
	text      string
	hits      []document.Hit
	at        int        // the present one
	elsewhere loop.Found // by a viewer of the browser's
	turn      int        // how often it was looked
}

// find looks for a text in the document on the screen, or goes on to another place of the same text.
func (a *Act) find(e loop.Find) {
	d := a.onScreen()
	if d == nil {
		return
	}
	text, ok := document.Content(d.shown).(document.Searchable)
	if !ok {
		return
	}
	turn := d.search.turn + 1
	if e.Text != d.search.text {
		d.search = search{text: e.Text, hits: text.Find(e.Text)}
	} else if n := len(d.search.hits); n > 0 {
		d.search.at = ((d.search.at+e.Step)%n + n) % n
	}
	d.search.turn = turn
}

// forgetSearch ends the search in the document that is left: its field is empty when the person comes back.
func (a *Act) forgetSearch() {
	if d := a.onScreen(); d != nil {
		d.search = search{}
	}
}
