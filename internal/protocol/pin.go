package protocol

import (
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
)

// PINState is what is known of a token's PIN before one is asked for (PKCS#11 v2.40, CK_TOKEN_INFO).
type PINState struct {
	// Min and Max are the PIN's length in characters; 0 where the token does not say.
	Min int `json:"min"`
	Max int `json:"max"`
	// Pad is true when the PIN is typed on the reader (CKF_PROTECTED_AUTHENTICATION_PATH).
	Pad bool `json:"pad"`
	// State is PINReady, PINLow, PINFinal, PINLocked or PINUnset.
	State string `json:"state"`
	// Tries is how many wrong PINs are left, where the card tells; 0 where it does not.
	Tries int `json:"tries,omitempty"`
	// Alphabet is what the PIN is made of: PINDigits, PINPrintable or PINAny. Empty is PINPrintable.
	Alphabet string `json:"alphabet,omitempty"`
}

// PIN states, from the token's flags.
const (
	PINReady  = "ready"
	PINLow    = "low"    // CKF_USER_PIN_COUNT_LOW: wrong at least once
	PINFinal  = "final"  // CKF_USER_PIN_FINAL_TRY
	PINLocked = "locked" // CKF_USER_PIN_LOCKED
	PINUnset  = "unset"  // CKF_USER_PIN_INITIALIZED is not there
)

// Alphabets of PINs.
const (
	PINDigits    = "digits"
	PINPrintable = "printable" // ASCII from ! to ~, and spaces between them
	PINAny       = "any"
)

// Refuse returns why the token would not take pin (UTF-8), so that it must not be sent: a PIN that
// cannot be right would cost a try all the same. It is empty where nothing is known against it.
func (s PINState) Refuse(pin []byte) fault.Code {
	switch {
	case s.State == PINLocked:
		return fault.PINLocked
	case s.State == PINUnset:
		return fault.PINNotSet
	}
	return s.form(pin)
}

// Since returns why a PIN that was typed when the window showed the state told must not be sent now that it is s: what
// the person would be asked, or told to do, is another thing. It is empty where nothing stands against it.
func (s PINState) Since(told string) fault.Code {
	switch {
	case s.State == PINLocked:
		return fault.PINLocked
	case s.State == PINUnset:
		return fault.PINNotSet
	case s.State == PINFinal && told != PINFinal:
		return fault.TriesFewer
	}
	return ""
}

// PUKSince is Since for a PUK, which is now in a state.
func PUKSince(told, state string) fault.Code {
	switch {
	case state == PUKLocked:
		return fault.PUKLocked
	case state == PUKFinal && told != PUKFinal:
		return fault.TriesFewer
	}
	return ""
}

// RefuseNew is Refuse for a new PIN in the place of old, which may be empty where there is none: it also
// refuses what everybody tries first.
func (s PINState) RefuseNew(old, pin []byte) fault.Code {
	if code := s.form(pin); code != "" || s.Pad {
		return code
	}
	switch {
	case string(old) == string(pin):
		return fault.PINSame
	case weak(pin):
		return fault.PINWeak
	}
	return ""
}

// MinPUK is the shortest PUK that is sent to a card, in characters: a shorter one is no card's, and would cost a try.
const MinPUK = 4

// RefusePUK returns why puk cannot be the token's, so that it must not be sent: the last tries of a card are not for
// typing errors. Of a PUK's length no card tells; it is made of what the card's PINs are made of.
func (s PINState) RefusePUK(puk []byte) fault.Code {
	return PINState{Min: MinPUK, Pad: s.Pad, Alphabet: s.Alphabet}.form(puk)
}

func (s PINState) form(pin []byte) fault.Code {
	n := utf8.RuneCount(pin)
	switch {
	case s.Pad && n > 0:
		return fault.PINLength
	case s.Pad:
		return ""
	case n == 0:
		return fault.PINEmpty
	case !s.spells(pin):
		return fault.PINCharacters
	case len(pin) > MaxPIN, n < s.Min, s.Max > 0 && n > s.Max:
		return fault.PINLength
	}
	return ""
}

// spells reports whether pin is made of the alphabet.
func (s PINState) spells(pin []byte) bool {
	if s.Alphabet == PINAny {
		return utf8.Valid(pin)
	}
	for i, b := range pin {
		inner := i > 0 && i < len(pin)-1
		switch {
		case s.Alphabet == PINDigits && (b < '0' || b > '9'), b < ' ', b > '~', b == ' ' && !inner:
			return false
		}
	}
	return true
}

// weak reports whether each character follows the one before it by the same step of -1, 0 or 1, as in
// 111111, 123456 and 654321.
func weak(pin []byte) bool {
	if len(pin) < 2 {
		return true
	}
	step := int(pin[1]) - int(pin[0])
	if step < -1 || step > 1 {
		return false
	}
	for i := 2; i < len(pin); i++ {
		if int(pin[i])-int(pin[i-1]) != step {
			return false
		}
	}
	return true
}
