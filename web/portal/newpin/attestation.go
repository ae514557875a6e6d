package newpin

import (
	"fmt"

	"github.com/e-onay/e-onay/internal/attest"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// A host's claim that its key is in a TPM proves nothing: any program can make it. The proof is that a TPM, of a vendor that
// the settings name, has opened an envelope for this key and claim (package attest).

// checkEndorsement finds out whether the release is to be opened by a TPM alone, and refuses a claim without where the
// settings want one.
func (n *newpin) checkEndorsement(j *judgement) error {
	device := j.claim.Device
	if len(n.TPMRoots) > 0 && len(device.Endorsement) > 0 {
		endorsement, err := attest.Endorsed(device.Endorsement, n.TPMRoots, n.Now())
		if err != nil { // it may quote what was sent
			n.Log.Info("endorsement refused", "machine", device.ID(), "error", fmt.Sprintf("%.200v", err))
		}
		j.endorsement = endorsement
	}
	if j.endorsement == nil && n.RequiresTPM {
		return fault.Errorf(refusal.TPMRequired, "%d certificates of a TPM", len(device.Endorsement))
	}
	return nil
}

// enclose puts a sealed PUK into an envelope, where only a TPM is to open it.
func (n *newpin) enclose(j *judgement, sealed []byte) ([]byte, error) {
	if j.endorsement == nil {
		return sealed, nil
	}
	secrets, err := n.Safe.Secrets(j.body.Claim)
	if err != nil {
		return nil, err
	}
	device := j.claim.Device
	return j.endorsement.Enclose(j.body.Claim, attest.Points{device.Signing, device.Sealing}, secrets, sealed)
}

// attested reports whether a report proves that the TPM has opened the envelope of its claim. A proof that is wrong says
// nothing about what became of the PUK.
func (n *newpin) attested(claim []byte, report *release.Report) (bool, error) {
	if len(report.Proof) == 0 {
		return false, nil
	}
	return n.Safe.Proves(claim, report.Proof)
}
