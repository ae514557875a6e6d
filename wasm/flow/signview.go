package flow

import (
	"strconv"

	"github.com/e-onay/e-onay/internal/protocol"
)

// SignView is the signing window's screen.
type SignView struct {
	View
	Names    []string // of the documents
	Document DocumentView
}

// DocumentView is the document on the screen.
type DocumentView struct {
	Index, Count int
	Name         string
	Whole        bool
	Percent      int
	Text         Text
}

// View returns the present screen.
func (f *Flow) View() SignView {
	v := SignView{View: f.view()}
	v.Purpose, v.Code = visible(f.request.Purpose), f.request.Code
	v.Unsigned = f.site == ""
	for i := range f.documents {
		v.Names = append(v.Names, shown(f.documents[i].info.Name))
	}
	if f.step == StepDocument {
		d := &f.documents[f.reading]
		v.Document = DocumentView{Index: f.reading, Count: len(f.documents), Name: v.Names[f.reading], Whole: d.whole(), Percent: d.percent(), Text: d.text}
	}
	v.Number, v.Total = f.number()
	v.Title = v.title()
	v.Text, v.Hint = v.text("window.failed.host")
	v.Status = v.status()
	return v
}

// number counts the questions: who, each document, the code, the certificate, the PIN.
func (f *Flow) number() (number, total int) {
	documents := len(f.documents)
	code := 0
	if f.request.Code != "" {
		code = 1
	}
	total = documents + code + 3
	switch f.step {
	case StepWho:
		number = 1
	case StepDocument:
		number = 2 + f.reading
	case StepCode:
		number = 2 + documents
	case StepWaiting, StepCertificate:
		number = 2 + documents + code
	case StepPIN:
		number = total
	}
	return number, total
}

// title is the screen's question, its heading and the window's title.
func (v *SignView) title() string {
	switch v.Step {
	case StepWho:
		return v.T("window.who.title")
	case StepDocument:
		if v.Document.Count > 1 {
			return v.T("window.document.title_of", "n", strconv.Itoa(v.Document.Index+1), "m", strconv.Itoa(v.Document.Count))
		}
		return v.T("window.document.title")
	case StepCode:
		return v.T("window.code.title")
	case StepWaiting:
		return v.waitingTitle()
	case StepCertificate:
		return v.certificateTitle("window.certificate.")
	case StepPIN:
		return v.pinTitle()
	case StepWorking:
		return v.workingTitle()
	case StepDone:
		return v.T("window.done.title")
	case StepFailed:
		return v.failedTitle("window.failed.title_gone")
	}
	return v.T("window.loading.title")
}

func (v *SignView) workingTitle() string {
	switch {
	case v.Stage == protocol.HostStageSigning:
		return v.T("window.working.title_signing")
	case v.checksPIN():
		return v.pinWorkTitle()
	}
	return v.T("window.working.title_sending")
}

// status is what changes on a screen without a press of the person.
func (v *SignView) status() string {
	switch {
	case v.Step == StepDocument && !v.Document.Whole:
		return v.T("window.document.coming", "n", strconv.Itoa(v.Document.Percent/10*10))
	case v.Step == StepDocument:
		return v.T("window.document.here")
	}
	return v.View.status()
}
