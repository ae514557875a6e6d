package login

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

// MaxAnswer is the longest answer, in bytes: nonce and token, which JSON has quoted.
const MaxAnswer = protocol.MaxLoginToken + 2<<10

// ParseAnswer reads what a page posts of a login: {"nonce": …, "token": …}, each once, and nothing else. Neither is judged. Its
// errors have fault.RequestInvalid.
func ParseAnswer(data []byte) (nonce string, token []byte, err error) {
	values, err := readMembers(data, MaxAnswer)
	if err != nil {
		return "", nil, fault.Errorf(fault.RequestInvalid, "the login is not an object of strings: %w", err)
	}
	nonce, hasNonce := values["nonce"]
	text, hasToken := values["token"]
	if !hasNonce || !hasToken || len(values) != 2 {
		return "", nil, fault.Errorf(fault.RequestInvalid, "the login has %d members, want nonce and token", len(values))
	}
	return nonce, []byte(text), nil
}
