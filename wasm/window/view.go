package window

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
)

// View returns what every window has on the present screen.
func (w *Window) View() screen.View {
	v := screen.View{
		Language: w.prefs.LanguageFor(pageLanguage(w.language)), Step: w.step, Turn: w.turn, Alerts: w.alerts,
		Origin: w.origin, Embedder: w.embedder, Site: plaintext.Short(w.site), Phrase: plaintext.Visible(w.prefs.Phrase),
		Alert: w.alert, Looking: w.host.InFlight(protocol.HostCertificates), Choices: w.choices, Chosen: w.chosen, ShowPIN: w.showPIN,
		Stage: w.stage, Slow: w.slow, Committed: w.committed, Problem: w.problem, Detail: w.detail, Retriable: w.retriable(), Kept: w.kept,
	}
	v.DescribeObstacle(w.obstacle())
	if w.inventory.CertificatesLeftOut() {
		v.Lacking = fault.CertificatesLeftOut
	}
	v.Card, _ = w.Choice()
	v.PIN, v.KeyPIN, v.OfKey = w.inventory.PIN(v.Card.Token), w.KeyPIN(), w.ofKey
	v.LastTry = pinentry.IsLastAttempt(v.PIN, v.KeyPIN)
	v.Why = v.Error(v.Alert)
	if v.Alert == pinentry.AlertConfirm {
		v.Why = v.T("window.pin.confirm_missing")
	}
	return v
}
