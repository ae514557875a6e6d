package flow

import (
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
)

// ResetView is the screen of the window in which a card gets a new PIN.
type ResetView struct {
	View
	Phase    Phase
	HasPIN   bool   // the card's present PIN works, and is asked for
	PUK      string // the state of its PUK
	Field    string // the id of the field that Alert is about
	Strength Strength
	Told     bool // the page knows the end
}

// View returns the present screen.
func (r *Reset) View() ResetView {
	v := ResetView{View: r.view(), Phase: r.phase, Field: r.field, Strength: r.strength, Told: r.told}
	v.Purpose, v.Code = visible(r.request.Purpose), r.request.Code
	if t, ok := r.tokens[v.Card.Token]; ok {
		v.HasPIN, v.PUK = hasPIN(t.PIN), t.PUK
	}
	v.Choices = r.noted(v.Language)
	v.Number, v.Total = v.number(), 4
	v.Title = v.title()
	v.Text, v.Hint = v.text(r.spent, r.final)
	v.Why = v.why()
	v.Status = v.status()
	return v
}

// noted are the choices, each with what is known of its card's PIN.
func (r *Reset) noted(l message.Language) []Choice {
	noted := make([]Choice, len(r.choices))
	for i, c := range r.choices {
		noted[i] = c
		switch state := r.tokens[c.Token].PIN.State; {
		case c.Problem != "":
		case state == protocol.PINLocked, state == protocol.PINUnset:
			noted[i].Note = message.Text(l, "pin.card."+state)
		default:
			noted[i].Note = message.Text(l, "pin.card.ready")
		}
	}
	return noted
}

func (v *ResetView) number() int {
	switch v.Step {
	case StepWho:
		return 1
	case StepCode:
		return 2
	case StepWaiting, StepCertificate:
		return 3
	case StepPIN:
		return 4
	}
	return 0
}

func (v *ResetView) title() string {
	switch v.Step {
	case StepWho:
		return v.T("pin.who.title")
	case StepCode:
		return v.T("window.code.title")
	case StepWaiting:
		return v.waitingTitle()
	case StepCertificate:
		return v.certificateTitle("pin.card.")
	case StepPIN:
		if v.PIN.Pad {
			return v.T("pin.new.title_pad")
		}
		return v.T("pin.new.title")
	case StepWorking:
		return v.workingTitle()
	case StepDone:
		return v.T("pin.done.title")
	case StepFailed:
		return v.failedTitle()
	}
	return v.T("window.loading.title")
}

func (v *ResetView) workingTitle() string {
	switch {
	case v.Phase == PhaseAsk:
		return v.T("pin.working.title_ask")
	case v.Phase == PhaseSet && v.PIN.Pad:
		return v.T("newpin.working.title_pad")
	case v.Phase == PhaseSet:
		return v.T("newpin.working.title")
	case v.HasPIN && v.PIN.Pad:
		return v.T("window.working.title_pad")
	case v.HasPIN && v.Stage == protocol.HostStageLogin:
		return v.T("window.working.title_login")
	}
	return v.T("pin.working.title_claim")
}

func (v *ResetView) failedTitle() string {
	if v.unsure() {
		return v.T("pin.failed.title_unsure")
	}
	if v.Problem == protocol.CodePUKLocked {
		return v.T("pin.failed.title_lost")
	}
	return v.View.failedTitle("pin.failed.title_gone")
}

// unsure reports whether the act has failed at the card, and nobody knows how far it came.
func (v *ResetView) unsure() bool {
	return v.Step == StepFailed && v.Phase == PhaseSet && protocol.Unsure(v.Problem)
}

// text is what a screen says below its heading, and what the person can do then.
func (v *ResetView) text(spent, final bool) (text, hint string) {
	switch {
	case v.Step == StepWorking && v.Slow:
		return v.T("pin.slow." + string(v.Phase)), ""
	case v.Step == StepWorking && v.Phase == PhaseSet:
		return v.T("newpin.working"), ""
	case v.Step == StepWorking:
		return v.T("pin.working." + string(v.Phase)), ""
	case v.Step == StepDone && v.Told:
		return v.T("pin.done.text"), ""
	case v.Step == StepDone:
		return v.T("pin.done.untold"), ""
	case v.Step != StepFailed:
		return "", ""
	case v.unsure() && v.Problem == protocol.CodeCancelled: // whose own sentence says that nothing has changed
		return v.T("pin.failed.silent"), v.T("pin.failed.unsure")
	case v.unsure() && v.Problem == protocol.CodeDeviceUnavailable: // … that nothing was done
		return v.T("pin.failed.unsigned"), v.T("pin.failed.unsure")
	case v.unsure():
		return v.sentence(v.Problem), v.T("pin.failed.unsure")
	case v.Problem == protocol.CodeHostMissing:
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

func refusedPUK(code protocol.Code) bool {
	return code == protocol.CodePUKIncorrect || code == protocol.CodePUKLastTry || code == protocol.CodePUKLocked
}

// sentence is an error's in this window: its own where the common one speaks of signatures, or of a PUK that the
// person does not have.
func (v *ResetView) sentence(code protocol.Code) string {
	own := "pin.error." + string(code)
	if text := v.T(own); text != own {
		return text
	}
	return v.Error(code)
}

func (v *ResetView) why() string {
	switch v.Alert {
	case AlertConfirm:
		return v.View.Why
	case AlertAgain:
		return v.T("newpin.different")
	case AlertBlocked:
		return v.T("pin.alert.blocked")
	}
	return v.sentence(v.Alert)
}

// status is what changes on a screen without a press of the person.
func (v *ResetView) status() string {
	if v.Step == StepPIN {
		return v.Strength.Text(v.Language)
	}
	return v.View.status()
}
