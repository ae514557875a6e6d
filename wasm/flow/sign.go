package flow

import "github.com/e-onay/e-onay/internal/protocol"

// does takes in what the person does about documents and signature.
func (f *Flow) does(event Event) {
	switch e := event.(type) {
	case Continue:
		f.advance()
	case Back:
		f.back()
	case Sign:
		f.sign(e)
	}
}

// advance goes on to the next question.
func (f *Flow) advance() {
	switch f.step {
	case StepWho:
		f.agree()
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

// sign sends the PIN to the card.
func (f *Flow) sign(e Sign) {
	body := protocol.HostSignBody{
		Certificate: f.chosen, Format: f.request.Format, Profile: f.request.Profile,
		Origin: f.stored.Origin, Purpose: f.request.Purpose,
	}
	for i := range f.documents {
		body.Shown = append(body.Shown, f.documents[i].digest)
	}
	f.submitPIN(e, protocol.HostSign, body)
}

// hostSays takes the signatures.
func (f *Flow) hostSays(m protocol.HostEnvelope) error {
	var s protocol.HostSignedBody
	err := body(m, &s)
	if err != nil {
		return err
	}
	return f.signed(s)
}

// hostDocument hands a whole document to the host.
func (f *Flow) hostDocument(i int) {
	d := &f.documents[i]
	f.ask(&hostRequest{kind: protocol.HostDocument, body: protocol.HostDocumentBody{Document: i, Name: d.info.Name, MediaType: d.info.MediaType, Size: d.info.Size}})
	for offset := 0; offset < len(d.data); offset += protocol.ChunkSize {
		end := min(offset+protocol.ChunkSize, len(d.data))
		f.ask(&hostRequest{kind: protocol.HostChunk, body: protocol.HostChunkBody{Document: i, Offset: int64(offset), Data: d.data[offset:end]}})
	}
}

// signed takes the signatures, one for each document, and hands them to the page at once: the window
// only says so.
func (f *Flow) signed(s protocol.HostSignedBody) error {
	if len(s.Signatures) != len(f.documents) {
		return invalid("another number of signatures than of documents")
	}
	for _, sig := range s.Signatures {
		if sig.Format != f.request.Format || sig.Profile != f.request.Profile || len(sig.Data) == 0 || len(sig.Data) > protocol.MaxSignature {
			return invalid("a signature of another kind or size")
		}
	}
	f.post(protocol.PageSigned, protocol.SignResult{Signatures: s.Signatures})
	f.done()
	return nil
}
