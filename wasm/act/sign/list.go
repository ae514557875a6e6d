package sign

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
)

// The list of documents, where there are more than a person reads one after the other: any of them is opened at a press.

const (
	// fewDocuments is how many documents are shown one after the other, without a list.
	fewDocuments = 16
	// listRows is how many rows of the list are on the screen at a time.
	listRows = 50
)

// list is what the person has done with the list.
type list struct {
	order   []int // documents: those that the window cannot show first, else as the page has them
	found   []int // of these, those whose names have the text
	text    string
	from    int // the first row on the screen
	opened  int
	isKnown bool // the person knows those that the window cannot show
}

// newList makes the list of a request's documents.
func newList(documents []requestedDocument) list {
	var l list
	for _, cannotBeShown := range []bool{true, false} {
		for i := range documents {
			if documents[i].cannotBeShown() == cannotBeShown {
				l.order = append(l.order, i)
			}
		}
	}
	l.found = l.order
	return l
}

// cannotBeShown reports whether no viewer shows the document, or none is known to show all of it.
func (d *requestedDocument) cannotBeShown() bool { return d.viewer.Head > 0 || d.viewer.MayHide }

// hasList reports whether the documents are shown as a list.
func (a *Act) hasList() bool { return len(a.documents) > fewDocuments }

// showDocuments asks about the documents: one after the other, or as a list.
func (a *Act) showDocuments() {
	if a.hasList() {
		a.window.Show(screen.StepList)
		return
	}
	a.open(0)
}

// leaveDocument goes back to the list, if the document on the screen is what was made of its bytes.
func (a *Act) leaveDocument(parts []loop.Part) {
	d := &a.documents[a.reading]
	switch {
	case d.isWhole() && parts != nil && !d.standsAs(parts):
		a.window.Fail(fault.ScreenChanged, "")
		return
	case d.isWhole() && !d.isOpened:
		d.isOpened = true
		a.list.opened++
	}
	a.putAway(a.reading)
	a.reading = nowhere
	a.window.Show(screen.StepList)
}

// handleList takes what the person does with the list.
func (a *Act) handleList(event loop.Event) {
	switch e := event.(type) {
	case loop.OpenDocument:
		if e.Index >= 0 && e.Index < len(a.documents) {
			a.open(e.Index)
		}
	case loop.TurnList:
		from := a.list.from + e.Step*listRows
		if from >= 0 && from < len(a.list.found) {
			a.list.from = from
		}
	case loop.Confirm:
		a.list.isKnown = e.OK
	case loop.Find:
		a.filterList(e.Text)
	}
}

// filterList leaves the documents in the list whose names have a text.
func (a *Act) filterList(text string) {
	l := &a.list
	if text == l.text {
		return
	}
	l.text, l.from, l.found = text, 0, l.order
	if text == "" {
		return
	}
	l.found = nil
	for _, i := range l.order {
		if document.Contains(a.names[i], text) {
			l.found = append(l.found, i)
		}
	}
}

// isListAnswered reports whether the person can go on from the list.
func (a *Act) isListAnswered() bool {
	return a.haveAllCome() && (a.list.isKnown || !a.documents[a.list.order[0]].cannotBeShown())
}

// haveAllCome reports whether the digests of all documents are known.
func (a *Act) haveAllCome() bool {
	for i := range a.documents {
		if a.documents[i].digest == nil {
			return false
		}
	}
	return true
}

// ListView is the list of documents.
type ListView struct {
	Count, Opened int
	Unseen        int // how many the window cannot show
	Known         bool
	Percent       int // of all bytes, in tens: 100 once all are here
	Text          string
	From, Found   int // the first of so many rows that have the text
	Rows          []Row
	Ready         bool
}

// Row is a document in the list.
type Row struct {
	Index            int
	Name             string
	Kind             document.Kind
	Size             int64
	IsOpened, Unseen bool
}

// listView is the part of the list that is on the screen.
func (a *Act) listView() ListView {
	l := &a.list
	v := ListView{Count: len(a.documents), Opened: l.opened, Known: l.isKnown, Text: l.text, From: l.from, Found: len(l.found), Ready: a.isListAnswered()}
	var all, come int64
	for i := range a.documents {
		d := &a.documents[i]
		all += d.info.Size
		switch {
		case d.digest != nil:
			come += d.info.Size
		case d.onward != nil:
			come += d.onward.come
		}
		if d.cannotBeShown() {
			v.Unseen++
		}
	}
	if v.Percent = int(come * 10 / all * 10); a.haveAllCome() {
		v.Percent = 100
	}
	for _, i := range l.found[l.from:min(l.from+listRows, len(l.found))] {
		d := &a.documents[i]
		row := Row{Index: i, Name: a.names[i], Kind: document.KindSaid(d.info.MediaType), Size: d.info.Size, IsOpened: d.isOpened, Unseen: d.cannotBeShown()}
		if u, ok := d.shown.(*document.Unseen); ok && v.Percent == 100 {
			row.Kind = u.Kind
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}
