package payment

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/payments"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

const maxShown = 50

// ownView is the fee of one's own application, with its payments.
type ownView struct {
	Kind     application.Kind
	Sum      string // "" for none
	Due      bool
	PaidAt   time.Time
	CanPay   bool
	Where    string // where to pay if not here
	Path     string
	Back     string // the application
	Payments []paymentRow
}

type paymentRow struct {
	State store.PaymentState
	Sum   string
	At    time.Time
}

// load returns the person's application that the address names.
func (p *payment) load(v *site.Visit) (application.Application, error) {
	ref := v.R.PathValue("reference")
	if !reference.Valid(ref) {
		return application.Application{}, fault.New(refusal.NotFound, nil)
	}
	a, err := p.Store.Application(v.R.Context(), ref)
	if errors.Is(err, store.ErrNotFound) || err == nil && a.CitizenNumber != v.Session.CitizenNumber {
		return application.Application{}, fault.New(refusal.NotFound, nil)
	}
	if err != nil {
		return application.Application{}, fmt.Errorf("application: %w", err)
	}
	return a, nil
}

// own shows the fee of one's own application, and what became of its payments.
func (p *payment) own(v *site.Visit) error {
	a, err := p.load(v)
	if err != nil {
		return err
	}
	return p.renderOwn(v, a, http.StatusOK, "")
}

func (p *payment) renderOwn(v *site.Visit, a application.Application, status int, code fault.Code) error {
	list, err := p.Store.PaymentsOf(v.R.Context(), a.Reference, maxShown)
	if err != nil {
		return fmt.Errorf("payments: %w", err)
	}
	due := payments.OfApplication(a).Due
	view := ownView{
		Kind: a.Kind, Sum: site.Money(v.Language, a.Fee), Due: due, PaidAt: a.PaidAt, CanPay: due && p.Payments.Takes(), Where: p.where(v.Language),
		Path: "/basvurular/" + a.Reference + "/odeme", Back: "/basvurular/" + a.Reference,
	}
	for _, one := range list {
		view.Payments = append(view.Payments, paymentRow{one.State, site.Money(v.Language, one.Sum), one.ChangedAt})
	}
	return v.Render(status, "ownpayment", view, code)
}

// payOwn sends the person to the provider.
func (p *payment) payOwn(v *site.Visit) error {
	a, err := p.load(v)
	if err != nil {
		return err
	}
	page, err := p.Payments.Start(v.R.Context(), payments.OfApplication(a), string(v.Language))
	if err == nil {
		return v.See(page)
	}
	switch code := p.inTheWay(v, err); code {
	case refusal.PaymentAway:
		return p.renderOwn(v, a, http.StatusBadGateway, code)
	case refusal.PaymentLimit:
		return p.renderOwn(v, a, http.StatusTooManyRequests, code)
	case refusal.ApplicationState:
		if a, err = p.load(v); err != nil {
			return err
		}
		return p.renderOwn(v, a, http.StatusConflict, code)
	}
	return err
}
