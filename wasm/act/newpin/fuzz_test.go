package newpin_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// A page's message, at any step, breaks nothing, and the host hears of it only where the page is asked.
func FuzzPageMessage(f *testing.F) {
	for _, seed := range []any{
		protocol.PageEnvelope{EOnay: 1, To: "extension", ID: windowtest.PageID, Type: protocol.PageCancel},
		protocol.PageEnvelope{EOnay: 1, To: "extension", ID: windowtest.PageID, Type: protocol.PagePIN, Body: windowtest.PINRequest()},
		protocol.PageEnvelope{EOnay: 1, To: "extension", ID: windowtest.PageID, Type: protocol.PageRelease, Body: protocol.PINRelease{Sealed: sealed}},
		protocol.PageEnvelope{EOnay: 1, To: "extension", ID: windowtest.PageID, Type: protocol.PageRefusal, Body: protocol.PINRefusal{Code: "code_used"}},
	} {
		f.Add(windowtest.Marshal(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, at := range []string{"who", "pin", "claim", "ask"} {
			w := resetUntil(t, at, locked)
			w.On(loop.PageMessage{Raw: raw}, loop.PageMessage{Raw: raw})
			w.View()
			early := at == "who" || at == "pin"
			if early && slices.Contains(w.Asked(), "claim") || at != "ask" && slices.Contains(w.Asked(), "release") {
				t.Fatalf("%s: the page made the host do %q", at, w.Asked())
			}
		}
	})
}

// A host's message, at any step, breaks nothing, and the page hears of a claim or a report only when it is due.
func FuzzHostMessage(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"type":"welcome","body":{"protocol":1,"version":"0.1.0","platform":"linux/amd64"}}`,
		`{"id":5,"type":"error","body":{"code":"pin_last_try","pin":{"min":4,"max":8,"pad":false,"state":"final"}}}`,
		`{"id":3,"type":"claimed","body":{"claim":"e30=","signature":"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQQ=="}}`,
		`{"id":4,"type":"released","body":{"outcome":"puk_incorrect","report":"e30=","signature":"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQQ=="}}`,
		`{"id":0,"type":"tokens-changed"}`,
		`{"id":0,"type":"progress","body":{"request":5,"stage":"login"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Add(windowtest.Marshal(protocol.HostEnvelope{ID: 2, Type: protocol.HostCertificateList, Body: windowtest.Marshal(windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, "")))}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, at := range []string{"loading", "pin", "claim", "ask", "set"} {
			w := resetUntil(t, at, usable)
			w.On(loop.HostMessage{Raw: raw}, loop.HostMessage{Raw: raw})
			w.View()
			if told := w.LastTold(); at != "set" && strings.HasPrefix(told, "reported") || at == "pin" && told == "claim" {
				t.Fatalf("%s: the page was told %q", at, told)
			}
		}
	})
}
