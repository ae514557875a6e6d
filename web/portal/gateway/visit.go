package gateway

import (
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Cookies of a login under way, and of the gateway's session.
const (
	loginCookie   = "giris"
	sessionCookie = "gecit"
)

// Begin sends the browser to the gateway to log in; stepUp is nil for a usual login.
func (g *Gateway) Begin(v *site.Visit, stepUp *StepUp) error {
	address, cookie, err := g.begin(v.R.Context(), g.Now(), stepUp)
	if err != nil {
		return err
	}
	v.SetCookie(loginCookie, cookie, loginLifetime)
	return v.See(address)
}

// Finish judges the answer with which the gateway has sent the browser back.
func (g *Gateway) Finish(v *site.Visit) (*Identity, error) {
	v.SetCookie(loginCookie, "", 0)
	cookie, ok := v.Cookie(loginCookie)
	if !ok {
		return nil, loginFailed("there is no login under way in this browser")
	}
	return g.finish(v.R.Context(), g.Now(), cookie, v.R.URL.Query())
}

// Next is the page that a login leads to. before is the session that the browser had.
func (who *Identity) Next(before *store.Session) string {
	switch {
	case who.stepUp == nil || who.stepUp.Back == "": // an older process has sent the browser there
		return "/"
	case before != nil && before.CitizenNumber != who.CitizenNumber:
		return who.stepUp.Back + asAnother
	}
	return who.stepUp.Back
}
