package newpin_test

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/act/newpin"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// A PIN that is not sent, and the field that the alert is about.
func TestUnfitPINIsNotSent(t *testing.T) {
	final := usable
	final.State = protocol.PINFinal
	pins := func(old, new, again string) pinentry.SubmitNew {
		return pinentry.SubmitNew{Old: []byte(old), New: []byte(new), Again: []byte(again)}
	}
	for _, tt := range []struct {
		name  string
		state protocol.PINState
		e     pinentry.SubmitNew
		want  fault.Code
		field string
	}{
		{"nothing", locked, pinentry.SubmitNew{}, fault.PINEmpty, "new"},
		{"short", locked, pins("", "73916", "73916"), fault.PINLength, "new"},
		{"long", locked, pins("", "739164825", "739164825"), fault.PINLength, "new"},
		{"letters", locked, pins("", "73916a", "73916a"), fault.PINCharacters, "new"},
		{"111111", locked, pins("", "111111", "111111"), fault.PINWeak, "new"},
		{"123456", locked, pins("", "123456", "123456"), fault.PINWeak, "new"},
		{"typed differently", locked, pins("", "739164", "739165"), pinentry.AlertAgain, "again"},
		{"typed once", locked, pins("", "739164", ""), pinentry.AlertAgain, "again"},
		{"no present PIN", usable, pins("", "739164", "739164"), fault.PINEmpty, "old"},
		{"a short present PIN", usable, pins("1", "739164", "739164"), fault.PINLength, "old"},
		{"the same", usable, pins("739164", "739164", "739164"), fault.PINSame, "new"},
		{"last try, not confirmed", final, pins("582047", "739164", "739164"), pinentry.AlertConfirm, "confirm"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := resetUntil(t, "pin", tt.state)
			alerts := w.View().Alerts
			w.On(tt.e)
			v := w.View()
			if v.Step != screen.StepPIN || v.Alert.Code != tt.want || v.Alert.Field != tt.field || v.Alerts == alerts || strings.HasPrefix(v.Alert.Text, "error.") {
				t.Errorf("at %q, alert %q at %q: %q", w.where(), v.Alert.Code, v.Alert.Field, v.Alert.Text)
			}
			if len(w.Asked()) != 2 || !windowtest.Cleared(tt.e.Old) || !windowtest.Cleared(tt.e.New) || !windowtest.Cleared(tt.e.Again) {
				t.Errorf("asked %q, or not cleared", w.Asked())
			}
		})
	}
	confirmed := pins("582047", "739164", "739164")
	confirmed.Confirmed = true
	w := resetUntil(t, "pin", final)
	w.On(confirmed)
	if w.where() != "claim" {
		t.Errorf("a last try that is confirmed: at %q", w.where())
	}
}

// A PIN that comes at another step is cleared and not sent.
func TestPINOfAnotherStepIsCleared(t *testing.T) {
	for _, at := range []string{"loading", "who", "certificate", "claim", "ask", "set", "done"} {
		w := resetUntil(t, at, locked)
		before := len(w.Effects)
		e, typed := submission(locked), []byte("739164")
		w.On(e, pinentry.Typed{New: typed})
		if !windowtest.Cleared(e.New) || !windowtest.Cleared(e.Again) || !windowtest.Cleared(typed) || len(w.Effects) != before {
			t.Errorf("%s: %q, %q, effects %v", at, e.New, typed, w.Effects[before:])
		}
	}
}

// A present PIN that is typed for a card that does not want it is not sent.
func TestPresentPINOfABlockedCardIsNotSent(t *testing.T) {
	e := submission(locked)
	e.Old = []byte("582047")
	w := resetWith(t, "claim", resetList(locked, windowtest.Certificate(windowtest.IDA, "")), e)
	asked := w.HostAsked()
	if pin := asked[len(asked)-1].PIN; pin != nil || !windowtest.Cleared(e.Old) {
		t.Errorf("the host got %q", pin)
	}
}

// The card's present PIN was wrong, or is wanted after all, or blocked the card: the question comes back, empty.
func TestRefusedPresentPINIsAskedForAgain(t *testing.T) {
	low, blocked := usable, locked
	low.State = protocol.PINLow
	for _, tt := range []struct {
		name   string
		listed protocol.PINState
		code   fault.Code
		state  *protocol.PINState
		want   fault.Code
		field  string
		hasPIN bool
		pin    string
	}{
		{"wrong", usable, fault.PINIncorrect, &low, fault.PINIncorrect, "old", true, protocol.PINLow},
		{"wrong, on the reader", protocol.PINState{State: protocol.PINReady, Pad: true}, fault.PINIncorrect, nil, fault.PINIncorrect, "", true, protocol.PINReady},
		{"wrong, without a state", usable, fault.PINIncorrect, nil, fault.PINIncorrect, "old", true, protocol.PINReady},
		{"one try left", usable, fault.PINLastTry, nil, fault.PINLastTry, "old", true, protocol.PINFinal},
		{"blocked by it", usable, fault.PINLocked, &blocked, newpin.AlertBlocked, "", false, protocol.PINLocked},
		{"blocked, without a state", usable, fault.PINLocked, nil, newpin.AlertBlocked, "", false, protocol.PINLocked},
		{"works after all", locked, fault.PINUsable, &low, fault.PINUsable, "old", true, protocol.PINLow},
		{"works, without a state", locked, fault.PINUsable, nil, fault.PINUsable, "old", true, protocol.PINReady},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := submission(tt.listed)
			w := resetWith(t, "claim", resetList(tt.listed, windowtest.Certificate(windowtest.IDA, "")), e)
			w.Fails(tt.code, tt.state)
			v := w.View()
			if v.Step != screen.StepPIN || v.Alert.Code != tt.want || v.Alert.Field != tt.field || v.HasPIN != tt.hasPIN || v.PIN.State != tt.pin {
				t.Errorf("at %q, alert %q at %q, has a PIN %v, %q", w.where(), v.Alert.Code, v.Alert.Field, v.HasPIN, v.PIN.State)
			}
			if !windowtest.Cleared(e.New) || w.LastTold() != "progress signing" {
				t.Errorf("new PIN %q, told %q", e.New, w.LastTold())
			}
			if strings.HasPrefix(v.Alert.Text, "error.") {
				t.Errorf("the alert says %q", v.Alert.Text)
			}
			again := submission(protocol.PINState{State: protocol.PINReady})
			again.Confirmed = true
			w.On(again)
			w.Answer(protocol.HostClaimed, claim())
			if w.where() != "ask" {
				t.Errorf("the second time: at %q", w.where())
			}
		})
	}
}

// What stands in the way before the claim can be tried again in this window, with a fresh host and a new PIN.
func TestRetryBeforeTheClaim(t *testing.T) {
	for _, code := range []fault.Code{fault.TokenRemoved, fault.PUKLocked, fault.UnblockUnsupported, fault.CertificateNotYetValid, fault.ModuleCrashed} {
		w := resetUntil(t, "claim", locked)
		w.Fails(code, nil)
		v := w.View()
		if v.Problem != code || !v.Retriable || v.Hint != "" || w.LastTold() != "progress signing" {
			t.Fatalf("%s: problem %q, retriable %v, %q, told %q", code, v.Problem, v.Retriable, v.Hint, w.LastTold())
		}
		w.On(loop.Retry{})
		w.Answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version})
		w.Answer(protocol.HostCertificateList, resetList(locked, windowtest.Certificate(windowtest.IDA, "")))
		w.On(loop.Continue{}, submission(locked))
		w.Answer(protocol.HostClaimed, claim())
		if w.where() != "ask" {
			t.Errorf("%s: the second time at %q", code, w.where())
		}
	}
	w := resetUntil(t, "claim", locked)
	w.Fails(fault.DeviceUnavailable, nil)
	w.wantProblem(fault.DeviceUnavailable, "failed device_unavailable")
}

// On a reader with a PIN pad, nothing is typed in the window.
func TestPINPadTypesNothingHere(t *testing.T) {
	for _, state := range []string{protocol.PINLocked, protocol.PINReady} {
		pin := protocol.PINState{State: state, Pad: true}
		w := resetUntil(t, "set", pin)
		for _, p := range w.HostAsked() {
			if p.PIN != nil || p.New != nil {
				t.Errorf("%s: the host got a PIN with %s", state, p.Envelope.Type)
			}
		}
		e := pinentry.SubmitNew{Old: []byte("582047"), New: []byte("739164"), Again: []byte("739164")}
		w = resetUntil(t, "pin", pin)
		w.On(e)
		if asked := w.HostAsked(); !windowtest.Cleared(e.New) || !windowtest.Cleared(e.Old) || asked[len(asked)-1].PIN != nil {
			t.Errorf("%s: what was typed stays, or was sent", state)
		}
	}
}

func TestStrength(t *testing.T) {
	digits := protocol.PINState{Min: 4, Max: 8, State: protocol.PINLocked, Alphabet: protocol.PINDigits}
	letters := protocol.PINState{Min: 6, Max: 12, State: protocol.PINLocked}
	for _, tt := range []struct {
		state protocol.PINState
		pin   string
		want  pinentry.Strength
	}{
		{digits, "", pinentry.StrengthNone},
		{digits, "739", pinentry.StrengthShort},
		{digits, "739164825", pinentry.StrengthLong},
		{digits, "73a1", pinentry.StrengthCharacters},
		{digits, "1111", pinentry.StrengthWeak},
		{digits, "65432", pinentry.StrengthWeak},
		{digits, "1995", pinentry.StrengthGuessable},
		{digits, "2010", pinentry.StrengthGuessable},
		{digits, "2910", pinentry.StrengthGuessable},
		{digits, "290195", pinentry.StrengthGuessable},
		{digits, "950129", pinentry.StrengthGuessable},
		{digits, "29011995", pinentry.StrengthGuessable},
		{digits, "19950129", pinentry.StrengthGuessable},
		{digits, "747474", pinentry.StrengthGuessable},
		{digits, "774477", pinentry.StrengthGuessable},
		{digits, "739739", pinentry.StrengthGuessable},
		{digits, "123457", pinentry.StrengthGuessable},
		{digits, "7396", pinentry.StrengthFair},
		{digits, "739164", pinentry.StrengthGood},
		{digits, "48295017", pinentry.StrengthGood},
		{protocol.PINState{Min: 4, Max: 4, State: protocol.PINLocked}, "7396", pinentry.StrengthGood},
		{letters, "abcdef", pinentry.StrengthWeak},
		{letters, "kedi72", pinentry.StrengthGood},
		{letters, "şifrem", pinentry.StrengthCharacters},
		{protocol.PINState{State: protocol.PINLocked}, "7", pinentry.StrengthWeak},
	} {
		w := resetUntil(t, "pin", tt.state)
		typed := []byte(tt.pin)
		w.On(pinentry.Typed{New: typed})
		v := w.View()
		if v.Strength != tt.want || v.Status != v.Strength.Text(v.Language) || (v.Strength.Text(v.Language) == "") != (tt.want == "") || !windowtest.Cleared(typed) {
			t.Errorf("%q: %q (%q), want %q", tt.pin, v.Strength, v.Strength.Text(v.Language), tt.want)
		}
		w.On(loop.Back{}, loop.Continue{})
		if w.View().Strength != pinentry.StrengthNone {
			t.Errorf("%q: the hint stays on a new screen", tt.pin)
		}
	}
}

// The claim of a card whose key has its own PIN asks for that too.
func TestKeyPIN(t *testing.T) {
	usable := protocol.PINState{State: protocol.PINReady}
	e := submission(usable)
	w := resetWith(t, "claim", resetList(usable, windowtest.Certificate(windowtest.IDA, "")), e)
	w.Answer(protocol.HostError, protocol.HostFailure{Code: fault.KeyPINRequired, KeyPIN: &protocol.PINState{State: protocol.PINReady}})
	if v := w.View(); v.Step != screen.StepPIN || v.Alert.Field != "keypin" || v.KeyPIN == nil || !windowtest.Cleared(e.New) {
		t.Fatalf("at %q, field %q, %+v", w.where(), v.Alert.Field, v.KeyPIN)
	}
	w.On(submission(usable))
	if v := w.View(); v.Step != screen.StepPIN || v.Alert.Code != fault.PINEmpty || v.Alert.Field != "keypin" {
		t.Errorf("at %q, alert %q at %q", w.where(), v.Alert.Code, v.Alert.Field)
	}
	again := submission(usable)
	again.KeyPIN = []byte("1357")
	w.On(again)
	asked := w.HostAsked()
	if last := asked[len(asked)-1]; last.Envelope.Type != protocol.HostClaim || string(last.KeyPIN) != "1357" || last.PIN == nil {
		t.Errorf("asked %s with %q and %q", last.Envelope.Type, last.PIN, last.KeyPIN)
	}
}
