package sealapplication

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/applicationkey"
	"github.com/e-onay/e-onay/web/portal/formview"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// fieldRequest has the application's reference, which the form brings: a second press is the same application.
const fieldRequest = "istek"

// beginView is the first page.
type beginView struct {
	Request string
	Fee     string // "" for nothing
	Fields  []formview.Field
	Wrong   []formview.Field // what is wrong, in the order of the form
	Limited bool
}

func (f *feature) view(v *site.Visit, request string, typed application.Form, wrong map[string]application.Problem) beginView {
	view := beginView{Request: request, Fee: site.Money(v.Language, f.Fee)}
	for _, one := range application.FirstFields {
		shown := formview.New(one, typed, wrong)
		view.Fields = append(view.Fields, shown)
		if shown.Problem != "" {
			view.Wrong = append(view.Wrong, shown)
		}
	}
	return view
}

func (f *feature) page(v *site.Visit) error {
	return v.Render(http.StatusOK, "sealbegin", f.view(v, reference.New(), nil, nil), "")
}

// begin makes the application, and gives the browser a key to it.
func (f *feature) begin(v *site.Visit) error {
	request, form, err := readBegin(v)
	if err != nil {
		return err
	}
	if wrong := application.CheckFields(application.FirstFields, form); len(wrong) > 0 {
		return v.Render(http.StatusUnprocessableEntity, "sealbegin", f.view(v, request, form, wrong), "")
	}
	if begun, err := f.begun(v, request); err != nil || begun {
		return err
	}
	err = f.may(v, perNetwork, subject{"all", overall}, subject{"mail " + form["mail"], perMail}, subject{"company " + form["tax_number"], perCompany})
	if fault.CodeOf(err) == refusal.WordWait {
		view := f.view(v, request, form, nil)
		view.Limited = true
		return v.Render(http.StatusTooManyRequests, "sealbegin", view, "")
	}
	if err != nil {
		return fmt.Errorf("seal application: %w", err)
	}
	a := application.NewSealWithoutLogin(form, f.Fee)
	a.Reference = request
	if a, err = f.Progress.Create(v.R.Context(), a, application.Person, ""); err != nil {
		return err
	}
	if err := f.Keys.Give(v, a.Reference); err != nil {
		return err
	}
	if a.State == application.PaymentDue {
		return v.See(pathOf(a) + "/ode")
	}
	return v.See(pathOf(a) + "/form")
}

// readBegin reads the first page's form, in the form in which it is kept.
func readBegin(v *site.Visit) (request string, form application.Form, err error) {
	if err := v.ParseForm(); err != nil {
		return "", nil, err
	}
	if request, err = formview.Value(v.R.PostForm, fieldRequest); err != nil {
		return "", nil, err
	}
	if !reference.Valid(request) {
		return "", nil, fault.Errorf(fault.RequestInvalid, "an application's number of %d bytes", len(request))
	}
	form = application.Form{}
	for _, one := range application.FirstFields {
		if form[one.Name], err = formview.Value(v.R.PostForm, one.Name); err != nil {
			return "", nil, err
		}
	}
	return request, application.NormalizeFields(application.FirstFields, form), nil
}

// begun leads on from a form whose application was made before. Whoever has no key to it is told where one is had, and nothing else.
func (f *feature) begun(v *site.Visit, request string) (bool, error) {
	_, err := f.Store.Application(v.R.Context(), request)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("application: %w", err)
	}
	opened, err := f.Keys.Opened(v)
	if err != nil {
		return false, err
	}
	if opened != request {
		return false, fault.Errorf(refusal.KeyRequired, "application %s was made before", request)
	}
	return true, v.See(applicationkey.Path + "/" + request)
}
