// Package export gives the person's certificate, without a signature: it needs no PIN and has no entry in the journal.
package export

import (
	"context"

	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/inventory"
)

// An Act has the part of the host that an export uses.
type Act struct{ Inventory *inventory.Inventory }

// Export returns a certificate of the latest list, and the algorithms by which its key signs hashes.
func (a *Act) Export(_ context.Context, _ act.Request, body *protocol.HostExportBody) (*protocol.HostExportedBody, error) {
	certificate, err := a.Inventory.Certificate(body.Certificate)
	if err != nil {
		return nil, err
	}
	return &protocol.HostExportedBody{
		Data: certificate.Raw, Algorithms: login.Described(certificate.PublicKey, certificate.Token.PSS),
	}, nil
}
