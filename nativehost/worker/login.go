package worker

import (
	"crypto"
	"errors"

	"github.com/miekg/pkcs11"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/secret"
)

// An Entry is what a person has typed for one act, and what they knew when they did. PKCS #11 has two logins in which a
// user's PIN goes to a token, and does not say that it is the same PIN:
//
//	CKU_USER              the token's PIN. It is good until the session ends, or until the library forgets the login, as
//	                      some do after each signature.
//	CKU_CONTEXT_SPECIFIC  for one signature of a key with CKA_ALWAYS_AUTHENTICATE. At OpenSC it is the token's PIN: a key
//	                      with another PIN is on a token, and in a slot, of its own. At other libraries it may be the
//	                      key's own PIN, with tries of its own that no flag of the token tells.
//
// A PIN is sent only to what the person has typed it for. The token's PIN opens a key that is known to take it (OnePIN, or
// the library's quirk); otherwise the person is asked for the key's PIN first (key_pin_required). Both are good for all
// signatures of the act, and no longer. A PIN that a card has refused is not sent again.
//
// If the token has a protected path, the person types on the reader, once for each of these logins.
type Entry struct {
	// PIN is the token's; empty if it is typed on the reader.
	PIN []byte
	// KeyPIN is what the person has typed for the key itself; empty if they were not asked for it.
	KeyPIN []byte
	// OnePIN tells that the key is known to take the token's PIN.
	OnePIN bool
	// Told is the state of the token's PIN (of its PUK, for a use of that) that the person was shown: a PIN… state of
	// package protocol. If the token's own flags are worse just before the login, nothing is sent.
	Told string
}

// A login is a session on one token with the user logged in, for the key of one certificate.
type login struct {
	session     pkcs11.SessionHandle
	slot        uint
	serial      string
	certificate []byte
	told        string

	public crypto.PublicKey
	pss    bool // of RSA signatures, the token makes no others
	keys   []key
	used   bool // a signature was made since the last C_Login

	pad    bool // PINs are typed on the reader
	onePIN bool
	pin    *secret.Buffer // the token's and the key's, until the host closes the login; nil if there is none
	keyPIN *secret.Buffer
}

// open finds the certificate, logs in with one C_Login, and finds its keys. It takes over j's PINs. What it has opened
// when it fails is closed by the host's opClose, which follows the reply: a logout may hang.
func (m *module) open(j job) error {
	m.close()
	l := &login{pin: j.pin, keyPIN: j.key, pad: j.pin == nil, onePIN: j.OnePIN || m.onePIN, told: j.Told}
	m.login = l
	if j.Key == nil {
		return fault.Errorf(fault.MessageInvalid, "open without a key")
	}
	certificate, err := pki.Parse(j.Key.Certificate)
	if err != nil {
		return err
	}
	l.slot, l.serial, l.certificate = j.Key.Slot, j.Key.Serial, j.Key.Certificate
	l.public, l.pss = certificate.PublicKey, m.onlyPSS(l.slot)
	err = m.logIn(l)
	if err != nil {
		l.wipePINs()
	}
	return err
}

// wantsKeyPIN reports whether the key must have a PIN that the person was not asked for.
func (l *login) wantsKeyPIN() bool {
	return l.eachTime() && !l.pad && l.keyPIN == nil && !l.onePIN
}

// eachTime reports whether the key wants a PIN for each signature.
func (l *login) eachTime() bool {
	for _, k := range l.keys {
		if k.always {
			return true
		}
	}
	return false
}

// logIn opens a session on the login's token, logs in, and finds the keys.
func (m *module) logIn(l *login) error {
	if err := m.checkToken(l.slot, l.serial); err != nil {
		return err
	}
	var err error
	if l.session, err = m.openSession(l.slot, pkcs11.CKF_SERIAL_SESSION); err != nil {
		return err
	}
	id, err := m.keyID(l.session, l.certificate)
	if err != nil {
		return err
	}
	if err := m.loginUser(l.session, l.slot, l.pin, l.told); err != nil {
		return err
	}
	l.keys, err = m.findKeys(l, id)
	if err == nil && l.wantsKeyPIN() {
		err = fault.Errorf(fault.KeyPINRequired, "CKA_ALWAYS_AUTHENTICATE, and it is not known which PIN that is")
	}
	return err
}

// loginAgain gives the PIN to a library that has forgotten the login after a signature of this act, for the next
// one. The token has taken this PIN in this act, so it costs no try: unless the token's flags say that somebody has
// spent tries meanwhile, and then it is not sent.
func (m *module) loginAgain(l *login) error {
	if l.pin == nil && !l.pad {
		return fault.Errorf(fault.TokenError, "the login is gone, and so is the PIN")
	}
	l.used, l.keys = false, nil
	_ = m.ctx.Logout(l.session)
	_ = m.ctx.CloseSession(l.session) // which also ends the operation that was begun
	l.session = 0
	err := m.logIn(l)
	if err != nil {
		l.wipePINs()
	}
	return err
}

// checkToken refuses a slot that does not have the token with the serial number.
func (m *module) checkToken(slot uint, serial string) error {
	token, err := m.token(slot)
	switch {
	case err != nil:
		return err
	case token == nil:
		return fault.Errorf(fault.TokenRemoved, "no token is in the slot")
	case token.Serial != serial:
		return fault.Errorf(fault.CardChanged, "another token is in the slot")
	}
	return nil
}

// openSession opens a session without a login. A library that is logged in already checks no PIN
// (CKR_USER_ALREADY_LOGGED_IN), so that a wrong one would sign: it is logged out before the PIN is given, which then goes to
// the card once. A library that is logged in all the same has failed.
func (m *module) openSession(slot, flags uint) (pkcs11.SessionHandle, error) {
	session, err := m.ctx.OpenSession(slot, flags)
	if err != nil {
		return 0, tokenError("C_OpenSession", err)
	}
	if err := m.ensureLoggedOut(session); err != nil {
		_ = m.ctx.CloseSession(session)
		return 0, err
	}
	return session, nil
}

// ensureLoggedOut ends a login that the session may have.
func (m *module) ensureLoggedOut(session pkcs11.SessionHandle) error {
	for range 2 {
		info, err := m.ctx.GetSessionInfo(session)
		if err != nil {
			return tokenError("C_GetSessionInfo", err)
		}
		switch info.State {
		case pkcs11.CKS_RO_USER_FUNCTIONS, pkcs11.CKS_RW_USER_FUNCTIONS, pkcs11.CKS_RW_SO_FUNCTIONS:
		default:
			return nil
		}
		if err := m.ctx.Logout(session); err != nil {
			return tokenError("C_Logout", err)
		}
	}
	return fault.Errorf(fault.TokenError, "logged in before a PIN was given")
}

// loginUser makes one C_Login of the user. A refused PIN is never tried again by a program: three refusals block the card.
// It is not sent if the token's flags are worse than the state that the person was shown.
func (m *module) loginUser(session pkcs11.SessionHandle, slot uint, pin *secret.Buffer, told string) error {
	if err := m.checkTries(slot, told); err != nil {
		return err
	}
	if err := m.loginOnce(session, pkcs11.CKU_USER, pin); err != nil {
		return m.refusedPIN(slot, tokenError("C_Login", err))
	}
	return nil
}

// checkTries refuses a token that has fewer tries left than the person was shown: another window, or another program, has
// spent tries since.
func (m *module) checkTries(slot uint, told string) error {
	if told == "" {
		return nil
	}
	info, err := m.ctx.GetTokenInfo(slot)
	if err != nil {
		return tokenError("C_GetTokenInfo", err)
	}
	state := pinState(info)
	if code := state.Since(told); code != "" {
		return &PINError{State: state, Err: fault.Errorf(code, "not sent to the card: %q was shown", told)}
	}
	return nil
}

// loginForKey gives the key its context-specific PIN, which it wants for each signature.
func (m *module) loginForKey(l *login) error {
	pin := l.pin
	if l.keyPIN != nil {
		pin = l.keyPIN
	}
	err := m.loginOnce(l.session, pkcs11.CKU_CONTEXT_SPECIFIC, pin)
	if err == nil {
		return nil
	}
	refused := tokenError("C_Login for the key", err)
	if errors.Is(err, pkcs11.Error(pkcs11.CKR_USER_NOT_LOGGED_IN)) {
		return refused // the login was forgotten, and the key has seen nothing
	}
	l.wipePINs()
	if m.onePIN {
		return m.refusedPIN(l.slot, refused)
	}
	switch refused.Code {
	case fault.PINIncorrect:
		refused = fault.New(fault.KeyPINIncorrect, refused)
	case fault.PINLocked:
		refused = fault.New(fault.KeyPINLocked, refused)
	}
	m.reportRefusal(refused)
	return refused
}

// loginOnce makes one C_Login.
func (m *module) loginOnce(session pkcs11.SessionHandle, user uint, pin *secret.Buffer) error {
	return m.whileTyping(pin, func() error { return m.library.login(session, user, bytesOf(pin)) })
}

// whileTyping calls a function of the library in which the person types on the reader if pin is nil. It reports to the host
// when that begins and ends: a person takes longer than a card, and must be asked to type.
func (m *module) whileTyping(pin *secret.Buffer, call func() error) error {
	if pin != nil {
		return call()
	}
	if err := m.emit(reply{Typing: typingBegins}); err != nil {
		return err
	}
	err := call()
	_ = m.emit(reply{Typing: typingEnds}) // a host that is gone is noticed with the last reply
	return err
}

// refusesPIN reports whether err means that a PIN was refused, or was not sent because too few tries are left.
func refusesPIN(err error) bool {
	switch fault.CodeOf(err) {
	case fault.KeyPINIncorrect, fault.KeyPINLocked:
		return true
	}
	_, ok := errors.AsType[*PINError](err)
	return ok
}

// reportRefusal tells the host of a refusal before the library is asked for more: if the library ends this process then, the
// person still learns that a try is spent.
func (m *module) reportRefusal(refused *fault.Error) {
	_ = m.emit(reply{Refused: failureOf(refused)}) // a host that is gone is noticed with the last reply
}

// refusedPIN adds to a refusal the state of the token after it.
func (m *module) refusedPIN(slot uint, refused *fault.Error) error {
	m.reportRefusal(refused)
	info, err := m.ctx.GetTokenInfo(slot)
	if err != nil {
		return refused
	}
	state := pinState(info)
	if refused.Code == fault.PINIncorrect {
		switch state.State {
		case protocol.PINFinal:
			refused = fault.New(fault.PINLastTry, refused)
		case protocol.PINLocked:
			refused = fault.New(fault.PINLocked, refused)
		}
	}
	return &PINError{State: state, Err: refused}
}

// close ends the login, if there is one.
func (m *module) close() {
	if l := m.login; l != nil {
		m.login = nil
		m.logout(l)
	}
}

// logout logs out, closes the session and clears the PINs.
func (m *module) logout(l *login) {
	l.wipePINs()
	if l.session != 0 {
		// Closing a token's last session logs out too; a refusal of either leaves nothing to be done.
		_ = m.ctx.Logout(l.session)
		_ = m.ctx.CloseSession(l.session)
	}
}

// wipePINs wipes the PINs. The login signs nothing any more.
func (l *login) wipePINs() {
	l.keys = nil
	for _, b := range []*secret.Buffer{l.pin, l.keyPIN} {
		if b != nil {
			b.Free()
		}
	}
	l.pin, l.keyPIN = nil, nil
}
