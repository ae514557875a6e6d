package worker

import (
	"errors"

	"github.com/miekg/pkcs11"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/secret"
)

// A Method is the way by which a PUK gives a card a new PIN through its library. It is a matter of the card's kind,
// which the registry knows (package module).
type Method string

// The methods.
const (
	// InitPIN logs in as security officer with the PUK and calls C_InitPIN: PKCS #11's own way.
	InitPIN Method = "init-pin"
	// SetPIN calls C_SetPIN with the PUK for the old PIN and without a login: OpenSC's way for cards whose PUK is
	// no PIN of a security officer's.
	SetPIN Method = "set-pin"
	// NoMethod is for cards that no known way unblocks.
	NoMethod Method = "none"
)

// Known reports whether there is such a method.
func (m Method) Known() bool { return m == NoMethod || unblockers[m] != nil }

// An unblocker gives a token its new PIN, in a writable session without a login. It passes the PUK to the library once,
// whatever comes of it.
type unblocker func(m *module, session pkcs11.SessionHandle, puk, new *secret.Buffer) *fault.Error

// unblockers has all methods but NoMethod. A vendor's own function goes here, under a name of its own: it is looked up in
// the library as C_GetFunctionList is (native.go), and called from an unblocker that calls nothing else.
var unblockers = map[Method]unblocker{
	InitPIN: (*module).initPIN,
	SetPIN:  (*module).setPIN,
}

// initPIN is the unblocker of InitPIN. OpenSC accepts any PUK at the login and reports a wrong one at C_InitPIN.
func (m *module) initPIN(session pkcs11.SessionHandle, puk, new *secret.Buffer) *fault.Error {
	if err := m.loginOnce(session, pkcs11.CKU_SO, puk); err != nil {
		return pukError("C_Login", err, fault.PUKIncorrect)
	}
	if err := m.whileTyping(new, func() error { return m.library.initPIN(session, bytesOf(new)) }); err != nil {
		return pukError("C_InitPIN", err, fault.PINRefused)
	}
	return nil
}

// setPIN is the unblocker of SetPIN.
func (m *module) setPIN(session pkcs11.SessionHandle, puk, new *secret.Buffer) *fault.Error {
	if err := m.whileTyping(new, func() error { return m.library.setPIN(session, bytesOf(puk), bytesOf(new)) }); err != nil {
		return pukError("C_SetPIN", err, fault.PINRefused)
	}
	return nil
}

// pukError gives the return value of a function that got the PUK, or was called after it, its code. malformed is the code
// of a PIN that the library does not even try: the PUK's if it is alone, otherwise the new PIN's, since whoever released the
// PUK has checked that.
func pukError(function string, err error, malformed fault.Code) *fault.Error {
	rv, _ := errors.AsType[pkcs11.Error](err)
	switch rv {
	case pkcs11.CKR_PIN_INCORRECT:
		return fault.Errorf(fault.PUKIncorrect, "%s: %w", function, err)
	case pkcs11.CKR_PIN_LOCKED:
		return fault.Errorf(fault.PUKLocked, "%s: %w", function, err)
	case pkcs11.CKR_PIN_INVALID, pkcs11.CKR_PIN_LEN_RANGE:
		return fault.Errorf(malformed, "%s: %w", function, err)
	case pkcs11.CKR_FUNCTION_NOT_SUPPORTED, pkcs11.CKR_USER_TYPE_INVALID, pkcs11.CKR_USER_PIN_NOT_INITIALIZED,
		pkcs11.CKR_PIN_EXPIRED, pkcs11.CKR_USER_NOT_LOGGED_IN, pkcs11.CKR_TOKEN_WRITE_PROTECTED:
		return fault.Errorf(fault.UnblockUnsupported, "%s: %w", function, err)
	}
	return tokenError(function, err)
}

// unblock gives the token a new PIN with a PUK that the person has. It takes over j's PUK and PIN.
func (m *module) unblock(j job) error {
	defer j.free()
	m.close()
	if j.Token == nil || unblockers[j.Method] == nil || (j.pin == nil) != (j.fresh == nil) {
		return fault.Errorf(fault.MessageInvalid, "unblock without a token or method, or with one of PUK and PIN")
	}
	session, err := m.openForWriting(j.Token.Slot, j.Token.Serial)
	if err != nil {
		return err
	}
	m.login = &login{session: session} // ends with the child, after the reply: a logout may hang
	return m.usePUK(j.Token.Slot, session, j.Method, j.Told, j.pin, j.fresh)
}

// openForWriting opens a session on the token with the serial number in which objects, and PINs, may be written.
func (m *module) openForWriting(slot uint, serial string) (pkcs11.SessionHandle, error) {
	if err := m.checkToken(slot, serial); err != nil {
		return 0, err
	}
	return m.openSession(slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
}

// usePUK uses a PUK once, and wipes it. A refusal of PUK or PIN has the PIN's state after it. The PUK is not used if the
// token's flags are worse than the state that the person was shown.
func (m *module) usePUK(slot uint, session pkcs11.SessionHandle, method Method, told string, puk, new *secret.Buffer) error {
	if err := m.checkPUKTries(slot, told); err != nil {
		return err
	}
	refused := unblockers[method](m, session, puk, new)
	if puk != nil {
		puk.Clear()
	}
	if refused == nil {
		return nil
	}
	switch refused.Code {
	case fault.PUKIncorrect, fault.PUKLocked, fault.PINRefused:
		return m.refusedPUK(slot, refused)
	}
	return refused
}

// checkPUKTries is checkTries for the PUK.
func (m *module) checkPUKTries(slot uint, told string) error {
	if told == "" {
		return nil
	}
	info, err := m.ctx.GetTokenInfo(slot)
	if err != nil {
		return tokenError("C_GetTokenInfo", err)
	}
	if code := protocol.PUKSince(told, pukState(info)); code != "" {
		return &PINError{State: pinState(info), Err: fault.Errorf(code, "not sent to the card: %q was shown", told)}
	}
	return nil
}

// refusedPUK adds to a refusal the state of the token after it.
func (m *module) refusedPUK(slot uint, refused *fault.Error) error {
	m.reportRefusal(refused)
	info, err := m.ctx.GetTokenInfo(slot)
	if err != nil {
		return refused
	}
	if refused.Code == fault.PUKIncorrect {
		switch pukState(info) {
		case protocol.PUKFinal:
			refused = fault.New(fault.PUKLastTry, refused)
		case protocol.PUKLocked:
			refused = fault.New(fault.PUKLocked, refused)
		}
	}
	return &PINError{State: pinState(info), Err: refused}
}

// pukState reads the flags of a token's security officer (PKCS #11 v2.40, 3.2, CK_TOKEN_INFO), the worst first. Not
// every library has them.
func pukState(info pkcs11.TokenInfo) string {
	switch {
	case info.Flags&pkcs11.CKF_SO_PIN_LOCKED != 0:
		return protocol.PUKLocked
	case info.Flags&pkcs11.CKF_SO_PIN_FINAL_TRY != 0:
		return protocol.PUKFinal
	case info.Flags&pkcs11.CKF_SO_PIN_COUNT_LOW != 0:
		return protocol.PUKLow
	}
	return protocol.PUKReady
}
