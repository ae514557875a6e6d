package newpin_test

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-tpm/tpm2"

	"github.com/e-onay/e-onay/internal/attest"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/test/testtpm"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// A chip does the part of a machine's TPM: it has an endorsement key, and a certificate of its vendor's.
type chip struct {
	t           *testing.T
	key         *ecdh.PrivateKey
	certificate *x509.Certificate
}

// vendor makes TPMs.
func vendor(t *testing.T, name string) *pkitest.Authority {
	t.Helper()
	return pkitest.Root(t, name, func(c *x509.Certificate) { c.NotBefore = time.Now().AddDate(-5, 0, 0) })
}

func newChip(t *testing.T, ca *pkitest.Authority, edits ...pkitest.Edit) *chip {
	t.Helper()
	signer := pkitest.Key(t, "P-256 endorsement").(*ecdsa.PrivateKey)
	key, err := signer.ECDH()
	if err != nil {
		t.Fatal(err)
	}
	whole := func(c *x509.Certificate) { *c = *testtpm.EndorsementCertificate(testtpm.Elliptic) }
	return &chip{t, key, ca.Issue(t, signer.Public(), append([]pkitest.Edit{whole}, edits...)...)}
}

// endorse adds the chip's certificate to a claim.
func (c *chip) endorse(claim *release.Claim) { claim.Device.Endorsement = [][]byte{c.certificate.Raw} }

// activate is TPM2_ActivateCredential for a key of that name (TCG TPM 2.0 Library, Part 1, Credential Protection).
func (c *chip) activate(name []byte, credential attest.Credential) []byte {
	c.t.Helper()
	point, err := tpm2.Unmarshal[tpm2.TPMSECCPoint](credential.Seed)
	if err != nil {
		c.t.Fatal(err)
	}
	ephemeral, err := ecdh.P256().NewPublicKey(append(append([]byte{4}, point.X.Buffer...), point.Y.Buffer...))
	if err != nil {
		c.t.Fatal(err)
	}
	z, err := c.key.ECDH(ephemeral)
	if err != nil {
		c.t.Fatal(err)
	}
	seed := tpm2.KDFe(crypto.SHA256, z, "IDENTITY", point.X.Buffer, c.key.PublicKey().Bytes()[1:33], 256)
	object := credential.Object[2:] // without the length of the HMAC
	mac := hmac.New(sha256.New, tpm2.KDFa(crypto.SHA256, seed, "INTEGRITY", nil, nil, 256))
	mac.Write(object[32:])
	mac.Write(name)
	if !hmac.Equal(mac.Sum(nil), object[:32]) {
		c.t.Fatal("the credential is for another key")
	}
	block, err := aes.NewCipher(tpm2.KDFa(crypto.SHA256, seed, "STORAGE", name, nil, 128))
	if err != nil {
		c.t.Fatal(err)
	}
	plain := make([]byte, len(object)-32)
	//lint:ignore SA1019 TPM 2.0 encrypts credentials in CFB (part 1, Credential Protection)
	cipher.NewCFBDecrypter(block, make([]byte, aes.BlockSize)).XORKeyStream(plain, object[32:])
	return plain[2:]
}

// takeOut opens the envelope of a claim, as the host and its TPM do.
func (c *chip) takeOut(a portaltest.Answer, claimed *portaltest.Claimed, device release.Device) (sealed []byte, secrets attest.Secrets) {
	c.t.Helper()
	var body struct{ Sealed []byte }
	if a.Status != http.StatusOK || json.Unmarshal([]byte(a.Body), &body) != nil {
		c.t.Fatalf("%d %q %s", a.Status, a.Code(), a.Body)
	}
	if len(body.Sealed) > protocol.MaxSealed {
		c.t.Errorf("an envelope of %d bytes", len(body.Sealed))
	}
	envelope, err := attest.ReadEnvelope(body.Sealed)
	if err != nil {
		c.t.Fatal(err)
	}
	for i, point := range [][]byte{device.Signing, device.Sealing} {
		name, err := attest.Name(attest.Uses[i], point)
		if err != nil {
			c.t.Fatal(err)
		}
		copy(secrets[i][:], c.activate(name, envelope.Credentials[i]))
	}
	if sealed, err = envelope.Open(claimed.Claim, secrets); err != nil {
		c.t.Fatal(err)
	}
	return sealed, secrets
}

// proving adds a proof to a report.
func proving(t *testing.T, secrets attest.Secrets, claim []byte) func(*release.Report) {
	t.Helper()
	proof, err := secrets.Proof(claim)
	if err != nil {
		t.Fatal(err)
	}
	return func(r *release.Report) { r.Proof = proof }
}

// newTPMSite is a portal that knows a vendor of TPMs.
func newTPMSite(t *testing.T, ca *pkitest.Authority, required bool) *portaltest.PINSite {
	t.Helper()
	return portaltest.NewPINSite(t, func(o *portal.Settings) {
		o.TPMRoots = pkitest.WriteCertificates(t, t.TempDir(), "tpm.pem", ca.Certificate)
		o.PUKRequiresTPM = required
	})
}

// isShown checks what the person's list says of the only machine's key.
func isShown(d *portaltest.Desk, protection string) {
	d.T.Helper()
	if got := d.Get("/cihazlar").Attributes(); !strings.Contains(got, `data-protection="`+protection+`"`) {
		d.T.Errorf("the machine is shown as %s, want %s", got, protection)
	}
}

// TestAttestedMachine shows a key as a TPM's once the TPM has opened what was released to it, and not before.
func TestAttestedMachine(t *testing.T) {
	ca := vendor(t, "TPM Vendor")
	s := newTPMSite(t, ca, true)
	d := s.Desk()
	if !strings.Contains(d.Get("/nes/pin/islem").Body, "data-attest") {
		t.Error("the page does not ask for an attestation")
	}
	tpm := newChip(t, ca)
	c := d.Claim(tpm.endorse)
	device := d.Machine.Device()
	sealed, secrets := tpm.takeOut(d.Send(c), c, device)
	if got, err := d.Machine.Open(c.Claim, sealed); err != nil || got != portaltest.PUK {
		t.Errorf("opened %q, %v", got, err)
	}
	again, same := tpm.takeOut(d.Send(c), c, device) // whose answer was lost
	if got, err := d.Machine.Open(c.Claim, again); err != nil || got != portaltest.PUK || same != secrets {
		t.Errorf("opened %q, %v, with other secrets: %v", got, err, same != secrets)
	}
	isShown(d, "software")
	report := d.Report(c, protocol.OutcomeDone, proving(t, secrets, c.Claim))
	for range 2 {
		if a := d.Tell(report); a.Status != http.StatusOK {
			t.Fatalf("the report: %d %q", a.Status, a.Code())
		}
	}
	isShown(d, "tpm")
	if page := d.Get("/cihazlar"); !strings.Contains(page.Body, "doğrulandı: 23 Kasım 2026, 12:00") {
		t.Errorf("the list does not say since when:\n%s", page.Body)
	}

	// What was proven of keys that cannot leave their TPM stays true.
	d.NewCode()
	c = d.Claim(tpm.endorse)
	tpm.takeOut(d.Send(c), c, device)
	d.Tell(d.Report(c, fault.TokenRemoved, nil))
	isShown(d, "tpm")
}

// TestAttestationRefused releases to what no TPM endorses as to software, and where the settings want a TPM not at all.
func TestAttestationRefused(t *testing.T) {
	ca := vendor(t, "TPM Vendor")
	good := newChip(t, ca)
	for name, endorsement := range map[string][][]byte{
		"none":               nil,
		"of another vendor":  {newChip(t, vendor(t, "Another Vendor")).certificate.Raw},
		"expired":            {newChip(t, ca, func(c *x509.Certificate) { c.NotAfter = time.Now().AddDate(-1, 0, 0) }).certificate.Raw},
		"for another use":    {newChip(t, ca, func(c *x509.Certificate) { c.UnknownExtKeyUsage = nil }).certificate.Raw},
		"not a certificate":  {[]byte("sertifika")},
		"a vendor's own":     {ca.Certificate.Raw},
		"behind another one": {newChip(t, vendor(t, "Another Vendor")).certificate.Raw, good.certificate.Raw},
	} {
		t.Run(name, func(t *testing.T) {
			brings := func(c *release.Claim) { c.Device.Endorsement = endorsement }
			d := newTPMSite(t, ca, false).Desk()
			c := d.Claim(brings)
			d.Given(d.Send(c), c, portaltest.PUK)
			if a := d.Tell(d.Report(c, protocol.OutcomeDone, proving(t, attest.Secrets{}, c.Claim))); a.Status != http.StatusOK {
				t.Errorf("the report: %d %q", a.Status, a.Code())
			}
			isShown(d, "software")

			d = newTPMSite(t, ca, true).Desk()
			d.NothingGiven(d.Send(d.Claim(brings)), http.StatusForbidden, refusal.TPMRequired)
			c = d.Claim(good.endorse) // the code is not used up
			good.takeOut(d.Send(c), c, d.Machine.Device())
		})
	}
}

// TestWrongProofs takes a report whose proof is wrong for what it says of the card, and for nothing else.
func TestWrongProofs(t *testing.T) {
	ca := vendor(t, "TPM Vendor")
	tpm := newChip(t, ca)
	for name, change := range map[string]func(t *testing.T, secrets attest.Secrets, claim []byte) func(*release.Report){
		"none": func(*testing.T, attest.Secrets, []byte) func(*release.Report) { return nil },
		"of another claim": func(t *testing.T, secrets attest.Secrets, claim []byte) func(*release.Report) {
			return proving(t, secrets, append(claim, ' '))
		},
		"of one secret": func(t *testing.T, secrets attest.Secrets, claim []byte) func(*release.Report) {
			return proving(t, attest.Secrets{secrets[0]}, claim)
		},
		"cut": func(t *testing.T, secrets attest.Secrets, claim []byte) func(*release.Report) {
			whole := proving(t, secrets, claim)
			return func(r *release.Report) { whole(r); r.Proof = r.Proof[:31] }
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newTPMSite(t, ca, false).Desk()
			c := d.Claim(tpm.endorse)
			_, secrets := tpm.takeOut(d.Send(c), c, d.Machine.Device())
			if a := d.Tell(d.Report(c, fault.PUKIncorrect, change(t, secrets, c.Claim))); a.Status != http.StatusOK {
				t.Fatalf("the report: %d %q", a.Status, a.Code())
			}
			isShown(d, "software")
			d.NewCode()
			d.Machine = portaltest.NewMachine(t)
			portaltest.Refused(t, d.Send(d.Claim(tpm.endorse)), http.StatusConflict, refusal.PUKWithheld)
		})
	}
	t.Run("of an act before", func(t *testing.T) {
		d := newTPMSite(t, ca, false).Desk()
		first := d.Claim(tpm.endorse)
		_, secrets := tpm.takeOut(d.Send(first), first, d.Machine.Device())
		d.NewCode()
		d.Machine = portaltest.NewMachine(t)
		c := d.Claim(tpm.endorse)
		tpm.takeOut(d.Send(c), c, d.Machine.Device())
		d.Tell(d.Report(c, protocol.OutcomeDone, proving(t, secrets, c.Claim)))
		d.Tell(d.Report(c, protocol.OutcomeDone, proving(t, secrets, first.Claim)))
		if strings.Contains(d.Get("/cihazlar").Attributes(), `data-protection="tpm"`) {
			t.Error("a machine is attested by the secrets of another claim")
		}
	})
}

// TestAttestationAcrossKeys replaces the PUK key between a release and its report.
func TestAttestationAcrossKeys(t *testing.T) {
	ca := vendor(t, "TPM Vendor")
	s := newTPMSite(t, ca, false)
	d := s.Desk()
	tpm := newChip(t, ca)
	c := d.Claim(tpm.endorse)
	_, secrets := tpm.takeOut(d.Send(c), c, d.Machine.Device())
	s.Server.Close()
	s.Settings.PUKKeyFile, s.Settings.PUKOldKeyFiles = portaltest.PUKKey(t, 2), []string{portaltest.PUKKey(t, 1)}
	s.Serve(s.Verifier, nil)
	d.Tell(d.Report(c, protocol.OutcomeDone, proving(t, secrets, c.Claim)))
	isShown(d, "tpm")
}

// TestNoTPMVendors is a portal that knows none: it asks no computer for its TPM, and encloses nothing.
func TestNoTPMVendors(t *testing.T) {
	d := portaltest.NewPINSite(t, nil).Desk()
	if strings.Contains(d.Get("/nes/pin/islem").Body, "data-attest") {
		t.Error("the page asks for an attestation")
	}
	c := d.Claim(newChip(t, vendor(t, "TPM Vendor")).endorse)
	d.Given(d.Send(c), c, portaltest.PUK)
	d.Tell(d.Report(c, protocol.OutcomeDone, proving(t, attest.Secrets{}, c.Claim)))
	isShown(d, "software")
}
