// Package login gives a token that proves to one site who the person is, once.
//
// What the card signs is the site's nonce and the browser's word of its origin; neither can say anything else. A key that
// signs hashes for a site logs in nowhere (package hashsites): a page could have it sign another site's login. That is
// checked before the card gets a PIN, and again while the hash pairs are locked.
package login

import (
	"context"
	"crypto"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/cardlogin"
	"github.com/e-onay/e-onay/nativehost/hashsites"
	"github.com/e-onay/e-onay/nativehost/inventory"
	"github.com/e-onay/e-onay/nativehost/journal"
)

// An Act has the parts of the host that a login uses.
type Act struct {
	Inventory *inventory.Inventory
	Cards     *cardlogin.Cards
	Journal   *act.Journal
	HashSites hashsites.File
	// Version is the host's.
	Version string
	// Now is the clock.
	Now func() time.Time
}

// appVersion is how Web eID's tokens name the program that made them: an address for people, and the version.
const appVersion = "https://e-onay.tr/app/"

// Authenticate makes a token. It leaves once the act is journaled.
func (a *Act) Authenticate(ctx context.Context, r act.Request, body *protocol.HostLoginBody) (*protocol.LoginResult, error) {
	if err := check(body); err != nil {
		return nil, err
	}
	certificate, err := a.Inventory.Certificate(body.Certificate)
	if err != nil {
		return nil, err
	}
	entry := act.WithCertificate(journal.Act{Kind: protocol.JournalLogin, Origin: body.Origin, Purpose: body.Purpose}, certificate)
	return act.RunJournaled(ctx, a.Journal, r, entry, func() (*protocol.LoginResult, error) {
		token, err := a.makeToken(ctx, r, certificate, body)
		return &protocol.LoginResult{Token: string(token)}, err
	})
}

// check refuses a request that no window of ours sends.
func check(b *protocol.HostLoginBody) error {
	if b.Format != protocol.LoginFormat && b.Format != protocol.LoginFormatWebEID {
		return fault.Errorf(fault.Unsupported, "format %.300q", b.Format)
	}
	err := login.CheckOrigin(b.Origin)
	if err == nil {
		err = login.CheckNonce(b.Nonce)
	}
	if err != nil {
		return fault.New(fault.MessageInvalid, err)
	}
	return act.CheckAsker(b.Origin, b.Purpose)
}

// makeToken has the card sign the login.
func (a *Act) makeToken(ctx context.Context, r act.Request, certificate *inventory.Certificate, body *protocol.HostLoginBody) ([]byte, error) {
	// Whether the certificate must be a qualified one is for the site to judge.
	if err := certificate.UsableForLogin(a.Now(), true); err != nil {
		return nil, err
	}
	allowed := func() error { return a.HashSites.CheckLogin(certificate.KeyName()) }
	if err := allowed(); err != nil {
		return nil, err
	}
	token := &login.Token{Format: body.Format, Certificate: certificate.Raw, AppVersion: appVersion + a.Version}
	pins := cardlogin.PINs{PIN: body.PIN, KeyPIN: body.KeyPIN, Told: body.Told, KeyTold: body.KeyTold}
	signature, err := a.Cards.SignDigest(ctx, r, certificate, pins, allowed, func(pss bool) (crypto.Hash, []byte, error) {
		algorithm, err := login.For(certificate.PublicKey, pss)
		if err != nil {
			return 0, nil, err
		}
		token.Algorithm = algorithm
		h := algorithm.Hash.New()
		h.Write(login.Statement(body.Format, algorithm.Hash, body.Origin, body.Nonce, token.Certificate))
		return algorithm.Hash, h.Sum(nil), nil
	})
	if err != nil {
		return nil, err
	}
	token.Signature = signature.Value
	return token.JSON()
}
