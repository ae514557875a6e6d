package protocol_test

import (
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

// A PUK that cannot be one costs no try, whatever the PIN's state and lengths are.
func TestRefusePUK(t *testing.T) {
	for _, tt := range []struct {
		state protocol.PINState
		puk   string
		want  fault.Code
	}{
		{protocol.PINState{State: protocol.PINLocked, Max: 6}, "93817264", ""},
		{protocol.PINState{State: protocol.PINUnset}, "9381", ""},
		{protocol.PINState{}, "", fault.PINEmpty},
		{protocol.PINState{}, "938", fault.PINLength},
		{protocol.PINState{}, "9381726ı", fault.PINCharacters},
		{protocol.PINState{}, "93817264 ", fault.PINCharacters},
		{protocol.PINState{Alphabet: protocol.PINDigits}, "9381726a", fault.PINCharacters},
		{protocol.PINState{Pad: true}, "", ""},
		{protocol.PINState{Pad: true}, "93817264", fault.PINLength},
	} {
		if got := tt.state.RefusePUK([]byte(tt.puk)); got != tt.want {
			t.Errorf("%+v, %q: %q, want %q", tt.state, tt.puk, got, tt.want)
		}
	}
}
