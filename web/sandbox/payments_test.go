package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/paymentapi"
)

// asked is a request to the payment provider, signed by a key.
func (w *world) asked(method, path string, message any, key []byte) (int, string) {
	w.t.Helper()
	var body []byte
	if message != nil {
		var err error
		if body, err = json.Marshal(message); err != nil {
			w.t.Fatal(err)
		}
	}
	r, err := http.NewRequest(method, w.url+path, bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set(paymentapi.Header, paymentapi.Sign(key, time.Now(), method, path, body))
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// TestPaymentProvider answers its merchant alone, gives one order one page, and sends nothing to another machine.
func TestPaymentProvider(t *testing.T) {
	w := start(t)
	key, err := os.ReadFile(w.path("payment.key"))
	if err != nil {
		t.Fatal(err)
	}
	key = bytes.TrimSpace(key)
	order := paymentapi.Order{Merchant: "e-onay-deneme", Reference: "R", Sum: 500, Currency: "TRY", ReturnURL: "http://localhost:1/x", NoticeURL: "http://localhost:1/y", LifetimeSeconds: 60}
	const orders = "/odeme-kurulusu/payments"
	if status, _ := w.asked("POST", orders, order, bytes.Repeat([]byte{1}, 32)); status != http.StatusForbidden {
		t.Errorf("another key: %d", status)
	}
	for what, change := range map[string]func(*paymentapi.Order){
		"another machine is told": func(o *paymentapi.Order) { o.NoticeURL = "http://192.0.2.1:80/" },
		"another machine's page":  func(o *paymentapi.Order) { o.ReturnURL = "https://example.com/" },
		"another merchant":        func(o *paymentapi.Order) { o.Merchant = "other" },
		"no money":                func(o *paymentapi.Order) { o.Sum = 0 },
	} {
		o := order
		change(&o)
		if status, _ := w.asked("POST", orders, o, key); status != http.StatusBadRequest {
			t.Errorf("%s: %d", what, status)
		}
	}
	_, first := w.asked("POST", orders, order, key)
	if _, again := w.asked("POST", orders, order, key); first != again || !strings.Contains(first, w.url+"/odeme-kurulusu/sayfa/") {
		t.Errorf("pages %s and %s", first, again)
	}
	var page paymentapi.Page
	if err := json.Unmarshal([]byte(first), &page); err != nil {
		t.Fatal(err)
	}
	response, err := http.PostForm(page.Page, url.Values{"islem": {"ode"}})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("without a card: %d", response.StatusCode)
	}
	if _, report := w.asked("GET", orders+"/R", nil, key); !strings.Contains(report, `"state":"open"`) {
		t.Errorf("reports %s", report)
	}
	if _, report := w.asked("GET", orders+"/X", nil, key); !strings.Contains(report, `"state":"unknown"`) {
		t.Errorf("of no payment: %s", report)
	}
}
