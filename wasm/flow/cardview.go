package flow

import "github.com/e-onay/e-onay/internal/protocol"

// ActView is the screen of the window for acts without a document.
type ActView struct {
	View
	Act protocol.PageType // empty until the page has asked
}

// View returns the present screen.
func (c *Card) View() ActView {
	v := ActView{View: c.view(), Act: c.kind}
	v.Purpose = visible(c.purpose)
	v.Unsigned = c.kind != protocol.PageSignHash && c.site == ""
	v.Number, v.Total = v.number()
	v.Title = v.title()
	v.Text, v.Hint = v.text("card.failed.host")
	v.Status = v.status()
	return v
}

// number counts the questions: who, the certificate, and the PIN where there is one.
func (v *ActView) number() (number, total int) {
	total = 3
	if v.Act == protocol.PageCertificates {
		total = 2
	}
	switch v.Step {
	case StepWho:
		number = 1
	case StepWaiting, StepCertificate:
		number = 2
	case StepPIN:
		number = 3
	}
	return number, total
}

// title is the screen's question, its heading and the window's title.
func (v *ActView) title() string {
	switch v.Step {
	case StepWho:
		return v.T("card.who.title." + string(v.Act))
	case StepWaiting:
		return v.waitingTitle()
	case StepCertificate:
		return v.certificateTitle()
	case StepPIN:
		return v.pinTitle()
	case StepWorking:
		return v.workingTitle()
	case StepDone:
		return v.T("card.done.title." + string(v.Act))
	case StepFailed:
		return v.failedTitle("card.failed.title_gone")
	}
	return v.T("window.loading.title")
}

func (v *ActView) waitingTitle() string {
	if v.Waiting == protocol.CodeCardChanged {
		return v.T("card.waiting.title_other")
	}
	return v.View.waitingTitle()
}

func (v *ActView) certificateTitle() string {
	switch v.Act {
	case protocol.PageAuthenticate:
		return v.View.certificateTitle("card.login.")
	case protocol.PageCertificates:
		return v.View.certificateTitle("card.show.")
	}
	return v.View.certificateTitle("window.certificate.")
}

func (v *ActView) workingTitle() string {
	switch {
	case v.Act == protocol.PageCertificates:
		return v.T("card.working.show")
	case v.Stage == protocol.HostStageSigning && v.Act == protocol.PageAuthenticate:
		return v.T("card.working.login")
	case v.Stage == protocol.HostStageSigning:
		return v.T("window.working.title_signing")
	case v.checksPIN():
		return v.pinWorkTitle()
	}
	return v.T("card.working.sending")
}
