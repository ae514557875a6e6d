package flow_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/flow"
)

// stepsOf are the steps of an act in which the person can give up.
func stepsOf(act protocol.PageType) []flow.Step {
	steps := []flow.Step{flow.StepLoading, flow.StepWho, flow.StepWaiting, flow.StepCertificate, flow.StepPIN, flow.StepWorking}
	if act == protocol.PageCertificates {
		steps = slices.DeleteFunc(steps, func(s flow.Step) bool { return s == flow.StepPIN })
	}
	return steps
}

func cardAt(t *testing.T, act protocol.PageType, step flow.Step) *cardWindow {
	t.Helper()
	l := list(ready, cardCertificate())
	if step == flow.StepWaiting {
		l = findings(protocol.CodeNoToken)
	}
	w := cardWith(t, act, step, l, permitted)
	if step == flow.StepLoading {
		w.stored()
	}
	return w
}

func TestCardCancelAnywhere(t *testing.T) {
	for _, act := range cardActs {
		for _, step := range stepsOf(act) {
			w := cardAt(t, act, step)
			before := len(w.effects)
			w.on(flow.Cancel{})
			if w.lastTold() != "failed cancelled" || !w.has(flow.CloseWindow{}) {
				t.Errorf("%s at %s: told %q", act, step, w.lastTold())
			}
			w.on(flow.Cancel{}, flow.Continue{}, flow.Retry{}, flow.Sign{PIN: []byte("1234")}, flow.PageClosed{}, flow.HostClosed{})
			cancelled := false
			for _, e := range w.effects[before:] {
				if p, ok := e.(flow.PostHost); ok {
					cancelled = p.Envelope.Type == protocol.HostCancel
					if !cancelled {
						t.Errorf("%s at %s: after the cancel the host got %q", act, step, p.Envelope.Type)
					}
				}
			}
			if atWork := step == flow.StepWorking && act != protocol.PageCertificates; cancelled != atWork {
				t.Errorf("%s at %s: the card is called off: %v", act, step, cancelled)
			}
		}
	}
}

func TestCardPageGoesAnywhere(t *testing.T) {
	for _, act := range cardActs {
		for _, step := range stepsOf(act) {
			w := cardAt(t, act, step)
			w.on(flow.PageClosed{})
			w.wantProblem(protocol.CodePageGone)
			if strings.Contains(w.lastTold(), "failed") || w.View().Retriable || !w.has(flow.DropHost{}) || strings.HasPrefix(w.View().Title, "card.") {
				t.Errorf("%s at %s: told %q, %q", act, step, w.lastTold(), w.View().Title)
			}
		}
		w := cardUntil(t, act, flow.StepWho)
		w.page(protocol.PageCancel, nil)
		w.wantProblem(protocol.CodeCancelled)
	}
}

// What does not belong to the step does nothing, the second press of a button included.
func TestCardStrayPresses(t *testing.T) {
	for _, act := range cardActs {
		for _, step := range []flow.Step{flow.StepLoading, flow.StepWho, flow.StepWorking, flow.StepDone} {
			w := cardUntil(t, act, step)
			before := len(w.effects)
			pin := []byte("99999999")
			w.on(flow.Retry{}, flow.Choose{ID: idB}, flow.Sign{PIN: pin}, flow.Elapsed{Timer: flow.TimerSlow}, flow.Typed{})
			if step != flow.StepWho {
				w.on(flow.Continue{}, flow.Back{})
			}
			w.wantStep(step)
			if len(w.effects) != before || !cleared(pin) {
				t.Errorf("%s at %s: PIN %q, effects %v", act, step, pin, w.effects[before:])
			}
		}
	}
}

func TestCardBack(t *testing.T) {
	for _, act := range cardActs {
		steps := stepsOf(act)
		w := cardUntil(t, act, steps[len(steps)-2])
		for range 3 {
			w.on(flow.Back{})
		}
		w.wantStep(flow.StepWho)
		w.on(flow.Continue{})
		w.wantStep(flow.StepCertificate)
		if w.lastTold() != "progress agreed" {
			t.Errorf("%s: told %q", act, w.lastTold())
		}
	}
}

// A wrong PIN, and the last try, as in the signing window; the page learns of neither.
func TestCardWrongPIN(t *testing.T) {
	for _, act := range []protocol.PageType{protocol.PageAuthenticate, protocol.PageSignHash} {
		w := cardUntil(t, act, flow.StepWorking)
		w.fails(protocol.CodePINIncorrect, &protocol.PINState{Min: 4, Max: 8, State: protocol.PINLow})
		if v := w.View(); v.Step != flow.StepPIN || v.Alert != protocol.CodePINIncorrect || v.PIN.State != protocol.PINLow {
			t.Fatalf("%s: step %q, alert %q, state %q", act, v.Step, v.Alert, v.PIN.State)
		}
		w.on(flow.Sign{PIN: []byte("5678")})
		w.fails(protocol.CodePINLastTry, nil)
		w.on(flow.Sign{PIN: []byte("5678")})
		if v := w.View(); v.Step != flow.StepPIN || v.Alert != flow.AlertConfirm {
			t.Fatalf("%s: a last try that was not confirmed: step %q, alert %q", act, v.Step, v.Alert)
		}
		w.on(flow.Sign{PIN: []byte("12"), Confirmed: true})
		if v := w.View(); v.Alert != protocol.CodePINLength {
			t.Errorf("%s: a short PIN: %q", act, v.Alert)
		}
		w.on(flow.Sign{PIN: []byte("5678"), Confirmed: true})
		w.fails(protocol.CodePINLocked, nil)
		w.wantProblem(protocol.CodePINLocked)
		if told := strings.Join(w.told(), ","); strings.Contains(told, "pin_") {
			t.Errorf("%s: told %q", act, told)
		}
	}
}

func TestCardPINOnReader(t *testing.T) {
	for _, act := range []protocol.PageType{protocol.PageAuthenticate, protocol.PageSignHash} {
		w := cardWith(t, act, flow.StepPIN, list(protocol.PINState{Pad: true, State: protocol.PINReady}, cardCertificate()), permitted)
		typed := []byte("1234")
		w.on(flow.Sign{PIN: typed})
		w.wantStep(flow.StepWorking)
		asked := w.hostAsked()
		if last := asked[len(asked)-1]; last.PIN != nil || !bytes.Equal(typed, make([]byte, 4)) {
			t.Errorf("%s: asked with PIN %q", act, last.PIN)
		}
	}
}

// A card that is pulled takes its question with it; one that is pulled while it works ends the attempt, and a second
// one begins at the card.
func TestCardPulled(t *testing.T) {
	for _, act := range []protocol.PageType{protocol.PageAuthenticate, protocol.PageSignHash} {
		w := cardUntil(t, act, flow.StepPIN)
		w.host(0, protocol.HostTokensChanged, nil)
		w.answer(protocol.HostCertificateList, findings(protocol.CodeNoToken))
		if v := w.View(); v.Step != flow.StepWaiting || v.Alert != protocol.CodeTokenRemoved {
			t.Errorf("%s: step %q, alert %q", act, v.Step, v.Alert)
		}
		w = cardUntil(t, act, flow.StepWorking)
		w.fails(protocol.CodeTokenRemoved, nil)
		w.wantProblem(protocol.CodeTokenRemoved)
		w.on(flow.Retry{})
		w.greeted(list(ready, cardCertificate()), permitted)
		w.wantStep(flow.StepCertificate)
		w.on(flow.Continue{}, flow.Sign{PIN: []byte("1234")})
		w.wantStep(flow.StepWorking)
	}
}

// A certificate that the host cannot give any more can be asked for again.
func TestCardExportFails(t *testing.T) {
	w := cardUntil(t, protocol.PageCertificates, flow.StepWorking)
	w.fails(protocol.CodeTokenRemoved, nil)
	w.wantProblem(protocol.CodeTokenRemoved)
	w.on(flow.Retry{})
	w.wantStep(flow.StepWaiting)
	w.greeted(list(ready, cardCertificate()), permitted)
	w.wantStep(flow.StepCertificate)
}

// What the page learns of troubles, before and after the person has agreed.
func TestCardForPage(t *testing.T) {
	for _, tt := range []struct {
		act  protocol.PageType
		step flow.Step
		code protocol.Code
		want string
	}{
		{protocol.PageAuthenticate, flow.StepWorking, protocol.CodeLoginOff, "failed login_off"},
		{protocol.PageAuthenticate, flow.StepWorking, protocol.CodeCertificateNotForLogin, "failed certificate_not_for_login"},
		{protocol.PageAuthenticate, flow.StepWorking, protocol.CodeJournalFailed, "failed journal_failed"},
		{protocol.PageSignHash, flow.StepWorking, protocol.CodeHashOff, "failed hash_off"},
		{protocol.PageSignHash, flow.StepWorking, protocol.CodeKeyUnsupported, "failed key_unsupported"},
		{protocol.PageCertificates, flow.StepWorking, protocol.CodeTokenRemoved, "failed token_removed"},
	} {
		w := cardUntil(t, tt.act, tt.step)
		w.fails(tt.code, nil)
		w.wantProblem(tt.code)
		if strings.HasPrefix(w.View().Text, "error.") {
			t.Errorf("%s: %q", tt.code, w.View().Text)
		}
		w.on(flow.Close{})
		if w.lastTold() != tt.want {
			t.Errorf("%s: told %q, want %q", tt.code, w.lastTold(), tt.want)
		}
	}
	w := openCard(t) // of a host that does not know of hashes
	w.stored()
	w.page(protocol.PageSignHash, hashRequest())
	w.answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version})
	w.answer(protocol.HostCertificateList, list(ready, cardCertificate()))
	w.fails(protocol.CodeUnsupported, nil)
	w.wantProblem(protocol.CodeUnsupported)
}

// Every screen of every act has its words in both languages, its number, and the page's words made visible.
func TestCardViews(t *testing.T) {
	numbers := map[flow.Step]int{flow.StepWho: 1, flow.StepWaiting: 2, flow.StepCertificate: 2, flow.StepPIN: 3}
	for _, language := range []string{"tr", "en"} {
		for _, act := range cardActs {
			for _, step := range append(stepsOf(act), flow.StepDone) {
				w := cardAt(t, act, step)
				w.on(flow.SettingsRead{Settings: flow.Settings{Language: language}})
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
				if step != flow.StepLoading && v.Act != act {
					t.Errorf("%s at %s: shown as %q", act, step, v.Act)
				}
			}
		}
	}
	w := openCard(t)
	w.stored()
	w.page(protocol.PageAuthenticate, protocol.LoginRequest{Format: protocol.LoginFormat, Nonce: nonce, Purpose: "Giriş\u202e\n", Language: "en-GB"})
	if v := w.View(); v.Purpose != "Giriş⟦U+202E⟧⟦U+000A⟧" || v.Language != "en" {
		t.Errorf("purpose %q, language %q", v.Purpose, v.Language)
	}
}

// What the card is doing is told step by step.
func TestCardProgress(t *testing.T) {
	for _, act := range []protocol.PageType{protocol.PageAuthenticate, protocol.PageSignHash} {
		w := cardUntil(t, act, flow.StepWorking)
		asked := w.hostAsked()
		id := asked[len(asked)-1].Envelope.ID
		titles := map[string]bool{w.View().Title: true}
		for _, stage := range []protocol.HostStage{protocol.HostStageLogin, protocol.HostStageSigning} {
			w.host(0, protocol.HostProgress, protocol.HostProgressBody{Request: id, Stage: stage})
			titles[w.View().Title] = true
		}
		w.on(flow.Elapsed{Timer: flow.TimerSlow})
		if len(titles) != 3 || !w.View().Slow {
			t.Errorf("%s: titles %v, slow %v", act, titles, w.View().Slow)
		}
	}
}
