package courier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
)

// answering is a carrier that answers everything with one text, and the last request that it got.
func answering(t *testing.T, status int, mediaType, text string) (client *Client, last *http.Request, body *string) {
	t.Helper()
	last, body = new(http.Request), new(string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		*last, *body = *r, string(data)
		w.Header().Set("Content-Type", mediaType)
		w.WriteHeader(status)
		io.WriteString(w, text)
	}))
	t.Cleanup(server.Close)
	return &Client{URL: server.URL + "/v1/", Token: "secret", HTTP: server.Client()}, last, body
}

func TestClient(t *testing.T) {
	client, last, body := answering(t, http.StatusOK, "application/json; charset=utf-8", `{"number":"tr-123 456","later":1}`)
	number, err := client.Order(t.Context(), Order{Key: "K", Recipient: Recipient{Name: "AYŞE YILMAZ", Province: "Ankara"}})
	if err != nil || number != "TR123456" {
		t.Errorf("%q, %v", number, err)
	}
	var asked Order
	if err := json.Unmarshal([]byte(*body), &asked); err != nil || asked.Key != "K" || asked.Recipient.Name != "AYŞE YILMAZ" {
		t.Errorf("%+v, %v", asked, err)
	}
	if last.Method != "POST" || last.URL.Path != "/v1/orders" || last.Header.Get("Authorization") != "Bearer secret" {
		t.Errorf("%s %s", last.Method, last.URL)
	}
	at := time.Date(2028, 2, 29, 10, 0, 0, 0, time.UTC)
	client, last, body = answering(t, http.StatusOK, "application/json",
		`{"number":"TR123456","events":[{"id":"1","state":"not_met","place":" Iğdır Şubesi ","at":"2028-02-29T13:00:00+03:00"}]}`)
	events, err := client.Track(t.Context(), "TR123456")
	want := application.ShipmentEvent{Number: "TR123456", ID: "1", State: application.ShipmentNotMet, Place: "Iğdır Şubesi", At: at}
	if err != nil || len(events) != 1 || events[0] != want {
		t.Errorf("%+v, %v", events, err)
	}
	if last.URL.Path != "/v1/track" || *body != `{"number":"TR123456"}` {
		t.Errorf("%s %s", last.URL, *body)
	}
}

// TestClientIsRefused: whatever a carrier answers beside what it should is an error of its kind, and takes no more than its bound.
func TestClientIsRefused(t *testing.T) {
	const event = `{"id":"1","state":"accepted","at":"2028-02-29T10:00:00Z"}`
	track := func(text string) string { return `{"number":"TR123456","events":[` + text + `]}` }
	for name, test := range map[string]struct {
		status          int
		mediaType, text string
		order, track    error
		kept            int
	}{
		"an error":             {500, "application/json", `{"number":"TR123456"}`, nil, nil, 0},
		"not allowed":          {401, "application/json", `{}`, nil, nil, 0},
		"a redirect":           {302, "application/json", `{"number":"TR123456"}`, nil, nil, 0},
		"a page":               {200, "text/html", `{"number":"TR123456"}`, ErrInvalid, ErrInvalid, 0},
		"no JSON":              {200, "application/json", `<html>`, ErrInvalid, ErrInvalid, 0},
		"nothing":              {200, "application/json", `{}`, ErrInvalid, ErrInvalid, 0},
		"huge":                 {200, "application/json", `{"number":"TR123456","x":"` + strings.Repeat("a", maxAnswer) + `"}`, ErrInvalid, ErrInvalid, 0},
		"a number twice":       {200, "application/json", `{"number":"TR123456","number":"TR123457"}`, ErrInvalid, ErrInvalid, 0},
		"refused":              {200, "application/json", `{"refused":"no such district"}`, ErrRefused, ErrInvalid, 0},
		"refused with number":  {200, "application/json", `{"refused":"no","number":"TR123457"}`, ErrInvalid, ErrInvalid, 0},
		"a number of markup":   {200, "application/json", `{"number":"<b>TR123456</b>"}`, ErrInvalid, ErrInvalid, 0},
		"a number of 100":      {200, "application/json", `{"number":"` + strings.Repeat("1", 100) + `"}`, ErrInvalid, ErrInvalid, 0},
		"unknown":              {200, "application/json", `{"unknown":true}`, ErrInvalid, ErrUnknown, 0},
		"another shipment":     {200, "application/json", strings.ReplaceAll(track(event), "TR123456", "TR123457"), nil, ErrInvalid, 0},
		"too many events":      {200, "application/json", track(event + strings.Repeat(","+event, maxEvents)), nil, ErrInvalid, 0},
		"an unknown state":     {200, "application/json", track(event + `,{"id":"2","state":"eaten","at":"2028-02-29T10:00:00Z"}`), nil, ErrInvalid, 1},
		"an event of no name":  {200, "application/json", track(event + `,{"state":"lost","at":"2028-02-29T10:00:00Z"}`), nil, ErrInvalid, 1},
		"an event of no time":  {200, "application/json", track(event + `,{"id":"2","state":"lost"}`), nil, ErrInvalid, 1},
		"a text turned round":  {200, "application/json", track(event + `,{"id":"2","state":"lost","place":"a\u202eb","at":"2028-02-29T10:00:00Z"}`), nil, ErrInvalid, 1},
		"a place of 81":        {200, "application/json", track(event + `,{"id":"2","state":"lost","place":"` + strings.Repeat("ş", 81) + `","at":"2028-02-29T10:00:00Z"}`), nil, ErrInvalid, 1},
		"a place of two lines": {200, "application/json", track(event + `,{"id":"2","state":"lost","place":"a\nb","at":"2028-02-29T10:00:00Z"}`), nil, ErrInvalid, 1},
	} {
		t.Run(name, func(t *testing.T) {
			client, _, _ := answering(t, test.status, test.mediaType, test.text)
			_, err := client.Order(t.Context(), Order{Key: "K"})
			if test.order != nil && !errors.Is(err, test.order) || test.status != http.StatusOK && (err == nil || errors.Is(err, ErrInvalid)) {
				t.Errorf("order: %v, want %v", err, test.order)
			}
			events, err := client.Track(t.Context(), "TR123456")
			if test.track != nil && !errors.Is(err, test.track) || err == nil || len(events) != test.kept {
				t.Errorf("track: %d events, %v, want %v", len(events), err, test.track)
			}
			if test.status != http.StatusOK && errors.Is(err, ErrInvalid) {
				t.Errorf("track: %v", err)
			}
		})
	}
}

// TestClientWaitsNoLonger: a carrier that hangs is left when whoever asks has no more time.
func TestClientWaitsNoLonger(t *testing.T) {
	hangs := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server see that the client leaves
		close(hangs)
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-hangs; cancel() }()
	if _, err := (&Client{URL: server.URL}).Order(ctx, Order{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`{"number":"TR123456","events":[{"id":"1","state":"not_met","place":"Iğdır","at":"2028-02-29T13:00:00+03:00"}]}`))
	f.Add([]byte(`{"number":"tr-12 34.56"}`))
	f.Add([]byte(`{"refused":"x"}`))
	f.Add([]byte(`{"unknown":true}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if number, err := parseOrdered(body); err == nil {
			if again, ok := application.ShipmentNumber(number); !ok || again != number {
				t.Errorf("%q is not a number as it is kept", number)
			}
		}
		events, _ := parseTracked(body, "TR123456")
		for _, e := range events {
			if e.Number != "TR123456" || !e.IsReadable() {
				t.Errorf("%+v", e)
			}
		}
		if len(events) > maxEvents {
			t.Error(fmt.Sprint(len(events), " events"))
		}
	})
}
