package sandbox

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"slices"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// Bounds of what the gateway remembers.
const (
	maxLogins     = 1000
	loginLifetime = 10 * time.Minute
	tokenLifetime = 5 * time.Minute
)

// citizenNumberClaim carries the citizen number.
const citizenNumberClaim = "tckn"

var (
	errNoLogin    = errors.New("unknown or expired login request")
	errNoToken    = errors.New("unknown or expired access token")
	errNoClient   = errors.New("unknown client")
	errBadSecret  = errors.New("wrong client secret")
	errTooMany    = errors.New("too many logins under way")
	errNotOffered = errors.New("not offered")
)

// loginStore keeps requests, codes and tokens in memory; it implements op.Storage. It is safe for
// concurrent use.
type loginStore struct {
	key     loginKey
	secret  string
	portal  string // its address
	conduct *conduct
	now     func() time.Time
	tries   tries

	mu       sync.Mutex
	requests map[string]*loginRequest // by id
	codes    map[string]string        // request id by code
	tokens   map[string]accessToken   // by id
}

type accessToken struct {
	person  *person
	scopes  []string
	expires time.Time
}

func newLoginStore(id *identity, portal string, conduct *conduct) (*loginStore, error) {
	keyID, err := keyIdentifier(&id.loginKey.PublicKey)
	if err != nil {
		return nil, err
	}
	return &loginStore{
		key:      loginKey{id: hex.EncodeToString(keyID), key: id.loginKey},
		secret:   id.clientSecret,
		portal:   portal,
		conduct:  conduct,
		now:      time.Now,
		tries:    tries{},
		requests: map[string]*loginRequest{},
		codes:    map[string]string{},
		tokens:   map[string]accessToken{},
	}, nil
}

// forgetExpired is called with mu held.
func (s *loginStore) forgetExpired(now time.Time) {
	for id, request := range s.requests {
		if now.After(request.expires) {
			delete(s.requests, id)
		}
	}
	for code, id := range s.codes {
		if s.requests[id] == nil {
			delete(s.codes, code)
		}
	}
	for id, token := range s.tokens {
		if now.After(token.expires) {
			delete(s.tokens, id)
		}
	}
}

// CreateAuthRequest stores a request that the library has checked against the client.
func (s *loginStore) CreateAuthRequest(_ context.Context, r *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	request, err := newLoginRequest(r)
	if err != nil {
		return nil, err
	}
	now := s.now()
	request.id, request.expires = rand.Text(), now.Add(loginLifetime)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgetExpired(now)
	if len(s.requests) >= maxLogins {
		return nil, errTooMany
	}
	s.requests[request.id] = request
	kept := *request
	return &kept, nil
}

// request returns a copy of a request that has not expired.
func (s *loginStore) request(id string) (*loginRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	request := s.requests[id]
	if request == nil || s.now().After(request.expires) {
		return nil, errNoLogin
	}
	kept := *request
	return &kept, nil
}

// logIn says who made the request, and by which way.
func (s *loginStore) logIn(id string, who *person, by *way) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	request := s.requests[id]
	if request == nil || s.now().After(request.expires) {
		return errNoLogin
	}
	request.person, request.authTime, request.way = who, s.now(), by
	return nil
}

// AuthRequestByID is op.Storage's.
func (s *loginStore) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	return s.request(id)
}

// SaveAuthCode is op.Storage's.
func (s *loginStore) SaveAuthCode(_ context.Context, id, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.requests[id] == nil {
		return errNoLogin
	}
	s.codes[code] = id
	return nil
}

// AuthRequestByCode takes the code out of use, whether or not the exchange succeeds (RFC 6749, 4.1.2).
func (s *loginStore) AuthRequestByCode(_ context.Context, code string) (op.AuthRequest, error) {
	s.mu.Lock()
	id, ok := s.codes[code]
	delete(s.codes, code)
	s.mu.Unlock()
	if !ok {
		return nil, errNoLogin
	}
	request, err := s.request(id)
	if err != nil {
		return nil, err
	}
	switch s.conduct.get().Login {
	case loginWrongNonce:
		request.nonce = rand.Text()
	case loginRemembered:
		request.authTime = request.authTime.Add(-time.Hour)
	case loginNoTime:
		request.authTime = time.Time{}
	case loginAhead:
		request.authTime = request.authTime.Add(time.Hour)
	case loginWeak:
		request.way = ways[0]
	}
	return request, nil
}

// DeleteAuthRequest is op.Storage's; a request that is gone already is no error.
func (s *loginStore) DeleteAuthRequest(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.requests, id)
	s.forgetExpired(s.now())
	return nil
}

// CreateAccessToken is op.Storage's. Requests are bounded and each gives one token, so tokens are too.
func (s *loginStore) CreateAccessToken(_ context.Context, r op.TokenRequest) (string, time.Time, error) {
	who := personWith(func(p *person) bool { return p.subject == r.GetSubject() })
	if who == nil {
		return "", time.Time{}, errNoLogin
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgetExpired(s.now())
	if len(s.tokens) >= maxLogins {
		return "", time.Time{}, errTooMany
	}
	id, expires := rand.Text(), s.now().Add(tokenLifetime)
	s.tokens[id] = accessToken{person: who, scopes: r.GetScopes(), expires: expires}
	return id, expires, nil
}

// SetUserinfoFromRequest fills the ID token.
func (s *loginStore) SetUserinfoFromRequest(_ context.Context, info *oidc.UserInfo, r op.IDTokenRequest, scopes []string) error {
	who := personWith(func(p *person) bool { return p.subject == r.GetSubject() })
	if who == nil {
		return errNoLogin
	}
	who.describe(info, scopes)
	return nil
}

// SetUserinfoFromToken fills the userinfo answer.
func (s *loginStore) SetUserinfoFromToken(_ context.Context, info *oidc.UserInfo, tokenID, _, _ string) error {
	s.mu.Lock()
	token, ok := s.tokens[tokenID]
	s.mu.Unlock()
	if !ok || s.now().After(token.expires) {
		return errNoToken
	}
	token.person.describe(info, token.scopes)
	return nil
}

// describe writes a person's claims. The citizen number comes with every login: to tell it is what
// the gateway is for.
func (p *person) describe(info *oidc.UserInfo, scopes []string) {
	info.Subject = p.subject
	info.AppendClaims(citizenNumberClaim, p.citizenNumber)
	if slices.Contains(scopes, oidc.ScopeProfile) {
		info.Name, info.GivenName, info.FamilyName = p.name(), p.given, p.family
	}
}

// GetClientByClientID is op.Storage's; there is one client.
func (s *loginStore) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if id != clientID {
		return nil, errNoClient
	}
	if s.conduct.get().Login == loginExpiredToken {
		return client{-time.Hour, s.portal}, nil
	}
	return client{idTokenLifetime, s.portal}, nil
}

// AuthorizeClientIDSecret is op.Storage's.
func (s *loginStore) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	if id != clientID {
		return errNoClient
	}
	if subtle.ConstantTimeCompare([]byte(secret), []byte(s.secret)) != 1 {
		return errBadSecret
	}
	return nil
}

// TerminateSession is op.Storage's. The gateway asks who it is at each login, so there is no session to end.
func (s *loginStore) TerminateSession(context.Context, string, string) error { return nil }

// loginKey signs ID tokens; it implements op.SigningKey.
type loginKey struct {
	id  string
	key *ecdsa.PrivateKey
}

func (k loginKey) ID() string                                  { return k.id }
func (k loginKey) Key() any                                    { return k.key }
func (k loginKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.ES256 }

// publicLoginKey is its public half; it implements op.Key.
type publicLoginKey struct{ loginKey }

func (k publicLoginKey) Key() any                           { return &k.key.PublicKey }
func (k publicLoginKey) Algorithm() jose.SignatureAlgorithm { return jose.ES256 }
func (k publicLoginKey) Use() string                        { return oidc.KeyUseSignature }

// SigningKey is op.Storage's.
func (s *loginStore) SigningKey(context.Context) (op.SigningKey, error) { return s.key, nil }

// SignatureAlgorithms is op.Storage's.
func (s *loginStore) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.ES256}, nil
}

// KeySet is op.Storage's.
func (s *loginStore) KeySet(context.Context) ([]op.Key, error) {
	return []op.Key{publicLoginKey{s.key}}, nil
}
