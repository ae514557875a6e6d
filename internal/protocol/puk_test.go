package protocol_test

import (
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
)

// A PUK that cannot be one costs no try, whatever the PIN's state and lengths are.
func TestRefusePUK(t *testing.T) {
	for _, tt := range []struct {
		state protocol.PINState
		puk   string
		want  protocol.Code
	}{
		{protocol.PINState{State: protocol.PINLocked, Max: 6}, "93817264", ""},
		{protocol.PINState{State: protocol.PINUnset}, "9381", ""},
		{protocol.PINState{}, "", protocol.CodePINEmpty},
		{protocol.PINState{}, "938", protocol.CodePINLength},
		{protocol.PINState{}, "9381726ı", protocol.CodePINCharacters},
		{protocol.PINState{}, "93817264 ", protocol.CodePINCharacters},
		{protocol.PINState{Alphabet: protocol.PINDigits}, "9381726a", protocol.CodePINCharacters},
		{protocol.PINState{Pad: true}, "", ""},
		{protocol.PINState{Pad: true}, "93817264", protocol.CodePINLength},
	} {
		if got := tt.state.RefusePUK([]byte(tt.puk)); got != tt.want {
			t.Errorf("%+v, %q: %q, want %q", tt.state, tt.puk, got, tt.want)
		}
	}
}
