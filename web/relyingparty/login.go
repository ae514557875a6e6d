package relyingparty

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
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

// MaxLogin is the longest body of a login, in bytes: nonce and token, which JSON has quoted.
const MaxLogin = login.MaxAnswer

// DefaultLifetime is how long a challenge can be answered: time to find the card and to type its PIN.
const DefaultLifetime = 300 * time.Second

// Login judges logins with a card for one site. Origin and Verifier are required; the zero values of the others are safe.
// Fields must not be changed while it is in use; its methods are safe for concurrent use.
type Login struct {
	// Origin is the site's own, as browsers write it: "https://giris.example", with a port where it is not the
	// scheme's own. It is never taken from a request. Without TLS it can only be this machine.
	Origin string
	// Verifier judges certificates: its anchors, intermediates, policies, revocation and clock count here too.
	Verifier *Verifier
	// Key makes the challenges: secret random bytes, MinChallengeKey of them at least, the same in all processes of the
	// site. Another key ends the open challenges. A site of one process leaves out Key and Used, and has both in that
	// process's memory until it ends; one without the other is refused.
	Key []byte
	// Used keeps the challenges that were used up, for all processes of the site.
	Used UsedChallenges
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

var (
	errLoginIncomplete = errors.New("relyingparty: Login without Origin or Verifier")
	errChallengeKey    = fmt.Errorf("relyingparty: Login wants both of Key, of %d bytes at least, and Used, or neither", MinChallengeKey)
)

// Check reports what is not set, or is an origin that no browser would write so. A site asks once, when it starts.
func (l *Login) Check() error {
	if l.Verifier == nil || l.Verifier.incomplete() {
		return errLoginIncomplete
	}
	if err := login.CheckOrigin(l.Origin); err != nil {
		return fmt.Errorf("relyingparty: %w", err)
	}
	alone := l.Key == nil && l.Used == nil
	if !alone && (len(l.Key) < MinChallengeKey || l.Used == nil) {
		return errChallengeKey
	}
	return nil
}

// Challenge returns a new nonce for a session. session is the site's name of the browser's session, which nobody else
// can know. Nothing is kept: the nonce itself says, under a MAC, for which session it is and until when. The page sends
// it back beside the token. A session may have any number of them at once.
//
// Errors are *Error with CodeFormExpired, where there is no session, or CodeInternal, where Login is not set as it must be.
func (l *Login) Challenge(session string) (nonce string, err error) {
	challenges, err := l.begin(session)
	if err != nil {
		return "", err
	}
	lifetime := l.Lifetime
	if lifetime == 0 {
		lifetime = DefaultLifetime
	}
	return challenges.issue(session, l.Verifier.now().Add(lifetime)), nil
}

// Verify checks that token is a person's login to this site, made just now for a challenge of the session, and returns
// the evidence, which has none of the fields about a signature. nonce is the challenge's, as the page has sent it back. It is
// CheckToken, and then Verifier.Prove.
//
// Errors are *Error with CodeLoginFailed or CodeSignatureAlgorithm, where it is the token; CodeFormExpired, where
// there is no session, or the challenge is over, used up or none of this session's; one of the codes of a certificate or of
// revocation; or CodeUnavailable. Any error means: nobody is logged in.
func (l *Login) Verify(ctx context.Context, session, nonce string, token []byte) (*Evidence, error) {
	evidence, err := l.CheckToken(ctx, session, nonce, token)
	if err != nil {
		return nil, err
	}
	err = l.Verifier.Prove(ctx, evidence)
	if err != nil {
		return nil, err
	}
	return evidence, nil
}

// CheckToken is the part of Verify that asks nobody but Used. A token that has passed all of it uses its challenge up,
// whatever the network says then: so one signature of a card has responders asked once, however often it is sent. A
// token that is refused leaves its challenge as it was. Nobody is logged in before Verifier.Prove has returned nil for the
// evidence.
func (l *Login) CheckToken(ctx context.Context, session, nonce string, token []byte) (*Evidence, error) {
	challenges, err := l.begin(session)
	if err != nil {
		return nil, err
	}
	now := l.Verifier.now()
	answered, err := challenges.open(session, nonce)
	if err != nil {
		return nil, fault.New(fault.FormExpired, err)
	}
	if !now.Before(answered.expires) {
		return nil, fault.Errorf(fault.FormExpired, "the challenge was open until %v", answered.expires)
	}
	evidence, err := l.checkAnswer(nonce, token, now)
	if err != nil {
		return nil, err
	}
	err = challenges.used.Use(ctx, answered.digest, answered.expires.Add(keepUsed))
	if errors.Is(err, ErrChallengeUsed) {
		return nil, fault.New(fault.FormExpired, err)
	}
	if err != nil {
		return nil, fault.New(fault.Unavailable, err)
	}
	return evidence, nil
}

// checkAnswer judges token and certificate, without the network.
func (l *Login) checkAnswer(nonce string, token []byte, now time.Time) (*Evidence, error) {
	t, err := login.Parse(token, l.formats()...)
	if err != nil {
		return nil, err
	}
	signer, err := l.Verifier.checkSigner(t.Certificate, l.usable, now)
	if err != nil {
		return nil, err
	}
	if len(signer.Raw) != len(t.Certificate) {
		return nil, fault.Errorf(fault.LoginFailed, "bytes after the certificate")
	}
	err = t.Verify(signer.PublicKey, login.Statement(t.Format, t.Algorithm.Hash, l.Origin, nonce, t.Certificate))
	if err != nil {
		return nil, err
	}
	evidence := &Evidence{nonce: nonceOf(token)}
	err = l.Verifier.findPath(evidence, signer, nil, now, x509.ExtKeyUsageClientAuth)
	if err != nil {
		return nil, err
	}
	return evidence, nil
}

// begin checks what the site has set, and returns what makes its challenges.
func (l *Login) begin(session string) (challenger, error) {
	err := l.Check()
	if err != nil {
		return challenger{}, err
	}
	if session == "" {
		return challenger{}, fault.Errorf(fault.FormExpired, "no session")
	}
	if l.Used == nil {
		return processChallenger(), nil
	}
	return challenger{l.Key, l.Used}, nil
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
