package worker

import (
	"errors"
	"slices"

	"github.com/miekg/pkcs11"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

// list emits what the library shows without a login. What stands in the way at one token is a finding
// and hides no other token.
func (m *module) list() error {
	slots, err := m.library.slots(false)
	if err != nil {
		return fault.Errorf(fault.ModuleFailed, "C_GetSlotList: %w", err)
	}
	present, err := m.library.slots(true)
	if err != nil {
		return fault.Errorf(fault.ModuleFailed, "C_GetSlotList: %w", err)
	}
	if len(slots) > 0 {
		if err := m.emit(reply{Slots: len(slots)}); err != nil {
			return err
		}
	}
	if len(present) > maxTokens {
		if err := m.emitFinding(fault.CertificatesLeftOut, ""); err != nil {
			return err
		}
	}
	for i, slot := range present[:min(len(present), maxTokens)] {
		if slices.Contains(present[:i], slot) {
			continue
		}
		token, err := m.token(slot)
		if err != nil {
			name, _ := m.reader(slot)
			if err := m.emitFinding(fault.CodeOf(err), name); err != nil {
				return err
			}
			continue
		}
		if token == nil {
			continue
		}
		token.PSS = m.onlyPSS(slot)
		if err := m.emit(reply{Token: token}); err != nil {
			return err
		}
		if err := m.certificates(token); err != nil {
			return err
		}
	}
	return nil
}

// emitFinding emits a finding.
func (m *module) emitFinding(code fault.Code, subject string) error {
	return m.emit(reply{Finding: &protocol.Finding{Code: code, Subject: subject}})
}

// token returns the token in slot, or nil for one that this library cannot sign with: just taken out,
// never initialised, or a card that it does not know, which another library may.
func (m *module) token(slot uint) (*Token, error) {
	info, err := m.ctx.GetTokenInfo(slot)
	if errors.Is(err, pkcs11.Error(pkcs11.CKR_TOKEN_NOT_PRESENT)) || errors.Is(err, pkcs11.Error(pkcs11.CKR_TOKEN_NOT_RECOGNIZED)) {
		return nil, nil
	}
	if err != nil {
		return nil, tokenError("C_GetTokenInfo", err)
	}
	if info.Flags&pkcs11.CKF_TOKEN_INITIALIZED == 0 {
		return nil, nil
	}
	name, removable := m.reader(slot)
	return &Token{
		Slot: slot, Serial: clean(info.SerialNumber), Label: clean(info.Label), Reader: name, Removable: removable,
		PIN: pinState(info), PUK: pukState(info),
	}, nil
}

// reader returns what the library calls the reader, and whether it says that it is one.
func (m *module) reader(slot uint) (name string, removable bool) {
	info, err := m.ctx.GetSlotInfo(slot)
	if err != nil {
		return "", false
	}
	return clean(info.SlotDescription), info.Flags&pkcs11.CKF_REMOVABLE_DEVICE != 0
}

// certificates emits the certificates of a token, as many as it has room for.
func (m *module) certificates(token *Token) error {
	session, err := m.ctx.OpenSession(token.Slot, pkcs11.CKF_SERIAL_SESSION)
	if err != nil {
		return m.emitFinding(tokenError("C_OpenSession", err).Code, token.Label)
	}
	defer m.ctx.CloseSession(session)
	objects, err := m.find(session, certificateTemplate, maxTokenCertificates+1)
	if err != nil {
		return m.emitFinding(fault.CodeOf(err), token.Label)
	}
	malformed, room := false, maxTokenBytes
	more := len(objects) > maxTokenCertificates
	for _, object := range objects[:min(len(objects), maxTokenCertificates)] {
		der := m.attribute(session, object, pkcs11.CKA_VALUE)
		switch {
		case len(der) == 0:
			malformed = true
			continue
		case len(der) > room:
			more = true
			continue
		}
		room -= len(der)
		if err := m.emit(reply{Certificate: &Certificate{Slot: token.Slot, DER: der}}); err != nil {
			return err
		}
	}
	if malformed {
		err = m.emitFinding(fault.CertificateMalformed, token.Label)
	}
	if more && err == nil {
		err = m.emitFinding(fault.CertificatesLeftOut, token.Label)
	}
	return err
}

var certificateTemplate = []*pkcs11.Attribute{
	pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_CERTIFICATE),
	pkcs11.NewAttribute(pkcs11.CKA_CERTIFICATE_TYPE, pkcs11.CKC_X_509),
}

// find returns at most limit objects that match.
func (m *module) find(session pkcs11.SessionHandle, template []*pkcs11.Attribute, limit int) ([]pkcs11.ObjectHandle, error) {
	if err := m.ctx.FindObjectsInit(session, template); err != nil {
		return nil, tokenError("C_FindObjectsInit", err)
	}
	defer m.ctx.FindObjectsFinal(session)
	var found []pkcs11.ObjectHandle
	for len(found) < limit {
		more, _, err := m.ctx.FindObjects(session, limit-len(found))
		if err != nil {
			return nil, tokenError("C_FindObjects", err)
		}
		if len(more) == 0 {
			break
		}
		found = append(found, more...)
	}
	return found[:min(len(found), limit)], nil
}

// attribute returns an attribute's value, nil if the object does not have it, keeps it secret, or has one that is larger
// than any certificate may be.
func (m *module) attribute(session pkcs11.SessionHandle, object pkcs11.ObjectHandle, kind uint) []byte {
	return m.library.attribute(session, object, kind, protocol.MaxCertificate)
}
