package portal

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/store"
)

// result shows the person's newest act, in whichever session it was recorded.
func (p *Portal) result(v *visit) error {
	act, err := p.store.NewestAct(v.r.Context(), v.session.CitizenNumber)
	if errors.Is(err, store.ErrNotFound) {
		return v.see(consentPath)
	}
	if err != nil {
		return fmt.Errorf("result: %w", err)
	}
	return p.render(v, http.StatusOK, "result", act, "")
}

// evidence hands a person the document and the signature of one of the person's own acts.
func (p *Portal) evidence(v *visit) error {
	reference := v.r.PathValue("reference")
	if !referenceForm.MatchString(reference) {
		return protocol.NewError(protocol.CodeNotFound, nil)
	}
	act, err := p.store.Act(v.r.Context(), reference)
	if errors.Is(err, store.ErrNotFound) || err == nil && act.CitizenNumber != v.session.CitizenNumber {
		return protocol.NewError(protocol.CodeNotFound, nil)
	}
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	evidence, err := p.store.Evidence(v.r.Context(), reference)
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	switch v.r.PathValue("part") {
	case "belge":
		attach(v, "e-onay-"+reference+".txt")
		return answerBytes(v, "text/plain; charset=utf-8", evidence.Document)
	case "imza":
		attach(v, "e-onay-"+reference+".p7s")
		return answerBytes(v, "application/pkcs7-signature", evidence.Signature)
	}
	return protocol.NewError(protocol.CodeNotFound, nil)
}

// attach makes the browser save the answer under a name.
func attach(v *visit, name string) {
	v.w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name))
}
