//go:build linux

package main_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// A card gets a PIN with a PUK that a portal releases: pin.html's part of a session. This file is the portal.

const (
	portal    = "https://portal.example"
	claimCode = "168857414351237"
	wrongPUK  = "00000000"
)

// claimRequest is a correct one.
func claimRequest(certificate protocol.Certificate, pin string) protocol.HostClaimBody {
	return protocol.HostClaimBody{
		Certificate: certificate.ID, Origin: portal, Purpose: "PIN Oluşturma / Kilit Çözme", Code: claimCode, Act: "act-1_A", PIN: []byte(pin),
	}
}

// A claimed is a claim that the host has made, as the portal reads it.
type claimed struct {
	protocol.PINClaim
	claim *release.Claim
}

// claim has the host claim the certificate's card, and reads the claim as a portal does.
func (w *window) claim(certificate protocol.Certificate, pin string) claimed {
	w.t.Helper()
	return w.claimAs(claimRequest(certificate, pin))
}

func (w *window) claimAs(request protocol.HostClaimBody) claimed {
	w.t.Helper()
	var c claimed
	w.answer(w.ask(protocol.HostClaim, request), protocol.HostClaimed, &c.PINClaim)
	var err error
	if c.claim, err = release.ReadClaim(c.Claim, c.Signature); err != nil {
		w.t.Fatal(err)
	}
	return c
}

// seal is a portal's answer to a claim.
func (c claimed) seal(t testing.TB, puk string) []byte {
	t.Helper()
	sealed, err := release.Seal(c.Claim, c.claim.Device, []byte(puk))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// release hands over what a portal has released.
func (w *window) release(sealed []byte, pin string) uint32 {
	w.t.Helper()
	return w.ask(protocol.HostRelease, protocol.HostReleaseBody{Sealed: sealed, New: []byte(pin)})
}

// reported waits for the report of a release and reads it as the portal does.
func (w *window) reported(id uint32, c claimed, want fault.Code) *release.Report {
	w.t.Helper()
	var reported protocol.PINReport
	w.answer(id, protocol.HostReleased, &reported)
	report, err := release.ReadReport(reported.Report, reported.Signature, c.Claim, c.claim.Device)
	if err != nil {
		w.t.Fatal(err)
	}
	if report.Outcome != want || reported.Outcome != want {
		w.t.Fatalf("outcome %q, signed as %q, want %q\n%s", reported.Outcome, report.Outcome, want, w.stderr)
	}
	if time.Since(time.Unix(report.Time, 0)).Abs() > time.Minute {
		w.t.Errorf("reported at %d", report.Time)
	}
	return report
}

// PUKs matches each command that brought the card a PUK.
func PUKs(e virtual.Exchange) bool { return e.INS == virtual.ResetRetryCounter && e.Lc > 0 }

// withOpenSC is a machine with a reader, and OpenSC with the configuration of its package.
func withOpenSC(t testing.TB) *readerMachine {
	t.Helper()
	m := withReader(t)
	m.more = nil
	return m
}

// blocked is a card in a reader that has heard three wrong PINs, and a window that has listed it.
func blocked(t testing.TB, m *readerMachine) (*x509.Certificate, *window, protocol.CertificateList) {
	t.Helper()
	certificate := m.key(t, virtual.Authentication, testcard.P256)
	m.put(t)
	w := m.open(t)
	w.hello()
	list := w.shows(1)
	for _, code := range []fault.Code{fault.PINIncorrect, fault.PINLastTry, fault.PINLocked} {
		w.refused(w.selfTest(list.Certificates[0].ID, "999999"), code)
	}
	return certificate, w, w.shows(1)
}

// A blocked card is claimed, gets its PIN in one use of the PUK, and signs with it, through OpenSC as it is
// installed, and as somebody has set it up.
func TestNewPINByReleasedPUK(t *testing.T) {
	t.Parallel()
	for name, setUp := range map[string]func(*testing.T) *readerMachine{
		"as installed": func(t *testing.T) *readerMachine { return withOpenSC(t) },
		"set up": func(t *testing.T) *readerMachine {
			m := withReader(t)
			if _, err := (virtual.OpenSC{Unblock: "set_pin_in_unlogged_session"}).Write(m.home); err != nil {
				t.Fatal(err)
			}
			return m
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := setUp(t)
			certificate, w, list := blocked(t, m)
			if token := list.Tokens[0]; token.PIN.State != protocol.PINLocked || token.PUK != protocol.PUKReady || !token.Unblocks {
				t.Errorf("token %+v", token)
			}
			c := w.claim(list.Certificates[0], "")
			got := c.claim
			if got.Act != "act-1_A" || got.Code != claimCode || got.Origin != portal || got.Card == "" || got.PIN != protocol.PINLocked ||
				!bytes.Equal(got.Certificate, certificate.Raw) || time.Since(time.Unix(got.Time, 0)).Abs() > time.Minute ||
				got.Device.Protection != protocol.ProtectionFile || got.Device.Version == "" || len(c.Card) != 0 {
				t.Errorf("claim %+v", got)
			}
			w.events = nil
			id := w.release(c.seal(t, puk), freshPIN)
			w.reported(id, c, protocol.OutcomeDone)
			w.progressed(id, protocol.HostStagePIN)
			if n := m.card.Count(PUKs); n != 1 {
				t.Errorf("the card heard %d PUKs", n)
			}
			document := []byte("Onay veriyorum")
			var signed signedFiles
			w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[0], freshPIN, w.deliver(document))), protocol.HostSigned, &signed)
			checkSignature(t, m.issuer, signed.Signatures[0].Data, document, certificate.Raw)
		})
	}
}

// progressed wants one event, that request id has come to a stage.
func (w *window) progressed(id uint32, stage protocol.HostStage) {
	w.t.Helper()
	var stages []protocol.HostProgressBody
	for _, e := range w.events {
		var p protocol.HostProgressBody
		if err := json.Unmarshal(e.Body, &p); e.Type == protocol.HostProgress && err == nil {
			stages = append(stages, p)
		}
	}
	if len(stages) != 1 || stages[0] != (protocol.HostProgressBody{Request: id, Stage: stage}) {
		w.t.Errorf("stages %+v", stages)
	}
}

// A wrong PUK costs one try, is reported, and is not used again; after the last one the card is lost, and no PUK is asked
// for.
func TestNewPINWithWrongPUK(t *testing.T) {
	t.Parallel()
	m := withOpenSC(t)
	_, w, list := blocked(t, m)
	for i, want := range []fault.Code{fault.PUKIncorrect, fault.PUKIncorrect, fault.PUKLocked} {
		c := w.claim(list.Certificates[0], "")
		sealed := c.seal(t, wrongPUK)
		w.reported(w.release(sealed, freshPIN), c, want)
		w.refused(w.release(sealed, freshPIN), fault.Sequence)
		if pins, puks := m.card.Tries(); pins != 0 || puks != 2-i {
			t.Errorf("after %d wrong PUKs: %d tries of the PIN, %d of the PUK", i+1, pins, puks)
		}
	}
	w.refused(w.ask(protocol.HostClaim, claimRequest(list.Certificates[0], "")), fault.PUKLocked)
	w.refused(w.unblock(list.Tokens[0].ID, puk, freshPIN), fault.PUKLocked)
	if n := m.card.Count(PUKs); n != 3 {
		t.Errorf("the card heard %d PUKs", n)
	}
}

// A PUK that is not sealed for this claim on this machine, and a new PIN that the card would not take, are reported and not
// sent to the card. Each ends its claim. What is wrong at first sight does not come to a worker.
func TestReleaseRefused(t *testing.T) {
	t.Parallel()
	m := withOpenSC(t)
	_, w, list := blocked(t, m)
	another := anotherMachine(t)
	heard := m.card.Count(virtual.PINs)
	for name, tt := range map[string]struct {
		sealed func(c claimed) []byte
		pin    string
		want   fault.Code
	}{
		"for another code": {func(c claimed) []byte {
			c.Claim = bytes.Replace(c.Claim, []byte(claimCode), []byte("999999999999999"), 1)
			return c.seal(t, puk)
		}, freshPIN, fault.ReleaseInvalid},
		"for another machine": {func(c claimed) []byte {
			sealed, err := release.Seal(c.Claim, another, []byte(puk))
			if err != nil {
				t.Fatal(err)
			}
			return sealed
		}, freshPIN, fault.ReleaseInvalid},
		"tampered":      {func(c claimed) []byte { s := c.seal(t, puk); s[len(s)-1] ^= 1; return s }, freshPIN, fault.ReleaseInvalid},
		"to no point":   {func(c claimed) []byte { s := c.seal(t, puk); clear(s[1:65]); return s }, freshPIN, fault.ReleaseInvalid},
		"cut":           {func(c claimed) []byte { return c.seal(t, puk)[:65] }, freshPIN, fault.ReleaseInvalid},
		"empty":         {func(claimed) []byte { return nil }, freshPIN, fault.ReleaseInvalid},
		"too long":      {func(claimed) []byte { return make([]byte, protocol.MaxSealed+1) }, freshPIN, fault.ReleaseInvalid},
		"no new PIN":    {func(c claimed) []byte { return c.seal(t, puk) }, "", fault.PINEmpty},
		"weak":          {func(c claimed) []byte { return c.seal(t, puk) }, "123456", fault.PINWeak},
		"short":         {func(c claimed) []byte { return c.seal(t, puk) }, "135", fault.PINLength},
		"not printable": {func(c claimed) []byte { return c.seal(t, puk) }, "13524ş", fault.PINCharacters},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			c := w.claim(list.Certificates[0], "")
			sealed := tt.sealed(c)
			w.events = nil
			w.reported(w.release(sealed, tt.pin), c, tt.want)
			if bounded := len(sealed) > 0 && len(sealed) <= protocol.MaxSealed && tt.pin == freshPIN; bounded != (len(w.events) > 0) {
				t.Errorf("events %+v", w.events)
			}
			w.refused(w.release(sealed, freshPIN), fault.Sequence)
		})
	}
	w.t = t
	if n := m.card.Count(virtual.PINs) - heard; n != 0 {
		t.Errorf("the card heard %d PINs or PUKs", n)
	}
}

// anotherMachine returns what another installation would claim with.
func anotherMachine(t *testing.T) release.Device {
	t.Helper()
	m, _, _ := oneCard(t, testcard.P256)
	w := m.open(t)
	w.hello()
	return w.claim(w.list().Certificates[0], pin).claim.Device
}

// Another card in the reader, between claim and release, hears no PUK.
func TestNewPINOfAnotherCard(t *testing.T) {
	t.Parallel()
	m := withOpenSC(t)
	_, w, list := blocked(t, m)
	c := w.claim(list.Certificates[0], "")
	m.card.Pull()
	w.changed()
	other, err := virtual.New(virtual.Options{PIN: pin, PUK: puk})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Pull)
	seen, err := other.Insert(m.service)
	if err != nil {
		t.Fatal(err)
	}
	happens(t, seen)
	w.changed()
	w.reported(w.release(c.seal(t, puk), freshPIN), c, fault.CardChanged)
	if n := other.Count(virtual.PINs); n != 0 {
		t.Errorf("the other card heard %d PINs", n)
	}
}

// A card that leaves half-way, or falls silent and is pulled: reported as that, soon.
func TestNewPINOfAPulledCard(t *testing.T) {
	t.Parallel()
	for name, cardFault := range map[string]virtual.Fault{
		"before the PUK": {INS: virtual.ResetRetryCounter, Do: virtual.PullBefore},
		"after the PUK":  {INS: virtual.ResetRetryCounter, Do: virtual.PullAfter},
		"silent":         {INS: virtual.ResetRetryCounter, Do: virtual.Mute},
		"at the look":    {Do: virtual.PullBefore},
	} {
		t.Run(name, func(t *testing.T) {
			m := withOpenSC(t)
			_, w, list := blocked(t, m)
			c := w.claim(list.Certificates[0], "")
			struck := m.card.SetFault(cardFault)
			id := w.release(c.seal(t, puk), freshPIN)
			happens(t, struck)
			m.card.Pull()
			w.reported(id, c, fault.TokenRemoved)
			if n := m.card.Count(PUKs); n > 1 {
				t.Errorf("the card heard %d PUKs", n)
			}
			m.card.ClearFault()
			m.put(t)
			w.shows(1)
		})
	}
}

// A token that never had a PIN gets its first by its security officer's, which is the PUK of such tokens.
func TestNewPINOfANewCard(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	token, err := m.hsm.AddUnsetToken("Yeni kart", soPIN)
	if err != nil {
		t.Fatal(err)
	}
	root := pkitest.Root(t, "Test Kök Sertifika")
	c := &card{token: token, root: root, sub: root.Sub(t, "Test Nitelikli Sertifika")}
	if err := token.Store(c.sub.Issue(t, anyKey(t)).Raw, []byte{9}, "imza"); err != nil {
		t.Fatal(err)
	}
	w := m.open(t)
	w.hello()
	list := w.list()
	if got := list.Tokens[0]; got.PIN.State != protocol.PINUnset || got.PUK != protocol.PUKReady || !got.Unblocks {
		t.Fatalf("token %+v", got)
	}
	claim := w.claim(list.Certificates[0], "")
	if claim.claim.PIN != protocol.PINUnset || len(claim.Card) != 0 {
		t.Errorf("claim %+v", claim.claim)
	}
	w.reported(w.release(claim.seal(t, wrongPUK), freshPIN), claim, fault.PUKIncorrect)
	if got := w.list().Tokens[0]; got.PUK != protocol.PUKLow || got.PIN.State != protocol.PINUnset {
		t.Errorf("token %+v after a wrong PUK", got)
	}
	claim = w.claim(list.Certificates[0], "")
	w.reported(w.release(claim.seal(t, soPIN), freshPIN), claim, protocol.OutcomeDone)
	w.close()
	c.token = m.hsm.Token("Yeni kart", freshPIN)
	certificate := c.key(t, testcard.P384, 1)
	document := []byte("Onay veriyorum")
	w, list, shown := m.ready(t, document)
	for _, listed := range list.Certificates {
		if listed.Serial == fmt.Sprintf("%X", certificate.SerialNumber) {
			var signed signedFiles
			w.answer(w.ask(protocol.HostSign, signRequest(listed, freshPIN, shown)), protocol.HostSigned, &signed)
			checkSignature(t, c, signed.Signatures[0].Data, document, certificate.Raw)
			return
		}
	}
	t.Errorf("certificates %+v", list.Certificates)
}
