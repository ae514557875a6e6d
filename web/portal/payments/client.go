package payments

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/e-onay/e-onay/internal/outbound"
	"github.com/e-onay/e-onay/internal/strictjson"
	"github.com/e-onay/e-onay/web/paymentapi"
)

// Client is a Provider that speaks as package paymentapi says. It is safe for concurrent use.
type Client struct {
	// Address is the API's, and Page the origin of the page that takes cards.
	Address *url.URL
	Page    string
	// Merchant is what the provider calls this portal, and Key what both know.
	Merchant string
	Key      []byte
	Fetcher  *outbound.Fetcher
	Now      func() time.Time
}

// Start implements Provider. A page of another origin is refused: the provider may have been taken over.
func (c *Client) Start(ctx context.Context, o paymentapi.Order) (string, error) {
	o.Merchant = c.Merchant
	body, err := c.ask(ctx, http.MethodPost, o, "payments")
	if err != nil {
		return "", err
	}
	var page paymentapi.Page
	if err := strictjson.Unmarshal(body, &page); err != nil {
		return "", fmt.Errorf("payment page: %w", err)
	}
	u, err := url.Parse(page.Page)
	if err != nil || u.User != nil || u.Scheme+"://"+u.Host != c.Page {
		return "", fmt.Errorf("payment page: not at %s", c.Page)
	}
	return u.String(), nil
}

// Look implements Provider.
func (c *Client) Look(ctx context.Context, reference string) (paymentapi.Report, error) {
	return c.report(ctx, http.MethodGet, nil, reference, "payments", reference)
}

// Refund implements Provider.
func (c *Client) Refund(ctx context.Context, reference, key string, sum int64, currency string) (paymentapi.Report, error) {
	asked := paymentapi.Refund{Merchant: c.Merchant, Key: key, Sum: sum, Currency: currency}
	return c.report(ctx, http.MethodPost, asked, reference, "payments", reference, "refund")
}

// Probe reports whether the provider knows this portal by the key.
func (c *Client) Probe(ctx context.Context) error {
	body, err := c.ask(ctx, http.MethodGet, nil, "merchant")
	if err != nil {
		return err
	}
	var m paymentapi.Merchant
	if err := strictjson.Unmarshal(body, &m); err != nil {
		return fmt.Errorf("payment provider: %w", err)
	}
	if m.Merchant != c.Merchant || m.Currency != paymentapi.TRY {
		return fmt.Errorf("payment provider: knows merchant %.40q in %.10q, want %q in %s", m.Merchant, m.Currency, c.Merchant, paymentapi.TRY)
	}
	return nil
}

// report asks for what is said of a payment.
func (c *Client) report(ctx context.Context, method string, message any, reference string, path ...string) (paymentapi.Report, error) {
	body, err := c.ask(ctx, method, message, path...)
	if err != nil {
		return paymentapi.Report{}, err
	}
	r, err := paymentapi.ParseReport(body)
	if err == nil && (r.Merchant != c.Merchant || r.Reference != reference) {
		err = fmt.Errorf("payment report: of another merchant, or of another payment than %s", reference)
	}
	if err != nil {
		return paymentapi.Report{}, err
	}
	return r, nil
}

// ask makes a signed request.
func (c *Client) ask(ctx context.Context, method string, message any, path ...string) ([]byte, error) {
	var body []byte
	if message != nil {
		var err error
		if body, err = json.Marshal(message); err != nil {
			return nil, err
		}
	}
	u := c.Address.JoinPath(path...)
	var sent io.Reader
	if body != nil {
		sent = bytes.NewReader(body)
	}
	request, err := http.NewRequestWithContext(ctx, method, u.String(), sent)
	if err != nil {
		return nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set(paymentapi.Header, paymentapi.Sign(c.Key, c.Now(), method, u.Path, body))
	return c.Fetcher.Fetch(ctx, request, "application/json", paymentapi.MaxBody)
}
