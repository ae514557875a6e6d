package relyingparty

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
)

// Formats of tokens, as the member format names them.
const (
	FormatLogin  = protocol.LoginFormat
	FormatWebEID = protocol.LoginFormatWebEID
)

// MaxLoginToken is the longest token, in bytes: a certificate and a signature in base64, and a little more.
const MaxLoginToken = protocol.MaxLoginToken

// DefaultLifetime is how long a challenge can be answered: time to find the card and to type its PIN.
const DefaultLifetime = 300 * time.Second

// nonceSize is that of a nonce before base64, in bytes.
const nonceSize = 32

// Login judges logins with a card for one site. Origin, Verifier and Challenges are required; the zero values of the
// others are safe. Fields must not be changed while it is in use; its methods are safe for concurrent use.
type Login struct {
	// Origin is the site's own, as browsers write it: "https://giris.example", with a port where it is not the
	// scheme's own. It is never taken from a request. Without TLS it can only be this machine.
	Origin string
	// Verifier judges certificates: its anchors, intermediates, policies, revocation and clock count here too.
	Verifier *Verifier
	// Challenges keeps the nonces.
	Challenges Challenges
	// Lifetime is how long a challenge can be answered; 0 means DefaultLifetime.
	Lifetime time.Duration
	// Unqualified also takes certificates that are not qualified, but name clientAuth among their extended key
	// usages, as those of other countries' cards do. Name the policies in Verifier.Policies then: a CA may issue
	// clientAuth to machines. Without it a certificate is a person's qualified one, which in Turkey has no
	// extended key usage at all: that a person holds it is said by its QCStatements alone.
	Unqualified bool
	// WebEID also takes tokens of FormatWebEID. What they sign is two hashes, in which nothing says that it is a
	// login: whatever signs 64 bytes that it was given can be made to sign one. FormatLogin is always taken.
	WebEID bool
}

var errLoginIncomplete = errors.New("relyingparty: Login without Origin, Verifier or Challenges")

// Check reports what is not set, or is an origin that no browser would write so. A site asks once, when it starts.
func (l *Login) Check() error {
	if l.Verifier == nil || l.Verifier.incomplete() || l.Challenges == nil {
		return errLoginIncomplete
	}
	if err := login.CheckOrigin(l.Origin); err != nil {
		return fmt.Errorf("relyingparty: %w", err)
	}
	return nil
}

// Challenge returns a new nonce for a session, in place of its earlier one. session is the site's name of the browser's
// session, which nobody else can know.
//
// Errors are *Error with CodeFormExpired, where there is no session, or CodeUnavailable.
func (l *Login) Challenge(ctx context.Context, session string) (nonce string, err error) {
	key, err := l.begin(session)
	if err != nil {
		return "", err
	}
	random := make([]byte, nonceSize)
	_, _ = rand.Read(random) // never fails
	lifetime := l.Lifetime
	if lifetime == 0 {
		lifetime = DefaultLifetime
	}
	c := Challenge{
		Nonce:   base64.StdEncoding.EncodeToString(random),
		Expires: l.Verifier.now().Add(lifetime).UTC().Truncate(time.Second),
	}
	err = l.Challenges.Put(ctx, key, c)
	if err != nil {
		return "", protocol.NewError(protocol.CodeUnavailable, err)
	}
	return c.Nonce, nil
}

// Verify checks that token is a person's login to this site, made just now for the session's challenge, and returns
// the evidence, which has none of the fields about a signature. A token whose form and certificate are good uses the
// challenge up, whatever comes of it. The network is asked last.
//
// Errors are *Error with CodeLoginFailed or CodeSignatureAlgorithm, where it is the token; CodeFormExpired, where
// there is no session or no open challenge; one of the codes of a certificate or of revocation; or CodeUnavailable. Any
// error means: nobody is logged in.
func (l *Login) Verify(ctx context.Context, session string, token []byte) (*Evidence, error) {
	key, err := l.begin(session)
	if err != nil {
		return nil, err
	}
	t, err := login.Parse(token, l.formats()...)
	if err != nil {
		return nil, err
	}
	now := l.Verifier.now()
	signer, err := l.Verifier.checkSigner(t.Certificate, l.usable, now)
	if err != nil {
		return nil, err
	}
	if len(signer.Raw) != len(t.Certificate) {
		return nil, protocol.Errorf(protocol.CodeLoginFailed, "bytes after the certificate")
	}
	nonce, err := l.take(ctx, key, now)
	if err != nil {
		return nil, err
	}
	err = t.Verify(signer.PublicKey, login.Statement(t.Format, t.Algorithm.Hash, l.Origin, nonce, t.Certificate))
	if err != nil {
		return nil, err
	}
	evidence := new(Evidence)
	err = l.Verifier.certify(ctx, evidence, signer, nil, now, x509.ExtKeyUsageClientAuth)
	if err != nil {
		return nil, err
	}
	return evidence, nil
}

// begin checks what the site has set, and returns the name under which the session's challenge is kept.
func (l *Login) begin(session string) (key string, err error) {
	err = l.Check()
	if err != nil {
		return "", err
	}
	if session == "" {
		return "", protocol.Errorf(protocol.CodeFormExpired, "no session")
	}
	sum := sha256.Sum256([]byte(session))
	return hex.EncodeToString(sum[:]), nil
}

func (l *Login) formats() []string {
	if l.WebEID {
		return []string{FormatLogin, FormatWebEID}
	}
	return []string{FormatLogin}
}

func (l *Login) usable(c *pki.Certificate, at time.Time) error {
	return c.UsableForLogin(at, l.Unqualified)
}

// take uses the session's challenge up.
func (l *Login) take(ctx context.Context, key string, now time.Time) (nonce string, err error) {
	c, err := l.Challenges.Take(ctx, key)
	if errors.Is(err, ErrNoChallenge) {
		return "", protocol.NewError(protocol.CodeFormExpired, err)
	}
	if err != nil {
		return "", protocol.NewError(protocol.CodeUnavailable, err)
	}
	if !now.Before(c.Expires) {
		return "", protocol.Errorf(protocol.CodeFormExpired, "the challenge was open until %v", c.Expires)
	}
	random, err := login.Decode64(c.Nonce, nonceSize)
	if err != nil || len(random) != nonceSize {
		return "", protocol.Errorf(protocol.CodeUnavailable, "the store gave another nonce than it got")
	}
	return c.Nonce, nil
}
