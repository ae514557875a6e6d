package gateway

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
)

// clockSkew is by how much the gateway's clock may be ahead of ours.
const clockSkew = time.Minute

// StepUp asks for a login that is made anew by somebody who is logged in, at the level that an act needs.
type StepUp struct {
	// MaxAge is how old the login may be when the browser comes back.
	MaxAge time.Duration
	ACRs   []string // the levels that count; any where there are none
	// Back is the act's first screen. The step-up leads back there and nowhere else.
	Back string
}

// asAnother is added to StepUp.Back where another person has logged in in the place of the one before.
const asAnother = "?giris=baska"

// CameAsAnother reports whether a step-up has led back as another person.
func CameAsAnother(v *site.Visit) bool { return v.R.URL.Query().Get("giris") == "baska" }

// options are the request's parameters (OpenID Connect Core 1.0, 3.1.2.1).
func (r *StepUp) options() []oauth2.AuthCodeOption {
	if r == nil {
		return nil
	}
	options := []oauth2.AuthCodeOption{
		oauth2.SetAuthURLParam("prompt", "login"),
		oauth2.SetAuthURLParam("max_age", strconv.Itoa(int(r.MaxAge/time.Second))),
	}
	if len(r.ACRs) > 0 {
		options = append(options, oauth2.SetAuthURLParam("acr_values", strings.Join(r.ACRs, " ")))
	}
	return options
}

// Authentication is when and how somebody has logged in, by the gateway's word.
type Authentication struct {
	At  time.Time // zero where it has not said so
	ACR string
}

// maxACR is the longest level that is kept, in bytes.
const maxACR = 255

// ValidACR reports whether a setting can name a level: 1 to maxACR characters of ASCII that can be seen.
func ValidACR(acr string) bool {
	return acr != "" && len(acr) <= maxACR && !strings.ContainsFunc(acr, func(r rune) bool { return r <= ' ' || r > '~' })
}

// readAuthentication reads auth_time and acr of an identity token. A time ahead of the clock counts as missing.
func readAuthentication(token *oidc.IDToken, now time.Time) (Authentication, error) {
	var claims struct {
		AuthTime float64 `json:"auth_time"`
		ACR      string  `json:"acr"`
	}
	if err := token.Claims(&claims); err != nil {
		return Authentication{}, loginFailed("identity token: auth_time or acr: %w", err)
	}
	if len(claims.ACR) > maxACR {
		return Authentication{}, loginFailed("identity token: acr of %d bytes", len(claims.ACR))
	}
	a := Authentication{ACR: claims.ACR}
	latest := now.Add(clockSkew)
	if claims.AuthTime <= 0 || claims.AuthTime > float64(latest.Unix()) {
		return a, nil
	}
	if a.At = time.Unix(int64(claims.AuthTime), 0); a.At.After(now) {
		a.At = now
	}
	return a, nil
}

// judge judges whether the login is what the step-up asked for. A usual login, without one, asks for nothing.
func (r *StepUp) judge(a Authentication, now time.Time) error {
	switch {
	case r == nil:
		return nil
	case a.At.IsZero(): // required where max_age was asked (OpenID Connect Core 1.0, 2)
		return loginFailed("identity token: auth_time is missing or ahead of the clock")
	case now.Sub(a.At) > r.MaxAge:
		return fault.Errorf(refusal.LoginStale, "the gateway took a login of %v ago, want at most %v", now.Sub(a.At), r.MaxAge)
	case len(r.ACRs) > 0 && !slices.Contains(r.ACRs, a.ACR):
		return fault.Errorf(refusal.LoginWeak, "acr %.100q, want one of %q", a.ACR, r.ACRs)
	}
	return nil
}
