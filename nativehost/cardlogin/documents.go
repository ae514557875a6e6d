package cardlogin

import (
	"context"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/signature"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/inventory"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// An Outcome is told what became of a file that was to be signed, by its place: the signed file, or why there is none. It is
// not called from two goroutines at once.
type Outcome func(file int, signed ades.Pieces, err error)

// Files say what is signed in one login.
type Files struct {
	Format  signature.Format
	Options signature.Options
	// Documents are what each signature covers, one signature after the other.
	Documents [][]ades.Document
}

// SignDocuments logs in once and makes the signatures, in their order. It tells the outcome of each as soon as it is known; one
// that cannot be made does not take the others along. Where it returns an error, that is why those were not made whose
// outcome it has not told, or where none was made, why. The PINs are wiped as soon as they have been passed on.
func (c *Cards) SignDocuments(ctx context.Context, r act.Request, certificate *inventory.Certificate, pins PINs, files Files, tell Outcome) error {
	hash, err := ades.HashFor(certificate.PublicKey)
	if err != nil {
		return err
	}
	return c.signWith(ctx, r, certificate, pins, func(card context.Context, signer *worker.Signer) error {
		return SignFiles(card, signer, ades.Signer{Certificate: certificate.X509(), Hash: hash}, files, c.Now, tell)
	})
}

// SignFiles is SignDocuments on a card that is logged in to. with has the certificate and its hash; ctx ends with the card.
func SignFiles(ctx context.Context, signer *worker.Signer, with ades.Signer, files Files, now func() time.Time, tell Outcome) error {
	with.PSS = signer.PSS()
	b := &batch{Files: files, tell: tell, now: now, signer: with}
	return b.sign(ctx, func(digests [][]byte, made func(signature []byte)) error {
		return signer.Sign(ctx, with.Hash, digests, made)
	})
}

// SignDocument makes a detached signature of one document (signature.CAdES).
func (c *Cards) SignDocument(ctx context.Context, r act.Request, certificate *inventory.Certificate, pins PINs, document ades.Document) (signed ades.Pieces, err error) {
	tell := func(_ int, s ades.Pieces, _ error) { signed = s }
	files := Files{Format: signature.CAdES, Documents: [][]ades.Document{{document}}}
	err = c.SignDocuments(ctx, r, certificate, pins, files, tell)
	return signed, err
}

// A batch is what is signed in one login. Three goroutines work on it side by side: one prepares signatures, one has the card
// sign what is prepared, and one completes what the card has signed.
type batch struct {
	Files
	tell Outcome
	now  func() time.Time

	signer ades.Signer

	// What stands below belongs to the completing goroutine.
	signed int   // how many were
	failed error // why the first was not that was not
}

// prepared is a signature that lacks only the card's part, and the place of its file; or why there is none.
type prepared struct {
	ades.Prepared
	request signature.Request
	file    int
	err     error
}

// What is prepared while the card makes what was prepared before, and that before is completed: it is in memory, which may
// take more than the documents' bytes.
const (
	ahead      = 64       // signatures
	aheadBytes = 16 << 20 // of documents whose bytes a format takes; one document may have more
)

// prepare prepares the next signatures, from a place on.
func (b *batch) prepare(from int) (all []prepared) {
	var bytes int64
	for i := from; i < min(from+ahead, len(b.Documents)); i++ {
		for _, d := range b.Documents[i] {
			if d.Content != nil {
				bytes += d.Size
			}
		}
		if i > from && bytes > aheadBytes {
			break
		}
		signer := b.signer
		signer.Time = b.now()
		request := signature.Request{Signer: signer, Documents: b.Documents[i], Options: b.Options}
		p, err := b.Format.Prepare(request)
		all = append(all, prepared{p, request, i, err})
	}
	return all
}

// sign has the card sign all files. signWith is worker.Signer.Sign.
func (b *batch) sign(card context.Context, signWith func(digests [][]byte, made func(signature []byte)) error) error {
	next := make(chan []prepared, 1)
	prepare := func(from int) { next <- b.prepare(from) }
	go prepare(0)
	toComplete := make(chan func(), 2*(ahead+1)) // two batches, each with its end: the card never waits here
	var completing sync.WaitGroup
	completing.Go(func() {
		for complete := range toComplete {
			complete()
		}
	})
	var err error
	before := make(chan struct{}) // closed when what was signed before the latest is complete
	close(before)
	for done := 0; done < len(b.Documents) && err == nil; {
		all := <-next
		if done += len(all); done < len(b.Documents) {
			go prepare(done)
		}
		latest := make(chan struct{})
		if err = b.signPrepared(all, toComplete, signWith); err == nil {
			err = context.Cause(card)
		}
		toComplete <- func() { close(latest) }
		<-before
		before = latest
	}
	close(toComplete)
	completing.Wait()
	if err == nil && b.signed == 0 {
		err = b.failed
	}
	return err
}

// signPrepared has the card sign what is prepared, and hands on what completes it.
func (b *batch) signPrepared(all []prepared, toComplete chan<- func(), signWith func([][]byte, func([]byte)) error) error {
	var good []prepared
	var digests [][]byte
	for _, p := range all {
		if p.err != nil {
			toComplete <- func() { b.fail(p.file, p.err) }
			continue
		}
		good, digests = append(good, p), append(digests, p.Digest())
	}
	if len(good) == 0 {
		return nil
	}
	made := 0
	return signWith(digests, func(signature []byte) {
		p := good[made]
		made++
		toComplete <- func() { b.complete(p, signature) }
	})
}

// complete puts a file together with the card's signature, which is verified, and reads it again.
func (b *batch) complete(p prepared, signature []byte) {
	signed, err := p.Complete(signature)
	if err == nil {
		err = b.Format.Check(signed, p.request)
	}
	if err != nil {
		b.fail(p.file, err)
		return
	}
	b.signed++
	b.tell(p.file, signed, nil)
}

func (b *batch) fail(file int, err error) {
	if b.failed == nil {
		b.failed = err
	}
	b.tell(file, nil, err)
}
