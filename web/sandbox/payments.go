package sandbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/strictjson"
	"github.com/e-onay/e-onay/web/paymentapi"
)

// Bounds of the payment provider.
const (
	maxPayments   = 1000
	noticeTries   = 3
	noticePause   = time.Second
	noticeTimeout = 5 * time.Second
	lateNotice    = 2 * time.Second
)

// paymentPath is below what the provider's API and its page are; paymentMerchant is what it calls the portal, and paymentKeyFile holds
// the key that both know.
const (
	paymentPath     = "/odeme-kurulusu"
	paymentMerchant = "e-onay-deneme"
	paymentKeyFile  = "payment.key"
)

// paymentProvider stands for a bank that takes payments on a page of its own. It keeps payments in memory. It is safe for concurrent use.
type paymentProvider struct {
	conduct *conduct
	address string
	key     []byte
	client  *http.Client

	mu       sync.Mutex
	payments map[string]*payment // by reference
	refunds  map[string]int      // how often money was sent back, by reference
}

// payment is what the provider knows of one.
type payment struct {
	order  paymentapi.Order
	token  string // in the address of its page
	until  time.Time
	state  paymentapi.State
	number string
	sum    int64 // what came
	code   bool  // the page asks for the code of 3-D Secure
}

func newPaymentProvider(s *state, address string, conduct *conduct) (*paymentProvider, error) {
	key, err := s.keepSecret(paymentKeyFile)
	if err != nil {
		return nil, err
	}
	return &paymentProvider{
		conduct: conduct, address: address, key: key, client: &http.Client{Timeout: noticeTimeout},
		payments: map[string]*payment{}, refunds: map[string]int{},
	}, nil
}

// keepSecret loads a secret of the state, or makes it at the first start.
func (s *state) keepSecret(name string) ([]byte, error) {
	text, err := os.ReadFile(s.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		text = []byte(rand.Text() + rand.Text() + "\n")
		err = writeFile(s.path(name), text, 0o600)
	}
	return bytes.TrimSpace(text), err
}

func (p *paymentProvider) routes(mux *http.ServeMux, guard func(http.Handler) http.Handler) {
	for pattern, serve := range map[string]func(http.ResponseWriter, *http.Request, []byte){
		"GET " + paymentPath + "/merchant":                     p.serveMerchant,
		"POST " + paymentPath + "/payments":                    p.serveOrder,
		"GET " + paymentPath + "/payments/{reference}":         p.serveLook,
		"POST " + paymentPath + "/payments/{reference}/refund": p.serveRefund,
	} {
		mux.HandleFunc(pattern, p.signed(serve))
	}
	mux.HandleFunc("GET "+paymentPath+"/sayfa/{token}", addressedHere(p.address, p.servePage))
	mux.HandleFunc("POST "+paymentPath+"/sayfa/{token}", addressedHere(p.address, p.servePress))
	mux.Handle("GET /admin/payments", guard(http.HandlerFunc(p.serveAdmin)))
}

// signed admits requests by the key, reads their body, and does not answer where the provider is away.
func (p *paymentProvider) signed(serve func(http.ResponseWriter, *http.Request, []byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch p.conduct.get().Payment {
		case paymentDown:
			hangUp()
		case paymentHang:
			<-r.Context().Done()
			hangUp()
		case paymentGarbage:
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"state":"paid","state":"open"`)) // the client may have gone
			return
		}
		body, ok := readBody(w, r, paymentapi.MaxBody)
		if !ok {
			return
		}
		if err := paymentapi.Verify(r.Header.Get(paymentapi.Header), time.Now(), r.Method, r.URL.Path, body, p.key); err != nil {
			refuse(w, http.StatusForbidden, err)
			return
		}
		serve(w, r, body)
	}
}

func (p *paymentProvider) serveMerchant(w http.ResponseWriter, _ *http.Request, _ []byte) {
	answer(w, http.StatusOK, paymentapi.Merchant{Merchant: paymentMerchant, Currency: paymentapi.TRY})
}

// serveOrder gives an order its page; the same order again gets the same one.
func (p *paymentProvider) serveOrder(w http.ResponseWriter, _ *http.Request, body []byte) {
	var o paymentapi.Order
	if err := strictjson.Unmarshal(body, &o); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	if o.Merchant != paymentMerchant || o.Reference == "" || o.Sum <= 0 || o.Currency != paymentapi.TRY || !isLoopbackURL(o.ReturnURL) || !isLoopbackURL(o.NoticeURL) {
		refuse(w, http.StatusBadRequest, errors.New("not an order of this merchant, or not of this machine"))
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	one := p.payments[o.Reference]
	switch {
	case one == nil && len(p.payments) == maxPayments:
		refuse(w, http.StatusServiceUnavailable, fmt.Errorf("%d payments are known already", maxPayments))
		return
	case one == nil:
		one = &payment{order: o, token: rand.Text(), state: paymentapi.Open, until: time.Now().Add(time.Duration(o.LifetimeSeconds) * time.Second)}
		p.payments[o.Reference] = one
	case one.order.Sum != o.Sum:
		refuse(w, http.StatusConflict, errors.New("there is another order of this reference"))
		return
	}
	page := p.address + paymentPath + "/sayfa/" + one.token
	if p.conduct.get().Payment == paymentForeignPage {
		page = "http://odeme.invalid/sayfa/" + one.token
	}
	answer(w, http.StatusOK, paymentapi.Page{Page: page})
}

// isLoopbackURL reports whether an address stays on this machine: a double must send nothing elsewhere.
func isLoopbackURL(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Port() != "" && checkLoopback(u.Host) == nil
}

func (p *paymentProvider) serveLook(w http.ResponseWriter, r *http.Request, _ []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	answer(w, http.StatusOK, p.report(r.PathValue("reference")))
}

// report is what the provider says of a payment. mu must be held.
func (p *paymentProvider) report(reference string) paymentapi.Report {
	r := paymentapi.Report{Merchant: paymentMerchant, Reference: reference, State: paymentapi.Unknown}
	one := p.payments[reference]
	if one == nil {
		return r
	}
	if one.state == paymentapi.Open && time.Now().After(one.until) {
		one.state = paymentapi.Failed
	}
	r.State = one.state
	if one.number == "" {
		return r
	}
	r.Number, r.Sum, r.Currency = one.number, one.sum, paymentapi.TRY
	if p.conduct.get().Payment == paymentOtherCurrency {
		r.Currency = "USD"
	}
	return r
}

// serveRefund sends money back, once by key.
func (p *paymentProvider) serveRefund(w http.ResponseWriter, r *http.Request, body []byte) {
	var asked paymentapi.Refund
	if err := strictjson.Unmarshal(body, &asked); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	how := p.conduct.get().Payment
	p.mu.Lock()
	defer p.mu.Unlock()
	reference := r.PathValue("reference")
	one := p.payments[reference]
	if one == nil || one.number == "" || asked.Merchant != paymentMerchant || asked.Key == "" || asked.Sum != one.sum {
		refuse(w, http.StatusConflict, errors.New("no such money"))
		return
	}
	switch {
	case one.state == paymentapi.Refunded: // the money has gone already
	case how == paymentRefundRefused:
		one.state = paymentapi.RefundRefused
	default:
		one.state = paymentapi.Refunded
		p.refunds[reference]++
	}
	if how == paymentRefundLost {
		hangUp()
	}
	answer(w, http.StatusOK, p.report(reference))
}

// serveAdmin tells the operator what the provider has, without what is the portal's to know.
func (p *paymentProvider) serveAdmin(w http.ResponseWriter, _ *http.Request) {
	type line struct {
		paymentapi.Report
		Refunds int `json:"refunds"`
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	list := []line{}
	for reference := range p.payments {
		list = append(list, line{p.report(reference), p.refunds[reference]})
	}
	answer(w, http.StatusOK, map[string]any{"payments": list})
}

// settle ends a payment that is still open by what was pressed on its page, and tells the portal.
func (p *paymentProvider) settle(ctx context.Context, one *payment, state paymentapi.State) {
	how := p.conduct.get().Payment
	p.mu.Lock()
	if p.report(one.order.Reference).State != paymentapi.Open {
		p.mu.Unlock()
		return
	}
	one.state = state
	if state == paymentapi.Paid {
		one.number, one.sum = "N"+rand.Text(), one.order.Sum
		if how == paymentOtherSum {
			one.sum = one.order.Sum / 2
		}
	}
	report := p.report(one.order.Reference)
	p.mu.Unlock()
	switch how {
	case paymentNever:
	case paymentLate:
		go func() {
			time.Sleep(lateNotice)
			p.tell(context.WithoutCancel(ctx), one.order.NoticeURL, report)
		}()
	case paymentTwice:
		p.tell(ctx, one.order.NoticeURL, report)
		p.tell(ctx, one.order.NoticeURL, report)
	default:
		p.tell(ctx, one.order.NoticeURL, report)
	}
}

// tell sends a notice until it is taken, a few times.
func (p *paymentProvider) tell(ctx context.Context, address string, report paymentapi.Report) {
	body, err := json.Marshal(report)
	if err != nil {
		return
	}
	for range noticeTries {
		if p.send(ctx, address, body) {
			return
		}
		select {
		case <-time.After(noticePause):
		case <-ctx.Done():
			return
		}
	}
}

// send sends a notice once, and reports whether there is nothing more to do.
func (p *paymentProvider) send(ctx context.Context, address string, body []byte) bool {
	u, err := url.Parse(address)
	if err != nil {
		return true
	}
	key, at := p.key, time.Now()
	switch p.conduct.get().Payment {
	case paymentWrongSignature:
		key = []byte(strings.Repeat("x", paymentapi.MinKey))
	case paymentOldSignature:
		at = at.Add(-time.Hour)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return true
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(paymentapi.Header, paymentapi.Sign(key, at, r.Method, u.Path, body))
	response, err := p.client.Do(r)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode < http.StatusInternalServerError
}
