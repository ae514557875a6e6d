package orders

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/formview"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/payments"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// trackView is the page: a form, and below it what was found.
type trackView struct {
	Number, Phone string
	Wrong         string // the field that has to be mended
	Limited       bool
	None          bool
	Found         *foundView
}

// CanPay reports whether a press leads on to the provider: it is the page's primary one then.
func (v trackView) CanPay() bool { return v.Found != nil && v.Found.PayPath != "" }

// foundView is what who has ordered reads; nothing in it says who that is.
type foundView struct {
	order.Order
	History  []order.Change
	FeeLira  string
	Payment  string // where to pay if not here
	PayPath  string // where a press leads to the provider; "" where it does not
	Payments []paymentView
	Sent     string // the courier's number
}

var phonePattern = regexp.MustCompile(`^[0-9]{4}$`)

func (s *orders) trackPage(v *site.Visit) error {
	return v.Render(http.StatusOK, "ordertrack", trackView{}, "")
}

// track says where an order is, to who knows its number and the end of its telephone number.
func (s *orders) track(v *site.Visit) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	typed, err := formview.Value(v.R.PostForm, "siparis")
	if err != nil {
		return err
	}
	phone, err := formview.Value(v.R.PostForm, "tel")
	if err != nil {
		return err
	}
	number, phone := strings.ToUpper(strings.TrimSpace(typed)), strings.TrimSpace(phone)
	view := trackView{Number: formview.Visible(number), Phone: formview.Visible(phone)}
	switch {
	case !reference.Valid(number):
		view.Wrong = "number"
	case !phonePattern.MatchString(phone):
		view.Wrong = "phone"
	}
	if view.Wrong != "" {
		return v.Render(http.StatusUnprocessableEntity, "ordertrack", view, "")
	}
	err = s.may(v, askLimit, map[string]store.Limit{"number " + number: oneLimit})
	if fault.CodeOf(err) == refusal.WordWait {
		view.Limited = true
		return v.Render(http.StatusTooManyRequests, "ordertrack", view, "")
	}
	if err != nil {
		return fmt.Errorf("order: %w", err)
	}
	if view.Found, err = s.find(v, number, phone); err != nil {
		return err
	}
	view.None = view.Found == nil
	return v.Render(http.StatusOK, "ordertrack", view, "")
}

// find returns an order, nil if there is none with this number and telephone.
func (s *orders) find(v *site.Visit, number, phone string) (*foundView, error) {
	o, err := s.Store.Order(v.R.Context(), number)
	if errors.Is(err, store.ErrNotFound) || err == nil && o.PhoneEnd() != phone {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("order: %w", err)
	}
	found := &foundView{Order: o, FeeLira: site.Money(v.Language, o.Fee), Payment: s.payment(v.Language)}
	if payments.OfOrder(o).Due && s.Payments.Takes() {
		found.PayPath = s.PayPath
	}
	if found.Payments, err = s.paymentsOf(v, o); err != nil {
		return nil, err
	}
	if found.History, err = s.Store.OrderHistory(v.R.Context(), number); err != nil {
		return nil, fmt.Errorf("order: %w", err)
	}
	for _, c := range found.History {
		if c.Event == order.Send {
			found.Sent = c.Note
		}
	}
	return found, nil
}
