package protocol_test

import (
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
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
		want  fault.Code
	}{
		{six, "248163", ""},
		{six, "Kart-2!~", ""},
		{six, "24 163", ""},
		{six, "", fault.PINEmpty},
		{six, "24816", fault.PINLength},
		{six, "248163248", fault.PINLength},
		{six, "248163 ", fault.PINCharacters},
		{six, " 248163", fault.PINCharacters},
		{six, "24816ş", fault.PINCharacters},
		{six, "24816ğ", fault.PINCharacters},
		{six, "2481İ3", fault.PINCharacters},
		{six, "24816\x00", fault.PINCharacters},
		{six, "248163\n", fault.PINCharacters},
		{six, "24816\u00a03", fault.PINCharacters},
		{six, "24816\xff", fault.PINCharacters},
		{digits, "248163", ""},
		{digits, "24816a", fault.PINCharacters},
		{any, "şifrem", ""},
		{any, "şifrem\xff", fault.PINCharacters},
		{with(func(s *protocol.PINState) { s.Max = 0 }), string(make([]byte, protocol.MaxPIN+1)), fault.PINCharacters},
		{with(func(s *protocol.PINState) { s.State = protocol.PINLocked }), "248163", fault.PINLocked},
		{with(func(s *protocol.PINState) { s.State = protocol.PINUnset }), "248163", fault.PINNotSet},
		{with(func(s *protocol.PINState) { s.State = protocol.PINFinal }), "248163", ""},
		{with(func(s *protocol.PINState) { s.Pad = true }), "", ""},
		{with(func(s *protocol.PINState) { s.Pad = true }), "248163", fault.PINLength},
	} {
		if got := c.state.Refuse([]byte(c.pin)); got != c.want {
			t.Errorf("%q with %+v: %q, want %q", c.pin, c.state, got, c.want)
		}
	}
}

func TestNewPIN(t *testing.T) {
	state := protocol.PINState{Min: 4, Max: 12, State: protocol.PINReady}
	for pin, want := range map[string]fault.Code{
		"248163": "",
		"112233": "",
		"111111": fault.PINWeak,
		"123456": fault.PINWeak,
		"987654": fault.PINWeak,
		"abcdef": fault.PINWeak,
		"135790": fault.PINSame,
		"12":     fault.PINLength,
		"şşşş":   fault.PINCharacters,
	} {
		if got := state.RefuseNew([]byte("135790"), []byte(pin)); got != want {
			t.Errorf("%q: %q, want %q", pin, got, want)
		}
	}
}
