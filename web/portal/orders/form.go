package orders

import (
	"fmt"
	"net/http"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/formview"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// fieldRequest has the order's number, which the form brings.
const fieldRequest = "istek"

// formView is a form's page.
type formView struct {
	Kind    order.Kind
	Path    string
	Request string
	Fields  []formview.Field
	Wrong   []formview.Field // what is wrong, in the order of the form
	Limited bool
}

func (s *orders) formPage(v *site.Visit, kind order.Kind) error {
	return v.Render(http.StatusOK, "orderform", newFormView(kind, reference.New(), nil, nil), "")
}

func newFormView(kind order.Kind, request string, typed application.Form, wrong map[string]application.Problem) formView {
	view := formView{Kind: kind, Path: pathOf[kind], Request: request}
	for _, f := range kind.Fields() {
		shown := formview.New(f, typed, wrong)
		view.Fields = append(view.Fields, shown)
		if shown.Problem != "" {
			view.Wrong = append(view.Wrong, shown)
		}
	}
	return view
}

// receiptView is what a visitor takes with them.
type receiptView struct {
	order.Order
	Again   bool // it had come before
	Facts   []factView
	FeeLira string
	Payment string
}

// order keeps an order, once.
func (s *orders) order(v *site.Visit, kind order.Kind) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	request, err := formview.Value(v.R.PostForm, fieldRequest)
	if err != nil {
		return err
	}
	if !reference.Valid(request) {
		return fault.Errorf(fault.RequestInvalid, "an order's number of %d bytes", len(request))
	}
	form := application.Form{}
	for _, f := range kind.Fields() {
		if form[f.Name], err = formview.Value(v.R.PostForm, f.Name); err != nil {
			return err
		}
	}
	form = application.NormalizeFields(kind.Fields(), form)
	if wrong := application.CheckFields(kind.Fields(), form); len(wrong) > 0 {
		return v.Render(http.StatusUnprocessableEntity, "orderform", newFormView(kind, request, form, wrong), "")
	}
	err = s.may(v, orderLimit, map[string]store.Limit{"all": overallLimit})
	if fault.CodeOf(err) == refusal.WordWait {
		view := newFormView(kind, request, form, nil)
		view.Limited = true
		return v.Render(http.StatusTooManyRequests, "orderform", view, "")
	}
	if err != nil {
		return fmt.Errorf("order: %w", err)
	}
	now := s.Now()
	o := order.Order{Reference: request, Kind: kind, State: order.Received, Version: 1, Form: form, Fee: s.Fee(kind, form), CreatedAt: now, ChangedAt: now}
	err = s.Store.CreateOrder(v.R.Context(), o)
	if fault.CodeOf(err) == refusal.ApplicationChanged { // a second press, or somebody else's number: nothing of it is shown
		return v.Render(http.StatusOK, "orderreceipt", receiptView{Order: order.Order{Reference: request, Kind: kind}, Again: true}, "")
	}
	if err != nil {
		return fmt.Errorf("order: %w", err)
	}
	v.Log().Info("order", "reference", o.Reference, "kind", o.Kind)
	return v.Render(http.StatusOK, "orderreceipt", receiptView{
		Order: o, Facts: factsOf(v.Language, o), FeeLira: site.Money(v.Language, o.Fee), Payment: s.payment(v.Language),
	}, "")
}
