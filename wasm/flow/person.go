package flow

import (
	"strings"

	"github.com/e-onay/e-onay/internal/protocol"
)

// person takes in what the person does. A press that does not belong to the present step (a second
// press of a button that is gone) does nothing.
func (w *window) person(event Event) {
	switch e := event.(type) {
	case Cancel:
		w.cancel()
	case Retry:
		w.retry()
	case Close:
		w.leave()
	case Choose:
		w.pick(e.ID)
	case TogglePIN:
		w.showPIN = w.step == StepPIN && !w.showPIN
	case Touched:
		if w.step == StepDone && !w.kept {
			w.kept = true
			w.do(After{Timer: TimerClose})
		}
	case Speak:
		w.settings.Language = e.Language
		w.do(SaveSettings{Settings{Language: e.Language}})
	case Configure:
		w.do(OpenSettings{})
	default:
		w.act.does(event)
	}
}

// cancel gives the request up: the page is told, the host gets nothing more, the window goes.
// What the card must finish cannot be given up.
func (w *window) cancel() {
	if w.step == StepDone || w.step == StepFailed {
		w.leave()
		return
	}
	if w.committed {
		return
	}
	w.end(protocol.CodeCancelled)
	w.tell(protocol.CodeCancelled)
	w.do(CloseWindow{})
}

// leave closes the window after its last screen. A problem that the person could have tried again,
// and did not, is now the end.
func (w *window) leave() {
	switch w.step {
	case StepFailed:
		w.tell(w.problem)
	case StepDone:
	default:
		return
	}
	w.do(CloseWindow{})
}

// retry tries again after a failure, with a fresh host, or looks for cards again while waiting.
func (w *window) retry() {
	switch w.step {
	case StepWaiting, StepCertificate:
		if !w.looking() {
			w.look()
		}
	case StepFailed:
		if !w.retriable() {
			return
		}
		w.problem, w.detail, w.stage = "", "", ""
		w.connectHost()
		w.show(w.act.resume())
	}
}

func (w *window) pick(id string) {
	if w.step != StepCertificate {
		return
	}
	for _, c := range w.choices {
		if c.ID == id && c.Problem == "" {
			w.chosen = id
		}
	}
}

// KnowsLastTry reports whether somebody who was asked for the words before a last try has typed them, in either
// language and in whatever case.
func KnowsLastTry(typed string) bool {
	words := strings.ToLower(strings.Join(strings.Fields(typed), " "))
	return words == "son hak" || words == "last try"
}

// AlertConfirm is the alert of a last try that was not confirmed. It is not an error code: it never
// leaves the window.
const AlertConfirm protocol.Code = "confirm"

// refusal returns why a PIN is not sent, or nothing.
func (e Sign) refusal(state protocol.PINState) protocol.Code {
	if state.State == protocol.PINFinal && !e.Confirmed {
		return AlertConfirm
	}
	if state.Pad {
		return ""
	}
	return state.Refuse(e.PIN)
}
