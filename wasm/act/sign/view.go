package sign

import (
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
)

// View is the signing window's screen.
type View struct {
	screen.View
	Names    []string // of the documents
	HasPages bool     // a document that the person will have before them has pages
	Terms    []string // what the signature says or does, beyond the usual
	List     ListView
	Document DocumentView
	End      EndView
	// Signatures is how many the card is to make, and Unsignable the documents for which it can make none, where the PIN is
	// asked for.
	Signatures int
	Unsignable NotSignedView
}

// EndView is what became of the documents, by their names. Of many documents those that were signed are only counted.
type EndView struct {
	Signed      []string
	SignedCount int
	NotSigned   NotSignedView
}

// endView is what became of the documents, once the host has said it.
func (a *Act) endView(v *View) (end EndView) {
	files := a.files()
	for i, code := range a.outcomes {
		if code != "" {
			continue
		}
		for _, place := range files[i] {
			end.SignedCount++
			if !a.hasList() {
				end.Signed = append(end.Signed, v.Names[place])
			}
		}
	}
	end.NotSigned = a.notSigned(v, a.outcomes)
	return end
}

// DocumentView is the document on the screen.
type DocumentView struct {
	Index, Count int
	OfList       bool // the person has opened it from the list, and goes back there
	OfDocument   bool // it is a file in a document, which the person has opened there and goes back to
	Name         string
	Whole        bool
	Read         bool // its end has been in view
	Percent      int
	Shown        document.Readable // once it is whole
	Beside       []byte            // what its signatures are over, where that is a document of the request that the window holds
	Size         int64
	Find         FindView
	// Page is that of a PDF which is shown for the sake of one place, the first being 1; else 0. FromTop is how far down that place
	// is, 0 to 1 of the page's height.
	Page    int
	FromTop float64
	// Inspection is what the inspector says of it; IsChecked says that it has, or need not.
	Inspection InspectionView
	IsChecked  bool
}

// FindView is what was looked for in the document on the screen.
type FindView struct {
	Text         string // empty where nothing was
	Index, Count int    // the present place and how many there are, from 1; 0 of 0 where there is none
	Hit          document.Hit
	Context      string // the line of the present place
	Turn         int    // changes with every search, and with every step on
}

// findView is what was looked for in a document.
func (d *requestedDocument) findView() FindView {
	f := FindView{Text: d.search.text, Count: len(d.search.hits), Turn: d.search.turn}
	if e := d.search.elsewhere; e.Count > 0 {
		f.Index, f.Count, f.Context = e.Index, e.Count, e.Context
		return f
	}
	if f.Count > 0 {
		f.Index, f.Hit = d.search.at+1, d.search.hits[d.search.at]
		f.Context = document.Content(d.shown).(document.Searchable).Context(f.Hit)
	}
	return f
}

// View returns the present screen.
func (a *Act) View() View {
	v := View{View: a.window.View()}
	v.Purpose, v.Code = plaintext.Visible(a.request.Purpose), a.request.Code
	v.Unsigned = a.window.SiteName() == ""
	v.Terms = v.terms(&a.request)
	v.Names, v.HasPages = a.names, a.hasPages()
	if v.Step == screen.StepPIN {
		v.Signatures, v.Unsignable = a.signable(), a.notSigned(&v, a.problems)
	}
	if a.window.Step() == screen.StepList {
		v.List = a.listView()
	}
	if a.window.Step() == screen.StepDocument {
		d := a.current()
		v.Document = DocumentView{Index: a.reading, Count: len(a.documents), OfList: a.hasList(), Name: v.Names[a.reading], Whole: d.isWhole(), Read: d.isRead(), Percent: a.percent(), Shown: d.shown, Size: d.info.Size, Find: d.findView(), IsChecked: d.isChecked()}
		v.Document.Inspection = a.inspectionView(d, &v)
		if a.documents[a.reading].opened != nil {
			v.Document.OfDocument, v.Document.Name = true, plaintext.Short(d.info.Name)
		}
		if content := a.contentBeside(a.reading); content != nil && content.isHeld {
			v.Document.Beside = content.data
		}
	}
	if a.window.Step() == screen.StepStamp {
		v.Document = a.stampView(v.Names[a.stamp.document])
	}
	v.End = a.endView(&v)
	v.Number, v.Total = a.number()
	v.Title = v.title()
	v.Text, v.Hint = v.Explanation("window.failed.host")
	if n := a.delivery.count(); v.Step == screen.StepFailed && n > 0 {
		v.Hint = v.T("window.failed.some_signed", "n", strconv.Itoa(n), "m", strconv.Itoa(len(a.files())))
	}
	if v.Step == screen.StepWorking && v.ToSign > 0 && !v.Slow {
		v.Text = v.T("window.working.leave") + v.timeLeft()
	}
	v.Status = v.status()
	return v
}

// hasPages reports whether the person will have a PDF before them, or a package with one. Of many documents they may open none.
func (a *Act) hasPages() bool {
	return !a.hasList() && slices.ContainsFunc(a.documents, func(d requestedDocument) bool {
		return d.info.MediaType == protocol.MediaTypePDF || d.info.MediaType == protocol.MediaTypeEYP
	})
}

// number counts the questions: who, each document, the code, the certificate, the PIN.
func (a *Act) number() (number, total int) {
	documents, place := len(a.documents), a.reading
	if a.hasList() {
		documents, place = 1, 0
	}
	code := 0
	if a.request.Code != "" {
		code = 1
	}
	stamp := 0
	if a.mayBeSeen() {
		stamp = 1
	}
	total = documents + code + stamp + 3
	switch a.window.Step() {
	case screen.StepWho:
		number = 1
	case screen.StepList, screen.StepDocument:
		number = 2 + place
	case screen.StepCode:
		number = 2 + documents
	case screen.StepWaiting, screen.StepCertificate:
		number = 2 + documents + code
	case screen.StepStamp:
		number = total - 1
	case screen.StepPIN:
		number = total
	}
	return number, total
}

// title is the screen's question, its heading and the window's title.
func (v *View) title() string {
	switch v.Step {
	case screen.StepPhrase:
		return v.T("window.phrase.title")
	case screen.StepWho:
		return v.T("window.who.title")
	case screen.StepList:
		return v.T("window.list.title", "n", strconv.Itoa(v.List.Count))
	case screen.StepDocument:
		switch place := v.Document.ContentPlace(); {
		case v.Document.OfDocument:
			return v.T("window.part.title")
		case v.Document.IsUnseen() && (place == document.ContentGiven || place == document.ContentElsewhere):
			return v.T("window.signatures.title." + string(place))
		case v.Document.IsUnseen():
			return v.T("window.unseen.title")
		}
		if v.Document.Count > 1 && !v.Document.OfList {
			return v.T("window.document.title_of", "n", strconv.Itoa(v.Document.Index+1), "m", strconv.Itoa(v.Document.Count))
		}
		return v.T("window.document.title")
	case screen.StepCode:
		return v.T("window.code.title")
	case screen.StepWaiting:
		return v.WaitingTitle()
	case screen.StepCertificate:
		return v.CertificateTitle("window.certificate.")
	case screen.StepStamp:
		return v.T("window.stamp.title")
	case screen.StepPIN:
		return v.PINTitle()
	case screen.StepWorking:
		return v.workingTitle()
	case screen.StepDone:
		if len(v.End.NotSigned.Documents) > 0 {
			return v.T("window.done.title_some", "n", strconv.Itoa(v.End.SignedCount), "m", strconv.Itoa(len(v.Names)))
		}
		return v.T("window.done.title")
	case screen.StepFailed:
		return v.FailedTitle("window.failed.title_gone")
	}
	return v.T("window.loading.title")
}

func (v *View) workingTitle() string {
	switch {
	case v.Stage == protocol.HostStageSigning && v.ToSign > 0:
		return v.T("window.working.signing_of", "n", strconv.Itoa(v.Signed), "m", strconv.Itoa(v.ToSign))
	case v.Stage == protocol.HostStageSigning:
		return v.T("window.working.title_signing")
	case v.ChecksPIN():
		return v.PINWorkTitle()
	}
	return v.T("window.working.title_sending")
}

// timeLeft says how long the documents take that are not signed yet, roughly; nothing while that is not known.
func (v *View) timeLeft() string {
	switch s := v.SecondsLeft; {
	case s == 0:
		return ""
	case s < 60:
		return " " + v.T("window.working.seconds", "n", strconv.Itoa((s+4)/5*5))
	default:
		return " " + v.T("window.working.minutes", "n", strconv.Itoa((s+59)/60))
	}
}

// Folded names a run of a document that is folded.
func (v *View) Folded(r plaintext.Run) string {
	if r.Lines > 0 {
		return v.T("window.document.blank_lines", "n", strconv.Itoa(r.Lines))
	}
	return v.T("window.document.blank", "n", strconv.Itoa(utf8.RuneCountInString(r.Text)))
}

// MoreRows names a row of a tree behind which there are n more.
func (v *View) MoreRows(n int) string { return v.T("window.tree.more", "n", strconv.Itoa(n)) }

// status is what changes on a screen without a press of the person.
func (v *View) status() string {
	switch {
	case v.Step == screen.StepPIN && len(v.Unsignable.Documents) > 0:
		return v.T("window.pin.unsignable")
	case v.Step == screen.StepStamp && !v.Document.Whole:
		return v.T("window.stamp.coming")
	case v.Step == screen.StepWorking && v.ToSign > 0:
		return v.Text // which changes seldom, other than the title
	case v.Step == screen.StepList && v.List.Percent < 100:
		return v.T("window.list.coming", "n", strconv.Itoa(v.List.Percent))
	case v.Step == screen.StepList && v.List.Text != "":
		return v.T("window.list.found", "n", strconv.Itoa(v.List.Found))
	case v.Step == screen.StepDocument && !v.Document.Whole:
		return v.T("window.document.coming", "n", strconv.Itoa(v.Document.Percent/10*10))
	case v.Step == screen.StepDocument && v.Document.IsUnseen():
		return ""
	case v.Step == screen.StepDocument && v.Document.Find.Text != "":
		return v.found()
	case v.Step == screen.StepDocument && !v.Document.IsChecked:
		return v.T("window.document.checking")
	case v.Step == screen.StepDocument && v.Document.OfDocument:
		return ""
	case v.Step == screen.StepDocument && !v.Document.Read:
		return v.T("window.document.here")
	case v.Step == screen.StepDocument:
		return v.T("window.document.read")
	}
	return v.View.Announcement()
}

// found says what was found, and where.
func (v *View) found() string {
	f := v.Document.Find
	if f.Count == 0 {
		return v.T("window.find.none")
	}
	return v.T("window.find.place", "n", strconv.Itoa(f.Index), "m", strconv.Itoa(f.Count), "text", f.Context)
}

// IsOpened reports whether the person has opened the document from somewhere, and goes back there.
func (d *DocumentView) IsOpened() bool { return d.OfList || d.OfDocument }

// IsUnseen reports whether the window cannot show the document, or what is signed in it.
func (d *DocumentView) IsUnseen() bool {
	_, ok := document.Content(d.Shown).(*document.Unseen)
	return ok
}

// ContentPlace is where what is signed by a file of signatures is; "" of other documents, and before it is known.
func (d *DocumentView) ContentPlace() document.ContentPlace {
	if s, ok := d.Shown.(*document.Signatures); ok {
		return s.Place()
	}
	return ""
}

// IsInspected reports whether the inspector reads the document.
func (d *DocumentView) IsInspected() bool {
	_, ok := d.Shown.(document.Inspected)
	return ok
}

// Bytes is a size in words.
func (v *View) Bytes(size int64) string {
	for _, unit := range []struct {
		key   string
		bytes int64
	}{{"window.size.gb", 1e9}, {"window.size.mb", 1e6}, {"window.size.kb", 1e3}} {
		if size >= unit.bytes {
			return v.T(unit.key, "n", v.decimal(size*10/unit.bytes))
		}
	}
	return v.T("window.size.bytes", "n", strconv.FormatInt(size, 10))
}

// decimal is a number of tenths.
func (v *View) decimal(tenths int64) string {
	point := ","
	if v.Language == message.English {
		point = "."
	}
	return strconv.FormatInt(tenths/10, 10) + point + strconv.FormatInt(tenths%10, 10)
}
