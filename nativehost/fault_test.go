//go:build linux

package main_test

import (
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
)

// A library that crashes or hangs, in each function that a worker calls and in each thing that it calls it for. The
// person is told which of the two it was, the same session goes on with the same library, and no program gives a PIN
// a second time.

// A place is a call into the library: of function, after passing other calls of it in the same act.
type place struct {
	function string
	passing  int
	logins   int  // that have reached the library by then
	done     bool // the act itself is over: the failure need not be reported
}

// An act is what the person does, with the PIN that the card has and another.
type act struct {
	begin   func(w *window, list protocol.CertificateList, shown [][]byte, pin, other string) uint32
	want    fault.Code // where the library does what it should; empty where that is done
	renews  bool       // the PIN is the other one when it is done
	options []testcard.Option
	places  []place
}

func testSelf(w *window, list protocol.CertificateList, _ [][]byte, pin, _ string) uint32 {
	return w.selfTest(list.Certificates[0].ID, pin)
}

func signAll(w *window, list protocol.CertificateList, shown [][]byte, pin, _ string) uint32 {
	return w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown))
}

var acts = map[string]act{
	"sign, before the login": {
		begin: signAll,
		places: []place{
			{function: "C_GetMechanismList"}, {function: "C_GetTokenInfo"}, {function: "C_GetSlotInfo"}, {function: "C_OpenSession"}, {function: "C_GetSessionInfo"},
			{function: "C_FindObjectsInit"}, {function: "C_FindObjects"}, {function: "C_FindObjectsFinal"}, {function: "C_GetAttributeValue"},
		},
	},
	"sign, from the login on": {
		begin: signAll,
		places: []place{
			{function: "C_Login", logins: 1},
			{function: "C_FindObjectsInit", passing: 1, logins: 1}, {function: "C_FindObjects", passing: 2, logins: 1},
			{function: "C_FindObjectsFinal", passing: 1, logins: 1}, {function: "C_GetAttributeValue", passing: 4, logins: 1},
			{function: "C_SignInit", logins: 1}, {function: "C_Sign", logins: 1},
		},
	},
	"sign with a key that wants its PIN again": {
		begin: func(w *window, list protocol.CertificateList, _ [][]byte, pin, _ string) uint32 {
			return w.ask(protocol.HostSelfTest, protocol.HostSelfTestBody{Certificate: list.Certificates[0].ID, PIN: []byte(pin), KeyPIN: []byte(pin)})
		},
		options: []testcard.Option{testcard.AlwaysAuthenticate},
		places:  []place{{function: "C_Login", passing: 1, logins: 2}},
	},
	"self-test": {
		begin: testSelf,
		places: []place{
			{function: "C_OpenSession"}, {function: "C_Login", logins: 1}, {function: "C_Sign", logins: 1},
			{function: "C_Logout", logins: 1, done: true}, {function: "C_CloseSession", logins: 1, done: true},
		},
	},
	"self-test with a wrong PIN": {
		begin: func(w *window, list protocol.CertificateList, _ [][]byte, _, _ string) uint32 {
			return w.selfTest(list.Certificates[0].ID, "999999")
		},
		want: fault.PINIncorrect,
		places: []place{
			{function: "C_GetTokenInfo", passing: 2, logins: 1, done: true},
			{function: "C_Logout", logins: 1, done: true}, {function: "C_CloseSession", logins: 1, done: true},
		},
	},
	"change of the PIN": {
		begin: func(w *window, list protocol.CertificateList, _ [][]byte, pin, other string) uint32 {
			return w.changePIN(list.Tokens[0].ID, pin, other)
		},
		renews: true,
		places: []place{
			{function: "C_GetTokenInfo"}, {function: "C_OpenSession"}, {function: "C_Login", logins: 1}, {function: "C_SetPIN", logins: 1},
			{function: "C_Logout", logins: 1, done: true}, {function: "C_CloseSession", logins: 1, done: true},
		},
	},
	"use of a wrong PUK": {
		begin: func(w *window, list protocol.CertificateList, _ [][]byte, _, other string) uint32 {
			return w.unblock(list.Tokens[0].ID, wrongPUK, other)
		},
		want:   fault.PUKIncorrect,
		places: []place{{function: "C_GetTokenInfo", passing: 2, logins: 1, done: true}, {function: "C_Logout", logins: 1, done: true}},
	},
	"use of a PUK": {
		begin: func(w *window, list protocol.CertificateList, _ [][]byte, _, other string) uint32 {
			return w.unblock(list.Tokens[0].ID, soPIN, other)
		},
		renews: true,
		places: []place{
			{function: "C_Initialize"}, {function: "C_GetTokenInfo"}, {function: "C_OpenSession"}, {function: "C_Login", logins: 1}, {function: "C_InitPIN", logins: 1},
			{function: "C_Logout", logins: 1, done: true}, {function: "C_CloseSession", logins: 1, done: true}, {function: "C_Finalize", logins: 1, done: true},
		},
	},
}

// The two ways to fail, and what is told of each.
var failing = map[string]struct {
	do   testcard.Action
	code fault.Code
}{
	"crash": {testcard.Crash, fault.ModuleCrashed},
	"hang":  {testcard.Hang, fault.ModuleTimeout},
}

// withFaults is a machine with a card, whose library fails when it is armed and counts its logins, and a window to
// its host.
func withFaults(t *testing.T, do testcard.Action, options ...testcard.Option) (*window, *testcard.Faulty) {
	t.Helper()
	m, faulty := withFault(t, testcard.Fault{Function: "C_Login", Do: testcard.Pass})
	c := m.insert(t, "Kart")
	kind := testcard.P256
	if len(options) > 0 {
		kind = testcard.RSA2048 // SoftHSM2 asks again for these alone
	}
	public, err := c.token.NewKey(kind, "imza", []byte{1}, options...)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.token.Store(c.sub.Issue(t, public).Raw, []byte{1}, "imza"); err != nil {
		t.Fatal(err)
	}
	var w *window
	if do == testcard.Hang {
		w = m.openHurried(t, faulty.Path)
	} else {
		w = m.open(t)
	}
	w.hello()
	return w, faulty
}

func arm(t *testing.T, faulty *testcard.Faulty, function string, do testcard.Action, passing int) {
	t.Helper()
	if err := faulty.Arm(function, do, passing); err != nil {
		t.Fatal(err)
	}
}

func disarm(t *testing.T, faulty *testcard.Faulty) {
	t.Helper()
	if err := faulty.Disarm(); err != nil {
		t.Fatal(err)
	}
}

func hasCertificate(l protocol.CertificateList) bool { return len(l.Certificates) == 1 }

func TestFaultInEachCall(t *testing.T) {
	t.Parallel()
	for what, act := range acts {
		for how, failure := range failing {
			t.Run(what+"/"+how, func(t *testing.T) {
				t.Parallel()
				w, faulty := withFaults(t, failure.do, act.options...)
				list := w.await("the card", hasCertificate)
				shown := w.deliver([]byte("Onay"))
				pin, other := pin, freshPIN
				for _, p := range act.places {
					t.Logf("%s, call %d", p.function, p.passing+1)
					want := failure.code
					if p.done {
						want = act.want
					}
					arm(t, faulty, p.function, failure.do, p.passing)
					w.ends(act.begin(w, list, shown, pin, other), want)
					disarm(t, faulty)
					if n := faulty.Calls(); n != p.logins {
						t.Errorf("%d logins, want %d", n, p.logins)
					}
					if p.done && act.renews {
						pin, other = other, pin
					}
					w.works(list.Certificates[0].ID, pin)
					faulty.Calls()
				}
				w.ends(act.begin(w, list, shown, pin, other), act.want)
			})
		}
	}
}

// works makes a self-test, again where it was late: the machine may be so slow that a hurried host has no patience
// with it.
func (w *window) works(certificate, pin string) {
	w.t.Helper()
	body := protocol.HostSelfTestBody{Certificate: certificate, PIN: []byte(pin)}
	for end := time.Now().Add(patience); ; {
		switch code := w.reason(w.ask(protocol.HostSelfTest, body)); {
		case code == "":
			return
		case code == fault.KeyPINRequired && body.KeyPIN == nil:
			body.KeyPIN = []byte(pin)
		case code != fault.ModuleTimeout || time.Now().After(end):
			w.t.Fatalf("the self-test is refused with %s", code)
		}
	}
}

// ends waits for the end of a request: with the code, or well where that is empty.
func (w *window) ends(id uint32, code fault.Code) {
	w.t.Helper()
	if code != "" {
		w.refused(id, code)
		return
	}
	if e := w.next(); e.ID != id || e.Type == protocol.HostError {
		w.t.Fatalf("answer %d %s %s, want that %d is done", e.ID, e.Type, e.Body, id)
	}
}

func TestFaultInEachCallOfAList(t *testing.T) {
	t.Parallel()
	functions := []string{
		"C_Initialize", "C_GetSlotList", "C_GetTokenInfo", "C_GetSlotInfo", "C_OpenSession",
		"C_FindObjectsInit", "C_FindObjects", "C_GetAttributeValue", "C_FindObjectsFinal", "C_CloseSession",
	}
	for how, failure := range failing {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			w, faulty := withFaults(t, failure.do)
			for _, function := range functions {
				t.Log(function)
				arm(t, faulty, function, failure.do, 0)
				if list := w.list(); len(list.Tokens) != 0 || !hasFinding(list, failure.code, "faulty.so") {
					t.Errorf("list %+v", list)
				}
				disarm(t, faulty)
				list := w.await("the card", hasCertificate)
				if n := faulty.Calls(); n != 0 {
					t.Errorf("%d logins, want none", n)
				}
				w.works(list.Certificates[0].ID, pin)
				faulty.Calls()
			}
		})
	}
}

// A library that fails when it is finalised does not delay the window's end.
func TestFaultInFinalize(t *testing.T) {
	t.Parallel()
	for how, failure := range failing {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			w, faulty := withFaults(t, failure.do)
			list := w.await("the card", hasCertificate)
			w.ends(w.selfTest(list.Certificates[0].ID, pin), "")
			died := watch(t, called(t, faulty))
			arm(t, faulty, "C_Finalize", failure.do, 0)
			if status := w.close(); status != 0 {
				t.Errorf("exit status %d", status)
			}
			died()
		})
	}
}
