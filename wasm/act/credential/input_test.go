package credential_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/preferences"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// stepsOf are the steps of an act in which the person can give up.
func stepsOf(act protocol.PageType) []screen.Step {
	steps := []screen.Step{screen.StepLoading, screen.StepWho, screen.StepWaiting, screen.StepCertificate, screen.StepPIN, screen.StepWorking}
	if act == protocol.PageCertificates {
		steps = slices.DeleteFunc(steps, func(s screen.Step) bool { return s == screen.StepPIN })
	}
	return steps
}

func cardAt(t *testing.T, act protocol.PageType, step screen.Step) *cardWindow {
	t.Helper()
	l := windowtest.List(windowtest.ReadyPIN, cardCertificate())
	if step == screen.StepWaiting {
		l = windowtest.Findings(fault.NoToken)
	}
	w := cardWith(t, act, step, l, permitted)
	if step == screen.StepLoading {
		w.Stored()
	}
	return w
}

func TestCancelAtEachStep(t *testing.T) {
	for _, act := range cardActs {
		for _, step := range stepsOf(act) {
			w := cardAt(t, act, step)
			before := len(w.Effects)
			w.On(loop.Cancel{})
			if w.LastTold() != "failed cancelled" || !w.Has(loop.CloseWindow{}) {
				t.Errorf("%s at %s: told %q", act, step, w.LastTold())
			}
			w.On(loop.Cancel{}, loop.Continue{}, loop.Retry{}, pinentry.Submit{PIN: []byte("1234")}, loop.PageClosed{}, loop.HostClosed{})
			cancelled := false
			for _, e := range w.Effects[before:] {
				if p, ok := e.(loop.PostHost); ok {
					cancelled = p.Envelope.Type == protocol.HostCancel
					if !cancelled {
						t.Errorf("%s at %s: after the cancel the host got %q", act, step, p.Envelope.Type)
					}
				}
			}
			if atWork := step == screen.StepWorking && act != protocol.PageCertificates; cancelled != atWork {
				t.Errorf("%s at %s: the card is called off: %v", act, step, cancelled)
			}
		}
	}
}

func TestPageGoneAtEachStep(t *testing.T) {
	for _, act := range cardActs {
		for _, step := range stepsOf(act) {
			w := cardAt(t, act, step)
			w.On(loop.PageClosed{})
			w.wantProblem(fault.PageGone)
			if strings.Contains(w.LastTold(), "failed") || w.View().Retriable || !w.Has(loop.DropHost{}) || strings.HasPrefix(w.View().Title, "card.") {
				t.Errorf("%s at %s: told %q, %q", act, step, w.LastTold(), w.View().Title)
			}
		}
		w := cardUntil(t, act, screen.StepWho)
		w.Page(protocol.PageCancel, nil)
		w.wantProblem(fault.Cancelled)
	}
}

// What does not belong to the step does nothing, the second press of a button included.
func TestPressOfAnotherStepDoesNothing(t *testing.T) {
	for _, act := range cardActs {
		for _, step := range []screen.Step{screen.StepLoading, screen.StepWho, screen.StepWorking, screen.StepDone} {
			w := cardUntil(t, act, step)
			before := len(w.Effects)
			pin := []byte("99999999")
			w.On(loop.Retry{}, loop.Choose{ID: windowtest.IDB}, pinentry.Submit{PIN: pin}, loop.Elapsed{Timer: loop.TimerSlow}, pinentry.Typed{})
			if step != screen.StepWho {
				w.On(loop.Continue{}, loop.Back{})
			}
			w.wantStep(step)
			if len(w.Effects) != before || !windowtest.Cleared(pin) {
				t.Errorf("%s at %s: PIN %q, effects %v", act, step, pin, w.Effects[before:])
			}
		}
	}
}

func TestBackReturnsToTheQuestionBefore(t *testing.T) {
	for _, act := range cardActs {
		steps := stepsOf(act)
		w := cardUntil(t, act, steps[len(steps)-2])
		for range 3 {
			w.On(loop.Back{})
		}
		w.wantStep(screen.StepWho)
		w.On(loop.Continue{})
		w.wantStep(screen.StepCertificate)
		if w.LastTold() != "progress agreed" {
			t.Errorf("%s: told %q", act, w.LastTold())
		}
	}
}

// A wrong PIN, and the last try, as in the signing window; the page learns of neither.
func TestWrongPIN(t *testing.T) {
	for _, act := range []protocol.PageType{protocol.PageAuthenticate, protocol.PageSignHash} {
		w := cardUntil(t, act, screen.StepWorking)
		w.Fails(fault.PINIncorrect, &protocol.PINState{Min: 4, Max: 8, State: protocol.PINLow})
		if v := w.View(); v.Step != screen.StepPIN || v.Alert.Code != fault.PINIncorrect || v.PIN.State != protocol.PINLow {
			t.Fatalf("%s: step %q, alert %q, state %q", act, v.Step, v.Alert.Code, v.PIN.State)
		}
		w.On(pinentry.Submit{PIN: []byte("5678")})
		w.Fails(fault.PINLastTry, nil)
		w.On(pinentry.Submit{PIN: []byte("5678")})
		if v := w.View(); v.Step != screen.StepPIN || v.Alert.Code != pinentry.AlertConfirm {
			t.Fatalf("%s: a last try that was not confirmed: step %q, alert %q", act, v.Step, v.Alert.Code)
		}
		w.On(pinentry.Submit{PIN: []byte("12"), Confirmed: true})
		if v := w.View(); v.Alert.Code != fault.PINLength {
			t.Errorf("%s: a short PIN: %q", act, v.Alert.Code)
		}
		w.On(pinentry.Submit{PIN: []byte("5678"), Confirmed: true})
		w.Fails(fault.PINLocked, nil)
		w.wantProblem(fault.PINLocked)
		if told := strings.Join(w.Told(), ","); strings.Contains(told, "pin_") {
			t.Errorf("%s: told %q", act, told)
		}
	}
}

func TestPINOnReader(t *testing.T) {
	for _, act := range []protocol.PageType{protocol.PageAuthenticate, protocol.PageSignHash} {
		w := cardWith(t, act, screen.StepPIN, windowtest.List(protocol.PINState{Pad: true, State: protocol.PINReady}, cardCertificate()), permitted)
		typed := []byte("1234")
		w.On(pinentry.Submit{PIN: typed})
		w.wantStep(screen.StepWorking)
		asked := w.HostAsked()
		if last := asked[len(asked)-1]; last.PIN != nil || !bytes.Equal(typed, make([]byte, 4)) {
			t.Errorf("%s: asked with PIN %q", act, last.PIN)
		}
	}
}

// A card that is pulled takes its question with it; one that is pulled while it works ends the attempt, and a second
// one begins at the card.
func TestCardPulled(t *testing.T) {
	for _, act := range []protocol.PageType{protocol.PageAuthenticate, protocol.PageSignHash} {
		w := cardUntil(t, act, screen.StepPIN)
		w.Host(0, protocol.HostTokensChanged, nil)
		w.Answer(protocol.HostCertificateList, windowtest.Findings(fault.NoToken))
		if v := w.View(); v.Step != screen.StepWaiting || v.Alert.Code != fault.TokenRemoved {
			t.Errorf("%s: step %q, alert %q", act, v.Step, v.Alert.Code)
		}
		w = cardUntil(t, act, screen.StepWorking)
		w.Fails(fault.TokenRemoved, nil)
		w.wantProblem(fault.TokenRemoved)
		w.On(loop.Retry{})
		w.greeted(windowtest.List(windowtest.ReadyPIN, cardCertificate()), permitted)
		w.wantStep(screen.StepCertificate)
		w.On(loop.Continue{}, pinentry.Submit{PIN: []byte("1234")})
		w.wantStep(screen.StepWorking)
	}
}

// A page that asks while the host is missing has its turn once there is one.
func TestRequestWaitsWhileTheHostIsMissing(t *testing.T) {
	for _, act := range cardActs {
		w := openCard(t)
		w.On(loop.HostClosed{Reason: "Specified native messaging host not found."})
		w.Stored()
		before := len(w.HostAsked())
		w.Page(act, asks(act))
		w.wantProblem(fault.HostMissing)
		if v := w.View(); len(w.HostAsked()) != before || v.Hint == "" || strings.HasPrefix(v.Hint, "card.") {
			t.Errorf("%s: asked %q, %q", act, w.Asked(), v.Hint)
		}
		w.On(loop.Retry{})
		w.greeted(windowtest.List(windowtest.ReadyPIN, cardCertificate()), permitted)
		w.wantStep(screen.StepWho)
	}
}

// A certificate that the host cannot give any more can be asked for again.
func TestFailedExportCanBeTriedAgain(t *testing.T) {
	w := cardUntil(t, protocol.PageCertificates, screen.StepWorking)
	w.Fails(fault.TokenRemoved, nil)
	w.wantProblem(fault.TokenRemoved)
	w.On(loop.Retry{})
	w.wantStep(screen.StepWaiting)
	w.greeted(windowtest.List(windowtest.ReadyPIN, cardCertificate()), permitted)
	w.wantStep(screen.StepCertificate)
}

// What the page learns of troubles, before and after the person has agreed.
func TestWhatThePageLearns(t *testing.T) {
	for _, tt := range []struct {
		act  protocol.PageType
		step screen.Step
		code fault.Code
		want string
	}{
		{protocol.PageAuthenticate, screen.StepWorking, fault.LoginOff, "failed login_off"},
		{protocol.PageAuthenticate, screen.StepWorking, fault.CertificateNotForLogin, "failed certificate_not_for_login"},
		{protocol.PageAuthenticate, screen.StepWorking, fault.JournalFailed, "failed journal_failed"},
		{protocol.PageSignHash, screen.StepWorking, fault.HashOff, "failed hash_off"},
		{protocol.PageSignHash, screen.StepWorking, fault.KeyUnsupported, "failed key_unsupported"},
		{protocol.PageCertificates, screen.StepWorking, fault.TokenRemoved, "failed token_removed"},
	} {
		w := cardUntil(t, tt.act, tt.step)
		w.Fails(tt.code, nil)
		w.wantProblem(tt.code)
		w.On(loop.Configure{})
		want := loop.OpenSettings{}
		if tt.code == fault.HashOff {
			want.Allow = cardSite
		}
		if got := w.Effects[len(w.Effects)-1]; got != loop.Effect(want) {
			t.Errorf("%s: the settings are opened by %+v, want %+v", tt.code, got, want)
		}
		if v := w.View(); strings.HasPrefix(v.Text, "error.") || v.Retriable != (tt.code != fault.JournalFailed) {
			t.Errorf("%s: %q, retriable %v", tt.code, v.Text, v.Retriable)
		}
		w.On(loop.Close{})
		if w.LastTold() != tt.want {
			t.Errorf("%s: told %q, want %q", tt.code, w.LastTold(), tt.want)
		}
	}
	w := openCard(t) // of a host that does not know of hashes
	w.Stored()
	w.Page(protocol.PageSignHash, hashRequest())
	w.Answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version})
	w.Answer(protocol.HostCertificateList, windowtest.List(windowtest.ReadyPIN, cardCertificate()))
	w.Fails(fault.Unsupported, nil)
	w.wantProblem(fault.Unsupported)
}

// Every screen of every act has its words in both languages, its number, and the page's words made visible.
func TestEachScreenHasItsSentences(t *testing.T) {
	numbers := map[screen.Step]int{screen.StepWho: 1, screen.StepWaiting: 2, screen.StepCertificate: 2, screen.StepPIN: 3}
	for _, language := range []string{"tr", "en"} {
		for _, act := range cardActs {
			for _, step := range append(stepsOf(act), screen.StepDone) {
				w := cardAt(t, act, step)
				w.On(loop.PreferencesRead{Preferences: preferences.Preferences{Language: language}})
				v := w.View()
				if v.Title == "" || strings.HasPrefix(v.Title, "card.") || strings.HasPrefix(v.Title, "window.") || strings.HasPrefix(v.Status, "card.") {
					t.Errorf("%s at %s: title %q, status %q", act, step, v.Title, v.Status)
				}
				total := 3
				if act == protocol.PageCertificates {
					total = 2
				}
				if v.Number != numbers[step] || v.Number > 0 && v.Total != total {
					t.Errorf("%s at %s: step %d of %d", act, step, v.Number, v.Total)
				}
				if step != screen.StepLoading && v.Act != act {
					t.Errorf("%s at %s: shown as %q", act, step, v.Act)
				}
			}
		}
	}
	w := openCard(t)
	w.Stored()
	w.Page(protocol.PageAuthenticate, protocol.LoginRequest{Format: protocol.LoginFormat, Nonce: nonce, Purpose: "Giriş\u202e\n", Language: "en-GB"})
	if v := w.View(); v.Purpose != "Giriş⟦U+202E⟧⟦U+000A⟧" || v.Language != "en" {
		t.Errorf("purpose %q, language %q", v.Purpose, v.Language)
	}
}

// What the card is doing is told step by step.
func TestProgressOfTheCardIsShown(t *testing.T) {
	for _, act := range []protocol.PageType{protocol.PageAuthenticate, protocol.PageSignHash} {
		w := cardUntil(t, act, screen.StepWorking)
		asked := w.HostAsked()
		id := asked[len(asked)-1].Envelope.ID
		titles := map[string]bool{w.View().Title: true}
		for _, stage := range []protocol.HostStage{protocol.HostStageLogin, protocol.HostStageSigning} {
			w.Host(0, protocol.HostProgress, protocol.HostProgressBody{Request: id, Stage: stage})
			titles[w.View().Title] = true
		}
		w.On(loop.Elapsed{Timer: loop.TimerSlow})
		if len(titles) != 3 || !w.View().Slow {
			t.Errorf("%s: titles %v, slow %v", act, titles, w.View().Slow)
		}
		if signs := strings.Contains(w.View().Title, "imzalıyor"); signs != (act == protocol.PageSignHash) {
			t.Errorf("%s: %q", act, w.View().Title)
		}
	}
}
