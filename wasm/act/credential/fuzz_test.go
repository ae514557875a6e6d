package credential_test

import (
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// A page's message, at any step, breaks nothing, and never makes the host do the act.
func FuzzPageMessage(f *testing.F) {
	for _, seed := range []any{
		protocol.PageEnvelope{EOnay: 1, To: "extension", ID: windowtest.PageID, Type: protocol.PageCancel},
		protocol.PageEnvelope{EOnay: 1, To: "extension", ID: windowtest.PageID, Type: protocol.PageAuthenticate, Body: loginRequest()},
		protocol.PageEnvelope{EOnay: 1, To: "extension", ID: windowtest.PageID, Type: protocol.PageCertificates, Body: protocol.CertificatesRequest{}},
		protocol.PageEnvelope{EOnay: 1, To: "extension", ID: windowtest.PageID, Type: protocol.PageSignHash, Body: hashRequest()},
	} {
		f.Add(windowtest.Marshal(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, act := range cardActs {
			for _, step := range []screen.Step{screen.StepLoading, screen.StepWho, screen.StepCertificate} {
				w := cardAt(t, act, step)
				w.On(loop.PageMessage{Raw: raw}, loop.PageMessage{Raw: raw})
				w.View()
				if last := w.Asked()[len(w.Asked())-1]; last == "authenticate" || last == "export" || last == "sign-hash" {
					t.Fatalf("%s at %s: the page made the host do %q", act, step, last)
				}
			}
		}
	})
}

// A host's message, at any step, breaks nothing, and nothing reaches the page before the card has worked.
func FuzzHostMessage(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"type":"welcome","body":{"protocol":1,"version":"0.1.0","platform":"linux/amd64"}}`,
		`{"id":3,"type":"authenticated","body":{"token":"{\"format\":\"eonay-login:1\"}"}}`,
		`{"id":3,"type":"exported","body":{"data":"AQ==","algorithms":[{"cryptoAlgorithm":"ECC","hashFunction":"SHA-256","paddingScheme":"NONE"}]}}`,
		`{"id":3,"type":"hash-site-list","body":{"sites":[]}}`,
		`{"id":4,"type":"hash-signed","body":{"algorithm":{"cryptoAlgorithm":"ECC","hashFunction":"SHA-256","paddingScheme":"NONE"},"signature":"AQ=="}}`,
		`{"id":0,"type":"tokens-changed"}`,
		`{"id":0,"type":"progress","body":{"request":5,"stage":"login"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Add(windowtest.Marshal(protocol.HostEnvelope{ID: 2, Type: protocol.HostCertificateList, Body: windowtest.Marshal(windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, "")))}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, act := range cardActs {
			for _, step := range []screen.Step{screen.StepLoading, screen.StepWho, screen.StepCertificate, screen.StepWorking} {
				w := cardAt(t, act, step)
				w.On(loop.HostMessage{Raw: raw}, loop.HostMessage{Raw: raw})
				w.View()
				given := slices.Contains([]string{"authenticated", "shown", "hash-signed"}, w.LastTold())
				if step != screen.StepWorking && given {
					t.Fatalf("%s at %s: the page was told %q", act, step, w.LastTold())
				}
			}
		}
	})
}
