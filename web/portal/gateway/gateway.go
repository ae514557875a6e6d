// Package gateway is the engine of logins at the national gateway, an OpenID provider: it sends the browser there, judges the
// answer, and ends the gateway's session with the portal's. What a login needs meanwhile is in a sealed cookie: before the
// login nothing is written, and any process of the portal can finish what another began.
package gateway

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/web/portal/sealed"
	"github.com/e-onay/e-onay/web/portal/site"
)

const (
	// CallbackPath is where the gateway sends the browser back.
	CallbackPath  = "/giris/donus"
	loginLifetime = 10 * time.Minute
	// citizenClaim is the claim that holds the citizen number, in the identity token or the user info.
	citizenClaim = "tckn"

	answerTimeout = 10 * time.Second
	maxAnswer     = 1 << 20 // bytes of one answer of the provider
	maxPersonName = 200     // bytes
)

// Options is what a gateway is reached with.
type Options struct {
	Issuer                 string
	ClientID, ClientSecret string
	// Secret is what all processes of the portal share: the key of the cookie comes from it.
	Secret string
	// Address is the portal's own.
	Address *url.URL
	// Origins are further ones, beside the issuer's, at which a logout may go on. KeepSession leaves the gateway's session
	// alone at a logout.
	Origins     []string
	KeepSession bool
	Now         func() time.Time
}

// Gateway is the relying party of the OpenID provider: authorization code with PKCE, state and nonce.
type Gateway struct {
	Options
	config oauth2.Config // its endpoint is the provider's, once known
	client *http.Client
	sealer *sealed.Sealer

	turn     chan struct{} // held while provider is used or looked for
	provider *oidc.Provider
}

// loginState is what a browser keeps, sealed, between going to the gateway and coming back.
type loginState struct {
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"`
	Until    time.Time `json:"until"`
	// StepUp is what was asked beside who it is; nil for a usual login.
	StepUp *StepUp `json:"step_up,omitempty"`
}

// Identity is who the provider says has logged in.
type Identity struct {
	CitizenNumber string
	Name          string
	Login         Authentication

	stepUp  *StepUp // nil for a usual login
	idToken string  // as the gateway signed it
}

// New returns a gateway. It does not wait for the provider, which may come up later.
func New(o Options) (*Gateway, error) {
	sealer, err := sealed.New(o.Secret, "e-onay portal: login cookie")
	if err != nil {
		return nil, err
	}
	return &Gateway{
		Options: o,
		config: oauth2.Config{
			ClientID:     o.ClientID,
			ClientSecret: o.ClientSecret,
			RedirectURL:  o.Address.String() + CallbackPath,
			Scopes:       []string{oidc.ScopeOpenID, "profile"},
		},
		client: &http.Client{
			Timeout:       answerTimeout,
			Transport:     boundedTransport{http.DefaultTransport},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		sealer: sealer,
		turn:   make(chan struct{}, 1),
	}, nil
}

// discover returns the provider and the client's configuration for it. A provider that does not
// answer is asked again by the next visitor; no visitor waits longer than answerTimeout for a turn.
func (g *Gateway) discover(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	waiting, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	select {
	case g.turn <- struct{}{}:
		defer func() { <-g.turn }()
	case <-waiting.Done():
		return nil, nil, fault.Errorf(fault.Unavailable, "gateway: %w", waiting.Err())
	}
	if g.provider == nil {
		// The provider keeps the context for fetching keys later: only its client may stay.
		provider, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), g.client), g.Issuer)
		if err != nil {
			return nil, nil, fault.Errorf(fault.Unavailable, "gateway: %w", err)
		}
		g.provider = provider
	}
	config := g.config
	config.Endpoint = g.provider.Endpoint()
	// Every provider takes it (OpenID Connect Core 1.0, 9); trying both would use up the code.
	config.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	return g.provider, &config, nil
}

// begin returns where to send the browser, and the cookie's value until it comes back.
func (g *Gateway) begin(ctx context.Context, now time.Time, stepUp *StepUp) (address, cookie string, err error) {
	_, config, err := g.discover(ctx)
	if err != nil {
		return "", "", err
	}
	state := loginState{State: site.NewSecret(), Nonce: site.NewSecret(), Verifier: oauth2.GenerateVerifier(), Until: now.Add(loginLifetime), StepUp: stepUp}
	cookie, err = g.sealer.Seal(state)
	if err != nil {
		return "", "", err
	}
	options := append(stepUp.options(), oidc.Nonce(state.Nonce), oauth2.S256ChallengeOption(state.Verifier))
	return config.AuthCodeURL(state.State, options...), cookie, nil
}

// finish turns the gateway's answer into an identity. A wrong answer is fault.LoginFailed; a provider that does not
// answer is fault.Unavailable; see Cancelled for a person who did not go on.
func (g *Gateway) finish(ctx context.Context, now time.Time, cookie string, answer url.Values) (*Identity, error) {
	var state loginState
	if err := g.sealer.Open(cookie, &state); err != nil {
		return nil, loginFailed("cookie: %w", err)
	}
	if !now.Before(state.Until) {
		return nil, loginFailed("the login took longer than %v", loginLifetime)
	}
	if subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(state.State)) != 1 {
		return nil, loginFailed("the answer is to another login")
	}
	if iss := answer.Get("iss"); iss != "" && iss != g.Issuer { // RFC 9207
		return nil, loginFailed("the answer comes from %q", iss)
	}
	if answer.Get("error") == "access_denied" { // RFC 6749, 4.1.2.1
		return nil, &cancelledError{state.StepUp}
	}
	if answer.Has("error") {
		return nil, loginFailed("the gateway says %.100q", answer.Get("error"))
	}
	return g.exchange(ctx, now, state, answer.Get("code"))
}

func (g *Gateway) exchange(ctx context.Context, now time.Time, state loginState, code string) (*Identity, error) {
	provider, config, err := g.discover(ctx)
	if err != nil {
		return nil, err
	}
	ctx = oidc.ClientContext(ctx, g.client)
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(state.Verifier))
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refused.Response.StatusCode < 500 {
		return nil, loginFailed("token: the gateway says %.100q", refused.ErrorCode)
	}
	if err != nil {
		return nil, fault.Errorf(fault.Unavailable, "gateway: token: %w", err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return nil, loginFailed("there is no identity token")
	}
	idToken, err := provider.Verifier(&oidc.Config{ClientID: config.ClientID}).Verify(ctx, raw)
	if err != nil {
		return nil, loginFailed("identity token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(idToken.Nonce), []byte(state.Nonce)) != 1 {
		return nil, loginFailed("the identity token is for another login")
	}
	login, err := readAuthentication(idToken, now)
	if err != nil {
		return nil, err
	}
	if err := state.StepUp.judge(login, now); err != nil {
		return nil, err
	}
	who, err := g.identify(ctx, provider, token, idToken)
	if err != nil {
		return nil, err
	}
	who.idToken, who.Login, who.stepUp = raw, login, state.StepUp
	return who, nil
}

// identify reads the person from the identity token, and from the user info what it lacks.
func (g *Gateway) identify(ctx context.Context, provider *oidc.Provider, token *oauth2.Token, idToken *oidc.IDToken) (*Identity, error) {
	claims := map[string]any{}
	if err := idToken.Claims(&claims); err != nil {
		return nil, loginFailed("identity token: %w", err)
	}
	if claims[citizenClaim] == nil || claims["name"] == nil {
		info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return nil, fault.Errorf(fault.Unavailable, "gateway: user info: %w", err)
		}
		if info.Subject != idToken.Subject { // OpenID Connect Core 1.0, 5.3.2
			return nil, loginFailed("the user info is about another subject")
		}
		if err := info.Claims(&claims); err != nil {
			return nil, loginFailed("user info: %w", err)
		}
	}
	name, _ := claims["name"].(string)
	number, _ := claims[citizenClaim].(string)
	return NewIdentity(name, number)
}

// NewIdentity validates a name and a number: both go into a line of the document that the person signs.
func NewIdentity(name, number string) (*Identity, error) {
	if pki.MaskCitizenNumber(number) == "" {
		return nil, loginFailed("the citizen number has not the form of one")
	}
	if name == "" || len(name) > maxPersonName || !utf8.ValidString(name) {
		return nil, loginFailed("the name is empty, too long or not UTF-8")
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return nil, loginFailed("the name holds %U", r)
		}
	}
	return &Identity{CitizenNumber: number, Name: name}, nil
}

// cancelledError is a login that the person has cancelled at the gateway, or the gateway has denied.
type cancelledError struct{ stepUp *StepUp }

func (*cancelledError) Error() string { return "the login was cancelled at the gateway" }

// Cancelled returns where a login leads that was cancelled at the gateway: a step-up back to its act, a usual login to login.
// ok is false for every other error.
func Cancelled(err error, login string) (location string, ok bool) {
	cancelled, ok := errors.AsType[*cancelledError](err)
	if !ok {
		return "", false
	}
	if cancelled.stepUp != nil && cancelled.stepUp.Back != "" {
		login = cancelled.stepUp.Back
	}
	return login + asCancelled, true
}

func loginFailed(format string, args ...any) error {
	return fault.New(fault.LoginFailed, fmt.Errorf(format, args...))
}

// boundedTransport ends an answer that is longer than any honest one.
type boundedTransport struct{ http.RoundTripper }

func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = http.MaxBytesReader(nil, response.Body, maxAnswer)
	return response, nil
}
