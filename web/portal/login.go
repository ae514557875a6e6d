package portal

import (
	"fmt"
	"net/http"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/store"
)

func (p *Portal) home(v *visit) error {
	var receipt *store.Receipt
	if v.session != nil {
		var err error
		if receipt, err = p.newestReceipt(v); err != nil {
			return err
		}
	}
	return p.render(v, http.StatusOK, "home", receipt, "")
}

// loginPage is the way to the gateway; it says so when a session has ended.
func (p *Portal) loginPage(v *visit) error {
	if v.session != nil {
		return v.see("/")
	}
	var code fault.Code
	if v.r.URL.Query().Get("oturum") == "kapali" {
		code = fault.LoginRequired
	}
	return p.render(v, http.StatusOK, "login", p.cards, code)
}

func (p *Portal) login(v *visit) error {
	address, cookie, err := p.gateway.begin(v.r.Context(), p.now(), nil)
	if err != nil {
		return err
	}
	p.setCookie(v, loginCookie, cookie, loginLifetime)
	return v.see(address)
}

// callback is where the gateway sends the browser back.
func (p *Portal) callback(v *visit) error {
	v.w.Header().Set("Cache-Control", "no-store")
	p.setCookie(v, loginCookie, "", 0)
	cookie, err := v.r.Cookie(p.cookieName(loginCookie))
	if err != nil {
		return loginFailed("there is no login under way in this browser")
	}
	who, err := p.gateway.finish(v.r.Context(), p.now(), cookie.Value, v.r.URL.Query())
	if err != nil {
		return err
	}
	if err := p.enter(v, who); err != nil {
		return err
	}
	if err := p.rememberGateway(v, who.IDToken); err != nil {
		return err
	}
	return v.see(afterLogin(who, v))
}

// enter begins the session of who has logged in. Each login has one of its own; the one this browser had before ends.
func (p *Portal) enter(v *visit, who *identity) error {
	if err := p.endSession(v); err != nil {
		return err
	}
	secret, now := newSecret(), p.now()
	err := p.store.CreateSession(v.r.Context(), store.Session{
		ID: store.HashOf(secret), CitizenNumber: who.CitizenNumber, Name: who.Name,
		AuthenticatedAt: who.Login.At, ACR: who.Login.ACR,
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(sessionLifetime),
	})
	if err != nil {
		return fmt.Errorf("login: %w", err)
	}
	p.setCookie(v, sessionCookie, secret, 0)
	return nil
}

func (p *Portal) endSession(v *visit) error {
	if v.session == nil {
		return nil
	}
	if err := p.store.DeleteSession(v.r.Context(), v.session.ID); err != nil {
		return fmt.Errorf("end of session: %w", err)
	}
	return nil
}
