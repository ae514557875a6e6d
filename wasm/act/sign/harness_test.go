package sign_test

import (
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/act/sign"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// Window is the signing window with its surroundings.
type Window struct {
	windowtest.Surroundings
	*sign.Act
}

func open(t *testing.T) *Window {
	t.Helper()
	f, effects := sign.New(windowtest.Calendar)
	read := func() ([]loop.Part, bool) {
		d := f.View().Document
		if d.Shown == nil {
			return nil, false
		}
		return parts(d.Shown), d.Whole
	}
	return &Window{windowtest.New(t, f.Handle, effects, read), f}
}

func (w *Window) wantStep(step screen.Step) {
	w.Helper()
	if got := w.View().Step; got != step {
		w.Fatalf("step %q (problem %q), want %q", got, w.View().Problem, step)
	}
}

func (w *Window) wantProblem(code fault.Code) {
	w.Helper()
	w.wantStep(screen.StepFailed)
	if got := w.View().Problem; got != code {
		w.Fatalf("problem %q, want %q", got, code)
	}
}

// until drives a fresh window to a step along the usual way, with one certificate on the card.
func until(t *testing.T, step screen.Step) *Window {
	t.Helper()
	return untilWith(t, step, windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, "")))
}

func untilWith(t *testing.T, step screen.Step, l protocol.CertificateList) *Window {
	t.Helper()
	w := open(t)
	for _, s := range []struct {
		step screen.Step
		do   func()
	}{
		{screen.StepLoading, func() {}},
		{screen.StepWho, func() { w.Stored(); w.Page(protocol.PageSign, windowtest.SignRequest()) }},
		{screen.StepDocument, func() {
			w.Chunk(0, 0, windowtest.Consent)
			w.Answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version, Version: "0.1.0"})
			w.Answer(protocol.HostCertificateList, l)
			w.Answer(protocol.HostReady, nil)
			w.Answer(protocol.HostReady, nil)
			w.On(loop.Continue{})
		}},
		{screen.StepCode, func() { w.On(loop.Continue{}) }},
		{screen.StepCertificate, func() { w.On(loop.Continue{}) }},
		{screen.StepPIN, func() { w.On(loop.Continue{}) }},
		{screen.StepWorking, func() { w.On(pinentry.Submit{PIN: []byte("1234")}) }},
		{screen.StepDone, func() {
			w.part(protocol.SignaturePart{Data: []byte{1}, Last: true})
			w.Answer(protocol.HostSigned, protocol.SignResult{Outcomes: make([]protocol.Outcome, 1)})
		}},
	} {
		s.do()
		if s.step == screen.StepCertificate && step == screen.StepWaiting {
			s.step = screen.StepWaiting
		}
		w.wantStep(s.step)
		if s.step == step {
			return w
		}
	}
	t.Fatalf("no way to %q", step)
	return nil
}

// part has the host send a part of a signed file, for what it was asked last.
func (w *Window) part(p protocol.SignaturePart) {
	w.Helper()
	asked := w.HostAsked()
	w.Host(0, protocol.HostSignature, protocol.HostSignatureBody{Request: asked[len(asked)-1].Envelope.ID, SignaturePart: p})
}

// asksSigned has the page ask with what a site has signed, and publishes.
func (w *Window) asksSigned(signed string, site protocol.SiteDocument) {
	w.Helper()
	w.Stored()
	r := windowtest.SignRequest()
	r.Signed, r.Site = signed, string(windowtest.Marshal(site))
	w.Page(protocol.PageSign, r)
}

// parts is a document as the browser shows it.
func parts(shown document.Readable) (parts []loop.Part) {
	switch d := shown.(type) {
	case *document.Text:
		for n := range d.Blocks() {
			text := ""
			for _, run := range d.Block(n) {
				text += run.Text
			}
			parts = append(parts, loop.Part{Index: n, Text: text})
		}
	case *document.Unseen:
		parts = append(parts, loop.Part{Text: d.Digest()})
	case *document.PDF:
		parts = append(parts, loop.Part{Text: d.Digest()})
	}
	return parts
}
