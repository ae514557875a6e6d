package settings

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/signature"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/cardlogin"
	"github.com/e-onay/e-onay/nativehost/inventory"
	"github.com/e-onay/e-onay/nativehost/journal"
)

// SelfTest signs a sample with a certificate of the latest list, and verifies the signature.
func (a *Act) SelfTest(ctx context.Context, r act.Request, body *protocol.HostSelfTestBody) error {
	certificate, err := a.Inventory.Certificate(body.Certificate)
	if err != nil {
		return err
	}
	pins := cardlogin.PINs{PIN: body.PIN, KeyPIN: body.KeyPIN, Told: body.Told, KeyTold: body.KeyTold}
	err = a.signSample(ctx, r, certificate, pins)
	act.Wipe(body)
	return a.Journal.Note(ctx, r, act.WithCertificate(journal.Act{Kind: protocol.JournalSelfTest}, certificate), err)
}

// signSample does not ask whether the certificate is valid: the card is what is tested.
func (a *Act) signSample(ctx context.Context, r act.Request, certificate *inventory.Certificate, pins cardlogin.PINs) error {
	sample := ades.NewDocument("", protocol.MediaTypeText, a.sample())
	signed, err := a.Cards.SignDocument(ctx, r, certificate, pins, sample)
	if err != nil {
		return err
	}
	err = signature.CAdES.Check(signed, signature.Request{Signer: ades.Signer{Certificate: certificate.X509()}, Documents: []ades.Document{sample}})
	if err != nil {
		return fault.New(fault.SelfTestFailed, err)
	}
	return nil
}

// sample is what a self-test signs. It says what it is, and no two are the same.
func (a *Act) sample() []byte {
	unique := make([]byte, 16)
	_, _ = rand.Read(unique) // never fails
	return fmt.Appendf(nil, "E-Onay kendini sınıyor. Bu imza bir irade açıklaması değildir ve hiçbir hukukî sonuç doğurmaz.\n"+
		"E-Onay tests itself. This signature declares no intent and has no legal effect.\n%s\n%x\n", a.Now().UTC().Format(timeFormat), unique)
}

const timeFormat = "2006-01-02T15:04:05Z"
