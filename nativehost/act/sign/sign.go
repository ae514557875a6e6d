// Package sign gives signatures of documents that the window has shown.
//
// The window announces each document (document.go), sends its bytes in chunks, asks whether they can be signed (check.go), and
// then for the signatures. The act goes so:
//
//  1. The digests of what the window showed must be those of what arrived here: nothing else is signed.
//  2. The certificate is one of the latest list, and usable at this moment.
//  3. One card login makes a signature for each document, or one for all (package cardlogin), in the format that was asked
//     for (package signature). Each is read again by the format's own reader.
//  4. While the card makes the next, those that are whole are journaled together, and leave (outgoing.go).
//  5. A document that is not signed does not take the others along. Those that were not are journaled at the end.
package sign

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/subtle"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/signature"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/cardlogin"
	"github.com/e-onay/e-onay/nativehost/inventory"
	"github.com/e-onay/e-onay/nativehost/journal"
	"github.com/e-onay/e-onay/nativehost/spool"
)

// An Act is one window's signing: its documents, and the parts of the host that it uses.
type Act struct {
	Inventory *inventory.Inventory
	Cards     *cardlogin.Cards
	Journal   *act.Journal
	// Spool keeps the documents' bytes.
	Spool *spool.File
	// Now is the clock.
	Now func() time.Time

	documents []*document
	announced int64 // bytes of all documents
}

// Sign makes the signatures, all with one card login, and returns what became of each document. It returns an error where
// none was signed.
func (a *Act) Sign(ctx context.Context, r act.Request, body *protocol.HostSignBody) (*protocol.SignResult, error) {
	if !a.Inventory.Listed() {
		return nil, fault.Errorf(fault.Sequence, "sign before a list")
	}
	files, err := a.filesOf(&body.SignatureOptions)
	if err != nil {
		return nil, err
	}
	if err := act.CheckAsker(body.Origin, body.Purpose); err != nil {
		return nil, err
	}
	if err := a.Journal.Ready(ctx); err != nil {
		return nil, err
	}
	certificate := a.Inventory.Find(body.Certificate) // nil is refused below, and journaled
	entry := journal.Act{Kind: protocol.JournalSign, Origin: body.Origin, Purpose: body.Purpose, Format: files.Format.Name}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	places := body.Files(len(a.documents))
	out := newOutgoing(ctx, stop, r, a.Journal, act.WithCertificate(entry, certificate), a.documents, places)
	err = a.signShown(ctx, r, files, certificate, body, out.tell)
	outcomes, err := out.end(ctx, err)
	if err != nil {
		return nil, err
	}
	if err := a.Close(); err != nil {
		a.Journal.Log.Warn("removing the documents", "error", err)
	}
	return &protocol.SignResult{Outcomes: outcomes}, nil
}

// signShown signs the documents if they are those that the window showed.
func (a *Act) signShown(ctx context.Context, r act.Request, files cardlogin.Files, certificate *inventory.Certificate, body *protocol.HostSignBody, tell cardlogin.Outcome) error {
	if err := a.compare(body.Shown); err != nil {
		return err
	}
	if certificate == nil {
		return fault.Errorf(fault.NoCertificate, "the certificate is not in the list")
	}
	if err := certificate.Usable(a.Now()); err != nil {
		return err
	}
	pins := cardlogin.PINs{PIN: body.PIN, KeyPIN: body.KeyPIN, Told: body.Told, KeyTold: body.KeyTold}
	return a.Cards.SignDocuments(ctx, r, certificate, pins, files, tell)
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

// filesOf says what is to be signed, in one signature for each document or for all.
func (a *Act) filesOf(o *protocol.SignatureOptions) (files cardlogin.Files, err error) {
	rule, err := o.Rule()
	if err != nil {
		return files, err
	}
	if files.Format, err = signature.Lookup(string(o.Format), string(o.Profile)); err != nil {
		return files, err
	}
	files.Options = optionsOf(o)
	for _, places := range o.Files(len(a.documents)) {
		var covered []ades.Document
		for _, place := range places {
			d := a.documents[place]
			isLast := place == places[len(places)-1]
			if err := rule.Takes(protocol.DocumentInfo{Name: d.name, MediaType: d.mediaType, Size: d.size}, isLast); err != nil {
				return files, err
			}
			if rule.NeedsContent && !d.kept {
				return files, fault.Errorf(fault.Sequence, "%s needs document %d, which was not to be kept", o.Format, place)
			}
			covered = append(covered, a.toSign(d))
		}
		files.Documents = append(files.Documents, covered)
	}
	return files, nil
}

// toSign is a document with all digests that a signature may ask for, and its bytes where they were kept.
func (a *Act) toSign(d *document) ades.Document {
	digests := map[crypto.Hash][]byte{}
	for hash := range d.sums {
		digests[hash] = d.digest(hash)
	}
	document := ades.Document{Name: d.name, MediaType: d.mediaType, Size: d.size, Digests: digests}
	if d.kept {
		document.Content = a.Spool.Section(d.offset, d.size)
	}
	return document
}
