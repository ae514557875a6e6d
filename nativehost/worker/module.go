package worker

import (
	"errors"
	"math"
	"slices"

	"github.com/miekg/pkcs11"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

// A module is a loaded library. It is for one thread.
type module struct {
	library *library
	ctx     *pkcs11.Ctx
	login   *login // nil without a login
	onePIN  bool   // keys that want a PIN for each signature take the token's
	// emit sends a reply of the present job to the host.
	emit func(reply) error
}

func load(path string, quirks []Quirk, emit func(reply) error) (*module, error) {
	if err := CheckArchitecture(path); err != nil {
		return nil, err
	}
	library, err := loadLibrary(path)
	if err != nil {
		return nil, fault.New(fault.ModuleFailed, err)
	}
	m := &module{library: library, ctx: library.context(), emit: emit, onePIN: slices.Contains(quirks, OpenSC)}
	if err := m.initialize(slices.Contains(quirks, InitializeNull)); err != nil {
		return nil, fault.Errorf(fault.ModuleFailed, "C_Initialize: %w", err)
	}
	return m, nil
}

// initialize calls C_Initialize; without arguments if the library is known to want none, or has answered
// CKR_ARGUMENTS_BAD.
func (m *module) initialize(null bool) error {
	err := error(pkcs11.Error(pkcs11.CKR_ARGUMENTS_BAD))
	if !null {
		err = m.ctx.Initialize()
	}
	if errors.Is(err, pkcs11.Error(pkcs11.CKR_ARGUMENTS_BAD)) {
		err = m.library.initialize()
	}
	if errors.Is(err, pkcs11.Error(pkcs11.CKR_CRYPTOKI_ALREADY_INITIALIZED)) {
		return nil // just as good: some libraries answer this to the first call
	}
	return err
}

func (m *module) finalize() {
	m.close()
	_ = m.ctx.Finalize() // the process ends with it
}

func (m *module) do(j job) error {
	if !j.hasExpectedPINs() {
		j.free()
		return fault.Errorf(fault.MessageInvalid, "PIN with %q", j.Op)
	}
	switch j.Op {
	case opList:
		return m.list()
	case opOpen:
		if err := m.open(j); err != nil {
			return err
		}
		if l := m.login; l.pss || l.eachTime() {
			return m.emit(reply{PSS: l.pss, EachTime: l.eachTime()})
		}
		return nil
	case opSign:
		for _, digest := range j.Digests {
			signature, err := m.sign(j.Hash, digest)
			if err == nil {
				err = m.emit(reply{Signature: signature})
			}
			if err != nil {
				return err
			}
		}
		return nil
	case opClose:
		m.close()
		return nil
	case opChange:
		return m.change(j)
	case opUnblock:
		return m.unblock(j)
	case opReset:
		return m.reset(j)
	default:
		return fault.Errorf(fault.MessageInvalid, "operation %q", j.Op)
	}
}

// tokenError gives a PKCS#11 return value its code.
func tokenError(function string, err error) *fault.Error {
	code := fault.TokenError
	if rv, ok := errors.AsType[pkcs11.Error](err); ok {
		code = codeOf(rv)
	}
	return fault.Errorf(code, "%s: %w", function, err)
}

func codeOf(rv pkcs11.Error) fault.Code {
	switch rv {
	case pkcs11.CKR_PIN_INCORRECT, pkcs11.CKR_PIN_INVALID, pkcs11.CKR_PIN_LEN_RANGE:
		// Of the wrong length too: the card has seen this PIN, which fault.PINLength denies.
		return fault.PINIncorrect
	case pkcs11.CKR_PIN_LOCKED:
		return fault.PINLocked
	case pkcs11.CKR_USER_PIN_NOT_INITIALIZED, pkcs11.CKR_PIN_EXPIRED:
		return fault.PINNotSet
	case pkcs11.CKR_FUNCTION_CANCELED, pkcs11.CKR_CANCEL:
		return fault.Cancelled // on the reader's own pad
	case pkcs11.CKR_TOKEN_NOT_PRESENT, pkcs11.CKR_DEVICE_REMOVED, pkcs11.CKR_SLOT_ID_INVALID,
		pkcs11.CKR_SESSION_HANDLE_INVALID, pkcs11.CKR_SESSION_CLOSED:
		return fault.TokenRemoved
	case pkcs11.CKR_MECHANISM_INVALID, pkcs11.CKR_KEY_TYPE_INCONSISTENT,
		pkcs11.CKR_KEY_FUNCTION_NOT_PERMITTED, pkcs11.CKR_KEY_SIZE_RANGE:
		return fault.KeyUnsupported
	}
	return fault.TokenError
}

// pinState reads a token's flags (PKCS #11 v2.40, 3.2, CK_TOKEN_INFO), the worst first.
func pinState(info pkcs11.TokenInfo) protocol.PINState {
	has := func(flag uint) bool { return info.Flags&flag != 0 }
	s := protocol.PINState{
		Min: length(info.MinPinLen), Max: length(info.MaxPinLen),
		Pad:   has(pkcs11.CKF_PROTECTED_AUTHENTICATION_PATH),
		State: protocol.PINReady,
	}
	switch {
	case has(pkcs11.CKF_USER_PIN_LOCKED):
		s.State = protocol.PINLocked
	case !has(pkcs11.CKF_USER_PIN_INITIALIZED):
		s.State = protocol.PINUnset
	case has(pkcs11.CKF_USER_PIN_FINAL_TRY):
		s.State = protocol.PINFinal
	case has(pkcs11.CKF_USER_PIN_COUNT_LOW):
		s.State = protocol.PINLow
	}
	return s
}

// length takes absurd lengths, CK_UNAVAILABLE_INFORMATION among them, for none.
func length(n uint) int {
	if n > math.MaxUint16 {
		return 0
	}
	return int(n)
}
