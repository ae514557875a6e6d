package login

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"

	"github.com/e-onay/e-onay/internal/fault"
	token "github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/gateway"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/verification"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// The ways to log in with a card, as the last part of a page's path. The mechanism is one; they differ in the
// certificates that they take.
const (
	ESignature   = "e-imza"
	IdentityCard = "kimlik-karti"

	cardPath   = path + "/kart"
	cardCookie = "kart"
)

// Cards has what judges a login, by its way. What is not there is not offered.
type Cards map[string]relyingparty.Login

// Page is the page of the first login with a card that is offered; that of all logins where none is.
func (c Cards) Page() string {
	for _, way := range []string{ESignature, IdentityCard} {
		if _, ok := c[way]; ok {
			return cardPath + "/" + way
		}
	}
	return path
}

// forSite returns the logins for the portal's address. A challenge that one process issues is good in any other process of the
// portal: the key comes from the secret that they share.
func (c Cards) forSite(address *url.URL, secret string, used relyingparty.UsedChallenges) (Cards, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "e-onay portal: challenges of logins with a card", 32)
	if err != nil {
		return nil, fmt.Errorf("login: key: %w", err)
	}
	ours := Cards{}
	for way, judge := range c {
		judge.Origin, judge.Key, judge.Used = address.String(), key, used
		if err := judge.Check(); err != nil {
			return nil, fmt.Errorf("login %q: %w", way, err)
		}
		ours[way] = judge
	}
	return ours, nil
}

// cardPage is also for whoever came from the gateway, and needs a login with a card for what they are about to do.
func (l *login) cardPage(v *site.Visit) error {
	if v.Session != nil && v.Session.CardLogin != "" {
		return v.See("/")
	}
	way := v.R.PathValue("way")
	if _, ok := l.Cards[way]; !ok {
		return fault.New(refusal.NotFound, nil)
	}
	return v.Render(http.StatusOK, "cardlogin", way, "")
}

// issueCardChallenge begins a login, and writes nothing: the browser gets a secret, and the page a challenge that only this
// browser can answer. Another page of it has another challenge, and the same secret.
func (l *login) issueCardChallenge(v *site.Visit) error {
	way := v.R.PathValue("way")
	judge, ok := l.Cards[way]
	if !ok {
		return fault.New(refusal.NotFound, nil)
	}
	secret := site.NewSecret()
	if before, ok := v.Cookie(cardCookie); ok && len(before) == len(secret) {
		secret = before
	}
	nonce, err := judge.Challenge(cardSession(way, secret))
	if err != nil {
		return fmt.Errorf("card login: %w", err)
	}
	request, err := l.Requests.Login(relyingparty.LoginRequest{Nonce: nonce, Purpose: message.Text(v.Language, "portal.login.card.purpose")})
	if err != nil {
		return fault.New(fault.Internal, err)
	}
	v.SetCookie(cardCookie, secret, relyingparty.DefaultLifetime)
	return v.AnswerJSON(http.StatusOK, request)
}

// logInWithCard logs in the person whose card has answered the challenge.
func (l *login) logInWithCard(v *site.Visit) error {
	received, way := l.Now(), v.R.PathValue("way")
	judge, ok := l.Cards[way]
	if !ok {
		return fault.New(refusal.NotFound, nil)
	}
	data, err := v.ReadJSON()
	if err != nil {
		return err
	}
	nonce, answer, err := token.ParseAnswer(data)
	if err != nil {
		return err
	}
	secret, ok := v.Cookie(cardCookie)
	if !ok {
		return fault.Errorf(fault.FormExpired, "there is no login with a card under way in this browser")
	}
	evidence, err := l.verify(v, &judge, cardSession(way, secret), nonce, answer)
	if way == IdentityCard && err != nil && site.CodeOf(err) == fault.CertificateNotQualified {
		err = fault.New(fault.CertificateNotForLogin, err) // another card's, and none that had to be qualified
	}
	if err != nil {
		return err
	}
	if err := l.Refuse(v.R.Context(), evidence.CitizenNumber, evidence.Path[0]); err != nil {
		return err
	}
	who, err := gateway.NewIdentity(evidence.Holder, evidence.CitizenNumber)
	if err != nil {
		return err
	}
	name := reference.New()
	err = l.Store.RecordLogin(v.R.Context(), store.Login{
		Reference: name, CitizenNumber: who.CitizenNumber, Name: who.Name, Way: way, Origin: judge.Origin, Nonce: nonce, Token: answer,
		ReceivedAt: received, Evidence: verification.EvidenceOf(evidence, l.Now()),
	})
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	who.Login.AMR = gateway.CardMethods
	if err := startSession(v, who, name); err != nil {
		return err
	}
	l.Gateway.ForgetSession(v)
	v.SetCookie(cardCookie, "", 0)
	return v.AnswerJSON(http.StatusOK, site.Location{Location: "/"})
}

// verify judges a token. What is refused without the network takes no place of those who wait for it.
func (l *login) verify(v *site.Visit, judge *relyingparty.Login, session, nonce string, token []byte) (*relyingparty.Evidence, error) {
	ctx, cancel := context.WithTimeout(v.R.Context(), verification.Timeout)
	defer cancel()
	evidence, err := judge.CheckToken(ctx, session, nonce, token)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	leave, err := l.Verification.EnterNetwork()
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
