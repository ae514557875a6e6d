package flow

import (
	"strconv"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
)

// View is the screen as it is to be drawn: a snapshot, with every text from outside already made
// visible.
type View struct {
	Language message.Language
	Step     Step
	// Turn changes with every new screen: start at its top. Alerts changes with every new Alert: go
	// to it.
	Turn, Alerts int
	// Number and Total are "step 2 of 5"; Number is 0 where there is nothing to count.
	Number, Total int
	Title         string
	// Status is what a screen reader is told without being asked.
	Status string

	Origin  Origin
	Phrase  string
	Purpose string
	Names   []string // of the documents
	Code    string

	Document DocumentView

	Alert   protocol.Code
	Waiting protocol.Code // what is missing; empty while the host looks
	Family  string        // the kind of card that waits for its driver, where the host knows it
	Driver  string        // where to get it
	Looking bool
	Choices []Choice
	Chosen  string

	Card    Choice // the certificate that signs
	PIN     protocol.PINState
	ShowPIN bool

	Stage protocol.HostStage
	Slow  bool

	Problem   protocol.Code
	Detail    string
	Retriable bool
	Kept      bool
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
func (f *Flow) View() View {
	v := View{
		Language: f.settings.language(f.pageLanguage()), Step: f.step, Turn: f.turn, Alerts: f.alerts,
		Origin: f.origin, Phrase: visible(f.settings.Phrase), Purpose: visible(f.request.Purpose), Code: f.request.Code,
		Alert: f.alert, Waiting: f.obstacle(), Family: f.family(), Looking: f.looking(), Choices: f.choices, Chosen: f.chosen, ShowPIN: f.showPIN,
		Stage: f.stage, Slow: f.slow, Problem: f.problem, Detail: f.detail, Retriable: f.retriable(), Kept: f.kept,
	}
	for i := range f.documents {
		v.Names = append(v.Names, shown(f.documents[i].info.Name))
	}
	v.Driver = shown(sentence(v.Language, f.telling().Driver))
	v.Card, _ = f.choice()
	v.PIN = f.tokens[v.Card.Token].PIN
	if f.step == StepDocument {
		d := &f.documents[f.reading]
		v.Document = DocumentView{Index: f.reading, Count: len(f.documents), Name: v.Names[f.reading], Whole: d.whole(), Percent: d.percent(), Text: d.text}
	}
	v.Number, v.Total = f.number()
	v.Title = v.title()
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

// T is the sentence of key in the view's language.
func (v *View) T(key string, pairs ...string) string { return message.Text(v.Language, key, pairs...) }

// Error is the sentence of an error code in the view's language.
func (v *View) Error(code protocol.Code) string { return v.T("error." + string(code)) }

// title is the screen's question, its heading and the window's title.
func (v *View) title() string {
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
		return v.certificateTitle()
	case StepPIN:
		if v.PIN.Pad {
			return v.T("window.pin.title_pad")
		}
		return v.T("window.pin.title")
	case StepWorking:
		return v.workingTitle()
	case StepDone:
		return v.T("window.done.title")
	case StepFailed:
		return v.failedTitle()
	}
	return v.T("window.loading.title")
}

func (v *View) waitingTitle() string {
	switch v.Waiting {
	case "":
		return v.T("window.waiting.title_looking")
	case protocol.CodeNoReader:
		return v.T("window.waiting.title_reader")
	case protocol.CodeNoToken, protocol.CodeTokenRemoved:
		return v.T("window.waiting.title_card")
	case protocol.CodeNoCertificate:
		return v.T("window.waiting.title_certificate")
	case protocol.CodeCardBusy:
		return v.T("window.waiting.title_busy")
	case protocol.CodeNoService:
		return v.T("window.waiting.title_service")
	case protocol.CodeNoModule, protocol.CodeModuleFailed, protocol.CodeModuleArchitecture:
		return v.T("window.waiting.title_driver")
	}
	return v.T("window.waiting.title_trouble")
}

func (v *View) certificateTitle() string {
	usable := v.Usable()
	switch {
	case usable == 0:
		return v.T("window.certificate.title_none")
	case len(v.Choices) == 1:
		return v.T("window.certificate.title_one")
	}
	return v.T("window.certificate.title")
}

// Usable is how many certificates can sign.
func (v *View) Usable() int {
	n := 0
	for _, c := range v.Choices {
		if c.Problem == "" {
			n++
		}
	}
	return n
}

func (v *View) workingTitle() string {
	switch {
	case v.Stage == protocol.HostStageSigning:
		return v.T("window.working.title_signing")
	case v.PIN.Pad:
		return v.T("window.working.title_pad")
	case v.Stage == protocol.HostStageLogin:
		return v.T("window.working.title_login")
	}
	return v.T("window.working.title_sending")
}

func (v *View) failedTitle() string {
	switch v.Problem {
	case protocol.CodeCancelled:
		return v.T("window.failed.title_cancelled")
	case protocol.CodePageGone:
		return v.T("window.failed.title_gone")
	case protocol.CodeHostMissing:
		return v.T("window.failed.title_host")
	case protocol.CodePINLocked:
		return v.T("window.failed.title_locked")
	}
	return v.T("window.failed.title")
}

// status is what changes on a screen without a press of the person.
func (v *View) status() string {
	switch {
	case v.Step == StepDocument && !v.Document.Whole:
		return v.T("window.document.coming", "n", strconv.Itoa(v.Document.Percent/10*10))
	case v.Step == StepDocument:
		return v.T("window.document.here")
	case v.Step == StepWaiting && v.Looking:
		return v.T("window.waiting.title_looking")
	case v.Step == StepWaiting:
		return v.Title
	case v.Step == StepWorking && v.Slow:
		return v.T("window.working.slow")
	case v.Step == StepWorking:
		return v.Title
	}
	return ""
}

// AlertText is the sentence of the present alert.
func (v *View) AlertText() string {
	if v.Alert == AlertConfirm {
		return v.T("window.pin.confirm_missing")
	}
	return v.Error(v.Alert)
}
