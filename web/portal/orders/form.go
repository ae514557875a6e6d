package orders

import (
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
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
	Fields  []fieldView
	Wrong   []fieldView // what is wrong, in the order of the form
	Limited bool
}

// fieldView is one field with what was typed and what is wrong with it, as the part application-field shows it.
type fieldView struct {
	application.Field
	Value        string
	Problem      application.Problem
	Certificates []struct{} // applications alone have some
	Fixed        bool       // in applications alone
}

// Target is the id of the control by which a problem with the field is mended: the first of several choices.
func (f fieldView) Target() string {
	if len(f.Choices) > 0 {
		return "f-" + f.Name + "-" + f.Choices[0]
	}
	return "f-" + f.Name
}

// Autocomplete is what a browser may fill the field in with (WCAG 2.2, 1.3.5); "" for nothing.
func (f fieldView) Autocomplete() string {
	return map[string]string{
		"buyer": "organization", "mobile": "tel", "mail": "email", "address": "street-address", "district": "address-level2",
		"province": "address-level1", "postcode": "postal-code",
	}[f.Name]
}

func (s *orders) formPage(v *site.Visit, kind order.Kind) error {
	return v.Render(http.StatusOK, "orderform", newFormView(kind, reference.New(), nil, nil), "")
}

func newFormView(kind order.Kind, request string, typed application.Form, wrong map[string]application.Problem) formView {
	view := formView{Kind: kind, Path: pathOf[kind], Request: request}
	for _, f := range kind.Fields() {
		shown := fieldView{Field: f, Value: visible(typed[f.Name]), Problem: wrong[f.Name]}
		if shown.Problem == application.Missing && len(f.Choices) > 0 {
			shown.Problem = application.NotAChoice // what is to be done about it is the same
		}
		view.Fields = append(view.Fields, shown)
		if shown.Problem != "" {
			view.Wrong = append(view.Wrong, shown)
		}
	}
	return view
}

// visible leaves out what no page can show, such as control characters: the visitor sees what is left, and types the rest anew.
func visible(value string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(value, ""))
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
	request, err := field(v.R.PostForm, fieldRequest)
	if err != nil {
		return err
	}
	if !reference.Valid(request) {
		return fault.Errorf(fault.RequestInvalid, "an order's number of %d bytes", len(request))
	}
	form := application.Form{}
	for _, f := range kind.Fields() {
		if form[f.Name], err = field(v.R.PostForm, f.Name); err != nil {
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
