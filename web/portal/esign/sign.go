package esign

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/challenge"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/relyingparty"
)

const pdfType = "application/pdf"

// newCode issues a code for the form as it is now, which ends its owner's others.
func (s *esign) newCode(v *site.Visit) error {
	a, instead, err := s.signable(v)
	if err != nil {
		return err
	}
	if instead != "" {
		return v.See(instead)
	}
	undertaking, err := s.Undertaking(v.R.Context())
	if err != nil {
		return fault.New(fault.Unavailable, err)
	}
	act := s.Challenges.New(s.owner(v, a), store.Approval)
	act.Subject, act.TextVersion = store.SubjectOf(a), undertaking.Version
	if act.Document, err = writeForm(s.Address.String(), act, a, undertaking); err != nil {
		return err
	}
	return s.Challenges.Issue(v, act, pathOf(a)+codePath)
}

// codeView is the page with the code.
type codeView struct {
	view
	Code challenge.View
}

// codePage shows the code and what the window is asked for.
func (s *esign) codePage(v *site.Visit) error {
	a, instead, err := s.signable(v)
	if err != nil {
		return err
	}
	if instead != "" {
		return v.See(instead)
	}
	act, instead, err := s.Challenges.Latest(v.R.Context(), s.owner(v, a), pathOf(a)+signPath, pathOf(a)+resultPath, store.Approval)
	if err != nil {
		return err
	}
	if instead == "" && act.Subject != store.SubjectOf(a) {
		instead = pathOf(a) + signPath // it is of another application, or of an earlier version
	}
	if instead != "" {
		return v.See(instead)
	}
	return v.Render(http.StatusOK, "esigncode", codeView{s.view(a), s.Challenges.View(act, pathOf(a)+codePath)}, "")
}

// find returns the owner's challenge that the query names, and the application that it is about.
func (s *esign) find(v *site.Visit, name string) (application.Application, store.Challenge, error) {
	a, err := s.application(v)
	if err != nil {
		return a, store.Challenge{}, err
	}
	act, err := s.Challenges.Find(v.R.Context(), s.owner(v, a), name, store.Approval)
	if err == nil && !act.IsAbout(a) {
		err = fault.Errorf(refusal.ActUnknown, "%s is about %s", act.Reference, act.Subject)
	}
	return a, act, err
}

// document returns the exact bytes to be signed.
func (s *esign) document(v *site.Visit) error {
	_, act, err := s.find(v, v.R.URL.Query().Get("islem"))
	if err != nil {
		return err
	}
	return v.AnswerBytes(pdfType, act.Document)
}

// request answers with what the page asks the window for. The code is not part of it: the window does not find text in a PDF. The person
// reads it in the form, and compares.
func (s *esign) request(v *site.Visit) error {
	_, act, err := s.find(v, v.R.URL.Query().Get("islem"))
	if err != nil {
		return err
	}
	request, err := s.Requests.Signature(relyingparty.SignRequest{
		Purpose:          message.Text(v.Language, "application.sign.purpose"),
		Documents:        []relyingparty.Document{{Name: "basvuru.pdf", MediaType: relyingparty.MediaTypePDF, Base64: act.Document}},
		SignatureOptions: relyingparty.SignatureOptions{Format: relyingparty.FormatPAdES},
	})
	if err != nil {
		return fault.New(fault.Internal, err)
	}
	return v.AnswerJSON(http.StatusOK, request)
}

// signed hands the person the signed form by which an application was approved.
func (s *esign) signed(v *site.Visit) error {
	a, err := s.application(v)
	if err != nil {
		return err
	}
	if a.Approval.Way != application.BySignature {
		return fault.New(refusal.NotFound, nil)
	}
	evidence, err := s.Store.Evidence(v.R.Context(), a.Approval.Basis)
	if errors.Is(err, store.ErrNotFound) {
		return fault.New(refusal.NotFound, nil)
	}
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	v.Attach("basvuru-" + a.Reference + ".pdf")
	return v.AnswerBytes(pdfType, evidence.Signature)
}
