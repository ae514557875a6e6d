package settings_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/settings"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

var blockedPIN = protocol.PINState{Min: 4, Max: 8, State: protocol.PINLocked}

// withPUK is the settings page with a card whose PUK is in a state.
func withPUK(t *testing.T, pin protocol.PINState, puk string, unblocks bool) *page {
	t.Helper()
	l := cardList(pin, windowtest.Certificate(windowtest.IDA, ""))
	l.Tokens[0].PUK, l.Tokens[0].Unblocks = puk, unblocks
	return withList(t, l)
}

func typedPUK(puk, new, again string) pinentry.SubmitNew {
	return pinentry.SubmitNew{PUK: []byte(puk), New: []byte(new), Again: []byte(again)}
}

// empty reports whether nothing is left of what was typed.
func empty(e pinentry.SubmitNew) bool {
	return strings.Trim(string(slices.Concat(e.Old, e.PUK, e.New, e.Again)), "\x00") == ""
}

// A PUK is asked for where it can help, and only there.
func TestUnblockIsOfferedWhereItHelps(t *testing.T) {
	for _, tt := range []struct {
		state, puk string
		unblocks   bool
		want       settings.Unblocking
		opens      bool
	}{
		{protocol.PINReady, protocol.PUKReady, false, settings.UnblockNone, false},
		{protocol.PINReady, protocol.PUKReady, true, settings.UnblockOffered, true},
		{protocol.PINFinal, protocol.PUKLow, true, settings.UnblockOffered, true},
		{protocol.PINReady, protocol.PUKLocked, true, settings.UnblockSpent, false},
		{protocol.PINLocked, protocol.PUKFinal, true, settings.UnblockNeeded, true},
		{protocol.PINLocked, protocol.PUKReady, false, settings.UnblockImpossible, false},
		{protocol.PINLocked, protocol.PUKLocked, true, settings.UnblockLost, false},
		{protocol.PINUnset, protocol.PUKReady, true, settings.UnblockFirst, true},
	} {
		p := withPUK(t, protocol.PINState{State: tt.state}, tt.puk, tt.unblocks)
		if got := p.View().Cards.Readers[0].Cards[0].Unblocking; got != tt.want {
			t.Errorf("PIN %s, PUK %s: %q, want %q", tt.state, tt.puk, got, tt.want)
		}
		p.on(settings.Unblock{Token: "none"}, settings.Unblock{Token: "t"})
		if got := p.View().Screen == settings.ScreenUnblock; got != tt.opens {
			t.Errorf("PIN %s, PUK %s: asked %v", tt.state, tt.puk, got)
		}
	}
}

// PUK and new PIN go out once, together; what cannot be right stays here, says in which field, and is cleared.
func TestUnblockSendsThePUKOnce(t *testing.T) {
	for _, tt := range []struct {
		name  string
		puk   string
		in    pinentry.SubmitNew
		want  fault.Code
		field string
	}{
		{"well", protocol.PUKReady, typedPUK("93817264", "1357", "1357"), "", ""},
		{"no PUK", protocol.PUKReady, typedPUK("", "1357", "1357"), fault.PINEmpty, "puk"},
		{"short PUK", protocol.PUKReady, typedPUK("938", "1357", "1357"), fault.PINLength, "puk"},
		{"foreign PUK", protocol.PUKLow, typedPUK("9381726ı", "1357", "1357"), fault.PINCharacters, "puk"},
		{"no PIN", protocol.PUKReady, typedPUK("93817264", "", ""), fault.PINEmpty, "new"},
		{"weak", protocol.PUKReady, typedPUK("93817264", "1234", "1234"), fault.PINWeak, "new"},
		{"typed in two ways", protocol.PUKReady, typedPUK("93817264", "1357", "1358"), pinentry.AlertAgain, "again"},
		{"last try", protocol.PUKFinal, typedPUK("93817264", "1357", "1357"), pinentry.AlertConfirm, "confirm"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := withPUK(t, blockedPIN, tt.puk, true)
			p.on(settings.Unblock{Token: "t"}, tt.in)
			v := p.View()
			if tt.want != "" {
				if v.Screen != settings.ScreenUnblock || v.Alert.Code != tt.want || v.Alert.Field != tt.field || len(p.posted()) != 0 || !empty(tt.in) {
					t.Errorf("%s, %s in %q, %v", v.Screen, v.Alert.Code, v.Alert.Field, p.did)
				}
				if text := v.Alert.Text; text == "" || tt.field == "puk" && !strings.Contains(text, "PUK") || tt.field == "new" && strings.Contains(text, "PUK") {
					t.Errorf("%q", text)
				}
				return
			}
			posts := p.posted()
			if v.Screen != settings.ScreenWorking || v.Working.Cancellable || len(posts) != 1 || string(posts[0].PUK) != "93817264" || string(posts[0].New) != "1357" {
				t.Fatalf("%s, %v", v.Screen, p.did)
			}
			p.on(typedPUK("93817264", "1357", "1357"), loop.Cancel{}) // pressed twice; the card cannot be called off
			if len(p.posted()) != 0 {
				t.Errorf("%v", p.did)
			}
			p.answer(protocol.HostReady, nil)
			if v := p.View(); v.Screen != settings.ScreenOverview || v.Done != settings.DoneUnblocked || v.Status == "" {
				t.Errorf("%+v", v)
			}
		})
	}
}

// The last try of a PUK goes out where the person knows that it is.
func TestLastPUKAttemptIsConfirmed(t *testing.T) {
	p := withPUK(t, blockedPIN, protocol.PUKFinal, true)
	p.on(settings.Unblock{Token: "t"})
	if v := p.View(); v.Unblock.LastAttempt == nil || !strings.Contains(v.Unblock.LastAttempt.Question, "PUK") {
		t.Errorf("the words are asked for: %+v", v.Unblock.LastAttempt)
	}
	e := typedPUK("93817264", "1357", "1357")
	e.Confirmed = true
	p.on(e)
	if len(p.posted()) != 1 {
		t.Errorf("%v", p.did)
	}
}

// What the card says of a PUK is known at once; where another cannot help, the overview says why.
func TestRefusedPUKShowsTheNewState(t *testing.T) {
	for _, tt := range []struct {
		code   fault.Code
		screen settings.Screen
		field  string
		puk    string
		says   string
	}{
		{fault.PUKIncorrect, settings.ScreenUnblock, "puk", protocol.PUKLow, "PUK yanlış"},
		{fault.PUKLastTry, settings.ScreenUnblock, "puk", protocol.PUKFinal, "tek deneme"},
		{fault.PINRefused, settings.ScreenUnblock, "new", protocol.PUKReady, "Başka bir PIN"},
		{fault.PUKLocked, settings.ScreenOverview, "", protocol.PUKLocked, "bir daha açılamaz"},
		{fault.UnblockUnsupported, settings.ScreenOverview, "", protocol.PUKReady, "açılamıyor"},
		{fault.ModuleCrashed, settings.ScreenOverview, "", protocol.PUKReady, "bilinmiyor"},
		{fault.ModuleTimeout, settings.ScreenOverview, "", protocol.PUKReady, "bilinmiyor"},
		{fault.TokenError, settings.ScreenOverview, "", protocol.PUKReady, "bilinmiyor"},
		{fault.TokenRemoved, settings.ScreenOverview, "", protocol.PUKReady, "bilinmiyor"},
		{fault.Cancelled, settings.ScreenOverview, "", protocol.PUKReady, "bilinmiyor"},
		{fault.CardBusy, settings.ScreenOverview, "", protocol.PUKReady, "bilinmiyor"},
		{fault.Internal, settings.ScreenOverview, "", protocol.PUKReady, "bilinmiyor"},
	} {
		p := withPUK(t, blockedPIN, protocol.PUKReady, true)
		p.on(settings.Unblock{Token: "t"}, typedPUK("93817264", "1357", "1357"))
		p.answer(protocol.HostError, protocol.HostFailure{Code: tt.code, PIN: &blockedPIN})
		v := p.View()
		if v.Screen != tt.screen || v.Alert.Code != tt.code || v.Alert.Field != tt.field || !strings.Contains(v.Alert.Text, tt.says) {
			t.Errorf("%s: %s, %s in %q, %q", tt.code, v.Screen, v.Alert.Code, v.Alert.Field, v.Alert.Text)
		}
		if v.Screen == settings.ScreenUnblock && v.Unblock.PUK != tt.puk {
			t.Errorf("%s: PUK %q", tt.code, v.Unblock.PUK)
		}
		if lost := v.Cards.Readers[0].Cards[0].Unblocking == settings.UnblockLost; lost != (tt.puk == protocol.PUKLocked) {
			t.Errorf("%s: lost %v", tt.code, lost)
		}
	}
}

// Where the host ends while the card is at work, the page says that the card may have its new PIN or not.
func TestUnblockIsUnsureWhenTheHostEnds(t *testing.T) {
	p := withPUK(t, blockedPIN, protocol.PUKReady, true)
	p.on(settings.Unblock{Token: "t"}, typedPUK("93817264", "1357", "1357"), loop.HostClosed{})
	if v := p.View(); v.Screen != settings.ScreenOverview || v.Alert.Code != fault.HostStopped || !strings.Contains(v.Alert.Text, "bilinmiyor") {
		t.Errorf("%s, %q", v.Screen, v.Alert.Text)
	}
}

// Where the host has not told the result of a change, the page says that the card may have either PIN.
func TestChangeIsUnsureWhenItIsCut(t *testing.T) {
	for _, code := range []fault.Code{
		fault.TokenRemoved, fault.TokenError, fault.ModuleCrashed, fault.ModuleTimeout, fault.HostStopped,
		fault.Cancelled, fault.CardBusy, fault.NoService, fault.Internal,
	} {
		p := withCard(t, windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, ""))
		p.on(settings.ChangePIN{Token: "t"}, pinentry.SubmitNew{Old: []byte("2468"), New: []byte("1357"), Again: []byte("1357")})
		if code == fault.HostStopped {
			p.on(loop.HostClosed{})
		} else {
			p.answer(protocol.HostError, protocol.HostFailure{Code: code})
		}
		if v := p.View(); v.Alert.Code != code || !strings.Contains(v.Alert.Text, "bilinmiyor") || !strings.Contains(v.Alert.Text, "“Kartı dene”") {
			t.Errorf("%s: %s, %q", code, v.Alert.Code, v.Alert.Text)
		}
	}
}

// A card that goes takes its question with it; on the reader's own keys nothing is typed here.
func TestUnblockIsWithdrawnWithItsCard(t *testing.T) {
	p := withPUK(t, blockedPIN, protocol.PUKReady, true)
	p.on(settings.Unblock{Token: "t"}, loop.HostMessage{Raw: []byte(`{"id":0,"type":"tokens-changed"}`)})
	p.answer(protocol.HostCertificateList, protocol.CertificateList{})
	if v := p.View(); v.Screen != settings.ScreenOverview || v.Alert.Code != fault.TokenRemoved {
		t.Errorf("%s, %s", v.Screen, v.Alert.Code)
	}
	pad := blockedPIN
	pad.Pad = true
	p = withPUK(t, pad, protocol.PUKReady, true)
	p.on(settings.Unblock{Token: "t"}, typedPUK("93817264", "1357", "1357"))
	if posts := p.posted(); len(posts) != 1 || posts[0].PUK != nil || posts[0].New != nil {
		t.Errorf("%v", p.did)
	}
}

// The hint about the new PIN is told while it is typed, and what was typed for it is cleared.
func TestStrengthIsToldWhileTyping(t *testing.T) {
	p := withPUK(t, blockedPIN, protocol.PUKReady, true)
	typed := []byte("1990")
	p.on(settings.Unblock{Token: "t"}, pinentry.Typed{New: typed})
	if v := p.View(); v.Unblock.Strength != pinentry.StrengthGuessable || v.Status != v.Unblock.Strength.Text(v.Language) || typed[0] != 0 {
		t.Errorf("%q, %q, %q", v.Unblock.Strength, v.Status, typed)
	}
	p.on(loop.Back{}, settings.Unblock{Token: "t"})
	if v := p.View(); v.Unblock.Strength != pinentry.StrengthNone {
		t.Errorf("%q", v.Unblock.Strength)
	}
}
