package session

import (
	"crypto"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/journal"
	"github.com/e-onay/e-onay/nativehost/secret"
)

// appVersion is how Web eID's tokens name the program that made them, for people: an address and the version.
const appVersion = "https://e-onay.tr/app/"

// authenticate makes a login token. It leaves once the act is in the journal.
func (s *session) authenticate(j job) (any, error) {
	var body protocol.HostLoginBody
	defer func() { secret.Wipe(body.PIN); secret.Wipe(body.KeyPIN) }()
	err := j.take(&body)
	if err != nil {
		return nil, err
	}
	if err := checkLogin(&body); err != nil {
		return nil, err
	}
	chosen, err := s.rawBegins(body.Certificate)
	if err != nil {
		return nil, err
	}
	act := chosen.named(journal.Act{Kind: protocol.JournalLogin, Origin: body.Origin, Purpose: body.Purpose})
	return s.given(j, act, func() (any, error) {
		token, err := s.makeToken(j, chosen, &body)
		return protocol.LoginResult{Token: string(token)}, err
	})
}

// checkLogin refuses what no window of ours sends. What is signed is the page's nonce and the browser's word of its
// origin: neither must be able to say anything else.
func checkLogin(b *protocol.HostLoginBody) error {
	if b.Format != protocol.LoginFormat && b.Format != protocol.LoginFormatWebEID {
		return fault.Errorf(fault.Unsupported, "format %q", truncate(b.Format))
	}
	err := login.CheckOrigin(b.Origin)
	if err == nil {
		err = login.CheckNonce(b.Nonce)
	}
	if err != nil {
		return fault.New(fault.MessageInvalid, err)
	}
	return checkAsker(b.Origin, b.Purpose)
}

// makeToken has the card sign the login.
func (s *session) makeToken(j job, chosen *choice, body *protocol.HostLoginBody) ([]byte, error) {
	// Whether it wants a qualified certificate the site says.
	if err := chosen.certificate.UsableForLogin(s.Now(), true); err != nil {
		return nil, err
	}
	may := func() error { return s.mayLogIn(chosen.certificate) }
	if err := may(); err != nil {
		return nil, err
	}
	token := &login.Token{Format: body.Format, Certificate: chosen.certificate.Raw, AppVersion: appVersion + s.Version}
	made, err := s.signRaw(j, chosen, typedPINs{body.PIN, body.KeyPIN, body.Told, body.KeyTold}, may, func(pss bool) (crypto.Hash, []byte, error) {
		algorithm, err := login.For(chosen.certificate.PublicKey, pss)
		if err != nil {
			return 0, nil, err
		}
		token.Algorithm = algorithm
		h := algorithm.Hash.New()
		h.Write(login.Statement(body.Format, algorithm.Hash, body.Origin, body.Nonce, token.Certificate))
		return algorithm.Hash, h.Sum(nil), nil
	})
	if err != nil {
		return nil, err
	}
	token.Signature = made.value
	return token.JSON()
}
