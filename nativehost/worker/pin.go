package worker

import (
	"errors"

	"github.com/miekg/pkcs11"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/nativehost/secret"
)

// change logs in with the old PIN and sets the new one: a wrong old one costs a try at the login, and C_SetPIN is not called
// then. It takes over j's PINs.
func (m *module) change(j job) error {
	defer j.free()
	m.close()
	if j.Token == nil || (j.pin == nil) != (j.fresh == nil) {
		return fault.Errorf(fault.MessageInvalid, "change without a token, or with one PIN")
	}
	session, err := m.openForWriting(j.Token.Slot, j.Token.Serial)
	if err != nil {
		return err
	}
	m.login = &login{session: session} // closed by the host's opClose, which follows the reply: a logout may hang
	if err := m.loginUser(session, j.Token.Slot, j.pin, j.Told); err != nil {
		return err
	}
	err = m.whileTyping(j.fresh, func() error { return m.library.setPIN(session, bytesOf(j.pin), bytesOf(j.fresh)) })
	if err != nil {
		return m.refusedPIN(j.Token.Slot, newPINError(err))
	}
	return nil
}

func bytesOf(b *secret.Buffer) []byte {
	if b == nil {
		return nil
	}
	return b.Bytes()
}

// newPINError gives what C_SetPIN returned after a login its code: what the login has taken, only the new PIN can
// be wrong about.
func newPINError(err error) *fault.Error {
	if errors.Is(err, pkcs11.Error(pkcs11.CKR_PIN_INVALID)) || errors.Is(err, pkcs11.Error(pkcs11.CKR_PIN_LEN_RANGE)) {
		return fault.Errorf(fault.PINRefused, "C_SetPIN: %w", err)
	}
	return tokenError("C_SetPIN", err)
}
