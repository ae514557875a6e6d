package portal

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/order"
)

// OrderSettings say what is paid for orders that need no login: at the payment provider, and else where payment_tr and payment_en of applications say.
type OrderSettings struct {
	// ReaderFee is what a card reader costs, and ThousandStampsFee what a thousand time stamps do, in kuruş; 0 means nothing.
	ReaderFee         int64 `json:"reader_fee,omitempty"`
	ThousandStampsFee int64 `json:"thousand_stamps_fee,omitempty"`
}

// check judges the settings; canPay says that there is a payment provider.
func (s OrderSettings) check(a ApplicationSettings, canPay bool) error {
	for name, fee := range map[string]int64{"reader_fee": s.ReaderFee, "thousand_stamps_fee": s.ThousandStampsFee} {
		switch {
		case fee < 0 || fee > maxFee:
			return fmt.Errorf("%s: %d is not between 0 and %d", name, fee, maxFee)
		case fee > 0 && !canPay && (a.PaymentTR == "" || a.PaymentEN == ""):
			return fmt.Errorf("%s without payment, or payment_tr and payment_en of applications", name)
		}
	}
	return nil
}

// fee is what an order costs, in kuruş. The form was checked.
func (s OrderSettings) fee(k order.Kind, f application.Form) int64 {
	if k == order.TimeStamp {
		credits, _ := strconv.ParseInt(f["credits"], 10, 64)
		return s.ThousandStampsFee * credits / 1000
	}
	quantity, _ := strconv.ParseInt(f["quantity"], 10, 64)
	return s.ReaderFee * quantity
}

// eraseAtOnce is how many orders are erased in one transaction.
const eraseAtOnce = 100

// eraseOrders overwrites the forms of orders that ended before a time.
func eraseOrders(ctx context.Context, s interface {
	EraseOrders(ctx context.Context, endedBefore time.Time, limit int) (int, error)
}, endedBefore time.Time) (erased int, err error) {
	for {
		n, err := s.EraseOrders(ctx, endedBefore, eraseAtOnce)
		erased += n
		if err != nil || n < eraseAtOnce {
			return erased, err
		}
	}
}
