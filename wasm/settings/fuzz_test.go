package settings_test

import (
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/settings"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// A host's message breaks nothing on the settings page.
func FuzzHostMessage(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"type":"welcome","body":{"protocol":1,"version":"0.1.0","platform":"linux/amd64"}}`,
		`{"id":5,"type":"error","body":{"code":"pin_last_try","pin":{"min":4,"max":8,"pad":false,"state":"final"}}}`,
		`{"id":3,"type":"exported","body":{"data":"AQ==","algorithms":[{"cryptoAlgorithm":"ECC","hashFunction":"SHA-256","paddingScheme":"NONE"}]}}`,
		`{"id":3,"type":"hash-site-list","body":{"sites":[]}}`,
		`{"id":0,"type":"tokens-changed"}`,
		`{"id":0,"type":"progress","body":{"request":5,"stage":"login"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Add(windowtest.Marshal(protocol.HostEnvelope{ID: 2, Type: protocol.HostCertificateList, Body: windowtest.Marshal(windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, "")))}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, _ := settings.New(moment, clock)
		m.Handle(loop.HostMessage{Raw: raw})
		m.View()
	})
}
