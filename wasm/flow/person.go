package flow

import "github.com/e-onay/e-onay/internal/protocol"

// person takes in what the person does. A press that does not belong to the present step (a second
// press of a button that is gone) does nothing.
func (f *Flow) person(event Event) {
	switch e := event.(type) {
	case Continue:
		f.advance()
	case Back:
		f.back()
	case Cancel:
		f.cancel()
	case Retry:
		f.retry()
	case Close:
		f.leave()
	case Choose:
		f.pick(e.ID)
	case TogglePIN:
		f.showPIN = f.step == StepPIN && !f.showPIN
	case Sign:
		f.sign(e)
	case Touched:
		if f.step == StepDone && !f.kept {
			f.kept = true
			f.do(After{Timer: TimerClose})
		}
	case Speak:
		f.settings.Language = e.Language
		f.do(SaveSettings{Settings{Language: e.Language}})
	case Configure:
		f.do(OpenSettings{})
	}
}

// advance goes on to the next question.
func (f *Flow) advance() {
	switch f.step {
	case StepWho:
		f.agreed = true
		f.post(protocol.PageProgress, protocol.ProgressBody{Stage: protocol.StageAgreed})
		f.reading = 0
		f.show(StepDocument)
	case StepDocument:
		if !f.documents[f.reading].whole() {
			return
		}
		switch {
		case f.reading+1 < len(f.documents):
			f.reading++
			f.show(StepDocument)
		case f.request.Code != "":
			f.show(StepCode)
		default:
			f.examined = true
			f.show(f.certificateStep())
		}
	case StepCode:
		f.examined = true
		f.show(f.certificateStep())
	case StepCertificate:
		if _, ok := f.choice(); ok {
			f.show(StepPIN)
		}
	}
}

// back returns to the question before.
func (f *Flow) back() {
	switch f.step {
	case StepDocument:
		if f.reading == 0 {
			f.show(StepWho)
			return
		}
		f.reading--
		f.show(StepDocument)
	case StepCode:
		f.show(StepDocument)
	case StepWaiting, StepCertificate:
		if f.request.Code != "" {
			f.show(StepCode)
		} else {
			f.show(StepDocument)
		}
	case StepPIN:
		f.show(f.certificateStep())
	}
}

// cancel gives the request up: the page is told, the host gets nothing more, the window goes.
func (f *Flow) cancel() {
	if f.step == StepDone || f.step == StepFailed {
		f.leave()
		return
	}
	f.end(protocol.CodeCancelled)
	f.tell(protocol.CodeCancelled)
	f.do(CloseWindow{})
}

// leave closes the window after its last screen. A problem that the person could have tried again,
// and did not, is now the end.
func (f *Flow) leave() {
	switch f.step {
	case StepFailed:
		f.tell(f.problem)
	case StepDone:
	default:
		return
	}
	f.do(CloseWindow{})
}

// retry tries again after a failure, with a fresh host, or looks for cards again while waiting.
func (f *Flow) retry() {
	switch f.step {
	case StepWaiting, StepCertificate:
		if !f.looking() {
			f.look()
		}
	case StepFailed:
		if !f.retriable() {
			return
		}
		f.problem, f.detail, f.stage = "", "", ""
		f.connectHost()
		f.show(f.resumeAt())
	}
}

// resumeAt is where a second attempt begins: at the card if everything before it was answered.
func (f *Flow) resumeAt() Step {
	switch {
	case !f.asked:
		return StepLoading
	case f.examined:
		return f.certificateStep()
	}
	return StepWho
}

func (f *Flow) pick(id string) {
	if f.step != StepCertificate {
		return
	}
	for _, c := range f.choices {
		if c.ID == id && c.Problem == "" {
			f.chosen = id
		}
	}
}

// sign sends the PIN to the card, once. A PIN that the card would not take is not sent at all: it
// could cost a try.
func (f *Flow) sign(e Sign) {
	token, ok := f.tokens[f.chosenToken()]
	if f.step != StepPIN || !ok {
		clear(e.PIN)
		return
	}
	if code := e.refusal(token.PIN); code != "" {
		clear(e.PIN)
		f.warn(code)
		return
	}
	if token.PIN.Pad {
		clear(e.PIN)
		e.PIN = nil
	}
	f.stage, f.slow = "", false
	f.show(StepWorking)
	f.post(protocol.PageProgress, protocol.ProgressBody{Stage: protocol.StageSigning})
	body := protocol.HostSignBody{Certificate: f.chosen, Format: f.request.Format, Profile: f.request.Profile}
	for i := range f.documents {
		body.Shown = append(body.Shown, f.documents[i].digest)
	}
	f.ask(protocol.HostSign, body, e.PIN)
	if !token.PIN.Pad {
		f.do(After{TimerSlow, slowWait})
	}
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

func (f *Flow) elapsed(t Timer) {
	switch {
	case t == TimerPage && f.asked:
		f.fail(protocol.CodeRequestInvalid, "")
	case t == TimerPage:
		f.fail(protocol.CodePageGone, "")
	case t == TimerHost && f.host.open:
		f.fail(protocol.CodeHostStopped, "")
	case t == TimerSlow:
		f.slow = f.step == StepWorking
	case t == TimerClose && f.step == StepDone && !f.kept:
		f.do(CloseWindow{})
	}
}
