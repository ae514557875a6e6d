package portal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// A step-up is a login that is made anew, at the gateway's highest level, by somebody who is logged in: a release asks
// for it. It leads back to the act's first screen and nowhere else.

// clockSkew is by how much the gateway's clock may be ahead of ours.
const clockSkew = time.Minute

// stepUpRequest is what a step-up asks of the gateway; nil for a usual login.
type stepUpRequest struct {
	MaxAge time.Duration
	ACRs   []string // any where there are none
}

func (s *Settings) stepUp() *stepUpRequest {
	return &stepUpRequest{MaxAge: s.pukLoginMaxAge(), ACRs: s.PUKACRValues}
}

// options are the request's parameters (OpenID Connect Core 1.0, 3.1.2.1).
func (r *stepUpRequest) options() []oauth2.AuthCodeOption {
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

// authentication is when and how somebody has logged in, by the gateway's word.
type authentication struct {
	At  time.Time // zero where it has not said so
	ACR string
}

// maxACR is the longest level that is kept, in bytes.
const maxACR = 255

// readAuthentication reads auth_time and acr of an identity token. A time that is ahead of the clock is as good as none.
func readAuthentication(token *oidc.IDToken, now time.Time) (authentication, error) {
	var claims struct {
		AuthTime float64 `json:"auth_time"`
		ACR      string  `json:"acr"`
	}
	if err := token.Claims(&claims); err != nil {
		return authentication{}, loginFailed("identity token: auth_time or acr: %w", err)
	}
	if len(claims.ACR) > maxACR {
		return authentication{}, loginFailed("identity token: acr of %d bytes", len(claims.ACR))
	}
	a := authentication{ACR: claims.ACR}
	latest := now.Add(clockSkew)
	if claims.AuthTime <= 0 || claims.AuthTime > float64(latest.Unix()) {
		return a, nil
	}
	if a.At = time.Unix(int64(claims.AuthTime), 0); a.At.After(now) {
		a.At = now
	}
	return a, nil
}

// judge judges whether a step-up was what it asked for. Of a usual login nothing is asked.
func (r *stepUpRequest) judge(a authentication, now time.Time) error {
	switch {
	case r == nil:
		return nil
	case a.At.IsZero(): // required where max_age was asked (OpenID Connect Core 1.0, 2)
		return loginFailed("identity token: auth_time is missing or ahead of the clock")
	case now.Sub(a.At) > r.MaxAge:
		return fault.Errorf(refusal.LoginStale, "the gateway took a login of %v ago, want at most %v", now.Sub(a.At), r.MaxAge)
	case len(r.ACRs) > 0 && !slices.Contains(r.ACRs, a.ACR):
		return fault.Errorf(refusal.LoginWeak, "acr %.100q is none of those asked for", a.ACR)
	}
	return nil
}

// otherPath is the first screen for a person who has logged in in the place of another.
const otherPath = pinPath + "?giris=baska"

// stepUp sends the browser to the gateway to log in anew.
func (p *Portal) stepUp(v *visit) error {
	address, cookie, err := p.gateway.begin(v.r.Context(), p.now(), p.settings.stepUp())
	if err != nil {
		return fmt.Errorf("step-up: %w", err)
	}
	p.setCookie(v, loginCookie, cookie, loginLifetime)
	return v.see(address)
}

// afterLogin is the page that a login leads to. Whoever comes back from a step-up as another person has a session of
// their own by then, and is told so.
func afterLogin(who *identity, before *visit) string {
	switch {
	case !who.SteppedUp:
		return "/"
	case before.session != nil && before.session.CitizenNumber != who.CitizenNumber:
		return otherPath
	}
	return pinPath
}
