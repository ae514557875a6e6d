//go:build linux

package main_test

import (
	"crypto/x509"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/attest"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testtpm"
)

// A machine whose TPM shows that it holds the device key: claim, envelope and report. This file is the portal.

// attestedClaim has the host claim the machine's one card, with what its TPM shows.
func (w *window) attestedClaim(certificate protocol.Certificate) claimed {
	w.t.Helper()
	request := claimRequest(certificate, pin)
	request.Attest = true
	return w.claimAs(request)
}

// enclose is a portal's answer to such a claim.
func (c claimed) enclose(t testing.TB, ca *pkitest.Authority, secrets attest.Secrets) []byte {
	t.Helper()
	e, err := attest.Endorsed(c.claim.Device.Endorsement, []*x509.Certificate{ca.Certificate}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := e.Enclose(c.Claim, attest.Points{c.claim.Device.Signing, c.claim.Device.Sealing}, secrets, c.seal(t, soPIN))
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestNewPINOnAnAttestedMachine(t *testing.T) {
	tpm := startTPM(t, t.TempDir())
	m, _, _ := oneCard(t, testcard.P256)
	m.withTPM(t, tpm.Socket())
	w := m.open(t)
	w.hello()
	certificate := w.list().Certificates[0]
	if c := w.attestedClaim(certificate); len(c.claim.Device.Endorsement) != 0 {
		t.Error("a TPM without a certificate endorses")
	}
	ca := pkitest.Root(t, "TPM Vendor")
	der, err := tpm.Endorse(testtpm.RSA, testtpm.EndorsementCertificate(testtpm.RSA), ca.Certificate, ca.Key)
	if err != nil {
		t.Fatal(err)
	}
	if c := w.claim(certificate, pin); len(c.claim.Device.Endorsement) != 0 {
		t.Error("the TPM's certificate was told without being asked for")
	}

	secrets := attest.Secrets{{1}, {2}}
	c := w.attestedClaim(certificate)
	if chain := c.claim.Device.Endorsement; len(chain) != 1 || string(chain[0]) != string(der) {
		t.Fatalf("%d certificates", len(chain))
	}
	report := w.reported(w.release(c.enclose(t, ca, secrets), pin), c, protocol.OutcomeDone)
	if !secrets.Proves(c.Claim, report.Proof) {
		t.Error("the report does not prove that the TPM has opened the envelope")
	}
	c = w.attestedClaim(certificate) // as of a portal without roots
	if report := w.reported(w.release(c.seal(t, soPIN), pin), c, protocol.OutcomeDone); report.Proof != nil {
		t.Error("a proof without an envelope")
	}
	ofAnotherAct := claimRequest(certificate, pin)
	ofAnotherAct.Act, ofAnotherAct.Attest = "act-2_B", true
	other := w.claimAs(ofAnotherAct)
	for name, answer := range map[string]func(c claimed) []byte{
		"of another claim":   func(claimed) []byte { return other.enclose(t, ca, secrets) },
		"changed":            func(c claimed) []byte { s := c.enclose(t, ca, secrets); s[len(s)-1] ^= 1; return s },
		"another credential": func(c claimed) []byte { s := c.enclose(t, ca, secrets); s[20] ^= 1; return s },
		"cut":                func(c claimed) []byte { return c.enclose(t, ca, secrets)[:100] },
		"empty":              func(claimed) []byte { return []byte{1} },
	} {
		c := w.attestedClaim(certificate)
		if report := w.reported(w.release(answer(c), pin), c, fault.ReleaseInvalid); report.Proof != nil {
			t.Errorf("%s: a proof", name)
		}
	}
}
