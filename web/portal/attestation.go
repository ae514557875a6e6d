package portal

import (
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/x509"
	"fmt"

	"github.com/e-onay/e-onay/internal/attest"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// A host's word that its key is in a TPM counts for nothing: any program can say so. What counts is that the TPM, by a
// vendor whom the settings name, has opened an envelope that is for this key and claim (package attest).

// openTPMRoots reads the roots that the settings name; none means that no TPM is believed.
func openTPMRoots(s *Settings) ([]*x509.Certificate, error) {
	if s.TPMRoots == "" {
		return nil, nil
	}
	roots, err := readCertificates(s.TPMRoots)
	if err != nil {
		return nil, fmt.Errorf("portal: TPM roots: %w", err)
	}
	return roots, nil
}

// judgeEndorsement finds out whether the release is to be opened by a TPM alone, and refuses a claim without where the
// settings want one.
func (p *Portal) judgeEndorsement(j *judgement) error {
	device := j.claim.Device
	if len(p.tpmRoots) > 0 && len(device.Endorsement) > 0 {
		endorsement, err := attest.Endorsed(device.Endorsement, p.tpmRoots, p.now())
		if err != nil { // it may quote what was sent
			p.log.Info("endorsement refused", "machine", device.ID(), "error", fmt.Sprintf("%.200v", err))
		}
		j.endorsement = endorsement
	}
	if j.endorsement == nil && p.settings.PUKRequiresTPM {
		return fault.Errorf(refusal.TPMRequired, "%d certificates of a TPM", len(device.Endorsement))
	}
	return nil
}

// enclose puts a sealed PUK into an envelope, where only a TPM is to open it.
func (p *Portal) enclose(j *judgement, sealed []byte) ([]byte, error) {
	if j.endorsement == nil {
		return sealed, nil
	}
	secrets, err := p.puks.keys[0].secrets(j.body.Claim)
	if err != nil {
		return nil, err
	}
	device := j.claim.Device
	return j.endorsement.Enclose(j.body.Claim, attest.Points{device.Signing, device.Sealing}, secrets, sealed)
}

// attested reports whether a report proves that the TPM has opened the envelope of its claim. A proof that is wrong says
// nothing about what became of the PUK.
func (p *Portal) attested(claim []byte, report *release.Report) (bool, error) {
	if len(report.Proof) == 0 {
		return false, nil
	}
	for _, key := range p.puks.keys { // the key may have been replaced since the release
		secrets, err := key.secrets(claim)
		if err != nil {
			return false, err
		}
		if secrets.Proves(claim, report.Proof) {
			return true, nil
		}
	}
	return false, nil
}

// secrets are those in the credentials for a claim, the same in each process and each time that it is asked: nothing is
// kept for them.
func (k *pukKey) secrets(claim []byte) (secrets attest.Secrets, err error) {
	digest := sha256.Sum256(claim)
	for i, use := range attest.Uses {
		secret, err := hkdf.Key(sha256.New, k.activation, nil, use.String()+"\n"+string(digest[:]), attest.SecretSize)
		if err != nil {
			return secrets, err
		}
		copy(secrets[i][:], secret)
	}
	return secrets, nil
}
