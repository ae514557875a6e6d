package window

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/preferences"
	"github.com/e-onay/e-onay/wasm/screen"
)

// handleInput takes what the person does. A press that does not belong to the present step, such as a second press of a
// button that is gone, does nothing.
func (w *Window) handleInput(event loop.Event) {
	switch e := event.(type) {
	case loop.Cancel:
		w.cancel()
	case loop.Retry:
		w.retry()
	case loop.Close:
		w.closeLastScreen()
	case loop.Choose:
		w.choose(e.ID)
	case loop.TogglePIN:
		w.showPIN = w.step == screen.StepPIN && !w.showPIN
	case loop.Touched:
		if w.step == screen.StepDone && !w.staysOpen {
			w.staysOpen = true
			w.do(loop.SetTimer{Timer: loop.TimerClose})
		}
	case loop.ChooseLanguage:
		w.prefs.Language = e.Language
		w.do(loop.SavePreferences{Preferences: preferences.Preferences{Language: e.Language}})
	case loop.Configure:
		w.openSettings()
	default:
		w.act.HandleInput(event)
	}
}

// openSettings opens the settings, filled in for this site where it was refused a hash.
func (w *Window) openSettings() {
	open := loop.OpenSettings{}
	if w.step == screen.StepFailed && w.problem == fault.HashOff {
		open.Allow = w.stored.Origin
	}
	w.do(open)
}

// cancel ends the request: the page is told, the host is ended, the window closes. What the card must finish cannot be
// cancelled. Of several signatures those that are made already still reach the page, unless the person cancels once more.
func (w *Window) cancel() {
	if w.step == screen.StepDone || w.step == screen.StepFailed {
		w.closeLastScreen()
		return
	}
	if w.committed {
		return
	}
	if w.leaving && !w.stopping {
		w.stopping = true
		w.host.Cancel(protocol.HostSign)
		w.do(loop.SetTimer{Timer: loop.TimerHost, Wait: stopWait})
		return
	}
	w.showEnd(fault.Cancelled)
	w.tellPage(fault.Cancelled)
	w.do(loop.CloseWindow{})
}

// closeLastScreen closes the window after its last screen. Where the person could have tried again, the page is told the
// problem now.
func (w *Window) closeLastScreen() {
	switch w.step {
	case screen.StepFailed:
		w.tellPage(w.problem)
	case screen.StepDone:
	default:
		return
	}
	w.do(loop.CloseWindow{})
}

// retry makes a second attempt after a failure, with another host, or lists the cards again while waiting.
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

func (w *Window) choose(id string) {
	if w.step != screen.StepCertificate {
		return
	}
	for _, c := range w.choices {
		if c.ID == id && c.Problem == "" {
			w.chosen = id
		}
	}
}
