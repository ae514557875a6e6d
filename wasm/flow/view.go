package flow

import (
	"slices"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
)

// View is what every window has on its screen: a snapshot, with every text from outside already made visible.
type View struct {
	Language message.Language
	Step     Step
	// Turn changes with every new screen: start at its top. Alerts changes with every new Alert: go
	// to it.
	Turn, Alerts int
	// Number and Total are "step 2 of 5"; Number is 0 where there is nothing to count.
	Number, Total int
	Title         string
	// Text says more, where the card works or the act has failed; Hint is what to do then.
	Text, Hint string
	// Status is what a screen reader is told without being asked.
	Status string

	Origin Origin
	// Embedder is the address of the page in whose frame the site asks; empty where the site is the page.
	Embedder Origin
	// Site is the name of a site that has signed its request; Unsigned tells that it could have, and has not.
	Site     string
	Unsigned bool
	Phrase   string
	Purpose  string
	Code     string

	Alert   protocol.Code
	Why     string        // Alert's sentence
	Waiting protocol.Code // what is missing; empty while the host looks
	Family  string        // the kind of card that waits for its driver, where the host knows it
	Driver  string        // where to get it
	Looking bool
	Choices []Choice
	Chosen  string

	Card    Choice // the certificate that was chosen
	PIN     protocol.PINState
	ShowPIN bool

	Stage protocol.HostStage
	Slow  bool
	// Committed tells that the card is doing what cannot be called off.
	Committed bool

	Problem   protocol.Code
	Detail    string
	Retriable bool
	Kept      bool
}

// view returns what every window has on the present screen.
func (w *window) view() View {
	v := View{
		Language: w.settings.language(pageLanguage(w.language)), Step: w.step, Turn: w.turn, Alerts: w.alerts,
		Origin: w.origin, Embedder: w.embedder, Site: shown(w.site), Phrase: visible(w.settings.Phrase),
		Alert: w.alert, Waiting: w.obstacle(), Family: w.family(), Looking: w.looking(), Choices: w.choices, Chosen: w.chosen, ShowPIN: w.showPIN,
		Stage: w.stage, Slow: w.slow, Committed: w.committed, Problem: w.problem, Detail: w.detail, Retriable: w.retriable(), Kept: w.kept,
	}
	v.Driver = shown(sentence(v.Language, w.telling().Driver))
	v.Card, _ = w.choice()
	v.PIN = w.tokens[v.Card.Token].PIN
	v.Why = v.Error(v.Alert)
	if v.Alert == AlertConfirm {
		v.Why = v.T("window.pin.confirm_missing")
	}
	return v
}

// T is the sentence of key in the view's language.
func (v *View) T(key string, pairs ...string) string { return message.Text(v.Language, key, pairs...) }

// Error is the sentence of an error code in the view's language.
func (v *View) Error(code protocol.Code) string { return v.T("error." + string(code)) }

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

// certificateTitle asks which certificate it is to be, in the sentences of prefix.
func (v *View) certificateTitle(prefix string) string {
	switch {
	case v.Usable() == 0:
		return v.T(prefix + "title_none")
	case len(v.Choices) == 1:
		return v.T(prefix + "title_one")
	}
	return v.T(prefix + "title")
}

func (v *View) pinTitle() string {
	if v.PIN.Pad {
		return v.T("window.pin.title_pad")
	}
	return v.T("window.pin.title")
}

// checksPIN reports whether the card, or its reader, has come as far as the PIN.
func (v *View) checksPIN() bool { return v.PIN.Pad || v.Stage == protocol.HostStageLogin }

func (v *View) pinWorkTitle() string {
	if v.PIN.Pad {
		return v.T("window.working.title_pad")
	}
	return v.T("window.working.title_login")
}

// failedTitle says what ended the act; gone is the sentence for a page that is no longer there.
func (v *View) failedTitle(gone string) string {
	switch v.Problem {
	case protocol.CodeCancelled:
		return v.T("window.failed.title_cancelled")
	case protocol.CodePageGone:
		return v.T(gone)
	case protocol.CodeHostMissing:
		return v.T("window.failed.title_host")
	case protocol.CodePINLocked:
		return v.T("window.failed.title_locked")
	}
	return v.T("window.failed.title")
}

// text is what a screen says below its heading; host is the sentence for whoever lacks the program.
func (v *View) text(host string) (text, hint string) {
	switch {
	case v.Step == StepWorking && v.Slow:
		return v.T("window.working.slow"), ""
	case v.Step == StepWorking:
		return v.T("window.working.text"), ""
	case v.Step == StepFailed && v.Problem == protocol.CodeCancelled:
		return v.T("window.failed.cancelled"), ""
	case v.Step == StepFailed && v.Problem == protocol.CodeHostMissing:
		return v.Error(v.Problem), v.T(host)
	case v.Step == StepFailed:
		return v.Error(v.Problem), ""
	}
	return "", ""
}

// status is what changes on a screen without a press of the person.
func (v *View) status() string {
	switch {
	case v.Step == StepWaiting && v.Looking:
		return v.T("window.waiting.title_looking")
	case v.Step == StepWaiting, v.Step == StepWorking && !v.Slow:
		return v.Title
	case v.Step == StepWorking:
		return v.Text
	}
	return ""
}

// Encoded reports whether an address on the screen is shown encoded.
func (v *View) Encoded() bool { return v.Origin.Encoded || v.Embedder.Encoded }

// Settable reports whether it is the person's settings that stand in the way.
func (v *View) Settable() bool {
	switch v.Step {
	case StepCertificate:
		return v.Usable() == 0 && slices.ContainsFunc(v.Choices, func(c Choice) bool { return c.Problem == protocol.CodeLoginOff })
	case StepFailed:
		return v.Problem == protocol.CodeLoginOff || v.Problem == protocol.CodeHashOff
	}
	return false
}

// Usable is how many certificates can be chosen.
func (v *View) Usable() int {
	n := 0
	for _, c := range v.Choices {
		if c.Problem == "" {
			n++
		}
	}
	return n
}
