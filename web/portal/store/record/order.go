package record

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/store"
)

// OrderForm returns a new order's form as its row has it, in every database the same. It refuses what is no new order, and what is
// larger than a caller may bring.
func OrderForm(o order.Order) (string, error) {
	form, err := json.Marshal(o.Form) // its keys are sorted
	switch {
	case err != nil:
		return "", fmt.Errorf("store: form: %w", err)
	case o.Reference == "" || o.Version != 1 || o.Form == nil:
		return "", errors.New("store: not a new order")
	case len(form) > store.MaxForm:
		return "", errors.New("store: the order is too large")
	}
	return string(form), nil
}
