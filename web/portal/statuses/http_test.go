package statuses

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

var request = Request{Serial: "0abc", Status: Suspended, Reason: "certificateHold", At: time.Date(2028, 2, 29, 12, 0, 0, 250e6, time.UTC), Key: "status/R/2"}

func TestHTTP(t *testing.T) {
	var body map[string]any
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer token" || r.Header.Get("Idempotency-Key") != request.Key {
			t.Errorf("asked with %v", r.Header)
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		_, _ = w.Write([]byte(`{"serial":"ABC","status":"suspended","since":"2028-02-29T12:00:00Z"}`))
	}))
	defer server.Close()
	stands, err := NewHTTP(HTTPOptions{URL: server.URL, Token: "token"}).SetStatus(t.Context(), request)
	if err != nil || stands != Suspended || body["at"] != "2028-02-29T12:00:00.25Z" || body["serial"] != "0abc" || body["reason"] != "certificateHold" {
		t.Errorf("%s, %v; asked %v", stands, err, body)
	}
}

// TestHTTPAnswers: what cannot be believed is no answer, and only a refusal for good gives up.
func TestHTTPAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		giveUp bool
	}{
		"another certificate": {http.StatusOK, `{"serial":"0def","status":"suspended"}`, false},
		"no serial":           {http.StatusOK, `{"status":"suspended"}`, false},
		"endless serial":      {http.StatusOK, `{"serial":"` + strings.Repeat("0", 8000) + `abc","status":"suspended"}`, false},
		"unknown status":      {http.StatusOK, `{"serial":"0abc","status":"gone"}`, false},
		"no JSON":             {http.StatusOK, `<html>`, false},
		"status twice":        {http.StatusOK, `{"serial":"0abc","status":"suspended","status":"active"}`, false},
		"too long":            {http.StatusOK, `{"serial":"0abc","status":"suspended"}` + strings.Repeat(" ", maxHTTPAnswer), false},
		"elsewhere":           {http.StatusFound, ``, false},
		"not let in":          {http.StatusUnauthorized, ``, false},
		"busy":                {http.StatusServiceUnavailable, ``, false},
		"unknown to it":       {http.StatusNotFound, ``, true},
		"refused":             {http.StatusUnprocessableEntity, ``, true},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/elsewhere" {
					t.Error("the token went elsewhere")
				}
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			}))
			defer server.Close()
			stands, err := NewHTTP(HTTPOptions{URL: server.URL, Token: "token"}).SetStatus(t.Context(), request)
			if err == nil || stands != "" || errors.Is(err, ErrRefused) != test.giveUp {
				t.Errorf("%q, %v", stands, err)
			}
			if err != nil && strings.Contains(err.Error(), "token") {
				t.Errorf("the error tells the token: %v", err)
			}
		})
	}
}

func TestHTTPHangs(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := NewHTTP(HTTPOptions{URL: server.URL}).SetStatus(ctx, request); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// FuzzAnswer: whatever an authority answers, only a status of the certificate that was asked about is taken.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"serial":"ABC","status":"suspended"}`))
	f.Add([]byte(`{"serial":"-0abc","status":"revoked","since":null}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		stands, err := readAnswer(answer, "0abc")
		if err == nil && (len(answer) > maxHTTPAnswer || stands != Active && stands != Suspended && stands != Revoked) {
			t.Errorf("%q is taken as %q", answer, stands)
		}
	})
}
