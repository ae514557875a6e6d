package sign

import (
	"strconv"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
)

// View is the signing window's screen.
type View struct {
	screen.View
	Names    []string // of the documents
	Document DocumentView
}

// DocumentView is the document on the screen.
type DocumentView struct {
	Index, Count int
	Name         string
	Whole        bool
	Read         bool // its end has been in view
	Percent      int
	Shown        document.Readable // once it is whole
}

// View returns the present screen.
func (a *Act) View() View {
	v := View{View: a.window.View()}
	v.Purpose, v.Code = plaintext.Visible(a.request.Purpose), a.request.Code
	v.Unsigned = a.window.SiteName() == ""
	for i := range a.documents {
		v.Names = append(v.Names, plaintext.Short(a.documents[i].info.Name))
	}
	if a.window.Step() == screen.StepDocument {
		d := &a.documents[a.reading]
		v.Document = DocumentView{Index: a.reading, Count: len(a.documents), Name: v.Names[a.reading], Whole: d.isWhole(), Read: d.endSeen, Percent: d.percent(), Shown: d.shown}
	}
	v.Number, v.Total = a.number()
	v.Title = v.title()
	v.Text, v.Hint = v.Explanation("window.failed.host")
	v.Status = v.status()
	return v
}

// number counts the questions: who, each document, the code, the certificate, the PIN.
func (a *Act) number() (number, total int) {
	documents := len(a.documents)
	code := 0
	if a.request.Code != "" {
		code = 1
	}
	total = documents + code + 3
	switch a.window.Step() {
	case screen.StepWho:
		number = 1
	case screen.StepDocument:
		number = 2 + a.reading
	case screen.StepCode:
		number = 2 + documents
	case screen.StepWaiting, screen.StepCertificate:
		number = 2 + documents + code
	case screen.StepPIN:
		number = total
	}
	return number, total
}

// title is the screen's question, its heading and the window's title.
func (v *View) title() string {
	switch v.Step {
	case screen.StepWho:
		return v.T("window.who.title")
	case screen.StepDocument:
		if v.Document.Count > 1 {
			return v.T("window.document.title_of", "n", strconv.Itoa(v.Document.Index+1), "m", strconv.Itoa(v.Document.Count))
		}
		return v.T("window.document.title")
	case screen.StepCode:
		return v.T("window.code.title")
	case screen.StepWaiting:
		return v.WaitingTitle()
	case screen.StepCertificate:
		return v.CertificateTitle("window.certificate.")
	case screen.StepPIN:
		return v.PINTitle()
	case screen.StepWorking:
		return v.workingTitle()
	case screen.StepDone:
		return v.T("window.done.title")
	case screen.StepFailed:
		return v.FailedTitle("window.failed.title_gone")
	}
	return v.T("window.loading.title")
}

func (v *View) workingTitle() string {
	switch {
	case v.Stage == protocol.HostStageSigning:
		return v.T("window.working.title_signing")
	case v.ChecksPIN():
		return v.PINWorkTitle()
	}
	return v.T("window.working.title_sending")
}

// Folded names a run of a document that is folded.
func (v *View) Folded(r plaintext.Run) string {
	if r.Lines > 0 {
		return v.T("window.document.blank_lines", "n", strconv.Itoa(r.Lines))
	}
	return v.T("window.document.blank", "n", strconv.Itoa(utf8.RuneCountInString(r.Text)))
}

// status is what changes on a screen without a press of the person.
func (v *View) status() string {
	switch {
	case v.Step == screen.StepDocument && !v.Document.Whole:
		return v.T("window.document.coming", "n", strconv.Itoa(v.Document.Percent/10*10))
	case v.Step == screen.StepDocument && !v.Document.Read:
		return v.T("window.document.here")
	case v.Step == screen.StepDocument:
		return v.T("window.document.read")
	}
	return v.View.Announcement()
}
