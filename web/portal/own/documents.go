package own

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// maxActs is how many acts are listed and bundled, the newest ones. A person gives and withdraws E-Onay a few times in a
// life.
const maxActs = 500

// actView is one of a person's acts; Copy is nil while it has no lasting copy.
type actView struct {
	store.Act
	Copy *store.Copy
}

type documentsView struct {
	Acts []actView
	// Max is how many there are at most, where there may be more; else 0.
	Max            int
	SignatureCheck string
}

func (w *own) documents(v *site.Visit) error {
	acts, err := w.acts(v)
	if err != nil {
		return err
	}
	view := documentsView{Acts: acts, SignatureCheck: w.SignatureCheck}
	if len(acts) == maxActs {
		view.Max = maxActs
	}
	return v.Render(http.StatusOK, "documents", view, "")
}

func (w *own) acts(v *site.Visit) ([]actView, error) {
	ctx, person := v.R.Context(), v.Session.CitizenNumber
	acts, err := w.Store.ActsOf(ctx, person, maxActs)
	if err != nil {
		return nil, fmt.Errorf("acts: %w", err)
	}
	copies, err := w.Store.CopiesOf(ctx, person, maxActs)
	if err != nil {
		return nil, fmt.Errorf("copies: %w", err)
	}
	of := map[string]*store.Copy{}
	for _, c := range copies {
		of[c.Reference] = &c
	}
	var views []actView
	for _, act := range acts {
		views = append(views, actView{act, of[act.Reference]})
	}
	return views, nil
}

// Parts of an act, as the last part of an address.
const (
	partDocument  = "belge"
	partSignature = "imza"
	partCopy      = "kalici"
	partReceipt   = "alindi"
)

const (
	textType      = "text/plain; charset=utf-8"
	signatureType = "application/pkcs7-signature"
	pdfType       = "application/pdf"
)

// fileKinds are how files of an act end, and their media types.
type fileKinds struct{ document, documentType, signature, signatureType string }

// filesOf returns those of acts of a kind: an approval's signature is in a copy of its document.
func filesOf(k store.Kind) fileKinds {
	if k == store.Approval {
		return fileKinds{".pdf", pdfType, ".pdf", pdfType}
	}
	return fileKinds{".txt", textType, ".p7s", signatureType}
}

// document hands a person one part of one of their own acts.
func (w *own) document(v *site.Visit) error {
	act, err := w.ownAct(v)
	if err != nil {
		return err
	}
	name, files := "e-onay-"+act.Reference+"-"+v.R.PathValue("part"), filesOf(act.Kind)
	switch v.R.PathValue("part") {
	case partCopy:
		c, err := w.copyOf(v, act.Reference)
		if err != nil {
			return err
		}
		if c == nil {
			return fault.New(refusal.NotFound, nil)
		}
		v.Attach(name + files.signature)
		return v.AnswerBytes(files.signatureType, c.Signature)
	case partDocument, partSignature, partReceipt:
	default:
		return fault.New(refusal.NotFound, nil)
	}
	evidence, err := w.Store.Evidence(v.R.Context(), act.Reference)
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	switch v.R.PathValue("part") {
	case partDocument:
		v.Attach(name + files.document)
		return v.AnswerBytes(files.documentType, evidence.Document)
	case partSignature:
		v.Attach(name + files.signature)
		return v.AnswerBytes(files.signatureType, evidence.Signature)
	}
	v.Attach(name + ".txt")
	return v.AnswerBytes(textType, []byte(w.receipt(v.Language, act, evidence)))
}

// ownAct returns the act that the address names. That of another person is not found, as one that is not there.
func (w *own) ownAct(v *site.Visit) (store.Act, error) {
	name := v.R.PathValue("reference")
	if !reference.Valid(name) {
		return store.Act{}, fault.New(refusal.NotFound, nil)
	}
	act, err := w.Store.Act(v.R.Context(), name)
	if errors.Is(err, store.ErrNotFound) || err == nil && act.CitizenNumber != v.Session.CitizenNumber {
		return store.Act{}, fault.New(refusal.NotFound, nil)
	}
	if err != nil {
		return store.Act{}, fmt.Errorf("act: %w", err)
	}
	return act, nil
}

// copyOf returns the newest lasting copy of an act, nil where it has none.
func (w *own) copyOf(v *site.Visit, reference string) (*store.Copy, error) {
	c, err := w.Store.NewestCopy(v.R.Context(), reference)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("copy: %w", err)
	}
	return &c, nil
}
