package payment

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/paymentapi"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
)

// notice takes what the provider tells of a payment. It is believed by its signature alone, and answered once it is kept: until then the
// provider tells it again.
func (p *payment) notice(v *site.Visit) error {
	body, err := io.ReadAll(v.R.Body)
	if err != nil {
		if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
			return fault.New(fault.RequestTooLarge, err)
		}
		return fault.New(fault.RequestInvalid, err)
	}
	if len(v.R.Header.Values(paymentapi.Header)) != 1 {
		return fault.Errorf(refusal.NoticeInvalid, "notice: %d signatures", len(v.R.Header.Values(paymentapi.Header)))
	}
	if err := paymentapi.Verify(v.R.Header.Get(paymentapi.Header), p.Now(), v.R.Method, NoticePath, body, p.NoticeKeys...); err != nil {
		return fault.New(refusal.NoticeInvalid, err)
	}
	r, err := paymentapi.ParseReport(body)
	if err != nil {
		return fault.New(fault.RequestInvalid, err)
	}
	if r.Merchant != p.Merchant {
		return fault.Errorf(refusal.NoticeInvalid, "notice: of another merchant")
	}
	if _, err := p.Payments.Settle(v.R.Context(), r, "notice"); err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	v.W.WriteHeader(http.StatusNoContent)
	return nil
}
