package sign

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/screen"
)

// HandleInput takes what the person does with documents and signature.
func (a *Act) HandleInput(event loop.Event) {
	if a.window.Step() == screen.StepList {
		a.handleList(event)
	}
	switch e := event.(type) {
	case loop.Continue:
		a.forgetSearch()
		a.advance(e)
	case loop.EndSeen:
		a.noteEndSeen()
	case loop.PagesShaped, loop.Inspected, loop.PartRead, loop.Found, loop.Unreadable:
		a.handleViewer(e)
	case loop.Left:
		a.handleLeft(e.Part)
	case loop.Confirm:
		a.confirm(e.OK)
	case loop.Find:
		a.find(e)
	case loop.Save:
		a.saveCopy()
	case loop.KeepPart:
		a.savePart(e.Number)
	case loop.OpenPart:
		a.openPart(e.Number)
	case loop.Back:
		a.forgetSearch()
		a.back()
	case pinentry.Submit:
		a.sign(e)
	}
}

// advance goes on to the next question.
func (a *Act) advance(e loop.Continue) {
	switch a.window.Step() {
	case screen.StepWho:
		a.window.Agree()
		a.showDocuments()
	case screen.StepList:
		if a.isListAnswered() {
			a.passDocuments()
		}
	case screen.StepDocument:
		d := &a.documents[a.reading]
		switch {
		case d.opened != nil:
			a.closePart(e.Shown)
		case a.hasList():
			a.leaveDocument(e.Shown)
		case !d.isWhole() || !d.isRead():
		case !d.standsAs(e.Shown):
			a.window.Fail(fault.ScreenChanged, "")
		case a.reading+1 < len(a.documents):
			a.open(a.reading + 1)
		default:
			a.passDocuments()
		}
	case screen.StepCode:
		a.window.ReachCard()
		a.window.Show(a.window.CertificateStep())
	case screen.StepCertificate:
		if _, ok := a.window.Choice(); !ok {
			return
		}
		if a.mayBeSeen() {
			a.showStamp()
		} else {
			a.window.Show(screen.StepPIN)
		}
	case screen.StepStamp:
		switch {
		case !a.stamp.isDrawn:
		case !a.stampStands(e.Shown):
			a.window.Fail(fault.ScreenChanged, "")
		default:
			a.window.Show(screen.StepPIN)
		}
	}
}

// passDocuments goes on from the documents.
func (a *Act) passDocuments() {
	if a.request.Code != "" {
		a.window.Show(screen.StepCode)
		return
	}
	a.window.ReachCard()
	a.window.Show(a.window.CertificateStep())
}

// back returns to the question before.
func (a *Act) back() {
	switch a.window.Step() {
	case screen.StepList:
		a.window.Show(screen.StepWho)
	case screen.StepDocument:
		switch {
		case a.documents[a.reading].opened != nil:
			a.closePart(nil)
		case a.hasList():
			a.leaveDocument(nil)
		case a.reading == 0:
			a.window.Show(screen.StepWho)
		default:
			a.open(a.reading - 1)
		}
	case screen.StepCode:
		a.window.Show(a.documentStep())
	case screen.StepWaiting, screen.StepCertificate:
		if a.request.Code != "" {
			a.window.Show(screen.StepCode)
		} else {
			a.window.Show(a.documentStep())
		}
	case screen.StepStamp:
		a.window.Show(a.window.CertificateStep())
	case screen.StepPIN:
		if a.stamp.shown != nil {
			a.showStamp()
		} else {
			a.window.Show(a.window.CertificateStep())
		}
	}
}

// documentStep is the last question about the documents.
func (a *Act) documentStep() screen.Step {
	if a.hasList() {
		return screen.StepList
	}
	return screen.StepDocument
}

// sign sends the PIN to the card, with the digests of the documents that were shown: the host signs no other.
func (a *Act) sign(e pinentry.Submit) {
	body := protocol.HostSignBody{
		Certificate: a.window.Chosen(), SignatureOptions: a.request.SignatureOptions,
		Origin: a.window.Origin(), Purpose: a.request.Purpose,
	}
	body.Told, body.KeyTold = a.window.PINStates()
	for i := range a.documents {
		body.Shown = append(body.Shown, a.documents[i].digest)
	}
	a.delivery = delivery{whole: make([]bool, len(a.files()))}
	a.window.SubmitPINs(e, &hostclient.Request{Kind: protocol.HostSign, Body: body, Ready: a.isHandedOver})
}

// open puts a document on the screen. What cannot be shown ends the request.
func (a *Act) open(i int) {
	if err := a.present(i); err != nil {
		a.window.Fail(fault.CodeOf(err), "")
	}
}

// files are which documents each signature covers, by their places.
func (a *Act) files() [][]int { return a.request.Files(len(a.documents)) }
