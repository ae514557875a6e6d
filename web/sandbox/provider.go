package sandbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// maxForm is the longest body of the gateway's endpoints.
const maxForm = 16 << 10

// provider is the OpenID Connect provider that stands for the national login gateway. The library
// speaks the protocol; here are the people, the page, what the gateway does not offer, and its faults.
type provider struct {
	*op.Provider
	store   *loginStore
	conduct *conduct
	issuer  string
}

func newProvider(issuer, portal string, id *identity, conduct *conduct) (*provider, error) {
	store, err := newLoginStore(id, portal, conduct)
	if err != nil {
		return nil, err
	}
	config := &op.Config{CodeMethodS256: true}
	rand.Read(config.CryptoKey[:]) // never fails (crypto/rand); codes and tokens do not outlive the process
	library, err := op.NewProvider(config, store, op.StaticIssuer(issuer), op.WithAllowInsecure(), op.WithCORSOptions(nil))
	if err != nil {
		return nil, err
	}
	return &provider{Provider: library, store: store, conduct: conduct, issuer: issuer}, nil
}

func (p *provider) routes(mux *http.ServeMux, issuer *authority) error {
	for pattern, handler := range map[string]http.Handler{
		"GET " + oidc.DiscoveryEndpoint:               http.HandlerFunc(p.serveDiscovery),
		"GET " + p.KeysEndpoint().Relative():          p.Provider,
		"GET " + p.AuthorizationEndpoint().Relative(): p.Provider,
		"GET " + p.callbackPath():                     p.Provider,
		"POST " + p.TokenEndpoint().Relative():        http.HandlerFunc(p.serveToken),
		"GET " + p.UserinfoEndpoint().Relative():      p.Provider,
		"GET " + p.EndSessionEndpoint().Relative():    p.Provider,
	} {
		mux.Handle(pattern, p.unlessDown(handler))
	}
	p.loginRoutes(mux)
	return p.cardRoutes(mux, issuer)
}

// callbackPath is where the login page sends the browser once the person is known.
func (p *provider) callbackPath() string { return p.AuthorizationEndpoint().Relative() + "/callback" }

func (p *provider) unlessDown(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.conduct.get().Login == loginDown {
			hangUp()
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		next.ServeHTTP(w, r)
	})
}

// serveDiscovery names what is offered; the library would also name what it could do.
func (p *provider) serveDiscovery(w http.ResponseWriter, r *http.Request) {
	all := op.CreateDiscoveryConfig(op.ContextWithIssuer(r.Context(), p.issuer), p.Provider, p.store)
	op.Discover(w, &oidc.DiscoveryConfiguration{
		Issuer:                            all.Issuer,
		AuthorizationEndpoint:             all.AuthorizationEndpoint,
		TokenEndpoint:                     all.TokenEndpoint,
		UserinfoEndpoint:                  all.UserinfoEndpoint,
		EndSessionEndpoint:                all.EndSessionEndpoint,
		JwksURI:                           all.JwksURI,
		ScopesSupported:                   []string{oidc.ScopeOpenID, oidc.ScopeProfile},
		ResponseTypesSupported:            []string{string(oidc.ResponseTypeCode)},
		ResponseModesSupported:            []string{string(oidc.ResponseModeQuery)},
		GrantTypesSupported:               []oidc.GrantType{oidc.GrantTypeCode},
		SubjectTypesSupported:             all.SubjectTypesSupported,
		IDTokenSigningAlgValuesSupported:  all.IDTokenSigningAlgValuesSupported,
		TokenEndpointAuthMethodsSupported: []oidc.AuthMethod{oidc.AuthMethodBasic},
		CodeChallengeMethodsSupported:     all.CodeChallengeMethodsSupported,
		ClaimsSupported: []string{"iss", "sub", "aud", "exp", "iat", "auth_time", "acr", "amr", "nonce", "at_hash",
			"name", "given_name", "family_name", citizenNumberClaim},
	})
}

// serveToken exchanges codes and nothing else; the library knows more grants.
func (p *provider) serveToken(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("grant_type") != string(oidc.GrantTypeCode) {
		op.RequestError(w, r, oidc.ErrUnsupportedGrantType(), nil)
		return
	}
	if p.conduct.get().Login != loginUnsigned {
		p.Provider.ServeHTTP(w, r)
		return
	}
	reply := &heldReply{header: w.Header(), status: http.StatusOK}
	p.Provider.ServeHTTP(reply, r)
	body := reply.body.Bytes()
	if reply.status == http.StatusOK {
		body = withoutSignature(body)
	}
	w.WriteHeader(reply.status)
	_, _ = w.Write(body) // the client may have gone
}

// heldReply keeps an answer so that it can be spoilt.
type heldReply struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *heldReply) Header() http.Header         { return h.header }
func (h *heldReply) WriteHeader(status int)      { h.status = status }
func (h *heldReply) Write(b []byte) (int, error) { return h.body.Write(b) }

// withoutSignature replaces a token response's ID token with an unsecured one of the same claims
// (RFC 7519, 6).
func withoutSignature(response []byte) []byte {
	var fields map[string]any
	if err := json.Unmarshal(response, &fields); err != nil {
		return response
	}
	token, _ := fields["id_token"].(string)
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return response
	}
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))
	fields["id_token"] = header + "." + parts[1] + "."
	spoilt, err := json.Marshal(fields)
	if err != nil {
		return response
	}
	return spoilt
}

// resume returns the address that ends a login whose person is known.
func (p *provider) resume(ctx context.Context, requestID string) string {
	return op.AuthCallbackURL(p.Provider)(op.ContextWithIssuer(ctx, p.issuer), requestID)
}
