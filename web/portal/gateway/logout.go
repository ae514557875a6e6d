package gateway

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/e-onay/e-onay/web/portal/sealed"
	"github.com/e-onay/e-onay/web/portal/site"
)

// logoutTimeout is how long a logout waits for a gateway that this process has not spoken with yet.
const logoutTimeout = 3 * time.Second

// gatewaySession is what a browser keeps, sealed, of a login at the gateway until it logs out. A login with a
// card has no such session.
type gatewaySession struct {
	IDToken string `json:"id_token,omitempty"` // left out where it is too long for a cookie
}

// LogOut ends the session here, and sends the browser to the gateway to end the one there: otherwise one press would log in
// the next person at this browser.
func (g *Gateway) LogOut(v *site.Visit) error {
	next := "/"
	if address, ok := g.addressOfLogout(v); ok {
		next = address
	}
	if err := v.EndSession(); err != nil {
		return err
	}
	g.ForgetSession(v)
	return v.See(next)
}

// addressOfLogout returns where the gateway's session ends, if this browser has one and the gateway says where. A gateway that
// does not answer keeps no person logged in here.
func (g *Gateway) addressOfLogout(v *site.Visit) (address string, ok bool) {
	cookie, ok := v.Cookie(sessionCookie)
	if !ok || g.KeepSession {
		return "", false
	}
	var there gatewaySession
	if err := g.sealer.Open(cookie, &there); err != nil {
		v.Log().Warn("the cookie about the gateway's session is not ours", "error", err)
		return "", false
	}
	ctx, cancel := context.WithTimeout(v.R.Context(), logoutTimeout)
	defer cancel()
	address, err := g.logoutRequest(ctx, there)
	if err != nil {
		v.Log().Warn("the gateway's session goes on", "error", err)
	}
	return address, err == nil
}

// RememberSession keeps in the browser what a logout needs. Only the logout needs it, so it is not in the store.
func (g *Gateway) RememberSession(v *site.Visit, who *Identity) error {
	token, err := g.sealer.Seal(gatewaySession{who.idToken})
	if err == nil && len(token) > sealed.Max {
		token, err = g.sealer.Seal(gatewaySession{})
	}
	if err != nil {
		return err
	}
	v.SetCookie(sessionCookie, token, site.SessionLifetime)
	return nil
}

// ForgetSession takes that out of the browser.
func (g *Gateway) ForgetSession(v *site.Visit) { v.SetCookie(sessionCookie, "", 0) }

// logoutRequest is a logout request (OpenID Connect RP-Initiated Logout 1.0, 2). The page's form may lead only to the
// issuer and to the origins that the settings name.
func (g *Gateway) logoutRequest(ctx context.Context, there gatewaySession) (string, error) {
	provider, _, err := g.discover(ctx)
	if err != nil {
		return "", err
	}
	var offered struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&offered); err != nil {
		return "", err
	}
	end, err := site.ParseAddress(offered.EndSession)
	if err != nil {
		return "", err
	}
	issuer, err := site.ParseAddress(g.Issuer)
	if err != nil {
		return "", err
	}
	if origin := site.OriginOf(end); origin != site.OriginOf(issuer) && !slices.Contains(g.Origins, origin) {
		return "", fmt.Errorf("%q is neither of the issuer nor of gateway_origins", origin)
	}
	query := end.Query()
	query.Set("client_id", g.config.ClientID)
	query.Set("post_logout_redirect_uri", g.Address.String()+"/")
	if there.IDToken != "" {
		query.Set("id_token_hint", there.IDToken)
	}
	end.RawQuery = query.Encode()
	return end.String(), nil
}
