package virtual

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/test/testcard"
)

func bytesOf(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The seven cases of ISO/IEC 7816-4, 5.1, table 2, and what is none of them.
func TestParseCommand(t *testing.T) {
	long := strings.Repeat("ab", 300)
	for name, tt := range map[string]struct {
		apdu string
		lc   int
		le   int
		bad  bool
	}{
		"1":                    {apdu: "00200080"},
		"2 short":              {apdu: "00C0000010", le: 16},
		"2 short, all":         {apdu: "00C0000000", le: 256},
		"2 extended":           {apdu: "00C00000 00 0200", le: 512},
		"2 extended, all":      {apdu: "00C00000 00 0000", le: 65536},
		"3 short":              {apdu: "00CB3FFF 03 5C017E", lc: 3},
		"3 extended":           {apdu: "00CB3FFF 00 012C" + long, lc: 300},
		"4 short":              {apdu: "00CB3FFF 03 5C017E 08", lc: 3, le: 8},
		"4 short, all":         {apdu: "00CB3FFF 03 5C017E 00", lc: 3, le: 256},
		"4 extended":           {apdu: "00CB3FFF 00 012C" + long + "0100", lc: 300, le: 256},
		"4 extended, all":      {apdu: "00CB3FFF 00 012C" + long + "0000", lc: 300, le: 65536},
		"nothing":              {bad: true},
		"half a header":        {apdu: "00CB3F", bad: true},
		"too little data":      {apdu: "00CB3FFF 03 5C01", bad: true},
		"too much data":        {apdu: "00CB3FFF 03 5C017E 0000", bad: true},
		"half an Lc":           {apdu: "00CB3FFF 00 01", bad: true},
		"an extended Lc of 0":  {apdu: "00CB3FFF 00 0000 5C", bad: true},
		"too little, extended": {apdu: "00CB3FFF 00 012C 5C", bad: true},
		"half an Le":           {apdu: "00CB3FFF 00 0001 5C 00", bad: true},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := ParseCommand(bytesOf(t, tt.apdu))
			if (err != nil) != tt.bad {
				t.Fatalf("%+v, %v", c, err)
			}
			if len(c.Data) != tt.lc && !tt.bad || c.Le != tt.le {
				t.Errorf("%d bytes, Le %d; want %d and %d", len(c.Data), c.Le, tt.lc, tt.le)
			}
		})
	}
}

// A conversation with the card, command by command: the status that each ends with.
func TestConversations(t *testing.T) {
	const (
		sel    = "00A40400 0B A000000308000010000100"
		verify = "00200080 08 343832393135FFFF"
		wrong  = "00200080 08 343832393136FFFF"
		sign   = "00871196 0E 7C0C 8200 8108 0102030405060708 00"
	)
	for name, exchanges := range map[string][][2]string{
		"nothing before SELECT":    {{verify, "6D00"}, {"00CB3FFF 03 5C017E 00", "6D00"}},
		"another application":      {{"00A40400 05 A000000004", "6A82"}, {verify, "6D00"}},
		"another class":            {{"80A40400 05 A000000308", "6E00"}},
		"no command":               {{"00A404", "6700"}},
		"tries are told":           {{sel, "6113"}, {"00200080", "63C3"}, {wrong, "63C2"}, {"00200080", "63C2"}, {verify, "9000"}, {"00200080", "9000"}},
		"a good PIN heals":         {{sel, "6113"}, {wrong, "63C2"}, {wrong, "63C1"}, {verify, "9000"}, {wrong, "63C2"}},
		"a wrong PIN logs out":     {{sel, "6113"}, {verify, "9000"}, {wrong, "63C2"}, {"00200080", "63C2"}},
		"logging out":              {{sel, "6113"}, {verify, "9000"}, {"0020FF80", "9000"}, {"00200080", "63C3"}},
		"blocked":                  {{sel, "6113"}, {wrong, "63C2"}, {wrong, "63C1"}, {wrong, "6983"}, {verify, "6983"}},
		"unblocked":                {{sel, "6113"}, {wrong, "63C2"}, {wrong, "63C1"}, {wrong, "6983"}, {"002C0080 10 3933383137323634 343832393135FFFF", "9000"}, {verify, "9000"}},
		"a wrong PUK":              {{sel, "6113"}, {"002C0080 10 3933383137323635 343832393135FFFF", "63C2"}, {verify, "9000"}},
		"a PIN in parts":           {{sel, "6113"}, {"10200080 04 34383239", "9000"}, {"00200080 04 3135FFFF", "9000"}},
		"parts of another command": {{sel, "6113"}, {"10240080 04 34383239", "9000"}, {verify, "9000"}},
		"an answer in parts":       {{sel + "08", "610B"}, {"00C000000A", "6101"}, {"00C0000000", "9000"}, {"00C0000000", "6985"}},
		"an answer forgotten":      {{sel + "08", "610B"}, {"00200080", "63C3"}, {"00C0000000", "6985"}},
		"no such object":           {{sel, "6113"}, {"00CB3FFF 05 5C035FC1FF 00", "6A82"}, {"00CB3FFF 02 5C7F 00", "6A80"}},
		"the PIN just before":      {{sel, "6113"}, {signWith(Signature), "6982"}, {verify, "9000"}, {signWith(Signature), "9000"}, {signWith(Signature), "6982"}},
		"the PIN once":             {{sel, "6113"}, {signWith(Authentication), "6982"}, {verify, "9000"}, {signWith(Authentication), "9000"}, {signWith(Authentication), "9000"}},
		"no PIN":                   {{sel, "6113"}, {signWith(CardAuthentication), "9000"}},
		"no such key":              {{sel, "6113"}, {verify, "9000"}, {sign, "6A88"}},
	} {
		t.Run(name, func(t *testing.T) {
			card, err := New(Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, slot := range []Slot{Authentication, Signature, CardAuthentication} {
				if _, err := card.NewKey(slot, testcard.P256); err != nil {
					t.Fatal(err)
				}
			}
			for i, e := range exchanges {
				answer := card.exchange(bytesOf(t, e[0])).answer
				if want := bytesOf(t, e[1]); !bytes.HasSuffix(answer, want) {
					t.Fatalf("command %d is answered with %X, want %X", i+1, answer, want)
				}
			}
		})
	}
}

// signWith is GENERAL AUTHENTICATE with a P-256 key over eight bytes.
func signWith(slot Slot) string {
	return "008711" + hex.EncodeToString([]byte{byte(slot)}) + "0E 7C0C 8200 8108 0102030405060708 00"
}

// Without power the card forgets who was logged in, not how often somebody was wrong.
func TestReset(t *testing.T) {
	card, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	card.exchange(bytesOf(t, "00A40400 05 A000000308"))
	card.exchange(bytesOf(t, "00200080 08 343832393136FFFF"))
	card.control(controlReset)
	if got := statusOf(card.exchange(bytesOf(t, "00200080")).answer); got != StatusUnknownINS {
		t.Errorf("an application is selected: %04X", got)
	}
	card.exchange(bytesOf(t, "00A40400 05 A000000308"))
	if got := statusOf(card.exchange(bytesOf(t, "00200080")).answer); got != StatusTries|2 {
		t.Errorf("the counter says %04X", got)
	}
}

func TestOptions(t *testing.T) {
	for name, o := range map[string]Options{
		"PIN": {PIN: "12345"}, "letters": {PIN: "abcdef"}, "long PIN": {PIN: "123456789"}, "PUK": {PUK: "123456"},
		"tries": {Tries: 16}, "ATR": {ATR: "xx"}, "short ATR": {ATR: "3B"},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("a card with an impossible %s was made", name)
		}
	}
}
