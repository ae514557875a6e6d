package flow

import (
	"slices"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
)

// hostLine is the conversation with the host: one request at a time, the others wait in order. Only
// a cancel may overtake.
type hostLine struct {
	open    bool
	version string // once it has welcomed us
	// statusDue is true while the page waits to hear whether the host is there.
	statusDue bool

	next  uint32
	asked *hostRequest
	queue []*hostRequest
}

type hostRequest struct {
	id   uint32
	kind protocol.HostType
	body any
	pin  []byte
	old  []byte
	new  []byte
}

func (f *Flow) connectHost() {
	f.host = hostLine{open: true}
	f.listed, f.choices, f.tokens, f.findings = false, nil, nil, nil
	f.do(ConnectHost{})
	f.ask(protocol.HostHello, protocol.Hello{Protocol: protocol.Version}, nil)
	f.ask(protocol.HostCertificates, nil, nil)
	for i := range f.documents {
		if f.documents[i].whole() {
			f.hostDocument(i)
		}
	}
}

// dropHost ends the host, whatever it is doing. A signature that is being made is called off first,
// so that the host can stop the card in an orderly way.
func (f *Flow) dropHost() {
	for _, r := range f.host.queue {
		clear(r.pin)
	}
	if !f.host.open {
		return
	}
	if r := f.host.asked; r != nil && r.kind == protocol.HostSign {
		f.host.next++
		f.do(PostHost{Envelope: protocol.HostEnvelope{ID: f.host.next, Type: protocol.HostCancel, Body: encode(protocol.HostCancelBody{Request: r.id})}})
	}
	due := f.host.statusDue
	f.host = hostLine{}
	if due {
		f.tellStatus()
	}
	f.do(After{Timer: TimerHost})
	f.do(After{Timer: TimerSlow})
	f.do(DropHost{})
}

func (f *Flow) ask(kind protocol.HostType, body any, pin []byte) {
	f.host.queue = append(f.host.queue, &hostRequest{kind: kind, body: body, pin: pin})
	f.askNext()
}

// askNext posts the next request when none is under way.
func (f *Flow) askNext() {
	h := &f.host
	if h.asked != nil || len(h.queue) == 0 {
		return
	}
	r := h.queue[0]
	h.queue = h.queue[1:]
	h.next++
	r.id = h.next
	h.asked = r
	f.do(PostHost{Envelope: protocol.HostEnvelope{ID: r.id, Type: r.kind, Body: encode(r.body)}, PIN: r.pin})
	r.pin = nil
	f.do(After{TimerHost, waitFor(r.kind)})
}

func waitFor(kind protocol.HostType) int {
	switch kind {
	case protocol.HostCertificates:
		return listWait
	case protocol.HostSign, protocol.HostChangePIN, protocol.HostSelfTest, protocol.HostDiagnose, protocol.HostAddModule:
		return signWait
	}
	return hostWait
}

// hostDocument hands a whole document to the host.
func (f *Flow) hostDocument(i int) {
	d := &f.documents[i]
	f.ask(protocol.HostDocument, protocol.HostDocumentBody{Document: i, Name: d.info.Name, MediaType: d.info.MediaType, Size: d.info.Size}, nil)
	for offset := 0; offset < len(d.data); offset += protocol.ChunkSize {
		end := min(offset+protocol.ChunkSize, len(d.data))
		f.ask(protocol.HostChunk, protocol.HostChunkBody{Document: i, Offset: int64(offset), Data: d.data[offset:end]}, nil)
	}
}

// look asks for the certificates, unless that is waiting already.
func (f *Flow) look() {
	for _, r := range f.host.queue {
		if r.kind == protocol.HostCertificates {
			return
		}
	}
	f.ask(protocol.HostCertificates, nil, nil)
}

// looking reports whether a list of certificates is on its way.
func (f *Flow) looking() bool {
	if r := f.host.asked; r != nil && r.kind == protocol.HostCertificates {
		return true
	}
	for _, r := range f.host.queue {
		if r.kind == protocol.HostCertificates {
			return true
		}
	}
	return false
}

// hostMessage takes a message of the host: the answer to what was asked, or an event.
func (f *Flow) hostMessage(raw []byte) {
	if !f.host.open {
		return
	}
	var m protocol.HostEnvelope
	err := decode(raw, &m)
	if err != nil {
		f.fail(protocol.CodeMessageInvalid, "")
		return
	}
	if m.ID == 0 {
		err = f.hostEvent(m)
	} else {
		err = f.hostAnswer(m)
	}
	if err != nil {
		f.fail(protocol.CodeOf(err), "")
	}
}

func (f *Flow) hostEvent(m protocol.HostEnvelope) error {
	switch m.Type {
	case protocol.HostTokensChanged:
		f.look()
		return nil
	case protocol.HostError: // it could not even read whom to answer
		var e protocol.HostFailure
		err := body(m, &e)
		if err != nil {
			return err
		}
		f.fail(known(e.Code), clip(e.Detail))
		return nil
	case protocol.HostProgress:
		var p protocol.HostProgressBody
		err := body(m, &p)
		if err != nil {
			return err
		}
		if r := f.host.asked; r != nil && r.kind == protocol.HostSign && p.Request == r.id {
			f.stage = p.Stage
		}
		return nil
	}
	return invalid("unknown event")
}

func (f *Flow) hostAnswer(m protocol.HostEnvelope) error {
	r := f.host.asked
	if r == nil || m.ID != r.id {
		return invalid("an answer to nothing that was asked")
	}
	f.host.asked = nil
	f.do(After{Timer: TimerHost})
	if m.Type == protocol.HostError {
		return f.hostRefuses(r, m)
	}
	err := f.accept(r, m)
	if err != nil {
		return err
	}
	f.askNext()
	return nil
}

// accept takes the answer in that belongs to request r.
func (f *Flow) accept(r *hostRequest, m protocol.HostEnvelope) error {
	if m.Type != answerTo(r.kind) {
		return invalid("another answer than the one expected")
	}
	switch m.Type {
	case protocol.HostWelcome:
		var w protocol.Welcome
		err := body(m, &w)
		if err != nil {
			return err
		}
		if w.Protocol != protocol.Version {
			return protocol.Errorf(protocol.CodeHostOutdated, "another protocol")
		}
		f.host.version = shown(w.Version)
	case protocol.HostCertificateList:
		var l protocol.CertificateList
		err := body(m, &l)
		if err != nil {
			return err
		}
		return f.list(l)
	case protocol.HostReady:
		if r.kind == protocol.HostPing {
			f.tellStatus()
		}
	case protocol.HostSigned:
		var s protocol.HostSignedBody
		err := body(m, &s)
		if err != nil {
			return err
		}
		return f.signed(s)
	}
	return nil
}

func answerTo(kind protocol.HostType) protocol.HostType {
	switch kind {
	case protocol.HostHello:
		return protocol.HostWelcome
	case protocol.HostCertificates:
		return protocol.HostCertificateList
	case protocol.HostSign:
		return protocol.HostSigned
	case protocol.HostExport:
		return protocol.HostExported
	case protocol.HostDiagnose:
		return protocol.HostDiagnosis
	}
	return protocol.HostReady
}

// hostRefuses takes an error of the host. A refused PIN may be typed again; whatever else ends the
// attempt.
func (f *Flow) hostRefuses(r *hostRequest, m protocol.HostEnvelope) error {
	var e protocol.HostFailure
	err := body(m, &e)
	if err != nil {
		return err
	}
	code := known(e.Code)
	switch {
	case r.kind == protocol.HostCertificates && slices.Contains(obstacles, code):
		f.askNext()
		return f.list(protocol.CertificateList{Findings: []protocol.Finding{{Code: code}}})
	case r.kind != protocol.HostSign:
		f.fail(code, clip(e.Detail))
		return nil
	}
	f.do(After{Timer: TimerSlow})
	if t, ok := f.tokens[f.chosenToken()]; ok && e.PIN != nil {
		t.PIN = *e.PIN
		f.tokens[t.ID] = t
	}
	switch code {
	case protocol.CodePINEmpty, protocol.CodePINLength, protocol.CodePINCharacters, protocol.CodePINIncorrect, protocol.CodePINLastTry:
		f.lastTry(code)
		f.show(StepPIN)
		f.warn(code)
		f.askNext()
	default:
		f.fail(code, clip(e.Detail))
	}
	return nil
}

// lastTry remembers that the next wrong PIN blocks the card, for tokens that do not say so.
func (f *Flow) lastTry(code protocol.Code) {
	t, ok := f.tokens[f.chosenToken()]
	if ok && code == protocol.CodePINLastTry {
		t.PIN.State = protocol.PINFinal
		f.tokens[t.ID] = t
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
	f.over = true
	f.show(StepDone)
	f.dropHost()
	f.do(After{TimerClose, closeWait})
	return nil
}

// hostClosed takes the end of the host's port.
func (f *Flow) hostClosed(reason string) {
	if !f.host.open {
		return
	}
	f.host.asked = nil
	f.fail(protocol.HostClosed(reason), "")
}

func body(m protocol.HostEnvelope, v any) error {
	if m.Body == nil {
		return invalid("no body")
	}
	err := decode(m.Body, v)
	if err != nil {
		return protocol.NewError(protocol.CodeMessageInvalid, err)
	}
	return nil
}

func invalid(why string) error { return protocol.Errorf(protocol.CodeMessageInvalid, "%s", why) }

// known returns code if there is a sentence for it, and CodeInternal otherwise.
func known(code protocol.Code) protocol.Code {
	if message.Error(code).TR == "error."+string(code) {
		return protocol.CodeInternal
	}
	return code
}

// clip makes the host's detail fit for one small line.
func clip(detail string) string {
	if r := []rune(visible(detail)); len(r) > 120 {
		return string(r[:120])
	}
	return visible(detail)
}
