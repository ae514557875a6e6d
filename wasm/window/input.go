package window

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/preferences"
	"github.com/e-onay/e-onay/wasm/screen"
)

// person takes in what the person does. A press that does not belong to the present step (a second
// press of a button that is gone) does nothing.
func (w *Window) person(event loop.Event) {
	switch e := event.(type) {
	case loop.Cancel:
		w.cancel()
	case loop.Retry:
		w.retry()
	case loop.Close:
		w.leave()
	case loop.Choose:
		w.pick(e.ID)
	case loop.TogglePIN:
		w.showPIN = w.step == screen.StepPIN && !w.showPIN
	case loop.Touched:
		if w.step == screen.StepDone && !w.kept {
			w.kept = true
			w.do(loop.After{Timer: loop.TimerClose})
		}
	case loop.Speak:
		w.prefs.Language = e.Language
		w.do(loop.SavePreferences{Preferences: preferences.Preferences{Language: e.Language}})
	case loop.Configure:
		w.configure()
	default:
		w.act.HandleInput(event)
	}
}

// configure opens the settings, for this site where it was refused a hash.
func (w *Window) configure() {
	open := loop.OpenSettings{}
	if w.step == screen.StepFailed && w.problem == fault.HashOff {
		open.Allow = w.stored.Origin
	}
	w.do(open)
}

// cancel gives the request up: the page is told, the host gets nothing more, the window goes.
// What the card must finish cannot be given up.
func (w *Window) cancel() {
	if w.step == screen.StepDone || w.step == screen.StepFailed {
		w.leave()
		return
	}
	if w.committed {
		return
	}
	w.end(fault.Cancelled)
	w.tell(fault.Cancelled)
	w.do(loop.CloseWindow{})
}

// leave closes the window after its last screen. A problem that the person could have tried again,
// and did not, is now the end.
func (w *Window) leave() {
	switch w.step {
	case screen.StepFailed:
		w.tell(w.problem)
	case screen.StepDone:
	default:
		return
	}
	w.do(loop.CloseWindow{})
}

// retry tries again after a failure, with a fresh host, or looks for cards again while waiting.
func (w *Window) retry() {
	switch w.step {
	case screen.StepWaiting, screen.StepCertificate:
		if !w.host.InFlight(protocol.HostCertificates) {
			w.host.List()
		}
	case screen.StepFailed:
		if !w.retriable() {
			return
		}
		w.problem, w.detail, w.stage = "", "", ""
		w.connectHost()
		w.Show(w.act.Resume())
	}
}

func (w *Window) pick(id string) {
	if w.step != screen.StepCertificate {
		return
	}
	for _, c := range w.choices {
		if c.ID == id && c.Problem == "" {
			w.chosen = id
		}
	}
}
