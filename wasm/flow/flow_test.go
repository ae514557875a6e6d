package flow_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/flow"
)

func TestWholeWay(t *testing.T) {
	w := until(t, flow.StepDone)
	told := []string{"progress opened", "pull", "progress agreed", "progress signing", "signed"}
	if !slices.Equal(w.told(), told) {
		t.Errorf("the page was told %q, want %q", w.told(), told)
	}
	var types []string
	for i, p := range w.hostAsked() {
		types = append(types, string(p.Envelope.Type))
		if p.Envelope.ID != uint32(i+1) {
			t.Errorf("request %d has number %d", i, p.Envelope.ID)
		}
	}
	if want := []string{"hello", "certificates", "document", "chunk", "sign"}; !slices.Equal(types, want) {
		t.Errorf("the host was asked %q, want %q", types, want)
	}
	var chunk protocol.HostChunkBody
	var sign protocol.HostSignBody
	asked := w.hostAsked()
	if err := json.Unmarshal(asked[3].Envelope.Body, &chunk); err != nil || string(chunk.Data) != consent {
		t.Errorf("the host got %q, %v", chunk.Data, err)
	}
	if err := json.Unmarshal(asked[4].Envelope.Body, &sign); err != nil || len(sign.Shown) != 1 || !bytes.Equal(sign.Shown[0], digest(consent)) || sign.Certificate != idA {
		t.Errorf("sign = %+v, %v", sign, err)
	}
	if sign.Origin != "https://online.example.tr" || sign.Purpose != "E-Onay verilmesi" {
		t.Errorf("for the journal: %q, %q", sign.Origin, sign.Purpose)
	}
	if string(asked[4].PIN) != "1234" || sign.PIN != nil {
		t.Errorf("PIN %q beside a body with %q", asked[4].PIN, sign.PIN)
	}
	if !w.has(flow.DropHost{}) || !w.has(flow.After{Timer: flow.TimerClose, Wait: 8000}) {
		t.Error("the host is not dropped, or the window does not close by itself")
	}
}

// What the person presses on a step that has no such button does nothing.
func TestStrayPresses(t *testing.T) {
	for _, step := range []flow.Step{flow.StepLoading, flow.StepWho, flow.StepPIN, flow.StepWorking, flow.StepDone} {
		w := until(t, step)
		before := len(w.effects)
		pin := []byte("99999999999999")
		w.on(flow.Retry{}, flow.Choose{ID: idB}, flow.Elapsed{Timer: flow.TimerSlow})
		if step != flow.StepPIN {
			w.on(flow.Sign{PIN: pin})
			if !bytes.Equal(pin, make([]byte, len(pin))) {
				t.Errorf("%s: PIN not cleared", step)
			}
		}
		if step == flow.StepWorking || step == flow.StepLoading || step == flow.StepDone {
			w.on(flow.Continue{}, flow.Back{})
		}
		w.wantStep(step)
		if len(w.effects) != before {
			t.Errorf("%s: effects %v", step, w.effects[before:])
		}
	}
}

func TestBack(t *testing.T) {
	w := until(t, flow.StepPIN)
	for _, step := range []flow.Step{flow.StepCertificate, flow.StepCode, flow.StepDocument, flow.StepWho, flow.StepWho} {
		w.on(flow.Back{})
		w.wantStep(step)
	}
	if n := strings.Count(strings.Join(w.told(), ","), "agreed"); n != 1 {
		t.Errorf("agreed %d times", n)
	}
}

var everywhere = []flow.Step{
	flow.StepLoading, flow.StepWho, flow.StepDocument, flow.StepCode, flow.StepCertificate, flow.StepPIN, flow.StepWorking,
}

func TestCancelAnywhere(t *testing.T) {
	for _, step := range append(everywhere, flow.StepWaiting) {
		t.Run(string(step), func(t *testing.T) {
			l := list(ready, certificate(idA, ""))
			if step == flow.StepWaiting {
				l = findings(protocol.CodeNoToken)
			}
			w := untilWith(t, step, l)
			if step == flow.StepLoading {
				w.stored()
			}
			before := len(w.effects)
			w.on(flow.Cancel{})
			if w.lastTold() != "failed cancelled" || !w.has(flow.CloseWindow{}) {
				t.Errorf("told %q", w.lastTold())
			}
			// Whatever still comes, nothing goes out but the cancel itself.
			w.on(flow.Cancel{}, flow.Continue{}, flow.Retry{}, flow.Sign{PIN: []byte("1234")}, flow.PageClosed{}, flow.HostClosed{})
			w.page(protocol.PageChunk, protocol.PageChunkBody{Data: []byte(consent)})
			w.host(0, protocol.HostTokensChanged, nil)
			for _, e := range w.effects[before:] {
				if p, ok := e.(flow.PostHost); ok && p.Envelope.Type != protocol.HostCancel {
					t.Errorf("after the cancel the host got %q", p.Envelope.Type)
				}
			}
			cancelled := slices.ContainsFunc(w.hostAsked(), func(p flow.PostHost) bool { return p.Envelope.Type == protocol.HostCancel })
			if cancelled != (step == flow.StepWorking) {
				t.Errorf("host cancelled: %v", cancelled)
			}
			if n := strings.Count(strings.Join(w.told(), ","), "failed"); n != 1 {
				t.Errorf("failed %d times", n)
			}
		})
	}
}

func TestPageGoesAnywhere(t *testing.T) {
	for _, step := range everywhere {
		w := until(t, step)
		if step == flow.StepLoading {
			w.stored()
		}
		w.on(flow.PageClosed{})
		w.wantProblem(protocol.CodePageGone)
		if strings.Contains(w.lastTold(), "failed") || w.View().Retriable || !w.has(flow.DropHost{}) {
			t.Errorf("%s: told %q, retriable %v", step, w.lastTold(), w.View().Retriable)
		}
		w.on(flow.Close{})
		if !w.has(flow.CloseWindow{}) {
			t.Errorf("%s: does not close", step)
		}
	}
	w := until(t, flow.StepDone)
	w.on(flow.PageClosed{})
	w.wantStep(flow.StepDone)
}

func TestPageCancelsAnywhere(t *testing.T) {
	for _, step := range everywhere[1:] {
		w := until(t, step)
		w.page(protocol.PageCancel, nil)
		w.wantProblem(protocol.CodeCancelled)
		if strings.Contains(w.lastTold(), "failed") {
			t.Errorf("%s: told %q", step, w.lastTold())
		}
	}
}

func TestDoneClosesByItself(t *testing.T) {
	w := until(t, flow.StepDone)
	w.on(flow.Elapsed{Timer: flow.TimerClose})
	if !w.has(flow.CloseWindow{}) {
		t.Error("stays open")
	}
	w = until(t, flow.StepDone)
	w.on(flow.Touched{}, flow.Elapsed{Timer: flow.TimerClose})
	if w.has(flow.CloseWindow{}) || !w.View().Kept {
		t.Error("closes under the person's hand")
	}
}

func TestSettings(t *testing.T) {
	w := until(t, flow.StepWho)
	w.on(flow.SettingsRead{Settings: flow.Settings{Phrase: "mavi\u202eşemsiye"}})
	if got := w.View(); got.Phrase != "mavi⟦U+202E⟧şemsiye" || got.Language != message.Turkish {
		t.Errorf("phrase %q, language %q", got.Phrase, got.Language)
	}
	w.on(flow.Speak{Language: "en"}, flow.Configure{})
	if w.View().Language != message.English || !w.has(flow.SaveSettings{flow.Settings{Language: "en"}}) || !w.has(flow.OpenSettings{}) {
		t.Errorf("language %q, effects %v", w.View().Language, w.effects)
	}
}

// Every screen has a heading, a number where it asks something, and no unknown key, in both languages.
func TestViews(t *testing.T) {
	numbers := map[flow.Step]int{flow.StepWho: 1, flow.StepDocument: 2, flow.StepCode: 3, flow.StepCertificate: 4, flow.StepPIN: 5}
	for _, language := range []string{"tr", "en"} {
		for _, step := range append(everywhere, flow.StepDone) {
			w := until(t, step)
			w.on(flow.SettingsRead{Settings: flow.Settings{Language: language}})
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
	r := request()
	r.Code = ""
	r.Documents = append(r.Documents, protocol.DocumentInfo{Name: "ek\u2066.txt", MediaType: protocol.MediaTypeText, Size: int64(len(big))})
	w := open(t)
	w.stored()
	w.page(protocol.PageSign, r)
	w.chunk(0, 0, consent)
	w.on(flow.Continue{}, flow.Continue{})
	v := w.View()
	if v.Document.Index != 1 || v.Document.Whole || v.Document.Name != "ek⟦U+2066⟧.txt" || v.Total != 5 {
		t.Fatalf("second document: %+v of %d", v.Document, v.Total)
	}
	w.on(flow.Continue{})
	w.wantStep(flow.StepDocument) // not before it is there
	w.chunk(1, 0, big[:protocol.ChunkSize])
	if p := w.View().Document.Percent; p != 99 {
		t.Errorf("percent = %d", p)
	}
	w.chunk(1, protocol.ChunkSize, big[protocol.ChunkSize:])
	w.on(flow.Continue{})
	w.wantStep(flow.StepWaiting)
	w.answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version})
	w.answer(protocol.HostCertificateList, list(ready, certificate(idA, "")))
	w.wantStep(flow.StepCertificate)
	for range 5 {
		w.answer(protocol.HostReady, nil)
	}
	w.on(flow.Continue{}, flow.Sign{PIN: []byte("1234")})
	var sign protocol.HostSignBody
	asked := w.hostAsked()
	err := json.Unmarshal(asked[len(asked)-1].Envelope.Body, &sign)
	if err != nil || fmt.Sprint(sign.Shown) != fmt.Sprint([][]byte{digest(consent), digest(big)}) {
		t.Errorf("shown %x, %v", sign.Shown, err)
	}
}
