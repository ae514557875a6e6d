package gateway

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
)

// StepUp asks for a login that is made anew by somebody who is logged in, at the level that an act needs.
type StepUp struct {
	// MaxAge is how old the login may be when the browser comes back.
	MaxAge time.Duration
	ACRs   []string // the levels that count; any where there are none
	// Back is the act's first screen. The step-up leads back there and nowhere else.
	Back string
}

// What is added to the address that a login leads back to: another person has logged in in the place of the one before, or
// the person has cancelled.
const (
	asAnother   = "?giris=baska"
	asCancelled = "?giris=vazgecildi"
)

// CameAsAnother reports whether a step-up has led back as another person.
func CameAsAnother(v *site.Visit) bool { return v.R.URL.Query().Get("giris") == "baska" }

// CameCancelled reports whether a login that was cancelled at the gateway has led back.
func CameCancelled(v *site.Visit) bool { return v.R.URL.Query().Get("giris") == "vazgecildi" }

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
