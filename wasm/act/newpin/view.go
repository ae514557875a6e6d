package newpin

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
)

// View is the screen of the window in which a card gets a new PIN.
type View struct {
	screen.View
	Phase    Phase
	HasPIN   bool   // the card's present PIN works, and is asked for
	PUK      string // the state of its PUK
	Strength pinentry.Strength
	Told     bool // the page knows the end
}

// View returns the present screen.
func (a *Act) View() View {
	v := View{View: a.window.View(), Phase: a.phase, Strength: a.strength, Told: a.pageTold}
	v.Purpose, v.Code = plaintext.Visible(a.request.Purpose), a.request.Code
	if t := a.window.Inventory().Token(v.Certificate.Token); t != nil {
		v.HasPIN, v.PUK = pinentry.HasPIN(t.PIN), t.PUK
	}
	if !v.HasPIN {
		v.LastAttempt = nil
	}
	v.Choices = a.choicesWithPINState(v.Language)
	v.Number, v.Total = v.number(), 4
	v.Title = v.title()
	v.Text, v.Hint = v.text(a.released, a.window.Final())
	v.Alert.Text, v.Alert.Field = v.alertText(), ""
	if v.Step == screen.StepPIN && v.Alert.Code != "" {
		v.Alert.Field = a.field
	}
	v.Status = v.status()
	return v
}

// choicesWithPINState are the choices, each with a note on its card's PIN.
func (a *Act) choicesWithPINState(l message.Language) []screen.Choice {
	noted := make([]screen.Choice, len(a.window.Choices()))
	for i, c := range a.window.Choices() {
		noted[i] = c
		switch state := a.window.Inventory().PIN(c.Token).State; {
		case c.Problem != "":
		case state == protocol.PINLocked, state == protocol.PINUnset:
			noted[i].Note = message.Text(l, "pin.card."+state)
		default:
			noted[i].Note = message.Text(l, "pin.card.ready")
		}
	}
	return noted
}

func (v *View) number() int {
	switch v.Step {
	case screen.StepWho:
		return 1
	case screen.StepCode:
		return 2
	case screen.StepWaiting, screen.StepCertificate:
		return 3
	case screen.StepPIN:
		return 4
	}
	return 0
}

func (v *View) title() string {
	switch v.Step {
	case screen.StepPhrase:
		return v.T("window.phrase.title")
	case screen.StepWho:
		return v.T("pin.who.title")
	case screen.StepCode:
		return v.T("window.code.title")
	case screen.StepWaiting:
		return v.WaitingTitle()
	case screen.StepCertificate:
		return v.CertificateTitle("pin.card.")
	case screen.StepPIN:
		if v.PIN.Pad {
			return v.T("pin.new.title_pad")
		}
		return v.T("pin.new.title")
	case screen.StepWorking:
		return v.workingTitle()
	case screen.StepDone:
		return v.T("pin.done.title")
	case screen.StepFailed:
		return v.failedTitle()
	}
	return v.T("window.loading.title")
}

func (v *View) workingTitle() string {
	switch {
	case v.Phase == PhaseAsk:
		return v.T("pin.working.title_ask")
	case v.Phase == PhaseSet && v.PIN.Pad:
		return v.T("newpin.working.title_pad")
	case v.Phase == PhaseSet:
		return v.T("newpin.working.title")
	case v.HasPIN && v.Stage == protocol.HostStageAgain:
		return v.T("window.working.title_again")
	case v.HasPIN && v.PIN.Pad:
		return v.T("window.working.title_pad")
	case v.HasPIN && v.Stage == protocol.HostStageLogin:
		return v.T("window.working.title_login")
	}
	return v.T("pin.working.title_claim")
}

func (v *View) failedTitle() string {
	if v.unsure() {
		return v.T("pin.failed.title_unsure")
	}
	if v.Problem == fault.PUKLocked {
		return v.T("pin.failed.title_lost")
	}
	return v.View.FailedTitle("pin.failed.title_gone")
}

// unsure reports whether the act has failed at the card, which may have its new PIN or not.
func (v *View) unsure() bool {
	return v.Step == screen.StepFailed && v.Phase == PhaseSet && protocol.Unsure(v.Problem)
}

// text is what a screen says below its heading, and what the person can do then.
func (v *View) text(spent, final bool) (text, hint string) {
	switch {
	case v.Step == screen.StepWorking && v.Slow:
		return v.T("pin.slow." + string(v.Phase)), ""
	case v.Step == screen.StepWorking && v.Phase == PhaseSet:
		return v.T("newpin.working"), ""
	case v.Step == screen.StepWorking:
		return v.T("pin.working." + string(v.Phase)), ""
	case v.Step == screen.StepDone && v.Told:
		return v.T("pin.done.text"), ""
	case v.Step == screen.StepDone:
		return v.T("pin.done.untold"), ""
	case v.Step != screen.StepFailed:
		return "", ""
	case v.unsure() && v.Problem == fault.Cancelled: // whose own sentence says that nothing has changed
		return v.T("pin.failed.silent"), v.T("pin.failed.unsure")
	case v.unsure() && v.Problem == fault.DeviceUnavailable: // … that the act was not completed
		return v.T("pin.failed.unsigned"), v.T("pin.failed.unsure")
	case v.unsure():
		return v.sentence(v.Problem), v.T("pin.failed.unsure")
	case v.Problem == fault.HostMissing && v.Install.URL != "":
		return v.sentence(v.Problem), v.T("window.failed.install")
	case v.Problem == fault.HostMissing:
		return v.sentence(v.Problem), v.T("pin.failed.host")
	case spent && refusedPUK(v.Problem): // another code would not help
		return v.sentence(v.Problem), v.T("pin.failed.used")
	case spent:
		return v.sentence(v.Problem), v.T("pin.failed.spent")
	case final:
		return v.sentence(v.Problem), v.T("pin.failed.again")
	}
	return v.sentence(v.Problem), ""
}

func refusedPUK(code fault.Code) bool {
	return code == fault.PUKIncorrect || code == fault.PUKLastTry || code == fault.PUKLocked
}

// sentence is an error's in this window: its own where the common one speaks of signatures, or of a PUK that the
// person does not have.
func (v *View) sentence(code fault.Code) string {
	own := "pin.error." + string(code)
	if text := v.T(own); text != own {
		return text
	}
	return v.Error(code)
}

func (v *View) alertText() string {
	switch v.Alert.Code {
	case pinentry.AlertConfirm:
		return v.Alert.Text
	case pinentry.AlertAgain:
		return v.T("newpin.different")
	case AlertBlocked:
		return v.T("pin.alert.blocked")
	}
	return v.sentence(v.Alert.Code)
}

// status is what changes on a screen without a press of the person.
func (v *View) status() string {
	if v.Step == screen.StepPIN {
		return v.Strength.Text(v.Language)
	}
	return v.View.Announcement()
}
