package flow_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/flow"
)

// A page's message, at any step, breaks nothing, and never makes the window sign.
func FuzzPageMessage(f *testing.F) {
	for _, seed := range []any{
		protocol.PageEnvelope{EOnay: 1, To: "extension", ID: pageID, Type: protocol.PageSign, Body: request()},
		protocol.PageEnvelope{EOnay: 1, To: "extension", ID: pageID, Type: protocol.PageChunk, Body: protocol.PageChunkBody{Data: []byte(consent)}},
		protocol.PageEnvelope{EOnay: 1, To: "extension", ID: pageID, Type: protocol.PageCancel},
		protocol.PageEnvelope{EOnay: 1, To: "extension", ID: pageID, Type: protocol.PagePIN, Body: pinRequest()},
		protocol.PageEnvelope{EOnay: 1, To: "extension", ID: pageID, Type: protocol.PageRelease, Body: protocol.PINRelease{Sealed: sealed}},
		protocol.PageEnvelope{EOnay: 1, To: "extension", ID: pageID, Type: protocol.PageRefusal, Body: protocol.PINRefusal{Code: "code_used"}},
		protocol.PageEnvelope{EOnay: 1, To: "extension", ID: pageID, Type: protocol.PageAuthenticate, Body: loginRequest()},
		protocol.PageEnvelope{EOnay: 1, To: "extension", ID: pageID, Type: protocol.PageCertificates, Body: protocol.CertificatesRequest{}},
		protocol.PageEnvelope{EOnay: 1, To: "extension", ID: pageID, Type: protocol.PageSignHash, Body: hashRequest()},
	} {
		f.Add(marshal(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, step := range []flow.Step{flow.StepLoading, flow.StepWho, flow.StepPIN, flow.StepWorking} {
			w := until(t, step)
			if step == flow.StepLoading {
				w.stored()
			}
			before := len(w.effects)
			w.on(flow.PageMessage{Raw: raw}, flow.PageMessage{Raw: raw})
			w.View()
			for _, e := range w.effects[before:] {
				if p, ok := e.(flow.PostHost); ok && p.Envelope.Type == protocol.HostSign {
					t.Fatal("the page made the window sign")
				}
			}
		}
		for _, at := range []string{"who", "pin", "claim", "ask"} {
			w := resetUntil(t, at, locked)
			w.on(flow.PageMessage{Raw: raw}, flow.PageMessage{Raw: raw})
			w.View()
			early := at == "who" || at == "pin"
			if early && slices.Contains(w.asked(), "claim") || at != "ask" && slices.Contains(w.asked(), "release") {
				t.Fatalf("%s: the page made the host do %q", at, w.asked())
			}
		}
		for _, act := range cardActs {
			for _, step := range []flow.Step{flow.StepLoading, flow.StepWho, flow.StepCertificate} {
				w := cardAt(t, act, step)
				w.on(flow.PageMessage{Raw: raw}, flow.PageMessage{Raw: raw})
				w.View()
				if last := w.asked()[len(w.asked())-1]; last == "authenticate" || last == "export" || last == "sign-hash" {
					t.Fatalf("%s at %s: the page made the host do %q", act, step, last)
				}
			}
		}
	})
}

// A host's message, at any step, breaks nothing, and no signature reaches the page before the PIN.
func FuzzHostMessage(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"type":"welcome","body":{"protocol":1,"version":"0.1.0","platform":"linux/amd64"}}`,
		`{"id":5,"type":"signed","body":{"signatures":[{"format":"cades","profile":"P1","data":"AQ=="}]}}`,
		`{"id":5,"type":"error","body":{"code":"pin_last_try","pin":{"min":4,"max":8,"pad":false,"state":"final"}}}`,
		`{"id":3,"type":"claimed","body":{"claim":"e30=","signature":"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQQ=="}}`,
		`{"id":4,"type":"released","body":{"outcome":"puk_incorrect","report":"e30=","signature":"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQQ=="}}`,
		`{"id":3,"type":"authenticated","body":{"token":"{\"format\":\"eonay-login:1\"}"}}`,
		`{"id":3,"type":"exported","body":{"data":"AQ==","algorithms":[{"cryptoAlgorithm":"ECC","hashFunction":"SHA-256","paddingScheme":"NONE"}]}}`,
		`{"id":3,"type":"hash-site-list","body":{"sites":[]}}`,
		`{"id":4,"type":"hash-signed","body":{"algorithm":{"cryptoAlgorithm":"ECC","hashFunction":"SHA-256","paddingScheme":"NONE"},"signature":"AQ=="}}`,
		`{"id":0,"type":"tokens-changed"}`,
		`{"id":0,"type":"progress","body":{"request":5,"stage":"login"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Add(marshal(protocol.HostEnvelope{ID: 2, Type: protocol.HostCertificateList, Body: marshal(list(ready, certificate(idA, "")))}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, step := range []flow.Step{flow.StepLoading, flow.StepWho, flow.StepCertificate, flow.StepPIN, flow.StepWorking} {
			w := until(t, step)
			w.on(flow.HostMessage{Raw: raw}, flow.HostMessage{Raw: raw})
			w.View()
			if step != flow.StepWorking && w.lastTold() == "signed" {
				t.Fatal("a signature before the PIN")
			}
		}
		for _, at := range []string{"loading", "pin", "claim", "ask", "set"} {
			w := resetUntil(t, at, usable)
			w.on(flow.HostMessage{Raw: raw}, flow.HostMessage{Raw: raw})
			w.View()
			if told := w.lastTold(); at != "set" && strings.HasPrefix(told, "reported") || at == "pin" && told == "claim" {
				t.Fatalf("%s: the page was told %q", at, told)
			}
		}
		m, _ := flow.NewManage(moment, clock)
		m.Handle(flow.HostMessage{Raw: raw})
		m.View()
		for _, act := range cardActs {
			for _, step := range []flow.Step{flow.StepLoading, flow.StepWho, flow.StepCertificate, flow.StepWorking} {
				w := cardAt(t, act, step)
				w.on(flow.HostMessage{Raw: raw}, flow.HostMessage{Raw: raw})
				w.View()
				given := slices.Contains([]string{"authenticated", "shown", "hash-signed"}, w.lastTold())
				if step != flow.StepWorking && given {
					t.Fatalf("%s at %s: the page was told %q", act, step, w.lastTold())
				}
			}
		}
	})
}
