package portal

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// logoutLimit is how long a logout waits for a gateway that this process has not spoken with yet.
const logoutLimit = 3 * time.Second

// gatewaySession is what a browser keeps, sealed, of a login at the gateway until it logs out. Whoever came in with a
// card has none.
type gatewaySession struct {
	IDToken string `json:"id_token,omitempty"` // left out where it is too long for a cookie
}

// logout ends the session here, and sends the browser to the gateway to end the one there: the next person at this
// browser would else be logged in by one press.
func (p *Portal) logout(v *visit) error {
	next := "/"
	if address, ok := p.gatewayLogout(v); ok {
		next = address
	}
	if err := p.endSession(v); err != nil {
		return err
	}
	p.setCookie(v, sessionCookie, "", 0)
	p.setCookie(v, gatewayCookie, "", 0)
	return v.see(next)
}

// gatewayLogout returns where the gateway's session ends, if this browser has one and the gateway says where. A gateway
// that does not answer keeps nobody logged in here.
func (p *Portal) gatewayLogout(v *visit) (address string, ok bool) {
	cookie, err := v.r.Cookie(p.cookieName(gatewayCookie))
	if err != nil || p.settings.KeepGatewaySession {
		return "", false
	}
	var there gatewaySession
	if err := p.gateway.sealer.open(cookie.Value, &there); err != nil {
		p.log.Warn("the cookie about the gateway's session is not ours", "error", err)
		return "", false
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), logoutLimit)
	defer cancel()
	address, err = p.gateway.logoutAddress(ctx, there, p.address.String()+"/", p.settings.GatewayOrigins)
	if err != nil {
		p.log.Warn("the gateway's session goes on", "error", err)
	}
	return address, err == nil
}

// rememberGateway keeps what the logout needs. Only a browser that logs out at the gateway is asked to keep it.
func (p *Portal) rememberGateway(v *visit, idToken string) error {
	sealed, err := p.gateway.sealer.seal(gatewaySession{idToken})
	if err == nil && len(sealed) > maxSealed {
		sealed, err = p.gateway.sealer.seal(gatewaySession{})
	}
	if err != nil {
		return err
	}
	p.setCookie(v, gatewayCookie, sealed, sessionLifetime)
	return nil
}

// logoutAddress is a logout request (OpenID Connect RP-Initiated Logout 1.0, 2). The page's form may lead only to the
// issuer and to the origins that the settings name.
func (g *gateway) logoutAddress(ctx context.Context, there gatewaySession, back string, origins []string) (string, error) {
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
	end, err := parseAddress(offered.EndSession)
	if err != nil {
		return "", err
	}
	issuer, err := parseAddress(g.issuer)
	if err != nil {
		return "", err
	}
	if origin := originOf(end); origin != originOf(issuer) && !slices.Contains(origins, origin) {
		return "", fmt.Errorf("%q is neither of the issuer nor of gateway_origins", origin)
	}
	query := end.Query()
	query.Set("client_id", g.config.ClientID)
	query.Set("post_logout_redirect_uri", back)
	if there.IDToken != "" {
		query.Set("id_token_hint", there.IDToken)
	}
	end.RawQuery = query.Encode()
	return end.String(), nil
}
