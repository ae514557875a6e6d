// Package paymentapi is what a portal and a payment provider say to each other: JSON over HTTPS, each request signed by a key that
// both know. The page that takes a card is the provider's; no message has anything of a card or of a person.
//
//	GET  ADDRESS/merchant                          → Merchant     whom the provider knows by this key
//	POST ADDRESS/payments              Order       → Page         the page to send the person to; the same order again, the same page
//	GET  ADDRESS/payments/REFERENCE                → Report       what is known of a payment
//	POST ADDRESS/payments/REFERENCE/refund  Refund → Report       sends a payment's money back; the same key again sends nothing twice
//	POST the order's notice_url        Report                     when something has become of a payment; until it is answered with 204
//
// Answers have status 200 but to the notice. What a portal believes of a payment is a Report: one that came over its own request, or a signed notice.
package paymentapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/strictjson"
)

// Header has the signature of a request, as "t=1764500000,v1=" and HMAC-SHA256 in hexadecimal.
const Header = "Payment-Signature"

// Window is how far the time of a signature may be from the reader's.
const Window = 5 * time.Minute

// MaxBody bounds a message, in bytes.
const MaxBody = 8 << 10

// MinKey is the shortest key, in bytes.
const MinKey = 32

// TRY is the currency of sums, which are in kuruş.
const TRY = "TRY"

// Merchant says whom the provider knows by the key.
type Merchant struct {
	Merchant string `json:"merchant"`
	Currency string `json:"currency"`
}

// Order asks for a page on which a payment is made.
type Order struct {
	Merchant  string `json:"merchant"`
	Reference string `json:"reference"` // the portal's, of a payment
	Sum       int64  `json:"sum"`
	Currency  string `json:"currency"`
	ReturnURL string `json:"return_url"`
	NoticeURL string `json:"notice_url"`
	Language  string `json:"language"` // "tr" or "en"
	// LifetimeSeconds is how long the page takes a payment.
	LifetimeSeconds int `json:"lifetime_seconds"`
}

// Page is where the person is sent.
type Page struct {
	Page string `json:"page"`
}

// Refund asks for money to be sent back.
type Refund struct {
	Merchant string `json:"merchant"`
	Key      string `json:"key"`
	Sum      int64  `json:"sum"`
	Currency string `json:"currency"`
}

// State is what has become of a payment.
type State string

// The states.
const (
	Unknown       State = "unknown" // the provider has no such payment
	Open          State = "open"    // the person may still pay
	Paid          State = "paid"
	Failed        State = "failed" // declined, cancelled or not paid in time
	Refunding     State = "refunding"
	Refunded      State = "refunded"
	RefundRefused State = "refund_refused"
)

// Report is what the provider says of a payment.
type Report struct {
	Merchant  string `json:"merchant"`
	Reference string `json:"reference"`
	State     State  `json:"state"`
	// Number is the provider's; it has one once money came.
	Number string `json:"number,omitempty"`
	// Sum and Currency are what came.
	Sum      int64  `json:"sum,omitempty"`
	Currency string `json:"currency,omitempty"`
}

var (
	numberPattern   = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)
)

// ParseReport reads a report, and refuses one that says less than its state needs.
func ParseReport(body []byte) (r Report, err error) {
	if len(body) > MaxBody {
		return Report{}, fmt.Errorf("payment report: more than %d bytes", MaxBody)
	}
	if err := strictjson.Unmarshal(body, &r); err != nil {
		return Report{}, fmt.Errorf("payment report: %w", err)
	}
	if r.Number != "" && !numberPattern.MatchString(r.Number) || r.Currency != "" && !currencyPattern.MatchString(r.Currency) || r.Sum < 0 {
		return Report{}, errors.New("payment report: a number, currency or sum that is none")
	}
	switch r.State {
	case Unknown, Open, Failed:
	case Paid, Refunding, Refunded, RefundRefused:
		if r.Number == "" || r.Currency == "" || r.Sum == 0 {
			return Report{}, fmt.Errorf("payment report: %s without number, currency or sum", r.State)
		}
	default:
		return Report{}, fmt.Errorf("payment report: unknown state %.40q", r.State)
	}
	return r, nil
}

// Sign returns the header for a request, made at a time. path is that of its address.
func Sign(key []byte, at time.Time, method, path string, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac(key, t, method, path, body))
}

func mac(key []byte, t, method, path string, body []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("tr.eonay.payment v1\n" + t + "\n" + method + "\n" + path + "\n"))
	h.Write(body)
	return h.Sum(nil)
}

// ErrSignature says that a request is not signed by any of the keys, or not now.
var ErrSignature = errors.New("payment: the signature is missing, of another key, or too old")

// Verify judges the header of a request that has come at a time.
func Verify(header string, now time.Time, method, path string, body []byte, keys ...[]byte) error {
	t, signature, ok := strings.Cut(header, ",v1=")
	t, prefixed := strings.CutPrefix(t, "t=")
	seconds, err := strconv.ParseInt(t, 10, 64)
	if !ok || !prefixed || err != nil || strconv.FormatInt(seconds, 10) != t || seconds < 0 || seconds > 1<<40 {
		return ErrSignature
	}
	if apart := now.Sub(time.Unix(seconds, 0)); apart > Window || apart < -Window {
		return ErrSignature
	}
	got, err := hex.DecodeString(signature)
	if err != nil {
		return ErrSignature
	}
	for _, key := range keys {
		if len(key) >= MinKey && hmac.Equal(got, mac(key, t, method, path, body)) {
			return nil
		}
	}
	return ErrSignature
}
