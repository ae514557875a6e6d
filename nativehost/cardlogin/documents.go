package cardlogin

import (
	"context"
	"crypto"
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
		b := &batch{Files: files, tell: tell, now: c.Now}
		b.signer = ades.Signer{Certificate: certificate.X509(), Hash: hash, PSS: signer.PSS()}
		return b.sign(card, func(prepared []ades.Prepared, made Outcome) error {
			return Complete(card, signer, hash, prepared, made)
		})
	})
}

// SignDocument makes a detached signature of one document (signature.CAdES).
func (c *Cards) SignDocument(ctx context.Context, r act.Request, certificate *inventory.Certificate, pins PINs, document ades.Document) (signed ades.Pieces, err error) {
	tell := func(_ int, s ades.Pieces, _ error) { signed = s }
	files := Files{Format: signature.CAdES, Documents: [][]ades.Document{{document}}}
	err = c.SignDocuments(ctx, r, certificate, pins, files, tell)
	return signed, err
}

// A batch is what is signed in one login.
type batch struct {
	Files
	tell Outcome
	now  func() time.Time

	signer ades.Signer
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

// What is prepared while the card makes what was prepared before: it is in memory, which may take more than the documents'
// bytes.
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

// sign has the card sign all files. complete has it sign what is prepared, as Complete does.
func (b *batch) sign(card context.Context, complete func([]ades.Prepared, Outcome) error) error {
	next := make(chan []prepared, 1)
	prepare := func(from int) { next <- b.prepare(from) }
	go prepare(0)
	for done := 0; done < len(b.Documents); {
		all := <-next
		if done += len(all); done < len(b.Documents) {
			go prepare(done)
		}
		if err := b.signPrepared(all, complete); err != nil {
			return err
		}
		if err := context.Cause(card); err != nil {
			return err
		}
	}
	if b.signed == 0 {
		return b.failed
	}
	return nil
}

// signPrepared has the card sign what is prepared.
func (b *batch) signPrepared(all []prepared, complete func([]ades.Prepared, Outcome) error) error {
	var good []prepared
	var lacking []ades.Prepared
	for _, p := range all {
		if p.err != nil {
			b.fail(p.file, p.err)
			continue
		}
		good, lacking = append(good, p), append(lacking, p.Prepared)
	}
	if len(good) == 0 {
		return nil
	}
	return complete(lacking, func(i int, signed ades.Pieces, err error) { b.complete(good[i], signed, err) })
}

// complete takes a signed file, once it was read again.
func (b *batch) complete(p prepared, signed ades.Pieces, err error) {
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
