package worker

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/asn1"
	"errors"
	"math/big"
	"slices"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/secret"
	"github.com/miekg/pkcs11"
)

// maxKeys is how many private keys with one CKA_ID are tried.
const maxKeys = 8

// A login is a session on one token with the user logged in.
type login struct {
	session pkcs11.SessionHandle
	public  crypto.PublicKey
	pss     bool // of RSA signatures, the token makes no others
	keys    []key
	pin     *secret.Buffer // kept only for keys that want it again for each signature
}

// A key is a private key on the token.
type key struct {
	handle pkcs11.ObjectHandle
	always bool // CKA_ALWAYS_AUTHENTICATE
}

// open finds the certificate, logs in with one C_Login, and finds its keys. It takes over j.pin. What it has opened
// when it fails is left by the host's close, after it has been told: leaving may hang.
func (m *module) open(j job) error {
	m.close()
	l := &login{pin: j.pin}
	m.login = l
	defer func() {
		if !slices.ContainsFunc(l.keys, func(k key) bool { return k.always }) {
			l.forget()
		}
	}()
	if j.Key == nil {
		return protocol.Errorf(protocol.CodeMessageInvalid, "open without a key")
	}
	certificate, err := pki.Parse(j.Key.Certificate)
	if err != nil {
		return err
	}
	l.public, l.pss = certificate.PublicKey, m.onlyPSS(j.Key.Slot)
	if err := m.same(j.Key.Slot, j.Key.Serial); err != nil {
		return err
	}
	if l.session, err = m.ctx.OpenSession(j.Key.Slot, pkcs11.CKF_SERIAL_SESSION); err != nil {
		return tokenError("C_OpenSession", err)
	}
	id, err := m.keyID(l.session, j.Key.Certificate)
	if err != nil {
		return err
	}
	if err := m.authenticate(l.session, pkcs11.CKU_USER, j.Key.Slot, bytesOf(l.pin)); err != nil {
		return err
	}
	l.keys, err = m.keys(l, id)
	return err
}

// same refuses a slot without the token that was there before.
func (m *module) same(slot uint, serial string) error {
	token, err := m.token(slot)
	switch {
	case err != nil:
		return err
	case token == nil:
		return protocol.Errorf(protocol.CodeTokenRemoved, "no token is in the slot")
	case token.Serial != serial:
		return protocol.Errorf(protocol.CodeCardChanged, "another token is in the slot")
	}
	return nil
}

// onlyPSS reports whether the token signs with RSA by RSASSA-PSS alone. One whose list says nothing of either is
// asked for what every card can.
func (m *module) onlyPSS(slot uint) bool {
	mechanisms, err := m.ctx.GetMechanismList(slot)
	if err != nil {
		return false
	}
	has := func(kind uint) bool {
		return slices.ContainsFunc(mechanisms, func(m *pkcs11.Mechanism) bool { return m.Mechanism == kind })
	}
	return has(pkcs11.CKM_RSA_PKCS_PSS) && !has(pkcs11.CKM_RSA_PKCS)
}

// forget clears the PIN.
func (l *login) forget() {
	if l.pin != nil {
		l.pin.Free()
		l.pin = nil
	}
}

// keyID finds the certificate by its bytes and returns its CKA_ID. Labels and serial numbers are not
// to be relied on: vendors encode them in several ways.
func (m *module) keyID(session pkcs11.SessionHandle, der []byte) ([]byte, error) {
	objects, err := m.find(session, certificateTemplate, protocol.MaxCertificates)
	if err != nil {
		return nil, err
	}
	for _, object := range objects {
		if bytes.Equal(m.attribute(session, object, pkcs11.CKA_VALUE), der) {
			return m.attribute(session, object, pkcs11.CKA_ID), nil
		}
	}
	return nil, protocol.Errorf(protocol.CodeCardChanged, "the certificate is no longer on the token")
}

// authenticate is one C_Login. A refused PIN is never tried again by a program: three refusals block
// the card.
func (m *module) authenticate(session pkcs11.SessionHandle, user, slot uint, pin []byte) error {
	err := m.library.login(session, user, pin)
	if err == nil {
		return nil
	}
	return m.refusedPIN(slot, tokenError("C_Login", err))
}

// ahead tells the host of a refusal before the library is asked for more: should that be the end of this process, the
// person knows all the same that a try is spent.
func (m *module) ahead(refused *protocol.Error) {
	_ = m.emit(reply{Refused: failureOf(refused)}) // a host that is gone is found out with the last reply
}

// refusedPIN adds to a refusal the state of the token after it.
func (m *module) refusedPIN(slot uint, refused *protocol.Error) error {
	m.ahead(refused)
	info, err := m.ctx.GetTokenInfo(slot)
	if err != nil {
		return refused
	}
	state := pinState(info)
	if refused.Code == protocol.CodePINIncorrect {
		switch state.State {
		case protocol.PINFinal:
			refused = protocol.NewError(protocol.CodePINLastTry, refused)
		case protocol.PINLocked:
			refused = protocol.NewError(protocol.CodePINLocked, refused)
		}
	}
	return &PINError{State: state, Err: refused}
}

// keys returns the private keys that may be the certificate's: two sharing a CKA_ID were met in the
// field. Where the module tells an RSA key's modulus, only those that fit remain; sign finds out the
// others.
func (m *module) keys(l *login, id []byte) ([]key, error) {
	kind := uint(pkcs11.CKK_EC)
	public, isRSA := l.public.(*rsa.PublicKey)
	if isRSA {
		kind = pkcs11.CKK_RSA
	}
	handles, err := m.find(l.session, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_PRIVATE_KEY),
		pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, kind),
		pkcs11.NewAttribute(pkcs11.CKA_ID, id),
	}, maxKeys)
	if err != nil {
		return nil, err
	}
	var keys []key
	for _, handle := range handles {
		if isRSA {
			modulus := m.attribute(l.session, handle, pkcs11.CKA_MODULUS)
			if len(modulus) > 0 && new(big.Int).SetBytes(modulus).Cmp(public.N) != 0 {
				continue
			}
		}
		always := m.attribute(l.session, handle, pkcs11.CKA_ALWAYS_AUTHENTICATE)
		keys = append(keys, key{handle: handle, always: len(always) == 1 && always[0] != 0})
	}
	if len(keys) == 0 {
		return nil, protocol.Errorf(protocol.CodeKeyMissing, "no private key with the certificate's CKA_ID")
	}
	return keys, nil
}

// sign signs with the key, or, where several may be the certificate's, with the first whose signature
// verifies, and stays with that one.
func (m *module) sign(hash crypto.Hash, digest []byte) ([]byte, error) {
	l := m.login
	if l == nil || len(l.keys) == 0 {
		return nil, protocol.Errorf(protocol.CodeMessageInvalid, "sign without a login")
	}
	var last error
	for _, k := range l.keys {
		signature, err := m.signWith(l, k, hash, digest)
		if err == nil && len(l.keys) > 1 && !l.verifies(hash, digest, signature) {
			err = protocol.Errorf(protocol.CodeKeyMissing, "its signature does not verify with the certificate's key")
		}
		if err == nil {
			l.keys = []key{k}
			return signature, nil
		}
		if _, ok := errors.AsType[*PINError](err); ok {
			return nil, err
		}
		last = err
	}
	return nil, last
}

func (m *module) signWith(l *login, k key, hash crypto.Hash, digest []byte) ([]byte, error) {
	mechanism, input, err := l.toBeSigned(hash, digest)
	if err != nil {
		return nil, err
	}
	if err := m.ctx.SignInit(l.session, []*pkcs11.Mechanism{mechanism}, k.handle); err != nil {
		return nil, tokenError("C_SignInit", err)
	}
	if k.always {
		// The same PIN, for the act it was given for (PKCS #11 v2.40, 4.9).
		info, err := m.ctx.GetSessionInfo(l.session)
		if err != nil {
			return nil, tokenError("C_GetSessionInfo", err)
		}
		if err := m.authenticate(l.session, pkcs11.CKU_CONTEXT_SPECIFIC, info.SlotID, bytesOf(l.pin)); err != nil {
			return nil, err
		}
	}
	signature, err := m.ctx.Sign(l.session, input)
	if err != nil {
		return nil, tokenError("C_Sign", err)
	}
	if public, ok := l.public.(*ecdsa.PublicKey); ok {
		return ecdsaDER(signature, sizeOf(public))
	}
	return signature, nil
}

// toBeSigned returns the mechanism and its input: for RSA a DigestInfo (RFC 8017, 9.2) or for PSS the digest, as for
// ECDSA.
func (l *login) toBeSigned(hash crypto.Hash, digest []byte) (mechanism *pkcs11.Mechanism, input []byte, err error) {
	if !hash.Available() || len(digest) != hash.Size() {
		return nil, nil, protocol.Errorf(protocol.CodeMessageInvalid, "digest of %d bytes", len(digest))
	}
	switch public := l.public.(type) {
	case *rsa.PublicKey:
		known, ok := hashes[hash]
		if !ok {
			return nil, nil, protocol.Errorf(protocol.CodeKeyUnsupported, "RSA with %v", hash)
		}
		if l.pss {
			salt := uint(hash.Size())
			return pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS_PSS, pkcs11.NewPSSParams(known.mechanism, known.mask, salt)), digest, nil
		}
		return pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS, nil), append([]byte(known.digestInfo), digest...), nil
	case *ecdsa.PublicKey:
		// Of a longer digest its beginning is signed (FIPS 186-5, 6.4.1); not every card cuts it off.
		return pkcs11.NewMechanism(pkcs11.CKM_ECDSA, nil), digest[:min(len(digest), sizeOf(public))], nil
	default:
		return nil, nil, protocol.Errorf(protocol.CodeKeyUnsupported, "key of type %T", l.public)
	}
}

// hashes are those that RSA signs: the DER of a DigestInfo up to the digest (RFC 8017, 9.2, note 1), and for PSS
// the hash and its MGF1 (PKCS #11 v2.40 mechanisms, 2.1.8).
var hashes = map[crypto.Hash]struct {
	digestInfo      string
	mechanism, mask uint
}{
	crypto.SHA256: {"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20", pkcs11.CKM_SHA256, pkcs11.CKG_MGF1_SHA256},
	crypto.SHA384: {"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30", pkcs11.CKM_SHA384, pkcs11.CKG_MGF1_SHA384},
	crypto.SHA512: {"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40", pkcs11.CKM_SHA512, pkcs11.CKG_MGF1_SHA512},
}

// sizeOf is how long the numbers of a key's signatures are, in bytes.
func sizeOf(public *ecdsa.PublicKey) int { return (public.Curve.Params().BitSize + 7) / 8 }

// ecdsaDER turns PKCS#11's r‖s, each of size bytes, into the DER that CMS wants (RFC 3279, 2.2.3).
func ecdsaDER(raw []byte, size int) ([]byte, error) {
	if len(raw) != 2*size {
		return nil, protocol.Errorf(protocol.CodeTokenError, "ECDSA signature of %d bytes, want %d", len(raw), 2*size)
	}
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:size]), new(big.Int).SetBytes(raw[size:])})
}

// close ends the login that there may be.
func (m *module) close() {
	if l := m.login; l != nil {
		m.login = nil
		m.leave(l)
	}
}

// leave logs out, closes the session and clears the PIN.
func (m *module) leave(l *login) {
	l.forget()
	if l.session != 0 {
		// Closing a token's last session logs out too; a refusal of either leaves nothing to be done.
		_ = m.ctx.Logout(l.session)
		_ = m.ctx.CloseSession(l.session)
	}
}

// verifies checks a signature over digest with the certificate's key, of a kind that toBeSigned takes.
func (l *login) verifies(hash crypto.Hash, digest, signature []byte) bool {
	switch public := l.public.(type) {
	case *rsa.PublicKey:
		if l.pss {
			return rsa.VerifyPSS(public, hash, digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
		return rsa.VerifyPKCS1v15(public, hash, digest, signature) == nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(public, digest, signature)
	default:
		return false
	}
}
