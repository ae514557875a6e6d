package cardlogin

import (
	"context"
	"crypto"
	"sync"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/signature"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/inventory"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// An Outcome is told what became of a document, by its place: its signed file, or why there is none. It is not called from
// two goroutines at once.
type Outcome func(document int, signed ades.Pieces, err error)

// SignDocuments logs in once and makes a signature of the format for each document, in their order. It tells the outcome of
// each as soon as it is known; a document that cannot be signed does not take the others along. Where it returns an error,
// that is why the documents were not signed whose outcome it has not told, or where none was signed, why. The PINs are wiped
// as soon as they have been passed on.
func (c *Cards) SignDocuments(ctx context.Context, r act.Request, format signature.Format, certificate *inventory.Certificate, pins PINs, documents []ades.Document, tell Outcome) error {
	hash, err := ades.HashFor(certificate.PublicKey)
	if err != nil {
		return err
	}
	return c.signWith(ctx, r, certificate, pins, func(card context.Context, signer *worker.Signer) error {
		b := &batch{format: format, documents: documents, tell: tell}
		b.prepare(ades.Signer{Certificate: certificate.X509(), Hash: hash, PSS: signer.PSS(), Time: c.Now()})
		return b.sign(card, signer, hash)
	})
}

// SignDocument is SignDocuments for one.
func (c *Cards) SignDocument(ctx context.Context, r act.Request, format signature.Format, certificate *inventory.Certificate, pins PINs, document ades.Document) (signed ades.Pieces, err error) {
	tell := func(_ int, s ades.Pieces, _ error) { signed = s }
	err = c.SignDocuments(ctx, r, format, certificate, pins, []ades.Document{document}, tell)
	return signed, err
}

// A batch is what is signed in one login.
type batch struct {
	format    signature.Format
	documents []ades.Document
	tell      Outcome

	signer   ades.Signer
	prepared []prepared
	signed   int   // how many were
	failed   error // why the first was not that was not
}

// prepared is a signature that lacks only the card's part, and the place of its document.
type prepared struct {
	ades.Prepared
	document int
}

func (b *batch) prepare(signer ades.Signer) {
	b.signer = signer
	for i, document := range b.documents {
		p, err := b.format.Prepare(signature.Request{Signer: signer, Documents: []ades.Document{document}})
		if err != nil {
			b.fail(i, err)
			continue
		}
		b.prepared = append(b.prepared, prepared{p, i})
	}
}

func (b *batch) fail(document int, err error) {
	if b.failed == nil {
		b.failed = err
	}
	b.tell(document, nil, err)
}

// sign has the card sign what is prepared.
func (b *batch) sign(card context.Context, signer *worker.Signer, hash crypto.Hash) error {
	if len(b.prepared) == 0 {
		return b.failed
	}
	var all []ades.Prepared
	for _, p := range b.prepared {
		all = append(all, p)
	}
	err := Complete(card, signer, hash, all, b.complete)
	if err == nil && b.signed == 0 {
		return b.failed
	}
	return err
}

// complete takes a signed file, once it was read again.
func (b *batch) complete(i int, signed ades.Pieces, err error) {
	document := b.prepared[i].document
	if err == nil {
		err = b.format.Check(signed, b.signer.Certificate, b.documents[document:document+1])
	}
	if err != nil {
		b.fail(document, err)
		return
	}
	b.signed++
	b.tell(document, signed, nil)
}

// Complete has the card sign what was prepared with hash, and tells the outcome of each by its place in prepared, in that
// order. Each signature is verified and put together while the card makes the next. After an error the outcomes that were
// not told are unknown.
func Complete(ctx context.Context, signer *worker.Signer, hash crypto.Hash, prepared []ades.Prepared, tell Outcome) error {
	var digests [][]byte
	for _, p := range prepared {
		digests = append(digests, p.Digest())
	}
	made := make(chan []byte, len(prepared))
	var completing sync.WaitGroup
	completing.Go(func() {
		next := 0
		for value := range made {
			signed, err := prepared[next].Complete(value)
			tell(next, signed, err)
			next++
		}
	})
	err := signer.Sign(ctx, hash, digests, func(value []byte) { made <- value })
	close(made)
	completing.Wait()
	return err
}
