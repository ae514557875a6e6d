package sign

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/wire"
)

// HandleInput takes what the person does about documents and signature.
func (a *Act) HandleInput(event loop.Event) {
	switch e := event.(type) {
	case loop.Continue:
		a.advance(e)
	case loop.EndSeen:
		if a.w.Step() == screen.StepDocument {
			a.documents[a.reading].read = true
		}
	case loop.Back:
		a.back()
	case pinentry.Submit:
		a.sign(e)
	}
}

// advance goes on to the next question.
func (a *Act) advance(e loop.Continue) {
	switch a.w.Step() {
	case screen.StepWho:
		a.w.Agree()
		a.reading = 0
		a.w.Show(screen.StepDocument)
	case screen.StepDocument:
		d := &a.documents[a.reading]
		switch {
		case !d.whole() || !d.read:
		case e.Shown != d.shown.String():
			a.w.Fail(fault.ScreenChanged, "")
		case a.reading+1 < len(a.documents):
			a.reading++
			a.w.Show(screen.StepDocument)
		case a.request.Code != "":
			a.w.Show(screen.StepCode)
		default:
			a.w.AllAnswered()
			a.w.Show(a.w.CertificateStep())
		}
	case screen.StepCode:
		a.w.AllAnswered()
		a.w.Show(a.w.CertificateStep())
	case screen.StepCertificate:
		if _, ok := a.w.Choice(); ok {
			a.w.Show(screen.StepPIN)
		}
	}
}

// back returns to the question before.
func (a *Act) back() {
	switch a.w.Step() {
	case screen.StepDocument:
		if a.reading == 0 {
			a.w.Show(screen.StepWho)
			return
		}
		a.reading--
		a.w.Show(screen.StepDocument)
	case screen.StepCode:
		a.w.Show(screen.StepDocument)
	case screen.StepWaiting, screen.StepCertificate:
		if a.request.Code != "" {
			a.w.Show(screen.StepCode)
		} else {
			a.w.Show(screen.StepDocument)
		}
	case screen.StepPIN:
		a.w.Show(a.w.CertificateStep())
	}
}

// sign sends the PIN to the card.
func (a *Act) sign(e pinentry.Submit) {
	body := protocol.HostSignBody{
		Certificate: a.w.Chosen(), Format: a.request.Format, Profile: a.request.Profile,
		Origin: a.w.Origin(), Purpose: a.request.Purpose,
	}
	body.Told, body.KeyTold = a.w.ShownStates()
	for i := range a.documents {
		body.Shown = append(body.Shown, a.documents[i].digest)
	}
	a.w.SubmitPINs(e, protocol.HostSign, body)
}

// HandleHost takes the signatures.
func (a *Act) HandleHost(m protocol.HostEnvelope) error {
	var s protocol.HostSignedBody
	err := wire.Body(m, &s)
	if err != nil {
		return err
	}
	return a.signed(s)
}

// hostDocument hands a whole document to the host.
func (a *Act) hostDocument(i int) {
	d := &a.documents[i]
	a.w.Host().Ask(&hostclient.Request{Kind: protocol.HostDocument, Body: protocol.HostDocumentBody{Document: i, Name: d.info.Name, MediaType: d.info.MediaType, Size: d.info.Size}})
	for offset := 0; offset < len(d.data); offset += protocol.ChunkSize {
		end := min(offset+protocol.ChunkSize, len(d.data))
		a.w.Host().Ask(&hostclient.Request{Kind: protocol.HostChunk, Body: protocol.HostChunkBody{Document: i, Offset: int64(offset), Data: d.data[offset:end]}})
	}
}

// signed takes the signatures, one for each document, and hands them to the page at once: the window
// only says so.
func (a *Act) signed(s protocol.HostSignedBody) error {
	if len(s.Signatures) != len(a.documents) {
		return wire.Invalid("another number of signatures than of documents")
	}
	for _, sig := range s.Signatures {
		if sig.Format != a.request.Format || sig.Profile != a.request.Profile || len(sig.Data) == 0 || len(sig.Data) > protocol.MaxSignature {
			return wire.Invalid("a signature of another kind or size")
		}
	}
	a.w.Post(protocol.PageSigned, protocol.SignResult(s))
	a.w.Finish()
	return nil
}
