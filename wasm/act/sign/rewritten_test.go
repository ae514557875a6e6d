package sign_test

import (
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// TestRewrittenScreenEndsTheRequest checks that what something else has written on the screen ends the act, wherever the person is, and that
// nothing is signed then.
func TestRewrittenScreenEndsTheRequest(t *testing.T) {
	for _, step := range []screen.Step{screen.StepWho, screen.StepDocument, screen.StepCode, screen.StepCertificate, screen.StepPIN, screen.StepWorking} {
		w := until(t, step)
		w.On(loop.Rewritten{})
		w.wantStep(screen.StepFailed)
		if v := w.View(); v.Problem != fault.ScreenChanged || v.Retriable {
			t.Errorf("%s: %q, to be tried again: %v", step, v.Problem, v.Retriable)
		}
		if told := w.Told(); !slices.Contains(told, "failed screen_changed") || slices.Contains(told, "signed") {
			t.Errorf("%s: the page was told %q", step, told)
		}
	}
	w := until(t, screen.StepDone)
	w.On(loop.Rewritten{})
	w.wantStep(screen.StepDone)
}

// TestShownTextMustBeTheDocument goes on from a document whose text on the screen is not the one that was hashed.
func TestShownTextMustBeTheDocument(t *testing.T) {
	genuine := loop.Part{Text: windowtest.Consent}
	for _, shown := range [][]loop.Part{
		nil, {{}}, {{Text: "I owe nothing."}}, {{Text: windowtest.Consent[1:]}}, {{Text: windowtest.Consent + "\u200b"}},
		{genuine, {Index: 1, Text: "I owe nothing."}}, {genuine, {Index: -1, Text: "I owe nothing."}},
	} {
		w := until(t, screen.StepDocument)
		w.On(loop.EndSeen{})
		w.Effects = append(w.Effects, w.HandleEvent(loop.Continue{Shown: shown})...)
		w.wantStep(screen.StepFailed)
		if problem := w.View().Problem; problem != fault.ScreenChanged {
			t.Errorf("%v: %q", shown, problem)
		}
	}
}

// TestTextThatLeavesTheScreenMustBeTheDocument has a block leave the view with another text than the document's.
func TestTextThatLeavesTheScreenMustBeTheDocument(t *testing.T) {
	w := until(t, screen.StepDocument)
	w.On(loop.Left{Part: loop.Part{Text: windowtest.Consent}})
	w.wantStep(screen.StepDocument)
	w.On(loop.Left{Part: loop.Part{Text: "I owe nothing."}})
	w.wantProblem(fault.ScreenChanged)
	w = until(t, screen.StepPIN)
	w.On(loop.Left{Part: loop.Part{Text: "of a document that was left"}})
	w.wantStep(screen.StepPIN)
}

// TestContinueNeedsTheEndSeen goes on from documents whose end has not been in view; one that was seen stays seen.
func TestContinueNeedsTheEndSeen(t *testing.T) {
	w := until(t, screen.StepDocument)
	goOn := loop.Continue{Shown: []loop.Part{{Text: windowtest.Consent}}}
	w.On(goOn)
	w.wantStep(screen.StepDocument)
	if w.View().Document.Read {
		t.Error("its end was seen")
	}
	w.On(loop.EndSeen{}, goOn)
	w.wantStep(screen.StepCode)
	w.On(loop.Back{})
	if !w.View().Document.Read {
		t.Error("its end was forgotten")
	}
}
