package payment

import (
	"crypto/subtle"
	"errors"
	"fmt"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/applicationkey"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/payments"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// fee is a debt with what it is for, in words, and the page and its title that lead back to that.
type fee struct {
	payments.Debt
	what           string
	back, backText string
}

func ofApplication(l message.Language, a application.Application) *fee {
	f := &fee{payments.OfApplication(a), message.Text(l, "application.kind."+string(a.Kind)), "/basvurular", "application.list"}
	if a.WithoutLogin() {
		f.back, f.backText = applicationkey.ResumePath, "application.onward"
	}
	return f
}

func ofOrder(l message.Language, o order.Order) *fee {
	return &fee{payments.OfOrder(o), message.Text(l, "order.kind."+string(o.Kind)), "/siparis-sorgulama", "order.track"}
}

// feeOf returns the fee that a payment is of.
func (p *payment) feeOf(v *site.Visit, one store.Payment) (*fee, error) {
	if one.Order != "" {
		o, err := p.Store.Order(v.R.Context(), one.Order)
		if err != nil {
			return nil, fmt.Errorf("order: %w", err)
		}
		return ofOrder(v.Language, o), nil
	}
	a, err := p.Store.Application(v.R.Context(), one.Application)
	if err != nil {
		return nil, fmt.Errorf("application: %w", err)
	}
	return ofApplication(v.Language, a), nil
}

// lookUp returns the fee of the application whose owner's citizen number, or of the order whose telephone number, has this end; nil for
// neither. Whoever orders names the order: so there may be one of each with one number.
func (p *payment) lookUp(v *site.Visit, number, end string) (*fee, error) {
	a, err := p.Store.Application(v.R.Context(), number)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("application: %w", err)
	}
	if err == nil && isOf(a, end) {
		return ofApplication(v.Language, a), nil
	}
	o, err := p.Store.Order(v.R.Context(), number)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("order: %w", err)
	}
	if err == nil && isSame(o.PhoneEnd(), end) {
		return ofOrder(v.Language, o), nil
	}
	return nil, nil
}

// isOf reports whether an application's owner has a citizen number with this end. One that was erased has no owner.
func isOf(a application.Application, end string) bool {
	number := a.Number()
	return len(number) > digits && isSame(number[len(number)-digits:], end)
}

func isSame(want, typed string) bool {
	return subtle.ConstantTimeCompare([]byte(want), []byte(typed)) == 1
}
