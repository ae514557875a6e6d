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
	puk  []byte
	new  []byte
}

func (w *window) connectHost() {
	w.host = hostLine{open: true}
	w.listed, w.latest, w.choices, w.tokens = false, protocol.CertificateList{}, nil, nil
	w.do(ConnectHost{})
	w.ask(&hostRequest{kind: protocol.HostHello, body: protocol.Hello{Protocol: protocol.Version}})
	w.ask(&hostRequest{kind: protocol.HostCertificates})
}

// dropHost ends the host, whatever it is doing, and forgets every PIN. A signature that is being made is called
// off first, so that the host can stop the card in an orderly way.
func (w *window) dropHost() {
	for _, r := range w.host.queue {
		r.clear()
	}
	clear(w.held)
	w.held, w.committed = nil, false
	if !w.host.open {
		return
	}
	if r := w.host.asked; r.works() && r.kind != protocol.HostRelease {
		w.host.next++
		w.do(PostHost{Envelope: protocol.HostEnvelope{ID: w.host.next, Type: protocol.HostCancel, Body: encode(protocol.HostCancelBody{Request: r.id})}})
	}
	due := w.host.statusDue
	w.host = hostLine{}
	if due {
		w.tellStatus()
	}
	w.do(After{Timer: TimerHost})
	w.do(After{Timer: TimerSlow})
	w.do(DropHost{})
}

// works reports whether the card may be at work for r; r may be nil.
func (r *hostRequest) works() bool {
	if r == nil {
		return false
	}
	switch r.kind {
	case protocol.HostSign, protocol.HostAuthenticate, protocol.HostSignHash, protocol.HostClaim, protocol.HostRelease:
		return true
	}
	return false
}

func (w *window) ask(r *hostRequest) {
	w.host.queue = append(w.host.queue, r)
	w.askNext()
}

// askNext posts the next request when none is under way.
func (w *window) askNext() {
	h := &w.host
	if h.asked != nil || len(h.queue) == 0 {
		return
	}
	r := h.queue[0]
	h.queue = h.queue[1:]
	h.next++
	r.id = h.next
	h.asked = r
	w.do(PostHost{Envelope: protocol.HostEnvelope{ID: r.id, Type: r.kind, Body: encode(r.body)}, PIN: r.pin, New: r.new})
	r.pin, r.new = nil, nil
	w.do(After{TimerHost, waitFor(r.kind)})
}

func waitFor(kind protocol.HostType) int {
	switch kind {
	case protocol.HostCertificates, protocol.HostJournal:
		return listWait
	case protocol.HostSign, protocol.HostAuthenticate, protocol.HostSignHash, protocol.HostClaim, protocol.HostRelease:
		return signWait
	case protocol.HostChangePIN, protocol.HostUnblock, protocol.HostSelfTest, protocol.HostDiagnose, protocol.HostAddModule,
		protocol.HostAllowHash, protocol.HostForbidHash: // which wait for a signature that is being made
		return signWait
	}
	return hostWait
}

// look asks for the certificates, unless that is waiting already.
func (w *window) look() {
	for _, r := range w.host.queue {
		if r.kind == protocol.HostCertificates {
			return
		}
	}
	w.ask(&hostRequest{kind: protocol.HostCertificates})
}

// looking reports whether a list of certificates is on its way.
func (w *window) looking() bool {
	if r := w.host.asked; r != nil && r.kind == protocol.HostCertificates {
		return true
	}
	for _, r := range w.host.queue {
		if r.kind == protocol.HostCertificates {
			return true
		}
	}
	return false
}

// hostMessage takes a message of the host: the answer to what was asked, or an event.
func (w *window) hostMessage(raw []byte) {
	if !w.host.open {
		return
	}
	var m protocol.HostEnvelope
	err := decode(raw, &m)
	if err != nil {
		w.fail(protocol.CodeMessageInvalid, "")
		return
	}
	if m.ID == 0 {
		err = w.hostEvent(m)
	} else {
		err = w.hostAnswer(m)
	}
	if err != nil {
		w.fail(protocol.CodeOf(err), "")
	}
}

func (w *window) hostEvent(m protocol.HostEnvelope) error {
	switch m.Type {
	case protocol.HostTokensChanged:
		w.look()
		return nil
	case protocol.HostError: // it could not even read whom to answer
		var e protocol.HostFailure
		err := body(m, &e)
		if err != nil {
			return err
		}
		w.fail(known(e.Code), clip(e.Detail))
		return nil
	case protocol.HostProgress:
		var p protocol.HostProgressBody
		err := body(m, &p)
		if err != nil {
			return err
		}
		if r := w.host.asked; r.works() && p.Request == r.id {
			w.stage = p.Stage
		}
		return nil
	}
	return invalid("unknown event")
}

func (w *window) hostAnswer(m protocol.HostEnvelope) error {
	r := w.host.asked
	if r == nil || m.ID != r.id {
		return invalid("an answer to nothing that was asked")
	}
	w.host.asked = nil
	w.do(After{Timer: TimerHost})
	if m.Type == protocol.HostError {
		return w.hostFails(r, m)
	}
	err := w.accept(r, m)
	if err != nil {
		return err
	}
	w.askNext()
	return nil
}

// accept takes the answer in that belongs to request r.
func (w *window) accept(r *hostRequest, m protocol.HostEnvelope) error {
	if m.Type != r.kind.Answer() {
		return invalid("another answer than the one expected")
	}
	switch m.Type {
	case protocol.HostWelcome:
		var said protocol.Welcome
		err := body(m, &said)
		if err != nil {
			return err
		}
		if said.Protocol != protocol.Version {
			return protocol.Errorf(protocol.CodeHostOutdated, "another protocol")
		}
		w.host.version = shown(said.Version)
	case protocol.HostCertificateList:
		var l protocol.CertificateList
		err := body(m, &l)
		if err != nil {
			return err
		}
		return w.list(l)
	case protocol.HostReady:
		if r.kind == protocol.HostPing {
			w.tellStatus()
		}
	default:
		return w.act.hostSays(m)
	}
	return nil
}

// hostFails takes an error of the host. For want of a card it is a list like others.
func (w *window) hostFails(r *hostRequest, m protocol.HostEnvelope) error {
	var e protocol.HostFailure
	err := body(m, &e)
	if err != nil {
		return err
	}
	code := known(e.Code)
	if r.kind == protocol.HostCertificates && slices.Contains(obstacles, code) {
		w.askNext()
		return w.list(protocol.CertificateList{Findings: []protocol.Finding{{Code: code}}})
	}
	if !r.works() {
		w.fail(code, clip(e.Detail))
		return nil
	}
	w.do(After{Timer: TimerSlow})
	if t, ok := w.tokens[w.chosenToken()]; ok && e.PIN != nil {
		t.PIN = *e.PIN
		w.tokens[t.ID] = t
	}
	w.act.hostRefuses(r, code, e)
	return nil
}

// mistyped reports whether a PIN that was refused with code may be typed again.
func mistyped(code protocol.Code) bool {
	switch code {
	case protocol.CodePINEmpty, protocol.CodePINLength, protocol.CodePINCharacters, protocol.CodePINIncorrect, protocol.CodePINLastTry:
		return true
	}
	return false
}

// lastTry remembers that the next wrong PIN blocks the card, for tokens that do not say so.
func (w *window) lastTry(code protocol.Code) {
	t, ok := w.tokens[w.chosenToken()]
	if ok && code == protocol.CodePINLastTry {
		t.PIN.State = protocol.PINFinal
		w.tokens[t.ID] = t
	}
}

// hostClosed takes the end of the host's port.
func (w *window) hostClosed(reason string) {
	if !w.host.open {
		return
	}
	w.host.asked = nil
	w.fail(protocol.HostClosed(reason), "")
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
