package portal

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/relyingparty"
)

const (
	maxForm   = 8 << 10
	maxHeader = 16 << 10
)

// contentPolicy lets a page load the portal's own files and nothing else. The issuer and the other origins of the
// gateway are there because Chromium applies form-action to each redirect that the login form is answered with.
func contentPolicy(issuer *url.URL, others []string) string {
	return strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self'",
		strings.Join(append([]string{"form-action 'self'", issuer.Scheme + "://" + issuer.Host}, others...), " "), "frame-ancestors 'none'", "base-uri 'none'",
	}, "; ")
}

// guarded sets the headers of every answer, refuses what another site makes a browser send, and
// bounds every body.
func (p *Portal) guarded(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	// A proxy in front may change the Host header, with which Origin is compared.
	if err := protection.AddTrustedOrigin(p.address.Scheme + "://" + p.address.Host); err != nil {
		p.log.Error("the portal's address cannot be trusted", "error", err)
	}
	protection.SetDenyHandler(p.page(func(v *visit) error {
		return fault.Errorf(fault.FormExpired, "the request comes from another site")
	}))
	inner := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", p.policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if p.secure() {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimit(r))
		inner.ServeHTTP(w, r)
	})
}

// bodyLimits are for the requests that carry a signature or a certificate, in base64.
var bodyLimits = map[string]int64{
	signaturePath: maxSignatureBody, claimPath: maxClaimBody, pinResultPath: maxReportBody,
	cardLoginPath + "/" + eSignature: relyingparty.MaxLogin, cardLoginPath + "/" + identityCard: relyingparty.MaxLogin,
}

// bodyLimit is a form's, unless the request carries more.
func bodyLimit(r *http.Request) int64 {
	if limit, ok := bodyLimits[r.URL.Path]; ok {
		return limit
	}
	return maxForm
}

// recorder remembers what was answered.
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

// logged writes one line for each request: the path without its query, which may carry a login's
// code, and nothing about the person. A panic ends its request only.
func (p *Portal) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started, rec := time.Now(), &recorder{ResponseWriter: w}
		defer func() {
			if cause := recover(); cause != nil {
				p.log.Error("panic", "path", r.URL.Path, "cause", cause)
				if rec.status == 0 {
					http.Error(rec, "internal", http.StatusInternalServerError)
				}
			}
			p.log.LogAttrs(r.Context(), slog.LevelInfo, "request",
				slog.String("method", r.Method), slog.String("path", r.URL.Path),
				slog.Int("status", rec.status), slog.Duration("took", time.Since(started)))
		}()
		next.ServeHTTP(rec, r)
	})
}
