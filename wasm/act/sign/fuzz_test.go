package sign_test

import (
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// A page's message, at any step, breaks nothing, and never makes the window sign.
func FuzzPageMessage(f *testing.F) {
	for _, seed := range []any{
		protocol.PageEnvelope{EOnay: 1, To: "extension", ID: windowtest.PageID, Type: protocol.PageSign, Body: windowtest.SignRequest()},
		protocol.PageEnvelope{EOnay: 1, To: "extension", ID: windowtest.PageID, Type: protocol.PageChunk, Body: protocol.PageChunkBody{Data: []byte(windowtest.Consent)}},
		protocol.PageEnvelope{EOnay: 1, To: "extension", ID: windowtest.PageID, Type: protocol.PageCancel},
	} {
		f.Add(windowtest.Marshal(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, step := range []screen.Step{screen.StepLoading, screen.StepWho, screen.StepPIN, screen.StepWorking} {
			w := until(t, step)
			if step == screen.StepLoading {
				w.Stored()
			}
			before := len(w.Effects)
			w.On(windowtest.Said(raw), windowtest.Said(raw), loop.PageMessage{Raw: raw})
			w.View()
			for _, e := range w.Effects[before:] {
				if p, ok := e.(loop.PostHost); ok && p.Envelope.Type == protocol.HostSign {
					t.Fatal("the page made the window sign")
				}
			}
		}
	})
}

// A host's message, at any step, breaks nothing, and no signature reaches the page before the PIN.
func FuzzHostMessage(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"type":"welcome","body":{"protocol":1,"version":"0.1.0","platform":"linux/amd64"}}`,
		`{"id":5,"type":"signed","body":{"outcomes":[{}]}}`,
		`{"id":0,"type":"signature","body":{"request":5,"document":0,"data":"AQ==","last":true}}`,
		`{"id":0,"type":"signature","body":{"request":5,"document":0,"span":{"document":0,"offset":1,"length":2}}}`,
		`{"id":5,"type":"error","body":{"code":"pin_last_try","pin":{"min":4,"max":8,"pad":false,"state":"final"}}}`,
		`{"id":4,"type":"hash-signed","body":{"algorithm":{"cryptoAlgorithm":"ECC","hashFunction":"SHA-256","paddingScheme":"NONE"},"signature":"AQ=="}}`,
		`{"id":0,"type":"tokens-changed"}`,
		`{"id":0,"type":"progress","body":{"request":5,"stage":"login"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Add(windowtest.Marshal(protocol.HostEnvelope{ID: 2, Type: protocol.HostCertificateList, Body: windowtest.Marshal(windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, "")))}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, step := range []screen.Step{screen.StepLoading, screen.StepWho, screen.StepCertificate, screen.StepPIN, screen.StepWorking} {
			w := until(t, step)
			w.On(loop.HostMessage{Raw: raw}, loop.HostMessage{Raw: raw})
			w.View()
			if told := w.LastTold(); step != screen.StepWorking && (told == "signed" || told == "signature") {
				t.Fatal("a signature before the PIN")
			}
		}
	})
}
