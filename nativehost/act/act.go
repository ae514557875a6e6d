// Package act has what acts share beside the card: the request that they answer, and the rule that nothing leaves the host
// before its entry is in the journal.
//
// Each folder below is one act, or what the settings page does. None imports another; session puts them together.
package act

import (
	"fmt"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/inventory"
	"github.com/e-onay/e-onay/nativehost/journal"
	"github.com/e-onay/e-onay/nativehost/secret"
)

// A Request is one request of the window.
type Request struct {
	ID uint32
	// Progress tells the window what the card is doing.
	Progress func(protocol.HostStage)
	// Count tells the window how many of how many documents are signed.
	Count func(done, total int)
	// Deliver sends the window a part of a signed file, which must be in the journal.
	Deliver func(protocol.SignaturePart)
}

// Wipe wipes the PINs and PUKs of a request's body.
func Wipe(body protocol.Secretive) {
	for _, s := range body.Secrets() {
		secret.Wipe(s)
	}
}

// MaxOrigin is how long an origin may be, in bytes: what package release takes.
const MaxOrigin = 300

// CheckAsker refuses an origin or a purpose that no window of ours sends.
func CheckAsker(origin, purpose string) error {
	if len(origin) > MaxOrigin || len(purpose) > protocol.MaxPurpose {
		return fault.Errorf(fault.MessageInvalid, "origin of %d bytes, purpose of %d", len(origin), len(purpose))
	}
	return nil
}

// WithCertificate adds a certificate to a journal entry, nothing if c is nil.
func WithCertificate(entry journal.Act, c *inventory.Certificate) journal.Act {
	if c != nil {
		entry.Certificate = c.ID()
		entry.Issuer, entry.Serial = c.IssuerName(), fmt.Sprintf("%X", c.SerialNumber)
	}
	return entry
}
