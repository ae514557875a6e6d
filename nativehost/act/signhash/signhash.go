// Package signhash gives a signature of a hash that a page has made.
//
// What the hash stands for cannot be shown, so the act is off unless the person has allowed it for this key and this site
// (package hashsites). That is checked before the card gets a PIN, and again while the hash pairs are locked.
package signhash

import (
	"context"
	"crypto"
	"encoding/hex"
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

// An Act has the parts of the host that it uses.
type Act struct {
	Inventory *inventory.Inventory
	Cards     *cardlogin.Cards
	Journal   *act.Journal
	HashSites hashsites.File
	// Now is the clock.
	Now func() time.Time
}

// SignHash signs the hash. The signature leaves once the act is journaled.
func (a *Act) SignHash(ctx context.Context, r act.Request, body *protocol.HostSignHashBody) (*protocol.HashResult, error) {
	hash, err := check(body)
	if err != nil {
		return nil, err
	}
	certificate, err := a.Inventory.Certificate(body.Certificate)
	if err != nil {
		return nil, err
	}
	return act.RunJournaled(ctx, a.Journal, r, act.WithCertificate(entry(body, hash), certificate), func() (*protocol.HashResult, error) {
		signature, err := a.sign(ctx, r, certificate, body, hash)
		if err != nil {
			return nil, err
		}
		return &protocol.HashResult{Algorithm: login.Describe(certificate.PublicKey, signature.PSS, hash), Signature: signature.Value}, nil
	})
}

// check refuses a request that no window of ours sends, and returns the hash's function.
func check(b *protocol.HostSignHashBody) (crypto.Hash, error) {
	hash, ok := login.HashNamed(b.Function)
	if !ok {
		return 0, fault.Errorf(fault.Unsupported, "hash function %.300q", b.Function)
	}
	if len(b.Hash) != hash.Size() {
		return 0, fault.Errorf(fault.MessageInvalid, "a hash of %d bytes for %v", len(b.Hash), hash)
	}
	if err := login.CheckOrigin(b.Origin); err != nil {
		return 0, fault.New(fault.MessageInvalid, err)
	}
	return hash, nil
}

// documentName is what the journal calls the document that the host has not seen.
const documentName = "hash"

// entry is the act's entry in the journal.
func entry(b *protocol.HostSignHashBody, hash crypto.Hash) journal.Act {
	document := journal.Document{Name: documentName, Digest: hex.EncodeToString(b.Hash)}
	if hash != crypto.SHA256 {
		document.Function = b.Function
	}
	return journal.Act{Kind: protocol.JournalSignHash, Origin: b.Origin, Documents: []journal.Document{document}}
}

// sign has the card sign the hash.
func (a *Act) sign(ctx context.Context, r act.Request, certificate *inventory.Certificate, body *protocol.HostSignHashBody, hash crypto.Hash) (*cardlogin.Signature, error) {
	if err := certificate.Usable(a.Now()); err != nil {
		return nil, err
	}
	allowed := func() error { return a.HashSites.CheckSignHash(certificate.KeyName(), body.Origin) }
	if err := allowed(); err != nil {
		return nil, err
	}
	pins := cardlogin.PINs{PIN: body.PIN, KeyPIN: body.KeyPIN, Told: body.Told, KeyTold: body.KeyTold}
	return a.Cards.SignDigest(ctx, r, certificate, pins, allowed, func(bool) (crypto.Hash, []byte, error) { return hash, body.Hash, nil })
}
