//go:build linux

package main_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
)

// CKR and CKF values (PKCS #11 v2.40).
const (
	ckrPINIncorrect = 0xa0
	ckrPINLenRange  = 0xa2
	ckrPINLocked    = 0xa4
	ckrDeviceRemove = 0x32
	ckrGeneral      = 0x05
	ckrPINNotSet    = 0x102
	ckrAlreadyIn    = 0x100
	ckfPINInit      = 0x8
	ckfCountLow     = 0x10000
	ckfFinalTry     = 0x20000
	ckfLocked       = 0x40000
)

func TestSignRefusesWrongPINs(t *testing.T) {
	t.Parallel()
	m, faulty := withFault(t, testcard.Fault{Function: "C_Login", Do: testcard.Pass})
	m.insert(t, "Kart").key(t, testcard.P256, 1)
	w, list, shown := m.ready(t, []byte("Onay"))
	good := list.Certificates[0]
	limits := list.Tokens[0].PIN
	if limits.Min != 4 || limits.Max != 255 {
		t.Fatalf("SoftHSM2 says %+v", limits)
	}
	for _, tt := range []struct {
		name, pin string
		code      fault.Code
		logins    int
	}{
		{"empty", "", fault.PINEmpty, 0},
		{"too short", "123", fault.PINLength, 0},
		{"letters that no card knows", "şğİ248163", fault.PINCharacters, 0},
		{"a space that came with a copy", pin + " ", fault.PINCharacters, 0},
		{"one byte too long", strings.Repeat("9", protocol.MaxPIN+1), fault.PINLength, 0},
		{"very long", strings.Repeat("9", 100_000), fault.PINLength, 0},
		{"as long as may be, wrong", strings.Repeat("9", protocol.MaxPIN), fault.PINIncorrect, 1},
		{"wrong", "999999", fault.PINIncorrect, 1},
		{"wrong again", "999999", fault.PINIncorrect, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			failure := w.refused(w.ask(protocol.HostSign, signRequest(good, tt.pin, shown)), tt.code)
			if failure.PIN == nil || failure.PIN.State == "" {
				t.Error("the refusal does not tell the PIN's state")
			}
			if n := faulty.Calls(); n != tt.logins {
				t.Errorf("the card saw %d logins, want %d", n, tt.logins)
			}
		})
	}
	// After all that, the right one signs in the same session.
	w.answer(w.ask(protocol.HostSign, signRequest(good, pin, shown)), protocol.HostSigned, nil)
}

// What a token says of its PIN before and after a try.
func TestSignReportsPINState(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		fault  testcard.Fault
		listed string
		code   fault.Code
		logins int
	}{
		{"wrong, tries left", testcard.Fault{Do: testcard.Return, Value: ckrPINIncorrect, TokenFlags: ckfCountLow}, protocol.PINLow, fault.PINIncorrect, 1},
		{"wrong, one try left", testcard.Fault{Do: testcard.Return, Value: ckrPINIncorrect, TokenFlags: ckfCountLow | ckfFinalTry}, protocol.PINFinal, fault.PINLastTry, 1},
		{"locked, by its flags", testcard.Fault{Do: testcard.Pass, TokenFlags: ckfLocked | ckfFinalTry}, protocol.PINLocked, fault.PINLocked, 0},
		{"locked, by its answer", testcard.Fault{Do: testcard.Return, Value: ckrPINLocked}, protocol.PINReady, fault.PINLocked, 1},
		{"no PIN yet, by its flags", testcard.Fault{Do: testcard.Pass, ClearFlags: ckfPINInit}, protocol.PINUnset, fault.PINNotSet, 0},
		{"no PIN yet, by its answer", testcard.Fault{Do: testcard.Return, Value: ckrPINNotSet}, protocol.PINReady, fault.PINNotSet, 1},
		{"length, by its answer", testcard.Fault{Do: testcard.Return, Value: ckrPINLenRange}, protocol.PINReady, fault.PINIncorrect, 1},
		{"taken out", testcard.Fault{Do: testcard.Return, Value: ckrDeviceRemove}, protocol.PINReady, fault.TokenRemoved, 1},
		{"general error", testcard.Fault{Do: testcard.Return, Value: ckrGeneral}, protocol.PINReady, fault.TokenError, 1},
		{"already logged in", testcard.Fault{Do: testcard.Return, Value: ckrAlreadyIn}, protocol.PINReady, fault.TokenError, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.fault.Function = "C_Login"
			m, faulty := withFault(t, tt.fault)
			m.insert(t, "Kart").key(t, testcard.P256, 1)
			w, list, shown := m.ready(t, []byte("Onay"))
			if got := list.Tokens[0].PIN.State; got != tt.listed {
				t.Errorf("listed as %s, want %s", got, tt.listed)
			}
			failure := w.refused(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), tt.code)
			if failure.PIN == nil || failure.PIN.State != tt.listed {
				t.Errorf("PIN state %+v after the refusal", failure.PIN)
			}
			if n := faulty.Calls(); n != tt.logins {
				t.Errorf("%d logins, want %d", n, tt.logins)
			}
		})
	}
}

func TestRequestsOutOfOrder(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	m.insert(t, "Kart").key(t, testcard.P256, 1)
	chunk := func(document int, offset int64, data string) protocol.HostChunkBody {
		return protocol.HostChunkBody{Document: document, Offset: offset, Data: []byte(data)}
	}
	sign := protocol.HostSignBody{Certificate: "00", PIN: []byte(pin), SignatureOptions: protocol.SignatureOptions{Format: protocol.FormatCAdES, Profile: protocol.ProfileP1}, Shown: [][]byte{make([]byte, 32)}}

	t.Run("before hello", func(t *testing.T) {
		w := m.open(t)
		w.refused(w.ask(protocol.HostCertificates, nil), fault.Sequence)
		w.refused(w.ask(protocol.HostDocument, textDocument(0, 1)), fault.Sequence)
		w.refused(w.ask(protocol.HostChunk, chunk(0, 0, "x")), fault.Sequence)
		w.refused(w.ask(protocol.HostSign, sign), fault.Sequence)
		w.answer(w.ask(protocol.HostPing, nil), protocol.HostReady, nil)
		w.hello()
		w.refused(w.ask(protocol.HostHello, protocol.Hello{Protocol: protocol.Version}), fault.Sequence)
	})
	t.Run("documents", func(t *testing.T) {
		w := m.open(t)
		w.hello()
		w.refused(w.ask(protocol.HostChunk, chunk(0, 0, "x")), fault.Sequence)
		w.refused(w.ask(protocol.HostDocument, textDocument(1, 4)), fault.Sequence)
		w.refused(w.ask(protocol.HostDocument, textDocument(-1, 4)), fault.Sequence)
		w.answer(w.ask(protocol.HostDocument, textDocument(0, 4)), protocol.HostReady, nil)
		w.refused(w.ask(protocol.HostDocument, textDocument(1, 4)), fault.Sequence)
		w.refused(w.ask(protocol.HostSign, sign), fault.Sequence)
		w.refused(w.ask(protocol.HostChunk, chunk(0, 1, "o")), fault.Sequence)
		w.refused(w.ask(protocol.HostChunk, chunk(0, -1, "o")), fault.Sequence)
		w.refused(w.ask(protocol.HostChunk, chunk(1, 0, "o")), fault.Sequence)
		w.refused(w.ask(protocol.HostChunk, chunk(0, 0, "")), fault.MessageInvalid)
		w.refused(w.ask(protocol.HostChunk, chunk(0, 0, "Onaym")), fault.MessageInvalid)
		w.answer(w.ask(protocol.HostChunk, chunk(0, 0, "On")), protocol.HostReady, nil)
		w.refused(w.ask(protocol.HostChunk, chunk(0, 0, "On")), fault.Sequence)
		list := w.list() // a card may come while a document does
		w.answer(w.ask(protocol.HostChunk, chunk(0, 2, "ay")), protocol.HostReady, nil)
		w.refused(w.ask(protocol.HostChunk, chunk(0, 4, "x")), fault.Sequence)
		// All those refusals have left the document as it is.
		w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, [][]byte{sha256Of("Onay")})), protocol.HostSigned, nil)
	})
	t.Run("sign", func(t *testing.T) {
		w := m.open(t)
		w.hello()
		shown := w.deliver([]byte("Onay"))
		sign.Shown = shown
		w.refused(w.ask(protocol.HostSign, sign), fault.Sequence) // nothing was listed
		list := w.list()
		request := signRequest(list.Certificates[0], pin, shown)
		request.Format = "xmldsig"
		w.refused(w.ask(protocol.HostSign, request), fault.Unsupported)
		request.Format, request.Profile = protocol.FormatCAdES, "P5"
		w.refused(w.ask(protocol.HostSign, request), fault.Unsupported)
		w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), protocol.HostSigned, nil)
		w.refused(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), fault.Sequence)
		w.refused(w.ask(protocol.HostDocument, textDocument(0, 1)), fault.Sequence)
		w.refused(w.ask(protocol.HostCertificates, nil), fault.Sequence)
		w.answer(w.ask(protocol.HostPing, nil), protocol.HostReady, nil)
	})
}

func TestHelloComparesVersions(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	for version, code := range map[int]fault.Code{
		0: fault.ExtensionOutdated, -1: fault.ExtensionOutdated, protocol.Version + 1: fault.HostOutdated,
	} {
		w := m.open(t)
		if f := w.refused(w.ask(protocol.HostHello, protocol.Hello{Protocol: version}), code); f.Version == "" {
			t.Errorf("%s does not tell which version is there", code)
		}
		w.refused(w.ask(protocol.HostCertificates, nil), fault.Sequence)
	}
	w := m.open(t)
	var welcome protocol.Welcome
	w.answer(w.ask(protocol.HostHello, protocol.Hello{Protocol: protocol.Version}), protocol.HostWelcome, &welcome)
	if welcome.Protocol != protocol.Version || welcome.Version == "" || !strings.Contains(welcome.Platform, "/") {
		t.Fatalf("welcome %+v", welcome)
	}
}

// Types and bodies that make no sense are answered, and the session goes on.
func TestUnknownRequestsAreRefused(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	w := m.open(t)
	w.hello()
	for _, kind := range []protocol.HostType{"", "welcome", "SIGN", "sign ", "later", protocol.HostType(strings.Repeat("x", 100_000))} {
		w.refused(w.ask(kind, map[string]any{"x": 1}), fault.Unsupported)
	}
	for _, kind := range []protocol.HostType{protocol.HostHello, protocol.HostDocument, protocol.HostChunk, protocol.HostSign, protocol.HostCancel} {
		for _, body := range []any{nil, 1, "x", []int{1}, map[string]any{"document": "0", "protocol": "1", "pin": 1, "request": -1}} {
			w.refused(w.ask(kind, body), fault.MessageInvalid)
		}
	}
	w.refused(w.ask(protocol.HostChunk, map[string]any{"data": "no base64!"}), fault.MessageInvalid)
	w.answer(w.ask(protocol.HostCancel, protocol.HostCancelBody{Request: 12345}), protocol.HostReady, nil)
	w.list()
}

// What cannot be understood as a message is answered once, and then the program ends.
func TestMalformedStreamEndsTheSession(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	frame := func(body string) []byte {
		return append(binary.NativeEndian.AppendUint32(nil, uint32(len(body))), body...)
	}
	length := func(n uint32) []byte { return binary.NativeEndian.AppendUint32(nil, n) }
	for _, tt := range []struct {
		name string
		raw  []byte
		end  bool // the browser closes after it
		code fault.Code
	}{
		{"length 0", length(0), false, fault.MessageInvalid},
		{"length 4 GiB", length(1<<32 - 1), false, fault.MessageTooLarge},
		{"one byte too long", length(protocol.MaxHostMessage + 1), false, fault.MessageTooLarge},
		{"cut in the length", []byte{2, 0}, true, fault.MessageInvalid},
		{"cut in the body", append(length(100), `{"id":1`...), true, fault.MessageInvalid},
		{"not UTF-8", frame("{\"id\":1,\"type\":\"\xff\xfe\"}"), false, fault.MessageInvalid},
		{"deep nesting", frame(`{"id":1,"type":"hello","body":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`), false, fault.MessageInvalid},
		{"deep and open", frame(strings.Repeat(`{"body":`, 100_000)), false, fault.MessageInvalid},
		{"not JSON", frame("hello"), false, fault.MessageInvalid},
		{"not an object", frame("[]"), false, fault.MessageInvalid},
		{"no number", frame(`{"type":"ping"}`), false, fault.MessageInvalid},
		{"number too large", frame(`{"id":4294967296,"type":"ping"}`), false, fault.MessageInvalid},
		{"number of the wrong type", frame(`{"id":"1","type":"ping"}`), false, fault.MessageInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := m.open(t)
			w.raw(tt.raw)
			if tt.end {
				w.stdin.Close()
			}
			w.refused(0, tt.code)
			if _, err := w.in.Read(); err == nil {
				t.Error("the program went on")
			}
			if status := w.close(); status != 1 {
				t.Errorf("exit status %d, want 1", status)
			}
		})
	}
	t.Run("number used twice", func(t *testing.T) {
		w := m.open(t)
		w.hello()
		w.raw(frame(`{"id":1,"type":"ping"}`))
		w.refused(0, fault.MessageInvalid)
	})
}

func TestOnlyOurExtensionIsServed(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	const manifest = "/home/x/.mozilla/native-messaging-hosts/tr.eonay.host.json"
	other := "chrome-extension://" + strings.Repeat("a", 32) + "/"
	for _, tt := range []struct {
		args []string
		ok   bool
	}{
		{[]string{origin}, true},
		{[]string{origin, "--parent-window=0"}, true},
		{[]string{"serve", origin}, true},
		{[]string{manifest, protocol.FirefoxExtensionID}, true},
		{[]string{"serve", manifest, protocol.FirefoxExtensionID}, true},
		{[]string{"serve"}, false},
		{[]string{other}, false},
		{[]string{"serve", other}, false},
		{[]string{strings.TrimSuffix(origin, "/")}, false},
		{[]string{origin + "x"}, false},
		{[]string{strings.ToUpper(origin)[:6] + origin[6:]}, false},
		{[]string{other, origin}, false},
		{[]string{manifest, "other@example.com"}, false},
		{[]string{manifest, protocol.FirefoxExtensionID + "x"}, false},
		{[]string{"serve", protocol.FirefoxExtensionID}, false},
	} {
		t.Run(fmt.Sprint(tt.args), func(t *testing.T) {
			if !tt.ok && !strings.HasPrefix(tt.args[0], "chrome-extension://") && tt.args[0] != "serve" && tt.args[0] != manifest {
				// Not how a browser calls: a person gets words and a hint.
				if _, stderr, status := m.command(t, tt.args...); status != 2 || !strings.Contains(stderr, "hata:") {
					t.Fatalf("status %d, %q", status, stderr)
				}
				return
			}
			w := m.run(t, tt.args...)
			if tt.ok {
				w.hello()
				return
			}
			w.refused(0, fault.HostRefused)
			if status := w.close(); status != 3 {
				t.Fatalf("exit status %d, want 3", status)
			}
		})
	}
}
