package newpin_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/act/newpin"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/preferences"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// resetting is the window for a new PIN with its surroundings.
type resetting struct {
	windowtest.Surroundings
	*newpin.Act
}

var (
	locked = protocol.PINState{Min: 6, Max: 8, State: protocol.PINLocked, Alphabet: protocol.PINDigits}
	usable = protocol.PINState{Min: 6, Max: 8, State: protocol.PINReady, Alphabet: protocol.PINDigits}
	sealed = []byte("sealed")
	device = bytes.Repeat([]byte{7}, 64) // a signature by the device key
)

func claim() protocol.PINClaim { return protocol.PINClaim{Claim: []byte("{}"), Signature: device} }

func report(outcome fault.Code) protocol.PINReport {
	return protocol.PINReport{Outcome: outcome, Report: []byte("{}"), Signature: device}
}

// resetList is a card that can be unblocked.
func resetList(pin protocol.PINState, certificates ...protocol.Certificate) protocol.CertificateList {
	l := windowtest.List(pin, certificates...)
	l.Tokens[0].PUK, l.Tokens[0].Unblocks = protocol.PUKReady, true
	return l
}

func openReset(t *testing.T) *resetting {
	t.Helper()
	r, effects := newpin.New(windowtest.Calendar)
	return &resetting{windowtest.New(t, r.Handle, effects, nil), r}
}

// resetUntil drives a fresh window to a step, or to a phase of the work, along the usual way.
func resetUntil(t *testing.T, until string, pin protocol.PINState) *resetting {
	t.Helper()
	return resetWith(t, until, resetList(pin, windowtest.Certificate(windowtest.IDA, "")), submission(pin))
}

func submission(pin protocol.PINState) pinentry.SubmitNew {
	if pin.Pad {
		return pinentry.SubmitNew{}
	}
	e := pinentry.SubmitNew{New: []byte("739164"), Again: []byte("739164")}
	if pin.State == protocol.PINReady {
		e.Old = []byte("582047")
	}
	return e
}

func resetWith(t *testing.T, until string, l protocol.CertificateList, e pinentry.SubmitNew) *resetting {
	t.Helper()
	w := openReset(t)
	for _, s := range []struct {
		name string
		do   func()
	}{
		{"loading", func() {}},
		{"who", func() {
			w.Stored()
			w.Page(protocol.PagePIN, windowtest.PINRequest())
			w.Answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version, Version: "0.1.0"})
			w.Answer(protocol.HostCertificateList, l)
		}},
		{"code", func() { w.On(loop.Continue{}) }},
		{"certificate", func() { w.On(loop.Continue{}) }},
		{"pin", func() { w.On(loop.Continue{}) }},
		{"claim", func() { w.On(e) }},
		{"ask", func() { w.Answer(protocol.HostClaimed, claim()) }},
		{"set", func() { w.Page(protocol.PageRelease, protocol.PINRelease{Sealed: sealed}) }},
		{"done", func() { w.Answer(protocol.HostReleased, report(protocol.OutcomeDone)) }},
	} {
		s.do()
		if got := w.where(); got != s.name {
			t.Fatalf("at %q (problem %q, alert %q), want %q", got, w.View().Problem, w.View().Alert.Code, s.name)
		}
		if s.name == until {
			return w
		}
	}
	t.Fatalf("no way to %q", until)
	return nil
}

// where is the step, or the phase while working.
func (w *resetting) where() string {
	v := w.View()
	if v.Step == screen.StepWorking {
		return string(v.Phase)
	}
	return string(v.Step)
}

func (w *resetting) wantProblem(code fault.Code, told string) {
	w.Helper()
	v := w.View()
	if v.Step != screen.StepFailed || v.Problem != code || w.LastTold() != told {
		w.Fatalf("at %q with %q, told %q; want %q, told %q", w.where(), v.Problem, w.LastTold(), code, told)
	}
}

// pageTimer is how long the page is waited for now, in milliseconds; 0 is not at all.
func (w *resetting) pageTimer() int {
	wait := 0
	for _, e := range w.Effects {
		if a, ok := e.(loop.SetTimer); ok && a.Timer == loop.TimerPage {
			wait = a.Wait
		}
	}
	return wait
}

func TestCardGetsItsNewPIN(t *testing.T) {
	for name, pin := range map[string]protocol.PINState{"blocked": locked, "no PIN yet": {State: protocol.PINUnset}, "PIN works": usable} {
		t.Run(name, func(t *testing.T) {
			w := resetUntil(t, "done", pin)
			told := []string{"progress opened", "progress agreed", "progress signing", "claim", "reported done"}
			if !slices.Equal(w.Told(), told) {
				t.Errorf("the page was told %q, want %q", w.Told(), told)
			}
			if want := []string{"hello", "certificates", "claim", "release"}; !slices.Equal(w.Asked(), want) {
				t.Fatalf("the host was asked %q, want %q", w.Asked(), want)
			}
			asked := w.HostAsked()
			var c protocol.HostClaimBody
			want := protocol.HostClaimBody{Certificate: windowtest.IDA, Origin: "https://online.example.tr", Purpose: "Kilit çözme", Code: windowtest.VerificationCode, Act: "aB-_9", Told: pin.State}
			if err := json.Unmarshal(asked[2].Envelope.Body, &c); err != nil || string(windowtest.Marshal(c)) != string(windowtest.Marshal(want)) {
				t.Errorf("claim %+v, %v", c, err)
			}
			if got := string(asked[2].PIN); got != map[bool]string{true: "582047"}[pin.State == protocol.PINReady] || asked[2].New != nil {
				t.Errorf("the claim has the PIN %q and the new one %q", got, asked[2].New)
			}
			var r protocol.HostReleaseBody
			if err := json.Unmarshal(asked[3].Envelope.Body, &r); err != nil || !bytes.Equal(r.Sealed, sealed) || r.New != nil {
				t.Errorf("release %+v, %v", r, err)
			}
			if string(asked[3].New) != "739164" || asked[3].PIN != nil {
				t.Errorf("the release has the new PIN %q and the PIN %q", asked[3].New, asked[3].PIN)
			}
			if v := w.View(); !v.Told || !w.Has(loop.DropHost{}) || !w.Has(loop.SetTimer{Timer: loop.TimerClose, Wait: 8000}) {
				t.Errorf("told %v; or the host is not dropped, or the window does not close", v.Told)
			}
		})
	}
}

// What the page asks of the TPM is the host's to do.
func TestAttestRequestReachesTheHost(t *testing.T) {
	w := openReset(t)
	w.Stored()
	request := windowtest.PINRequest()
	request.Attest = true
	w.Page(protocol.PagePIN, request)
	w.Answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version, Version: "0.1.0"})
	w.Answer(protocol.HostCertificateList, resetList(locked, windowtest.Certificate(windowtest.IDA, "")))
	for range 3 {
		w.On(loop.Continue{})
	}
	w.On(submission(locked))
	asked := w.HostAsked()
	var c protocol.HostClaimBody
	if err := json.Unmarshal(asked[len(asked)-1].Envelope.Body, &c); err != nil || !c.Attest {
		t.Errorf("claim %+v, %v", c, err)
	}
}

func TestBackReturnsToTheQuestionBefore(t *testing.T) {
	w := resetUntil(t, "pin", locked)
	for _, step := range []string{"certificate", "code", "who", "who"} {
		w.On(loop.Back{})
		if w.where() != step {
			t.Fatalf("back at %q, want %q", w.where(), step)
		}
	}
	w = resetUntil(t, "ask", locked)
	w.On(loop.Back{}, loop.Continue{}, loop.Retry{}, loop.Choose{ID: windowtest.IDB})
	if w.where() != "ask" {
		t.Errorf("a stray press led to %q", w.where())
	}
}

// Every screen has a heading and a number where it asks something, and no sentence is missing in either language.
func TestEachScreenHasItsSentences(t *testing.T) {
	numbers := map[string]int{"who": 1, "code": 2, "certificate": 3, "pin": 4}
	for _, language := range []string{"tr", "en"} {
		for _, pin := range []protocol.PINState{locked, usable, {State: protocol.PINReady, Pad: true}} {
			for _, at := range []string{"loading", "who", "code", "certificate", "pin", "claim", "ask", "set", "done"} {
				w := resetUntil(t, at, pin)
				w.On(loop.PreferencesRead{Preferences: preferences.Preferences{Language: language}})
				for range 2 {
					v := w.View()
					for _, text := range []string{v.Title, v.Text, v.Status, v.Hint} {
						if strings.Contains(text, "pin.") || strings.Contains(text, "window.") {
							t.Errorf("%s: %q", at, text)
						}
					}
					if v.Title == "" || v.Number != numbers[at] || v.Total != 4 {
						t.Errorf("%s: %q, step %d of %d", at, v.Title, v.Number, v.Total)
					}
					w.On(loop.Elapsed{Timer: loop.TimerSlow})
				}
			}
		}
	}
}

func TestOnlyCardsThatCanBeUnblockedAreChosen(t *testing.T) {
	with := func(change func(*protocol.Token)) protocol.CertificateList {
		l := resetList(locked, windowtest.Certificate(windowtest.IDA, ""))
		change(&l.Tokens[0])
		return l
	}
	for _, tt := range []struct {
		name string
		list protocol.CertificateList
		want fault.Code
	}{
		{"blocked", resetList(locked, windowtest.Certificate(windowtest.IDA, "")), ""},
		{"no PIN yet", resetList(protocol.PINState{State: protocol.PINUnset}, windowtest.Certificate(windowtest.IDA, "")), ""},
		{"PIN works", resetList(usable, windowtest.Certificate(windowtest.IDA, "")), ""},
		{"blocked, as the host says", resetList(locked, windowtest.Certificate(windowtest.IDA, fault.PINLocked)), ""},
		{"not yet valid", resetList(locked, windowtest.Certificate(windowtest.IDA, fault.CertificateNotYetValid)), fault.CertificateNotYetValid},
		{"expired", resetList(locked, windowtest.Certificate(windowtest.IDA, fault.CertificateExpired)), fault.CertificateExpired},
		{"not qualified", resetList(locked, windowtest.Certificate(windowtest.IDA, fault.CertificateNotQualified)), fault.CertificateNotQualified},
		{"not for signing", resetList(locked, windowtest.Certificate(windowtest.IDA, fault.CertificateKeyUsage)), fault.CertificateKeyUsage},
		{"malformed", resetList(locked, windowtest.Certificate(windowtest.IDA, fault.CertificateMalformed)), fault.CertificateMalformed},
		{"PUK blocked", with(func(t *protocol.Token) { t.PUK = protocol.PUKLocked }), fault.PUKLocked},
		{"no way to unblock", with(func(t *protocol.Token) { t.Unblocks = false }), fault.UnblockUnsupported},
	} {
		w := resetWith(t, "certificate", tt.list, pinentry.SubmitNew{})
		c := w.View().Choices[0]
		if c.Problem != tt.want || (c.Note == "") != (tt.want != "") || strings.Contains(c.Note, "pin.") {
			t.Errorf("%s: problem %q, note %q", tt.name, c.Problem, c.Note)
		}
		w.On(loop.Choose{ID: windowtest.IDA}, loop.Continue{})
		if went := w.where() == "pin"; went != (tt.want == "") {
			t.Errorf("%s: chosen %v", tt.name, went)
		}
	}
}

// The card comes, and goes again at the question for the PIN; the window follows by itself.
func TestCardComesAndGoes(t *testing.T) {
	w := resetWith(t, "code", windowtest.Findings(fault.NoToken), pinentry.SubmitNew{})
	w.On(loop.Continue{})
	if v := w.View(); v.Step != screen.StepWaiting || v.Number != 3 || v.Status != v.Title {
		t.Fatalf("at %q, number %d, status %q", v.Step, v.Number, v.Status)
	}
	w.Host(0, protocol.HostTokensChanged, nil)
	w.Answer(protocol.HostCertificateList, resetList(locked, windowtest.Certificate(windowtest.IDA, "")))
	w.On(loop.Continue{})
	if w.where() != "pin" {
		t.Fatalf("at %q", w.where())
	}
	w.Host(0, protocol.HostTokensChanged, nil)
	w.Answer(protocol.HostCertificateList, windowtest.Findings(fault.NoToken))
	if v := w.View(); v.Step != screen.StepWaiting || v.Alert.Code != fault.TokenRemoved {
		t.Errorf("card gone: at %q, alert %q", v.Step, v.Alert.Code)
	}
}

func TestBadRequests(t *testing.T) {
	for name, change := range map[string]func(*protocol.PINRequest){
		"no purpose":   func(r *protocol.PINRequest) { r.Purpose = "" },
		"long purpose": func(r *protocol.PINRequest) { r.Purpose = strings.Repeat("ş", 151) },
		"no code":      func(r *protocol.PINRequest) { r.Code = "" },
		"short code":   func(r *protocol.PINRequest) { r.Code = windowtest.VerificationCode[1:] },
		"code letters": func(r *protocol.PINRequest) { r.Code = windowtest.VerificationCode[1:] + "x" },
		"no act":       func(r *protocol.PINRequest) { r.Act = "" },
		"long act":     func(r *protocol.PINRequest) { r.Act = strings.Repeat("a", 65) },
		"act's path":   func(r *protocol.PINRequest) { r.Act = "a/b" },
		"act's edges":  func(r *protocol.PINRequest) { r.Act = "a@b" },
		"act's braces": func(r *protocol.PINRequest) { r.Act = "a[b" },
		"act's letter": func(r *protocol.PINRequest) { r.Act = "ş" },
	} {
		t.Run(name, func(t *testing.T) {
			w := openReset(t)
			w.Stored()
			r := windowtest.PINRequest()
			change(&r)
			w.Page(protocol.PagePIN, r)
			w.wantProblem(fault.RequestInvalid, "failed request_invalid")
		})
	}
	w := openReset(t)
	w.Stored()
	w.Page(protocol.PageSign, windowtest.SignRequest())
	w.wantProblem(fault.RequestInvalid, "failed request_invalid")
}

// The page is waited for until it has asked, and while its site is asked: not while the person reads.
func TestSilentPage(t *testing.T) {
	waits := map[string]int{"who": 0, "pin": 0, "claim": 0, "ask": 120_000, "set": 0, "done": 0}
	for at, want := range waits {
		if got := resetUntil(t, at, locked).pageTimer(); got != want {
			t.Errorf("%s: waits %d ms, want %d", at, got, want)
		}
	}
	w := openReset(t)
	w.Stored()
	if w.pageTimer() != 30_000 {
		t.Errorf("waits %d ms for the request", w.pageTimer())
	}
	w.On(loop.Elapsed{Timer: loop.TimerPage})
	if w.View().Problem != fault.PageGone {
		t.Errorf("a silent page: %q", w.View().Problem)
	}
}

// An answer of the site counts while it is asked, and never otherwise.
func TestReleaseOutOfTurnEndsTheRequest(t *testing.T) {
	for _, at := range []string{"who", "code", "certificate", "pin", "claim"} {
		for _, m := range []protocol.PageType{protocol.PageRelease, protocol.PageRefusal, protocol.PagePIN, protocol.PageChunk} {
			w := resetUntil(t, at, locked)
			w.Page(m, protocol.PINRelease{Sealed: sealed})
			if w.View().Problem != fault.RequestInvalid || slices.Contains(w.Asked(), "release") {
				t.Errorf("%s at %s: problem %q, asked %q", m, at, w.View().Problem, w.Asked())
			}
		}
	}
}

func TestRefusalOfTheSiteEndsTheAct(t *testing.T) {
	for _, tt := range []struct{ code, want fault.Code }{
		{"card_unknown", "card_unknown"},
		{fault.CertificateOfAnother, fault.CertificateOfAnother},
		{"code_used", "code_used"},
		{"puk_withheld", "puk_withheld"},
		{"", fault.Unavailable},
		{protocol.OutcomeDone, fault.Unavailable},
		{"<b>click here</b>", fault.Unavailable},
	} {
		w := resetUntil(t, "ask", locked)
		w.Page(protocol.PageRefusal, protocol.PINRefusal{Code: tt.code})
		w.wantProblem(tt.want, "failed "+string(tt.want))
		v := w.View()
		if v.Retriable || v.Hint == "" || v.Text == "" || strings.Contains(v.Text, "click") || slices.Contains(w.Asked(), "release") {
			t.Errorf("%q: retriable %v, %q, %q", tt.code, v.Retriable, v.Text, v.Hint)
		}
		w.On(loop.Retry{})
		if w.where() != "failed" {
			t.Errorf("%q: tried again", tt.code)
		}
	}
}

// What the host says of a release reaches the page as it is, good or bad.
func TestReportReachesThePage(t *testing.T) {
	for outcome, hint := range map[fault.Code]string{
		fault.PUKIncorrect: "pin.failed.used", fault.PUKLastTry: "pin.failed.used", fault.PUKLocked: "pin.failed.used",
		fault.PINRefused: "pin.failed.spent", fault.ReleaseInvalid: "pin.failed.spent", fault.CardChanged: "pin.failed.spent",
		fault.TokenRemoved: "pin.failed.unsure", fault.ModuleTimeout: "pin.failed.unsure", fault.Cancelled: "pin.failed.unsure",
	} {
		w := resetUntil(t, "set", locked)
		w.Answer(protocol.HostReleased, report(outcome))
		w.wantProblem(outcome, "reported "+string(outcome))
		v := w.View()
		if unsure := hint == "pin.failed.unsure"; unsure != (v.Title == v.T("pin.failed.title_unsure")) || unsure && strings.Contains(v.Text, "değişmedi") {
			t.Errorf("%s: %q, %q", outcome, v.Title, v.Text)
		}
		if v.Retriable || v.Hint != v.T(hint) || strings.Contains(v.Text, ".error.") || strings.Contains(v.Text, "imza") {
			t.Errorf("%s: retriable %v, %q, %q", outcome, v.Retriable, v.Text, v.Hint)
		}
		w.On(loop.Close{})
		if w.LastTold() != "reported "+string(outcome) || !w.Has(loop.CloseWindow{}) {
			t.Errorf("%s: told %q at the end", outcome, w.LastTold())
		}
	}
}
