package site

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/proxy"
)

const maxForm = 8 << 10

// contentPolicy lets a page load the portal's own files and nothing else, and its script ask the portal and the origins of
// connect. Forms may lead to the gateway's origins too:
// Chromium applies form-action to each redirect that the login form is answered with.
func contentPolicy(formOrigins, connect []string) string {
	return strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'",
		strings.Join(append([]string{"connect-src 'self'"}, connect...), " "), "img-src 'self'",
		strings.Join(append([]string{"form-action 'self'"}, formOrigins...), " "), "frame-ancestors 'none'", "base-uri 'none'",
	}, "; ")
}

// guarded sets the headers of every answer, and refuses what another site makes a browser send.
func (s *Site) guarded(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	// A proxy in front may change the Host header, with which Origin is compared.
	if err := protection.AddTrustedOrigin(s.address.Scheme + "://" + s.address.Host); err != nil {
		s.log.Error("the portal's address cannot be trusted", "error", err)
	}
	protection.SetDenyHandler(s.handler(Route{Serve: func(*Visit) error {
		return fault.Errorf(fault.FormExpired, "the request comes from another site")
	}}, Way{}))
	inner := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", s.policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if s.secure() {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		inner.ServeHTTP(w, r)
	})
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(data []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(data)
}

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// logged writes one line for each request: its id, the visitor's address, the path without its query, which may carry a login's
// code, and nothing else about the person. A panic ends its request only.
func (s *Site) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started, rec := time.Now(), &recorder{ResponseWriter: w}
		visitor := proxy.Of(r.Context())
		defer func() {
			cause := recover()
			if cause == http.ErrAbortHandler { // after the line of this request
				defer panic(cause)
			} else if cause != nil {
				s.log.Error("panic", "request", visitor.RequestID, "path", r.URL.Path, "cause", cause)
				if rec.status == 0 {
					http.Error(rec, "internal", http.StatusInternalServerError)
				}
			}
			took := time.Since(started)
			s.meter.Request(s.patternOf(r), rec.status, took)
			s.log.LogAttrs(r.Context(), slog.LevelInfo, "request",
				slog.String("request", visitor.RequestID), slog.String("from", addressText(visitor)),
				slog.String("method", r.Method), slog.String("path", r.URL.Path),
				slog.Int("status", rec.status), slog.Duration("took", took))
		}()
		next.ServeHTTP(rec, r)
	})
}

// patternOf returns the pattern of the route that serves a request, "" for none: paths are a visitor's, and without number.
func (s *Site) patternOf(r *http.Request) string {
	_, pattern := s.mux.Handler(r)
	if pattern == "/" {
		return ""
	}
	return pattern
}

// addressText is a visitor's address in the log, "" where it is not known.
func addressText(v proxy.Visitor) string {
	if !v.Address.IsValid() {
		return ""
	}
	return v.Address.String()
}
