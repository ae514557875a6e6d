package portal

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
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

// at returns the logins as they are made at the portal's address. What one process has given out any other of the portal
// takes: their key comes from the client's secret.
func (c CardLogins) at(address *url.URL, secret string, used relyingparty.UsedChallenges) (CardLogins, error) {
	key, err := deriveKey(secret, "e-onay portal: challenges of logins with a card")
	if err != nil {
		return nil, err
	}
	ours := CardLogins{}
	for way, judge := range c {
		judge.Origin, judge.Key, judge.Used = address.String(), key, used
		if err := judge.Check(); err != nil {
			return nil, fmt.Errorf("portal: login %q: %w", way, err)
		}
		ours[way] = judge
	}
	return ours, nil
}

func (p *Portal) cardLoginPage(v *visit) error {
	if v.session != nil {
		return v.see("/")
	}
	way := v.r.PathValue("way")
	if _, ok := p.cards[way]; !ok {
		return fault.New(refusal.NotFound, nil)
	}
	return p.render(v, http.StatusOK, "cardlogin", way, "")
}

// cardChallenge begins a login, and writes nothing: the browser gets a secret, and the page a challenge that only this
// browser can answer. Another page of it has another challenge, and the same secret.
func (p *Portal) cardChallenge(v *visit) error {
	way := v.r.PathValue("way")
	judge, ok := p.cards[way]
	if !ok {
		return fault.New(refusal.NotFound, nil)
	}
	secret := newSecret()
	if cookie, err := v.r.Cookie(p.cookieName(cardCookie)); err == nil && len(cookie.Value) == len(secret) {
		secret = cookie.Value
	}
	nonce, err := judge.Challenge(cardSession(way, secret))
	if err != nil {
		return fmt.Errorf("card login: %w", err)
	}
	request, err := p.requests.Login(relyingparty.LoginRequest{Nonce: nonce, Purpose: message.Text(v.language, "portal.login.card.purpose")})
	if err != nil {
		return fault.New(fault.Internal, err)
	}
	p.setCookie(v, cardCookie, secret, relyingparty.DefaultLifetime)
	answerJSON(v, request)
	return nil
}

// cardLogin takes in the person whose card has answered the challenge, as callback does who comes from the gateway.
func (p *Portal) cardLogin(v *visit) error {
	received, way := p.now(), v.r.PathValue("way")
	judge, ok := p.cards[way]
	if !ok {
		return fault.New(refusal.NotFound, nil)
	}
	data, err := readJSON(v.r)
	if err != nil {
		return err
	}
	nonce, token, err := login.ParseAnswer(data)
	if err != nil {
		return err
	}
	cookie, err := v.r.Cookie(p.cookieName(cardCookie))
	if err != nil {
		return fault.Errorf(fault.FormExpired, "there is no login with a card under way in this browser")
	}
	evidence, err := p.verifyLogin(v, &judge, cardSession(way, cookie.Value), nonce, token)
	if way == identityCard && err != nil && codeOf(err) == fault.CertificateNotQualified {
		err = fault.New(fault.CertificateNotForLogin, err) // another card's, and none that had to be qualified
	}
	if err != nil {
		return err
	}
	who, err := checkIdentity(evidence.Holder, evidence.CitizenNumber)
	if err != nil {
		return err
	}
	err = p.store.RecordLogin(v.r.Context(), store.Login{
		Reference: newReference(), CitizenNumber: who.CitizenNumber, Name: who.Name, Way: way, Origin: judge.Origin, Nonce: nonce, Token: token,
		ReceivedAt: received, Evidence: evidenceOf(evidence, p.now()),
	})
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	if err := p.enter(v, who); err != nil {
		return err
	}
	p.setCookie(v, gatewayCookie, "", 0)
	p.setCookie(v, cardCookie, "", 0)
	answerJSON(v, location{"/"})
	return nil
}

// verifyLogin judges a token. What is refused without the network takes no place of those who wait for it.
func (p *Portal) verifyLogin(v *visit, judge *relyingparty.Login, session, nonce string, token []byte) (*relyingparty.Evidence, error) {
	ctx, cancel := context.WithTimeout(v.r.Context(), verifyTimeout)
	defer cancel()
	evidence, err := judge.CheckToken(ctx, session, nonce, token)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	leave, err := p.enterNetwork()
	if err != nil {
		return nil, err
	}
	defer leave()
	if err := judge.Verifier.Prove(ctx, evidence); err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	return evidence, nil
}

// cardSession names what a challenge belongs to: a way to log in, and a browser's secret.
func cardSession(way, secret string) string { return way + " " + secret }
