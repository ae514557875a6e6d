package portal

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// The ways to log in with a card, as the last part of a page's path. The mechanism is one; they differ in the
// certificates that they take.
const (
	eSignature   = "e-imza"
	identityCard = "kimlik-karti"

	cardLoginPath = "/giris/kart"
)

// CardLogins has what judges a login, by its way. What is not there is not offered.
type CardLogins map[string]relyingparty.Login

// at returns the logins as they are made at the portal's address.
func (c CardLogins) at(address *url.URL, challenges relyingparty.Challenges) (CardLogins, error) {
	ours := CardLogins{}
	for way, login := range c {
		login.Origin, login.Challenges = address.String(), challenges
		if err := login.Check(); err != nil {
			return nil, fmt.Errorf("portal: login %q: %w", way, err)
		}
		ours[way] = login
	}
	return ours, nil
}

func (p *Portal) cardLoginPage(v *visit) error {
	if v.session != nil {
		return v.see("/")
	}
	way := v.r.PathValue("way")
	if _, ok := p.cards[way]; !ok {
		return protocol.NewError(protocol.CodeNotFound, nil)
	}
	return p.render(v, http.StatusOK, "cardlogin", way, "")
}

// cardChallenge begins a login: the browser gets a secret, and the page a challenge that is answered with it. Another
// page of the browser has another challenge, and the same secret.
func (p *Portal) cardChallenge(v *visit) error {
	login, ok := p.cards[v.r.PathValue("way")]
	if !ok {
		return protocol.NewError(protocol.CodeNotFound, nil)
	}
	secret := newSecret()
	if cookie, err := v.r.Cookie(p.cookieName(cardCookie)); err == nil && len(cookie.Value) == len(secret) {
		secret = cookie.Value
	}
	nonce, err := login.Challenge(v.r.Context(), cardSession(v.r, secret))
	if err != nil {
		return fmt.Errorf("card login: %w", err)
	}
	request, err := p.requests.Login(relyingparty.LoginRequest{Nonce: nonce, Purpose: message.Text(v.language, "portal.login.card.purpose")})
	if err != nil {
		return protocol.NewError(protocol.CodeInternal, err)
	}
	p.setCookie(v, cardCookie, secret, relyingparty.DefaultLifetime)
	answerJSON(v, request)
	return nil
}

// cardLogin takes in the person whose card has answered the challenge, as callback does who comes from the gateway.
func (p *Portal) cardLogin(v *visit) error {
	way := v.r.PathValue("way")
	login, ok := p.cards[way]
	if !ok {
		return protocol.NewError(protocol.CodeNotFound, nil)
	}
	token, err := readJSON(v.r)
	if err != nil {
		return err
	}
	cookie, err := v.r.Cookie(p.cookieName(cardCookie))
	if err != nil {
		return protocol.Errorf(protocol.CodeFormExpired, "there is no login with a card under way in this browser")
	}
	evidence, err := p.inTurn(v.r.Context(), func(ctx context.Context) (*relyingparty.Evidence, error) {
		return login.Verify(ctx, cardSession(v.r, cookie.Value), token)
	})
	if way == identityCard && err != nil && codeOf(err) == protocol.CodeCertificateNotQualified {
		err = protocol.NewError(protocol.CodeCertificateNotForLogin, err) // another card's, and none that had to be qualified
	}
	if err != nil {
		return err
	}
	who, err := checkIdentity(evidence.Holder, evidence.CitizenNumber)
	if err != nil {
		return err
	}
	if err := p.enter(v, who); err != nil {
		return err
	}
	p.setCookie(v, cardCookie, "", 0)
	answerJSON(v, location{"/"})
	return nil
}

// cardSession names what a challenge belongs to: a browser's secret, and one of its pages, which has named itself.
func cardSession(r *http.Request, secret string) string { return secret + r.URL.Query().Get("sayfa") }
