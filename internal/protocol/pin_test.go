package protocol_test

import (
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
)

// What the card would refuse, or what everybody tries first, must be known before the card sees it.
func TestPIN(t *testing.T) {
	six := protocol.PINState{Min: 6, Max: 8, State: protocol.PINReady}
	with := func(change func(*protocol.PINState)) protocol.PINState {
		s := six
		change(&s)
		return s
	}
	digits := with(func(s *protocol.PINState) { s.Alphabet = protocol.PINDigits })
	any := with(func(s *protocol.PINState) { s.Alphabet = protocol.PINAny })
	for _, c := range []struct {
		state protocol.PINState
		pin   string
		want  protocol.Code
	}{
		{six, "248163", ""},
		{six, "Kart-2!~", ""},
		{six, "24 163", ""},
		{six, "", protocol.CodePINEmpty},
		{six, "24816", protocol.CodePINLength},
		{six, "248163248", protocol.CodePINLength},
		{six, "248163 ", protocol.CodePINCharacters},
		{six, " 248163", protocol.CodePINCharacters},
		{six, "24816ş", protocol.CodePINCharacters},
		{six, "24816ğ", protocol.CodePINCharacters},
		{six, "2481İ3", protocol.CodePINCharacters},
		{six, "24816\x00", protocol.CodePINCharacters},
		{six, "248163\n", protocol.CodePINCharacters},
		{six, "24816\u00a03", protocol.CodePINCharacters},
		{six, "24816\xff", protocol.CodePINCharacters},
		{digits, "248163", ""},
		{digits, "24816a", protocol.CodePINCharacters},
		{any, "şifrem", ""},
		{any, "şifrem\xff", protocol.CodePINCharacters},
		{with(func(s *protocol.PINState) { s.Max = 0 }), string(make([]byte, protocol.MaxPIN+1)), protocol.CodePINCharacters},
		{with(func(s *protocol.PINState) { s.State = protocol.PINLocked }), "248163", protocol.CodePINLocked},
		{with(func(s *protocol.PINState) { s.State = protocol.PINUnset }), "248163", protocol.CodePINNotSet},
		{with(func(s *protocol.PINState) { s.State = protocol.PINFinal }), "248163", ""},
		{with(func(s *protocol.PINState) { s.Pad = true }), "", ""},
		{with(func(s *protocol.PINState) { s.Pad = true }), "248163", protocol.CodePINLength},
	} {
		if got := c.state.Refuse([]byte(c.pin)); got != c.want {
			t.Errorf("%q with %+v: %q, want %q", c.pin, c.state, got, c.want)
		}
	}
}

func TestNewPIN(t *testing.T) {
	state := protocol.PINState{Min: 4, Max: 12, State: protocol.PINReady}
	for pin, want := range map[string]protocol.Code{
		"248163": "",
		"112233": "",
		"111111": protocol.CodePINWeak,
		"123456": protocol.CodePINWeak,
		"987654": protocol.CodePINWeak,
		"abcdef": protocol.CodePINWeak,
		"135790": protocol.CodePINSame,
		"12":     protocol.CodePINLength,
		"şşşş":   protocol.CodePINCharacters,
	} {
		if got := state.RefuseNew([]byte("135790"), []byte(pin)); got != want {
			t.Errorf("%q: %q, want %q", pin, got, want)
		}
	}
}
