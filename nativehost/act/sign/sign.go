// Package sign gives signatures of documents that the window has shown.
//
// The window announces each document (document.go), sends its bytes in chunks, and then asks for the signatures. The act
// goes so:
//
//  1. The digests of what the window showed must be those of what arrived here: nothing else is signed.
//  2. The certificate is one of the latest list, and usable at this moment.
//  3. One card login makes a signature for each document, or none (package cardlogin), in the format that was asked for
//     (package signature).
//  4. The act is journaled. Only then do the signatures leave.
package sign

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/signature"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/cardlogin"
	"github.com/e-onay/e-onay/nativehost/inventory"
	"github.com/e-onay/e-onay/nativehost/journal"
)

// An Act is one window's signing: its documents, and the parts of the host that it uses.
type Act struct {
	Inventory *inventory.Inventory
	Cards     *cardlogin.Cards
	Journal   *act.Journal
	// Now is the clock.
	Now func() time.Time

	documents []*document
}

// Sign makes the signatures, all with one card login, or none.
func (a *Act) Sign(ctx context.Context, r act.Request, body *protocol.HostSignBody) (*protocol.SignResult, error) {
	if !a.Inventory.Listed() {
		return nil, fault.Errorf(fault.Sequence, "sign before a list")
	}
	format, err := signature.Lookup(string(body.Format), string(body.Profile))
	if err != nil {
		return nil, err
	}
	if err := act.CheckAsker(body.Origin, body.Purpose); err != nil {
		return nil, err
	}
	certificate := a.Inventory.Find(body.Certificate) // nil is refused below, and journaled
	signed, err := act.RunJournaled(ctx, a.Journal, r, a.entry(body, certificate), func() ([]ades.Pieces, error) {
		return a.signShown(ctx, r, format, certificate, body)
	})
	if err != nil {
		return nil, err
	}
	for i, pieces := range signed {
		deliver(r, i, pieces)
	}
	a.documents = nil
	return &protocol.SignResult{Outcomes: make([]protocol.Outcome, len(signed))}, nil
}

// entry is the act's entry in the journal.
func (a *Act) entry(body *protocol.HostSignBody, certificate *inventory.Certificate) journal.Act {
	entry := journal.Act{Kind: protocol.JournalSign, Origin: body.Origin, Purpose: body.Purpose}
	for _, d := range a.documents {
		entry.Documents = append(entry.Documents, journal.Document{Name: d.name, Digest: hex.EncodeToString(d.digest(crypto.SHA256))})
	}
	return act.WithCertificate(entry, certificate)
}

// signShown signs the documents if they are those that the window showed.
func (a *Act) signShown(ctx context.Context, r act.Request, format signature.Format, certificate *inventory.Certificate, body *protocol.HostSignBody) ([]ades.Pieces, error) {
	if err := a.compare(body.Shown); err != nil {
		return nil, err
	}
	if certificate == nil {
		return nil, fault.Errorf(fault.NoCertificate, "the certificate is not in the list")
	}
	if err := certificate.Usable(a.Now()); err != nil {
		return nil, err
	}
	pins := cardlogin.PINs{PIN: body.PIN, KeyPIN: body.KeyPIN, Told: body.Told, KeyTold: body.KeyTold}
	return a.Cards.SignDocuments(ctx, r, format, certificate, pins, a.toSign())
}

// compare refuses documents other than those that the window showed.
func (a *Act) compare(shown [][]byte) error {
	if len(shown) != len(a.documents) {
		return fault.Errorf(fault.DigestMismatch, "%d documents shown, %d received", len(shown), len(a.documents))
	}
	for i, d := range a.documents {
		if subtle.ConstantTimeCompare(shown[i], d.digest(crypto.SHA256)) != 1 {
			return fault.Errorf(fault.DigestMismatch, "document %d, digest of %d bytes, want %d", i, len(shown[i]), sha256.Size)
		}
	}
	return nil
}

// toSign are the documents with all digests that a signature may ask for.
func (a *Act) toSign() (documents []ades.Document) {
	for _, d := range a.documents {
		digests := map[crypto.Hash][]byte{}
		for hash := range d.sums {
			digests[hash] = d.digest(hash)
		}
		documents = append(documents, ades.Document{Name: d.name, MediaType: protocol.MediaTypeText, Size: d.size, Digests: digests})
	}
	return documents
}
