package sandbox

import (
	"net/url"
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/e-onay/e-onay/internal/message"
)

// Limits of an authorization request, in bytes and numbers.
const (
	maxParameter = 512 // state, nonce, redirect_uri
	maxScopes    = 16  // and levels
)

// loginRequest is one authorization request on its way; it implements op.AuthRequest. The store hands
// out copies.
type loginRequest struct {
	id          string
	clientID    string
	redirectURI string
	state       string
	nonce       string
	challenge   string // PKCE, S256
	scopes      []string
	language    message.Language
	acrs        []string // asked for
	expires     time.Time

	person   *person // nil until somebody has logged in
	authTime time.Time
	way      *way      // by which; nil until then
	call     phoneCall // of Mobil İmza
}

// newLoginRequest checks what the library leaves to the provider. Its errors go to the client by
// redirect, except one about the redirect URI itself.
func newLoginRequest(r *oidc.AuthRequest) (*loginRequest, error) {
	redirect, err := url.Parse(r.RedirectURI)
	// The library takes a loopback name for that of a program on the person's machine, with either scheme.
	local := err == nil && (redirect.Hostname() == "localhost" || redirect.Hostname() == "127.0.0.1")
	if err != nil || len(r.RedirectURI) > maxParameter || local != (redirect.Scheme == "http") || redirect.User != nil || redirect.Fragment != "" {
		return nil, oidc.ErrInvalidRequestRedirectURI().WithDescription("redirect_uri is not the registered one")
	}
	switch {
	case r.CodeChallenge == "" || r.CodeChallengeMethod != oidc.CodeChallengeMethodS256:
		return nil, oidc.ErrInvalidRequest().WithDescription("PKCE with S256 is required")
	case len(r.State) > maxParameter || len(r.Nonce) > maxParameter || len(r.CodeChallenge) > maxParameter:
		return nil, oidc.ErrInvalidRequest().WithDescription("a parameter is too long")
	case len(r.Scopes) > maxScopes || !slices.Contains(r.Scopes, oidc.ScopeOpenID):
		return nil, oidc.ErrInvalidScope().WithDescription("scope must contain openid")
	case len(r.ACRValues) > maxScopes:
		return nil, oidc.ErrInvalidRequest().WithDescription("acr_values has too many")
	case r.ResponseMode != "" && r.ResponseMode != oidc.ResponseModeQuery:
		return nil, oidc.ErrInvalidRequest().WithDescription("response_mode must be query")
	case slices.Contains(r.Prompt, oidc.PromptNone):
		return nil, oidc.ErrLoginRequired() // the gateway keeps no session
	}
	language := message.Turkish
	if len(r.UILocales) > 0 {
		language = message.ParseLanguage(r.UILocales[0].String())
	}
	return &loginRequest{
		clientID: r.ClientID, redirectURI: r.RedirectURI, state: r.State, nonce: r.Nonce,
		challenge: r.CodeChallenge, scopes: r.Scopes, language: language, acrs: r.ACRValues,
	}, nil
}

// site is the origin of the site that asks, as "http://localhost:8080".
func (r *loginRequest) site() string {
	u, err := url.Parse(r.redirectURI)
	if err != nil {
		return "" // newLoginRequest has parsed it
	}
	return u.Scheme + "://" + u.Host
}

func (r *loginRequest) GetID() string                      { return r.id }
func (r *loginRequest) GetAudience() []string              { return []string{r.clientID} }
func (r *loginRequest) GetAuthTime() time.Time             { return r.authTime }
func (r *loginRequest) GetClientID() string                { return r.clientID }
func (r *loginRequest) GetNonce() string                   { return r.nonce }
func (r *loginRequest) GetRedirectURI() string             { return r.redirectURI }
func (r *loginRequest) GetResponseType() oidc.ResponseType { return oidc.ResponseTypeCode }
func (r *loginRequest) GetResponseMode() oidc.ResponseMode { return oidc.ResponseModeQuery }
func (r *loginRequest) GetScopes() []string                { return r.scopes }
func (r *loginRequest) GetState() string                   { return r.state }
func (r *loginRequest) Done() bool                         { return r.person != nil }
func (r *loginRequest) GetCodeChallenge() *oidc.CodeChallenge {
	return &oidc.CodeChallenge{Challenge: r.challenge, Method: oidc.CodeChallengeMethodS256}
}

// GetACR is op.AuthRequest's.
func (r *loginRequest) GetACR() string {
	if r.way == nil {
		return ""
	}
	return r.way.acr
}

// GetAMR is op.AuthRequest's.
func (r *loginRequest) GetAMR() []string {
	if r.way == nil {
		return nil
	}
	return r.way.amr
}

func (r *loginRequest) GetSubject() string {
	if r.person == nil {
		return ""
	}
	return r.person.subject
}
