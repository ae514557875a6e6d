package window

import (
	"cmp"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
)

// View returns what every window has on the present screen.
func (w *Window) View() screen.View {
	v := screen.View{
		Step: w.step, Turn: w.turn, Alerts: w.alerts,
		Origin: w.origin, Embedder: w.embedder, Site: plaintext.Short(w.site), Phrase: plaintext.Visible(w.prefs.Phrase),
		Looking: w.host.InFlight(protocol.HostCertificates), Choices: w.choices, Chosen: w.chosen, ShowPIN: w.showPIN,
		Stage: w.stage, Signed: w.done, ToSign: w.total, SecondsLeft: w.left, Slow: w.slow, Committed: w.committed, Problem: w.problem, Detail: w.detail, Retriable: w.retriable(), StaysOpen: w.staysOpen,
	}
	v.Language = w.prefs.LanguageFor(cmp.Or(w.policy.Language, pageLanguage(w.language)))
	if w.step == screen.StepFailed && screen.NeedsInstallation(w.problem) {
		v.Install = w.parts.Way(w.installURL, w.stored.Origin)
		v.Versions = w.parts.Versions(v.Sentences, w.hostVersion)
		v.Sandbox = w.parts.Sandbox(v.Sentences, w.problem)
	}
	v.DescribeObstacle(w.obstacle())
	if w.inventory.CertificatesLeftOut() {
		v.LeftOut = fault.CertificatesLeftOut
	}
	v.Certificate, _ = w.Choice()
	v.PIN, v.KeyPIN = w.inventory.PIN(v.Certificate.Token), w.KeyPIN()
	v.Alert = screen.Alert{Sentences: v.Sentences, Code: w.alert, Text: v.Error(w.alert), Field: w.alertField(v.PIN)}
	if w.alert == pinentry.AlertConfirm {
		v.Alert.Text = v.T("window.pin.confirm_missing")
	}
	if pinentry.IsLastAttempt(v.PIN, v.KeyPIN) {
		v.LastAttempt = &screen.LastAttempt{Sentences: v.Sentences, Question: v.T("window.pin.confirm"), Wrong: w.alert == pinentry.AlertConfirm}
	}
	return v
}

// alertField is the id of the field that the alert is about; empty where the alert is about no field, or the PIN is typed
// on the reader.
func (w *Window) alertField(pin protocol.PINState) string {
	switch {
	case w.alert == "", w.step != screen.StepPIN:
		return ""
	case w.alert == pinentry.AlertConfirm:
		return "confirm"
	case pin.Pad:
		return ""
	case w.ofKey:
		return "keypin"
	}
	return "pin"
}
