package sign

import (
	"context"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/signature"
	"github.com/e-onay/e-onay/nativehost/act"
)

// Preview shows how a PDF will look with its stamp, for the certificate that the person has chosen. No card is asked.
func (a *Act) Preview(_ context.Context, _ act.Request, body *protocol.HostPreviewBody) (*protocol.Preview, error) {
	files, err := a.filesOf(&body.SignatureOptions)
	if err != nil {
		return nil, err
	}
	certificate, err := a.Inventory.Certificate(body.Certificate)
	if err != nil {
		return nil, err
	}
	if body.Format != protocol.FormatPAdES || body.Document < 0 || body.Document >= len(files.Documents) {
		return nil, fault.Errorf(fault.MessageInvalid, "preview of document %d as %.20q", body.Document, body.Format)
	}
	hash, err := ades.HashFor(certificate.PublicKey)
	if err != nil {
		return nil, err
	}
	signer := ades.Signer{Certificate: certificate.X509(), Hash: hash, Time: a.Now()}
	prepared, err := files.Format.Prepare(signature.Request{Signer: signer, Documents: files.Documents[body.Document], Options: files.Options})
	if err != nil {
		return nil, err
	}
	unsigned := prepared.(*pades.Unsigned)
	page, fromTop, ok := unsigned.StampedAt()
	if !ok {
		return &protocol.Preview{}, nil
	}
	var appended []byte
	for _, piece := range unsigned.Preview() {
		appended = append(appended, piece.Bytes...)
	}
	if len(appended) > protocol.MaxPreview {
		return nil, fault.Errorf(fault.RequestTooLarge, "%d bytes are appended, the limit is %d", len(appended), protocol.MaxPreview)
	}
	return &protocol.Preview{Appended: appended, Page: page + 1, FromTop: int(fromTop * 1000)}, nil
}
