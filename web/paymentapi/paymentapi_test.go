package paymentapi_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/paymentapi"
)

var (
	key = bytes.Repeat([]byte{1}, paymentapi.MinKey)
	now = time.Date(2026, 2, 28, 23, 59, 59, 0, time.UTC)
)

// TestVerify changes each thing that a signature covers, and each part of the header.
func TestVerify(t *testing.T) {
	body := []byte(`{"state":"open"}`)
	signed := paymentapi.Sign(key, now, "POST", "/odeme/bildirim", body)
	verify := func(header string, at time.Time, method, path string, body []byte, keys ...[]byte) bool {
		return paymentapi.Verify(header, at, method, path, body, keys...) == nil
	}
	other := bytes.Repeat([]byte{2}, paymentapi.MinKey)
	for what, got := range map[string]bool{
		"as it was signed":         verify(signed, now, "POST", "/odeme/bildirim", body, key),
		"by the second key":        verify(signed, now, "POST", "/odeme/bildirim", body, other, key),
		"at the end of the window": verify(signed, now.Add(paymentapi.Window), "POST", "/odeme/bildirim", body, key),
		"by a clock behind":        verify(signed, now.Add(-paymentapi.Window), "POST", "/odeme/bildirim", body, key),
	} {
		if !got {
			t.Errorf("%s: refused", what)
		}
	}
	for what, got := range map[string]bool{
		"after the window":     verify(signed, now.Add(paymentapi.Window+time.Second), "POST", "/odeme/bildirim", body, key),
		"before the window":    verify(signed, now.Add(-paymentapi.Window-time.Second), "POST", "/odeme/bildirim", body, key),
		"another method":       verify(signed, now, "GET", "/odeme/bildirim", body, key),
		"another path":         verify(signed, now, "POST", "/odeme/bildirim/", body, key),
		"another body":         verify(signed, now, "POST", "/odeme/bildirim", append(body, ' '), key),
		"another key":          verify(signed, now, "POST", "/odeme/bildirim", body, other),
		"no key":               verify(signed, now, "POST", "/odeme/bildirim", body),
		"a short key":          verify(paymentapi.Sign(key[:31], now, "POST", "/", nil), now, "POST", "/", nil, key[:31]),
		"another time":         verify(strings.Replace(signed, "t=1", "t=2", 1), now, "POST", "/odeme/bildirim", body, key),
		"a time with a sign":   verify(strings.Replace(signed, "t=", "t=+", 1), now, "POST", "/odeme/bildirim", body, key),
		"no time":              verify(signed[strings.Index(signed, "v1="):], now, "POST", "/odeme/bildirim", body, key),
		"half of a signature":  verify(signed[:len(signed)-32], now, "POST", "/odeme/bildirim", body, key),
		"no signature":         verify("", now, "POST", "/odeme/bildirim", body, key),
		"an endless time":      verify("t="+strings.Repeat("9", 18)+",v1=00", now, "POST", "/odeme/bildirim", body, key),
		"more than signatures": verify(signed+",v1=00", now, "POST", "/odeme/bildirim", body, key),
	} {
		if got {
			t.Errorf("%s: taken", what)
		}
	}
}

func TestParseReport(t *testing.T) {
	for text, ok := range map[string]bool{
		`{"merchant":"m","reference":"r","state":"open"}`:                                                    true,
		`{"merchant":"m","reference":"r","state":"paid","number":"N-1","sum":125000,"currency":"TRY"}`:       true,
		`{"merchant":"m","reference":"r","state":"paid","number":"N-1","sum":125000}`:                        false,
		`{"merchant":"m","reference":"r","state":"paid","number":"N-1","currency":"TRY"}`:                    false,
		`{"merchant":"m","reference":"r","state":"paid","sum":125000,"currency":"TRY"}`:                      false,
		`{"merchant":"m","reference":"r","state":"refunded"}`:                                                false,
		`{"merchant":"m","reference":"r","state":"paid","number":"N 1","sum":1,"currency":"TRY"}`:            false,
		`{"merchant":"m","reference":"r","state":"paid","number":"N","sum":-1,"currency":"TRY"}`:             false,
		`{"merchant":"m","reference":"r","state":"paid","number":"N","sum":1.5,"currency":"TRY"}`:            false,
		`{"merchant":"m","reference":"r","state":"paid","number":"N","sum":1,"currency":"lira"}`:             false,
		`{"merchant":"m","reference":"r","state":"paid","number":"N","sum":1,"sum":2,"currency":"TRY"}`:      false,
		`{"merchant":"m","reference":"r","state":"settled"}`:                                                 false,
		`{"merchant":"m","reference":"r","state":"open","card":"1"}`:                                         false,
		`{"merchant":"m","reference":"r","state":"open"}` + strings.Repeat(" ", paymentapi.MaxBody):          false,
		`{"merchant":"m","reference":"r","state":"paid","number":"N","sum":99999999999999,"currency":"TRY"}`: true,
	} {
		if _, err := paymentapi.ParseReport([]byte(text)); (err == nil) != ok {
			t.Errorf("%.120s: %v", text, err)
		}
	}
}

// FuzzNotice reads what anybody can send to a portal's address for notices.
func FuzzNotice(f *testing.F) {
	body := `{"merchant":"m","reference":"r","state":"paid","number":"N-1","sum":125000,"currency":"TRY"}`
	f.Add(paymentapi.Sign(key, now, "POST", "/odeme/bildirim", []byte(body)), body)
	f.Add("t=1,v1=00", `{"state":"open"}`)
	f.Add("", "")
	f.Fuzz(func(t *testing.T, header, body string) {
		err := paymentapi.Verify(header, now, "POST", "/odeme/bildirim", []byte(body), key)
		if err == nil && header != paymentapi.Sign(key, now, "POST", "/odeme/bildirim", []byte(body)) && !strings.HasPrefix(header, "t=") {
			t.Errorf("taken: %q", header)
		}
		if r, err := paymentapi.ParseReport([]byte(body)); err == nil && r.State == paymentapi.Paid && (r.Sum <= 0 || r.Number == "" || len(r.Currency) != 3) {
			t.Errorf("read: %+v", r)
		}
	})
}
