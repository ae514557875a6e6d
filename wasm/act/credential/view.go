package credential

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
)

// View is the screen of the window for acts without a document.
type View struct {
	screen.View
	Act protocol.PageType // empty until the page has asked
}

// View returns the present screen.
func (a *Act) View() View {
	v := View{View: a.window.View(), Act: a.kind}
	v.Purpose = plaintext.Visible(a.purpose)
	v.Unsigned = a.kind != protocol.PageSignHash && a.window.SiteName() == ""
	v.Number, v.Total = v.number()
	v.Title = v.title()
	v.Text, v.Hint = v.Explanation("card.failed.host")
	v.Status = v.Announcement()
	return v
}

// number counts the questions: who, the certificate, and the PIN where there is one.
func (v *View) number() (number, total int) {
	total = 3
	if v.Act == protocol.PageCertificates {
		total = 2
	}
	switch v.Step {
	case screen.StepWho:
		number = 1
	case screen.StepWaiting, screen.StepCertificate:
		number = 2
	case screen.StepPIN:
		number = 3
	}
	return number, total
}

// title is the screen's question, its heading and the window's title.
func (v *View) title() string {
	switch v.Step {
	case screen.StepPhrase:
		return v.T("window.phrase.title")
	case screen.StepWho:
		return v.T("card.who.title." + string(v.Act))
	case screen.StepWaiting:
		return v.waitingTitle()
	case screen.StepCertificate:
		return v.certificateTitle()
	case screen.StepPIN:
		return v.PINTitle()
	case screen.StepWorking:
		return v.workingTitle()
	case screen.StepDone:
		return v.T("card.done.title." + string(v.Act))
	case screen.StepFailed:
		return v.FailedTitle("card.failed.title_gone")
	}
	return v.T("window.loading.title")
}

func (v *View) waitingTitle() string {
	if v.Waiting == fault.CardChanged {
		return v.T("card.waiting.title_other")
	}
	return v.View.WaitingTitle()
}

func (v *View) certificateTitle() string {
	switch v.Act {
	case protocol.PageAuthenticate:
		return v.View.CertificateTitle("card.login.")
	case protocol.PageCertificates:
		return v.View.CertificateTitle("card.show.")
	}
	return v.View.CertificateTitle("window.certificate.")
}

func (v *View) workingTitle() string {
	switch {
	case v.Act == protocol.PageCertificates:
		return v.T("card.working.show")
	case v.Stage == protocol.HostStageSigning && v.Act == protocol.PageAuthenticate:
		return v.T("card.working.login")
	case v.Stage == protocol.HostStageSigning:
		return v.T("window.working.title_signing")
	case v.ChecksPIN():
		return v.PINWorkTitle()
	}
	return v.T("card.working.sending")
}
