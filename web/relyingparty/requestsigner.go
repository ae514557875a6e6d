package relyingparty

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"

	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/internal/protocol"
)

// SitePath is where a site serves RequestSigner.ServeSite.
const SitePath = protocol.SitePath

// Lives of a signed request. A page that stays open longer asks its server again.
const (
	DefaultRequestLife = 300 * time.Second
	MaxRequestLife     = protocol.MaxStatementLife * time.Second
)

// RequestSigner signs what a site's pages ask for. The person's window then shows the site's name, and a script that got
// into a page can ask nothing in the site's name: an origin that has signed once is refused whatever it does not sign.
// The name is the site's own word; the window shows the origin beside it.
//
// Origin, Name and Key are required. Fields must not be changed while it is in use; its methods are safe for concurrent
// use. A nil RequestSigner makes the same requests and does not sign them.
type RequestSigner struct {
	// Origin is the site's own, as in Login.
	Origin string
	// Name is what the site calls itself, one line of at most 100 bytes, in letters of one script; nothing in it may look
	// like an address ("turkiye.gov.tr"), which only the origin beside it is.
	Name string
	// Key is on P-256. It need not be in this process: a crypto.Signer may be in a security module.
	Key crypto.Signer
	// Others are keys that are published beside Key, at most 7: one that has just been replaced, until nothing that
	// it signed is good any more, and one that is to come, where a site has several processes.
	Others []*ecdsa.PublicKey
	// Life is how long a signed request is good, at most MaxRequestLife; 0 means DefaultRequestLife.
	Life time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

var (
	errNoRequestKey = errors.New("relyingparty: want one PKCS #8 key on P-256, in PEM")
	errNoP256       = errors.New("relyingparty: RequestSigner with a key that is not one on P-256")
	errManyKeys     = fmt.Errorf("relyingparty: RequestSigner with more than %d keys", protocol.MaxSiteKeys)
	errLife         = fmt.Errorf("relyingparty: RequestSigner with a life that is not between 1 s and %v", MaxRequestLife)
	errLong         = fmt.Errorf("relyingparty: a signed request of more than %d bytes", protocol.MaxSigned)
)

// ParseRequestKey reads a key for RequestSigner, as `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`
// makes it. Its errors say nothing of what it was given.
func ParseRequestKey(text []byte) (*ecdsa.PrivateKey, error) {
	block, rest := pem.Decode(text)
	if block == nil || block.Type != "PRIVATE KEY" || len(bytes.TrimSpace(rest)) > 0 {
		return nil, errNoRequestKey
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := parsed.(*ecdsa.PrivateKey)
	if err != nil || !ok || key.Curve != elliptic.P256() {
		return nil, errNoRequestKey
	}
	return key, nil
}

// Check reports what the window would refuse for ever. A site asks once, when it starts.
func (s *RequestSigner) Check() error {
	_, err := s.site()
	return err
}

func (s *RequestSigner) life() time.Duration {
	if s.Life == 0 {
		return DefaultRequestLife
	}
	return s.Life
}

// site returns what is published, once all is as it must be. The first key is the one that signs.
func (s *RequestSigner) site() (*protocol.SiteDocument, error) {
	err := login.CheckOrigin(s.Origin)
	if err != nil {
		return nil, fmt.Errorf("relyingparty: %w", err)
	}
	err = protocol.CheckSiteName(s.Name)
	if err != nil {
		return nil, fmt.Errorf("relyingparty: RequestSigner.Name %q: %w", s.Name, err)
	}
	switch {
	case s.Key == nil:
		return nil, errNoP256
	case len(s.Others) >= protocol.MaxSiteKeys:
		return nil, errManyKeys
	case s.life() < time.Second || s.life() > MaxRequestLife:
		return nil, errLife
	}
	signing, _ := s.Key.Public().(*ecdsa.PublicKey)
	document := &protocol.SiteDocument{Name: s.Name}
	for _, public := range append([]*ecdsa.PublicKey{signing}, s.Others...) {
		key, err := siteKey(public)
		if err != nil {
			return nil, err
		}
		document.Keys = append(document.Keys, key)
	}
	return document, nil
}

// siteKey is a key as it is published. Its name is its thumbprint (RFC 7638): no two keys share one.
func siteKey(public *ecdsa.PublicKey) (protocol.SiteKey, error) {
	if public == nil || public.Curve != elliptic.P256() {
		return protocol.SiteKey{}, errNoP256
	}
	point, err := public.Bytes()
	if err != nil {
		return protocol.SiteKey{}, fmt.Errorf("relyingparty: %w", err)
	}
	name, err := (&jose.JSONWebKey{Key: public}).Thumbprint(crypto.SHA256)
	if err != nil {
		return protocol.SiteKey{}, fmt.Errorf("relyingparty: %w", err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return protocol.SiteKey{Type: "EC", Curve: "P-256", ID: encode(name), X: encode(point[1:33]), Y: encode(point[33:])}, nil
}

// SiteDocument returns what ServeSite answers with, JSON: for a site that has another server publish it.
func (s *RequestSigner) SiteDocument() ([]byte, error) {
	document, err := s.site()
	if err != nil {
		return nil, err
	}
	return json.Marshal(document)
}

// ServeSite answers GET at SitePath of the site's origin with its name and its keys. A browser asks each time whether they
// have changed, so that a key that is no longer published is of no use at once.
func (s *RequestSigner) ServeSite(w http.ResponseWriter, r *http.Request) {
	text, err := s.SiteDocument()
	if err != nil {
		ProblemOf(err).Write(w)
		return
	}
	digest := sha256.Sum256(text)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", `"`+hex.EncodeToString(digest[:16])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(text))
}

// Signature returns the request with its signature, for the page as it is. Make it when the page is about to ask: it is
// good for Life.
func (s *RequestSigner) Signature(r SignRequest) (SignRequest, error) {
	statement, err := r.statement()
	if err == nil {
		r.Signed, err = s.sign(statement)
	}
	return r, err
}

// Login is Signature for a login.
func (s *RequestSigner) Login(r LoginRequest) (LoginRequest, error) {
	statement, err := r.statement()
	if err == nil {
		r.Signed, err = s.sign(statement)
	}
	return r, err
}

// Certificate is Signature for the question with which certificate the person will sign.
func (s *RequestSigner) Certificate(r CertificateRequest) (CertificateRequest, error) {
	statement, err := r.statement()
	if err == nil {
		r.Signed, err = s.sign(statement)
	}
	return r, err
}

// sign makes the JWS of a statement, from now on.
func (s *RequestSigner) sign(statement protocol.RequestStatement) (string, error) {
	if s == nil {
		return "", nil
	}
	site, err := s.site()
	if err != nil {
		return "", err
	}
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	statement.Issuer, statement.IssuedAt = s.Origin, now().Unix()
	statement.Expires = statement.IssuedAt + int64(s.life()/time.Second)
	payload, err := json.Marshal(statement)
	if err != nil {
		return "", fmt.Errorf("relyingparty: %w", err)
	}
	signed, err := s.jws(site.Keys[0].ID, payload)
	if err != nil {
		return "", fmt.Errorf("relyingparty: sign a request: %w", err)
	}
	if len(signed) > protocol.MaxSigned {
		return "", errLong
	}
	return signed, nil
}

// jws signs a payload with Key, under its published name.
func (s *RequestSigner) jws(name string, payload []byte) (string, error) {
	key := jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: cryptosigner.Opaque(s.Key), KeyID: name}}
	signer, err := jose.NewSigner(key, new(jose.SignerOptions).WithType(protocol.SignedRequestType))
	if err != nil {
		return "", err
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return jws.CompactSerialize()
}
