package sandbox

import (
	"net/url"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// idTokenLifetime is short: an ID token is read at once.
const idTokenLifetime = 5 * time.Minute

// client is the portal as the gateway registered it; it implements op.Client.
type client struct {
	idTokenLifetime time.Duration
	portal          string // its address, if people reach it by https
}

// RedirectURIs match on any port: the application type is native, to which RFC 8252, 7.3, applies. One of https matches as it is.
func (c client) RedirectURIs() []string {
	return append([]string{"http://localhost/giris/donus", "http://127.0.0.1/giris/donus"}, c.below("/giris/donus")...)
}

// PostLogoutRedirectURIs match in the same way.
func (c client) PostLogoutRedirectURIs() []string {
	return append([]string{"http://localhost/", "http://127.0.0.1/"}, c.below("/")...)
}

func (c client) below(path string) []string {
	if !strings.HasPrefix(c.portal, "https://") {
		return nil
	}
	return []string{strings.TrimSuffix(c.portal, "/") + path}
}

func (client) GetID() string                        { return clientID }
func (client) ApplicationType() op.ApplicationType  { return op.ApplicationTypeNative }
func (client) AuthMethod() oidc.AuthMethod          { return oidc.AuthMethodBasic }
func (client) ResponseTypes() []oidc.ResponseType   { return []oidc.ResponseType{oidc.ResponseTypeCode} }
func (client) GrantTypes() []oidc.GrantType         { return []oidc.GrantType{oidc.GrantTypeCode} }
func (client) LoginURL(id string) string            { return loginPath + "?id=" + url.QueryEscape(id) }
func (client) AccessTokenType() op.AccessTokenType  { return op.AccessTokenTypeBearer }
func (c client) IDTokenLifetime() time.Duration     { return c.idTokenLifetime }
func (client) DevMode() bool                        { return false }
func (client) IsScopeAllowed(string) bool           { return false }
func (client) IDTokenUserinfoClaimsAssertion() bool { return true }
func (client) ClockSkew() time.Duration             { return 0 }

//lint:ignore ST1003 the name is the OpenID library's
func (client) RestrictAdditionalIdTokenScopes() func([]string) []string {
	return func(scopes []string) []string { return scopes }
}

func (client) RestrictAdditionalAccessTokenScopes() func([]string) []string {
	return func(scopes []string) []string { return scopes }
}
