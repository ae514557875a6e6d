//go:build linux

package main_test

import (
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/test/testcard"
)

// eachProtection measures with a key in a TPM in software, and with one in a file.
func eachProtection(b *testing.B, measure func(b *testing.B, tpm string)) {
	b.Run("tpm", func(b *testing.B) { measure(b, startTPM(b, b.TempDir()).Socket()) })
	b.Run("file", func(b *testing.B) { measure(b, device.NoTPM) })
}

// From the window's request to the claim, signed by the device key; the card, which has no PIN yet, signs nothing.
func BenchmarkClaim(b *testing.B) {
	eachProtection(b, func(b *testing.B, tpm string) {
		m := withSoftHSM(b)
		token, err := m.hsm.AddToken("Kart", pin, soPIN)
		if err != nil {
			b.Fatal(err)
		}
		issueTo(b, token)
		faulty := newFaulty(b, testcard.Fault{ClearFlags: ckfPINInit})
		m.configureModule(b, faulty.Path, tpm)
		w := m.open(b)
		w.hello()
		list := w.list()
		w.claim(list.Certificates[0], "") // makes the key
		for b.Loop() {
			var c protocol.PINClaim
			w.answer(w.ask(protocol.HostClaim, claimRequest(list.Certificates[0], "")), protocol.HostClaimed, &c)
		}
	})
}

// A PUK unsealed as the worker does it: the device key opened, then the seal.
func BenchmarkUnseal(b *testing.B) {
	eachProtection(b, func(b *testing.B, tpm string) {
		o := device.Where{Path: b.TempDir() + "/device.json", TPM: tpm}.Options()
		key, err := device.Make(b.Context(), o)
		if err != nil {
			b.Fatal(err)
		}
		machine, err := key.Describe("linux/amd64", "1.0.0")
		if err != nil {
			b.Fatal(err)
		}
		claim := make([]byte, 2000)
		sealed, err := release.Seal(claim, machine, []byte(puk))
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			key, err := device.Open(b.Context(), o)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := key.Open(b.Context(), release.Info(claim), sealed); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// The whole unblock of a virtual card through OpenSC, from the request for a claim to the report, without the time
// that the card itself works and without the portal's.
func BenchmarkReset(b *testing.B) {
	eachProtection(b, func(b *testing.B, tpm string) {
		m := withOpenSC(b)
		m.configureModule(b, installed(b, "opensc-pkcs11.so"), tpm)
		_, w, list := blocked(b, m)
		var overhead []int64
		for b.Loop() {
			busy := m.card.Busy()
			start := time.Now()
			var claim claimed
			w.answer(w.ask(protocol.HostClaim, claimRequest(list.Certificates[0], "")), protocol.HostClaimed, &claim.PINClaim)
			took := time.Since(start)
			b.StopTimer()
			var err error
			if claim.claim, err = release.ReadClaim(claim.Claim, claim.Signature); err != nil {
				b.Fatal(err)
			}
			sealed := claim.seal(b, puk)
			b.StartTimer()
			start = time.Now()
			w.answer(w.release(sealed, pin), protocol.HostReleased, nil)
			overhead = append(overhead, (took + time.Since(start) - (m.card.Busy() - busy)).Nanoseconds())
			b.StopTimer()
			for _, code := range []fault.Code{fault.PINIncorrect, fault.PINLastTry, fault.PINLocked} {
				w.refused(w.selfTest(list.Certificates[0].ID, "999999"), code)
			}
			b.StartTimer()
		}
		b.ReportMetric(median(overhead), "ns-overhead")
	})
}
