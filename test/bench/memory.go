package main

import (
	"encoding/json"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/e2e"
)

// growth is after how many signatures the memory is looked at.
var growth = []struct {
	name string
	more int
}{{"before any signature", 0}, {"after 1,000 signatures", 1000}, {"after 10,000 signatures", 9000}}

// measureMemory measures the memory of a host and of its worker in one session that signs and signs, each time with a
// login of its own.
func (b *bench) measureMemory(t e2e.T, w *e2e.World) {
	h := startHost(t, w.Env())
	defer h.stop()
	h.ask(protocol.HostHello, protocol.Hello{Protocol: protocol.Version})
	var list protocol.CertificateList
	if err := json.Unmarshal(h.ask(protocol.HostCertificates, struct{}{}).Body, &list); err != nil {
		t.Fatalf("decode the list: %v", err)
	}
	if len(list.Certificates) == 0 {
		t.Fatalf("no certificate: %+v", list.Findings)
	}
	request := protocol.HostSelfTestBody{Certificate: list.Certificates[0].ID, PIN: []byte(w.Card.PIN)}
	for _, stage := range growth {
		for range stage.more {
			h.ask(protocol.HostSelfTest, request)
		}
		own, worker := h.resident()
		b.Add("host: resident memory "+stage.name, "MiB", []float64{own})
		b.Add("worker with SoftHSM2: resident memory "+stage.name, "MiB", []float64{worker})
	}
}
