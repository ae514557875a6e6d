package own

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// receipt is what the portal says of an act that it has recorded, for people. What proves the act is its signature.
func (w *own) receipt(in message.Language, act store.Act, e store.Evidence) string {
	signer := ""
	if len(e.Path) > 0 {
		signer = digest(e.Path[0])
	}
	return message.Text(in, "portal.documents.receipt",
		"act", message.Text(in, "portal.documents."+string(act.Kind)), "reference", act.Reference, "name", act.Name,
		"number", pki.MaskCitizenNumber(act.CitizenNumber),
		"received", site.ExactMoment(in, act.ReceivedAt), "verified", site.ExactMoment(in, e.VerifiedAt), "recorded", site.ExactMoment(in, act.RecordedAt),
		"document", digest(e.Document), "signature", digest(e.Signature), "signer", signer, "site", w.Address.String())
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
