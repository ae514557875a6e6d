package release_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/json"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
)

// Whatever is sent for a claim, with the signature that fits it where it names a key of ours: no panic, and what is
// read is within its bounds, and can be sealed to.
func FuzzReadClaim(f *testing.F) {
	m := sameMachine(f)
	claim := m.claim(f)
	f.Add(encode(f, claim))
	claim.Device.Endorsement = [][]byte{{0x30, 0}, {0x30, 0}}
	f.Add(encode(f, claim))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		data = ours(m, t, data)
		c, err := release.ReadClaim(data, m.sign(t, release.KindClaim, data))
		if err != nil {
			return
		}
		if len(data) > protocol.MaxClaim || c.Act == "" || len(c.Act) > protocol.MaxAct || len(c.Code) != protocol.CodeDigits ||
			c.Card == "" || len(c.Card) > 64 || len(c.Certificate) > protocol.MaxCertificate || !release.FitsEndorsement(c.Device.Endorsement) || c.Version != release.Version {
			t.Fatalf("read %+v", c)
		}
		if _, err := release.Seal(data, c.Device, []byte("93817264")); err != nil {
			t.Fatal(err)
		}
	})
}

// sameMachine is the same in every process of a fuzzer's, so that what one finds the others find again.
func sameMachine(f *testing.F) machine {
	f.Helper()
	raw := bytes.Repeat([]byte{7}, 32)
	signing, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	if err != nil {
		f.Fatal(err)
	}
	sealing, err := ecdh.P256().NewPrivateKey(raw)
	if err != nil {
		f.Fatal(err)
	}
	return machine{signing, sealing}
}

// ours puts our keys into a claim that names a device, so that a fuzzer comes past the signature.
func ours(m machine, t *testing.T, data []byte) []byte {
	var c map[string]any
	if json.Unmarshal(data, &c) != nil {
		return data
	}
	device, ok := c["device"].(map[string]any)
	if !ok {
		return data
	}
	own := m.device(t)
	device["signing"] = own.Signing
	if _, ok := device["sealing"].(string); ok {
		device["sealing"] = own.Sealing
	}
	return encode(t, c)
}

// The same for a report, of a claim of ours.
func FuzzReadReport(f *testing.F) {
	m := sameMachine(f)
	claim := encode(f, m.claim(f))
	f.Add(encode(f, m.report(f, claim)))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var named map[string]any
		if json.Unmarshal(data, &named) == nil && named["claim"] == "ours" {
			named["claim"] = release.Digest(claim)
			data = encode(t, named)
		}
		r, err := release.ReadReport(data, m.sign(t, release.KindReport, data), claim, m.device(t))
		if err != nil {
			return
		}
		if r.Claim != release.Digest(claim) || r.Outcome == "" || len(r.Outcome) > 40 || r.Version != release.Version {
			t.Fatalf("read %+v", r)
		}
	})
}
