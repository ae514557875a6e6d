//go:build linux

package main_test

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// Which cards are claimed, and which are refused before a portal is asked.

// A card whose PIN works signs the claim with it, and is not claimed without.
func TestClaimOfAUsableCard(t *testing.T) {
	t.Parallel()
	m := withOpenSC(t)
	certificate := m.key(t, virtual.Signature, testcard.P384)
	m.put(t)
	w := m.open(t)
	w.hello()
	list := w.shows(1)
	failure := w.refused(w.ask(protocol.HostClaim, claimRequest(list.Certificates[0], "")), fault.PINUsable)
	if failure.PIN == nil || failure.PIN.State != protocol.PINReady {
		t.Errorf("failure %+v", failure)
	}
	w.refused(w.ask(protocol.HostClaim, claimRequest(list.Certificates[0], "24681ş")), fault.PINCharacters)
	w.refused(w.ask(protocol.HostClaim, claimRequest(list.Certificates[0], "999999")), fault.PINIncorrect)
	if tries, _ := m.card.Tries(); tries != 2 {
		t.Errorf("%d tries of the PIN are left", tries)
	}
	w.refused(w.release([]byte("x"), freshPIN), fault.Sequence) // a refused claim admits no release
	c := w.claim(list.Certificates[0], pin)
	checkSignature(t, m.issuer, c.Card, c.Claim, certificate.Raw)
	w.reported(w.release(c.seal(t, puk), freshPIN), c, protocol.OutcomeDone)
	w.answer(w.selfTest(list.Certificates[0].ID, freshPIN), protocol.HostReady, nil)
}

// What is of no use is refused before a portal is asked: a certificate before or after its time, whatever the PIN's
// state; a card that no known way unblocks; and what a window of ours never sends.
func TestClaimRefused(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	c := m.insert(t, "Kart")
	good := c.key(t, testcard.P256, 1)
	late, early := c.key(t, testcard.P256, 2, expired), c.key(t, testcard.P256, 3, notYetValid)
	w := m.open(t)
	w.hello()
	w.refused(w.ask(protocol.HostClaim, claimRequest(protocol.Certificate{}, "")), fault.Sequence)
	list := w.list()
	find := func(certificate *x509.Certificate) protocol.Certificate {
		for _, listed := range list.Certificates {
			if listed.Serial == fmt.Sprintf("%X", certificate.SerialNumber) {
				return listed
			}
		}
		t.Fatal("not listed")
		return protocol.Certificate{}
	}
	w.refused(w.ask(protocol.HostClaim, claimRequest(find(late), "")), fault.CertificateExpired)
	w.refused(w.ask(protocol.HostClaim, claimRequest(find(early), "")), fault.CertificateNotYetValid)
	for name, edit := range map[string]func(*protocol.HostClaimBody){
		"no origin":         func(b *protocol.HostClaimBody) { b.Origin = "" },
		"long origin":       func(b *protocol.HostClaimBody) { b.Origin = portal + string(bytes.Repeat([]byte{'a'}, 300)) },
		"long purpose":      func(b *protocol.HostClaimBody) { b.Purpose = string(bytes.Repeat([]byte{'a'}, 301)) },
		"short code":        func(b *protocol.HostClaimBody) { b.Code = claimCode[1:] },
		"code of letters":   func(b *protocol.HostClaimBody) { b.Code = "16885741435123a" },
		"no act":            func(b *protocol.HostClaimBody) { b.Act = "" },
		"long act":          func(b *protocol.HostClaimBody) { b.Act = string(bytes.Repeat([]byte{'a'}, 65)) },
		"act of more":       func(b *protocol.HostClaimBody) { b.Act = "a/b" },
		"not all of an act": func(b *protocol.HostClaimBody) { b.Act = "aş" },
	} {
		t.Run(name, func(t *testing.T) {
			body := claimRequest(find(good), pin)
			edit(&body)
			w.refused(w.ask(protocol.HostClaim, body), fault.MessageInvalid)
		})
	}
	w.refused(w.ask(protocol.HostClaim, claimRequest(protocol.Certificate{ID: "none"}, pin)), fault.NoCertificate)
	claim := w.claim(find(good), pin) // nothing of the session is spoilt
	w.refused(w.ask(protocol.HostClaim, claimRequest(find(late), "")), fault.CertificateExpired)
	w.refused(w.release(claim.seal(t, soPIN), freshPIN), fault.Sequence)
}

// A card that the registry bars from it is told apart from the others, and left alone.
func TestUnblockUnsupported(t *testing.T) {
	t.Parallel()
	m := withOpenSC(t)
	barred := `{"version": 1, "modules": [{"id": "opensc", "files": {"linux": ["opensc-pkcs11.so"]}, "quirks": ["opensc"], "unblock": "none"}]}`
	if err := os.WriteFile(filepath.Join(m.home, ".config", "e-onay", "modules.json"), []byte(barred), 0o600); err != nil {
		t.Fatal(err)
	}
	_, w, list := blocked(t, m)
	if list.Tokens[0].Unblocks {
		t.Errorf("token %+v", list.Tokens[0])
	}
	w.refused(w.ask(protocol.HostClaim, claimRequest(list.Certificates[0], "")), fault.UnblockUnsupported)
	w.refused(w.unblock(list.Tokens[0].ID, puk, freshPIN), fault.UnblockUnsupported)
	if n := m.card.Count(PUKs); n != 0 {
		t.Errorf("the card heard %d PUKs", n)
	}
}
