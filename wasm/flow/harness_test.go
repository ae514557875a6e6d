package flow_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/flow"
)

const (
	pageID  = "3b241101-e2bb-4255-8caf-4136c566a962"
	code    = "168857414351237"
	consent = "E-Onay veriyorum.\nDoğrulama kodu: " + code + "\n"
)

// surroundings are what a window has around it. They keep every effect, so that a test can ask what the page and the
// host were told.
type surroundings struct {
	*testing.T
	handle  func(flow.Event) []flow.Effect
	effects []flow.Effect
}

// window is the signing window with its surroundings.
type window struct {
	surroundings
	*flow.Flow
}

func calendar(seconds int64) flow.Date { return flow.Date{Year: 2026, Month: 12, Day: 31} }

func open(t *testing.T) *window {
	t.Helper()
	f, effects := flow.New(calendar)
	return &window{surroundings{t, f.Handle, effects}, f}
}

func (w *surroundings) on(events ...flow.Event) {
	w.Helper()
	for _, e := range events {
		w.effects = append(w.effects, w.handle(e)...)
	}
}

func (w *surroundings) stored() {
	w.on(flow.RequestRead{Stored: &protocol.StoredRequest{TabID: 7, Origin: "https://online.example.tr", PageRequest: pageID}})
}

func request() protocol.SignRequest {
	return protocol.SignRequest{
		Purpose: "E-Onay verilmesi", Code: code, Format: protocol.FormatCAdES, Profile: protocol.ProfileP1, Language: "tr",
		Documents: []protocol.DocumentInfo{{Name: "E-Onay.txt", MediaType: protocol.MediaTypeText, Size: int64(len(consent))}},
	}
}

func (w *surroundings) page(t protocol.PageType, body any) {
	w.Helper()
	w.on(flow.PageMessage{Raw: marshal(protocol.PageEnvelope{EOnay: protocol.Version, To: "extension", ID: pageID, Type: t, Body: body})})
}

func (w *surroundings) chunk(document int, offset int64, data string) {
	w.Helper()
	w.page(protocol.PageChunk, protocol.PageChunkBody{Document: document, Offset: offset, Data: []byte(data)})
}

func marshal(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}

// answer has the host answer what it was asked last.
func (w *surroundings) answer(t protocol.HostType, body any) {
	w.Helper()
	asked := w.hostAsked()
	w.host(asked[len(asked)-1].Envelope.ID, t, body)
}

func (w *surroundings) host(id uint32, t protocol.HostType, body any) {
	w.Helper()
	e := protocol.HostEnvelope{ID: id, Type: t}
	if body != nil {
		e.Body = marshal(body)
	}
	w.on(flow.HostMessage{Raw: marshal(e)})
}

func (w *surroundings) fails(code protocol.Code, pin *protocol.PINState) {
	w.Helper()
	w.answer(protocol.HostError, protocol.HostFailure{Code: code, PIN: pin})
}

// hostAsked is what was posted to the host since it was last connected.
func (w *surroundings) hostAsked() []flow.PostHost {
	var asked []flow.PostHost
	for _, e := range w.effects {
		switch e := e.(type) {
		case flow.ConnectHost:
			asked = nil
		case flow.PostHost:
			asked = append(asked, e)
		}
	}
	return asked
}

// told is what was posted to the page, as "type" or "type code" or "type stage".
func (w *surroundings) told() []string {
	var told []string
	for _, e := range w.effects {
		p, ok := e.(flow.PostPage)
		if !ok {
			continue
		}
		line := string(p.Envelope.Type)
		switch body := p.Envelope.Body.(type) {
		case protocol.Failure:
			line += " " + string(body.Code)
			if body.Message.TR == "" || strings.HasPrefix(body.Message.TR, "error.") {
				w.Errorf("failure without a sentence: %+v", body)
			}
		case protocol.ProgressBody:
			line += " " + string(body.Stage)
		case protocol.PINReport:
			line += " " + string(body.Outcome)
		}
		told = append(told, line)
	}
	return told
}

func (w *surroundings) lastTold() string {
	told := w.told()
	if len(told) == 0 {
		return ""
	}
	return told[len(told)-1]
}

func (w *surroundings) has(want flow.Effect) bool {
	for _, e := range w.effects {
		if fmt.Sprintf("%T%v", e, e) == fmt.Sprintf("%T%v", want, want) {
			return true
		}
	}
	return false
}

func (w *window) wantStep(step flow.Step) {
	w.Helper()
	if got := w.View().Step; got != step {
		w.Fatalf("step %q (problem %q), want %q", got, w.View().Problem, step)
	}
}

func (w *window) wantProblem(code protocol.Code) {
	w.Helper()
	w.wantStep(flow.StepFailed)
	if got := w.View().Problem; got != code {
		w.Fatalf("problem %q, want %q", got, code)
	}
}

var (
	idA = strings.Repeat("a", 64)
	idB = strings.Repeat("b", 64)
)

func certificate(id string, problem protocol.Code) protocol.Certificate {
	return protocol.Certificate{
		ID: id, Token: "t", Holder: "Ayşe Yılmaz", Issuer: "Deneme ESHS", CitizenMasked: "100*****146",
		NotAfter: 1798675200, Key: "EC P-384", Qualified: true, Problem: problem,
	}
}

func token(pin protocol.PINState) protocol.Token {
	return protocol.Token{ID: "t", Label: "Kart", Reader: "Okuyucu", Module: "m.so", PIN: pin}
}

var ready = protocol.PINState{Min: 4, Max: 8, State: protocol.PINReady}

func list(pin protocol.PINState, certificates ...protocol.Certificate) protocol.CertificateList {
	return protocol.CertificateList{Tokens: []protocol.Token{token(pin)}, Certificates: certificates}
}

func findings(codes ...protocol.Code) protocol.CertificateList {
	var l protocol.CertificateList
	for _, c := range codes {
		l.Findings = append(l.Findings, protocol.Finding{Code: c})
	}
	return l
}

// until drives a fresh window to a step along the usual way, with one certificate on the card.
func until(t *testing.T, step flow.Step) *window {
	t.Helper()
	return untilWith(t, step, list(ready, certificate(idA, "")))
}

func untilWith(t *testing.T, step flow.Step, l protocol.CertificateList) *window {
	t.Helper()
	w := open(t)
	for _, s := range []struct {
		step flow.Step
		do   func()
	}{
		{flow.StepLoading, func() {}},
		{flow.StepWho, func() { w.stored(); w.page(protocol.PageSign, request()) }},
		{flow.StepDocument, func() {
			w.chunk(0, 0, consent)
			w.answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version, Version: "0.1.0"})
			w.answer(protocol.HostCertificateList, l)
			w.answer(protocol.HostReady, nil)
			w.answer(protocol.HostReady, nil)
			w.on(flow.Continue{})
		}},
		{flow.StepCode, func() { w.on(flow.Continue{}) }},
		{flow.StepCertificate, func() { w.on(flow.Continue{}) }},
		{flow.StepPIN, func() { w.on(flow.Continue{}) }},
		{flow.StepWorking, func() { w.on(flow.Sign{PIN: []byte("1234")}) }},
		{flow.StepDone, func() {
			w.answer(protocol.HostSigned, protocol.HostSignedBody{Signatures: []protocol.Signature{{Format: "cades", Profile: "P1", Data: []byte{1}}}})
		}},
	} {
		s.do()
		if s.step == flow.StepCertificate && step == flow.StepWaiting {
			s.step = flow.StepWaiting
		}
		w.wantStep(s.step)
		if s.step == step {
			return w
		}
	}
	t.Fatalf("no way to %q", step)
	return nil
}

func digest(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}
