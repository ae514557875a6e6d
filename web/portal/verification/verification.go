// Package verification is the engine that verifies what people's cards have signed. It takes the requests of one session in
// turn, bounds those that wait for the network, and judges the signatures that have arrived (Receipts).
package verification

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/revocation"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// Verifier verifies a signature over a document, a signed file, and a certificate alone, as relyingparty.Verifier does.
type Verifier interface {
	CheckAt(signature, document []byte, received time.Time) (*relyingparty.Evidence, error)
	CheckFileAt(f relyingparty.SignedFile, received time.Time) (*relyingparty.Evidence, error)
	CheckCertificate(certificate []byte) (*relyingparty.Evidence, error)
	Prove(ctx context.Context, e *relyingparty.Evidence) error
}

const (
	// ClockTolerance is how far the signer's clock may be off, before the code was issued and after
	// the signature arrived.
	ClockTolerance = 300 * time.Second
	// Timeout is for all of a verification, with the wait for the session's turn and the network.
	Timeout = 45 * time.Second
	// RecordTimeout is for the transaction that records what was verified.
	RecordTimeout = 10 * time.Second
	// ReadTimeout is for a request's body; its time begins anew with the session's turn.
	ReadTimeout = 30 * time.Second

	// maxInNetwork bounds the requests that wait for the network in one process. It is more than one responder may keep
	// (package revocation), so that one that hangs leaves room for the others.
	maxInNetwork = 256
)

// Engine verifies. It is safe for concurrent use.
type Engine struct {
	verifier Verifier
	network  chan struct{} // one value for each request that waits for the network
	turns    turns
}

// New returns an engine.
func New(v Verifier) *Engine {
	return &Engine{verifier: v, network: make(chan struct{}, maxInNetwork)}
}

// CheckSignature verifies what a card has signed for an act of a kind by all that needs no network, and compares its time with that
// of the act. An Approval's is a signed PDF, every other a signature beside its document.
func (e *Engine) CheckSignature(kind store.Kind, signature, document []byte, issued, received time.Time) (evidence *relyingparty.Evidence, err error) {
	if kind == store.Approval {
		evidence, err = e.verifier.CheckFileAt(SignedPDF(signature, document), received)
	} else {
		evidence, err = e.verifier.CheckAt(signature, document, received)
	}
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	earliest, latest := issued.Add(-ClockTolerance), received.Add(ClockTolerance)
	if evidence.SigningTime.Before(earliest) || evidence.SigningTime.After(latest) {
		return nil, fault.Errorf(fault.SignatureTime, "signed at %v, not between %v and %v",
			evidence.SigningTime.UTC(), earliest.UTC(), latest.UTC())
	}
	return evidence, nil
}

// SignedPDF is what became of an approval's document: it has nothing beside the document's own bytes but what one signature adds.
func SignedPDF(signed, document []byte) relyingparty.SignedFile {
	return relyingparty.SignedFile{
		SignatureOptions: relyingparty.SignatureOptions{Format: relyingparty.FormatPAdES},
		Content:          io.NewSectionReader(bytes.NewReader(signed), 0, int64(len(signed))),
		Documents:        []relyingparty.Document{{Name: "basvuru.pdf", MediaType: relyingparty.MediaTypePDF, Base64: document}},
	}
}

// Prove asks the network whether the certificates of the evidence are revoked. It waits for no place: the
// responders have places of their own, so one that hangs fills only those.
func (e *Engine) Prove(ctx context.Context, evidence *relyingparty.Evidence) error {
	leave, err := e.EnterNetwork()
	if err != nil {
		return err
	}
	defer leave()
	if err := e.verifier.Prove(ctx, evidence); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	return nil
}

// CheckCertificate verifies a certificate alone by all that needs no network.
func (e *Engine) CheckCertificate(der []byte) (*relyingparty.Evidence, error) {
	evidence, err := e.verifier.CheckCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	return evidence, nil
}

// EnterNetwork takes one of the places for requests that wait for the network.
func (e *Engine) EnterNetwork() (leave func(), err error) {
	select {
	case e.network <- struct{}{}:
		return func() { <-e.network }, nil
	default:
		return nil, fault.Errorf(fault.Unavailable, "%d requests wait for the network already", maxInNetwork)
	}
}

// InTurn runs judge once no other request of the session, or of a key in its place, is judged. Timeout is for both, the wait and judge. judge reads the body,
// so that one session fills the memory with one body at a time.
func (e *Engine) InTurn(v *site.Visit, session store.Hash, judge func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(v.R.Context(), Timeout)
	defer cancel()
	leave, err := e.turns.acquire(ctx, session)
	if err != nil {
		return err
	}
	defer leave()
	if err := http.NewResponseController(v.W).SetReadDeadline(time.Now().Add(ReadTimeout)); err != nil {
		return fmt.Errorf("read deadline: %w", err)
	}
	return judge(ctx)
}

// EvidenceOf is what the store keeps of evidence that was recorded at a time.
func EvidenceOf(e *relyingparty.Evidence, recorded time.Time) store.Evidence {
	return store.Evidence{
		Path: certificates(e.Path), OCSP: answers(e.OCSP), CRLs: answers(append([]*revocation.Answer{e.CRL}, e.CRLs...)...),
		CRLSigners: certificates(e.CRLSigners), SigningTime: e.SigningTime, VerifiedAt: e.VerifiedAt, RecordedAt: recorded,
	}
}

func certificates(path []*x509.Certificate) (ders [][]byte) {
	for _, c := range path {
		ders = append(ders, c.Raw)
	}
	return ders
}

// answers returns those that are there: a list may stand in place of an OCSP answer.
func answers(list ...*revocation.Answer) (kept []store.Answer) {
	for _, a := range list {
		if a != nil {
			kept = append(kept, store.Answer{DER: a.DER, URL: a.URL})
		}
	}
	return kept
}
