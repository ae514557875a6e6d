package portal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/outbound"
	"github.com/e-onay/e-onay/web/paymentapi"
	"github.com/e-onay/e-onay/web/portal/payment"
	"github.com/e-onay/e-onay/web/portal/payments"
	"github.com/e-onay/e-onay/web/portal/secretfile"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// PaymentSettings name the payment provider at whose page people pay fees, of applications and of orders. Address, Merchant and KeyFile must be given.
type PaymentSettings struct {
	// Address is that of the provider's API; https, or http on loopback.
	Address string `json:"address"`
	// PageOrigin is the origin of the page on which people pay, "https://host"; empty means that of Address. They are sent nowhere else.
	PageOrigin string `json:"page_origin,omitempty"`
	// Merchant is what the provider calls this portal.
	Merchant string `json:"merchant"`
	// KeyFile holds the secret that both know, of 32 bytes at least: requests and notices are signed with it. Everybody on the machine must not be
	// able to read it. OldKeyFile holds the one before, by which notices are taken too while the provider changes over.
	KeyFile    string `json:"key_file"`
	OldKeyFile string `json:"old_key_file,omitempty"`
}

const maxPaymentKey = 4 << 10

func (s *PaymentSettings) check() error {
	if s == nil {
		return nil
	}
	if s.Merchant == "" || len(s.Merchant) > 100 || s.KeyFile == "" {
		return errors.New("merchant and key_file must both be given")
	}
	if _, err := site.ParseAddress(s.Address); err != nil {
		return fmt.Errorf("address: %w", err)
	}
	if s.PageOrigin != "" {
		if err := checkOrigins([]string{s.PageOrigin}); err != nil {
			return fmt.Errorf("page_origin: %w", err)
		}
	}
	return nil
}

// pageOrigin is that of the provider's page, "" where there is no provider.
func (s *PaymentSettings) pageOrigin() string {
	if s == nil {
		return ""
	}
	if s.PageOrigin != "" {
		return s.PageOrigin
	}
	u, err := url.Parse(s.Address)
	if err != nil {
		return "" // refused by check
	}
	return u.Scheme + "://" + u.Host
}

// openPayments returns what asks the provider, and the keys by which its notices are judged; nil where the settings name none.
func openPayments(s *PaymentSettings, client *http.Client) (*payments.Client, [][]byte, error) {
	if s == nil {
		return nil, nil, nil
	}
	address, err := site.ParseAddress(s.Address)
	if err != nil {
		return nil, nil, fmt.Errorf("portal: payment: address: %w", err)
	}
	var keys [][]byte
	for _, path := range []string{s.KeyFile, s.OldKeyFile} {
		if path == "" {
			continue
		}
		data, err := secretfile.Read(path, maxPaymentKey)
		if err != nil {
			return nil, nil, fmt.Errorf("portal: payment: key: %w", err)
		}
		key := []byte(strings.TrimRight(string(data), "\r\n"))
		if len(key) < paymentapi.MinKey {
			return nil, nil, fmt.Errorf("portal: payment: key %q has %d bytes, want %d at least", path, len(key), paymentapi.MinKey)
		}
		keys = append(keys, key)
	}
	return &payments.Client{
		Address: address, Page: s.pageOrigin(), Merchant: s.Merchant, Key: keys[0], Now: time.Now,
		Fetcher: &outbound.Fetcher{Client: client, Hosts: new(outbound.Hosts), Kind: "payment"},
	}, keys, nil
}

// startPayments makes the engine of payments, with the keys of the provider's notices.
func (a *assembly) startPayments() error {
	client, keys, err := openPayments(a.Settings.Payment, nil)
	if err != nil {
		return err
	}
	o := payments.Options{
		Store: a.Store, Progress: a.progress, ReturnURL: a.Address.JoinPath(payment.ReturnPath).String(), NoticeURL: a.Address.JoinPath(payment.NoticePath).String(),
		OrderJobs: a.orderJobs, WakeJobs: a.jobs.Wake, Log: a.Log, Now: a.Now,
	}
	if client != nil {
		o.Provider = client
	}
	a.payments, a.noticeKeys = payments.New(o), keys
	return nil
}

// doLook and doRefund do the jobs of payments, once the engine is there.
func (a *assembly) doLook(ctx context.Context, j store.LeasedJob) error {
	return a.payments.DoLook(ctx, j)
}

func (a *assembly) doRefund(ctx context.Context, j store.LeasedJob) error {
	return a.payments.DoRefund(ctx, j)
}

// paymentFeature is Borç Sorgulama ve Ödeme.
func (a *assembly) paymentFeature() (site.Feature, error) {
	s, merchant := a.Settings, ""
	if s.Payment != nil {
		merchant = s.Payment.Merchant
	}
	return payment.New(payment.Options{
		Store: a.Store, Payments: a.payments, Where: s.Applications.where(), Merchant: merchant, NoticeKeys: a.noticeKeys, Page: s.Payment.pageOrigin(),
		Secret: s.secret(), Now: a.Now,
	})
}
