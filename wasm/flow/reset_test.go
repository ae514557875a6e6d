package flow_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/flow"
)

// resetting is the window for a new PIN with its surroundings.
type resetting struct {
	surroundings
	*flow.Reset
}

var (
	locked = protocol.PINState{Min: 6, Max: 8, State: protocol.PINLocked, Alphabet: protocol.PINDigits}
	usable = protocol.PINState{Min: 6, Max: 8, State: protocol.PINReady, Alphabet: protocol.PINDigits}
	sealed = []byte("sealed")
	device = bytes.Repeat([]byte{7}, 64) // a signature by the device key
)

func claim() protocol.PINClaim { return protocol.PINClaim{Claim: []byte("{}"), Signature: device} }

func report(outcome protocol.Code) protocol.PINReport {
	return protocol.PINReport{Outcome: outcome, Report: []byte("{}"), Signature: device}
}

func pinRequest() protocol.PINRequest {
	return protocol.PINRequest{Purpose: "Kilit çözme", Code: code, Act: "aB-_9", Language: "tr"}
}

// resetList is a card that can be unblocked.
func resetList(pin protocol.PINState, certificates ...protocol.Certificate) protocol.CertificateList {
	l := list(pin, certificates...)
	l.Tokens[0].PUK, l.Tokens[0].Unblocks = protocol.PUKReady, true
	return l
}

func openReset(t *testing.T) *resetting {
	t.Helper()
	r, effects := flow.NewReset(calendar)
	return &resetting{surroundings{t, r.Handle, effects}, r}
}

// resetUntil drives a fresh window to a step, or to a phase of the work, along the usual way.
func resetUntil(t *testing.T, until string, pin protocol.PINState) *resetting {
	t.Helper()
	return resetWith(t, until, resetList(pin, certificate(idA, "")), submission(pin))
}

func submission(pin protocol.PINState) flow.SubmitChange {
	if pin.Pad {
		return flow.SubmitChange{}
	}
	e := flow.SubmitChange{New: []byte("739164"), Again: []byte("739164")}
	if pin.State == protocol.PINReady {
		e.Old = []byte("582047")
	}
	return e
}

func resetWith(t *testing.T, until string, l protocol.CertificateList, e flow.SubmitChange) *resetting {
	t.Helper()
	w := openReset(t)
	for _, s := range []struct {
		name string
		do   func()
	}{
		{"loading", func() {}},
		{"who", func() {
			w.stored()
			w.page(protocol.PagePIN, pinRequest())
			w.answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version, Version: "0.1.0"})
			w.answer(protocol.HostCertificateList, l)
		}},
		{"code", func() { w.on(flow.Continue{}) }},
		{"certificate", func() { w.on(flow.Continue{}) }},
		{"pin", func() { w.on(flow.Continue{}) }},
		{"claim", func() { w.on(e) }},
		{"ask", func() { w.answer(protocol.HostClaimed, claim()) }},
		{"set", func() { w.page(protocol.PageRelease, protocol.PINRelease{Sealed: sealed}) }},
		{"done", func() { w.answer(protocol.HostReleased, report(protocol.OutcomeDone)) }},
	} {
		s.do()
		if got := w.where(); got != s.name {
			t.Fatalf("at %q (problem %q, alert %q), want %q", got, w.View().Problem, w.View().Alert, s.name)
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
	if v.Step == flow.StepWorking {
		return string(v.Phase)
	}
	return string(v.Step)
}

func (w *resetting) wantProblem(code protocol.Code, told string) {
	w.Helper()
	v := w.View()
	if v.Step != flow.StepFailed || v.Problem != code || w.lastTold() != told {
		w.Fatalf("at %q with %q, told %q; want %q, told %q", w.where(), v.Problem, w.lastTold(), code, told)
	}
}

// asked are the types of what the host was asked.
func (w *resetting) asked() []string {
	var types []string
	for _, p := range w.hostAsked() {
		types = append(types, string(p.Envelope.Type))
	}
	return types
}

// pageTimer is how long the page is waited for now, in milliseconds; 0 is not at all.
func (w *resetting) pageTimer() int {
	wait := 0
	for _, e := range w.effects {
		if a, ok := e.(flow.After); ok && a.Timer == flow.TimerPage {
			wait = a.Wait
		}
	}
	return wait
}

func cleared(pin []byte) bool { return bytes.Equal(pin, make([]byte, len(pin))) }

func TestResetWholeWay(t *testing.T) {
	for name, pin := range map[string]protocol.PINState{"blocked": locked, "no PIN yet": {State: protocol.PINUnset}, "PIN works": usable} {
		t.Run(name, func(t *testing.T) {
			w := resetUntil(t, "done", pin)
			told := []string{"progress opened", "progress agreed", "progress signing", "claim", "reported done"}
			if !slices.Equal(w.told(), told) {
				t.Errorf("the page was told %q, want %q", w.told(), told)
			}
			if want := []string{"hello", "certificates", "claim", "release"}; !slices.Equal(w.asked(), want) {
				t.Fatalf("the host was asked %q, want %q", w.asked(), want)
			}
			asked := w.hostAsked()
			var c protocol.HostClaimBody
			want := protocol.HostClaimBody{Certificate: idA, Origin: "https://online.example.tr", Purpose: "Kilit çözme", Code: code, Act: "aB-_9"}
			if err := json.Unmarshal(asked[2].Envelope.Body, &c); err != nil || string(marshal(c)) != string(marshal(want)) {
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
			if v := w.View(); !v.Told || !w.has(flow.DropHost{}) || !w.has(flow.After{Timer: flow.TimerClose, Wait: 8000}) {
				t.Errorf("told %v; or the host is not dropped, or the window does not close", v.Told)
			}
		})
	}
}

func TestResetBack(t *testing.T) {
	w := resetUntil(t, "pin", locked)
	for _, step := range []string{"certificate", "code", "who", "who"} {
		w.on(flow.Back{})
		if w.where() != step {
			t.Fatalf("back at %q, want %q", w.where(), step)
		}
	}
	w = resetUntil(t, "ask", locked)
	w.on(flow.Back{}, flow.Continue{}, flow.Retry{}, flow.Choose{ID: idB})
	if w.where() != "ask" {
		t.Errorf("a stray press led to %q", w.where())
	}
}

// Every screen has a heading and a number where it asks something, and no sentence is missing in either language.
func TestResetViews(t *testing.T) {
	numbers := map[string]int{"who": 1, "code": 2, "certificate": 3, "pin": 4}
	for _, language := range []string{"tr", "en"} {
		for _, pin := range []protocol.PINState{locked, usable, {State: protocol.PINReady, Pad: true}} {
			for _, at := range []string{"loading", "who", "code", "certificate", "pin", "claim", "ask", "set", "done"} {
				w := resetUntil(t, at, pin)
				w.on(flow.SettingsRead{Settings: flow.Settings{Language: language}})
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
					w.on(flow.Elapsed{Timer: flow.TimerSlow})
				}
			}
		}
	}
}

func TestResetChoice(t *testing.T) {
	with := func(change func(*protocol.Token)) protocol.CertificateList {
		l := resetList(locked, certificate(idA, ""))
		change(&l.Tokens[0])
		return l
	}
	for _, tt := range []struct {
		name string
		list protocol.CertificateList
		want protocol.Code
	}{
		{"blocked", resetList(locked, certificate(idA, "")), ""},
		{"no PIN yet", resetList(protocol.PINState{State: protocol.PINUnset}, certificate(idA, "")), ""},
		{"PIN works", resetList(usable, certificate(idA, "")), ""},
		{"blocked, as the host says", resetList(locked, certificate(idA, protocol.CodePINLocked)), ""},
		{"not yet valid", resetList(locked, certificate(idA, protocol.CodeCertificateNotYetValid)), protocol.CodeCertificateNotYetValid},
		{"expired", resetList(locked, certificate(idA, protocol.CodeCertificateExpired)), protocol.CodeCertificateExpired},
		{"not qualified", resetList(locked, certificate(idA, protocol.CodeCertificateNotQualified)), protocol.CodeCertificateNotQualified},
		{"not for signing", resetList(locked, certificate(idA, protocol.CodeCertificateKeyUsage)), protocol.CodeCertificateKeyUsage},
		{"malformed", resetList(locked, certificate(idA, protocol.CodeCertificateMalformed)), protocol.CodeCertificateMalformed},
		{"PUK blocked", with(func(t *protocol.Token) { t.PUK = protocol.PUKLocked }), protocol.CodePUKLocked},
		{"no way to unblock", with(func(t *protocol.Token) { t.Unblocks = false }), protocol.CodeUnblockUnsupported},
	} {
		w := resetWith(t, "certificate", tt.list, flow.SubmitChange{})
		c := w.View().Choices[0]
		if c.Problem != tt.want || (c.Note == "") != (tt.want != "") || strings.Contains(c.Note, "pin.") {
			t.Errorf("%s: problem %q, note %q", tt.name, c.Problem, c.Note)
		}
		w.on(flow.Choose{ID: idA}, flow.Continue{})
		if went := w.where() == "pin"; went != (tt.want == "") {
			t.Errorf("%s: chosen %v", tt.name, went)
		}
	}
}

// The card comes, and goes again at the question for the PIN; the window follows by itself.
func TestResetCardComesAndGoes(t *testing.T) {
	w := resetWith(t, "code", findings(protocol.CodeNoToken), flow.SubmitChange{})
	w.on(flow.Continue{})
	if v := w.View(); v.Step != flow.StepWaiting || v.Number != 3 || v.Status != v.Title {
		t.Fatalf("at %q, number %d, status %q", v.Step, v.Number, v.Status)
	}
	w.host(0, protocol.HostTokensChanged, nil)
	w.answer(protocol.HostCertificateList, resetList(locked, certificate(idA, "")))
	w.on(flow.Continue{})
	if w.where() != "pin" {
		t.Fatalf("at %q", w.where())
	}
	w.host(0, protocol.HostTokensChanged, nil)
	w.answer(protocol.HostCertificateList, findings(protocol.CodeNoToken))
	if v := w.View(); v.Step != flow.StepWaiting || v.Alert != protocol.CodeTokenRemoved {
		t.Errorf("card gone: at %q, alert %q", v.Step, v.Alert)
	}
}

func TestResetBadRequests(t *testing.T) {
	for name, change := range map[string]func(*protocol.PINRequest){
		"no purpose":   func(r *protocol.PINRequest) { r.Purpose = "" },
		"long purpose": func(r *protocol.PINRequest) { r.Purpose = strings.Repeat("ş", 151) },
		"no code":      func(r *protocol.PINRequest) { r.Code = "" },
		"short code":   func(r *protocol.PINRequest) { r.Code = code[1:] },
		"code letters": func(r *protocol.PINRequest) { r.Code = code[1:] + "x" },
		"no act":       func(r *protocol.PINRequest) { r.Act = "" },
		"long act":     func(r *protocol.PINRequest) { r.Act = strings.Repeat("a", 65) },
		"act's path":   func(r *protocol.PINRequest) { r.Act = "a/b" },
		"act's edges":  func(r *protocol.PINRequest) { r.Act = "a@b" },
		"act's braces": func(r *protocol.PINRequest) { r.Act = "a[b" },
		"act's letter": func(r *protocol.PINRequest) { r.Act = "ş" },
	} {
		t.Run(name, func(t *testing.T) {
			w := openReset(t)
			w.stored()
			r := pinRequest()
			change(&r)
			w.page(protocol.PagePIN, r)
			w.wantProblem(protocol.CodeRequestInvalid, "failed request_invalid")
		})
	}
	w := openReset(t)
	w.stored()
	w.page(protocol.PageSign, request())
	w.wantProblem(protocol.CodeRequestInvalid, "failed request_invalid")
}

// The page is waited for until it has asked, and while its site is asked: not while the person reads.
func TestResetSilentPage(t *testing.T) {
	waits := map[string]int{"who": 0, "pin": 0, "claim": 0, "ask": 120_000, "set": 0, "done": 0}
	for at, want := range waits {
		if got := resetUntil(t, at, locked).pageTimer(); got != want {
			t.Errorf("%s: waits %d ms, want %d", at, got, want)
		}
	}
	w := openReset(t)
	w.stored()
	if w.pageTimer() != 30_000 {
		t.Errorf("waits %d ms for the request", w.pageTimer())
	}
	w.on(flow.Elapsed{Timer: flow.TimerPage})
	if w.View().Problem != protocol.CodePageGone {
		t.Errorf("a silent page: %q", w.View().Problem)
	}
}

// An answer of the site counts while it is asked, and never otherwise.
func TestResetAnswersOutOfTurn(t *testing.T) {
	for _, at := range []string{"who", "code", "certificate", "pin", "claim"} {
		for _, m := range []protocol.PageType{protocol.PageRelease, protocol.PageRefusal, protocol.PagePIN, protocol.PageChunk} {
			w := resetUntil(t, at, locked)
			w.page(m, protocol.PINRelease{Sealed: sealed})
			if w.View().Problem != protocol.CodeRequestInvalid || slices.Contains(w.asked(), "release") {
				t.Errorf("%s at %s: problem %q, asked %q", m, at, w.View().Problem, w.asked())
			}
		}
	}
}

func TestResetRefused(t *testing.T) {
	for _, tt := range []struct{ code, want protocol.Code }{
		{protocol.CodeCardUnknown, protocol.CodeCardUnknown},
		{protocol.CodeCertificateOfAnother, protocol.CodeCertificateOfAnother},
		{protocol.CodeCodeUsed, protocol.CodeCodeUsed},
		{protocol.CodePUKWithheld, protocol.CodePUKWithheld},
		{"", protocol.CodeUnavailable},
		{protocol.OutcomeDone, protocol.CodeUnavailable},
		{"<b>click here</b>", protocol.CodeUnavailable},
	} {
		w := resetUntil(t, "ask", locked)
		w.page(protocol.PageRefusal, protocol.PINRefusal{Code: tt.code})
		w.wantProblem(tt.want, "failed "+string(tt.want))
		v := w.View()
		if v.Retriable || v.Hint == "" || v.Text == "" || strings.Contains(v.Text, "click") || slices.Contains(w.asked(), "release") {
			t.Errorf("%q: retriable %v, %q, %q", tt.code, v.Retriable, v.Text, v.Hint)
		}
		w.on(flow.Retry{})
		if w.where() != "failed" {
			t.Errorf("%q: tried again", tt.code)
		}
	}
}

// What the host says of a release reaches the page as it is, good or bad.
func TestResetReports(t *testing.T) {
	for outcome, hint := range map[protocol.Code]string{
		protocol.CodePUKIncorrect: "pin.failed.used", protocol.CodePUKLastTry: "pin.failed.used", protocol.CodePUKLocked: "pin.failed.used",
		protocol.CodePINRefused: "pin.failed.spent", protocol.CodeReleaseInvalid: "pin.failed.spent", protocol.CodeCardChanged: "pin.failed.spent",
		protocol.CodeTokenRemoved: "pin.failed.unsure", protocol.CodeModuleTimeout: "pin.failed.unsure", protocol.CodeCancelled: "pin.failed.unsure",
	} {
		w := resetUntil(t, "set", locked)
		w.answer(protocol.HostReleased, report(outcome))
		w.wantProblem(outcome, "reported "+string(outcome))
		v := w.View()
		if unsure := hint == "pin.failed.unsure"; unsure != (v.Title == v.T("pin.failed.title_unsure")) || unsure && strings.Contains(v.Text, "değişmedi") {
			t.Errorf("%s: %q, %q", outcome, v.Title, v.Text)
		}
		if v.Retriable || v.Hint != v.T(hint) || strings.Contains(v.Text, ".error.") || strings.Contains(v.Text, "imza") {
			t.Errorf("%s: retriable %v, %q, %q", outcome, v.Retriable, v.Text, v.Hint)
		}
		w.on(flow.Close{})
		if w.lastTold() != "reported "+string(outcome) || !w.has(flow.CloseWindow{}) {
			t.Errorf("%s: told %q at the end", outcome, w.lastTold())
		}
	}
}
