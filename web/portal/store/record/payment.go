package record

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/e-onay/e-onay/web/portal/store"
)

// maxPaymentText bounds what a payment holds of others' words, in bytes.
const maxPaymentText = 200

// CheckPayment refuses a version of a payment that no caller may bring.
func CheckPayment(p store.Payment, first bool) error {
	switch {
	case p.Reference == "" || strings.Contains(p.Reference, "/") || (p.Application == "") == (p.Order == ""):
		return errors.New("store: a payment without a name, or of nothing, or of two things")
	case p.Version < 1 || (p.Version == 1) != first || first && p.State != store.PaymentStarted:
		return fmt.Errorf("store: version %d of a payment in %.40q", p.Version, p.State)
	case p.Sum <= 0 || p.Received < 0:
		return errors.New("store: a payment of no sum")
	case len(p.Number) > maxPaymentText || len(p.Currency) > maxPaymentText || len(p.Basis) > maxPaymentText || len(p.State) > maxPaymentText:
		return errors.New("store: the payment is too large")
	}
	return nil
}

// Order is the kind of what an audit finds fault with in an order. No entry is of that kind.
const Order = "order"

// What an audit finds fault with in payments, beside entries of the chain.
const (
	PaymentVersionMissing = "a version is missing"
	PaymentOther          = "is not as its last version"
	PaidForNothing        = "is paid, and its application, or order, has not taken the money"
	TakenTwice            = "another payment of the same fee is paid too"
	TakenWithout          = "has taken the money of a payment that was not paid"
)

// Payments proves that payments are as their last versions, and that the money of each is where its application, or order, says it is.
func (a *Audit) Payments(ctx context.Context) error {
	return a.Source.PaymentFaults(ctx, func(kind, reference, what string) { a.Found(kind, reference, "%s", what) })
}
