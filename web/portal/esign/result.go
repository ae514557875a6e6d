package esign

import (
	"net/http"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// resultView is what has become of a signed form that does not approve its application, or not yet.
type resultView struct {
	view
	Receipt *store.Receipt
	// State is where the page's script asks for news of an open receipt.
	State string
}

// result shows what became of the newest signed form of an application. One that was approved has a page that says more.
func (s *esign) result(v *site.Visit) error {
	a, err := s.application(v)
	if err != nil {
		return err
	}
	receipt, err := s.receiptOf(v, a)
	if err != nil {
		return err
	}
	if receipt == nil || !receipt.Open() && a.State != application.AwaitingApproval {
		return v.See(pathOf(a))
	}
	return v.Render(http.StatusOK, "esignresult", resultView{s.view(a), receipt, pathOf(a) + signPath + "/durum"}, "")
}

// state tells the page's script whether the signed form is still being judged.
func (s *esign) state(v *site.Visit) error {
	a, err := s.application(v)
	if err != nil {
		return err
	}
	receipt, err := s.receiptOf(v, a)
	if err != nil {
		return err
	}
	return v.AnswerJSON(http.StatusOK, struct {
		Pending bool `json:"pending"`
	}{receipt != nil && receipt.Open()})
}
