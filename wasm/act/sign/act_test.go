package sign_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/preferences"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

func TestSignsWhatWasShown(t *testing.T) {
	w := until(t, screen.StepDone)
	told := []string{"progress opened", "pull", "progress agreed", "progress signing", "signature", "signed"}
	if !slices.Equal(w.Told(), told) {
		t.Errorf("the page was told %q, want %q", w.Told(), told)
	}
	var types []string
	for i, p := range w.HostAsked() {
		types = append(types, string(p.Envelope.Type))
		if p.Envelope.ID != uint32(i+1) {
			t.Errorf("request %d has number %d", i, p.Envelope.ID)
		}
	}
	if want := []string{"hello", "certificates", "document", "chunk", "sign"}; !slices.Equal(types, want) {
		t.Errorf("the host was asked %q, want %q", types, want)
	}
	var sign protocol.HostSignBody
	asked := w.HostAsked()
	if got := string(asked[3].Data); got != windowtest.Consent {
		t.Errorf("the host got %q", got)
	}
	if err := json.Unmarshal(asked[4].Envelope.Body, &sign); err != nil || len(sign.Shown) != 1 || !bytes.Equal(sign.Shown[0], windowtest.Digest(windowtest.Consent)) || sign.Certificate != windowtest.IDA {
		t.Errorf("sign = %+v, %v", sign, err)
	}
	if sign.Origin != "https://online.example.tr" || sign.Purpose != "E-Onay verilmesi" {
		t.Errorf("for the journal: %q, %q", sign.Origin, sign.Purpose)
	}
	if string(asked[4].PIN) != "1234" || sign.PIN != nil {
		t.Errorf("PIN %q beside a body with %q", asked[4].PIN, sign.PIN)
	}
	if !w.Has(loop.DropHost{}) || !w.Has(loop.SetTimer{Timer: loop.TimerClose, Wait: 8000}) {
		t.Error("the host is not dropped, or the window does not close by itself")
	}
}

// What the person presses on a step that has no such button does nothing.
func TestPressOfAnotherStepDoesNothing(t *testing.T) {
	for _, step := range []screen.Step{screen.StepLoading, screen.StepWho, screen.StepPIN, screen.StepWorking, screen.StepDone} {
		w := until(t, step)
		before := len(w.Effects)
		pin := []byte("99999999999999")
		w.On(loop.Retry{}, loop.Choose{ID: windowtest.IDB}, loop.Elapsed{Timer: loop.TimerSlow})
		if step != screen.StepPIN {
			w.On(pinentry.Submit{PIN: pin})
			if !bytes.Equal(pin, make([]byte, len(pin))) {
				t.Errorf("%s: PIN not cleared", step)
			}
		}
		if step == screen.StepWorking || step == screen.StepLoading || step == screen.StepDone {
			w.On(loop.Continue{}, loop.Back{})
		}
		w.wantStep(step)
		if len(w.Effects) != before {
			t.Errorf("%s: effects %v", step, w.Effects[before:])
		}
	}
}

func TestBackReturnsToTheQuestionBefore(t *testing.T) {
	w := until(t, screen.StepPIN)
	for _, step := range []screen.Step{screen.StepCertificate, screen.StepCode, screen.StepDocument, screen.StepWho, screen.StepWho} {
		w.On(loop.Back{})
		w.wantStep(step)
	}
	if n := strings.Count(strings.Join(w.Told(), ","), "agreed"); n != 1 {
		t.Errorf("agreed %d times", n)
	}
}

var everywhere = []screen.Step{
	screen.StepLoading, screen.StepWho, screen.StepDocument, screen.StepCode, screen.StepCertificate, screen.StepPIN, screen.StepWorking,
}

func TestCancelAtEachStep(t *testing.T) {
	for _, step := range append(everywhere, screen.StepWaiting) {
		t.Run(string(step), func(t *testing.T) {
			l := windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, ""))
			if step == screen.StepWaiting {
				l = windowtest.Findings(fault.NoToken)
			}
			w := untilWith(t, step, l)
			if step == screen.StepLoading {
				w.Stored()
			}
			before := len(w.Effects)
			w.On(loop.Cancel{})
			if w.LastTold() != "failed cancelled" || !w.Has(loop.CloseWindow{}) {
				t.Errorf("told %q", w.LastTold())
			}
			// Whatever still comes, nothing goes out but the cancel itself.
			w.On(loop.Cancel{}, loop.Continue{}, loop.Retry{}, pinentry.Submit{PIN: []byte("1234")}, loop.PageClosed{}, loop.HostClosed{})
			w.Page(protocol.PageChunk, protocol.PageChunkBody{Data: []byte(windowtest.Consent)})
			w.Host(0, protocol.HostTokensChanged, nil)
			for _, e := range w.Effects[before:] {
				if p, ok := e.(loop.PostHost); ok && p.Envelope.Type != protocol.HostCancel {
					t.Errorf("after the cancel the host got %q", p.Envelope.Type)
				}
			}
			cancelled := slices.ContainsFunc(w.HostAsked(), func(p loop.PostHost) bool { return p.Envelope.Type == protocol.HostCancel })
			if cancelled != (step == screen.StepWorking) {
				t.Errorf("host cancelled: %v", cancelled)
			}
			if n := strings.Count(strings.Join(w.Told(), ","), "failed"); n != 1 {
				t.Errorf("failed %d times", n)
			}
		})
	}
}

func TestPageGoneAtEachStep(t *testing.T) {
	for _, step := range everywhere {
		w := until(t, step)
		if step == screen.StepLoading {
			w.Stored()
		}
		w.On(loop.PageClosed{})
		w.wantProblem(fault.PageGone)
		if strings.Contains(w.LastTold(), "failed") || w.View().Retriable || !w.Has(loop.DropHost{}) {
			t.Errorf("%s: told %q, retriable %v", step, w.LastTold(), w.View().Retriable)
		}
		w.On(loop.Close{})
		if !w.Has(loop.CloseWindow{}) {
			t.Errorf("%s: does not close", step)
		}
	}
	w := until(t, screen.StepDone)
	w.On(loop.PageClosed{})
	w.wantStep(screen.StepDone)
}

func TestPageCancelsAtEachStep(t *testing.T) {
	for _, step := range everywhere[1:] {
		w := until(t, step)
		w.Page(protocol.PageCancel, nil)
		w.wantProblem(fault.Cancelled)
		if strings.Contains(w.LastTold(), "failed") {
			t.Errorf("%s: told %q", step, w.LastTold())
		}
	}
}

func TestDoneClosesByItself(t *testing.T) {
	w := until(t, screen.StepDone)
	w.On(loop.Elapsed{Timer: loop.TimerClose})
	if !w.Has(loop.CloseWindow{}) {
		t.Error("stays open")
	}
	w = until(t, screen.StepDone)
	w.On(loop.Touched{}, loop.Elapsed{Timer: loop.TimerClose})
	if w.Has(loop.CloseWindow{}) || !w.View().StaysOpen {
		t.Error("closes under the person's hand")
	}
}

func TestLanguageAndPhrase(t *testing.T) {
	w := until(t, screen.StepWho)
	w.On(loop.PreferencesRead{Preferences: preferences.Preferences{Phrase: "mavi\u202eşemsiye"}})
	if got := w.View(); got.Phrase != "mavi⟦U+202E⟧şemsiye" || got.Language != message.Turkish {
		t.Errorf("phrase %q, language %q", got.Phrase, got.Language)
	}
	w.On(loop.ChooseLanguage{Language: "en"}, loop.Configure{})
	if w.View().Language != message.English || !w.Has(loop.SavePreferences{Preferences: preferences.Preferences{Language: "en"}}) || !w.Has(loop.OpenSettings{}) {
		t.Errorf("language %q, effects %v", w.View().Language, w.Effects)
	}
}

// Every screen has a heading, a number where it asks something, and no unknown key, in both languages.
func TestEachScreenHasItsSentences(t *testing.T) {
	numbers := map[screen.Step]int{screen.StepWho: 1, screen.StepDocument: 2, screen.StepCode: 3, screen.StepCertificate: 4, screen.StepPIN: 5}
	for _, language := range []string{"tr", "en"} {
		for _, step := range append(everywhere, screen.StepDone) {
			w := until(t, step)
			w.On(loop.PreferencesRead{Preferences: preferences.Preferences{Language: language}})
			v := w.View()
			if v.Title == "" || strings.Contains(v.Title, "window.") || strings.Contains(v.Status, "window.") {
				t.Errorf("%s: title %q, status %q", step, v.Title, v.Status)
			}
			if v.Number != numbers[step] || v.Number > 0 && v.Total != 5 {
				t.Errorf("%s: step %d of %d", step, v.Number, v.Total)
			}
		}
	}
}

func TestSeveralDocuments(t *testing.T) {
	big := strings.Repeat("ş", protocol.ChunkSize/2) + "son"
	r := windowtest.SignRequest()
	r.Code = ""
	r.Documents = append(r.Documents, protocol.DocumentInfo{Name: "ek\u2066.txt", MediaType: protocol.MediaTypeText, Size: int64(len(big))})
	w := open(t)
	w.Stored()
	w.Page(protocol.PageSign, r)
	w.Chunk(0, 0, windowtest.Consent)
	w.On(loop.Continue{}, loop.Continue{})
	v := w.View()
	if v.Document.Index != 1 || v.Document.Whole || v.Document.Name != "ek⟦U+2066⟧.txt" || v.Total != 5 {
		t.Fatalf("second document: %+v of %d", v.Document, v.Total)
	}
	w.On(loop.Continue{})
	w.wantStep(screen.StepDocument) // not before it is there
	w.Chunk(1, 0, big[:protocol.ChunkSize])
	if p := w.View().Document.Percent; p != 99 {
		t.Errorf("percent = %d", p)
	}
	w.Chunk(1, protocol.ChunkSize, big[protocol.ChunkSize:])
	w.On(loop.Continue{})
	w.wantStep(screen.StepWaiting)
	w.Answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version})
	w.Answer(protocol.HostCertificateList, windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, "")))
	w.wantStep(screen.StepCertificate)
	for range 5 {
		w.Answer(protocol.HostReady, nil)
	}
	w.On(loop.Continue{}, pinentry.Submit{PIN: []byte("1234")})
	var sign protocol.HostSignBody
	asked := w.HostAsked()
	err := json.Unmarshal(asked[len(asked)-1].Envelope.Body, &sign)
	if err != nil || fmt.Sprint(sign.Shown) != fmt.Sprint([][]byte{windowtest.Digest(windowtest.Consent), windowtest.Digest(big)}) {
		t.Errorf("shown %x, %v", sign.Shown, err)
	}
}
